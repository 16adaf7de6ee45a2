from odoo import models

from ..engine import states
from ..engine.outcome import Ignored


class FinanceMessage(models.Model):
    """Rules that hold for messages of every handler, asked right before the work."""

    _inherit = "finance.message"

    def _overtaken(self):
        """An event that arrives after a later one of its order key was worked changes nothing any more.

        Events of one key never run at the same time, so what is done is all there is to ask.
        """
        self.ensure_one()
        if not self.sequence or not self.order_key:
            return None
        later = self.search(
            [
                ("flow_id", "=", self.flow_id.id),
                ("order_key", "=", self.order_key),
                ("sequence", ">", self.sequence),
                ("state", "=", states.DONE),
            ],
            limit=1,
        )
        if not later:
            return None
        return Ignored(
            reason="overtaken",
            detail=self.env._("A later event was worked before it as message %s.", later.id),
        )

    def _withdrawn(self):
        """A record that is no longer released when its turn comes is not sent."""
        self.ensure_one()
        flow = self.res_model and self.flow_id
        if not flow or not flow.release_domain or self.res_model != flow.record_model:
            return None
        record = self.env[self.res_model].browse(self.res_id).exists()
        if record and flow._released(record):
            return None
        return Ignored(
            reason="not_released", detail=self.env._("The record was withdrawn before it was its turn to be sent.")
        )

    def _unwanted_kind(self):
        """A kind of event that its webhook does not take is acknowledged, counted, and changes nothing."""
        if not self.dedupe_key or not self.dedupe_key.startswith("webhook:"):
            # content is opened where it is needed
            return None
        data = self.sudo().data or {}  # sudo: asked by the worker
        webhook_id = data.get("webhook")
        if not webhook_id:
            return None
        kinds = self.env["finance.webhook"].sudo().browse(webhook_id)._lines("kinds")  # sudo: as above
        if not kinds or data.get("kind") in kinds:
            return None
        return Ignored(
            reason="webhook_kind",
            detail=self.env._("Events of the kind %s are not wanted by the webhook.", data.get("kind") or "?"),
        )
