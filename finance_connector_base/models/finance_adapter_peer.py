from odoo import api, fields, models

from ..transports.http import Bearer

#: secret with the key that the other database has made for us
KEY = "api_key"


class FinanceAdapterPeer(models.AbstractModel):
    """Another database with this suite, by its interface for programs (``docs/api.md``)."""

    _name = "finance.adapter.peer"
    _inherit = "finance.adapter"
    _description = "Another Database of the Suite"

    _supports = frozenset({"check", "invoices"})
    _uses_http = True

    @api.model
    def _client(self, connection):
        return connection._http(authorization=Bearer(token=connection._secret(KEY)))

    @api.model
    def _check(self, connection):
        with self._client(connection) as client:
            client.get("submissions", query={"limit": 1}).json()
        return self.env._("The other database answers, and lets us see what we have handed in.")

    @api.model
    def _send_invoice(self, connection, body, key):
        """Hand in an invoice, and ask what has become of it; both can be repeated.

        :param body: dict, an ``InvoiceDraft`` of the other side's document
        :param key: name of the request
        :return: dict, its ``Submission``
        """
        with self._client(connection) as client:
            told = client.post("invoices", json=body, idempotency_key=key, may_repeat=True).json()
            # the answer to a repetition is that of the first time: how it is now is asked for
            return client.get(f"submissions/{told['id']}").json()


class FinanceAdapter(models.AbstractModel):
    _inherit = "finance.adapter"

    @api.model
    def _capabilities(self):
        # EXTENDS
        return {**super()._capabilities(), "invoices": ("_send_invoice",)}


class FinanceConnection(models.Model):
    _inherit = "finance.connection"

    adapter = fields.Selection(
        selection_add=[("finance.adapter.peer", "Another database of the suite")],
        ondelete={"finance.adapter.peer": "cascade"},
    )
