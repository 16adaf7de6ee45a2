"""What a bank would refuse about a draft, shown on its form before anybody is asked to approve it."""

from markupsafe import Markup

from odoo import api, fields, models

from .finance_payment_order_changes import SMALL


class FinancePaymentOrder(models.Model):
    _inherit = "finance.payment.order"

    issues_html = fields.Html(string="To correct", compute="_compute_issues_html", sanitize=False)
    error_count = fields.Integer(compute="_compute_issues_html")
    has_duplicates = fields.Boolean(compute="_compute_issues_html")

    @api.depends("state", "line_ids", "profile", "version", "journal_id", "requested_date", "urgency", "charges")
    def _compute_issues_html(self):
        for order in self:
            order.issues_html, order.error_count, order.has_duplicates = False, 0, False
            if order.state == "draft" and isinstance(order.id, int) and 0 < order.payment_count <= SMALL:
                issues = order._issues()
                order.error_count = sum(issue["severity"] == "error" for issue in issues)
                order.has_duplicates = any(
                    issue["code"] == "duplicate" and issue["severity"] == "error" for issue in issues
                )
                order.issues_html = order._issue_table(issues) if issues else False

    def _issue_table(self, issues):
        lines = {line.id: line for line in self.line_ids}
        row = Markup("<tr class='%s'><td>%s</td><td>%s</td><td>%s</td></tr>")
        rows = [
            row
            % (
                "text-danger" if issue["severity"] == "error" else "text-warning",
                lines[issue["line_id"]].partner_id.display_name if issue["line_id"] in lines else self.env._("Order"),
                issue["message"],
                issue["fix"],
            )
            for issue in issues[:SMALL]
        ]
        if len(issues) > SMALL:
            rows.append(
                Markup("<tr><td colspan='3'>%s</td></tr>") % self.env._("... and %s more.", len(issues) - SMALL)
            )
        heads = (self.env._("Payment"), self.env._("What is wrong"), self.env._("What to do"))
        return Markup("<table class='table table-sm'><thead><tr>%s</tr></thead><tbody>%s</tbody></table>") % (
            Markup("").join(Markup("<th>%s</th>") % head for head in heads),
            Markup("").join(rows),
        )
