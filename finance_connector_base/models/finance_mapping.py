from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..const import STEWARD

#: changed by the steps below and by nobody else; the value is what a new mapping has
PROTECTED = {
    "state": "draft",
    "version": 1,
    "author_id": False,
    "proposed_by_id": False,
    "approved_by_id": False,
    "approved_at": False,
    "replaces_id": False,
}


class FinanceMapping(models.Model):
    """External code to Odoo record: per connection or shared, dated, approved, versioned.

    An active row never changes; a change is a new version that another steward approves.
    """

    _name = "finance.mapping"
    _description = "Mapping"
    _inherit = ["mail.thread"]
    _order = "domain_id, code, version desc"
    _rec_name = "code"

    domain_id = fields.Many2one("finance.mapping.domain", string="Kind", required=True, ondelete="restrict", index=True)
    connection_id = fields.Many2one(
        "finance.connection", ondelete="restrict", index=True, help="Empty: for every connection."
    )
    company_id = fields.Many2one("res.company", index=True, help="Empty: for every company.")
    code = fields.Char(string="External code", required=True, tracking=True)
    qualifier = fields.Char(help="Narrows the rule, e.g. a category or a country. Empty: always.")
    label = fields.Char(string="External name")
    res_model = fields.Char(related="domain_id.res_model", string="Model")
    res_id = fields.Many2oneReference(string="Record", model_field="res_model")
    target = fields.Reference(
        selection="_selection_target", string="Odoo record", compute="_compute_target", inverse="_inverse_target"
    )
    valid_from = fields.Date()
    valid_to = fields.Date()
    version = fields.Integer(aggregator=None, default=1, readonly=True, copy=False)
    state = fields.Selection(
        [("draft", "Draft"), ("proposed", "Proposed"), ("active", "Active"), ("retired", "Retired")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    author_id = fields.Many2one("res.users", string="Last edited by", readonly=True, copy=False)
    proposed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    approved_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    approved_at = fields.Datetime(readonly=True, copy=False)
    replaces_id = fields.Many2one("finance.mapping", readonly=True, copy=False)

    _active_unique = models.UniqueIndex(
        "(domain_id, COALESCE(connection_id, 0), COALESCE(company_id, 0), code, COALESCE(qualifier, ''),"
        " COALESCE(valid_from, '0001-01-01')) WHERE state = 'active'",
        "This code is mapped already. Make a new version of that mapping instead.",
    )
    _maker_is_not_checker = models.Constraint(
        "CHECK (approved_by_id IS NULL OR (approved_by_id IS DISTINCT FROM proposed_by_id"
        " AND approved_by_id IS DISTINCT FROM author_id))",
        "Who writes or proposes a mapping does not approve it.",
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

    # -- change only through the steps -----------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            # given or smuggled in as a default of the context: a mapping begins as a draft
            vals_list = [{**vals, **PROTECTED, "author_id": self.env.uid} for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            if PROTECTED.keys() & vals.keys():
                raise AccessError(self.env._("Use Propose and Approve to change the state of a mapping."))
            if self.filtered(lambda m: m.state in ("active", "retired")):
                raise UserError(self.env._("An approved mapping does not change. Make a new version."))
        result = super().write(vals)
        if vals.keys() - {"message_main_attachment_id"} and not self.env.su:
            # a proposal that changes is a draft again: what was seen is what gets approved
            # sudo: protected fields
            self.sudo().write({"state": "draft", "proposed_by_id": False, "author_id": self.env.uid})
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_drafts_only(self):
        if self.filtered(lambda m: m.state in ("active", "retired")):
            raise UserError(self.env._("An approved mapping is kept as evidence. Retire it instead."))

    def action_propose(self):
        """Hand the mapping to another steward for approval."""
        self._check_steward()
        for mapping in self:
            if mapping.state != "draft":
                raise UserError(self.env._("Only a draft can be proposed."))
            if not mapping.res_id:
                raise UserError(self.env._("Choose the Odoo record that %s stands for.", mapping.code))
        self.sudo().write({"state": "proposed", "proposed_by_id": self.env.uid})  # sudo: protected fields
        return True

    def action_approve(self):
        """Activate; resumes every message that waited for this code."""
        self._check_steward()
        for mapping in self:
            if mapping.state != "proposed":
                raise UserError(self.env._("Only a proposed mapping can be approved."))
            # a person may have several users
            makers = (mapping.proposed_by_id | mapping.author_id).partner_id
            if self.env.user.partner_id in makers:
                raise UserError(self.env._("You wrote or proposed this mapping; another steward has to approve it."))
            mapping._activate()
        return True

    def action_new_version(self):
        """Copy an approved mapping into a draft that will replace it."""
        self.ensure_one()
        self._check_steward()
        # sudo: protected fields of the draft
        draft = self.sudo().copy({"replaces_id": self.id, "version": self.version + 1, "author_id": self.env.uid})
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "view_mode": "form",
            "res_id": draft.id,
        }

    def action_retire(self):
        """Stop using an approved mapping from now on; it stays readable."""
        self._check_steward()
        if self.filtered(lambda m: m.state != "active"):
            raise UserError(self.env._("Only an active mapping can be retired."))
        for mapping in self:
            self.env["finance.audit"]._record("mapping.retired", mapping, before=mapping._facts())
        self.sudo().write({"state": "retired"})  # sudo: protected field
        return True

    def _check_steward(self):
        if not self.env.user.has_group(STEWARD):
            raise AccessError(self.env._("Only a mapping steward may do this."))
        self.check_access("write")

    def _activate(self):
        self.ensure_one()
        mapping = self.sudo()  # sudo: protected fields, the steward was checked
        replaced = mapping.replaces_id
        if replaced.state == "active":
            replaced.write({"state": "retired"})
            replaced.flush_recordset()
        mapping.write({"state": "active", "approved_by_id": self.env.uid, "approved_at": self.env.cr.now()})
        self.env["finance.audit"]._record(
            "mapping.approved",
            self,
            before=replaced._facts() if replaced else {},
            after=self._facts(),
        )
        connections = mapping.connection_id or self.env["finance.connection"].sudo().search(
            [("company_id", "=", mapping.company_id.id)] if mapping.company_id else []
        )
        self.env["finance.message"]._resume_waiting(
            *(self._waiting_key(connection, mapping.domain_id.code, mapping.code) for connection in connections)
        )

    def _facts(self):
        self.ensure_one()
        return {
            "domain": self.domain_id.code,
            "code": self.code,
            "qualifier": self.qualifier or None,
            "record": f"{self.res_model},{self.res_id}",
            "version": self.version,
            "valid_from": fields.Date.to_string(self.valid_from) if self.valid_from else None,
            "valid_to": fields.Date.to_string(self.valid_to) if self.valid_to else None,
        }
