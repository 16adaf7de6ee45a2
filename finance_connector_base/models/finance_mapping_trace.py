from markupsafe import Markup

from odoo import api, fields, models


class FinanceMessage(models.Model):
    """Which rule turned which code into which record, for each message (B-39).

    Approved mappings never change, so the rule that was used can be shown as it was.
    """

    _inherit = "finance.message"

    mapping_trace = fields.Html(compute="_compute_mapping_trace", string="Codes translated", sanitize=False)

    @api.depends("mapping_versions")
    def _compute_mapping_trace(self):
        for message in self:
            uses = message._mapping_uses()
            cell = Markup("<td>%s</td>")
            rows = Markup("").join(
                Markup("<tr>%s</tr>") % Markup("").join(cell % value for value in self._trace_row(*use)) for use in uses
            )
            heads = (
                self.env._("Kind"),
                self.env._("Code"),
                self.env._("Rule"),
                self.env._("Version"),
                self.env._("Odoo record"),
                self.env._("Approved by"),
            )
            head = Markup("").join(Markup("<th>%s</th>") % text for text in heads)
            table = Markup("<table class='table table-sm'><thead><tr>%s</tr></thead><tbody>%s</tbody></table>")
            message.mapping_trace = table % (head, rows) if uses else False

    def _mapping_uses(self):
        """:return: list of (kind, code, mapping, version), the mapping may be gone"""
        self.ensure_one()
        uses = []
        versions = (self.mapping_versions or {}).values()
        for (kind, code, mapping_id), version in zip(self._mapping_keys(), versions, strict=True):
            # sudo: who sees the message sees how it was translated
            mapping = self.env["finance.mapping"].sudo().browse(mapping_id).exists()
            uses.append((kind, code, mapping, version))
        return uses

    def _trace_row(self, kind, code, mapping, version):
        rule = mapping._told_rule() if mapping else self.env._("deleted")
        return (
            mapping.domain_id.name or kind,
            code,
            rule,
            version,
            mapping._record_label() or "-" if mapping else "-",
            mapping.approved_by_id.name or "-",
        )
