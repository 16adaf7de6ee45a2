"""Nothing disappears: every message is counted, every day."""

from datetime import timedelta

from odoo.tests import tagged

from .fake_case import FakeCase


@tagged("post_install", "-at_install")
class TestCheckpoint(FakeCase):
    def take(self):
        self.env["finance.checkpoint"]._take(self.env.cr.now().date())
        return self.env["finance.checkpoint"].search([("flow_id", "=", self.flow.id)])

    def work_all_kinds(self):
        self.flow.retry_max = 1
        messages = self.enqueue(
            self.flow,
            {},
            {},
            {"do": "ignore"},
            {"do": "raise", "error": "RejectedError"},
            {"do": "raise", "error": "TransientError"},
            {"do": "raise", "error": "AmbiguousError"},
        )
        self.drain()
        return messages | self.enqueue(self.flow, {})

    def test_b50_received_is_the_sum_of_the_states(self):
        self.work_all_kinds()
        checkpoint = self.take()
        counts = {name: checkpoint[name] for name in ("received", "done", "ignored", "held", "dead", "open")}
        self.assertEqual(counts, {"received": 7, "done": 2, "ignored": 1, "held": 1, "dead": 1, "open": 2})
        self.assertTrue(checkpoint.is_proved)

    def lose(self, message, *, with_traces):
        """Lose a message the hard way, as a careless script in the database does."""
        self.env.flush_all()
        self.env.cr.execute("SET LOCAL session_replication_role = replica")
        tables = ["finance_message"]
        if with_traces:
            tables += ["finance_message_transition", "finance_message_attempt"]
        for table in tables:
            column = "id" if table == "finance_message" else "message_id"
            self.env.cr.execute(f"DELETE FROM {table} WHERE {column} = %s", (message.id,))
        self.env.cr.execute("SET LOCAL session_replication_role = DEFAULT")
        self.env.invalidate_all()

    def test_b50_a_lost_message_is_reported(self):
        messages = self.work_all_kinds()
        self.lose(messages[0], with_traces=False)
        checkpoint = self.take()
        self.assertEqual((checkpoint.difference, checkpoint.is_proved), (1, False))

    def test_b50_a_message_lost_with_all_its_traces_is_reported(self):
        """What was counted once is missed later, even if nothing else in the database knows of it."""
        messages = self.work_all_kinds()
        self.assertTrue(self.take().is_proved)
        self.lose(messages[0], with_traces=True)
        checkpoint = self.take()
        self.assertEqual((checkpoint.received, checkpoint.difference, checkpoint.is_proved), (7, 1, False))
        for message in messages[1:]:
            self.lose(message, with_traces=True)
        self.assertEqual(self.take().difference, 7, "also when the whole day is gone")

    def test_a_late_fix_renews_the_checkpoint_of_its_day(self):
        messages = self.work_all_kinds()
        long_ago = self.env.cr.now() - timedelta(days=30)
        self.env.cr.execute("UPDATE finance_message_transition SET at = %s WHERE before IS NULL", (long_ago,))
        self.env["finance.checkpoint"]._take(long_ago.date())
        checkpoint = self.env["finance.checkpoint"].search([("flow_id", "=", self.flow.id)])
        self.assertEqual(checkpoint.held, 1)
        messages.filtered(lambda message: message.state == "held")._discard("no")
        self.env["finance.checkpoint"]._cron_take()
        self.assertEqual((checkpoint.held, checkpoint.ignored, checkpoint.is_proved), (0, 2, True))

    def test_whoever_sees_checkpoints_may_renew_them(self):
        self.work_all_kinds()
        checkpoint = self.take()
        self.enqueue(self.flow, {})
        self.as_user(checkpoint, "viewer").action_take_now()
        self.assertEqual(checkpoint.received, 8)
