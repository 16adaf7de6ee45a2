from odoo import api, models

#: messages moved to the next opening in one statement
PAGE = 5000

# what another worker has in its hands at this moment is left to it
DEFER = """
    UPDATE finance_message SET next_at = %(opens)s
     WHERE id IN (SELECT m.id FROM finance_message m
                   WHERE m.flow_id = %(flow)s AND m.state IN ('queued', 'retry')
                     AND m.next_at <= statement_timestamp() AT TIME ZONE 'UTC'
                     AND m.priority > %(exempt)s AND (%(is_out)s OR m.kind = 'fetch')
                   ORDER BY m.id LIMIT %(page)s
                     FOR NO KEY UPDATE SKIP LOCKED)
"""


class FinanceDispatcher(models.AbstractModel):
    """Opening times, looked at once more when a message is due.

    A message gets its time when it is queued. What was due while it was open and has not left
    by the end of the window (a pause, a backlog, a retry) waits for the next one.
    """

    _inherit = "finance.dispatcher"

    @api.model
    def _ready_lanes(self, run):
        lanes = super()._ready_lanes(run)
        closed = {lane.id for lane in lanes if self._defer(lane.id)}
        return [lane for lane in lanes if lane.id not in closed]

    @api.model
    def _defer(self, flow_id):
        """:return: True when the flow is closed and nothing of it may leave now"""
        flow = self.env["finance.flow"].browse(flow_id)
        rhythm = flow._rhythm()
        if rhythm is None or rhythm.calendar is None:
            return False
        now = self.env.cr.now()
        if rhythm.calendar.is_open(now):
            return False
        self.env.cr.execute(
            DEFER,
            {
                "flow": flow_id,
                "opens": rhythm.opens(now),
                "exempt": rhythm.exempt,
                "is_out": flow.direction == "out",
                "page": PAGE,
            },
            log_exceptions=False,
        )
        # what may leave at any time, and what is only worked in here
        return flow.direction == "out" and not rhythm.exempt
