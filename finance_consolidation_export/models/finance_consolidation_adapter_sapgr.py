from contextlib import contextmanager

from odoo import api, fields, models

from ..targets import sapgr


class FinanceConsolidationAdapterSapgr(models.AbstractModel):
    """SAP S/4HANA Group Reporting: flexible upload files, read back by OData."""

    _name = "finance.consolidation.adapter.sapgr"
    _inherit = "finance.adapter"
    _description = "SAP Group Reporting"

    _supports = frozenset({"check", "consolidation"})
    _uses_http = True

    @api.model
    def _check(self, connection):
        with connection._http() as client:
            client.get(f"{sapgr.SERVICE}/$metadata", accept="application/xml")
        return self.env._("SAP lets us in and describes its transaction data service.")

    @api.model
    def _consolidation_writer(self):
        return sapgr.SapFile()

    @api.model
    @contextmanager
    def _consolidation_platform(self, connection, job):
        with connection._http() as client:
            yield sapgr.SapGroupReporting(client, job)


class FinanceConnection(models.Model):
    _inherit = "finance.connection"

    adapter = fields.Selection(
        selection_add=[("finance.consolidation.adapter.sapgr", "SAP Group Reporting")],
        ondelete={"finance.consolidation.adapter.sapgr": "cascade"},
    )
