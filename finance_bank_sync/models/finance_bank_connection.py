from datetime import timedelta
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.http import request

from odoo.addons.finance_connector_base.models.finance_connection_oauth2 import AUTHORISING

from ..protocols.access import ConsentNeeded, Person

#: under this name the end of a consent is watched like that of any other
WATCHED = "Access to accounts"
ACTIVITY = "finance_bank_sync.mail_activity_bank_consent"


class FinanceConnection(models.Model):
    """A bank that is asked over its interface: its consents, its accounts, its calls a day."""

    _inherit = "finance.connection"

    has_bank_reports = fields.Boolean(compute="_compute_has_bank_reports")
    has_bank_consents = fields.Boolean(compute="_compute_has_bank_reports")
    bank_consent_ids = fields.One2many("finance.bank.consent", "connection_id", string="Consents")
    bank_consent_count = fields.Integer(compute="_compute_bank_counts")
    bank_consent_state = fields.Selection(
        [
            ("none", "Not given yet"),
            ("waiting", "A person has to say yes"),
            ("valid", "Given"),
            ("ended", "Has to be given again"),
        ],
        string="Consent",
        compute="_compute_bank_counts",
    )
    bank_consent_until = fields.Date(string="Consent good until", compute="_compute_bank_counts")
    bank_account_ids = fields.One2many("finance.bank.online.account", "connection_id", string="Accounts at the bank")
    bank_account_count = fields.Integer(compute="_compute_bank_counts")
    bank_calls = fields.Integer(
        string="Calls a day without a person",
        default=4,
        aggregator=None,
        help="For each account, of transactions and of balances. European law grants four; a bank may grant more.",
    )
    bank_consent_days = fields.Integer(
        string="Days a consent is asked for",
        default=180,
        aggregator=None,
        help="In the European Union a person has to repeat it after 180 days at the latest.",
    )
    bank_client = fields.Char(string="Client ID at the service", tracking=True, help="At GoCardless the secret ID.")
    bank_ibans = fields.Char(
        string="Only these accounts",
        help="IBANs that the consent is asked for, separated by blanks. Empty: the person chooses at the bank.",
    )

    _bank_limits = models.Constraint(
        "CHECK (COALESCE(bank_calls, 4) BETWEEN 1 AND 1000 AND COALESCE(bank_consent_days, 180) BETWEEN 1 AND 3650)",
        "There are 1 to 1000 calls a day, and a consent is asked for 1 to 3650 days.",
    )

    @api.depends("adapter")
    def _compute_has_bank_reports(self):
        known = self.env.registry.descendants(["finance.adapter"], "_inherit")
        for connection in self:
            supports = self.env[connection.adapter]._supports if connection.adapter in known else frozenset()
            connection.has_bank_reports = "reports" in supports
            connection.has_bank_consents = "consents" in supports

    @api.depends("bank_consent_ids.state", "bank_account_ids")
    def _compute_bank_counts(self):
        for connection in self:
            consents = connection.bank_consent_ids
            current = consents.filtered(lambda consent: consent.state == "valid")[:1]
            waiting = consents.filtered(lambda consent: consent.state == "waiting")
            connection.bank_consent_count = len(consents)
            connection.bank_account_count = len(connection.bank_account_ids)
            connection.bank_consent_until = current.valid_until
            connection.bank_consent_state = (
                "valid" if current else "waiting" if waiting else "ended" if consents else "none"
            )

    @api.model
    def _endpoint_fields(self):
        return super()._endpoint_fields() | {"bank_client"}

    # -- for adapters ----------------------------------------------------------------------

    def _bank_consent(self):
        """:return: the consent that is good
        :raise ConsentNeeded: a person has to give one
        """
        self.ensure_one()
        # sudo: engine code runs for any role
        found = self.sudo().bank_consent_ids.filtered(lambda consent: consent.state == "valid")[:1]
        if not found:
            raise ConsentNeeded(
                self.env._("%s has no consent. Press Give consent on the connection.", self.sudo().name)
            )
        return found

    @api.model
    def _bank_person(self):
        """:return: the :class:`~..protocols.access.Person` who waits at the screen; nobody in scheduled work"""
        if not request:
            return Person()
        agent = request.httprequest.user_agent
        return Person(address=request.httprequest.remote_addr or "", agent=agent.string if agent else "")

    def _bank_today(self):
        """:return: the calendar date where the bank is: by the opening times, else by the owner"""
        connection = self.sudo()  # sudo: a time zone is no secret
        zone = ZoneInfo(connection.calendar_id.tz or connection.owner_id.tz or "UTC")
        return fields.Datetime.now().replace(tzinfo=ZoneInfo("UTC")).astimezone(zone).date()

    def _bank_consent_gone(self, consents, state):
        """A person has to act: remember it, stop the connection, tell the owner once."""
        consents.filtered(lambda consent: consent.state == "valid")._end(state)
        connection = self.sudo()  # sudo: called by the engine
        if connection.state != "draft":
            connection._require_credentials(connection.id, "bank_consent_needed")
        connection._bank_call_a_person()

    def _bank_call_a_person(self):
        """Tell the owner once that somebody has to say yes at the bank."""
        connection = self.sudo()  # sudo: called by the engine
        if connection.owner_id and not connection.activity_search([ACTIVITY]):
            connection.activity_schedule(
                ACTIVITY,
                user_id=connection.owner_id.id,
                summary=self.env._("The bank wants a new consent for %s", connection.name),
            )

    def _bank_consent_given(self, consent):
        """Whatever waited for a consent goes on."""
        connection = self.sudo()  # sudo: called after a person came back, or by the engine
        ends = consent.valid_until and fields.Datetime.to_datetime(consent.valid_until).replace(hour=23, minute=59)
        self.env["finance.credential"]._note_end(connection, WATCHED, ends)
        connection.activity_feedback([ACTIVITY])
        connection._mended("bank_consent_needed", "consent_expired", "auth_needed")
        connection._go_on_if_renewed()
        connection._bank_report_flow()

    def _bank_logged_in(self):
        """Somebody has said yes where no consent of ours knows of it: nobody has to be called."""
        self.sudo().activity_feedback([ACTIVITY])  # sudo: called by the engine

    def _bank_read_accounts(self, person):
        """Ask which accounts are open to us, and note them."""
        told = self._adapter()._bank_accounts(self, person)
        return self.env["finance.bank.online.account"]._note(self, told)

    # -- people ----------------------------------------------------------------------------

    def action_bank_consent(self):
        """Send the person to the bank, to say yes there."""
        self.ensure_one()
        self._check_admin()
        if not self.has_bank_consents:
            raise UserError(self.env._("%s knows no consents.", self.name))
        return self.env["finance.bank.consent"]._begin(self)

    def action_bank_accounts(self):
        """Ask the bank again which accounts are open to us."""
        self.ensure_one()
        self._check_admin()
        with self.env["finance.bank.consent"]._words():
            self._bank_read_accounts(self._bank_person())
        return self.action_view_bank_accounts()

    def action_view_bank_consents(self):
        """Show the consents of this connection."""
        return self._action_bank(self.env._("Consents"), "finance.bank.consent", "list,calendar,form")

    def action_view_bank_accounts(self):
        """Show the accounts of this connection."""
        return self._action_bank(self.env._("Accounts at the bank"), "finance.bank.online.account", "list,form")

    def _action_bank(self, name, model, modes):
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": modes,
            "views": [(False, mode) for mode in modes.split(",")],
            "domain": [("connection_id", "=", self.id)],
        }

    def _as_authorising(self):
        """:return: the connection for the calls that give a consent, which is what is missing"""
        return self.with_context(finance_authorising=AUTHORISING)

    def _bank_until(self):
        return self._bank_today() + timedelta(days=self.bank_consent_days or 180)
