import hashlib
import hmac
from contextlib import contextmanager
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.http import request

from odoo.addons.finance_connector_base.const import ADMIN, OPERATOR
from odoo.addons.finance_connector_base.engine.errors import FinanceError, RejectedError
from odoo.addons.finance_connector_base.transports.http_address import check_listed, target
from odoo.addons.finance_connector_base.transports.oauth2 import new_verifier

from ..protocols.access import EXPIRED, REVOKED, VALID, WAITING, ConsentWish
from .finance_bank_connection import WATCHED

RETURN = "/finance/bank/consent/return"
#: minutes within which the person has to come back from the bank
MINUTES = 30
#: where the session keeps its half
SESSION = "finance_bank_consent"


class FinanceBankConsent(models.Model):
    """The yes of an account holder that lets us read accounts, with its end.

    It is given at the bank: a person is sent there and comes back, bound to the person and the browser session, once.
    Whether the bank has taken it for a yes is asked then, and never concluded from the address.
    """

    _name = "finance.bank.consent"
    _description = "Consent to Read Accounts"
    _inherit = ["mail.thread"]
    _order = "valid_until desc, id desc"
    _allow_sudo_commands = False

    name = fields.Char(compute="_compute_name", store=True)
    connection_id = fields.Many2one("finance.connection", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True)
    owner_id = fields.Many2one(related="connection_id.owner_id")
    environment = fields.Selection(related="connection_id.environment")
    reference = fields.Char(
        string="Called by the bank",
        readonly=True,
        required=True,
        copy=False,
        groups="finance_connector_base.finance_group_admin",
    )
    state = fields.Selection(
        [
            ("waiting", "A person has to say yes"),
            ("valid", "Good"),
            ("refused", "Refused"),
            ("revoked", "Taken back"),
            ("expired", "Over"),
            ("replaced", "Replaced by a newer one"),
        ],
        default="waiting",
        required=True,
        readonly=True,
        tracking=True,
        index=True,
    )
    said = fields.Char(string="In the bank's words", readonly=True)
    valid_until = fields.Date(string="Good until", readonly=True, tracking=True)
    days_left = fields.Integer(compute="_compute_days_left", aggregator=None)
    calls = fields.Integer(string="Calls a day without a person", readonly=True, aggregator=None)
    asked_by_id = fields.Many2one("res.users", string="Asked for by", readonly=True)
    given_at = fields.Datetime(string="Given", readonly=True)
    ended_at = fields.Datetime(string="Ended", readonly=True)
    checked_at = fields.Datetime(string="Bank asked", readonly=True)
    account_ids = fields.One2many("finance.bank.online.account", "consent_id", string="Accounts")
    account_count = fields.Integer(compute="_compute_account_count")
    confirm_address = fields.Char(readonly=True, copy=False, groups=fields.NO_ACCESS)
    state_hash = fields.Char(readonly=True, copy=False, groups=fields.NO_ACCESS, index="btree_not_null")
    session_hash = fields.Char(readonly=True, copy=False, groups=fields.NO_ACCESS)
    return_until = fields.Datetime(readonly=True, copy=False)

    _one_good = models.UniqueIndex(
        "(connection_id) WHERE state = 'valid'", "A connection works with one consent at a time."
    )

    @api.depends("connection_id.name", "create_date")
    def _compute_name(self):
        for consent in self:
            day = fields.Date.to_date(consent.create_date) or fields.Date.today()
            consent.name = f"{consent.connection_id.name} {day}"

    @api.depends("valid_until", "state")
    def _compute_days_left(self):
        today = fields.Date.today()
        for consent in self:
            is_good = consent.state == VALID and consent.valid_until
            consent.days_left = (consent.valid_until - today).days if is_good else 0

    @api.depends("account_ids")
    def _compute_account_count(self):
        for consent in self:
            consent.account_count = len(consent.account_ids)

    # -- there -----------------------------------------------------------------------------

    @contextmanager
    def _words(self):
        """What goes wrong in a call that a person has pressed a button for is told to that person."""
        try:
            yield
        except FinanceError as error:
            raise UserError(error.detail) from error

    @api.model
    def _begin(self, connection):
        """Make a consent at the bank; :return: the action that takes the person there"""
        person = connection._bank_person()
        if not person.is_there:
            raise UserError(self.env._("Give the consent in the web client: the bank sends you back to your browser."))
        secrets = {"state": new_verifier(), "session": new_verifier()}
        authorising = connection.sudo()._as_authorising()  # sudo: adapters read secrets; the role was checked
        back = f"{connection.get_base_url().rstrip('/')}{RETURN}?state={secrets['state']}"
        wish = ConsentWish(
            return_to=back,
            refused_to=f"{back}&refused=1",
            until=connection._bank_until(),
            state=secrets["state"],
            calls=connection.bank_calls or 4,
            ibans=tuple((connection.bank_ibans or "").replace(",", " ").split()),
        )
        with self._words():
            authorising._check_outbound()
            begun = connection._adapter()._consent_begin(authorising, wish, person)
            page = begun.page or self._page_of_oauth(connection, begun)
            self._check_page(connection, page)
        # sudo: consents are written by these steps alone, the role was checked
        waiting = self.sudo().search([("connection_id", "=", connection.id), ("state", "=", WAITING)])
        waiting._end("replaced")
        consent = self.sudo().create(
            {
                "connection_id": connection.id,
                "reference": begun.reference,
                "valid_until": wish.until,
                "calls": wish.calls,
                "asked_by_id": self.env.uid,
                "confirm_address": begun.confirm,
                "state_hash": _digest(secrets["state"]),
                "session_hash": _digest(secrets["session"]),
                "return_until": fields.Datetime.now() + timedelta(minutes=MINUTES),
            }
        )
        # a new dict: a change inside would not be seen as one
        request.session[SESSION] = {**(request.session.get(SESSION) or {}), str(consent.id): secrets["session"]}
        self.env["finance.audit"]._record(
            "bank.consent.asked", connection, after={"until": str(wish.until), "calls": wish.calls}
        )
        return {"type": "ir.actions.act_url", "url": page, "target": "self"}

    @api.model
    def _page_of_oauth(self, connection, begun):
        """The bank takes the yes over OAuth 2.0: its scope names the consent."""
        if not begun.scope or connection.http_auth != "authorization_code":
            raise RejectedError(
                self.env._(
                    "The bank wants the consent to be given over OAuth 2.0. Choose Log in: OAuth 2.0, authorised by a "
                    "person, and enter its addresses."
                )
                if begun.scope
                else self.env._("The bank does not say where a person can say yes."),
                reason="connection_incomplete",
            )
        # the token that is there, and what it opens, stay good until the person has said yes
        scope = " ".join(filter(None, [begun.scope, connection.oauth_scope]))
        return self.env["finance.oauth2.request"]._begin(connection, scope=scope)

    @api.model
    def _check_page(self, connection, page):
        """A person is sent to hosts that the connection may reach, and to no others."""
        to = target(page)
        if to.scheme != "https" and not connection._may_be_plain():
            raise RejectedError(self.env._("The page of the bank is not encrypted."))
        check_listed(to.host, connection._allowed_hosts())

    # -- and back --------------------------------------------------------------------------

    @api.model
    def _come_back(self, answer, in_session):
        """A person has come back from the bank: ask it what became of the consent.

        :param answer: query of the address
        :param in_session: dict consent id -> this session's half
        :return: (consent or empty recordset, what went wrong in words or None)
        """
        unknown = self.env._("This consent is not known, was given already or took too long. Begin again.")
        # sudo: consents are written by these steps alone; whose it is is looked at here
        consent = self.sudo().search(
            [("state_hash", "=", _digest(answer.get("state") or answer.get("ref") or ""))], limit=1
        )
        if not consent or consent.asked_by_id != self.env.user:
            return self.browse(), unknown
        fits = hmac.compare_digest(consent.session_hash, _digest(in_session.get(str(consent.id)) or ""))
        fits &= consent.return_until > fields.Datetime.now() and consent.state == WAITING
        fits &= consent.connection_id.with_user(self.env.user).has_access("write")
        if not fits:
            return self.browse(), unknown
        consent.write({"state_hash": False, "session_hash": False})
        connection = consent.connection_id._as_authorising()
        person = connection._bank_person()
        try:
            connection._adapter()._consent_confirm(connection, consent, answer, person)
            consent._look(person)
            if consent.state == VALID:
                consent.connection_id._bank_read_accounts(person)
        except FinanceError as error:
            return consent, error.detail
        if consent.state == VALID:
            return consent, None
        return consent, self.env._(
            "The bank has not taken it for a yes. Its answer: %s.", consent.said or consent.state
        )

    def _look(self, person):
        """Ask the bank what has become of the consent."""
        self.ensure_one()
        connection = self.connection_id._as_authorising()
        self._take(connection._adapter()._consent_look(connection, self, person))

    def _take(self, facts):
        """Keep what the bank says, a :class:`~..protocols.access.ConsentFacts`."""
        self.ensure_one()
        before = self.state
        if facts.state != VALID and before == VALID:
            self.write({"said": facts.said, "checked_at": fields.Datetime.now()})
            self.connection_id._bank_consent_gone(self, facts.state)
            return
        values = {"said": facts.said, "checked_at": fields.Datetime.now(), "calls": facts.calls or self.calls}
        if facts.until:
            # some banks shorten what they were asked for
            values["valid_until"] = facts.until
        if facts.state == VALID and before != VALID:
            others = self.connection_id.bank_consent_ids - self
            others.filtered(lambda other: other.state in (VALID, WAITING))._end("replaced")
            values |= {"state": VALID, "given_at": fields.Datetime.now(), "ended_at": False}
        elif facts.state != before:
            values |= {"state": facts.state, "ended_at": False if facts.state == WAITING else fields.Datetime.now()}
        self.write(values)
        self.flush_recordset()
        if self.state == VALID:
            self.connection_id._bank_consent_given(self)
            if before != VALID:
                self.env["finance.audit"]._record(
                    "bank.consent.given", self.connection_id, after={"until": str(self.valid_until)}
                )

    def _end(self, state):
        if not self:
            return
        # sudo: consents are written by these steps alone
        self.sudo().write({"state": state, "ended_at": fields.Datetime.now(), "state_hash": False})
        self.flush_recordset()

    # -- people ----------------------------------------------------------------------------

    def action_renew(self):
        """Ask for a new consent in the place of this one; this one works until the person has said yes."""
        self.ensure_one()
        return self.connection_id.action_bank_consent()

    def action_look(self):
        """Ask the bank now."""
        self.ensure_one()
        self.env["finance.message"]._check_role(OPERATOR, ADMIN)
        self.check_access("read")
        consent, person = self.sudo(), self.connection_id._bank_person()  # sudo: written by steps alone, role checked
        was_good = consent.state == VALID
        with self._words():
            consent._look(person)
            if consent.state == VALID and not was_good:
                consent.connection_id._as_authorising()._bank_read_accounts(person)

    def action_revoke(self):
        """Take the consent back at the bank; nothing is read any more."""
        self.ensure_one()
        self.env["finance.message"]._check_role(ADMIN)
        self.check_access("read")
        consent = self.sudo()  # sudo: written by steps alone; the role was checked
        connection = consent.connection_id._as_authorising()
        with self._words():
            connection._adapter()._consent_revoke(connection, consent, connection._bank_person())
        was_good = consent.state == VALID
        consent._end(REVOKED)
        if was_good:
            self.env["finance.credential"]._note_end(consent.connection_id, WATCHED, None)
        self.env["finance.audit"]._record("bank.consent.revoked", self.connection_id)

    def action_view_accounts(self):
        """Show the accounts that it opens."""
        self.ensure_one()
        return self.connection_id.action_view_bank_accounts()

    @api.model
    def _cron_end(self):
        """What is past its last day is over, also where no bank has said so."""
        # sudo: the scheduled action sees every company
        over = self.sudo().search([("state", "=", VALID), ("valid_until", "<", fields.Date.today())])
        for consent in over:
            consent.connection_id._bank_consent_gone(consent, EXPIRED)


def _digest(text):
    return hashlib.sha256(text.encode()).hexdigest()
