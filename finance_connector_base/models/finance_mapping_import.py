from odoo import api, fields, models
from odoo.exceptions import ValidationError


class FinanceMapping(models.Model):
    """Mappings come and go as spreadsheets: the record is written as people or other systems name it."""

    _inherit = "finance.mapping"

    record_name = fields.Char(
        string="Odoo record (name or external id)",
        compute="_compute_record_name",
        inverse="_inverse_record_name",
        tracking=True,  # in place of res_id: a reference cannot be tracked
        help="For the import: the exact name or code of the record, or its external id.",
    )

    @api.depends("target")
    def _compute_record_name(self):
        for mapping in self:
            mapping.record_name = mapping.target.display_name if mapping.target else False

    def _inverse_record_name(self):
        for mapping in self.filtered("record_name"):
            mapping.res_id = mapping._find_record(mapping.record_name)

    def _find_record(self, name):
        """:return: id of the record of this kind with that external id, else with exactly that name"""
        self.ensure_one()
        record = self.env.ref(name, raise_if_not_found=False) if "." in name else None
        if record and record._name == self.res_model and record.has_access("read"):
            return record.id
        found = self.env[self.res_model].name_search(name, operator="=", limit=2)
        if not found:
            raise ValidationError(
                self.env._("There is no record of %(kind)s named %(name)s.", kind=self.domain_id.name, name=name)
            )
        if len(found) > 1:
            raise ValidationError(
                self.env._(
                    "Several records of %(kind)s are named %(name)s. Give the external id.",
                    kind=self.domain_id.name,
                    name=name,
                )
            )
        return found[0][0]
