from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..engine import states

#: where a connection belongs; configuration is promoted from left to right
ENVIRONMENTS = [("sandbox", "Sandbox"), ("test", "Test"), ("production", "Production")]
#: indexes of Odoo's palette for cards: red, yellow, green, grey
HEALTH_COLORS = {"idle": 0, "healthy": 10, "attention": 3, "down": 1, "off": 0}


class FinanceConnection(models.Model):
    """One configured outside system: where it is, whose it is, and how it is doing."""

    _name = "finance.connection"
    _description = "Connection"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "sequence, name, id"

    name = fields.Char(required=True, tracking=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    adapter = fields.Selection(
        selection=[], string="Kind", required=True, tracking=True, help="How the other system is reached."
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company, tracking=True
    )
    environment = fields.Selection(ENVIRONMENTS, tracking=True)
    owner_id = fields.Many2one(
        "res.users", tracking=True, default=lambda self: self.env.user, help="Gets the exceptions."
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("active", "Active"),
            ("draining", "Draining"),
            ("paused", "Paused"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
        help="Draining works off what is there and fetches nothing new. Paused accepts and works nothing.",
    )
    flow_ids = fields.One2many("finance.flow", "connection_id", string="Flows")
    secret_ids = fields.One2many("finance.secret", "connection_id", string="Secrets")
    max_concurrency = fields.Integer(
        aggregator=None,
        string="Messages at the same time",
        default=4,
        help="0: as many as there are workers; only a connection that reaches nothing goes live with it.",
    )
    max_file_mb = fields.Integer(aggregator=None, string="Largest file (MB)", default=1024, required=True)
    hold_until = fields.Datetime(
        string="Waits until", readonly=True, copy=False, help="The other system asked us to slow down."
    )
    auth_needed = fields.Boolean(
        string="Credentials needed",
        readonly=True,
        copy=False,
        help="The other system refused us. Nothing is tried until a test has passed, so that no account gets locked.",
    )

    checked_at = fields.Datetime(string="Last test", readonly=True, copy=False)
    check_result = fields.Char(string="Test result", readonly=True, copy=False)
    check_ok = fields.Boolean(readonly=True, copy=False)

    health = fields.Selection(
        [
            ("idle", "Nothing yet"),
            ("healthy", "Healthy"),
            ("attention", "Needs attention"),
            ("down", "Not working"),
            ("off", "Off"),
        ],
        compute="_compute_health",
    )
    health_color = fields.Integer(compute="_compute_health", help="Colour of the card: see the kanban view.")
    can_fetch = fields.Boolean(compute="_compute_can_fetch", help="There is something to fetch now.")
    waiting_count = fields.Integer(string="Waiting", compute="_compute_health")
    attention_count = fields.Integer(string="Need attention", compute="_compute_health")
    done_today_count = fields.Integer(string="Done in the last 24 hours", compute="_compute_health")
    oldest_waiting_at = fields.Datetime(string="Oldest waiting", compute="_compute_health")
    last_success_at = fields.Datetime(string="Last success", compute="_compute_health")

    _sizes = models.Constraint(
        "CHECK (max_file_mb BETWEEN 1 AND 2000 AND COALESCE(max_concurrency, 0) >= 0)",
        "The largest file is between 1 and 2000 MB, and the number of messages at the same time not negative.",
    )

    def _adapter(self):
        """:return: the adapter model of this connection, an AbstractModel recordset"""
        self.ensure_one()
        # sudo: the kind of a connection is no secret, and engine code runs for any role
        name = self.sudo().adapter
        if not name or name not in self.env.registry.descendants(["finance.adapter"], "_inherit"):
            raise UserError(
                self.env._(
                    "The kind of %(connection)s is not available. Install the module that brings it.",
                    connection=self.sudo().name,
                )
            )
        return self.env[name]

    def _compute_health(self):
        message = self.env["finance.message"]
        since = fields.Datetime.now() - timedelta(days=1)
        waiting, attention, oldest = {}, {}, {}
        for connection, state, count, first in message._read_group(
            [("connection_id", "in", self.ids), ("state", "not in", list(states.FINAL))],
            ["connection_id", "state"],
            ["__count", "create_date:min"],
        ):
            target = attention if state in states.NEEDS_PERSON else waiting
            target[connection.id] = target.get(connection.id, 0) + count
            if target is waiting:
                oldest[connection.id] = min(first, oldest.get(connection.id, first))
        done = {
            connection.id: count
            for connection, count in message._read_group(
                [
                    ("connection_id", "in", self.ids),
                    ("kind", "=", "exchange"),
                    ("state", "=", states.DONE),
                    ("closed_at", ">=", since),
                ],
                ["connection_id"],
                ["__count"],
            )
        }
        last_success = self._last_success()
        dead = {
            connection.id
            for connection, _count in message._read_group(
                [("connection_id", "in", self.ids), ("state", "=", states.DEAD)], ["connection_id"], ["__count"]
            )
        }
        for connection in self:
            connection.waiting_count = waiting.get(connection.id, 0)
            connection.attention_count = attention.get(connection.id, 0)
            connection.oldest_waiting_at = oldest.get(connection.id, False)
            connection.done_today_count = done.get(connection.id, 0)
            connection.last_success_at = last_success.get(connection.id, False)
            if connection.state in ("draft", "paused"):
                connection.health = "off"
            elif connection.id in dead or connection.auth_needed:
                connection.health = "down"
            elif connection.attention_count or connection.hold_until and connection.hold_until > fields.Datetime.now():
                connection.health = "attention"
            elif connection.last_success_at or connection.waiting_count:
                connection.health = "healthy"
            else:
                connection.health = "idle"
            connection.health_color = HEALTH_COLORS[connection.health]

    def _last_success(self):
        """:return: dict id -> when something (a fetch run counts) last went well, however long ago"""
        if not self.ids:
            return {}
        self.env["finance.message"].flush_model(["connection_id", "state", "closed_at"])
        self.env.cr.execute(
            SQL(
                """
                SELECT c.id, (SELECT max(m.closed_at) FROM finance_message m
                               WHERE m.connection_id = c.id AND m.state = 'done')
                  FROM finance_connection c WHERE c.id IN %s
                """,
                tuple(self.ids),
            )
        )
        return dict(self.env.cr.fetchall())

    @api.depends("state", "adapter", "flow_ids.fetch_interval")
    def _compute_can_fetch(self):
        for connection in self:
            connection.can_fetch = connection.state == "active" and any(connection.flow_ids.mapped("fetch_interval"))

    # -- windows -------------------------------------------------------------------------

    def _action_messages(self, name, context):
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "finance.message",
            "view_mode": "list,form",
            "domain": [("connection_id", "=", self.id)],
            "context": context,
        }

    def action_view_messages(self):
        """Show all messages of the connection."""
        return self._action_messages(self.name, {"search_default_exchanges": 1})

    def action_view_waiting(self):
        """Show what waits to be worked."""
        return self._action_messages(self.env._("Waiting"), {"search_default_waiting": 1})

    def action_view_exceptions(self):
        """Show the open exceptions of the connection."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Exceptions"),
            "res_model": "finance.exception",
            "view_mode": "list,form",
            "domain": [("connection_id", "=", self.id)],
            "context": {"search_default_open": 1},
        }

    def action_fetch_now(self):
        """Fetch on every flow of the connection that can."""
        return self.flow_ids.filtered("fetch_interval").action_fetch_now()
