from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL

from ..declarative.errors import ExpressionError
from ..declarative.expression import compiled
from ..engine import states
from .finance_event_message import DELIVERY

#: written by the steps of ``finance_subscription_life.py`` and by nobody else; what a new one has
PROTECTED = {"state": "draft", "position": 0, "flow_id": False, "disabled_reason": False, "disabled_at": False}
#: a delivery is tried again after 30 s, and at the longest every 12 hours, for about 80 hours in all
RETRIES = {"retry_base": 30.0, "retry_cap": 43200.0, "retry_max": 14}


class FinanceSubscription(models.Model):
    """Somebody who is told of events: which ones, where, and how far he has been told (B-19, S-26).

    Each subscription has a place of its own among the events, and a flow of its own: its deliveries are messages, with
    all that messages have (attempts, retries, circuits, limits, emergency stop). See docs/decisions/0014.
    """

    _name = "finance.subscription"
    _description = "Subscription to Events"
    _inherit = ["mail.thread", "mail.activity.mixin", "finance.configurable"]
    _order = "name, id"
    _allow_sudo_commands = False

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    connection_id = fields.Many2one(
        "finance.connection",
        required=True,
        ondelete="restrict",
        index=True,
        domain="[('adapter', 'in', channels)]",
        help="The system that is told, and how it is reached.",
    )
    channels = fields.Json(compute="_compute_channels", help="Kinds of connections that take events.")
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True)
    flow_id = fields.Many2one("finance.flow", readonly=True, copy=False, ondelete="restrict")
    path = fields.Char(tracking=True, help="Below the address of the connection; empty: the address itself.")
    type_ids = fields.Many2many("finance.event.type", string="Types", help="Empty: all.")
    condition = fields.Char(
        tracking=True,
        help="An expression over the event (JMESPath); where it is not true, nothing is told. For example "
        "data.kind == 'customer_invoice' && to_number(data.total) > `1000`",
    )
    ordered = fields.Boolean(
        string="In order",
        tracking=True,
        help="Events of the same thing are told one after the other: while one does not arrive, the later ones wait.",
    )
    start = fields.Selection(
        [("now", "With what happens from now on"), ("first", "With all that is kept"), ("time", "At a time")],
        string="Begin",
        required=True,
        default="now",
    )
    start_at = fields.Datetime(string="Begin at")
    give_up_days = fields.Integer(
        string="Switch off after (days)",
        default=3,
        required=True,
        aggregator=None,
        help="Without a single delivery that arrives, though some are tried. The owner of the connection gets a task.",
    )
    state = fields.Selection(
        [("draft", "Draft"), ("active", "Active"), ("paused", "Paused"), ("disabled", "Switched off")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    position = fields.Integer(
        string="Told up to", readonly=True, copy=False, aggregator=None, help="Its place among all events."
    )
    disabled_reason = fields.Char(string="Why it is off", readonly=True, copy=False)
    disabled_at = fields.Datetime(string="Off since", readonly=True, copy=False)
    secret_ids = fields.One2many("finance.subscription.secret", "subscription_id", string="Secrets")
    signs = fields.Boolean(compute="_compute_channels", help="Deliveries are signed with a secret.")
    secret_state = fields.Selection(
        [("none", "No secret"), ("one", "Set"), ("rotating", "Changing over")], compute="_compute_secret_state"
    )
    health = fields.Selection(
        [("off", "Off"), ("idle", "Nothing yet"), ("healthy", "Healthy"), ("failing", "Not arriving")],
        compute="_compute_health",
    )
    backlog = fields.Integer(string="Not handed out yet", compute="_compute_health")
    waiting_count = fields.Integer(string="On the way", compute="_compute_health")
    attention_count = fields.Integer(string="Need attention", compute="_compute_health")
    delivered_count = fields.Integer(string="Delivered", compute="_compute_health")
    last_delivered_at = fields.Datetime(string="Last delivery", compute="_compute_health")

    _days = models.Constraint("CHECK (give_up_days BETWEEN 1 AND 30)", "It is switched off after 1 to 30 days.")
    _by_flow = models.UniqueIndex("(flow_id) WHERE flow_id IS NOT NULL")

    # -- shown -----------------------------------------------------------------------------------

    @api.model
    def _channels(self):
        """:return: names of the adapters that take events"""
        names = self.env.registry.descendants(["finance.adapter"], "_inherit")
        return sorted(name for name in names if name in self.env and "events" in self.env[name]._supports)

    @api.depends("connection_id")
    def _compute_channels(self):
        known = self._channels()
        for subscription in self:
            # sudo: the kind of a connection is no secret
            adapter = subscription.connection_id.sudo().adapter
            subscription.channels = known
            subscription.signs = adapter in known and self.env[adapter]._signs_events

    @api.depends("secret_ids.ends_at")
    def _compute_secret_state(self):
        for subscription in self:
            # sudo: whether something is set is no secret
            count = len(subscription.sudo().secret_ids._valid())
            subscription.secret_state = "none" if not count else "one" if count == 1 else "rotating"

    @api.depends("state", "flow_id")
    def _compute_health(self):
        groups = self.env["finance.message"]._read_group(
            [("flow_id", "in", self.flow_id.ids)], ["flow_id", "state"], ["__count", "closed_at:max"]
        )
        found = {}
        for flow, state, count, closed_at in groups:
            found.setdefault(flow.id, {})[state] = (count, closed_at)
        for subscription in self:
            mine = found.get(subscription.flow_id.id, {})
            count = lambda *names, mine=mine: sum(mine.get(name, (0, None))[0] for name in names)  # noqa: E731
            subscription.delivered_count, subscription.last_delivered_at = mine.get(states.DONE, (0, False))
            subscription.waiting_count = count(states.QUEUED, states.PROCESSING, states.RETRY)
            subscription.attention_count = count(*states.NEEDS_PERSON)
            subscription.backlog = subscription._backlog() if subscription.state != "draft" else 0
            # sudo: whether the connection is active is told by the connection itself
            if subscription.state != "active" or subscription.connection_id.sudo().state != "active":
                subscription.health = "off"
            elif subscription._failing_since():
                subscription.health = "failing"
            else:
                subscription.health = "healthy" if subscription.delivered_count else "idle"

    def _backlog(self):
        """:return: events of its types that were not handed out yet; the condition is not looked at"""
        events = self.env["finance.event"].sudo()  # sudo: a count
        return events.search_count(events._after_domain(self.position, self.company_id.ids, self._type_names()))

    def _failing_since(self):
        """:return: when the first attempt failed after the last delivery that arrived, or None"""
        self.ensure_one()
        if not self.flow_id:
            return None
        self.env["finance.message"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                SELECT min(a.started_at) FROM finance_message m JOIN finance_message_attempt a ON a.message_id = m.id
                 WHERE m.flow_id = %(flow)s AND m.state NOT IN ('done', 'ignored') AND a.outcome IN ('retry', 'dead')
                   AND a.started_at > COALESCE((SELECT max(closed_at) FROM finance_message
                                                 WHERE flow_id = %(flow)s AND state = 'done'), '-infinity')
                """,
                flow=self.flow_id.id,
            )
        )
        return self.env.cr.fetchone()[0]

    # -- what is entered -------------------------------------------------------------------------

    @api.constrains("condition")
    def _check_condition(self):
        for subscription in self.filtered("condition"):
            try:
                compiled(subscription.condition)
            except ExpressionError as error:
                raise ValidationError(self.env._("The condition %s.", str(error))) from None

    @api.constrains("connection_id")
    def _check_connection(self):
        known = self._channels()
        for subscription in self:
            if subscription.connection_id.sudo().adapter not in known:  # sudo: as above
                raise ValidationError(
                    self.env._(
                        "%s takes no events: choose a connection of another kind.", subscription.connection_id.name
                    )
                )

    @api.constrains("path")
    def _check_path(self):
        for subscription in self.filtered("path"):
            if "://" in subscription.path or ".." in subscription.path.split("/"):
                raise ValidationError(self.env._("The path lies below the address of the connection."))

    @api.constrains("start", "start_at")
    def _check_start(self):
        for subscription in self:
            if subscription.start == "time" and not subscription.start_at:
                raise ValidationError(self.env._("Enter the time with which the subscription begins."))

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            vals_list = [{**vals, **PROTECTED} for vals in vals_list]
        subscriptions = super().create(vals_list)
        for subscription in subscriptions.filtered(lambda subscription: not subscription.flow_id):
            # sudo: the right to create a subscription was checked, its flow comes with it
            subscription.sudo().flow_id = self.env["finance.flow"].sudo().create(subscription._flow_values())
        self.env["finance.event"]._listeners_changed()
        return subscriptions

    @api.model
    def _inert_fields(self):
        # what leaves the house, and to which address
        return super()._inert_fields() | {"condition", "path", "type_ids"}

    def _is_in_use(self):
        return self.state != "draft"

    def _flow_values(self):
        return {
            "name": self.env._("Events: %s", self.name),
            "connection_id": self.connection_id.id,
            "handler": DELIVERY,
            "direction": "out",
            "priority": 60,
            "held_blocks": self.ordered,
            **RETRIES,
        }

    def write(self, vals):
        if not self.env.su and PROTECTED.keys() & vals.keys():
            raise AccessError(self.env._("Use the buttons to start, pause and resume a subscription."))
        if "connection_id" in vals and any(one.connection_id.id != vals["connection_id"] for one in self):
            raise UserError(self.env._("A subscription stays with its connection. Make another one and archive this."))
        before = {subscription: subscription._told() for subscription in self}
        result = super().write(vals)
        flows = self.sudo().flow_id  # sudo: the right to change the subscription was checked
        if "ordered" in vals:
            flows.held_blocks = vals["ordered"]
        if "active" in vals:
            flows.active = vals["active"]
        if vals.keys() & {"active", "state", "type_ids"}:
            self.env["finance.event"]._listeners_changed()
        for subscription, told in before.items():
            if subscription._told() != told:
                self.env["finance.audit"]._record(
                    "subscription.changed", subscription, before=told, after=subscription._told()
                )
        return result

    def _told(self):
        return {
            "types": sorted(self.type_ids.mapped("name")),
            "condition": self.condition or None,
            "path": self.path or None,
            "active": self.active,
        }

    @api.ondelete(at_uninstall=False)
    def _unlink_unused(self):
        for subscription in self:
            # sudo: what was told stays in the books
            if self.env["finance.message"].sudo().search_count([("flow_id", "=", subscription.flow_id.id)], limit=1):
                raise UserError(self.env._("%s has deliveries. Archive it instead.", subscription.name))

    def unlink(self):
        flows = self.sudo().flow_id  # sudo: the flow was made with the subscription
        result = super().unlink()
        flows.unlink()
        self.env["finance.event"]._listeners_changed()
        return result

    def _type_names(self):
        return self.type_ids.mapped("name")
