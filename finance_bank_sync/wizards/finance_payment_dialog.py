"""What the dialogs that pay and that collect have in common: tables of what would be made and of what is left out."""

from collections import defaultdict

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import format_amount

#: documents that are named for each reason
SHOWN = 5


class FinancePaymentDialog(models.AbstractModel):
    """A dialog that shows which orders would be made out of open items, and why others are left out, and makes them."""

    _name = "finance.payment.dialog"
    _description = "Dialog that Makes Payment Orders"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    preview = fields.Html(compute="_compute_preview", sanitize=False)

    def _compute_preview(self):
        raise NotImplementedError

    @api.model
    def _chosen(self):
        """:return: the documents of the list that the dialog was started from"""
        if self.env.context.get("active_model") != "account.move":
            return self.env["account.move"]
        return self.env["account.move"].browse(self.env.context.get("active_ids") or [])

    def _check_own_company(self):
        self.ensure_one()
        if self.company_id not in self.env.companies:
            raise AccessError(self.env._("Choose one of your companies."))

    # -- what is shown ---------------------------------------------------------------------

    @api.model
    def _html_table(self, css, columns, rows):
        """:param columns: list of (head, class of its cells)"""
        row = Markup("<tr>%s</tr>")

        def cells(tag, values):
            return Markup("").join(
                Markup("<%s class='%s'>%s</%s>") % (tag, css, value, tag)
                for (_head, css), value in zip(columns, values, strict=True)
            )

        body = Markup("").join(row % cells(Markup("td"), values) for values in rows)
        return Markup("<table class='table table-sm %s'><thead>%s</thead><tbody>%s</tbody></table>") % (
            css,
            row % cells(Markup("th"), [head for head, _css in columns]),
            body,
        )

    @api.model
    def _nothing(self, text):
        return Markup("<p class='text-muted'>%s</p>") % text

    @api.model
    def _left_table(self, left, words):
        """:param left: list of (code, amount, currency, what it is)
        :param words: dict code -> why, with the way out
        """
        if not left:
            return Markup("")
        found = defaultdict(list)
        for code, *rest in left:
            found[code].append(rest)
        rows = []
        for code, items in sorted(found.items(), key=lambda pair: -len(pair[1])):
            totals = defaultdict(float)
            for amount, currency, _text in items:
                totals[currency] += float(amount)
            open_ = ", ".join(format_amount(self.env, total, currency) for currency, total in totals.items())
            named = [text for _amount, _currency, text in items[:SHOWN]]
            if len(items) > SHOWN:
                named.append(self.env._("and %s more", len(items) - SHOWN))
            rows.append((words[code], len(items), open_, Markup("<br/>").join(named)))
        number = "text-end text-nowrap"
        columns = [
            (self.env._("Why"), ""),
            (self.env._("Items"), number),
            (self.env._("Open"), number),
            (self.env._("Which"), ""),
        ]
        return Markup("<h4>%s</h4>%s") % (self.env._("Left out"), self._html_table("o_finance_left", columns, rows))

    # -- where it leads --------------------------------------------------------------------

    @api.model
    def _window_of_orders(self, name, orders):
        action = {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "finance.payment.order",
            "view_mode": "list,form",
            "domain": [("id", "in", orders.ids)],
        }
        return {**action, "view_mode": "form", "res_id": orders.id} if len(orders) == 1 else action

    @api.model
    def _window_of_left(self, ids):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Left out"),
            "res_model": "account.move.line",
            "view_mode": "list",
            "domain": [("id", "in", ids)],
            "context": {"create": False},
        }
