from contextlib import contextmanager
from datetime import timedelta
from functools import partial

from odoo import api, fields, models

from ..formats.report.reader import Report
from ..protocols import http_signature
from ..protocols.access import Anonymous, CallsUsedUp, CursorRefused, PeriodRefused
from ..protocols.berlin_group import BerlinGroupClient, Signing

#: headers that are signed besides the digest, where a request has them
SIGNED = ("x-request-id", "psu-id", "psu-corporate-id", "tpp-redirect-uri", "date")
#: days that every bank tells without a fresh consent
SURE_DAYS = 89


class FinanceBankAdapterBerlinGroup(models.AbstractModel):
    """Accounts over NextGenPSD2 (Berlin Group XS2A 1.3.x)."""

    _name = "finance.bank.adapter.berlin.group"
    _inherit = "finance.adapter"
    _description = "NextGenPSD2 (Berlin Group)"

    _supports = frozenset({"check", "reports", "consents"})
    _uses_http = True

    @api.model
    @contextmanager
    def _calling(self, connection, person, authorization=None):
        with connection._http(authorization=authorization) as client:
            yield BerlinGroupClient(client, person=person, signing=self._signing(connection))

    @api.model
    def _signing(self, connection):
        if not connection.sudo().bank_is_signed:  # sudo: engine code runs for any role; it is no secret
            return None
        credential = connection._credential("signing")
        return Signing(
            sign=partial(
                http_signature.berlin_group,
                certificate=credential.certificate,
                private_key=credential._private_key(),
                names=SIGNED,
            )
        )

    @api.model
    def _check(self, connection):
        consent = connection._bank_consent()
        person = connection._bank_person()
        with self._calling(connection, person) as bank:
            facts = bank.consent(consent.reference)
        consent._take(facts)
        connection._bank_consent()
        return self.env._("The bank answers; the consent is good until %s.", consent.valid_until)

    # -- accounts --------------------------------------------------------------------------

    @api.model
    def _bank_accounts(self, connection, person):
        with self._calling(connection, person) as bank:
            return bank.accounts(connection._bank_consent().reference)

    @api.model
    def _bank_report(self, connection, account, person):
        consent = connection._bank_consent().reference
        today = connection._bank_today()
        since = account._since(today)
        with self._calling(connection, person) as bank:
            if account.connection_id.bank_delta != "none":
                changed = self._changed_since(bank, consent, account, person)
                if changed is None and account.read_until and account.read_until >= today - timedelta(days=1):
                    return None
                since = min(since, changed or since)
            since, pages = self._pages(bank, consent, account, person, since, today)
            balances = self._balances(bank, consent, account, person)
        return Report(
            dialect="berlin_group",
            account=account._canonical(),
            since=since,
            today=today,
            pages=pages,
            balances=balances,
        )

    @api.model
    def _pages(self, bank, consent, account, person, since, today):
        """Read the whole list; once more from its beginning when it changed meanwhile, or for fewer days."""
        for is_last in (False, True):
            account._take_call("transactions", person)
            try:
                return since, account._collect(bank.transactions(consent, account.key, since=since))
            except CursorRefused:
                if is_last:
                    raise
            except PeriodRefused:
                sure = today - timedelta(days=SURE_DAYS)
                if is_last or since >= sure:
                    raise
                since = sure
        raise AssertionError("unreachable")

    @api.model
    def _balances(self, bank, consent, account, person):
        """What the balances are, as far as the day's calls allow: a list without them is worth having."""
        if not account._take_call("balances", person, is_needed=False):
            return ()
        try:
            return (bank.balances(consent, account.key),)
        except CallsUsedUp:
            return ()

    @api.model
    def _changed_since(self, bank, consent, account, person):
        """Ask for what is new only, where the bank offers that.

        What it names is not taken as it is: it can begin in the middle of a day, where two equal payments cannot be
        told from one that is told twice. It says from which day on the whole days have to be read.

        :return: the first day of something new, None when there is nothing new
        """
        by_reference = account.connection_id.bank_delta == "reference"
        if by_reference and not account.last_reference:
            return account._since(account.connection_id._bank_today())
        account._take_call("transactions", person)
        try:
            pages = account._collect(
                bank.transactions(
                    consent, account.key, after=account.last_reference if by_reference else "", changed=not by_reference
                )
            )
        except CursorRefused:
            # it does not know the place any more: the days are read as without it
            return account._since(account.connection_id._bank_today())
        return account._first_day(pages, "berlin_group")

    # -- consents --------------------------------------------------------------------------

    @api.model
    def _consent_begin(self, connection, wish, person):
        with self._calling(connection, person, self._before_login(connection)) as bank:
            return bank.begin_consent(wish)

    @api.model
    def _before_login(self, connection):
        """Where the yes itself brings the token, the first consent is made before there is one: TLS says who we are."""
        settings = connection.sudo()  # sudo: engine code runs for any role; whether there is a token is no secret
        is_first = settings.http_auth == "authorization_code" and settings.oauth_state != "active"
        return Anonymous() if is_first else None

    @api.model
    def _consent_look(self, connection, consent, person):
        with self._calling(connection, person) as bank:
            return bank.consent(consent.reference)

    @api.model
    def _consent_confirm(self, connection, consent, answer, person):
        code = answer.get("confirmationCode")
        if consent.confirm_address and code:
            with self._calling(connection, person) as bank:
                bank.confirm(consent.confirm_address, code)

    @api.model
    def _consent_revoke(self, connection, consent, person):
        with self._calling(connection, person) as bank:
            bank.revoke(consent.reference)


class FinanceConnection(models.Model):
    _inherit = "finance.connection"

    adapter = fields.Selection(
        selection_add=[("finance.bank.adapter.berlin.group", "NextGenPSD2 (Berlin Group)")],
        ondelete={"finance.bank.adapter.berlin.group": "cascade"},
    )
    bank_is_signed = fields.Boolean(
        string="Requests are signed",
        tracking=True,
        help="For banks that want it. Load the QSeal certificate as Signing certificate.",
    )
    bank_delta = fields.Selection(
        [
            ("none", "No"),
            ("reference", "After the last entry (entryReferenceFrom)"),
            ("list", "Since the last call (deltaList)"),
        ],
        string="Asks what is new first",
        default="none",
        required=True,
        help="Finds bookings that were dated back further than the days read again; costs one more call each time.",
    )
