from markupsafe import Markup

from odoo import api, fields, models

from .sealed_json import SealedJson

#: account numbers and personal data: for those who decide, work or audit
DECIDERS = (
    "finance_connector_base.finance_group_operator,finance_connector_base.finance_group_mapping_steward,"
    "finance_connector_base.finance_group_auditor"
)
ROW = Markup("<tr><th scope='row'>%s</th><td><del>%s</del></td><td><strong>%s</strong></td></tr>")
TABLE = Markup(
    "<table class='table table-sm'><thead><tr><th></th><th>%s</th><th>%s</th></tr></thead><tbody>%s</tbody></table>"
)


class FinanceMasterDiff(models.AbstractModel):
    """Field differences of a record, for a list (a line of text) and a form (a table)."""

    _name = "finance.master._diff"
    _description = "Differences of Master Data"
    _inherit = ["finance.sealed.content"]

    content = SealedJson(readonly=True, groups=DECIDERS)
    changes = fields.Char(compute="_compute_changes", groups=DECIDERS)
    changes_table = fields.Html(string="Field by field", compute="_compute_changes", groups=DECIDERS)

    @api.depends("content")
    def _compute_changes(self):
        before, after = self._diff_headings()
        for record in self:
            lines = [line for line in record.content or [] if line["label"]]
            record.changes = "; ".join(
                f"{line['label']}: {line['before'] or '-'} → {line['after'] or '-'}" for line in lines
            )
            rows = Markup("").join(ROW % (line["label"], line["before"], line["after"]) for line in lines)
            record.changes_table = TABLE % (before, after, rows) if rows else False

    @api.model
    def _diff_headings(self):
        """:return: what stands over the two columns. EXTENDS"""
        return self.env._("Now"), self.env._("Proposed")
