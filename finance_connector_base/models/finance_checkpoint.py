from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..const import VIEWER
from ..engine import states

#: a late fix changes what is open
RENEWED_DAYS = 7


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
    received = fields.Integer(readonly=True, help="Most that were ever counted for the day: none may vanish later.")
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
        """Renew the checkpoints of the last days, and of older days that are not settled yet."""
        today = self.env.cr.now().date()
        days = {today - timedelta(days=back) for back in range(RENEWED_DAYS)}
        unsettled = self.search(["|", "|", ("open", ">", 0), ("held", ">", 0), ("dead", ">", 0)])
        for day in sorted(days.union(unsettled.mapped("day"))):
            self._take(day)

    @api.model
    def _take(self, day):
        """Take or renew the checkpoints of a day (UTC), one per flow with messages.

        :return: the checkpoints
        """
        start = datetime.combine(day, time.min)
        self.env.flush_all()
        # one statement sees one snapshot: nothing moves between counting births and states
        self.env.cr.execute(
            SQL(
                """
                WITH born AS (
                    SELECT message_id, flow_id FROM finance_message_transition
                     WHERE before IS NULL AND at >= %(start)s AND at < %(end)s)
                SELECT b.flow_id, f.company_id, count(*),
                       count(*) FILTER (WHERE m.state = 'done'), count(*) FILTER (WHERE m.state = 'ignored'),
                       count(*) FILTER (WHERE m.state = 'held'), count(*) FILTER (WHERE m.state = 'dead'),
                       count(*) FILTER (WHERE m.state = ANY(%(open)s))
                  FROM born b
                  JOIN finance_flow f ON f.id = b.flow_id
                  LEFT JOIN finance_message m ON m.id = b.message_id
                 GROUP BY b.flow_id, f.company_id
                """,
                start=start,
                end=start + timedelta(days=1),
                open=list(states.OPEN),
            )
        )
        counted = {row[0]: row[1:] for row in self.env.cr.fetchall()}
        earlier = {checkpoint.flow_id.id: checkpoint for checkpoint in self.search([("day", "=", day)])}
        taken = self.browse()
        for flow_id in sorted(counted.keys() | earlier.keys()):
            checkpoint = earlier.get(flow_id, self.browse())
            company_id, received, *others = counted.get(flow_id, (checkpoint.company_id.id, 0, 0, 0, 0, 0, 0))
            values = {
                # what was counted once stays counted: a message that vanished with all its rows is missed, too
                "received": max(received, checkpoint.received),
                **dict(zip(("done", "ignored", "held", "dead", "open"), others, strict=True)),
                "taken_at": self.env.cr.now(),
            }
            if checkpoint:
                checkpoint.write(values)
            else:
                checkpoint = self.create({**values, "flow_id": flow_id, "day": day, "company_id": company_id})
            taken |= checkpoint
        return taken

    def action_take_now(self):
        """Renew today's checkpoints."""
        self.env["finance.message"]._check_role(VIEWER)
        self.check_access("read")
        self.sudo()._take(self.env.cr.now().date())  # sudo: checkpoints are written by nobody, the role was checked
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_view_messages(self):
        """Show the messages behind the counts."""
        self.ensure_one()
        self.check_access("read")
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
