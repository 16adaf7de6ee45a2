from contextlib import contextmanager

from odoo import api, fields, models

from odoo.addons.finance_connector_base.engine.errors import RejectedError

from ..formats.report.reader import Report
from ..protocols.access import Anonymous
from ..protocols.ponto import IbanitySigning, PontoClient


class FinanceBankAdapterPonto(models.AbstractModel):
    """Accounts over Ponto Connect: the holder has authorised the integration by OAuth 2.0 and at Ponto."""

    _name = "finance.bank.adapter.ponto"
    _inherit = "finance.adapter"
    _description = "Ponto Connect"

    _supports = frozenset({"check", "reports"})
    _uses_http = True
    _webhook_scheme = "ibanity"

    @api.model
    @contextmanager
    def _calling(self, connection):
        # the header is made where it is signed
        with connection._http(authorization=Anonymous()) as client:
            yield PontoClient(
                client, client.endpoint, connection._http_authorization(), signing=self._signing(connection)
            )

    @api.model
    def _signing(self, connection):
        settings = connection.sudo()  # sudo: engine code runs for any role; it is no secret
        if not settings.bank_is_signed:
            return None
        if not settings.bank_key_id:
            raise RejectedError(
                self.env._("Enter the ID of the signing certificate on the connection."), reason="connection_incomplete"
            )
        key = connection._credential("signing")._private_key()
        return IbanitySigning(certificate_id=settings.bank_key_id, private_key=key)

    @api.model
    def _check(self, connection):
        with self._calling(connection) as service:
            told = service.accounts()
        self.env["finance.bank.online.account"]._note(connection, told)
        connection._bank_report_flow()
        connection._bank_logged_in()
        return self.env._("Ponto answers; %s account(s) are open to us.", len(told))

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
        today = connection._bank_today()
        since = account._since(today)
        with self._calling(connection) as service:
            if person.is_there:
                # by itself Ponto asks the banks some times a day
                service.synchronise(account.key, person)
            pages = account._collect(service.transactions(account.key, since))
            pages += account._collect(service.transactions(account.key, since, pending=True))
            balances = (service.account(account.key),)
        return Report(
            dialect="ponto", account=account._canonical(), since=since, today=today, pages=pages, balances=balances
        )


class FinanceConnection(models.Model):
    _inherit = "finance.connection"

    adapter = fields.Selection(
        selection_add=[("finance.bank.adapter.ponto", "Ponto Connect")],
        ondelete={"finance.bank.adapter.ponto": "cascade"},
    )
    bank_key_id = fields.Char(
        string="ID of the signing certificate", tracking=True, help="As the portal of Ibanity shows it."
    )
