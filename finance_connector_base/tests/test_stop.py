"""Emergency stops (G-10, B-48; recommended decision 24)."""

from unittest.mock import patch

from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..engine.transaction import NestedSteps
from .fake_case import FakeCase


@tagged("post_install", "-at_install")
class TestStop(FakeCase):
    def stop(self, scope="connection", role="operator", **options):
        record = {"flow": self.flow, "connection": self.connection, "company": self.company}.get(scope)
        covered = {} if scope == "everything" else {scope: self.as_user(record, role)}
        return self.as_user(self.env["finance.stop"], role, **options)._stop(scope, "bank called", **covered)

    def other(self, **values):
        """A flow of another connection."""
        return self.make_flow(self.make_connection("finance.adapter.test", **values))

    def test_g10_each_scope_halts_what_it_covers_and_nothing_else(self):
        same_connection = self.make_flow(self.connection)
        same_company = self.other()
        elsewhere = self.other(company_id=self.other_company.id)
        flows = [self.flow, same_connection, same_company, elsewhere]
        for scope, count in (("flow", 1), ("connection", 2), ("company", 3), ("everything", 4)):
            with self.subTest(scope):
                messages = [self.enqueue(flow, {}) for flow in flows]
                stop = self.env["finance.stop"]._stop(
                    scope, "x", flow=self.flow, connection=self.connection, company=self.company
                )
                self.drain()
                for number, message in enumerate(messages):
                    self.assertState(message, "queued" if number < count else "done")
                self.env.invalidate_all()
                self.assertEqual([flow.is_stopped for flow in flows], [n < count for n in range(4)])
                stop._release("over")
                self.drain()
                for message in messages:
                    self.assertState(message, "done")

    def test_b48_what_waited_during_a_stop_goes_on_in_order(self):
        before = self.enqueue(self.flow, {"do": "effect", "key": "0"}, order_key="k")
        stop = self.stop()
        during = self.enqueue(self.flow, *[{"do": "effect", "key": str(n)} for n in range(1, 5)], order_key="k")
        self.drain()
        self.assertState(before | during, "queued")
        stop._release("false alarm")
        self.drain()
        self.assertEqual(self.effects(), list("01234"))
        self.assertAccounted(self.flow)

    def test_a_flow_made_during_the_stop_is_covered(self):
        self.stop("company")
        message = self.enqueue(self.other(), {})
        self.drain()
        self.assertState(message, "queued")

    def test_resuming_a_flow_does_not_undo_a_stop(self):
        self.stop()
        message = self.enqueue(self.flow, {})
        self.as_user(self.flow, "operator").action_resume()
        self.as_user(self.connection, "operator").action_pause()
        self.as_user(self.connection, "operator").action_resume()
        self.drain()
        self.assertState(message, "queued")

    # -- what is claimed already ---------------------------------------------------------------

    def claimed(self, flow, *contents):
        messages = self.enqueue(flow, *contents)
        dispatcher = self.env["finance.dispatcher"]
        run = dispatcher._begin(NestedSteps(self.env.cr), None)
        return messages, run, dispatcher._claim(run)

    def test_g10_a_claimed_call_is_not_made_any_more(self):
        """The stop comes between the claim and the call: nothing leaves, nothing is counted or unknown."""
        for values in ({}, {"at_most_once": True}):
            with self.subTest(values):
                flow = self.make_flow(self.connection, handler="finance.handler.test.call", **values)
                handler = self.env["finance.handler.test.call"]
                handler._pop_calls()
                messages, run, claims = self.claimed(flow, {"answer": 1}, {"answer": 2})
                # a batch that looked a moment ago: the call itself has to look again
                run.stops_read_at = float("inf")
                stop = self.stop()
                self.assertEqual(self.env["finance.dispatcher"]._work_claims(run, claims), 0)
                self.assertEqual(handler._pop_calls(), [])
                self.assertState(messages, "queued")
                self.assertEqual(messages.mapped("attempt_count"), [0, 0])
                stop._release("over")
                self.drain()
                self.assertState(messages, "done")
                self.assertEqual(handler._pop_calls(), messages.ids)

    def test_an_answer_that_is_there_is_kept(self):
        """A stop during the call loses nothing: what the other side said is written down."""
        flow = self.make_flow(self.connection, handler="finance.handler.test.call", at_most_once=True)
        handler = type(self.env["finance.handler.test.call"])
        called = handler._call

        def stop_meanwhile(records, message):
            answer = called(records, message)
            self.stop()
            return answer

        with patch.object(handler, "_call", stop_meanwhile):
            first, second = messages = self.enqueue(flow, {"answer": 1}, {"answer": 2})
            self.drain()
        self.assertState(first, "done")
        self.assertState(second, "queued")
        self.assertAccounted(messages.flow_id)

    def test_a_batch_ends_in_the_middle(self):
        for commit_size in (1, 3):
            with self.subTest(commit_size):
                self.flow.commit_size = commit_size
                messages, run, claims = self.claimed(self.flow, *[{"do": "effect"}] * 6)
                self.assertEqual(len(claims), 6)
                stop = self.stop()
                run.stops_read_at = float("-inf")
                self.assertEqual(self.env["finance.dispatcher"]._work_claims(run, claims), 0)
                self.assertState(messages, "queued")
                stop._release("over")
                self.drain()
                self.assertState(messages, "done")

    # -- who may -------------------------------------------------------------------------------

    def test_g10_production_is_released_by_another_person(self):
        self.connection.environment = "production"
        for scope in ("flow", "connection", "company"):
            with self.subTest(scope):
                stop = self.stop(scope)
                self.assertTrue(stop.covers_production)
                with self.assertRaisesRegex(AccessError, "another person"):
                    self.as_user(stop, "operator")._release("over")
                self.as_user(stop, "admin")._release("over")
                self.assertEqual(stop.released_by_id, self.user("admin"))

    def test_g10_production_that_began_during_the_stop_counts(self):
        stop = self.stop("company")
        self.assertFalse(stop.covers_production)
        self.other(environment="production")
        with self.assertRaisesRegex(AccessError, "another person"):
            self.as_user(stop, "operator")._release("over")

    def test_outside_production_one_person_is_enough(self):
        stop = self.stop()
        self.as_user(stop, "operator")._release("over")
        self.assertEqual(stop.state, "released")
        with self.assertRaisesRegex(UserError, "already"):
            self.as_user(stop, "admin")._release("again")

    def test_nobody_stops_or_releases_for_another_company(self):
        with self.assertRaises(AccessError):
            self.as_user(self.env["finance.stop"], "operator", other_company=True)._stop(
                "connection", "x", connection=self.as_user(self.connection, "operator", other_company=True)
            )
        self.other(company_id=self.other_company.id)
        with self.assertRaisesRegex(AccessError, "your companies"):
            self.stop("everything")
        everything = self.env["finance.stop"]._stop("everything", "x")
        with self.assertRaisesRegex(AccessError, "your companies"):
            self.as_user(everything, "operator")._release("x")

    def test_who_has_no_part_in_it_neither_stops_nor_releases(self):
        stop = self.stop()
        for role in ("viewer", "steward", "auditor", "employee"):
            with self.subTest(role):
                with self.assertRaises(AccessError):
                    self.stop(role=role)
                with self.assertRaises(AccessError):
                    self.as_user(stop, role)._release("x")

    def test_stops_are_evidence(self):
        stop = self.stop()
        with self.assertRaises(UserError):
            stop.sudo().unlink()
        with self.assertRaises(AccessError):
            self.as_user(stop, "admin").write({"released_at": self.env.cr.now()})
        for reason in ("", "  "):
            with self.assertRaises(UserError):
                stop._release(reason)
            with self.assertRaises(UserError):
                self.env["finance.stop"]._stop("everything", reason)
        with self.assertRaises(CheckViolation), self.env.cr.savepoint():
            self.env.cr.execute("UPDATE finance_stop SET released_at = now()", log_exceptions=False)

    # -- screens -------------------------------------------------------------------------------

    def test_the_banner_names_what_is_stopped(self):
        self.assertEqual(self.as_user(self.env["finance.stop"], "viewer").get_banner(), [])
        stop = self.stop()
        [line] = self.as_user(self.env["finance.stop"], "viewer").get_banner()
        self.assertEqual((line["name"], line["reason"]), (self.connection.name, "bank called"))
        self.assertEqual(self.as_user(self.env["finance.stop"], "viewer", other_company=True).get_banner(), [])
        stop._release("over")
        self.assertEqual(self.as_user(self.env["finance.stop"], "viewer").get_banner(), [])

    def test_the_dialogs(self):
        action = self.as_user(self.connection, "operator").action_emergency_stop()
        wizard = self.as_user(self.env["finance.stop.wizard"].with_context(**action["context"]), "operator").create(
            {"reason": "fire"}
        )
        self.enqueue(self.flow, {}, {})
        self.assertEqual((wizard.scope, wizard.waiting_count), ("connection", 2))
        wizard.action_confirm()
        stop = self.env["finance.stop"].search([("connection_id", "=", self.connection.id)])
        self.assertEqual((stop.reason, stop.user_id), ("fire", self.user("operator")))
        self.assertIn("fire", self.connection.message_ids[0].body)
        release = self.as_user(stop, "admin").action_release()
        self.as_user(self.env["finance.stop.release.wizard"].with_context(**release["context"]), "admin").create(
            {"reason": "put out"}
        ).action_confirm()
        self.assertEqual((stop.state, stop.release_reason), ("released", "put out"))
