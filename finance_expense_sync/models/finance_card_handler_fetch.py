from odoo import api, fields, models

from odoo.addons.finance_connector_base.engine.notice import notice

from ..const import CARD, CARD_FETCH


class FinanceCardHandlerFetch(models.AbstractModel):
    """Asks a platform for transactions of its cards, page by page; the position moves with what it stores.

    Whatever a webhook tells is a reason to ask.
    """

    _name = "finance.card.handler.fetch"
    _inherit = "finance.expense.handler.fetch"
    _description = "Question for Card Transactions"

    _position = "cards"
    _counted, _goes_to = "transactions", CARD

    @api.model
    def _subject(self):
        return self.env._("Ask for card transactions")

    @api.model
    def _batch(self, adapter, connection, flow, position):
        return adapter._card_batch(connection, flow, position)

    @api.model
    def _envelopes(self, message, stored):
        handler = self.env["finance.card.handler.transaction"]
        return handler._envelopes(message, [(handed.external_id, payload) for handed, payload in stored])


class FinanceFlow(models.Model):
    _inherit = "finance.flow"

    handler = fields.Selection(
        selection_add=[("finance.card.handler.fetch", "Ask for card transactions")],
        ondelete={"finance.card.handler.fetch": "cascade"},
    )

    @api.model_create_multi
    def create(self, vals_list):
        """EXTENDS: what is asked for goes on in a second flow; it is there from the beginning."""
        flows = super().create(vals_list)
        for flow in flows:
            if flow.handler in (CARD_FETCH, "finance.card.handler.file"):
                flow.connection_id._expense_flow(CARD)
        return flows


class FinanceConnection(models.Model):
    _inherit = "finance.connection"

    has_card_feed = fields.Boolean(compute="_compute_has_card_feed")
    has_card_flow = fields.Boolean(compute="_compute_has_card_feed")

    @api.depends("adapter", "flow_ids.handler")
    def _compute_has_card_feed(self):
        known = self.env.registry.descendants(["finance.adapter"], "_inherit")
        for connection in self:
            adapter = self.env[connection.adapter] if connection.adapter in known else self.env["finance.adapter"]
            connection.has_card_feed = "cards" in adapter._supports
            connection.has_card_flow = CARD_FETCH in connection.flow_ids.mapped("handler")

    def action_card_feed(self):
        """Have the platform asked for card transactions from now on; every hour until somebody changes it."""
        self._check_admin()
        for connection in self:
            flow = connection._expense_flow(CARD_FETCH)
            if not flow.fetch_interval:
                # sudo: who may change connections need not be allowed to configure flows
                flow.sudo().fetch_interval = 60
        return notice(self.env._("Card transactions are asked for every hour."))
