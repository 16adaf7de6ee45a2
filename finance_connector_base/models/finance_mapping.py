from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..const import STEWARD
from ..engine.errors import MalformedError

PROTECTED = {"state", "version", "proposed_by_id", "approved_by_id", "approved_at", "replaces_id"}


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
    res_id = fields.Many2oneReference(string="Record", model_field="res_model", tracking=True)
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
        "CHECK (approved_by_id IS NULL OR approved_by_id <> proposed_by_id)",
        "Who proposes a mapping does not approve it.",
    )

    @api.model
    def _selection_target(self):
        domains = self.env["finance.mapping.domain"].sudo().search([])  # sudo: the catalogue of kinds
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
            vals_list = [{k: v for k, v in vals.items() if k not in PROTECTED} for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            if PROTECTED & vals.keys():
                raise AccessError(self.env._("Use Propose and Approve to change the state of a mapping."))
            if self.filtered(lambda m: m.state in ("active", "retired")):
                raise UserError(self.env._("An approved mapping does not change. Make a new version."))
        if vals.keys() - {"message_main_attachment_id"} and not self.env.su:
            # a proposal that changes is a draft again: what was seen is what gets approved
            proposed = self.filtered(lambda m: m.state == "proposed")
            if proposed:
                proposed.sudo().write({"state": "draft", "proposed_by_id": False})  # sudo: protected fields
        return super().write(vals)

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
            if mapping.proposed_by_id == self.env.user:
                raise UserError(self.env._("You proposed this mapping; another steward has to approve it."))
            mapping._activate()
        return True

    def action_new_version(self):
        """Copy an approved mapping into a draft that will replace it."""
        self.ensure_one()
        self._check_steward()
        # sudo: protected fields of the draft
        draft = self.sudo().copy({"replaces_id": self.id, "version": self.version + 1})
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
        mapping.write({"state": "active", "approved_by_id": self.env.uid, "approved_at": fields.Datetime.now()})
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

    # -- lookup ----------------------------------------------------------------------------

    @api.model
    def _action_map(self, params):
        """:return: action that maps the code an exception names; drafts and proposals of it come up again"""
        domain = self.env["finance.mapping.domain"].search([("code", "=", params.get("domain"))], limit=1)
        started = self.search(
            [
                ("domain_id", "=", domain.id),
                ("code", "=", params.get("code")),
                ("connection_id", "in", [params.get("connection_id"), False]),
                ("state", "in", ["draft", "proposed"]),
            ],
            limit=1,
        )
        if not started and not self.has_access("create"):
            raise UserError(
                self.env._("Ask a mapping steward to map %s; the message resumes by itself.", params.get("code"))
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Map the code"),
            "res_model": self._name,
            "view_mode": "form",
            "views": [(False, "form")],
            "res_id": started.id,
            "context": {
                "default_domain_id": domain.id,
                "default_code": params.get("code"),
                "default_connection_id": params.get("connection_id"),
            },
        }

    @api.model
    def _waiting_key(self, connection, domain_code, code):
        return f"mapping:{connection.id}:{domain_code}:{code}"

    @api.model
    def _lookup(self, connection, domain_code, codes, *, date, qualifiers=()):
        """Translate many codes with one query.

        The most specific active row wins: connection before shared, company before none,
        the first matching qualifier before none, the latest ``valid_from``.

        :param connection: whose codes they are; its company counts
        :param str domain_code: kind of mapping
        :param codes: iterable of external codes
        :param date: day the mapping must be valid on
        :param qualifiers: accepted qualifiers, most specific first
        :return: dict code -> mapping
        """
        wanted = [*qualifiers, False]
        rows = self.sudo().search(  # sudo: looked up by the engine for one connection and its company
            [
                ("state", "=", "active"),
                ("domain_id.code", "=", domain_code),
                ("code", "in", list(codes)),
                ("connection_id", "in", [connection.id, False]),
                ("company_id", "in", [connection.company_id.id, False]),
                ("qualifier", "in", wanted),
                "|",
                ("valid_from", "=", False),
                ("valid_from", "<=", date),
                "|",
                ("valid_to", "=", False),
                ("valid_to", ">=", date),
            ]
        )
        ranked = rows.sorted(
            key=lambda m: (
                not m.connection_id,
                not m.company_id,
                wanted.index(m.qualifier or False),
                -(m.valid_from.toordinal() if m.valid_from else 0),
            )
        )
        found = {}
        for mapping in ranked:
            found.setdefault(mapping.code, mapping)
        return found

    @api.model
    def _resolve(self, connection, domain_code, code, *, date, qualifiers=()):
        """Translate one code.

        :raise MalformedError: when it is not mapped; the message resumes once it is
        :return: (record, mapping)
        """
        mapping = self._lookup(connection, domain_code, [code], date=date, qualifiers=qualifiers).get(code)
        record = self.env[mapping.res_model].browse(mapping.res_id).exists() if mapping else None
        if not record:
            raise MalformedError(
                self.env._(
                    "%(code)s has no approved %(kind)s mapping for %(connection)s.",
                    code=code,
                    kind=domain_code,
                    connection=connection.name,
                ),
                reason="mapping_missing",
                params={"domain": domain_code, "code": code, "connection_id": connection.id},
                waiting_key=self._waiting_key(connection, domain_code, code),
            )
        return record, mapping
