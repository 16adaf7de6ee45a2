"""A message that waits says what for (K-33)."""

from datetime import timedelta

from odoo.tests import tagged

from ..models.finance_dispatcher_wake import SILENCE
from .fake_case import FakeCase


@tagged("post_install", "-at_install")
class TestWaits(FakeCase):
    def waits(self, message):
        message.invalidate_recordset(["waits_text", "situation"])
        self.assertEqual(message.situation, message.waits_text or message.detail)
        return message.waits_text

    def test_k33_what_is_worked_soon_waits_for_nothing(self):
        message = self.enqueue(self.flow, {})
        self.assertFalse(self.waits(message))
        self.drain()
        self.assertState(message, "done")
        self.assertFalse(self.waits(message))

    def test_k33_it_names_who_was_paused_and_what_to_do(self):
        message = self.enqueue(self.flow, {})
        flow, connection = self.flow, self.connection
        for record, values, words in (
            (connection, {"state": "paused"}, (connection.name, "paused", "resume")),
            (connection, {"state": "draft"}, (connection.name, "draft", "activate")),
            (connection, {"auth_needed": True}, (connection.name, "credentials")),
            (connection, {"hold_until": self.env.cr.now() + timedelta(hours=1)}, (connection.name, "left alone")),
            (connection, {"active": False}, (connection.name, "archived")),
            (flow, {"paused": True}, (flow.name, "paused")),
            (flow, {"active": False}, (flow.name, "archived")),
        ):
            with self.subTest(values), self.env.cr.savepoint() as savepoint:
                record.sudo().write(values)
                self.drain()
                self.assertState(message, "queued")
                for word in words:
                    self.assertIn(word, self.waits(message))
                savepoint.rollback()
                self.env.invalidate_all()
        self.assertFalse(self.waits(message))

    def test_k33_whoever_may_read_the_message_reads_why(self):
        message = self.enqueue(self.flow, {})
        self.connection.state = "paused"
        self.assertIn("paused", self.waits(self.as_user(message, "viewer")))

    def test_k33_an_emergency_stop(self):
        message = self.enqueue(self.flow, {})
        self.env["finance.stop"]._stop("flow", "Doubled payments", flow=self.flow)
        self.env.invalidate_all()
        self.assertIn("emergency stop", self.waits(message))

    def test_k33_the_one_that_comes_before_it(self):
        first = self.enqueue(self.flow, {}, order_key="account")
        second = self.enqueue(self.flow, {}, order_key="account")
        other = self.enqueue(self.flow, {}, order_key="another account")
        self.assertFalse(self.waits(first))
        self.assertIn(f"Message {first.id} comes before it and is not done", self.waits(second))
        self.assertFalse(self.waits(other))
        self.flow.held_blocks = True
        self.env.flush_all()
        self.env.cr.execute("UPDATE finance_message SET state = 'held' WHERE id = %s", (first.id,))
        self.env.invalidate_all()
        self.assertIn(f"Message {first.id} comes before it and needs a person", self.waits(second))
        self.flow.held_blocks = False
        self.env.flush_all()
        self.assertFalse(self.waits(second))

    def test_k33_a_place_that_does_not_answer(self):
        message = self.enqueue(self.flow, {})
        self.env["finance.circuit"].sudo().create(
            {
                "connection_id": self.connection.id,
                "endpoint": "bank.example",
                "state": "open",
                "opened_at": self.env.cr.now(),
                "wait_until": self.env.cr.now() + timedelta(minutes=5),
                "flow_ids": [(4, self.flow.id)],
            }
        )
        self.assertIn("bank.example does not answer", self.waits(message))

    def test_k33_nobody_works_the_queue(self):
        message = self.enqueue(self.flow, {})
        actions = self.env["finance.dispatcher"]._dispatchers(self.env)
        self.assertTrue(actions)
        self.env.cr.execute("UPDATE ir_cron SET lastcall = NULL WHERE id = ANY(%s)", (actions.ids,))
        before = self.env.cr.now() - SILENCE - timedelta(minutes=1)
        for actions_run, expected in ((before, True), (self.env.cr.now(), False)):
            self.env.cr.execute("UPDATE ir_cron SET lastcall = %s WHERE id = %s", (actions_run, actions[0].id))
            self.env.invalidate_all()
            self.assertEqual("No scheduled action has run" in (self.waits(message) or ""), expected)
        self.env.cr.execute("UPDATE ir_cron SET active = FALSE WHERE id = ANY(%s)", (actions.ids,))
        self.env.invalidate_all()
        self.assertIn("switched off", self.waits(message))
