from odoo import fields, models


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
    worker_id = fields.Many2one("finance.worker", ondelete="set null", readonly=True)
    worker_name = fields.Char(readonly=True)
    started_at = fields.Datetime(readonly=True)
    ended_at = fields.Datetime(readonly=True)
    duration_ms = fields.Integer(string="Duration (ms)", readonly=True, aggregator="avg")
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
