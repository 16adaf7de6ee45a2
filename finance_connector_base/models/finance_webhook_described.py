from odoo import api, models

from ..engine.errors import FinanceError

_FEED = "finance.handler.definition.feed"


class FinanceWebhook(models.Model):
    """What a webhook of a described system looks like is said by its description; people may change it."""

    _inherit = "finance.webhook"

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS: what is not given comes from the description, as in the form
        flows = self.env["finance.flow"]
        return super().create([{**self._proposed(flows.browse(vals.get("flow_id"))), **vals} for vals in vals_list])

    @api.onchange("flow_id")
    def _onchange_flow_id(self):
        self.update(self._proposed(self.flow_id))

    @api.model
    def _proposed(self, flow):
        """:return: dict of the values that the description proposes for the events of a list"""
        if flow.handler != _FEED:
            return {}
        try:
            description = self.env["finance.adapter.declarative"]._description_of(flow.connection_id)
        except FinanceError:
            # said where it counts, when the list is read
            return {}
        events = [event for event in description.events.values() if event.feed == flow.definition_feed]
        return events[0].settings.proposed() if events else {}
