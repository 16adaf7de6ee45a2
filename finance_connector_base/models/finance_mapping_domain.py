from odoo import fields, models


class FinanceMappingDomain(models.Model):
    """A kind of mapping: which external codes become which Odoo records."""

    _name = "finance.mapping.domain"
    _description = "Mapping Domain"
    _order = "name"

    code = fields.Char(required=True)
    name = fields.Char(required=True, translate=True)
    res_model = fields.Char(string="Model", required=True, help="Technical name of the model that codes map to.")
    description = fields.Text(translate=True)
    approvals = fields.Integer(readonly=True, copy=False, help="Approvals so far; those of one kind meet here.")
    mapping_count = fields.Integer(compute="_compute_mapping_count")

    _code_unique = models.UniqueIndex("(code)", "This mapping domain exists already.")

    def _compute_mapping_count(self):
        groups = self.env["finance.mapping"]._read_group([("domain_id", "in", self.ids)], ["domain_id"], ["__count"])
        counts = {domain.id: count for domain, count in groups}
        for domain in self:
            domain.mapping_count = counts.get(domain.id, 0)
