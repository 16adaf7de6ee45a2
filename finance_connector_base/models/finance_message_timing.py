from datetime import timedelta

from odoo import api, models


class FinanceMessage(models.Model):
    """When a message leaves."""

    _inherit = "finance.message"

    @api.model
    def _row(self, flow, envelope, message_id):
        row = super()._row(flow, envelope, message_id)
        # the flow comes with all rights: see _enqueue
        if flow._cached_rhythm() is not None:
            arrival = row["not_before"] or self.env.cr.now() + timedelta(seconds=row["delay"] or 0)
            leaves = flow._leaves(row["kind"], arrival, row["priority"])
            if leaves != arrival:
                row.update(not_before=leaves, delay=None)
        return row

    @api.model
    def _insert(self, flow, rows):
        inserted = super()._insert(flow, rows)
        rhythm = flow._rhythm()
        if rhythm is not None and rhythm.count:
            self._release_full_batch(flow, rhythm)
        return inserted

    @api.model
    def _release_full_batch(self, flow, rhythm):
        """A micro-batch that is full leaves at once; the clock is the guarantee, this is the shortcut."""
        now = self.env.cr.now()
        self.env.cr.execute(
            "SELECT id FROM finance_message WHERE flow_id = %s AND state = 'queued' AND kind = 'exchange'"
            " AND next_at > %s AND next_at <= %s ORDER BY id",
            (flow.id, now, rhythm.opens(rhythm.turn(now))),
        )
        waiting = [message_id for (message_id,) in self.env.cr.fetchall()]
        leaves = rhythm.opens(now) if flow.direction == "out" else now
        if len(waiting) >= rhythm.count:
            self.env.cr.execute(
                "UPDATE finance_message SET next_at = %s WHERE id = ANY(%s) AND state = 'queued'", (leaves, waiting)
            )
            self.invalidate_model(["next_at"])
