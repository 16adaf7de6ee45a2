"""Flows: what may leave, what looks alike, which data is understood, when is fetched."""

from datetime import timedelta

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from ..engine.envelope import Envelope
from .fake_case import FakeCase


@tagged("post_install", "-at_install")
class TestFlow(FakeCase):
    # -- B-03: versions of data ----------------------------------------------------------------

    def test_b03_data_is_kept_with_its_version_and_old_versions_still_run(self):
        """B-03, fault 66: an upgrade in front of waiting messages changes nothing for them."""
        old = self.enqueue(self.flow, {"do": "effect", "key": "old"})
        self.flow.schema_version = 2
        new = self.enqueue(self.flow, {"do": "effect", "key": "new"})
        self.flow.schema_version = 3
        unknown = self.enqueue(self.flow, {"do": "effect", "key": "unknown"})
        self.drain()
        self.assertEqual((old | new | unknown).mapped("schema_version"), [1, 2, 3])
        self.assertState(old | new, "done")
        self.assertState(unknown, "held", "schema_unknown")
        self.assertEqual(unknown.error_class, "data")
        self.assertEqual(self.effects(), ["old", "new"])

    def test_fault_44_two_identical_genuine_ones_with_their_own_identity_both_count(self):
        twins = self.enqueue(self.flow, {"do": "effect"}, dedupe_key="a#1") | self.enqueue(
            self.flow, {"do": "effect"}, dedupe_key="a#2"
        )
        self.drain()
        self.assertState(twins, "done")
        self.assertEqual(len(self.effects()), 2)

    # -- B-17: only what is released -----------------------------------------------------------

    def outgoing(self):
        self.flow.write({"record_model": "res.partner", "release_domain": "[('ref', '=', 'approved')]"})
        self.partner = self.env["res.partner"].create({"name": "Supplier"})
        return lambda partner: Envelope(
            subject=partner.name, data={"do": "effect", "key": partner.name}, res_model=partner._name, res_id=partner.id
        )

    def test_b17_a_draft_record_produces_no_message(self):
        envelope = self.outgoing()
        with self.trap() as trapped:
            self.flow._enqueue_records(self.partner, envelope)
        self.assertFalse(trapped.messages)
        self.partner.ref = "approved"
        with self.trap() as trapped:
            self.flow._enqueue_records(self.partner, envelope)
        self.assertEqual(trapped.messages.res_id, self.partner.id)

    def test_b17_a_record_withdrawn_before_its_turn_is_not_sent(self):
        envelope = self.outgoing()
        self.partner.ref = "approved"
        message = self.flow._enqueue_records(self.partner, envelope)
        self.partner.ref = "withdrawn"
        self.drain()
        self.assertState(message, "ignored", "not_released")
        self.assertEqual(self.effects(), [])

    def test_b17_the_rule_is_data_never_code(self):
        self.flow.record_model = "res.partner"
        for domain in (
            "[('id', '=', __import__('os').getpid())]",
            "env.cr.commit()",
            "[('no_such_field', '=', 1)]",
            "[('ref', 'no operator', 1)]",
            "[(",
        ):
            with self.subTest(domain), self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.flow.release_domain = domain
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.flow.write({"release_domain": False, "record_model": "no.such.model"})

    # -- schedule ------------------------------------------------------------------------------

    def fetches(self):
        return self.env["finance.message"].search([("flow_id", "=", self.flow.id), ("kind", "=", "fetch")])

    def test_fetches_are_queued_when_due_and_not_doubled(self):
        self.flow.fetch_interval = 10
        self.env["finance.flow"]._cron_schedule()
        self.assertEqual(len(self.fetches()), 1)
        self.assertEqual(self.flow.next_fetch_at - self.env.cr.now(), timedelta(minutes=10))
        self.env["finance.flow"]._cron_schedule()
        self.flow.next_fetch_at = self.env.cr.now() - timedelta(minutes=1)
        self.env["finance.flow"]._cron_schedule()
        self.as_user(self.flow, "operator").action_fetch_now()
        self.assertEqual(len(self.fetches()), 1, "one is waiting already")
        self.drain()
        self.assertState(self.fetches(), "done")
        self.assertTrue(self.flow.last_fetch_at)
        self.flow.next_fetch_at = self.env.cr.now() - timedelta(minutes=1)
        self.env["finance.flow"]._cron_schedule()
        self.assertEqual(len(self.fetches()), 2)

    def test_what_cannot_fetch_has_no_schedule(self):
        flow = self.make_flow(self.make_connection("finance.adapter.manual"))
        with self.assertRaisesRegex(Exception, "cannot fetch"):
            flow.fetch_interval = 5

    def test_the_next_fetch_cannot_be_set_by_rpc(self):
        with self.assertRaises(AccessError):
            self.as_user(self.flow, "admin").next_fetch_at = self.env.cr.now()

    def test_a_failed_fetch_does_not_stop_the_next_one_and_is_settled_by_it(self):
        self.flow.fetch_interval = 10
        failing = self.enqueue(
            self.flow, Envelope(subject="Fetch", kind="fetch", order_key=f"fetch:{self.flow.id}", data={"fail": True})
        )
        self.drain()
        self.assertState(failing, "held")
        self.as_user(self.flow, "operator").action_fetch_now()
        self.drain()
        self.assertState(self.fetches() - failing, "done")
        self.assertState(failing, "ignored")
        self.assertEqual(failing.exception_ids.state, "solved")
        self.assertAccounted(self.flow)
