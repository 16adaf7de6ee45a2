from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Date
from odoo.tests import tagged

from ..engine.errors import RejectedError
from .credit_case import CreditCase


@tagged("post_install", "-at_install")
class TestCreditRelease(CreditCase):
    """B-52: what exceeds the limit stays a draft until somebody else releases it."""

    def held(self, amount=1500.0, **values):
        move = self.invoice(amount, post=True, **values)
        self.assertEqual(move.state, "draft")
        self.drain()
        return move, self.run_of(move)

    def test_within_the_limit_is_confirmed_at_once(self):
        move = self.invoice(1000.0, post=True)
        self.assertEqual(move.state, "posted")
        self.assertFalse(self.run_of(move))

    def test_without_a_limit_or_switched_off_nothing_is_held(self):
        self.assertEqual(self.invoice(99999.0, self.free, post=True).state, "posted")
        self.company.sudo().finance_credit_hold = False
        self.assertEqual(self.invoice(99999.0, post=True).state, "posted")

    def test_over_the_limit_is_held_and_says_why_and_who(self):
        move, run = self.held()
        self.assertEqual(run.state, "waiting")
        self.assertEqual(run.amount, 1500.0)
        self.assertEqual(run.started_by_id, self.clerk)
        text = self.as_(move, self.clerk).finance_hold_text
        self.assertIn("500.00", text)
        self.assertIn("Credit controller", text)
        self.assertEqual(run.activity_ids.user_id & self.controllers, self.controllers)
        self.assertNotIn(self.clerk, run.activity_ids.user_id)

    def test_the_button_says_that_it_was_held(self):
        move = self.invoice(1500.0)
        action = self.as_(move, self.clerk).action_post()
        self.assertEqual(action["tag"], "display_notification")

    def test_released_by_a_controller_is_confirmed_exactly_once(self):
        move, run = self.held()
        self.decide(run, self.controllers[0])
        self.assertEqual(move.state, "draft")
        self.drain()
        self.assertEqual((move.state, run.state), ("posted", "done"))
        self.assertEqual(run.step_ids.mapped("state"), ["done"] * 5)
        self.assertEqual(self.row().exposure, 1500.0, "the exposure is current when the run ends")
        self.assertFalse(self.drain())
        self.assertIn(self.controllers[0].name, "".join(move.message_ids.mapped("body")))
        self.assertFalse(move.finance_hold_text)

    def test_b36_who_releases_is_told_how_the_customer_has_paid(self):
        paid = self.invoice(200.0, post=True)
        paid.line_ids.date_maturity = Date.today() - timedelta(days=30)
        self.pay(paid)
        late = paid.line_ids.matched_credit_ids.credit_move_id
        self.assertTrue(late)
        open_one = self.invoice(100.0, post=True)
        open_one.line_ids.filtered("date_maturity").date_maturity = Date.today() - timedelta(days=12)
        # of somebody else: not told
        self.pay(self.invoice(50.0, self.free, post=True))
        _move, run = self.held()
        step = run.step_ids.filtered(lambda step: step.kind == "enrich")
        self.assertEqual(step.state, "done")
        self.assertEqual((step.evidence["paid"], step.evidence["overdue"], step.evidence["oldest_days"]), (1, 1, 12))
        days = (late.date - (Date.today() - timedelta(days=30))).days
        self.assertEqual((step.evidence["days_late"], step.evidence["paid_late"]), (days, int(days > 0)))
        self.assertIn("the oldest since 12 days", self.as_(step, self.controllers[0]).outcome)

    def test_rejected_stays_a_draft_with_the_reason(self):
        move, run = self.held()
        self.decide(run, self.controllers[0], "reject", "pays late")
        self.drain()
        self.assertEqual((move.state, run.state), ("draft", "undone"))
        self.assertIn("pays late", "".join(move.message_ids.mapped("body")))
        self.as_(move, self.clerk).action_post()
        self.assertEqual(len(self.run_of(move)), 2, "asking again is a new process")
        self.assertEqual(move.state, "draft")

    def test_who_wrote_the_invoice_does_not_release_it(self):
        both = self.person(
            "both", "account.group_account_invoice,finance_connector_base.finance_group_credit_controller"
        )
        move, run = self.held(user=both)
        with self.assertRaises(AccessError):
            self.as_(run, both).action_approve()
        self.assertNotIn(both, run.activity_ids.user_id)

    def test_who_changed_it_last_does_not_release_it(self):
        both = self.person(
            "both", "account.group_account_invoice,finance_connector_base.finance_group_credit_controller"
        )
        move, run = self.held()
        self.as_(move, both).write({"ref": "changed"})
        move.flush_recordset()
        with self.assertRaises(AccessError):
            self.as_(run, both).action_approve()
        self.decide(run, self.controllers[0])

    def test_clerks_and_strangers_do_not_release(self):
        _move, run = self.held()
        other = self.setup_other_company()["company"]
        foreign = self.person("foreign", "finance_connector_base.finance_group_credit_controller", other)
        for user in (self.clerk, self.person("second_clerk", "account.group_account_manager"), foreign):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.as_(run, user).action_approve()

    def test_large_ones_need_two(self):
        move, run = self.held(60000.0)
        self.decide(run, self.controllers[0])
        self.drain()
        self.assertEqual(move.state, "draft")
        self.decide(run, self.controllers[1])
        self.drain()
        self.assertEqual(move.state, "posted")

    def test_changed_after_the_release_is_held_again(self):
        """Decision 10: an approval is bound to what was seen; confirming by hand does not help either."""
        move, run = self.held()
        self.decide(run, self.controllers[0])
        move.invoice_line_ids.price_unit = 9000.0
        self.as_(move, self.clerk).action_post()
        self.assertEqual(move.state, "draft")
        self.drain()
        self.assertEqual((move.state, run.state), ("draft", "waiting"))
        self.assertTrue(run.step_ids.approval_ids.is_void)

    def test_changed_between_release_and_posting_is_not_confirmed(self):
        move, run = self.held()
        self.decide(run, self.controllers[0])
        self.env["finance.dispatcher"]._drain(max_messages=1)
        self.env.invalidate_all()
        self.assertEqual(run.current_step_id.kind, "post")
        move.invoice_line_ids.price_unit = 9000.0
        self.drain()
        self.assertEqual((move.state, run.state), ("draft", "failed"))
        self.assertEqual(run.current_step_id.reason_code, "process.facts_changed")

    def test_confirmed_by_hand_after_the_release_is_fine(self):
        move, run = self.held()
        self.decide(run, self.controllers[0])
        self.env["finance.dispatcher"]._drain(max_messages=1)
        self.env.invalidate_all()
        self.as_(move, self.clerk).action_post()
        self.assertEqual(move.state, "posted")
        self.drain()
        self.assertEqual(run.state, "done")

    def test_fits_by_now_confirms_and_ends_the_release(self):
        move, run = self.held()
        self.limited.credit_limit = 5000.0
        self.as_(move, self.clerk).action_post()
        self.assertEqual((move.state, run.state), ("posted", "undone"))
        self.assertFalse(run.activity_ids)

    def test_cancelled_and_deleted_invoices_end_the_release(self):
        move, run = self.held()
        move.button_cancel()
        self.assertEqual(run.state, "undone")
        move, run = self.held()
        move.unlink()
        self.assertEqual(run.state, "undone")

    def test_two_that_fit_alone_and_not_together(self):
        first, second = self.invoice(600.0), self.invoice(600.0)
        self.as_(first | second, self.clerk).action_post()
        self.assertEqual(sorted((first | second).mapped("state")), ["draft", "posted"])

    def test_other_documents_of_a_batch_are_confirmed(self):
        small, large = self.invoice(100.0, self.free), self.invoice(5000.0)
        refund = self.invoice(50.0, move_type="out_refund")
        self.as_(small | large | refund, self.clerk).action_post()
        self.assertEqual((small | large | refund).mapped("state"), ["posted", "draft", "posted"])

    def test_credit_notes_are_never_held(self):
        self.assertEqual(self.invoice(99999.0, move_type="out_refund", post=True).state, "posted")

    def test_closed_period_is_named_and_nothing_is_redated(self):
        move, run = self.held()
        self.company.sudo().fiscalyear_lock_date = "2026-01-31"
        self.decide(run, self.controllers[0])
        self.drain()
        self.assertEqual((run.state, run.current_step_id.reason_code), ("failed", "process.period_closed"))
        self.assertEqual((move.state, str(move.date)), ("draft", "2026-01-15"))
        self.company.sudo().fiscalyear_lock_date = False
        self.as_(run, self.controllers[0]).action_retry()
        self.drain()
        self.assertEqual((run.state, move.state), ("done", "posted"))

    def test_b37_a_failure_after_confirming_takes_it_back(self):
        self.process.step_ids[-1].on_failure = "undo"
        move, run = self.held()
        confirm = type(self.env["finance.step.credit.confirm"])
        with patch.object(confirm, "_run", side_effect=RejectedError("the books disagree")):
            self.decide(run, self.controllers[0])
            self.drain()
        self.assertEqual((run.state, move.state), ("undone", "draft"))
        self.assertEqual(run.step_ids.mapped("state"), ["done", "done", "done", "undone", "failed"])

    def test_b37_what_is_paid_is_not_taken_back(self):
        move, run = self.held()
        confirm = type(self.env["finance.step.credit.confirm"])
        with patch.object(confirm, "_run", side_effect=RejectedError("the books disagree")):
            self.decide(run, self.controllers[0])
            self.drain()
        self.assertEqual((run.state, move.state), ("failed", "posted"))
        self.pay(move)
        self.decide(run, self.controllers[0], "cancel", "no")
        self.drain()
        self.assertEqual((run.state, move.state), ("undo_failed", "posted"))
        self.decide(run, self.controllers[0], "skip", "credit note made")
        self.assertEqual(run.state, "undone")

    def test_late_release_escalates_and_stays_held(self):
        move, run = self.held()
        run.due_at = self.env.cr.now() - timedelta(hours=1)
        self.env["finance.process.run"].sudo()._cron_escalate()
        self.drain()
        self.assertEqual((move.state, run.state, run.is_escalated), ("draft", "waiting", True))

    def test_reset_to_draft_and_confirmed_again_needs_a_new_release(self):
        move, run = self.held()
        self.decide(run, self.controllers[0])
        self.drain()
        move.button_draft()
        self.as_(move, self.clerk).action_post()
        self.assertEqual(move.state, "draft")
        self.assertEqual(len(self.run_of(move)), 2)

    def test_clerks_may_cancel_what_they_started_and_nothing_else(self):
        move, run = self.held()
        with self.assertRaises(AccessError):
            self.as_(run, self.person("other_clerk", "account.group_account_invoice")).action_cancel()
        self.decide(run, self.clerk, "cancel", "wrong customer")
        self.assertEqual(run.state, "undone")

    # -- S-23, S-10, R-01: another system has to clear exactly this invoice ------------------

    def give(self, run, verdict, **values):
        self.env["finance.process.verdict"]._give(self.company, run.correlation_id, "risk", verdict, **values)
        self.drain()

    def risky(self, amount=100.0):
        self.risk = self.env.ref("finance_connector_base.finance_process_risk_release").sudo()
        self.risk.active = True
        move = self.invoice(amount, post=True)
        self.drain()
        return move, self.run_of(move)

    def test_s23_held_until_the_verdict_with_its_correlation_id(self):
        move, run = self.risky()
        self.assertEqual((move.state, run.state), ("draft", "waiting"))
        self.env["finance.process.verdict"]._give(self.company, "someone-else", "risk", "cleared")
        self.drain()
        self.assertEqual(move.state, "draft")
        self.give(run, "cleared")
        self.assertEqual((move.state, run.state), ("posted", "done"))

    def test_s23_confirming_again_does_not_pass_the_hold(self):
        move, run = self.risky()
        self.as_(move, self.clerk).action_post()
        self.assertEqual(move.state, "draft")
        self.assertEqual(len(self.run_of(move)), 1)

    def test_s23_refused_stays_held(self):
        move, run = self.risky()
        self.give(run, "refused", detail="listed")
        self.assertEqual((move.state, run.state), ("draft", "failed"))
        self.assertIn("listed", move.finance_hold_text)

    def test_s23_changed_while_it_waits_is_not_cleared(self):
        move, run = self.risky()
        move.invoice_line_ids.price_unit = 5.0
        self.give(run, "cleared")
        self.assertEqual((move.state, run.state), ("draft", "failed"))

    def test_s23_late_verdict_escalates_and_stays_held(self):
        move, run = self.risky()
        run.due_at = self.env.cr.now() - timedelta(days=9)
        self.env["finance.process.run"].sudo()._cron_escalate()
        self.drain()
        self.assertEqual((move.state, run.is_escalated), ("draft", True))

    def test_s23_only_what_the_domain_names(self):
        self.risky()
        self.risk.record_domain = "[('amount_total', '>', 500)]"
        self.assertEqual(self.invoice(100.0, post=True).state, "posted")
        self.assertEqual(self.invoice(600.0, post=True).state, "draft")

    def test_risk_first_then_credit(self):
        """An invoice that two processes stop passes both, one after the other."""
        move, risk = self.risky(1500.0)
        self.assertEqual(risk.process_id, self.risk)
        self.give(risk, "cleared")
        self.assertEqual(move.state, "draft")
        credit = self.run_of(move) - risk
        self.assertEqual((risk.state, credit.state), ("done", "waiting"))
        self.decide(credit, self.controllers[0])
        self.drain()
        self.assertEqual((move.state, credit.state), ("posted", "done"))
        with self.assertRaises(UserError):
            self.as_(credit, self.controllers[1]).action_approve()
