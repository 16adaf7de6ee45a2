import ipaddress
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..api.endpoints import RIGHTS
from ..const import ADMIN
from .step_up import step_up

#: scope of Odoo's API keys for this interface; a key of this scope opens nothing else of Odoo
SCOPE = "finance_api"
#: characters of a key by which it is found; as Odoo keeps them
INDEX = 8
#: in the context of the step that notes a key; an object cannot be forged by a client
_KEY = object()


class FinanceApiRight(models.Model):
    """Something that a key can be allowed to do; one row for each of ``api/endpoints.py``."""

    _name = "finance.api.right"
    _description = "Right of the Interface"
    _order = "code"

    name = fields.Char(required=True, translate=True, readonly=True)
    code = fields.Char(required=True, readonly=True)

    _once = models.UniqueIndex("(code)", "This right is there already.")

    @api.model
    def _known(self):
        """:return: dict code -> words; EXTENDS by modules that bring endpoints"""
        return dict(RIGHTS)

    @api.model
    def _note_all(self):
        """Make a row for each right that is known; called at each update."""
        known = {right.code: right for right in self.search([])}
        for code, name in self._known().items():
            if code not in known:
                self.create({"code": code, "name": name})


class FinanceApiClient(models.Model):
    """A program that may ask: as which user, in which companies, for what, how fast, and from where (B-22).

    Its key is one of Odoo's API keys with a scope of its own: it opens this interface and nothing else, and what it
    opens is bounded twice, by the rights named here and by the rights of the user.
    """

    _name = "finance.api.client"
    _description = "Program with Access"
    _inherit = ["mail.thread"]
    _order = "name, id"
    _allow_sudo_commands = False

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    user_id = fields.Many2one(
        "res.users",
        string="Acts as",
        required=True,
        ondelete="restrict",
        tracking=True,
        help="A user of its own with just the rights the program needs. Its key cannot log in anywhere else.",
    )
    company_ids = fields.Many2many(
        "res.company", string="Companies", required=True, default=lambda self: self.env.company
    )
    right_ids = fields.Many2many("finance.api.right", string="May")
    networks = fields.Text(
        string="From", help="Networks such as 203.0.113.0/24, one a line. Requests from elsewhere are refused."
    )
    rate = fields.Float(
        string="Requests per second", default=10.0, required=True, aggregator=None, help="On average; 0: without limit."
    )
    burst = fields.Integer(
        string="At once", default=20, required=True, aggregator=None, help="Requests that may follow a quiet time."
    )
    key_id = fields.Many2one(
        "res.users.apikeys", string="Key of the user", readonly=True, copy=False, ondelete="set null"
    )
    key_index = fields.Char(readonly=True, copy=False, groups=fields.NO_ACCESS)
    key_state = fields.Selection(
        [("none", "No key"), ("valid", "Valid"), ("ending", "Ends soon"), ("ended", "Ended")],
        string="Key",
        compute="_compute_key_state",
    )
    key_ends_at = fields.Datetime(string="Key ends", readonly=True, copy=False)
    key_by_id = fields.Many2one(
        "res.users",
        string="Key made by",
        readonly=True,
        copy=False,
        help="Has seen the key, and can do with it what the program can.",
    )
    last_used_at = fields.Datetime(string="Last used", compute="_compute_usage")
    request_count = fields.Integer(string="Requests", compute="_compute_usage")

    _pace = models.Constraint(
        "CHECK (rate >= 0 AND rate <= 10000 AND burst BETWEEN 1 AND 10000)",
        "The limit is between 0 and 10000 requests a second, with 1 to 10000 at once.",
    )
    _by_key = models.UniqueIndex("(key_index) WHERE key_index IS NOT NULL")

    @api.depends("key_id", "key_ends_at")
    def _compute_key_state(self):
        now = fields.Datetime.now()
        for client in self:
            # sudo: whether there is a key is shown, never the key
            if not client.sudo().key_id:
                client.key_state = "none"
            elif client.key_ends_at and client.key_ends_at <= now:
                client.key_state = "ended"
            elif client.key_ends_at and client.key_ends_at <= now + timedelta(days=30):
                client.key_state = "ending"
            else:
                client.key_state = "valid"

    def _compute_usage(self):
        usage = {row.client_id.id: row for row in self.env["finance.api.usage"].sudo()._of(self)}  # sudo: counters
        for client in self:
            row = usage.get(client.id)
            client.last_used_at = row.last_used_at if row else False
            client.request_count = row.request_count if row else 0

    @api.constrains("networks")
    def _check_networks(self):
        for client in self:
            try:
                client._networks()
            except ValueError as error:
                raise ValidationError(
                    self.env._("%s. Enter networks like 203.0.113.0/24, one a line.", str(error))
                ) from None

    @api.constrains("user_id", "company_ids")
    def _check_user(self):
        for client in self:
            user = client.user_id
            if user._is_public() or user.share or user._is_superuser():
                raise ValidationError(self.env._("%s cannot stand for a program: choose an internal user.", user.name))
            if client.company_ids - user.company_ids:
                raise ValidationError(self.env._("%(user)s is not allowed in all of these companies.", user=user.name))

    def _networks(self):
        """:return: the networks it may ask from; none: from anywhere
        :raise ValueError: a line is no network
        """
        lines = (line.strip() for line in (self.networks or "").splitlines())
        return [ipaddress.ip_network(line, strict=False) for line in lines if line]

    # -- changes are decisions ---------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        self._check_key_fields(*vals_list)
        clients = super().create(vals_list)
        for client in clients:
            self.env["finance.audit"]._record("api.client.made", client, after=client._told())
        return clients

    def write(self, vals):
        self._check_key_fields(vals)
        before = {client: client._told() for client in self}
        result = super().write(vals)
        if vals.keys() & {"user_id", "active"}:
            # whoever had the key shall not become somebody else with it, nor come back to life unseen
            self.filtered("key_id")._drop_key()
        for client, told in before.items():
            if client._told() != told:
                self.env["finance.audit"]._record("api.client.changed", client, before=told, after=client._told())
        return result

    def _check_key_fields(self, *many):
        named = {"key_id", "key_index", "key_ends_at", "key_by_id"}
        if any(named & vals.keys() for vals in many) and self.env.context.get("finance_api_key") is not _KEY:
            raise AccessError(self.env._("A key is made with its button and nowhere else."))

    def _told(self):
        return {
            "user": self.user_id.login,
            "companies": sorted(self.company_ids.mapped("name")),
            "rights": sorted(self.right_ids.mapped("code")),
            "networks": self.networks or None,
            "active": self.active,
        }

    # -- the key -------------------------------------------------------------------------------

    def action_make_key(self):
        """Open the dialog that makes a key, in the place of the one before."""
        self.ensure_one()
        self.env["finance.message"]._check_role(ADMIN)
        self.check_access("write")
        return self._make_key_verified()

    @step_up
    def _make_key_verified(self):
        action = self.env["ir.actions.actions"]._for_xml_id("finance_connector_base.finance_api_key_wizard_action")
        return {**action, "context": {"default_client_id": self.id}}

    def action_drop_key(self):
        """Let the key be good for nothing from now on."""
        self.env["finance.message"]._check_role(ADMIN)
        self.check_access("write")
        self._drop_key()

    def _new_key(self, days):
        """Make a key; the one before is good for nothing from now on.

        :return: the key, which nobody can see again
        """
        self.ensure_one()
        if not 1 <= days <= 366:
            raise UserError(self.env._("A key is good for 1 to 366 days."))
        self._drop_key()
        ends_at = fields.Datetime.add(fields.Datetime.now(), days=days)
        # sudo: the key belongs to the user of the program, whom nobody logs in as
        keys = self.env["res.users.apikeys"].with_user(self.user_id).sudo()
        key = keys._generate(SCOPE, self.name, ends_at)
        made = keys.search([("user_id", "=", self.user_id.id), ("scope", "=", SCOPE)], order="id desc", limit=1)
        # sudo: written by this step alone
        self.sudo().with_context(finance_api_key=_KEY).write(
            {"key_id": made.id, "key_index": key[:INDEX], "key_ends_at": ends_at, "key_by_id": self.env.uid}
        )
        self.env["finance.audit"]._record("api.key.made", self, after={"ends": str(ends_at)})
        return key

    def _drop_key(self):
        for client in self.sudo():  # sudo: the role was checked; keys belong to the program's user
            if client.key_id:
                self.env["finance.audit"]._record("api.key.dropped", client)
            client.key_id.unlink()
            client.with_context(finance_api_key=_KEY).write(
                {"key_id": False, "key_index": False, "key_ends_at": False, "key_by_id": False}
            )

    @api.model
    def _of_key(self, key):
        """:return: the client whose key this is, or nothing

        Only keys of this scope: one that opens all of Odoo is refused here, so that none is handed to a program.
        """
        # sudo: who asks is found out here
        client = self.sudo().search([("key_index", "=", key[:INDEX])])
        if len(client) != 1 or client.key_id.scope != SCOPE or not client.user_id.active:
            return self.browse()
        if self.env["res.users.apikeys"].sudo()._check_credentials(scope=SCOPE, key=key) != client.user_id.id:
            return self.browse()
        return client
