from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

#: what may happen to a write of somebody who does not own the field
ON_FOREIGN = [("reject", "Refuse"), ("propose", "Make a proposal"), ("accept", "Accept")]


class FinanceOwnershipPolicy(models.Model):
    """Which system is the authority for a domain or a field, and what happens to a write from another.

    Who is the authority is decided like a mapping: proposed by one steward, approved by another, from a
    day on. A record is one version; a decision names the version that it followed.
    """

    _name = "finance.ownership.policy"
    _description = "Ownership Policy"
    _inherit = ["finance.governed"]
    _order = "domain, field_name, company_id, version desc"
    _governed_event = "ownership"

    domain = fields.Selection(
        selection=lambda self: self.env["finance.master"]._selection(), string="Master data", required=True
    )
    field_name = fields.Selection(
        selection="_selection_field",
        string="Field",
        help="Empty: the whole domain, new records and archiving included.",
    )
    company_id = fields.Many2one("res.company", index=True, help="Empty: every company.")
    owner_kind = fields.Selection(
        [("odoo", "Odoo"), ("connection", "Another system")], string="Authority", required=True, default="connection"
    )
    connection_id = fields.Many2one("finance.connection", string="System", ondelete="restrict", index=True)
    on_foreign = fields.Selection(ON_FOREIGN, string="A write from elsewhere", required=True, default="reject")
    note = fields.Text(string="Why")
    replaces_id = fields.Many2one("finance.ownership.policy", readonly=True, copy=False)
    origin_id = fields.Many2one(
        "finance.ownership.policy", string="First version", readonly=True, copy=False, index=True
    )
    approvals = fields.Integer(readonly=True, copy=False)

    _active_unique = models.UniqueIndex(
        "(domain, COALESCE(field_name, ''), COALESCE(company_id, 0), COALESCE(valid_from, '0001-01-01'))"
        " WHERE state = 'active'",
        "There is a policy for this in use already. Make a new version of it instead.",
    )

    @api.model
    def _selection_field(self):
        """Every field of every domain, written domain.field."""
        found = []
        master = self.env["finance.master"]
        for code, name in master._domains().items():
            model = self.env[name]
            for field in model._canonical.kinds():
                found.append((f"{code}.{field}", f"{model._description}: {model._label(field)}"))
        return found

    @api.depends("domain", "field_name", "owner_kind", "connection_id")
    def _compute_display_name(self):
        labels = {**dict(self.env["finance.master"]._selection()), **dict(self._selection_field())}
        for policy in self:
            policy.display_name = self.env._(
                "%(what)s: %(owner)s",
                what=labels.get(policy.field_name or policy.domain, ""),
                owner=policy._owner_name(),
            )

    def _owner_name(self):
        self.ensure_one()
        # sudo: the name of a system is no secret to whoever is told that it owns a field
        return self.sudo().connection_id.name if self.owner_kind == "connection" else self.env._("Odoo")

    @api.constrains("domain", "field_name", "owner_kind", "connection_id", "company_id")
    def _check_consistent(self):
        for policy in self:
            if policy.field_name and not policy.field_name.startswith(f"{policy.domain}."):
                raise ValidationError(self.env._("The field belongs to another kind of master data."))
            if (policy.owner_kind == "connection") != bool(policy.connection_id):
                raise ValidationError(self.env._("Name the system that is the authority, or choose Odoo."))
            if policy.connection_id and policy.company_id != policy.connection_id.company_id:
                raise ValidationError(
                    self.env._(
                        "%(system)s belongs to %(company)s, so its policies are of that company.",
                        system=policy.connection_id.name,
                        company=policy.connection_id.company_id.name,
                    )
                )

    # -- governance (see finance.governed) -----------------------------------------------------

    def _governed_siblings(self):
        self.ensure_one()
        return [
            ("domain", "=", self.domain),
            ("field_name", "=", self.field_name),
            ("company_id", "=", self.company_id.id),
        ]

    def _governed_lock(self):
        # sudo: what collides may belong to a company the steward does not see
        self._governed_serialise(self.sudo().search([("domain", "in", self.mapped("domain"))]))

    def _facts(self):
        self.ensure_one()
        policy = self.sudo()  # sudo: the same facts for every steward, whatever else he may read
        return {
            "master_data": policy.domain,
            "field": policy.field_name or None,
            "company": policy.company_id.name or None,
            "authority": policy._owner_name(),
            "write_from_elsewhere": policy.on_foreign,
            "why": policy.note or None,
            "valid_from": fields.Date.to_string(policy.valid_from) if policy.valid_from else None,
            "valid_to": fields.Date.to_string(policy.valid_to) if policy.valid_to else None,
        }

    # -- decision ------------------------------------------------------------------------------

    @api.model
    def _rules(self, domain):
        """:return: dict (company id or None, field or None) -> (owning connection id or None, on_foreign, policy id)"""
        # the day of the server, not of whoever asks: an authority changes for all at the same moment
        return self._rules_on(domain, fields.Date.today())

    @api.model
    @tools.ormcache("domain", "day")
    def _rules_on(self, domain, day):
        # sudo: the policies count for everybody, whether they may read them or not
        active = self.sudo().search([("domain", "=", domain), *self._in_force()])
        return {
            (row.company_id.id or None, row.field_name.partition(".")[2] if row.field_name else None): (
                row.connection_id.id or None,
                row.on_foreign,
                row.id,
            )
            for row in active.filtered(lambda row: row._valid_on(day))
        }

    @api.model
    def _in_force(self):
        """:return: domain of the policies that count. EXTENDS"""
        return [("state", "=", "active")]

    @api.model
    def _decide(self, domain, field, company_ids, connection_id, linked=None):
        """Decide about a write.

        The most specific policy wins: of the field before of the domain, of the company
        before of all. Of several companies (a shared record) the strictest answer counts.

        :param field: canonical field, or None for making a record
        :param company_ids: companies the record belongs to or is used by
        :param connection_id: system that writes, None for people in Odoo
        :param linked: connections that know the record: a system owns what it knows. None: a new record
        :return: (``accept``, ``propose`` or ``reject``; policy id or None when nobody owns it or the writer does)
        """
        rules = self._rules(domain)
        if not rules:
            return "accept", None
        answers = []
        for company_id in company_ids or [None]:
            keys = [(company_id, field), (None, field), (company_id, None), (None, None)]
            rule = next((rules[key] for key in keys if key in rules), None)
            if rule is None or rule[0] == connection_id:
                continue
            if linked is None or rule[0] is None or rule[0] in linked:
                answers.append((rule[1], rule[2]))
        order = {"reject": 0, "propose": 1, "accept": 2}
        return min(answers, key=lambda answer: order[answer[0]]) if answers else ("accept", None)

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        self.env.registry.clear_cache()
        return records

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    @api.ondelete(at_uninstall=True)
    def _unlink_clears_cache(self):
        self.env.registry.clear_cache()
