from contextlib import contextmanager

from odoo import api, fields, models

from odoo.addons.finance_connector_base.engine.errors import RejectedError
from odoo.addons.finance_connector_base.safe import strict_json

from ..formats.report.reader import Report
from ..protocols.access import CursorRefused
from ..protocols.plaid import PlaidClient


class FinanceBankAdapterPlaid(models.AbstractModel):
    """Accounts over Plaid: changes since a cursor, put together to whole days here."""

    _name = "finance.bank.adapter.plaid"
    _inherit = "finance.adapter"
    _description = "Plaid"

    _supports = frozenset({"check", "reports"})
    _uses_http = True
    _webhook_scheme = "plaid"

    @api.model
    @contextmanager
    def _calling(self, connection):
        settings = connection.sudo()  # sudo: engine code runs for any role
        if not settings.bank_client:
            raise RejectedError(self.env._("Enter the client ID on the connection."), reason="connection_incomplete")
        with connection._http() as client:
            yield PlaidClient(
                client,
                client_id=settings.bank_client,
                secret=connection._secret("client_secret"),
                access_token=connection._secret("token"),
            )

    @api.model
    def _check(self, connection):
        with self._calling(connection) as service:
            told = service.accounts()
        self.env["finance.bank.online.account"]._note(connection, told)
        connection._bank_report_flow()
        connection._bank_logged_in()
        return self.env._("Plaid answers; %s account(s) are open to us.", len(told))

    @api.model
    def _bank_accounts(self, connection, person):
        with self._calling(connection) as service:
            return service.accounts()

    @api.model
    def _webhook_key(self, connection, key_id):
        with self._calling(connection) as service:
            return service.webhook_key(key_id)

    @api.model
    def _bank_report(self, connection, account, person):
        with self._calling(connection) as service:
            try:
                return service.changes(account.key, account.position or "")
            except CursorRefused:
                if not account.position:
                    raise
                # forgotten over there: everything is told again, what we know is passed over
                return service.changes(account.key, "")

    @api.model
    def _bank_whole(self, connection, account, told):
        today = connection._bank_today()
        since, late = self.env["finance.bank.told"]._apply(account, told, account._since(today))
        account.position = told.cursor
        report = Report(
            dialect="plaid",
            account=account._canonical(),
            since=since,
            today=today,
            pages=(self.env["finance.bank.told"]._page(account, since),),
            balances=(strict_json.dumps({"accounts": [told.account] if told.account else []}),),
        )
        return report, late


class FinanceConnection(models.Model):
    _inherit = "finance.connection"

    adapter = fields.Selection(
        selection_add=[("finance.bank.adapter.plaid", "Plaid")],
        ondelete={"finance.bank.adapter.plaid": "cascade"},
    )
