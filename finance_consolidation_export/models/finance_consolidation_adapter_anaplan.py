from contextlib import contextmanager

from odoo import api, fields, models

from odoo.addons.finance_connector_base.engine.errors import RejectedError

from ..targets import anaplan


class FinanceConsolidationAdapterAnaplan(models.AbstractModel):
    """Anaplan: Basic login for a token that ends after half an hour, or OAuth 2.0 as the connection says."""

    _name = "finance.consolidation.adapter.anaplan"
    _inherit = "finance.adapter"
    _description = "Anaplan"

    _supports = frozenset({"check", "consolidation"})
    _uses_http = True

    @api.model
    @contextmanager
    def _calling(self, connection):
        own = connection.sudo()  # sudo: engine code runs for any role; what is read here is no secret
        if own.http_auth != "adapter":
            with connection._http() as client:
                yield client
            return
        if not own.anaplan_auth:
            raise RejectedError(
                self.env._("Enter the address that gives tokens on the connection."), reason="connection_incomplete"
            )
        with connection._http(base_url=own.anaplan_auth) as gate:
            token = anaplan.Token(client=gate, user=own.http_username or "", password=connection._secret("password"))
            with connection._http(authorization=token) as client:
                yield client

    @api.model
    def _check(self, connection):
        with self._calling(connection) as client:
            client.get("workspaces", query={"limit": 1})
        return self.env._("Anaplan lets us in and lists its workspaces.")

    @api.model
    def _consolidation_writer(self):
        return anaplan.AnaplanFile()

    @api.model
    @contextmanager
    def _consolidation_platform(self, connection, job):
        with self._calling(connection) as client:
            yield anaplan.Anaplan(client, job)


class FinanceConnection(models.Model):
    _inherit = "finance.connection"

    adapter = fields.Selection(
        selection_add=[("finance.consolidation.adapter.anaplan", "Anaplan")],
        ondelete={"finance.consolidation.adapter.anaplan": "cascade"},
    )
    anaplan_auth = fields.Char(
        string="Address of tokens", tracking=True, help="https://auth.anaplan.com; it belongs to the further addresses."
    )

    @api.model
    def _endpoint_fields(self):
        return super()._endpoint_fields() | {"anaplan_auth"}
