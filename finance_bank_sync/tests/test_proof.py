"""Proof before posting, and who may post without it (K-05; faults 42, 55)."""

from decimal import Decimal

import psycopg2

from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from .camt_writer import Booking, camt053, days
from .common import ACCOUNTANT, ADVISER, IBAN, OPERATOR, BankCase


class TestProof(BankCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = cls.make_user("proof_accountant", OPERATOR, ACCOUNTANT)

    def accept(self, statement, reason="the bank corrects it tomorrow", user=None):
        exception = self.open_exception(statement).with_user(user or self.accountant)
        action = exception.action_fix()
        self.assertEqual(action["res_model"], "finance.bank.accept.wizard")
        wizard = self.env[action["res_model"]].with_user(user or self.accountant).with_context(**action["context"])
        wizard.create({"reason": reason}).action_confirm()
        self.drain()

    def wrong(self, closing="12.00", **values):
        return self.statement(Booking("10.00", text="a"), closing=closing, **values)

    def test_k05_proved(self):
        statement = self.receive_statement(self.statement(Booking("10.00"), Booking("-4.00"), opening="-2.50"))
        self.assertPosted(statement)
        self.assertEqual((statement.proof, statement.difference), ("proved", 0))
        self.assertEqual((statement.opening, statement.closing), (-2.5, 3.5))
        self.assertTrue(statement.statement_id.is_valid)
        self.assertTrue(statement.statement_id.is_complete)

    def test_k05_failed_is_held_with_the_difference_and_nothing_on_the_ledger(self):
        statement = self.receive_statement(self.wrong())
        self.assertHeld(statement, "bank_proof_failed")
        self.assertEqual((statement.proof, statement.difference), ("failed", 2))
        detail = self.open_exception(statement).detail
        self.assertIn("2.00 EUR are missing", detail)
        self.assertNothingOnLedger()
        self.assertEqual(statement.entry_ids.mapped("state"), ["staged"], "what was received stays to be looked at")
        self.assertEqual(self.journal.finance_attention_count, 1)

    def test_k05_the_statement_says_what_holds_it_and_offers_the_fix(self):
        """Who finds the statement first need not look for its exception."""
        statement = self.receive_statement(self.wrong()).with_user(self.accountant)
        exception = self.open_exception(statement)
        self.assertEqual((statement.attention, statement.remedy), (exception.detail, exception.remedy))
        self.assertEqual(statement.fix_label, exception.fix_label)
        self.assertEqual(statement.action_fix(), exception.with_user(self.accountant).action_fix())
        reader = self.make_user("proof_reader", "account.group_account_readonly")
        self.assertEqual(statement.with_user(reader).attention, exception.detail)
        with self.assertRaises(AccessError):
            statement.with_user(reader).action_fix()
        self.accept(statement)
        self.assertFalse(statement.attention or statement.fix_label)
        with self.assertRaisesRegex(UserError, "Nothing holds"):
            statement.action_fix()

    def test_k05_what_was_read_leniently_is_told(self):
        """A sentence and a place for each; a code of a new format is shown as it is."""
        statement = self.receive_statement(self.statement(Booking("10.00")))
        self.assertFalse(statement.readings)
        statement.warnings = [["status_unknown", "2 times"], ["page_torn", "line 7"]]
        self.assertEqual(
            statement.readings.splitlines(),
            ["A status of a booking is not known: it is listed and not booked. (2 times)", "page torn (line 7)"],
        )

    def test_k05_accepted_with_a_reason_goes_on(self):
        statement = self.receive_statement(self.wrong())
        with self.trap_audit() as audit:
            self.accept(statement)
        self.assertPosted(statement)
        self.assertEqual(statement.accepted_by_id, self.accountant)
        self.assertEqual(statement.accepted_reason, "the bank corrects it tomorrow")
        self.assertEqual((statement.proof, self.amounts()), ("failed", [10]))
        accepted = [call for call in audit if call["event"] == "bank.statement.accepted"]
        self.assertEqual(len(accepted), 1)
        self.assertEqual(accepted[0]["record"], statement)
        self.assertEqual(accepted[0]["reason"], "the bank corrects it tomorrow")
        self.assertEqual(accepted[0]["after"]["difference"], "2.00")
        self.assertEqual(accepted[0]["correlation_id"], statement.correlation_id)
        self.assertTrue([call for call in audit if call["event"] == "bank.statement.posted"])

    def test_k05_accepting_one_thing_does_not_accept_another(self):
        """Wrong sum and a gap: each is asked about, with its own difference."""
        first, _second = days(IBAN, "0.00", [[Booking("1.00")], [Booking("1.00")]])
        self.assertPosted(self.receive_statement(first, name="1.xml"))
        statement = self.receive_statement(
            self.wrong(day=first.day.replace(day=9), opening="50.00", closing="62.00"), name="2.xml"
        )
        self.assertHeld(statement, "bank_proof_failed")
        self.accept(statement)
        self.assertHeld(statement, "bank_gap")
        self.assertEqual(len(self.lines()), 1)
        self.accept(statement)
        self.assertPosted(statement)
        self.assertEqual(set(statement.accepted_differences), {"bank_proof_failed", "bank_gap"})

    def test_k05_acceptance_holds_for_its_difference_only(self):
        """The gap that was accepted is another one by the time the statement is worked."""
        one, two, three = days(IBAN, "0.00", [[Booking("1.00")], [Booking("2.00")], [Booking("3.00")]])
        self.receive_statement(one, name="1.xml")
        held = self.receive_statement(three, name="3.xml")
        self.assertHeld(held, "bank_gap")
        held.sudo().accepted_differences = {"bank_gap": "99.00"}
        held.message_id._retry("again")
        self.drain()
        self.assertHeld(held, "bank_gap")

    def test_k05_unprovable_is_marked_and_posts(self):
        statement = self.receive_statement(self.statement(Booking("10.00"), opening=None))
        self.assertPosted(statement)
        self.assertEqual((statement.proof, statement.has_opening, statement.has_closing), ("unprovable", False, False))
        self.assertEqual(self.amounts(), [10])
        self.assertEqual(statement.statement_id.line_ids, self.lines())

    def test_k05_closing_alone_proves_nothing(self):
        statement = self.receive_statement(self.statement(Booking("10.00"), opening=None, closing="10.00"))
        self.assertPosted(statement)
        self.assertEqual((statement.proof, statement.has_closing), ("unprovable", True))

    def test_41_control_sums_stand_in_for_missing_balances(self):
        """TxsSummry says two entries of 30.00, the file holds one of 10.00: cut off."""
        summary = b"<TxsSummry><TtlNtries><NbOfNtries>2</NbOfNtries><Sum>30.00</Sum></TtlNtries></TxsSummry><Ntry>"
        content = camt053(self.statement(Booking("10.00"), opening=None)).replace(b"<Ntry>", summary, 1)
        statement = self.statements_of(self.receive(content))
        self.assertHeld(statement, "bank_control_differs")
        self.assertNothingOnLedger()
        self.assertIn("30.00", self.open_exception(statement).detail)
        self.accept(statement)
        self.assertPosted(statement)

    def test_k05_right_balances_outweigh_wrong_control_sums(self):
        summary = b"<TxsSummry><TtlNtries><NbOfNtries>7</NbOfNtries></TtlNtries></TxsSummry><Ntry>"
        content = camt053(self.statement(Booking("10.00"))).replace(b"<Ntry>", summary, 1)
        statement = self.statements_of(self.receive(content))
        self.assertPosted(statement)
        self.assertEqual(statement.summary["wrong"], [["count", "7", "1"]])

    def test_55_sums_are_exact(self):
        """0.10 + 0.20 = 0.30, thirty times."""
        bookings = [Booking(f"0.{tenth}0", text=f"{n}.{tenth}") for n in range(15) for tenth in (1, 2)]
        statement = self.receive_statement(self.statement(*bookings, closing="4.50"))
        self.assertPosted(statement)
        self.assertEqual(statement.proof, "proved")

    def test_55_balances_of_eighteen_digits_are_compared_exactly(self):
        """As a float 1234567890123456.78 is .75: no difference may come out of that."""
        statement = self.receive_statement(
            self.statement(Booking("0.01"), opening="1234567890123456.78", closing="1234567890123456.79")
        )
        self.assertEqual(statement.proof, "proved")
        self.assertPosted(statement)
        wrong = self.receive_statement(
            self.statement(
                Booking("0.01"), opening="1234567890123456.79", closing="1234567890123456.81", identification="B"
            ),
            name="b.xml",
        )
        self.assertHeld(wrong, "bank_proof_failed")
        self.assertEqual(Decimal(self.open_exception(wrong).params["difference"]), Decimal("0.01"))

    def test_55_amount_too_large_for_the_ledger_is_held(self):
        statement = self.receive_statement(self.statement(Booking("1234567890123456.78")))
        self.assertHeld(statement, "bank_amount_precision")
        self.assertNothingOnLedger()

    def test_k04_every_balance_is_kept(self):
        """K-04: booked, available and forward balances with their dates, as the bank printed them."""
        more = "".join(
            f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='EUR'>{amount}</Amt>"
            f"<CdtDbtInd>DBIT</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
            for code, amount, day in (("CLAV", "1.00", "2026-03-02"), ("FWAV", "2.00", "2026-03-03"))
        )
        content = camt053(self.statement(Booking("10.00"))).replace(b"<Ntry>", more.encode() + b"<Ntry>", 1)
        statement = self.statements_of(self.receive(content))
        self.assertPosted(statement)
        self.assertEqual(
            [(b["code"], b["amount"], b["currency"], b["date"]) for b in statement.balances],
            [
                ("OPBD", "0.00", "EUR", "2026-03-02"),
                ("CLBD", "10.00", "EUR", "2026-03-02"),
                ("CLAV", "-1.00", "EUR", "2026-03-02"),
                ("FWAV", "-2.00", "EUR", "2026-03-03"),
            ],
        )
        self.assertEqual(statement.created_by_bank_at, "2026-03-02T23:00:00")

    def test_k05_no_invented_balances(self):
        """Pain 9: an overlap or an acceptance never changes what the bank printed."""
        statement = self.receive_statement(self.wrong())
        self.accept(statement)
        self.assertEqual((statement.opening, statement.closing), (0, 12))
        self.assertEqual(statement.statement_id.balance_end_real, 12)

    # -- currency --------------------------------------------------------------------------

    def test_currency_of_the_statement_differs_from_the_journal(self):
        statement = self.receive_statement(self.statement(Booking("10.00"), currency="USD"))
        self.assertHeld(statement, "bank_currency_mismatch")
        self.assertIn("USD", self.open_exception(statement).detail)
        self.assertNothingOnLedger()

    def test_currency_corrected_on_the_journal_lets_it_go_on(self):
        statement = self.receive_statement(self.statement(Booking("10.00"), currency="USD"))
        self.journal.currency_id = self.usd
        self.drain()
        self.assertPosted(statement)
        self.assertEqual(self.lines().currency_id, self.usd)

    def test_currency_of_one_entry_differs(self):
        statement = self.receive_statement(
            self.statement(Booking("10.00"), Booking("5.00", currency="USD"), closing="15.00")
        )
        self.assertHeld(statement, "bank_currency_mismatch")

    def test_currency_of_a_balance_differs(self):
        content = camt053(self.statement(Booking("10.00")))
        statement = self.statements_of(self.receive(content.replace(b'<Amt Ccy="EUR">0.00', b'<Amt Ccy="USD">0.00')))
        self.assertHeld(statement, "bank_currency_mismatch")

    def test_currency_that_the_file_does_not_tell(self):
        """Acct/Ccy is optional: the balances and entries tell it."""
        content = camt053(self.statement(Booking("10.00"))).replace(b"<Ccy>EUR</Ccy>", b"")
        statement = self.statements_of(self.receive(content))
        self.assertPosted(statement)
        self.assertEqual(statement.currency_name, "EUR")

    # -- who may accept --------------------------------------------------------------------

    def test_accept_needs_operator_and_accountant(self):
        statement = self.receive_statement(self.wrong())
        operator = self.make_user("proof_operator", OPERATOR)
        accountant_only = self.make_user("proof_accountant_only", ACCOUNTANT)
        wizard = self.env["finance.bank.accept.wizard"]
        with self.assertRaises(AccessError):
            wizard.with_user(operator).create({"statement_id": statement.id, "reason": "x"}).action_confirm()
        with self.assertRaises(AccessError):
            wizard.with_user(accountant_only).create({"statement_id": statement.id, "reason": "x"})
        self.assertFalse(statement.accepted_by_id)
        self.assertHeld(statement, "bank_proof_failed")

    def test_accept_by_community_administrator(self):
        """Odoo Community offers 'Administrator' alone, which does not imply the accountant's group."""
        statement = self.receive_statement(self.wrong())
        self.accept(statement, user=self.make_user("proof_adviser", OPERATOR, ADVISER))
        self.assertPosted(statement)

    def test_accept_needs_a_reason(self):
        statement = self.receive_statement(self.wrong())
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.IntegrityError), self.env.cr.savepoint():
            self.accept(statement, reason=False)
        self.assertFalse(statement.accepted_by_id)

    def test_accept_only_what_is_held_for_its_balances(self):
        posted = self.receive_statement(self.statement(Booking("1.00")))
        wizard = self.env["finance.bank.accept.wizard"].with_user(self.accountant)
        with self.assertRaisesRegex(UserError, "nothing to accept"):
            wizard.create({"statement_id": posted.id, "reason": "x"}).action_confirm()
        self.assertFalse(posted.accepted_by_id)

    def test_accept_refuses_what_changed_since_it_was_shown(self):
        """The dialog showed one exception; by the time of the click another one is open."""
        statement = self.receive_statement(self.wrong())
        wizard = self.env["finance.bank.accept.wizard"].with_user(self.accountant)
        shown = wizard.create(
            {"statement_id": statement.id, "exception_id": self.open_exception(statement).id, "reason": "x"}
        )
        statement.message_id._retry("again")
        self.drain()
        with self.assertRaisesRegex(UserError, "Look again"):
            shown.action_confirm()

    # -- what else a person may do ---------------------------------------------------------

    def test_discarded_statement_needs_nobody_any_more(self):
        statement = self.receive_statement(self.wrong())
        statement.message_id.with_user(self.accountant)._discard("sent in error")
        self.assertEqual((statement.message_id.state, statement.state), ("ignored", "discarded"))
        self.assertEqual(self.journal.finance_attention_count, 0)
        self.assertNothingOnLedger()

    def test_corrected_statement_under_the_same_identity(self):
        """The bank sends it again with the right balance: a conflict, a person decides, nothing is doubled."""
        wrong = self.receive_statement(self.wrong(identification="S1"), name="1.xml")
        right = self.receive_statement(self.wrong(identification="S1", closing="10.00"), name="2.xml")
        self.assertHeld(right, "identity_conflict")
        self.assertNothingOnLedger()
        wrong.message_id.with_user(self.accountant)._discard("wrong balance")
        with self.assertRaises(UserError):
            # a retry in a list is no decision
            right.message_id.with_user(self.accountant).action_retry()
        review = self.env["finance.duplicate.review"].with_user(self.accountant)
        review = review.create({"message_id": right.message_id.id, "reason": "the bank corrected it"})
        closings = next(row for row in str(review.comparison).split("<tr") if "closing" in row)
        self.assertIn("10.00", closings)
        self.assertIn("differs", closings)
        review.action_another()
        self.drain()
        self.assertPosted(right)
        self.assertEqual(self.amounts(), [10])

    def test_changed_content_after_posting_is_a_conflict(self):
        self.assertPosted(self.receive_statement(self.statement(Booking("10.00", text="a"), identification="S1")))
        changed = self.receive_statement(
            self.statement(Booking("10.00", text="b"), identification="S1"), name="changed.xml"
        )
        self.assertHeld(changed, "identity_conflict")
        changed.message_id._retry("take it")
        self.drain()
        self.assertHeld(changed, "bank_gap")
        self.assertEqual(self.amounts(), [10])
