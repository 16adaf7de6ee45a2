from contextlib import contextmanager
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache
from odoo.tools.misc import format_datetime

from ..engine import states
from ..timing.rhythm import Rhythm
from ..timing.windows import Calendar, to_local, to_minutes

#: fields that make up the rhythm of a flow
TIMING = {
    "timing",
    "timing_minutes",
    "timing_count",
    "timing_hour",
    "timing_workday",
    "exempt_priority",
    "calendar_id",
    "direction",
    "fetch_interval",
    "connection_id",
}


class FinanceFlow(models.Model):
    """When a flow works: the rhythm and the opening times are data, and changing them moves what waits."""

    _inherit = "finance.flow"

    timing = fields.Selection(
        [
            ("real_time", "At once"),
            ("micro_batch", "In small batches"),
            ("hourly", "Every full hour"),
            ("daily", "Once a day"),
            ("close", "With the close of the month"),
        ],
        default="real_time",
        required=True,
        tracking=True,
        help="Of a flow that fetches by itself: when it fetches. Of any other: when its messages are worked.",
    )
    timing_minutes = fields.Integer(
        string="Batch every (minutes)", aggregator=None, default=15, required=True, tracking=True
    )
    timing_count = fields.Integer(
        string="Or when so many wait", aggregator=None, default=0, tracking=True, help="0: only by the clock."
    )
    timing_hour = fields.Float(string="At", aggregator=None, default=6.0, tracking=True)
    timing_workday = fields.Integer(
        string="Workday of the month", aggregator=None, default=1, required=True, tracking=True
    )
    calendar_id = fields.Many2one(
        "finance.calendar",
        string="Opening times",
        ondelete="restrict",
        index="btree_not_null",
        tracking=True,
        help="Empty: those of the connection.",
    )
    exempt_priority = fields.Integer(
        string="Leaves at any time up to priority",
        aggregator=None,
        default=0,
        tracking=True,
        help="Messages with this or a smaller priority wait neither for a batch nor for opening times. 0: all wait.",
    )
    plain_state = fields.Selection(
        [("current", "Current"), ("pending", "Pending"), ("action", "Needs action")],
        string="Where it stands",
        compute="_compute_plain_state",
    )
    plain_text = fields.Char(string="Why", compute="_compute_plain_state")

    _timing_is_sane = models.Constraint(
        "CHECK (timing_minutes BETWEEN 1 AND 1440 AND COALESCE(timing_count, 0) >= 0"
        " AND timing_workday BETWEEN 1 AND 15 AND COALESCE(exempt_priority, 0) >= 0"
        " AND COALESCE(timing_hour, 0) >= 0 AND COALESCE(timing_hour, 0) < 24)",
        "Batches are 1 to 1440 minutes apart, the time lies between 0:00 and 23:59, the workday between 1 and 15.",
    )

    def _rhythm(self):
        """:return: the :class:`~..timing.rhythm.Rhythm` of the flow, or None when everything leaves at once"""
        self.ensure_one()
        # sudo: whoever writes a message need not be allowed to read the flow
        return self.sudo()._cached_rhythm()

    @ormcache("self.id")
    def _cached_rhythm(self):
        calendar = self.calendar_id or self.connection_id.calendar_id
        if self.timing == "real_time" and not calendar:
            return None
        zone = calendar.tz or self.connection_id.owner_id.tz or "UTC"
        return Rhythm(
            kind=self.timing,
            zone=zone,
            minutes=self.timing_minutes,
            count=self.timing_count if self.timing == "micro_batch" else 0,
            minute=to_minutes(self.timing_hour) % (24 * 60),
            workday=self.timing_workday,
            calendar=calendar._pure() if calendar else Calendar(zone=zone) if self.timing == "close" else None,
            exempt=self.exempt_priority,
        )

    def _leaves(self, kind, arrival, priority):
        """Say when a message is worked that arrives at a moment.

        Opening times are those of the other side: they count for what leaves and for fetching.
        The rhythm counts for messages, unless it says when the flow fetches.
        """
        rhythm = self._rhythm()
        if rhythm is None or rhythm.is_exempt(priority):
            return arrival
        flow = self.sudo()  # sudo: see _rhythm
        if kind == "fetch":
            return rhythm.opens(arrival)
        moment = arrival if flow.fetch_interval else rhythm.turn(arrival)
        return rhythm.opens(moment) if flow.direction == "out" else moment

    def _next_fetch(self, now):
        """:return: when the flow fetches again after having fetched now"""
        self.ensure_one()
        rhythm = self._rhythm()
        if rhythm is None or rhythm.kind == "real_time":
            at = now + timedelta(minutes=self.fetch_interval)
        else:
            at = rhythm.turn(now + timedelta(seconds=1))
        return rhythm.opens(at) if rhythm else at

    # -- changes ---------------------------------------------------------------------------

    @api.model
    def _timing_fields(self):
        """:return: names of the fields that make up the rhythm; EXTENDS by modules that add one"""
        return TIMING

    def write(self, vals):
        if not self._timing_fields() & vals.keys():
            return super().write(vals)
        with self._rescheduling():
            return super().write(vals)

    @api.constrains("timing", "timing_hour")
    def _check_timing(self):
        for flow in self:
            if to_minutes(flow.timing_hour) >= 24 * 60:
                raise ValidationError(self.env._("The time lies between 0:00 and 23:59."))

    @contextmanager
    def _rescheduling(self):
        """Move what waits for its time when the times change inside the block."""
        # sudo: what waits is moved whoever changes the times; the right to change them is asked by the write
        flows = self.sudo().filtered("id")
        before = {flow: flow._times() for flow in flows}
        yield
        self.env.flush_all()
        self.env.registry.clear_cache()
        for flow, times in before.items():
            flow._reschedule(times)

    def _times(self):
        """:return: message id -> kind and priority of the queued ones that wait for the times of the flow alone"""
        self.ensure_one()
        if self._rhythm() is None:
            return {}
        waiting = self.env["finance.message"].search(
            [("flow_id", "=", self.id), ("state", "=", states.QUEUED), ("next_at", ">", self.env.cr.now())]
        )
        moment = timedelta(microseconds=1)
        return {
            message.id: (message.kind, message.priority)
            for message in waiting
            # waits until a turn or an opening, and not for a reason of its own
            if self._leaves(message.kind, message.next_at - moment, message.priority) == message.next_at
        }

    def _reschedule(self, waiting):
        self.ensure_one()
        now = self.env.cr.now()
        if self.fetch_interval and self.next_fetch_at:
            self.next_fetch_at = self._next_fetch(now)
        if not waiting:
            return
        self.env.cr.execute_values(
            "UPDATE finance_message m SET next_at = v.at FROM (VALUES %s) v(id, at)"
            " WHERE m.id = v.id AND m.state = 'queued'",
            [(message_id, self._leaves(kind, now, priority)) for message_id, (kind, priority) in waiting.items()],
            template="(%s, %s::timestamp)",
        )
        self.env["finance.message"].invalidate_model(["next_at"])
        self.env["finance.dispatcher"]._wake()

    # -- what people see -------------------------------------------------------------------

    @api.depends("paused", "waiting_count", "attention_count", "is_stopped", "timing", "calendar_id")
    def _compute_plain_state(self):
        # sudo: counts and times of the flow, for whoever may read it
        messages = self.env["finance.message"].sudo()
        open_states = [("flow_id", "in", self.ids), ("state", "in", [states.QUEUED, states.RETRY])]
        first = {flow.id: at for flow, at in messages._read_group(open_states, ["flow_id"], ["next_at:min"])}
        done = {
            flow.id: at
            for flow, at in messages._read_group(
                [("flow_id", "in", self.ids), ("state", "=", states.DONE)], ["flow_id"], ["closed_at:max"]
            )
        }
        for flow in self:
            flow.plain_state, flow.plain_text = flow._plain_state(first.get(flow.id), done.get(flow.id))

    def _plain_state(self, first, last):
        if self.attention_count:
            return "action", self.env._("%s messages need a person.", self.attention_count)
        if self.is_stopped:
            return "action", self.env._("An emergency stop is in force.")
        if self.connection_id.auth_needed:
            return "action", self.env._("The other system wants other credentials.")
        if self.waiting_count:
            if self.paused or self.connection_id.state in ("paused", "draft"):
                return "pending", self.env._("%s wait until work is resumed.", self.waiting_count)
            if first and first > self.env.cr.now():
                return "pending", self.env._(
                    "%(count)s wait, the next leaves %(when)s.", count=self.waiting_count, when=self._said(first)
                )
            return "pending", self.env._("%s are being worked.", self.waiting_count)
        if last:
            return "current", self.env._("Everything is worked, the last at %s.", self._said(last))
        return "current", self.env._("Nothing has happened yet.")

    def _said(self, moment):
        """:return: a moment as people of the other side would say it, e.g. Monday 08:00 CET"""
        self.ensure_one()
        flow = self.sudo()  # sudo: its time zone, for whoever may read the message
        calendar = flow.calendar_id or flow.connection_id.calendar_id
        zone = calendar.tz or self.env.user.tz or "UTC"
        distance = abs(moment - self.env.cr.now())
        pattern = "HH:mm" if distance < timedelta(hours=12) else "EEEE HH:mm"
        if distance > timedelta(days=6):
            pattern = "EEEE d MMMM HH:mm"
        return f"{format_datetime(self.env, moment, tz=zone, dt_format=pattern)} {to_local(moment, zone):%Z}"
