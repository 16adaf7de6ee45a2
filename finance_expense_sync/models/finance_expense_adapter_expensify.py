import mimetypes
from contextlib import contextmanager

from odoo import api, fields, models

from odoo.addons.finance_connector_base.engine.errors import RejectedError

from ..platforms import expensify_reader
from ..platforms.calling import Nobody
from ..platforms.expensify import Credentials, ExpensifyClient

#: secret with the partner user secret
SECRET = "password"


class FinanceExpenseAdapterExpensify(models.AbstractModel):
    """Expense reports of Expensify, by its Integration Server.

    It has no webhooks, and takes no word of what was posted or refused: the label says that a report is here, and
    reports that were paid are set to reimbursed.
    """

    _name = "finance.expense.adapter.expensify"
    _inherit = "finance.adapter"
    _description = "Expensify"

    _supports = frozenset({"check", "expenses"})
    _uses_http = True
    _expense_told = frozenset({"paid"})

    @api.model
    @contextmanager
    def _calling(self, connection):
        settings = connection.sudo()  # sudo: engine code runs for any role; it is no secret
        if not settings.expensify_user:
            raise RejectedError(
                self.env._("Enter the partner user ID on the connection."), reason="connection_incomplete"
            )
        credentials = Credentials(user=settings.expensify_user, secret=connection._secret(SECRET))
        with connection._http(authorization=Nobody()) as client:
            yield ExpensifyClient(
                client,
                credentials,
                label=settings.expensify_label or "Odoo",
                policies=(settings.expensify_workspaces or "").replace(",", " ").split(),
                fields=connection._expense_fields(),
                today=self.env.cr.now().date(),
            )

    @api.model
    def _check(self, connection):
        with self._calling(connection) as service:
            found = service.workspaces()
        connection._expense_asks()
        return self.env._("Expensify answers; %s workspace(s) are open to us.", len(found))

    # -- reports -------------------------------------------------------------------------------

    @api.model
    def _expense_batch(self, connection, flow, position):
        with self._calling(connection) as service:
            return service.batch(position)

    @api.model
    def _expense_claim(self, connection, handed):
        with self._calling(connection) as service:
            return service.mark([one.external_id for one in handed])

    @api.model
    def _expense_read(self, connection, content):
        return expensify_reader.read(content, connection._expense_fields())

    @api.model
    def _expense_receipt(self, connection, receipt):
        with self._calling(connection) as service:
            kind, content = service.receipt(receipt.url)
        name = receipt.name or f"receipt-{receipt.external_id or ''}{mimetypes.guess_extension(kind) or ''}"
        return name, kind, content

    @api.model
    def _expense_confirm(self, connection, outcome):
        with self._calling(connection) as service:
            return service.reimbursed(outcome)


class FinanceConnection(models.Model):
    _inherit = "finance.connection"

    adapter = fields.Selection(
        selection_add=[("finance.expense.adapter.expensify", "Expensify")],
        ondelete={"finance.expense.adapter.expensify": "cascade"},
    )
    expensify_user = fields.Char(string="Partner user ID", tracking=True)
    expensify_label = fields.Char(
        string="Label",
        tracking=True,
        help="Put on reports once they are stored here; reports that carry it are not read again. Empty: Odoo.",
    )
    expensify_workspaces = fields.Char(
        string="Workspaces",
        tracking=True,
        help="IDs of policies, separated by blanks. Empty: all that the user may see.",
    )
