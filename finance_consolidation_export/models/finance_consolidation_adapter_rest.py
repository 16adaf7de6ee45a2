from contextlib import contextmanager

from odoo import api, fields, models

from ..targets import neutral_file


class FinanceConsolidationAdapterRest(models.AbstractModel):
    """Any receiver that speaks the small contract of the neutral file over REST."""

    _name = "finance.consolidation.adapter.rest"
    _inherit = "finance.adapter"
    _description = "Packages over REST"

    _supports = frozenset({"check", "consolidation"})
    _uses_http = True

    @api.model
    def _check(self, connection):
        with connection._http() as client:
            client.request("GET", "", expect={404})
        return self.env._("The receiver answers.")

    @api.model
    def _consolidation_writer(self):
        return neutral_file.RestFile()

    @api.model
    @contextmanager
    def _consolidation_platform(self, connection, job):
        with connection._http() as client:
            yield neutral_file.ByRest(client, job)


class FinanceConnection(models.Model):
    _inherit = "finance.connection"

    adapter = fields.Selection(
        selection_add=[("finance.consolidation.adapter.rest", "Packages over REST")],
        ondelete={"finance.consolidation.adapter.rest": "cascade"},
    )
