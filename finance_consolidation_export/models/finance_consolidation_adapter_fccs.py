from contextlib import contextmanager

from odoo import api, fields, models

from ..targets import fccs


class FinanceConsolidationAdapterFccs(models.AbstractModel):
    """Oracle FCCS and other applications of EPM Cloud. Logs in as the connection says: Basic, or OAuth 2.0."""

    _name = "finance.consolidation.adapter.fccs"
    _inherit = "finance.adapter"
    _description = "Oracle FCCS"

    _supports = frozenset({"check", "consolidation"})
    _uses_http = True

    @api.model
    def _check(self, connection):
        with connection._http() as client:
            client.get("interop/rest/v2/files/list")
        return self.env._("Oracle EPM Cloud lets us in and lists its files.")

    @api.model
    def _consolidation_writer(self):
        return fccs.FccsFile()

    @api.model
    @contextmanager
    def _consolidation_platform(self, connection, job):
        with connection._http() as client:
            yield fccs.Fccs(client, job)


class FinanceConnection(models.Model):
    _inherit = "finance.connection"

    adapter = fields.Selection(
        selection_add=[("finance.consolidation.adapter.fccs", "Oracle FCCS")],
        ondelete={"finance.consolidation.adapter.fccs": "cascade"},
    )
