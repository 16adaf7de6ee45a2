from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..const import ADMIN, OPERATOR
from ..engine import states
from ..engine.envelope import Envelope
from ..engine.notice import notice


class FinanceFlow(models.Model):
    """One business exchange of a connection, with its timing and its limits."""

    _name = "finance.flow"
    _description = "Flow"
    _inherit = ["mail.thread"]
    _order = "priority, name, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    connection_id = fields.Many2one("finance.connection", required=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True)
    handler = fields.Selection(
        selection=[], required=True, string="Work", help="What is done with the messages of this flow."
    )
    direction = fields.Selection([("in", "In"), ("out", "Out")], required=True, default="in")
    schema_version = fields.Integer(aggregator=None, default=1, readonly=True)
    business_owner_id = fields.Many2one(
        "res.users", help="Gets business and data quality exceptions; else the owner of the connection."
    )

    priority = fields.Integer(
        aggregator=None, default=50, required=True, help="Flows with a smaller number are worked first."
    )
    paused = fields.Boolean(tracking=True, help="Keeps accepting messages, works none of them.")
    draining = fields.Boolean(tracking=True, help="Works off what is there and fetches nothing new.")
    batch_size = fields.Integer(
        aggregator=None,
        default=50,
        required=True,
        help="Most messages a worker takes at once; it takes fewer where they last longer.",
    )
    commit_size = fields.Integer(
        aggregator=None,
        string="Messages per transaction",
        default=1,
        required=True,
        help="More than one is faster where the effects of messages may share a transaction.",
    )
    lease_seconds = fields.Integer(
        aggregator=None,
        default=300,
        required=True,
        help="A message is given to another worker when its worker is silent this long.",
    )
    at_most_once = fields.Boolean(
        help="For money that leaves: after a crash or an unclear answer the outcome is unknown, and never sent again "
        "without a decision."
    )
    held_blocks = fields.Boolean(
        string="Held messages block their key",
        default=True,
        help="Messages with the same order key wait behind one that needs attention.",
    )
    likeness_days = fields.Integer(
        string="Look for near-duplicates within (days)",
        default=0,
        help="A message that looks like another one of so many days is held for review. 0: never.",
    )
    retry_max = fields.Integer(aggregator=None, string="Attempts", default=8, required=True)
    retry_base = fields.Float(aggregator=None, string="First retry after (seconds)", default=30.0, required=True)
    retry_cap = fields.Float(aggregator=None, string="Longest wait (seconds)", default=21600.0, required=True)

    fetch_interval = fields.Integer(
        aggregator=None, string="Fetch every (minutes)", default=0, help="0: never by itself."
    )
    next_fetch_at = fields.Datetime(readonly=True, copy=False)
    last_fetch_at = fields.Datetime(compute="_compute_last_fetch_at")

    waiting_count = fields.Integer(compute="_compute_counts")
    attention_count = fields.Integer(compute="_compute_counts")

    _positive_sizes = models.Constraint(
        "CHECK (batch_size BETWEEN 1 AND 1000 AND commit_size BETWEEN 1 AND 1000 AND lease_seconds >= 1"
        " AND retry_max >= 1 AND retry_base > 0 AND retry_cap >= retry_base AND fetch_interval >= 0"
        " AND likeness_days >= 0)",
        "Batch sizes, attempts and the lease must be at least 1.",
    )
    _sends_alone = models.Constraint(
        "CHECK (at_most_once IS NOT TRUE OR commit_size = 1)",
        "What must not be sent twice cannot share a transaction: set messages per transaction to 1.",
    )

    def _compute_last_fetch_at(self):
        groups = self.env["finance.message"]._read_group(
            [("flow_id", "in", self.ids), ("kind", "=", "fetch"), ("state", "=", states.DONE)],
            ["flow_id"],
            ["closed_at:max"],
        )
        last = {flow.id: closed_at for flow, closed_at in groups}
        for flow in self:
            flow.last_fetch_at = last.get(flow.id, False)

    def _compute_counts(self):
        groups = self.env["finance.message"]._read_group(
            [("flow_id", "in", self.ids), ("state", "not in", list(states.FINAL))], ["flow_id", "state"], ["__count"]
        )
        waiting, attention = {}, {}
        for flow, state, count in groups:
            target = attention if state in states.NEEDS_PERSON else waiting
            target[flow.id] = target.get(flow.id, 0) + count
        for flow in self:
            flow.waiting_count = waiting.get(flow.id, 0)
            flow.attention_count = attention.get(flow.id, 0)

    def write(self, vals):
        if "connection_id" in vals:
            # sudo: messages of any company count here, the user may not see them
            moved = self.filtered(lambda flow: flow.connection_id.id != vals["connection_id"])
            if self.env["finance.message"].sudo().search_count([("flow_id", "in", moved.ids)], limit=1):
                raise UserError(self.env._("A flow that has messages stays with its connection. Make a new one."))
        if "next_fetch_at" in vals and not self.env.su:
            raise AccessError(self.env._("Use Fetch now to fetch at once."))
        return super().write(vals)

    @api.constrains("fetch_interval", "connection_id")
    def _check_fetch(self):
        for flow in self:
            adapter = flow.connection_id._adapter()
            if flow.fetch_interval and not adapter._ways_to_fetch() & adapter._supports:
                raise UserError(
                    self.env._("%s cannot fetch by itself. Set the interval to 0.", flow.connection_id.display_name)
                )

    def _owner_of(self, error_class):
        self.ensure_one()
        if error_class in ("data", "business") and self.business_owner_id:
            return self.business_owner_id
        return self.connection_id.owner_id

    def action_pause(self):
        """Keep accepting, work nothing."""
        self._steer(paused=True)

    def action_drain(self):
        """Work off what is there, fetch nothing new."""
        self._steer(paused=False, draining=True)

    def action_resume(self):
        """Go on after a pause, in order."""
        self._steer(paused=False, draining=False)
        self.env["finance.dispatcher"]._wake()

    def _steer(self, **values):
        self.env["finance.message"]._check_role(OPERATOR, ADMIN)
        self.check_access("read")
        for flow in self:
            self.env["finance.audit"]._record(
                "flow.steered", flow, before={key: flow[key] for key in values}, after=values
            )
        self.sudo().write(values)  # sudo: operators steer flows without the right to edit them; the role was checked

    def action_fetch_now(self):
        """Queue a fetch run at once."""
        self.env["finance.message"]._check_role(OPERATOR)
        self.check_access("read")
        for flow in self:
            flow._enqueue_fetch(self.env.cr.now())
        return notice(self.env._("Fetching has been queued."))

    def _enqueue_fetch(self, at):
        """Queue one fetch run; a run that is still open is not doubled.

        :param at: naive UTC
        """
        self.ensure_one()
        self = self.sudo()  # sudo: operators may start a fetch but not edit flows; the caller checked the role
        messages = self.env["finance.message"].sudo()
        waiting = messages.search_count(
            [("flow_id", "=", self.id), ("kind", "=", "fetch"), ("state", "in", list(states.OPEN))], limit=1
        )
        if not waiting:
            messages._enqueue(
                self,
                [
                    Envelope(
                        kind="fetch",
                        subject=self.env._("Fetch: %s", self.name),
                        not_before=at,
                        priority=max(self.priority - 1, 0),
                        order_key=f"fetch:{self.id}",
                    )
                ],
            )

    @api.model
    def _cron_schedule(self):
        """Queue the fetch runs that are due; the next time is set in the same transaction."""
        now = self.env.cr.now()
        due = self.search(
            [
                ("fetch_interval", ">", 0),
                ("paused", "=", False),
                ("draining", "=", False),
                ("connection_id.state", "=", "active"),
                ("connection_id.auth_needed", "=", False),
                "|",
                ("next_fetch_at", "=", False),
                ("next_fetch_at", "<=", now),
            ]
        ).try_lock_for_update()
        # in a copy of the database nothing is fetched; without runs there is nothing to refuse either
        for flow in due.filtered(lambda flow: not flow.connection_id._is_foreign()):
            flow._enqueue_fetch(now)
            flow.next_fetch_at = flow._next_fetch(now)

    def action_view_messages(self):
        """Show the messages of this flow."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "finance.message",
            "view_mode": "list,form",
            "domain": [("flow_id", "=", self.id)],
            "context": {"search_default_exchanges": 1},
        }
