from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..const import VIEWER
from ..engine import states


class FinanceCheckpoint(models.Model):
    """Counts of one flow and day, proved: what was received is done, ignored, held, dead or open.

    Births are counted from the transition rows and states from the messages, two tables
    written by different statements, so a lost message shows as a difference.
    """

    _name = "finance.checkpoint"
    _description = "Checkpoint"
    _order = "day desc, flow_id"
    _rec_name = "day"

    day = fields.Date(required=True, readonly=True)
    flow_id = fields.Many2one("finance.flow", required=True, readonly=True, ondelete="cascade", index=True)
    connection_id = fields.Many2one(related="flow_id.connection_id", store=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    received = fields.Integer(readonly=True)
    done = fields.Integer(readonly=True)
    ignored = fields.Integer(readonly=True)
    held = fields.Integer(string="Need attention", readonly=True)
    dead = fields.Integer(string="Gave up", readonly=True)
    open = fields.Integer(readonly=True)
    difference = fields.Integer(compute="_compute_difference", store=True)
    is_proved = fields.Boolean(string="Proved", compute="_compute_difference", store=True)
    proof = fields.Selection([("proved", "Proved"), ("difference", "Difference")], compute="_compute_proof")
    taken_at = fields.Datetime(readonly=True)

    _one_per_day = models.UniqueIndex("(flow_id, day)")

    @api.depends("received", "done", "ignored", "held", "dead", "open")
    def _compute_difference(self):
        for checkpoint in self:
            counted = checkpoint.done + checkpoint.ignored + checkpoint.held + checkpoint.dead + checkpoint.open
            checkpoint.difference = checkpoint.received - counted
            checkpoint.is_proved = checkpoint.received == counted

    @api.depends("is_proved")
    def _compute_proof(self):
        for checkpoint in self:
            checkpoint.proof = "proved" if checkpoint.is_proved else "difference"

    @api.model
    def _cron_take(self):
        """Renew the checkpoints of the last seven days: late fixes change what is open."""
        today = fields.Date.today()
        for back in range(7):
            self._take(today - timedelta(days=back))

    @api.model
    def _take(self, day):
        """Take or renew the checkpoints of a day (UTC), one per flow with messages.

        :return: the checkpoints
        """
        start = datetime.combine(day, time.min)
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                WITH born AS (
                    SELECT message_id, flow_id FROM finance_message_transition
                     WHERE before IS NULL AND at >= %(start)s AND at < %(end)s)
                SELECT b.flow_id, count(*),
                       count(*) FILTER (WHERE m.state = 'done'), count(*) FILTER (WHERE m.state = 'ignored'),
                       count(*) FILTER (WHERE m.state = 'held'), count(*) FILTER (WHERE m.state = 'dead'),
                       count(*) FILTER (WHERE m.state = ANY(%(open)s))
                  FROM born b LEFT JOIN finance_message m ON m.id = b.message_id
                 GROUP BY b.flow_id
                """,
                start=start,
                end=start + timedelta(days=1),
                open=list(states.OPEN),
            )
        )
        taken = self.browse()
        for flow_id, received, done, ignored, held, dead, is_open in self.env.cr.fetchall():
            flow = self.env["finance.flow"].browse(flow_id)
            values = {
                "received": received,
                "done": done,
                "ignored": ignored,
                "held": held,
                "dead": dead,
                "open": is_open,
                "taken_at": fields.Datetime.now(),
            }
            checkpoint = self.search([("flow_id", "=", flow_id), ("day", "=", day)])
            if checkpoint:
                checkpoint.write(values)
            else:
                checkpoint = self.create(
                    {**values, "flow_id": flow_id, "day": day, "company_id": flow.company_id.id}
                )
            taken |= checkpoint
        return taken

    def action_take_now(self):
        """Renew today's checkpoints."""
        self.env["finance.message"]._check_role(VIEWER)
        self.sudo()._take(fields.Date.today())  # sudo: checkpoints are written by nobody, the role was checked
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_view_messages(self):
        """Show the messages behind the counts."""
        self.ensure_one()
        start = datetime.combine(self.day, time.min)
        return {
            "type": "ir.actions.act_window",
            "name": f"{self.flow_id.name}, {self.day}",
            "res_model": "finance.message",
            "view_mode": "list,form",
            "domain": [
                ("flow_id", "=", self.flow_id.id),
                ("create_date", ">=", start),
                ("create_date", "<", start + timedelta(days=1)),
            ],
        }
