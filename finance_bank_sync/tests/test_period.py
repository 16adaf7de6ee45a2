"""Closed periods hold, they never silently re-date (fault 53, pain 10)."""

from datetime import date, timedelta
from unittest.mock import patch

from odoo.exceptions import UserError

from .camt_writer import DAY, Booking, days
from .common import ADVISER, IBAN, OPERATOR, OTHER_IBAN, BankCase

LOCK = date(2026, 3, 31)


class TestPeriod(BankCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.adviser = cls.make_user("period_adviser", OPERATOR, ADVISER)

    def close(self, field="fiscalyear_lock_date", day=LOCK, company=None):
        (company or self.company).sudo().write({field: day})

    def held(self, **values):
        [statement] = self.receive_statement(self.statement(Booking("5.00", text="late"), **values))
        self.assertHeld(statement, "bank_period_closed")
        return statement

    def test_53_closed_period_holds_and_the_date_stays(self):
        """[V] core moves such a line to the first open day without a word."""
        self.close()
        statement = self.held()
        self.assertEqual(statement.entry_ids.booking_date, DAY)
        self.assertNothingOnLedger()
        exception = self.open_exception(statement)
        self.assertEqual((exception.error_class, exception.params["date"]), ("business", "2026-03-02"))
        self.assertIn("03/31/2026", exception.detail)

    def test_53_resumes_by_itself_when_the_period_is_opened(self):
        self.close()
        statement = self.held()
        self.company.fiscalyear_lock_date = date(2026, 2, 28)
        self.drain()
        self.assertPosted(statement)
        self.assertEqual(self.lines().date, DAY)
        self.assertEqual(self.lines().move_id.date, DAY)

    def test_53_opened_not_far_enough_is_held_again(self):
        self.close()
        statement = self.held()
        self.company.fiscalyear_lock_date = date(2026, 3, 15)
        self.drain()
        self.assertHeld(statement, "bank_period_closed")

    def test_53_hard_lock(self):
        self.close("hard_lock_date")
        self.held()

    def test_53_locks_of_other_journals_do_not_matter(self):
        self.close("sale_lock_date")
        self.close("purchase_lock_date")
        self.close("tax_lock_date")
        [statement] = self.receive_statement(self.statement(Booking("5.00")))
        self.assertPosted(statement)
        self.assertEqual(self.lines().date, DAY)

    def test_53_exception_for_everyone_opens_the_period(self):
        self.close()
        statement = self.held()
        self.env["account.lock_exception"].create(
            {
                "company_id": self.company.id,
                "user_id": False,
                "fiscalyear_lock_date": False,
                "reason": "late statement",
            }
        )
        self.drain()
        self.assertPosted(statement)
        self.assertEqual(self.lines().date, DAY)

    def test_53_exception_of_one_person_does_not_open_it_for_the_queue(self):
        self.close()
        statement = self.held()
        self.env["account.lock_exception"].create(
            {"company_id": self.company.id, "user_id": self.adviser.id, "fiscalyear_lock_date": False}
        )
        self.drain()
        self.assertHeld(statement, "bank_period_closed")

    def test_53_lock_of_the_parent_holds_in_the_branch(self):
        branch = self.make_company("Branch", parent_id=self.company.id)
        journal = self.make_bank_journal(branch, OTHER_IBAN)
        self.close()
        [statement] = self.receive_statement(self.statement(Booking("5.00"), account=OTHER_IBAN), company=branch)
        self.assertHeld(statement, "bank_period_closed")
        self.company.fiscalyear_lock_date = False
        self.drain()
        self.assertPosted(statement)
        self.assertEqual(self.lines(journal).date, DAY)

    def test_53_opening_one_company_resumes_nothing_of_another(self):
        self.close()
        statement = self.held()
        self.other_company.fiscalyear_lock_date = date(2026, 1, 31)
        self.drain()
        self.assertEqual(len(statement.message_id.attempt_ids), 1)

    def test_53_closed_between_check_and_posting_rolls_back(self):
        """The lock comes from another session after the check: what was posted is undone, date untouched."""
        handler = self.env.registry["finance.bank.handler.statement"]
        original = handler._check_period

        def check_then_close(model, statement):
            outcome = original(model, statement)
            if outcome is None:
                self.close()
            return outcome

        with patch.object(handler, "_check_period", check_then_close):
            [statement] = self.receive_statement(self.statement(Booking("5.00")))
        self.assertEqual((statement.message_id.state, statement.message_id.reason_code), ("held", "bank_period_closed"))
        self.assertEqual(statement.state, "held")
        self.assertNothingOnLedger()
        self.assertEqual(statement.entry_ids.state, "staged")

    def test_53_one_entry_of_the_closed_month_holds_the_whole_statement(self):
        self.close(day=DAY)
        [statement] = self.receive_statement(
            self.statement(
                Booking("1.00"), Booking("2.00", day=DAY + timedelta(days=1)), to_day=DAY + timedelta(days=1)
            )
        )
        self.assertHeld(statement, "bank_period_closed")
        self.assertNothingOnLedger()

    def test_53_known_entries_of_a_closed_period_do_not_hold_what_is_new(self):
        """An overlapping statement: its old part is on the ledger since before the closing."""
        one, two = days(IBAN, "0.00", [[Booking("1.00")], [Booking("2.00")]])
        self.receive_statement(one, name="1.xml")
        self.lines().move_id.line_ids.filtered(
            lambda line: line.account_id == self.journal.suspense_account_id
        ).with_context(skip_readonly_check=True).account_id = self.company.expense_accrual_account_id or self.env[
            "account.account"
        ].search([("company_ids", "=", self.company.id), ("account_type", "=", "expense")], limit=1)
        self.close(day=DAY)
        both = self.statement(Booking("1.00"), Booking("2.00", day=two.day), to_day=two.day, identification="BOTH")
        [statement] = self.receive_statement(both, name="both.xml")
        self.assertPosted(statement)
        self.assertEqual(self.amounts(), [1, 2])

    def test_53_value_date_decides_where_it_is_the_date_of_the_line(self):
        self.journal.finance_date_basis = "value"
        self.close(day=DAY)
        [statement] = self.receive_statement(self.statement(Booking("1.00", value_day=DAY + timedelta(days=2))))
        self.assertPosted(statement)
        self.assertEqual(self.lines().date, DAY + timedelta(days=2))

    def test_53_following_statements_wait_as_a_gap_and_follow_by_themselves(self):
        one, two = days(IBAN, "0.00", [[Booking("1.00")], [Booking("2.00")]], first=date(2026, 3, 31))
        zero = self.statement(Booking("4.00"), day=date(2026, 4, 1))
        self.assertTrue(zero)
        self.receive_statement(self.statement(opening="0.00", day=date(2026, 3, 30)), name="0.xml")
        self.close()
        [closed] = self.receive_statement(one, name="1.xml")
        [after] = self.receive_statement(two, name="2.xml")
        self.assertHeld(closed, "bank_period_closed")
        self.assertHeld(after, "bank_gap")
        self.company.fiscalyear_lock_date = False
        self.drain()
        self.assertPosted(closed + after)

    def test_reconcile_by_hand_respects_the_closed_period(self):
        line = self.pay("5.00", text="?")
        account = self.env["account.account"].search(
            [("company_ids", "=", self.company.id), ("account_type", "=", "expense")], limit=1
        )
        wizard = self.env["finance.bank.reconcile.wizard"].with_user(self.adviser)
        wizard = wizard.create({"line_id": line.id, "account_id": account.id})
        self.company.sudo().with_context(ignore=1)._write({"fiscalyear_lock_date": LOCK})
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "closed period"):
            wizard.action_confirm()
