"""Events reach whoever has subscribed (B-19, S-26, X-09; fault 57): signed, in order, for days, and to nobody else."""

from datetime import timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from sandbox.process import StandIn

from .test_event import EventCase

SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
OTHER = "whsec_BAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
TOLD = "finance.message.accepted"


class SubscriptionCase(EventCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.outside = StandIn("sandbox.events")
        cls.addClassCleanup(cls.outside.stop)
        cls.env["finance.event.type"]._note_all()

    def setUp(self):
        super().setUp()
        self.outside.control("POST", "/reset")

    def subscribe(self, name="shop", *types, connection=None, **values):
        """:return: a subscription that was started; its receiver has the name as its path"""
        connection = connection or self.make_connection(
            "finance.adapter.webhook",
            name=name,
            http_base_url=f"http://localhost:{self.outside.ready['port']}/{name}",
            http_networks="127.0.0.0/8, ::1",
            http_allow_plain=True,
            circuit_threshold=0,
        )
        kinds = self.env["finance.event.type"].search([("name", "in", types or [TOLD])])
        subscription = self.env["finance.subscription"].create(
            {"name": name, "connection_id": connection.id, "type_ids": [(6, 0, kinds.ids)], **values}
        )
        self.env["finance.subscription.secret"]._put(subscription, SECRET)
        self.outside.control("PUT", "/receivers", {name: {"secrets": [SECRET]}})
        subscription.action_start()
        return subscription

    def happen(self, *keys, flow=None):
        """:return: messages, each of which is an event"""
        return self.enqueue(flow or self.flow, *({"key": key} for key in keys))

    def deliver(self):
        self.env["finance.event"]._relay()
        self.drain()

    def has(self, name="shop"):
        return self.outside.control("GET")[name]

    def subjects(self, name="shop"):
        return [event["subject"] for event in self.has(name)["events"]]

    def named(self, messages):
        names = self.env["finance.api"]._names()
        return [names.of("message", message.id) for message in messages]

    def deliveries(self, subscription):
        return self.env["finance.message"].search([("flow_id", "=", subscription.flow_id.id)], order="id")

    def spoil(self, *chaos):
        self.outside.control("PUT", "/chaos", list(chaos))


@tagged("post_install", "-at_install")
class TestSubscription(SubscriptionCase):
    # -- told ------------------------------------------------------------------------------------

    def test_b19_a_delivery_is_a_signed_event(self):
        subscription = self.subscribe()
        messages = self.happen("a", "b")
        self.deliver()
        has = self.has()
        self.assertEqual(has["refused"], [], "the receiver checks with code of its own")
        self.assertEqual(self.subjects(), self.named(messages))
        event = has["events"][0]
        self.assertEqual((event["type"], event["data"]["state"]), (TOLD, "accepted"))
        self.assertEqual(event["correlationid"], messages[0].correlation_id)
        self.assertState(self.deliveries(subscription), "done")
        self.assertEqual((subscription.health, subscription.delivered_count, subscription.backlog), ("healthy", 2, 0))
        self.env["finance.event"]._relay()
        self.assertEqual(len(self.deliveries(subscription)), 2, "handed out once")

    def test_b19_both_secrets_sign_while_the_receiver_changes_over(self):
        subscription = self.subscribe()
        self.env["finance.subscription.secret"]._put(subscription, OTHER, hours=1)
        for secrets in ([SECRET], [OTHER]):
            self.outside.control("PUT", "/receivers", {"shop": {"secrets": secrets}})
            self.happen("a")
            self.deliver()
        self.assertEqual((len(self.has()["events"]), self.has()["refused"]), (2, []))
        self.env["finance.subscription.secret"]._put(subscription, SECRET, hours=0)
        self.assertEqual(subscription.secret_state, "one", "the others have ended")

    def test_s26_what_is_not_subscribed_to_is_not_told(self):
        self.subscribe("some", TOLD, condition="data.direction == 'out'")
        self.subscribe("odd", TOLD, condition="to_number(data.nothing) > `1`")
        self.subscribe("all")
        out = self.make_flow(self.connection, direction="out")
        foreign = self.make_flow(self.make_connection("finance.adapter.test", company_id=self.other_company.id))
        self.happen("in")
        wanted = self.happen("out", flow=out)
        self.happen("foreign", flow=foreign)
        self.deliver()
        self.assertEqual(self.subjects("some"), self.named(wanted))
        self.assertEqual(len(self.subjects("all")), 2, "nothing of another company, nothing of deliveries themselves")
        self.assertEqual(self.subjects("odd"), [])

    def test_s26_everybody_has_a_place_of_his_own(self):
        first = self.subscribe("first")
        second = self.subscribe("second")
        before = self.happen("a")
        self.deliver()
        second.action_pause()
        more = self.happen("b", "c")
        self.deliver()
        self.assertEqual(self.subjects("first"), self.named(before | more))
        self.assertEqual((self.subjects("second"), second.backlog, second.health), (self.named(before), 2, "off"))
        late = self.subscribe("late", start="first")
        self.subscribe("new", start="now")
        second.action_resume()
        self.deliver()
        self.assertEqual(self.subjects("second"), self.subjects("first"))
        self.assertEqual(self.subjects("late"), self.subjects("first"))
        self.assertEqual(self.subjects("new"), [])
        self.assertEqual((first | second | late).mapped("backlog"), [0, 0, 0])

    def test_b16_in_order_where_it_is_asked_for(self):
        types = ("finance.message.accepted", "finance.message.done")
        self.subscribe("strict", *types, ordered=True)
        self.subscribe("loose", *types)
        self.spoil(
            {"mode": "status", "status": 500, "path": "/strict", "times": 1},
            {"mode": "status", "status": 500, "path": "/loose", "times": 1},
        )
        message = self.happen("a")
        self.drain(self.flow)
        other = self.happen("b")
        self.deliver()
        self.assertEqual(self.subjects("strict")[:1], self.named(other), "what is about something else does not wait")
        self.assertEqual(len(self.has("loose")["events"]), 2, "one of three has not arrived, the others have")
        self.make_due(self.env["finance.message"].search([("state", "=", "retry")]))
        self.deliver()
        mine = [event["type"] for event in self.has("strict")["events"] if event["subject"] in self.named(message)]
        self.assertEqual(mine, list(types))

    # -- what does not arrive --------------------------------------------------------------------

    def test_fault_57_whatever_a_receiver_answers_it_is_tried_again_for_days(self):
        subscription = self.subscribe()
        statuses = [500, 400, 404, 401, 302]
        self.spoil(
            *(
                {"mode": "status", "status": n, "times": 1, "headers": {"Location": "http://10.0.0.1/"}}
                for n in statuses
            )
        )
        message = self.happen("a")
        self.env["finance.event"]._relay()
        delivery = self.deliveries(subscription)
        for number, _status in enumerate(statuses, 1):
            self.drain()
            self.assertState(delivery, "retry")
            self.assertEqual(delivery.attempt_count, number)
            self.make_due(delivery)
        self.assertEqual(subscription.health, "failing")
        self.assertFalse(subscription.connection_id.auth_needed, "one answer of a receiver stops nothing")
        self.drain()
        self.assertState(delivery, "done")
        self.assertEqual(self.subjects(), self.named(message))
        flow = subscription.flow_id
        waits = sum(min(flow.retry_cap, flow.retry_base * 3**n) for n in range(flow.retry_max - 1))
        self.assertGreater(waits, 75 * 3600)

    def test_fault_47_a_receiver_that_is_busy_says_when(self):
        subscription = self.subscribe()
        self.spoil({"mode": "status", "status": 429, "times": 1, "headers": {"Retry-After": "90"}})
        self.happen("a")
        self.deliver()
        [delivery] = self.deliveries(subscription)
        self.assertState(delivery, "retry", "throttled")
        self.assertEqual(delivery.attempt_count, 0)
        until = subscription.connection_id.hold_until - self.env.cr.now()
        self.assertTrue(timedelta(seconds=60) < until <= timedelta(seconds=95), until)

    def test_fault_57_gone_switches_off_and_gives_a_task(self):
        subscription = self.subscribe()
        self.spoil({"mode": "status", "status": 410, "times": 1})
        first = self.happen("a")
        self.deliver()
        self.assertEqual((subscription.state, subscription.health), ("disabled", "off"))
        self.assertState(self.deliveries(subscription), "held", "receiver_gone")
        [task] = subscription.activity_ids
        self.assertEqual(task.user_id, subscription.connection_id.owner_id)
        second = self.happen("b")
        self.deliver()
        self.assertEqual(self.subjects(), [])
        self.as_user(subscription, "operator").action_resume()
        self.deliver()
        self.assertEqual(sorted(self.subjects()), sorted(self.named(first | second)), "nothing is lost")
        self.assertFalse(subscription.activity_ids)

    def test_fault_57_what_does_not_arrive_for_days_is_switched_off(self):
        subscription = self.subscribe()
        self.spoil({"mode": "status", "status": 500})
        self.happen("a")
        self.deliver()
        self.env["finance.subscription"]._cron_watch()
        self.assertEqual(subscription.state, "active")
        self.env.cr.execute(
            "UPDATE finance_message_attempt SET started_at = started_at - interval '73 hours'"
            " WHERE message_id = ANY(%s)",
            (self.deliveries(subscription).ids,),
        )
        self.env["finance.subscription"]._cron_watch()
        self.assertEqual(subscription.state, "disabled")
        self.assertTrue(subscription.flow_id.paused and subscription.activity_ids and subscription.disabled_reason)

    @mute_logger("odoo.addons.finance_connector_base.models.finance_event")
    def test_b33_what_breaks_its_contract_does_not_leave(self):
        subscription = self.subscribe("shop", "finance.exception.opened")
        event = self.env["finance.event"]
        fact = {"subject": event._subject_of("exception", 1), "company_id": self.company.id, "data": {"id": "x"}}
        event._emit("finance.exception.opened", [fact])
        self.deliver()
        self.assertState(self.deliveries(subscription), "held", "event_invalid")
        self.assertIn("/id", self.deliveries(subscription).detail)
        self.assertEqual(self.has()["events"], [])

    def test_b54_only_hosts_on_the_list_are_told(self):
        subscription = self.subscribe()
        self.env["finance.host"].search([("name", "=", "localhost")]).unlink()
        self.happen("a")
        self.deliver()
        self.assertState(self.deliveries(subscription), "held", "host_not_allowed")
        self.assertEqual(self.outside.control("GET", "/calls"), [])

    # -- again -----------------------------------------------------------------------------------

    def test_b19_one_or_a_time_is_told_again_under_the_same_identity(self):
        subscription = self.subscribe("shop", ordered=True)
        self.happen("a", "b", "c")
        self.deliver()
        self.as_user(self.deliveries(subscription)[0], "operator").action_send_again()
        self.drain()
        self.assertEqual((len(self.has()["events"]), self.has()["repeated"]), (3, 1))
        wizard = self.env["finance.subscription.resend"].create(
            {"subscription_id": subscription.id, "until": self.env.cr.now() + timedelta(hours=1)}
        )
        self.assertEqual(wizard.count, 3)
        self.as_user(wizard, "operator").action_confirm()
        self.drain()
        self.assertEqual((len(self.has()["events"]), self.has()["repeated"]), (3, 4))
        self.assertEqual(len(self.deliveries(subscription).filtered("replay_of_id")), 4)

    def test_a_test_is_for_one_alone(self):
        subscription = self.subscribe()
        self.subscribe("other", "finance.message.done")
        self.as_user(subscription, "operator").action_send_test()
        self.deliver()
        [event] = self.has()["events"]
        self.assertEqual(event["type"], "finance.subscription.tested")
        self.assertEqual(self.has("other")["events"], [])
        self.as_user(subscription.connection_id, "admin").action_test()
        self.assertTrue(subscription.connection_id.check_ok, "a connection is tested without a delivery")

    # -- changed ---------------------------------------------------------------------------------

    def test_b56_what_leaves_the_house_changes_after_another_persons_approval(self):
        subscription = self.subscribe("shop", TOLD)
        more = self.env["finance.event.type"].search([("name", "=", "finance.message.done")])
        mine = self.as_user(subscription, "admin")
        mine.write({"path": "elsewhere", "type_ids": [(4, more.id)], "name": "Renamed"})
        self.assertEqual((subscription.name, subscription.path, len(subscription.type_ids)), ("Renamed", False, 1))
        change = subscription.pending_change_id
        self.assertEqual(change.proposed_by_id, self.user("admin"))
        for text in ("elsewhere", "finance.message.accepted", "finance.message.done"):
            self.assertIn(text, change.difference)
        self.happen("before")
        self.deliver()
        self.assertEqual([event["type"] for event in self.has()["events"]], [TOLD])

        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.as_user(change, "admin").action_approve()
        second = self.user("admin", number=2)
        with self.at_the_screen(second):
            self.as_user(change, "admin", number=2).with_context(
                finance_seen_hash=change.proposed_hash
            ).action_approve()
        self.env.invalidate_all()
        self.assertEqual((subscription.path, subscription.type_ids), ("elsewhere", subscription.type_ids | more))
        self.assertFalse(subscription.pending_change_id)
        mine.write({"type_ids": [(4, more.id)], "path": "elsewhere"})
        self.assertFalse(subscription.pending_change_id, "the same is no change")

    def test_b56_a_draft_is_edited_freely_and_pausing_waits_for_nobody(self):
        subscription = self.subscribe("shop", TOLD)
        self.as_user(subscription, "operator").action_pause()
        self.assertEqual(subscription.state, "paused")
        draft = self.as_user(self.env["finance.subscription"], "admin").create(
            {"name": "x", "connection_id": subscription.connection_id.id}
        )
        draft.write({"path": "y", "condition": "data.kind == 'x'"})
        self.assertEqual((draft.path, draft.pending_change_id.id), ("y", False))

    # -- entered ---------------------------------------------------------------------------------

    def test_what_cannot_be_is_refused(self):
        subscription = self.subscribe()
        for values in ({"condition": "data.["}, {"path": "https://elsewhere.example/"}, {"path": "../x"}):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                subscription.write(values)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            subscription.connection_id = self.make_connection("finance.adapter.webhook", http_base_url="https://a.b")
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.env["finance.subscription"].create({"name": "x", "connection_id": self.connection.id})
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            self.as_user(subscription, "admin").state = "draft"
        draft = self.as_user(self.env["finance.subscription"], "admin").create(
            {"name": "x", "connection_id": subscription.connection_id.id, "state": "active", "position": 99}
        )
        self.assertEqual((draft.state, draft.position), ("draft", 0))
        with self.assertRaises(UserError):
            draft.action_start()
