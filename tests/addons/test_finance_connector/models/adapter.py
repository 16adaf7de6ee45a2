from odoo import fields, models

from odoo.addons.finance_connector_base.engine.errors import RejectedError, TransientError
from odoo.addons.finance_connector_base.engine.work import current_work


class FinanceAdapterTest(models.AbstractModel):
    """An adapter that reaches nothing and fails when told so by the name of the connection."""

    _name = "finance.adapter.test"
    _inherit = "finance.adapter"
    _description = "Test Adapter"

    _supports = frozenset({"fetch", "check"})

    def _check(self, connection):
        if "unreachable" in connection.name:
            raise TransientError("Nobody answers.")
        return "Reached."

    def _fetch_files(self, connection, flow):
        """Nothing waits; a fetch run that was told so finds the other side in disorder."""
        work = current_work.get()
        message = self.env["finance.message"].browse(work.message_id if work else ())
        if message and (message.data or {}).get("fail"):
            raise RejectedError("Nothing is where it should be.")
        return iter(())

    def _archive_files(self, connection, flow, stamps):
        return []


class FinanceAdapterTestHttp(models.AbstractModel):
    """An adapter that speaks HTTP with the stand-in of the sandbox."""

    _name = "finance.adapter.test.http"
    _inherit = "finance.adapter"
    _description = "Test Adapter over HTTP"

    _supports = frozenset({"check"})
    _uses_http = True

    def _check(self, connection):
        with connection._http() as client:
            client.get("echo").json()
        return "The system answers."


class FinanceConnection(models.Model):
    _inherit = "finance.connection"

    adapter = fields.Selection(
        selection_add=[("finance.adapter.test", "Test"), ("finance.adapter.test.http", "Test over HTTP")],
        ondelete={"finance.adapter.test": "cascade", "finance.adapter.test.http": "cascade"},
    )
