from odoo import api, fields, models
from odoo.tools import SQL

from ..engine import states


class FinanceMessage(models.Model):
    """Why a message that could be worked is not worked yet, said wherever somebody comes across it."""

    _inherit = "finance.message"

    waits_text = fields.Char(string="What it waits for", compute="_compute_waits_text")
    situation = fields.Char(compute="_compute_situation", help="What happened to it, or what it waits for.")

    @api.depends("detail", "waits_text")
    def _compute_situation(self):
        for message in self:
            message.situation = message.waits_text or message.detail

    @api.depends("state", "next_at", "flow_id", "order_key")
    def _compute_waits_text(self):
        # sudo: why it waits is for whoever may read the message
        ready = self.sudo().filtered(lambda message: message.state in states.READY)
        known = {flow.id: (flow._why_paused(), flow._why_down(), flow._why_broken()) for flow in ready.flow_id}
        ahead = ready._ahead()
        nobody = ready and self.env["finance.dispatcher"]._why_idle()
        texts = {}
        for message in ready:
            flow = message.flow_id
            paused, down, broken = known[flow.id]
            # what people brought by hand does not wait for a channel that is down
            is_brought = message.by_hand and flow.direction == "in"
            texts[message.id] = (
                paused
                or (not is_brought and down)
                or message._when_due()
                or ahead.get(message.id)
                or (not is_brought and broken)
                or nobody
            )
        for message in self:
            message.waits_text = texts.get(message.id)

    def _when_due(self):
        self.ensure_one()
        if not self.next_at or self.next_at <= self.env.cr.now():
            return None
        when = self.flow_id._said(self.next_at)
        if self.state == states.RETRY:
            return self.env._("It is tried again by itself: %s.", when)
        if self.flow_id.direction == "in":
            return self.env._("It is worked from %s on.", when)
        return self.env._("Leaves %s", when)

    def _ahead(self):
        """:return: dict id -> why a message waits for one that comes before it in its order"""
        keyed = self.filtered("order_key")
        if not keyed:
            return {}
        self.flush_model(["state", "order_key", "connection_id"])
        self.env.cr.execute(
            SQL(
                """
                SELECT m.id, e.id, e.state
                  FROM finance_message m JOIN finance_flow f ON f.id = m.flow_id
                 CROSS JOIN LATERAL (
                       SELECT e.id, e.state FROM finance_message e
                        WHERE e.connection_id = m.connection_id AND e.order_key = m.order_key AND e.id < m.id
                          AND e.state IN ('queued', 'retry', 'processing', 'unknown', 'held')
                          AND (e.state <> 'held' OR (f.held_blocks AND e.kind <> 'fetch'))
                        ORDER BY e.connection_id, e.order_key, e.id LIMIT 1) e
                 WHERE m.id = ANY(%s)
                """,
                keyed.ids,
            )
        )
        return {
            message: self.env._("Message %s comes before it and needs a person: solve or discard that one.", earlier)
            if state in (states.HELD, states.UNKNOWN)
            else self.env._("Message %s comes before it and is not done yet.", earlier)
            for message, earlier, state in self.env.cr.fetchall()
        }
