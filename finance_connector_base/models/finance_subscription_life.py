from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import ADMIN, OPERATOR
from ..declarative.errors import ExpressionError
from ..declarative.expression import search
from ..engine import states
from ..engine.envelope import Envelope

#: events handed out in one transaction
PAGE = 1000
#: added to the priority of the flow: what is told again waits behind the news
BEHIND = 40


class FinanceSubscription(models.Model):
    """Starting, pausing and ending; handing events out; telling again."""

    _inherit = "finance.subscription"

    def _check_role(self, *groups):
        self.env["finance.message"]._check_role(*groups)
        self.check_access("read")

    # -- buttons -----------------------------------------------------------------------------------

    def action_start(self):
        """Begin to hand events out."""
        self._check_role(ADMIN)
        self.check_access("write")
        for subscription in self.filtered(lambda one: one.state == "draft"):
            if subscription.signs and subscription.secret_state == "none":
                raise UserError(self.env._("Set the secret first: deliveries are signed with it."))
            if subscription.connection_id.state != "active":
                raise UserError(
                    self.env._("%s is not active yet. Test and activate it.", subscription.connection_id.name)
                )
            # sudo: protected fields, the role was checked
            subscription.sudo().write({"state": "active", "position": subscription._first_position()})
            self.env["finance.audit"]._record(
                "subscription.started", subscription, after={"position": subscription.position}
            )
        self.env["finance.event"]._wake_relay()

    def _first_position(self):
        events = self.env["finance.event"].sudo()  # sudo: places, no content
        if self.start == "first":
            return 0
        events._place()
        if self.start == "now":
            return events._head()
        last = events.search([("at", "<", self.start_at), ("position", "!=", False)], order="position desc", limit=1)
        return last.position

    def action_pause(self):
        """Hand nothing out and deliver nothing; what happens meanwhile follows later."""
        self._check_role(OPERATOR, ADMIN)
        for subscription in self.filtered(lambda one: one.state == "active"):
            subscription._steer("paused")

    def action_resume(self):
        """Go on where it stopped."""
        self._check_role(OPERATOR, ADMIN)
        for subscription in self.filtered(lambda one: one.state in ("paused", "disabled")):
            subscription._steer("active", disabled_reason=False, disabled_at=False)
            subscription._tell_gap()
            # sudo: what waited for the receiver goes on, the role was checked
            self.env["finance.message"].sudo()._resume_waiting(subscription._waiting_key())
            # sudo: the task may be that of another person, it is done with this
            subscription.sudo().activity_feedback(["mail.mail_activity_data_warning"])
        self.env["finance.event"]._wake_relay()
        self.env["finance.dispatcher"]._wake()

    def _steer(self, state, **values):
        self.env["finance.audit"]._record(
            "subscription.steered", self, before={"state": self.state}, after={"state": state}
        )
        subscription = self.sudo()  # sudo: operators steer without the right to edit; the role was checked
        subscription.write({"state": state, **values})
        subscription.flow_id.paused = state != "active"

    def _tell_gap(self):
        """Say so where events were removed that it has not been told."""
        events = self.env["finance.event"].sudo()  # sudo: times, no content
        oldest = events.search([("position", "!=", False)], order="position", limit=1)
        if oldest and self.position and oldest.position > self.position + 1 and self.disabled_at:
            self.message_post(
                body=self.env._("What happened before %s may be missing: events are not kept for longer.", oldest.at)
            )

    def _waiting_key(self):
        return f"subscription:{self.id}"

    def action_set_secret(self):
        """Open the dialog that makes a secret."""
        self.ensure_one()
        self._check_role(ADMIN)
        self.check_access("write")
        name = "finance_connector_base.finance_subscription_secret_wizard_action"
        return {
            **self.env["ir.actions.actions"]._for_xml_id(name),
            "context": {"default_subscription_id": self.id},
        }

    def action_send_test(self):
        """Tell this subscription alone that somebody tests it."""
        self.ensure_one()
        self._check_role(OPERATOR, ADMIN)
        if self.state != "active":
            raise UserError(self.env._("Start the subscription first."))
        events = self.env["finance.event"].sudo()  # sudo: nobody writes events directly, the role was checked
        event = events._only_for(self, self.env._("Test by %s", self.env.user.name))
        [message] = self._enqueue_events(event)
        return {
            "type": "ir.actions.act_window",
            "res_model": "finance.message",
            "res_id": message.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def action_view_deliveries(self):
        """Show what was delivered, and what is on its way."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.actions"]._for_xml_id(
            "finance_connector_base.finance_subscription_delivery_action"
        )
        return {**action, "domain": [("flow_id", "=", self.flow_id.id)], "context": {}}

    def action_resend(self):
        """Open the dialog that tells a time again."""
        self.ensure_one()
        self._check_role(OPERATOR)
        name = "finance_connector_base.finance_subscription_resend_action"
        return {
            **self.env["ir.actions.actions"]._for_xml_id(name),
            "context": {"default_subscription_id": self.id},
        }

    # -- ending by itself ----------------------------------------------------------------------------

    def _disable(self, reason):
        """Switch off what does not arrive, and give its owner a task.

        :param str reason: why, for people
        """
        for subscription in self.sudo():  # sudo: found by the engine, whoever's transaction it is
            if subscription.state == "disabled":
                continue
            subscription._steer("disabled", disabled_reason=reason, disabled_at=self.env.cr.now())
            owner = subscription.connection_id.owner_id or self.env.user
            subscription.activity_schedule(
                "mail.mail_activity_data_warning",
                user_id=owner.id,
                summary=self.env._("%s is switched off", subscription.name),
                note=reason,
            )

    @api.model
    def _cron_watch(self):
        """Switch off what has not arrived for days."""
        now = self.env.cr.now()
        for subscription in self.search([("state", "=", "active")]):
            since = subscription._failing_since()
            if since and since <= fields.Datetime.subtract(now, days=subscription.give_up_days):
                subscription._disable(
                    self.env._(
                        "No delivery has arrived since %s. Look at the receiver, then press Resume: it goes on where "
                        "it stopped.",
                        since.replace(microsecond=0),
                    )
                )

    # -- handing out ---------------------------------------------------------------------------------

    @api.model
    def _pass_on(self, number):
        """Hand the next events out to one subscription; its place and its deliveries stand or fall together.

        :return: how many were read
        """
        subscription = self.browse(number).try_lock_for_update()
        if not subscription or subscription.state != "active":
            return 0
        events = self.env["finance.event"]
        found, position = events._after(
            subscription.position, subscription.company_id.ids, subscription._type_names(), PAGE
        )
        subscription._enqueue_events(subscription._meant(found), is_new=True)
        if position != subscription.position:
            # plain SQL: nobody is to be told of it, and it is written for every event
            subscription.env.cr.execute(
                "UPDATE finance_subscription SET position = %s WHERE id = %s", (position, subscription.id)
            )
            subscription.invalidate_recordset(["position"], flush=False)
        return len(found)

    def _meant(self, events):
        """:return: those of the events that fulfil the condition; what cannot be told is for a person to see"""
        if not self.condition or not events:
            return events
        sound = events.filtered(lambda event: not event.fault)
        values = sound._cloud_events()
        meant = {
            event.id
            for event, value in zip(sound, values, strict=True)
            if _is_true(self.condition, value.model_dump(mode="json"))
        }
        return events.filtered(lambda event: event.fault or event.id in meant)

    def _enqueue_events(self, events, *, is_new=False, first=None):
        """Put deliveries into the queue.

        :param is_new: not told before: a second one is none
        :param first: dict id of an event -> message with which it was told first
        :return: the messages
        """
        self.ensure_one()
        first = first or {}
        flow = self.sudo().flow_id  # sudo: deliveries are the engine's
        return (
            self.env["finance.message"]
            .sudo()
            ._enqueue(  # sudo: as above
                flow,
                [
                    Envelope(
                        subject=event.type,
                        data={"event": event.id},
                        dedupe_key=f"event:{event.uid}" if is_new else None,
                        order_key=f"subscription:{self.id}:{event.subject}" if self.ordered else None,
                        correlation_id=event.correlation_id,
                        business_key=event.subject,
                        replay_of_id=first.get(event.id),
                        priority=None if is_new else flow.priority + (BEHIND if first else 0),
                        res_model="finance.event",
                        res_id=event.id,
                    )
                    for event in events
                ],
            )
        )

    def _events_between(self, since, until):
        """:return: domain of the events of a time that it was told, or passed"""
        domain = [
            ("at", ">=", since),
            ("at", "<=", until),
            ("position", "<=", self.position),
            ("company_id", "in", [self.company_id.id, False]),
            ("subscription_id", "=", False),
        ]
        return [*domain, ("type", "in", self._type_names())] if self.type_ids else domain

    def _tell_again(self, since, until):
        """Tell what happened in a time once more.

        :return: number of deliveries
        """
        self.ensure_one()
        events = self.env["finance.event"].sudo()  # sudo: told to whom an administrator has named
        count, last = 0, 0
        while found := events.search(
            [*self._events_between(since, until), ("position", ">", last)], order="position", limit=PAGE
        ):
            last = found[-1].position
            meant = self._meant(found)
            if meant:
                told = (
                    self.env["finance.message"]
                    .sudo()
                    .search(  # sudo: as above
                        [
                            ("res_model", "=", "finance.event"),
                            ("res_id", "in", meant.ids),
                            ("flow_id", "=", self.flow_id.id),
                            ("replay_of_id", "=", False),
                        ]
                    )
                )
                first = {message.res_id: message.id for message in told}
                count += len(self._enqueue_events(meant, first=first or {0: None}))
        self.env["finance.audit"]._record(
            "subscription.told_again", self, after={"from": str(since), "to": str(until), "deliveries": count}
        )
        return count


def _is_true(condition, event):
    try:
        return bool(search(condition, event))
    except ExpressionError:
        # a type that does not have what is asked for
        return False


class FinanceMessage(models.Model):
    """Deliveries, one by one."""

    _inherit = "finance.message"

    is_delivery = fields.Boolean(compute="_compute_is_delivery")

    @api.depends("flow_id")
    def _compute_is_delivery(self):
        for message in self:
            message.is_delivery = message.res_model == "finance.event"

    def action_send_again(self):
        """Deliver events once more: what has arrived by a new message, what has not by the same."""
        self._check_role(OPERATOR)
        deliveries = self.filtered("is_delivery")
        if not deliveries:
            raise UserError(self.env._("These are no deliveries of events."))
        arrived = deliveries.filtered(lambda message: message.state in states.FINAL)
        waiting = deliveries.filtered(lambda message: message.state in (states.HELD, states.DEAD, states.RETRY))
        for message in arrived:
            message._enqueue_replay()
            self.env["finance.audit"]._record("message.sent_again", message, correlation_id=message.correlation_id)
        if waiting:
            waiting._retry(self.env._("sent again by %s", self.env.user.name))
        return True


class FinanceEvent(models.Model):
    """Hands out to subscriptions."""

    _inherit = "finance.event"

    subscription_id = fields.Many2one(
        "finance.subscription", string="Only for", readonly=True, ondelete="cascade", index="btree_not_null"
    )

    @api.model
    def _listening(self):
        listening = super()._listening()
        self.env["finance.subscription"].flush_model()
        self.env.cr.execute(
            """
            SELECT s.company_id, array_agg(t.name) FILTER (WHERE t.name IS NOT NULL)
              FROM finance_subscription s
              LEFT JOIN finance_event_type_finance_subscription_rel r ON r.finance_subscription_id = s.id
              LEFT JOIN finance_event_type t ON t.id = r.finance_event_type_id
             WHERE s.active AND s.state <> 'draft' GROUP BY s.id
            """
        )
        return [*listening, *self.env.cr.fetchall()]

    @api.model
    def _hand_out(self, steps):
        passed = super()._hand_out(steps)
        self.env.cr.execute(
            "SELECT id FROM finance_subscription WHERE active AND state = 'active' AND position < %s ORDER BY id",
            (self._head(),),
        )
        for (number,) in self.env.cr.fetchall():
            passed += self._in_step(steps, lambda number=number: self.env["finance.subscription"]._pass_on(number))
        return passed

    @api.model
    def _read_up_to(self):
        self.env.cr.execute(
            "SELECT min(position) FROM finance_subscription WHERE active AND state IN ('active', 'paused')"
        )
        return self.env.cr.fetchone()[0]

    @api.model
    def _only_for(self, subscription, note):
        """:return: a new event that this subscription alone is told"""
        name = self._subject_of("subscription", subscription.id)
        row = self._row(
            self._types()["finance.subscription.tested"],
            {"subject": name, "company_id": subscription.company_id.id, "data": {"id": name, "note": note}},
        )
        self._insert([{**row, "subscription_id": subscription.id}])
        return self.search([("uid", "=", row["uid"])])
