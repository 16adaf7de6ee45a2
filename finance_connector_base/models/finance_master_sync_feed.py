from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..const import ADMIN, OPERATOR, STEWARD
from ..engine import states
from .finance_master_sync import WAYS

WAYS["poll"] = ("finance.handler.master.feed", "in")


class FinanceMasterSync(models.Model):
    """The other system is asked for its changes, every so many minutes and when somebody says so."""

    _inherit = "finance.master.sync"

    poll = fields.Boolean(
        string="Ask for changes",
        tracking=True,
        help="The other system does not report its changes by itself: it is asked for them.",
    )
    poll_minutes = fields.Integer(aggregator=None, string="Ask every (minutes)", default=15, required=True)
    next_poll_at = fields.Datetime(readonly=True, copy=False)

    _poll_minutes = models.Constraint("CHECK (poll_minutes > 0)", "It is asked every so many minutes, at least one.")

    def _reaches_out(self):
        return super()._reaches_out() or self.poll

    @api.constrains("poll", "receive", "connection_id")
    def _check_poll(self):
        for sync in self.filtered("poll"):
            if not sync.receive:
                raise ValidationError(self.env._("Who asks for changes also receives them: switch on Received."))
            if "master_changes" not in sync.connection_id._adapter()._supports:
                raise ValidationError(
                    self.env._("%s cannot be asked for changes: it delivers them by itself.", sync.connection_id.name)
                )

    @api.model
    def _cron_poll(self):
        """Ask where the time has come; a question that is still open is not asked twice."""
        now = self.env.cr.now()
        due = self.search([("poll", "=", True), "|", ("next_poll_at", "=", False), ("next_poll_at", "<=", now)])
        for sync in due.try_lock_for_update():
            sync._ask_for_changes()
            sync.next_poll_at = now + timedelta(minutes=sync.poll_minutes)

    def _ask_for_changes(self):
        handler = self.env["finance.handler.master.feed"]
        messages = self.env["finance.message"]
        for sync in self:
            flow = sync._flow("poll")
            waiting = messages.search_count(
                [
                    ("flow_id", "=", flow.id),
                    ("order_key", "=", f"feed:{sync.domain}"),
                    ("state", "in", [states.QUEUED, states.RETRY, states.PROCESSING]),
                ],
                limit=1,
            )
            if not waiting:
                handler._enqueue(flow, sync.domain)

    def action_poll_now(self):
        """Ask for changes without waiting for the time."""
        self.env["finance.message"]._check_role(OPERATOR, STEWARD, ADMIN)
        self.check_access("read")
        if not all(self.mapped("poll")):
            raise UserError(self.env._("This kind of master data is not asked for: see Ask for changes."))
        self.sudo()._ask_for_changes()  # sudo: the role was checked
        return True
