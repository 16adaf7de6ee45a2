from odoo import api, fields, models
from odoo.tools import SQL

from .finance_close_status import STATUS


class FinanceCloseSnapshot(models.Model):
    """How far a company was on a day, for the trend."""

    _name = "finance.close.snapshot"
    _description = "Readiness of a Day"
    _log_access = False
    _order = "day, close_id, entity_id, id"
    _rec_name = "day"
    _allow_sudo_commands = False

    close_id = fields.Many2one("finance.close.period", required=True, ondelete="cascade", index=True)
    entity_id = fields.Many2one("finance.consolidation.entity", string="Company", ondelete="cascade")
    company_id = fields.Many2one("res.company", string="Books of the company")
    day = fields.Date(required=True)
    readiness = fields.Integer(string="Ready (%)", aggregator="avg")
    done_count = fields.Integer(string="Finished")
    left_count = fields.Integer(string="Left")
    failed_count = fields.Integer(string="Failed checks")
    overdue_count = fields.Integer(string="Overdue")

    _once = models.UniqueIndex("(close_id, COALESCE(entity_id, 0), day)")

    @api.model
    def _take(self):
        """Keep the readiness of today, of every close that runs; the last look of a day counts."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
            INSERT INTO finance_close_snapshot
                   (close_id, entity_id, company_id, day, readiness, done_count, left_count, failed_count,
                    overdue_count)
            SELECT s.close_id, s.entity_id, s.company_id, %s, s.readiness, s.done_count, s.task_count - s.done_count,
                   s.failed_count, s.overdue_count
              FROM (%s) s
              JOIN finance_close_period c ON c.id = s.close_id AND c.state IN ('open', 'preliminary')
                ON CONFLICT (close_id, COALESCE(entity_id, 0), day) DO UPDATE
               SET readiness = excluded.readiness, done_count = excluded.done_count, left_count = excluded.left_count,
                   failed_count = excluded.failed_count, overdue_count = excluded.overdue_count
                """,
                fields.Date.context_today(self),
                SQL(STATUS),
            )
        )
        self.invalidate_model()
