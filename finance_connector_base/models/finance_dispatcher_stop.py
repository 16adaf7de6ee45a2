import time

from odoo import api, models

#: seconds between two looks for an emergency stop while a batch is worked
LOOK_SECONDS = 0.5


class Stopped(Exception):
    """An emergency stop covers the message in hand; nothing of it has been done."""


class FinanceDispatcher(models.AbstractModel):
    """Emergency stops, once a message is claimed: the claim itself looks for them in its query."""

    _inherit = "finance.dispatcher"

    @api.model
    def _is_stopped(self, run, claim):
        """Look now and then: a batch lasts about a second, but may last longer."""
        now = time.monotonic()
        if now - run.stops_read_at < LOOK_SECONDS:
            return False
        run.stops_read_at = now
        with run.steps.step():
            return self._covers(claim)

    @api.model
    def _check_stop(self, claim):
        """Asked right before something leaves the house.

        :raise Stopped: while a stop covers the message
        """
        if self._covers(claim):
            raise Stopped

    @api.model
    def _covers(self, claim):
        return self.env["finance.stop"]._covers(claim.flow.id, claim.flow.connection_id, claim.company_id)
