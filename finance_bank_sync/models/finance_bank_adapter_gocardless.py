from contextlib import contextmanager

from odoo import api, fields, models

from odoo.addons.finance_connector_base.engine.errors import RejectedError
from odoo.addons.finance_connector_base.transports.http import Client

from ..formats.report.reader import Report
from ..protocols.access import CallsUsedUp, Person
from ..protocols.gocardless import GoCardlessClient, GoCardlessTokens

#: its limits count every call, also those with a person
NOBODY = Person()


class FinanceBankAdapterGocardless(models.AbstractModel):
    """Accounts of many banks over GoCardless Bank Account Data."""

    _name = "finance.bank.adapter.gocardless"
    _inherit = "finance.adapter"
    _description = "GoCardless Bank Account Data"

    _supports = frozenset({"check", "reports", "consents"})
    _uses_http = True

    @api.model
    @contextmanager
    def _calling(self, connection):
        settings = connection.sudo()  # sudo: engine code runs for any role
        if not settings.bank_client:
            raise RejectedError(
                self.env._("Enter the secret ID on the connection (Client ID)."), reason="connection_incomplete"
            )
        connection._check_outbound()
        with Client(connection._http_endpoint()) as bare:
            tokens = GoCardlessTokens(
                bare, secret_id=settings.bank_client, secret_key=connection._secret("client_secret")
            )
            with connection._http(authorization=tokens) as client:
                yield GoCardlessClient(client)

    @api.model
    def _check(self, connection):
        consent = connection._bank_consent()
        with self._calling(connection) as service:
            consent._take(service.consent(consent.reference))
        connection._bank_consent()
        return self.env._("GoCardless answers; the consent is good until %s.", consent.valid_until)

    @api.model
    def _bank_accounts(self, connection, person):
        with self._calling(connection) as service:
            return service.accounts(connection._bank_consent().reference)

    @api.model
    def _bank_report(self, connection, account, person):
        connection._bank_consent()
        today = connection._bank_today()
        since = account._since(today)
        with self._calling(connection) as service:
            account._take_call("transactions", NOBODY)
            pages = account._collect([service.transactions(account.key, since)])
            balances = ()
            if account._take_call("balances", NOBODY, is_needed=False):
                try:
                    balances = (service.balances(account.key),)
                except CallsUsedUp:
                    # a list without them is worth having
                    balances = ()
        return Report(
            dialect="gocardless",
            account=account._canonical(),
            since=since,
            today=today,
            pages=pages,
            balances=balances,
        )

    @api.model
    def _consent_begin(self, connection, wish, person):
        institution = connection.sudo().bank_institution  # sudo: engine code runs for any role
        if not institution:
            raise RejectedError(
                self.env._("Enter the institution on the connection, e.g. SANDBOXFINANCE_SFIN0000."),
                reason="connection_incomplete",
            )
        with self._calling(connection) as service:
            return service.begin_consent(wish, institution=institution, today=connection._bank_today())

    @api.model
    def _consent_look(self, connection, consent, person):
        with self._calling(connection) as service:
            return service.consent(consent.reference)

    @api.model
    def _consent_revoke(self, connection, consent, person):
        with self._calling(connection) as service:
            service.revoke(consent.reference)


class FinanceConnection(models.Model):
    _inherit = "finance.connection"

    adapter = fields.Selection(
        selection_add=[("finance.bank.adapter.gocardless", "GoCardless Bank Account Data")],
        ondelete={"finance.bank.adapter.gocardless": "cascade"},
    )
    bank_institution = fields.Char(
        string="Institution", tracking=True, help="What GoCardless calls the bank, e.g. SANDBOXFINANCE_SFIN0000."
    )
