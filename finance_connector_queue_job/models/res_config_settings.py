from odoo import fields, models

from .finance_dispatcher import DEFAULT_SHARDS, RUNNER, SHARDS


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    finance_queue_runner = fields.Selection(
        [("queue_job", "Job runner (queue_job)"), ("cron", "Scheduled actions")],
        string="Finance queue is worked by",
        config_parameter=RUNNER,
        default="queue_job",
        help="Scheduled actions need nothing else. The job runner starts work at once on every node that runs it, "
        "and shows it beside the jobs of other apps.",
    )
    finance_queue_shards = fields.Integer(
        string="Jobs at the same time",
        config_parameter=SHARDS,
        default=DEFAULT_SHARDS,
        help="As many jobs wait for the runner when there is plenty to do. The channel root.finance must allow them.",
    )

    def set_values(self):
        dispatcher = self.env["finance.dispatcher"]
        before = dispatcher._runs_in_jobs()
        result = super().set_values()
        if dispatcher._runs_in_jobs() != before:
            dispatcher._pace_scheduled_actions()
            if before:
                dispatcher._remove_waiting_jobs()
        return result
