"""Replays, and the life of a business transaction."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..engine.envelope import Envelope
from .fake_case import FakeCase


@tagged("post_install", "-at_install")
class TestReplay(FakeCase):
    def processed(self, content=None, **envelope):
        [message] = self.enqueue(self.flow, content or {"do": "effect", "key": "e"}, **envelope)
        self.drain()
        return message

    def test_b12_a_replay_is_a_new_message_with_the_same_content(self):
        payload = self.env["finance.payload"]._store(b"bytes", company=self.company)
        original = self.processed(
            dedupe_key="id", content_hash="h", correlation_id="corr", business_key="INV/1", order_key="k"
        )
        self.env.cr.execute("UPDATE finance_message SET payload_id = %s WHERE id = %s", (payload.id, original.id))
        self.env.invalidate_all()
        replay = self.as_user(original, "admin")._replay("the mapping was wrong").sudo()
        self.assertState(replay, "queued")
        for field in ("data", "payload_id", "content_hash", "correlation_id", "business_key", "order_key", "flow_id"):
            self.assertEqual(replay[field], original[field], field)
        self.assertEqual(replay.replay_of_id, original)
        self.assertFalse(replay.dedupe_key, "it does not collide with the original")
        self.drain()
        self.assertState(replay, "done")
        self.assertState(original, "done")

    def test_b12_needs_a_role_and_a_reason_and_is_audited(self):
        original = self.processed(correlation_id="corr")
        with self.trap_audit() as told:
            for role in ("viewer", "operator", "steward", "auditor", "employee"):
                with self.assertRaises(AccessError):
                    self.as_user(original, role)._replay("reason")
            for reason in ("", "  ", None):
                with self.assertRaises(UserError):
                    self.as_user(original, "admin")._replay(reason)
            self.assertEqual(told, [])
            replay = self.as_user(original, "admin")._replay("because")
        [entry] = told
        self.assertEqual((entry.pop("event"), entry.pop("record")), ("message.replayed", original))
        self.assertEqual(entry, {"reason": "because", "after": {"replay": replay.id}, "correlation_id": "corr"})

    def test_b12_what_is_not_processed_is_retried_not_replayed(self):
        for message in (
            self.processed({"do": "raise", "error": "RejectedError"}),
            self.processed({"do": "raise", "error": "AmbiguousError"}),
            self.enqueue(self.flow, {}),
        ):
            with self.assertRaises(UserError):
                message._replay("reason")

    def test_b12_a_trial_shows_the_difference_and_leaves_nothing(self):
        original = self.processed()
        queued = self.env["finance.message"].search_count([])
        trial = self.as_user(original, "admin")._dry_run()
        self.assertEqual(trial["state"], "done")
        self.assertEqual(len(trial["documents"]), 1)
        self.assertEqual(self.effects(), ["e"])
        self.assertEqual(self.env["finance.message"].search_count([]), queued)
        self.assertEqual(len(original.attempt_ids), 1)
        with self.assertRaises(AccessError):
            self.as_user(original, "operator")._dry_run()

    def test_b12_a_trial_shows_a_refusal(self):
        original = self.processed({"do": "ignore"})
        self.env.cr.execute(
            "UPDATE finance_message SET data = %s WHERE id = %s",
            ('{"do": "raise", "error": "RejectedError", "detail": "period closed"}', original.id),
        )
        self.env.invalidate_all()
        trial = self.as_user(original, "admin")._dry_run()
        self.assertEqual((trial["state"], trial["detail"]), ("refused", "period closed"))
        self.assertEqual(self.effects(), [])

    def test_b12_nothing_is_tried_that_reaches_the_outside(self):
        flow = self.make_flow(self.connection, handler="finance.handler.test.call")
        [message] = self.enqueue(flow, {"answer": "yes"})
        self.drain()
        self.env["finance.handler.test.call"]._pop_calls()
        with self.assertRaises(UserError):
            self.as_user(message, "admin")._dry_run()
        self.assertEqual(self.env["finance.handler.test.call"]._pop_calls(), [])

    def test_b12_the_dialog(self):
        original = self.processed()
        wizard = self.as_user(self.env["finance.message.reason.wizard"], "admin").create(
            {"operation": "replay", "reason": "again", "message_ids": [(6, 0, original.ids)]}
        )
        wizard.action_dry_run()
        self.assertIn("message: done", wizard.report)
        action = wizard.action_confirm()
        replay = self.env["finance.message"].search(action["domain"])
        self.assertEqual(replay.replay_of_id, original)

    def test_discarding_needs_a_person_s_state_and_keeps_the_reason(self):
        held = self.processed({"do": "raise", "error": "RejectedError"})
        with self.trap_audit() as told:
            self.as_user(held, "operator")._discard("sent by mistake")
        self.assertState(held, "ignored", "discarded")
        self.assertEqual(held.transition_ids.sorted("id")[-1].note, "sent by mistake")
        self.assertEqual(held.transition_ids.sorted("id")[-1].user_id, self.user("operator"))
        self.assertEqual([entry["event"] for entry in told], ["message.discarded"])
        with self.assertRaises(UserError):
            self.as_user(self.processed(), "operator")._discard("no")

    def test_retrying_by_hand_starts_the_count_again(self):
        self.flow.retry_max = 1
        dead = self.processed({"do": "raise", "error": "TransientError"})
        self.assertState(dead, "dead")
        self.as_user(dead, "operator").action_retry()
        self.assertState(dead, "queued")
        self.assertEqual((dead.attempt_count, dead.exception_ids.state), (0, "solved"))
        self.assertEqual(len(dead.attempt_ids), 1, "what was tried stays visible")
        self.assertAccounted(self.flow)


@tagged("post_install", "-at_install")
class TestLifecycle(FakeCase):
    def test_b04_one_business_key_returns_everything_of_its_life(self):
        second_flow = self.make_flow(self.connection)
        [order] = self.enqueue(
            self.flow,
            {
                "do": "enqueue",
                "flow": second_flow.id,
                "content": {"do": "effect", "key": "invoice"},
            },
            business_key="SO/1",
        )
        [status] = self.enqueue(self.flow, {"do": "raise", "error": "RejectedError"}, business_key="SO/1")
        unrelated = self.enqueue(self.flow, {"do": "effect", "key": "other"}, business_key="SO/2")
        self.drain()
        child = order.child_ids
        reference = self.env["finance.external.reference"]._link(
            self.connection, "order", "X-1", self.env.company.partner_id, child
        )
        life = self.as_user(self.env["finance.message"], "viewer")._lifecycle("SO/1")
        self.assertEqual(life["messages"].ids, (order | status | child).ids)
        self.assertNotIn(unrelated.id, life["messages"].ids)
        self.assertEqual(life["exceptions"].ids, status.exception_ids.ids)
        self.assertEqual(life["references"].ids, reference.ids)
        self.assertEqual(len(life["attempts"]), 3)
        self.assertEqual(len(life["transitions"]), 9)
        effect = self.env["test.finance.effect"].search([("key", "=", "invoice")])
        self.assertEqual(life["documents"], [("test.finance.effect", effect.id)])
        for key in (order.correlation_id, effect):
            self.assertIn(child.id, self.env["finance.message"]._lifecycle(key)["messages"].ids)

    def test_b05_what_a_message_causes_carries_its_correlation_id(self):
        [order] = self.enqueue(
            self.flow, {"do": "enqueue", "flow": self.flow.id, "content": {"do": "nothing"}}, correlation_id="corr-7"
        )
        self.drain()
        self.assertEqual(order.child_ids.correlation_id, "corr-7")
        self.assertState(order.child_ids, "done")

    def test_b05_the_outgoing_header(self):
        [message] = self.enqueue(self.flow, {"do": "headers"}, correlation_id="corr-8")
        self.drain()
        self.assertEqual(message.result, {"X-Correlation-ID": "corr-8"})

    def test_b53_the_life_ends_at_the_border_of_the_company(self):
        flow = self.make_flow(self.make_connection("finance.adapter.test", company_id=self.other_company.id))
        self.enqueue(flow, {}, business_key="SO/9")
        life = self.as_user(self.env["finance.message"], "viewer")._lifecycle("SO/9")
        self.assertFalse(life["messages"])

    def test_documents_lead_to_their_messages(self):
        [message] = self.enqueue(self.flow, Envelope(subject="m", data={"do": "effect", "key": "e"}))
        self.drain()
        action = self.as_user(message, "viewer").action_view_documents()
        self.assertEqual((action["res_model"], action["res_id"]), ("test.finance.effect", message.document_ids.res_id))
