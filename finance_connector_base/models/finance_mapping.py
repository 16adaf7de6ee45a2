from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError, ValidationError


class FinanceMapping(models.Model):
    """External code to Odoo record: per connection or shared, dated, approved, versioned."""

    _name = "finance.mapping"
    _description = "Mapping"
    _inherit = ["finance.governed", "finance.mapping.impacted"]
    _order = "domain_id, code, version desc"
    _rec_name = "code"
    _governed_event = "mapping"
    _governed_notes = frozenset({"impact_days"})
    _impact_field = "mapping_id"

    domain_id = fields.Many2one("finance.mapping.domain", string="Kind", required=True, ondelete="restrict", index=True)
    connection_id = fields.Many2one(
        "finance.connection", ondelete="restrict", index=True, help="Empty: for every connection."
    )
    company_id = fields.Many2one("res.company", index=True, help="Empty: for every company.")
    operation = fields.Selection(
        [
            ("equals", "is exactly"),
            ("in", "is one of"),
            ("prefix", "starts with"),
            ("range", "is in the range"),
            ("matches", "fits the pattern"),
            ("default", "is any other"),
        ],
        string="The code",
        required=True,
        default="equals",
    )
    code = fields.Char(
        string="External code",
        required=True,
        tracking=True,
        help="One code; several with commas (is one of); first..last (range); a pattern such as 4[0-9]{3}. "
        "The default for all other codes is written *.",
    )
    qualifier = fields.Char(
        string="Conditions",
        help="When the rule counts, e.g. country = DE; category in TRAVEL, MEALS; amount between 1 and 500. "
        "Empty: always.",
    )
    precedence = fields.Char(compute="_compute_precedence", help="Of several rules that fit, the closest one counts.")
    label = fields.Char(string="External name")
    res_model = fields.Char(related="domain_id.res_model", string="Model")
    res_id = fields.Many2oneReference(string="Record", model_field="res_model")
    target = fields.Reference(
        selection="_selection_target", string="Odoo record", compute="_compute_target", inverse="_inverse_target"
    )
    replaces_id = fields.Many2one("finance.mapping", readonly=True, copy=False)
    origin_id = fields.Many2one("finance.mapping", string="First version", readonly=True, copy=False, index=True)

    _active_unique = models.UniqueIndex(
        "(domain_id, COALESCE(connection_id, 0), COALESCE(company_id, 0), operation, code, COALESCE(qualifier, ''),"
        " COALESCE(valid_from, '0001-01-01')) WHERE state = 'active'",
        "This code is mapped already. Make a new version of that mapping instead.",
    )

    @api.model
    def _selection_target(self):
        domains = (
            self.env["finance.mapping.domain"].sudo().search([("res_model", "!=", False)])
        )  # sudo: the catalogue of kinds
        models_ = {domain.res_model for domain in domains if domain.res_model in self.env}
        return [(name, self.env["ir.model"]._get(name).name) for name in sorted(models_)]

    @api.depends("res_id", "res_model")
    def _compute_target(self):
        for mapping in self:
            known = mapping.res_model and mapping.res_model in self.env and mapping.res_id
            mapping.target = f"{mapping.res_model},{mapping.res_id}" if known else False

    def _inverse_target(self):
        for mapping in self:
            if mapping.target and mapping.target._name != mapping.res_model:
                raise ValidationError(
                    self.env._(
                        "%(kind)s maps to %(model)s, not to %(given)s.",
                        kind=mapping.domain_id.name,
                        model=mapping.res_model,
                        given=mapping.target._name,
                    )
                )
            mapping.res_id = mapping.target.id if mapping.target else False

    @api.constrains("company_id", "connection_id")
    def _check_company(self):
        for mapping in self:
            company = mapping.connection_id.company_id
            if company and mapping.company_id and mapping.company_id != company:
                raise ValidationError(self.env._("The mapping and its connection belong to different companies."))

    # -- governance (see finance.governed) -----------------------------------------------------

    def _governed_check(self):
        for mapping in self:
            if not mapping.res_id:
                raise UserError(self.env._("Choose the Odoo record that %s stands for.", mapping.code))

    def _governed_siblings(self):
        self.ensure_one()
        return [
            ("domain_id", "=", self.domain_id.id),
            ("connection_id", "=", self.connection_id.id),
            ("company_id", "=", self.company_id.id),
            ("operation", "=", self.operation),
            ("code", "=", self.code),
            ("qualifier", "in", [self.qualifier] if self.qualifier else [False, ""]),
        ]

    def _governed_company(self):
        return self.company_id or self.connection_id.company_id

    def _governed_lock(self):
        self._governed_serialise(self.domain_id)

    def _impact_lines(self):
        return self

    def _impact_kinds(self):
        """:return: codes of the kinds of mapping that the change touches"""
        return self.domain_id.mapped("code")

    def _activate(self):
        """EXTENDS: every message that waited for this code goes on."""
        result = super()._activate()
        self._resume_waiting()
        return result

    def _facts(self):
        self.ensure_one()
        mapping = self.sudo()  # sudo: the same facts for every steward, whatever else he may read
        return {
            "domain": mapping.domain_id.code,
            "operation": mapping.operation,
            "code": mapping.code,
            "name": mapping.label or None,
            "qualifier": mapping.qualifier or None,
            "connection": mapping.connection_id.name or None,
            "company": mapping.company_id.name or None,
            "record": f"{mapping.res_model},{mapping.res_id}",
            "record_name": mapping._record_label(),
            "valid_from": fields.Date.to_string(mapping.valid_from) if mapping.valid_from else None,
            "valid_to": fields.Date.to_string(mapping.valid_to) if mapping.valid_to else None,
        }

    def _record_label(self):
        return self._label_of(self.res_model, self.res_id)

    @api.model
    def _label_of(self, model, record_id):
        """Name a record the same way whoever reads it: the name is part of what is approved.

        :return: text, or None when there is no such record
        """
        if not record_id or model not in self.env:
            return None
        record = self.env[model].with_user(SUPERUSER_ID).with_context(lang=None).browse(record_id).exists()
        if not record:
            return None
        if model != "account.account":
            return record.display_name
        # its code is of a company, and its display name has it for accountants only
        record = record.with_context(allowed_company_ids=record.company_ids[:1].ids)
        return f"{record.code} {record.name}" if record.code else record.name
