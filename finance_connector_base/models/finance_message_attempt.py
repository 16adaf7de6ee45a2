from odoo import api, fields, models
from odoo.tools import SQL


class FinanceMessageAttempt(models.Model):
    """One try of one message. Its id is the fencing token of that try."""

    _name = "finance.message.attempt"
    _description = "Message Attempt"
    _order = "id desc"
    _log_access = False
    _rec_name = "number"

    message_id = fields.Many2one("finance.message", required=True, ondelete="restrict", index=True, readonly=True)
    company_id = fields.Many2one(related="message_id.company_id")
    number = fields.Integer(readonly=True)
    worker_name = fields.Char(readonly=True)
    started_at = fields.Datetime(readonly=True)
    ended_at = fields.Datetime(readonly=True)
    duration_ms = fields.Integer(string="Duration (ms)", readonly=True, aggregator="avg")
    duration = fields.Char(compute="_compute_duration")
    outcome = fields.Selection(
        [
            ("running", "Running"),
            ("done", "Done"),
            ("ignored", "Ignored"),
            ("held", "Held"),
            ("retry", "Will be retried"),
            ("dead", "Gave up"),
            ("unknown", "Outcome unknown"),
            ("crashed", "Worker was killed"),
            ("released", "Put back, not counted"),
        ],
        readonly=True,
    )
    error_class = fields.Char(readonly=True)
    reason_code = fields.Char(readonly=True)
    detail = fields.Text(readonly=True)

    def init(self):
        # the end of an attempt is written into the same page, without touching an index
        self.env.cr.execute(SQL("ALTER TABLE finance_message_attempt SET (fillfactor = 70)"))

    @api.depends("duration_ms", "ended_at")
    def _compute_duration(self):
        for attempt in self:
            minutes, milliseconds = divmod(attempt.duration_ms, 60_000)
            if not attempt.ended_at:
                attempt.duration = False
            elif minutes:
                attempt.duration = self.env._(
                    "%(minutes)s min %(seconds)s s", minutes=minutes, seconds=milliseconds // 1000
                )
            else:
                attempt.duration = self.env._("%s s", f"{milliseconds / 1000:.2f}")
