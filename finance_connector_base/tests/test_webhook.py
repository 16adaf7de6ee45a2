"""Deliveries over HTTP (B-18, B-54, faults 24 to 29): what is taken in, what is refused, and what it costs."""

import json
import random
import time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, HttpCase, tagged
from odoo.tools import mute_logger

from ..models import finance_webhook_refusal
from ..webhooks import standard
from ..webhooks.tally import Tally
from .fake_case import FakeCase

SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
OTHER = "whsec_BAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


class WebhookCase(HttpCase, FakeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.event_flow = cls.make_flow(cls.connection, handler="finance.handler.test.event")
        cls.webhook = cls.env["finance.webhook"].create(
            {
                "name": "Events",
                "connection_id": cls.connection.id,
                "flow_id": cls.event_flow.id,
                "key_path": "data.object.id",
                "rank_path": "created",
            }
        )
        cls.env["finance.webhook.secret"]._put(cls.webhook, SECRET)

    def setUp(self):
        super().setUp()
        self.patch(finance_webhook_refusal, "_tally", Tally(gap=0))
        self.path = f"/finance/webhook/{self.webhook.slug}"

    def body(self, identity="evt_1", *, thing="p1", status=1, created=1000, kind="payment.changed"):
        event = {"id": identity, "type": kind, "created": created, "data": {"object": {"id": thing, "status": status}}}
        return json.dumps(event).encode()

    def deliver(self, body=None, *, identity=None, secret=SECRET, age=0, path=None, headers=(), sign=True):
        """:return: status and word of the answer"""
        body = self.body() if body is None else body
        identity = identity or json.loads(body)["id"]
        at = int(time.time()) - age
        signed = {
            "webhook-id": identity,
            "webhook-timestamp": str(at),
            "webhook-signature": standard.sign(secret, identity, at, body),
        }
        given = {"Content-Type": "application/json", **(signed if sign else {}), **dict(headers)}
        self.env.flush_all()
        answer = self.url_open(path or self.path, data=body, headers=given)
        self.env.invalidate_all()
        return answer.status_code, answer.json()["status"] if "json" in answer.headers["Content-Type"] else ""

    def received(self):
        return self.env["finance.message"].search([("flow_id", "=", self.event_flow.id)], order="id")

    def refused(self):
        """:return: dict reason -> times"""
        groups = self.env["finance.webhook.refusal"]._read_group(
            [("webhook_id", "=", self.webhook.id)], ["reason"], ["count:sum"]
        )
        return dict(groups)


@tagged("post_install", "-at_install")
class TestWebhook(WebhookCase):
    # -- taken in --------------------------------------------------------------------------

    def test_b18_the_bytes_are_kept_as_sent_and_worked_later(self):
        body = b' {"id":"evt_1", "type":"payment.changed","data":{"object":{"id":"p1","status":7}}, "created":1 } '
        self.assertEqual(self.deliver(body, headers={"Authorization": "Basic c2VjcmV0"}), (200, "accepted"))
        [message] = self.received()
        with message.sudo().payload_id._open() as stream:
            self.assertEqual(stream.read(), body)
        self.assertEqual((message.subject, message.order_key), ("payment.changed", f"webhook:{self.webhook.id}:p1"))
        kept = message.sudo().data["headers"]
        self.assertEqual(kept["webhook-id"], "evt_1")
        self.assertNotIn("authorization", kept, "what logs somebody in is not kept")
        self.assertFalse(self.effects(key="evt_1"), "nothing is worked while the sender waits")
        self.drain()
        self.assertState(message, "done")
        self.assertEqual(self.effects(key="evt_1"), ["evt_1"])

    def test_fault_24_a_repeated_delivery_is_acknowledged_and_has_no_effect(self):
        self.assertEqual(self.deliver(), (200, "accepted"))
        self.assertEqual([self.deliver() for _ in range(3)], [(200, "duplicate")] * 3)
        self.drain()
        self.assertEqual(self.effects(key="evt_1"), ["evt_1"])
        first, *others = self.received()
        self.assertEqual(others, [m for m in self.received() if m.state == "ignored"])
        self.assertEqual({m.duplicate_of_id for m in others}, {first})
        self.assertFalse(any(m.payload_id for m in others), "the bytes are here once")
        self.assertAccounted(self.event_flow)

    def test_b18_another_content_under_the_same_identity_is_for_a_person(self):
        self.deliver(self.body(status=1))
        self.assertEqual(self.deliver(self.body(status=2))[0], 200)
        self.assertEqual(self.received().mapped("state"), ["queued", "held"])
        self.assertEqual(self.received()[1].reason_code, "identity_conflict")

    def test_fault_27_events_in_any_order_end_in_the_same_state(self):
        events = [self.body(f"e{n}", thing=f"p{n % 3}", status=n, created=1000 + n) for n in range(12)]
        for seed in range(3):
            random.Random(seed).shuffle(events)
            with self.subTest(seed=seed), self.env.cr.savepoint() as savepoint:
                for event in events:
                    self.assertEqual(self.deliver(event), (200, "accepted"))
                    if seed:
                        self.drain()
                self.drain()
                states = self.env["test.finance.effect"].search([("key", "like", "state of")], order="key")
                self.assertEqual(states.mapped("sequence"), [9, 10, 11])
                self.assertEqual({m.state for m in self.received()} - {"done", "ignored"}, set())
                self.assertAccounted(self.event_flow)
                savepoint.rollback()
                self.env.invalidate_all(flush=False)

    def test_b16_the_rank_of_kinds_wins_where_times_do_not_tell_the_order(self):
        self.webhook.sudo().ranks = "payment.accepted = 1\npayment.settled = 2"
        self.deliver(self.body("e1", status=2, kind="payment.settled", created=5))
        self.drain()
        self.deliver(self.body("e2", status=1, kind="payment.accepted", created=5))
        self.drain()
        self.assertState(self.received()[1], "ignored", "overtaken")
        self.assertEqual(self.env["test.finance.effect"].search([("key", "=", "state of p1")]).sequence, 2)

    def test_what_is_signed_and_unreadable_is_kept(self):
        self.assertEqual(self.deliver(b"\x00 no json", identity="x1"), (200, "accepted"))
        [message] = self.received()
        with message.sudo().payload_id._open() as stream:
            self.assertEqual(stream.read(), b"\x00 no json")

    def test_kinds_that_are_not_wanted_are_acknowledged_and_counted(self):
        self.webhook.sudo().kinds = "payment.changed"
        self.assertEqual(self.deliver(self.body(kind="customer.moved")), (200, "accepted"))
        self.drain()
        self.assertState(self.received(), "ignored", "webhook_kind")
        self.assertFalse(self.effects(key="evt_1"))
        self.assertAccounted(self.event_flow)

    # -- refused ---------------------------------------------------------------------------

    def test_attack_20_nothing_is_kept_of_what_is_not_the_senders(self):
        """B-18; the schemes themselves are tested in tests/unit (test_webhook_schemes)."""
        before = self.env["finance.payload"].search_count([])
        attempts = {
            "unsigned": {"sign": False},
            "signature": {"secret": OTHER},
            "old": {"age": 301},
            "early": {"age": -310},
            "malformed": {"headers": {"webhook-timestamp": "yesterday"}},
        }
        for reason, how in attempts.items():
            with self.subTest(reason):
                self.assertEqual(self.deliver(**how), (401, "refused"), "it is not said why")
        self.assertEqual(self.refused(), dict.fromkeys(attempts, 1))
        self.assertFalse(self.received())
        self.assertEqual(self.env["finance.payload"].search_count([]), before)

    def test_b18_without_a_secret_nothing_is_accepted(self):
        self.webhook.sudo().secret_ids.unlink()
        self.assertEqual(self.deliver(), (401, "refused"))
        self.assertEqual(self.refused(), {"no_secret": 1})

    def test_b54_a_delivery_from_elsewhere_is_refused_however_well_it_is_signed(self):
        self.webhook.sudo().networks = "203.0.113.0/24"
        self.assertEqual(self.deliver(headers={"X-Forwarded-For": "203.0.113.7"}), (403, "refused"))
        self.assertEqual(self.refused(), {"address": 1})
        self.webhook.sudo().networks = "203.0.113.0/24\n127.0.0.0/8"
        self.assertEqual(self.deliver(), (200, "accepted"))

    def test_forms_and_packed_bytes_are_refused_because_the_signed_bytes_would_be_gone(self):
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        self.assertEqual(self.deliver(headers=form), (415, "refused"))
        self.assertEqual(self.deliver(headers={"Content-Encoding": "gzip"}), (415, "refused"))

    def test_too_much_is_refused(self):
        self.webhook.sudo().max_kb = 1
        self.assertEqual(self.deliver(self.body() + b" " * 1024), (413, "refused"))
        self.assertFalse(self.received())

    @mute_logger("odoo.http")
    def test_more_than_is_read_at_all_is_refused_before_it_is_read(self):
        answer = self.url_open(self.path, data=b" " * (9 << 20), headers={"Content-Type": "application/json"})
        self.assertEqual(answer.status_code, 413)

    def test_unknown_addresses_and_drafts_answer_alike(self):
        self.connection.sudo().state = "draft"
        draft = self.deliver()
        unknown = self.deliver(path="/finance/webhook/unknown")
        self.assertEqual((draft[0], unknown[0]), (404, 404))
        self.assertFalse(self.received())

    def test_an_archived_webhook_tells_the_sender_to_stop(self):
        self.webhook.active = False
        self.assertEqual(self.deliver(), (410, "gone"))

    def test_attack_only_post_delivers(self):
        self.assertEqual(self.url_open(self.path).status_code, 405)

    def test_a_paused_connection_accepts_and_works_nothing(self):
        self.connection.action_pause()
        self.assertEqual(self.deliver(), (200, "accepted"))
        self.drain()
        self.assertState(self.received(), "queued")

    def test_a_flood_of_forgeries_is_no_flood_of_rows(self):
        self.patch(finance_webhook_refusal, "_tally", Tally(gap=3600))
        for _ in range(20):
            self.assertEqual(self.deliver(secret=OTHER)[0], 401)
        self.assertEqual(len(self.webhook.refusal_ids), 1)

    # -- secrets ---------------------------------------------------------------------------

    def test_b41_both_secrets_are_good_until_the_old_one_ends(self):
        self.env["finance.webhook.secret"]._put(self.webhook, OTHER, hours=24)
        self.assertEqual(self.webhook.secret_state, "rotating")
        self.assertEqual(self.deliver(self.body("e1"), secret=SECRET), (200, "accepted"))
        self.assertEqual(self.deliver(self.body("e2"), secret=OTHER), (200, "accepted"))
        self.env["finance.webhook.secret"]._put(self.webhook, SECRET.replace("AAEC", "CAEC"), hours=0)
        self.assertEqual(self.webhook.secret_state, "one")
        self.assertEqual(self.deliver(self.body("e3"), secret=OTHER), (401, "refused"))

    def test_b40_a_secret_is_never_shown_again(self):
        secret = self.webhook.secret_ids[0]
        admin = self.as_user(self.webhook, "admin")
        self.assertNotIn(SECRET, str(admin.read()))
        with self.assertRaises(AccessError):
            self.as_user(secret, "admin").read(["sealed"])
        self.env.cr.execute("SELECT sealed FROM finance_webhook_secret WHERE id = %s", (secret.id,))
        self.assertNotIn(SECRET[8:20], self.env.cr.fetchone()[0])
        with self.assertRaises(AccessError):
            secret.sudo().write({"ends_at": False})

    def test_the_dialog_makes_a_secret_and_keeps_none(self):
        admin = self.as_user(self.webhook, "admin")
        wizard = Form(
            self.env["finance.webhook.secret.wizard"]
            .with_user(admin.env.user)
            .with_context(default_webhook_id=self.webhook.id)
        )
        made = wizard.value
        self.assertTrue(made.startswith("whsec_") and made != SECRET)
        wizard.save()
        self.assertEqual(self.deliver(secret=made), (200, "accepted"))
        self.env.cr.execute("SELECT * FROM finance_webhook_secret_wizard")
        self.assertNotIn(made, str(self.env.cr.fetchall()))

    def test_a_value_that_cannot_be_a_secret_is_said_at_once(self):
        for scheme, value in (("standard", "whsec_short"), ("jws", "no key"), ("hmac", "short"), ("paypal", "x" * 40)):
            with self.subTest(scheme), self.assertRaises(UserError):
                self.webhook.sudo().write({"scheme": scheme, "header": "x-signature"})
                self.env["finance.webhook.secret"]._put(self.webhook, value)

    # -- entering --------------------------------------------------------------------------

    def test_what_cannot_be_meant_is_said_on_the_form(self):
        wrong = [
            {"networks": "everywhere"},
            {"key_path": "data..id"},
            {"ranks": "payment.settled"},
            {"ranks": "payment.settled = 0"},
            {"scheme": "hmac"},
            {"scheme": "hmac", "header": "x", "pattern": "{time}"},
            {"flow_id": self.make_flow(self.make_connection()).id},
        ]
        for values in wrong:
            with self.subTest(values), self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.webhook.sudo().write(values)
                self.env.flush_all()

    def test_b56_who_may_deliver_changes_after_another_persons_approval(self):
        admin = self.as_user(self.webhook, "admin")
        admin.write({"networks": "203.0.113.0/24", "name": "Events of the shop"})
        self.assertEqual((self.webhook.name, self.webhook.networks), ("Events of the shop", False))
        self.assertTrue(self.webhook.pending_change_id)

    def test_the_address_never_changes_and_what_received_is_archived(self):
        with self.assertRaises(UserError):
            self.webhook.slug = "mine"
        self.deliver()
        with self.assertRaises(UserError):
            self.webhook.unlink()
        self.assertNotEqual(self.webhook.copy().slug, self.webhook.slug)
