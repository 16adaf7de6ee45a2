"""Screening and payee verification in the way of release (K-26, S-29): pass alone lets money go."""

import psycopg2

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from sandbox.process import StandIn

from .common import FOREIGN_IBAN, OTHER_IBAN, SUPPLIER_IBAN
from .payment_case import PaymentCase


@tagged("post_install", "-at_install")
class TestPaymentVerdict(PaymentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.service = StandIn("sandbox.screening")
        cls.addClassCleanup(cls.service.stop)

    def setUp(self):
        super().setUp()
        self.service.control("POST", "/reset")
        self.service.control("DELETE", "/chaos")
        self.connection = self.make_connection(
            "finance.payment.adapter.screening",
            name="Screening",
            http_base_url=self.service.ready["url"],
            http_networks="127.0.0.0/8, ::1",
            http_allow_plain=True,
            http_read_timeout=1,
            http_total_timeout=2,
        )
        self.flow = self.make_flow(
            self.connection, name="Screening", handler="finance.handler.payment.check", direction="out"
        )
        self.check = self.env["finance.payment.check"].create(
            {"name": "Sanctions", "company_id": self.company.id, "flow_id": self.flow.id}
        )

    def lists(self, **values):
        self.service.control("PUT", "/settings", values)

    def asked(self, *amounts, **values):
        """:return: an approved order about which was asked"""
        order = self.approved(*amounts, **values)
        self.drain()
        order.invalidate_recordset()
        return order

    def review(self, order, user, verdict="pass", reason="called the payee"):
        with self.at_the_screen(user):
            wizard = self.by(user, self.env["finance.payment.review.wizard"])
            wizard.create({"order_id": order.id, "verdict": verdict, "reason": reason}).action_confirm()
        order.invalidate_recordset()

    def assertHeldBack(self, order, pattern):
        with self.assertRaisesRegex(UserError, pattern):
            self.release(order)
        self.assertEqual(order.state, "approved")

    def test_k26_a_pass_lets_it_go_and_is_kept_with_its_evidence(self):
        order = self.asked(100.0)
        self.assertEqual(order.verdict_state, "pass")
        verdict = order.verdict_ids
        self.assertEqual((verdict.verdict, verdict.digest, verdict.reference), ("pass", order.digest, "S-1"))
        self.assertEqual(verdict.provider, "Screening")
        with verdict.sudo().evidence_id._open() as stream:
            self.assertIn(b'"verdict": "pass"', stream.read())
        self.release(order)
        self.assertEqual(order.state, "released")

    def test_k26_a_rule_or_a_route_asks_for_it_too(self):
        self.check.scope = "asked"
        self.assertEqual(self.proposed(100.0).verdict_state, "none")
        rule = self.env["finance.payment.rule"].create(
            {"name": "Large", "company_id": self.company.id, "amount_from": 500, "check_ids": self.check.ids}
        )
        self.assertEqual(self.proposed(499.0).verdict_state, "none")
        order = self.approved(500.0)
        self.assertEqual(order.verdict_state, "waiting")
        self.assertHeldBack(order, "has not answered yet")
        self.drain()
        order.invalidate_recordset()
        self.release(order)
        rule.active = False
        route = self.env["finance.payment.route"].create(
            {
                "name": "Abroad",
                "company_id": self.company.id,
                "journal_id": self.journal.id,
                "profile": "generic_transfer",
                "check_ids": self.check.ids,
            }
        )
        self.assertEqual(self.proposed(50.0).verdict_state, "none", "another way")
        # entered by hand, and the same way
        order = self.proposed(50.0, profile="generic_transfer")
        self.assertEqual(order.verdict_state, "waiting")
        route.active = False
        order.invalidate_recordset()
        self.assertEqual(order.verdict_state, "none")

    def test_s29_without_an_answer_nothing_is_released(self):
        order = self.approved(100.0)
        self.assertEqual(order.verdict_state, "waiting")
        self.assertHeldBack(order, "has not answered yet")

    def test_s29_a_hold_blocks_and_no_person_lifts_it(self):
        self.lists(held=["bolt"])
        order = self.asked(100.0)
        self.assertEqual(order.verdict_state, "hold")
        self.assertHeldBack(order, "bolt is listed")
        with self.assertRaisesRegex(UserError, "nothing to review"):
            self.review(order, self.second_approver)

    def test_s29_down_slow_or_nonsense_is_a_review_and_never_a_pass(self):
        for chaos in (
            {"mode": "status", "status": 500, "body": "no"},
            {"mode": "black_hole"},
            {"mode": "html"},
            {"mode": "nonsense"},
            {"mode": "reset_after_effect"},
        ):
            with self.subTest(chaos["mode"]):
                self.service.control("PUT", "/chaos", [chaos])
                order = self.asked(100.0)
                self.assertEqual(order.verdict_state, "review")
                self.assertHeldBack(order, "does not let it pass")
                self.env["finance.circuit"].search([]).unlink()
                self.service.control("DELETE", "/chaos")
        self.service.control("POST", "/refuse")
        self.addCleanup(self.service.control, "POST", "/accept")
        order = self.asked(100.0)
        self.assertEqual(order.verdict_state, "review")

    def test_s29_an_answer_about_something_else_is_a_review(self):
        self.lists(answers_with={"digest": "other", "reference": "S-1", "verdict": "pass"})
        order = self.asked(100.0)
        self.assertEqual(order.verdict_state, "review")

    def test_a_review_is_decided_by_an_approver_with_a_reason(self):
        self.lists(reviewed=["bolt"])
        order = self.asked(100.0)
        for user in (self.creator, self.releaser):
            with self.assertRaises(AccessError):
                self.review(order, user)
        with self.assertRaisesRegex(UserError, "looked at"):
            self.review(order, self.second_approver, reason="")
        self.review(order, self.second_approver)
        self.assertEqual(order.verdict_state, "pass")
        self.assertEqual(order.verdict_ids[0].user_id, self.second_approver)
        self.release(order)
        self.assertEqual(order.state, "released")

    def test_what_a_person_held_no_second_question_lifts(self):
        self.lists(reviewed=["bolt"])
        order = self.asked(100.0)
        self.review(order, self.second_approver, verdict="hold")
        self.lists(reviewed=[])
        self.by(self.approver, order).action_ask_checks()
        self.drain()
        order.invalidate_recordset()
        self.assertEqual(order.verdict_state, "hold")

    def test_a_verdict_is_about_what_was_asked_about(self):
        order = self.asked(100.0)
        before = order.digest
        with self.assertRaises(AccessError):
            self.by(self.approver, order).write({"requested_date": "2027-01-04"})
        self.by(self.creator, order).write({"requested_date": "2027-01-04"})
        self.assertEqual(order.state, "draft")
        self.by(self.creator, order).action_propose()
        self.assertNotEqual(order.digest, before)
        self.assertEqual(order.verdict_state, "waiting")

    def test_an_old_verdict_does_not_count(self):
        order = self.asked(100.0)
        self.check.hours_valid = 1
        self.env.cr.execute("ALTER TABLE finance_payment_verdict DISABLE TRIGGER USER")
        self.env.cr.execute("UPDATE finance_payment_verdict SET at = at - interval '2 hours'")
        self.env.cr.execute("ALTER TABLE finance_payment_verdict ENABLE TRIGGER USER")
        order.invalidate_recordset()
        order.verdict_ids.invalidate_recordset()
        self.assertHeldBack(order, "has not answered yet")

    def test_a_smaller_order_needs_no_check(self):
        self.check.amount_from = 500.0
        order = self.asked(100.0)
        self.assertEqual(order.verdict_state, "none")
        self.release(order)
        self.assertEqual(order.state, "released")

    def test_of_payees_the_worst_counts(self):
        self.check.kind = "payee"
        self.lists(holders={SUPPLIER_IBAN: "Bolt Supplier", FOREIGN_IBAN: "Cedar Supplier"})
        order = self.asked(100.0, 50.0)
        self.assertEqual(order.verdict_state, "pass")
        self.lists(holders={SUPPLIER_IBAN: "Bolt Supplier", FOREIGN_IBAN: "Cedar Trading"})
        self.assertEqual(self.asked(100.0, 50.0).verdict_state, "review", "a holder who shares a word")
        self.lists(holders={SUPPLIER_IBAN: "Somebody Else", FOREIGN_IBAN: "Cedar Supplier"})
        order = self.asked(100.0, 50.0)
        self.assertEqual(order.verdict_state, "hold")
        self.assertIn("1 no match", order.verdict_ids[0].detail)

    def test_a_verdict_is_looked_at_once_more_before_it_leaves(self):
        order = self.asked(100.0)
        self.release(order)
        self.env["finance.payment.verdict"].sudo().create(
            {
                "order_id": order.id,
                "company_id": self.company.id,
                "check_id": self.check.id,
                "kind": "screening",
                "verdict": "hold",
                "digest": order.digest,
                "at": self.env.cr.now(),
            }
        )
        self.assertTrue(order._verdict_problem())

    def test_nobody_changes_or_removes_a_verdict(self):
        order = self.asked(100.0)
        for statement in (
            "UPDATE finance_payment_verdict SET verdict = 'pass'",
            "DELETE FROM finance_payment_verdict",
            "TRUNCATE finance_payment_verdict",
        ):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaisesRegex(psycopg2.Error, "never changed"),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(statement)
        with self.assertRaises(AccessError):
            self.by(self.approver, order.verdict_ids).write({"verdict": "pass"})
        with self.assertRaises(AccessError):
            self.by(self.approver, self.env["finance.payment.verdict"]).create({"order_id": order.id})

    def test_what_changes_while_it_is_asked_is_not_passed(self):
        """The answer is about what was approved, and that is not what the records say by now."""
        order = self.approved(100.0)
        self.supplier_account.acc_number = OTHER_IBAN
        self.drain()
        order.invalidate_recordset()
        self.assertFalse(order.verdict_ids)
        self.assertEqual(order.verdict_state, "waiting")
