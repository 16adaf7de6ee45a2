"""Lines that were in the journal before, entered by hand or brought by another import, are not booked twice (K-03)."""

from datetime import timedelta
from decimal import Decimal

from odoo.exceptions import AccessError, UserError

from .camt_writer import DAY, Booking, Tx, days
from .common import ACCOUNTANT, ADVISER, IBAN, OPERATOR, BankCase


class KnownLinesCase(BankCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = cls.make_user("known_accountant", OPERATOR, ACCOUNTANT)

    def by_hand(self, amount, day=DAY, label="Rent", **values):
        return self.env["account.bank.statement.line"].create(
            {"journal_id": self.journal.id, "date": day, "amount": amount, "payment_ref": label, **values}
        )

    def ask(self, statement, user=None):
        """:return: the dialog that the exception of the statement offers"""
        exception = self.open_exception(statement).with_user(user or self.accountant)
        action = exception.action_fix()
        self.assertEqual(action["res_model"], "finance.bank.known.wizard")
        return (
            self.env[action["res_model"]]
            .with_user(user or self.accountant)
            .with_context(**action["context"])
            .create({})
        )

    def confirm(self, dialog):
        dialog.action_confirm()
        self.drain()


class TestKnownLines(KnownLinesCase):
    def test_k03_a_line_entered_by_hand_is_not_booked_again(self):
        line = self.by_hand(-850.0)
        statement = self.receive_statement(
            self.statement(Booking("-850.00", text="Rent"), Booking("10.00", text="new"))
        )
        self.assertHeld(statement, "bank_lines_known")
        detail = self.open_exception(statement).detail
        self.assertIn("-850.00 EUR", detail)
        self.assertEqual(self.lines(), line, "nothing of the held statement is on the ledger")
        dialog = self.ask(statement)
        self.assertEqual(
            [(pair.line_id, pair.amount, pair.is_same) for pair in dialog.pair_ids], [(line, -850.0, True)]
        )
        with self.trap_audit() as audit:
            self.confirm(dialog)
        self.assertPosted(statement)
        self.assertEqual(sorted(self.amounts()), [-850, 10])
        entry = statement.entry_ids.filtered(lambda found: found.amount < 0)
        self.assertEqual((entry.line_id, entry.state), (line, "posted"))
        self.assertEqual(line.finance_entry_id, entry)
        self.assertEqual(statement.message_id.result["in_the_journal_before"], 1)
        [told] = [call for call in audit if call["event"] == "bank.lines.told"]
        self.assertEqual(told["after"], {"same": 1, "others": 0})
        self.assertEqual(told["record"], statement)
        self.assertTrue([call for call in audit if call["event"] == "bank.lines.taken"])

    def test_k03_what_is_another_booking_gets_a_line_of_its_own(self):
        self.by_hand(-850.0)
        statement = self.receive_statement(self.statement(Booking("-850.00", text="Rent of the garage")))
        dialog = self.ask(statement)
        dialog.pair_ids.is_same = False
        self.confirm(dialog)
        self.assertPosted(statement)
        self.assertEqual(self.amounts(), [-850, -850])
        self.assertFalse(statement.entry_ids.line_id.finance_entry_id - statement.entry_ids)

    def test_k03_a_statement_whose_bookings_are_all_there_moves_nothing(self):
        self.by_hand(10.0)
        self.by_hand(-4.0)
        statement = self.receive_statement(self.statement(Booking("10.00"), Booking("-4.00")))
        self.confirm(self.ask(statement))
        self.assertPosted(statement)
        self.assertEqual((sorted(self.amounts()), self.balance()), ([-4, 10], 6))
        again = self.receive_statement(self.statement(Booking("10.00"), Booking("-4.00")), name="again.xml")
        self.assertFalse(again.filtered(lambda found: found.state == "posted"), "the bookings are known now")
        self.assertEqual(self.balance(), 6)

    def test_k05_the_next_day_continues_and_the_chain_holds(self):
        """What was there before counts as brought by its statement: neither it nor its follower has a gap."""
        first, second, third = days(
            IBAN, "100.00", [[Booking("5.00")], [Booking("7.00"), Booking("1.00")], [Booking("2.00")]]
        )
        self.assertPosted(self.receive_statement(first, name="1.xml"))
        self.by_hand(7.0, day=second.day)
        held = self.receive_statement(second, name="2.xml")
        self.confirm(self.ask(held))
        self.assertPosted(held)
        self.assertPosted(self.receive_statement(third, name="3.xml"))
        self.assertEqual(self.balance(), 15)

    def test_k03_what_was_reconciled_stays_reconciled(self):
        invoice = self.make_invoice(850.0)
        line = self.by_hand(850.0, partner_id=invoice.partner_id.id)
        _liquidity, suspense, _other = line._seek_for_lines()
        receivable = invoice.line_ids.filtered(lambda item: item.account_type == "asset_receivable")
        suspense.with_context(skip_readonly_check=True).account_id = receivable.account_id
        (suspense | receivable).reconcile()
        statement = self.receive_statement(self.statement(Booking("850.00", text=invoice.name)))
        self.confirm(self.ask(statement))
        self.assertPosted(statement)
        self.assertTrue(line.is_reconciled and statement.entry_ids.is_reconciled)
        self.assertEqual(invoice.payment_state, "paid")

    def test_k03_an_open_line_is_matched_from_then_on(self):
        invoice = self.make_invoice(850.0)
        line = self.by_hand(850.0)
        statement = self.receive_statement(self.statement(Booking("850.00", text=invoice.name)))
        self.confirm(self.ask(statement))
        self.env["finance.bank.rematcher"]._match_again(line)
        self.assertTrue(line.is_reconciled)

    def test_k03_other_amounts_days_journals_and_drafts_are_not_asked_about(self):
        self.by_hand(-850.01)
        self.by_hand(-850.0, day=DAY + timedelta(days=40))
        self.by_hand(-850.0).move_id.button_draft()
        self.assertPosted(self.receive_statement(self.statement(Booking("-850.00"))))

    def test_k03_a_line_that_is_not_one_booking_may_be_the_next(self):
        line = self.by_hand(-850.0, label="garage")
        bookings = (Booking("-850.00", text="first"), Booking("-850.00", text="second"))
        statement = self.receive_statement(self.statement(*bookings))
        dialog = self.ask(statement)
        self.assertEqual(dialog.pair_ids.entry_id.label, "first")
        dialog.pair_ids.is_same = False
        self.confirm(dialog)
        self.assertHeld(statement, "bank_lines_known")
        dialog = self.ask(statement)
        self.assertEqual(dialog.pair_ids.entry_id.label, "second")
        self.confirm(dialog)
        self.assertPosted(statement)
        self.assertEqual((self.amounts(), line.finance_entry_id.label), ([-850, -850], "second"))

    def test_k03_a_booking_keeps_the_line_it_was_given(self):
        line = self.by_hand(-850.0, label="anything")
        statement = self.receive_statement(self.statement(Booking("-850.00", text="Rent")))
        statement.sudo().known_lines = {str(statement.entry_ids.id): line.id}
        likelier = self.by_hand(-850.0, label="Rent")
        statement.message_id._retry("again")
        self.drain()
        self.assertPosted(statement)
        self.assertEqual((statement.entry_ids.line_id, likelier.finance_entry_id.id), (line, False))
        self.assertEqual(self.amounts(), [-850, -850])

    def test_k03_a_line_that_is_deleted_meanwhile_is_booked(self):
        line = self.by_hand(-850.0)
        statement = self.receive_statement(self.statement(Booking("-850.00")))
        dialog = self.ask(statement)
        line.unlink()
        self.confirm(dialog.exists())
        self.assertPosted(statement)
        self.assertEqual(self.amounts(), [-850])

    def test_k03_a_line_that_comes_after_the_answer_is_asked_about_too(self):
        self.by_hand(-850.0)
        statement = self.receive_statement(self.statement(Booking("-850.00"), Booking("3.00")))
        dialog = self.ask(statement)
        self.by_hand(3.0)
        self.confirm(dialog)
        self.assertHeld(statement, "bank_lines_known")
        dialog = self.ask(statement)
        self.confirm(dialog)
        self.assertPosted(statement)
        self.assertEqual(sorted(self.amounts()), [-850, 3])

    def test_k03_deleting_the_line_lets_the_booking_come_again(self):
        line = self.by_hand(-850.0)
        statement = self.receive_statement(self.statement(Booking("-850.00")))
        self.confirm(self.ask(statement))
        line.move_id.button_draft()
        line.unlink()
        self.assertEqual((statement.entry_ids.state, statement.state), ("staged", "discarded"))

    def test_k03_who_may_say_it(self):
        self.by_hand(-850.0)
        statement = self.receive_statement(self.statement(Booking("-850.00")))
        dialog = self.ask(statement)
        for groups in ((OPERATOR,), (ADVISER,)):
            somebody = self.make_user("known_somebody_" + groups[0].split(".")[1], *groups)
            with self.subTest(groups=groups), self.assertRaises(AccessError):
                self.ask(statement, somebody).action_confirm()
        self.confirm(dialog)
        with self.assertRaisesRegex(UserError, "does not wait"):
            dialog.action_confirm()

    def test_k03_nobody_answers_for_lines_that_were_not_asked_about(self):
        self.by_hand(-850.0)
        other = self.by_hand(-1.0)
        statement = self.receive_statement(self.statement(Booking("-850.00"), Booking("-2.00")))
        dialog = self.ask(statement)
        dialog.pair_ids.sudo().line_id = other
        self.confirm(dialog)
        self.assertHeld(statement, "bank_lines_known")
        self.assertFalse(other.finance_entry_id)


class TestLinesByHand(KnownLinesCase):
    """Lines that no statement brought are asked about, too (K-20)."""

    def again(self, lines):
        return self.env["finance.bank.rematcher"]._match_again(lines)

    def test_k20_a_line_by_hand_is_proposed_for_and_never_reconciled_without_asking(self):
        invoice = self.make_invoice(850.0)
        line = self.by_hand(850.0, label=f"Payment {invoice.name}")
        self.assertFalse(self.again(line))
        self.assertFalse(line.is_reconciled)
        [best] = line.finance_entry_id.suggestion_ids
        self.assertEqual(best.item_ids.move_id, invoice)
        self.assertGreaterEqual(best.score, 80, "sure enough, yet a person decides")
        self.assertEqual(
            (line.finance_outcome, line.finance_suggestion_text), ("proposed", f"{invoice.name} ({best.score})")
        )
        best.with_user(self.accountant).action_accept()
        self.assertTrue(line.is_reconciled)
        self.assertEqual(line.finance_outcome, "person")
        line.action_undo_reconciliation()
        self.assertFalse(line.is_reconciled)

    def test_k20_the_scheduled_run_asks_about_all_open_lines(self):
        invoice = self.make_invoice(850.0)
        line = self.by_hand(850.0, label=invoice.name)
        done = self.by_hand(12.0, label="done")
        _liquidity, suspense, _other = done._seek_for_lines()
        suspense.with_context(skip_readonly_check=True).account_id = self.company.income_account_id or self.env[
            "account.account"
        ].search([("company_ids", "in", self.company.id), ("account_type", "=", "income")], limit=1)
        self.env["finance.bank.rematcher"]._cron_match_again()
        self.assertEqual(line.finance_entry_id.suggestion_ids.item_ids.move_id, invoice)
        self.assertTrue(done.is_reconciled)
        self.assertFalse(done.finance_entry_id)

    def test_k20_the_scheduled_run_goes_on_where_it_stopped(self):
        first, last = self.by_hand(1.0), self.by_hand(2.0)
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("finance_bank_sync.match_again_stopped_at", f"{self.company.id},{first.id}")
        self.env["finance.bank.rematcher"]._cron_match_again()
        self.assertEqual((bool(first.finance_entry_id), bool(last.finance_entry_id)), (False, True))
        self.env["finance.bank.rematcher"]._cron_match_again()
        self.assertTrue(first.finance_entry_id, "a pass that was ended begins anew")

    def test_k20_the_partner_that_somebody_entered_counts(self):
        invoice = self.make_invoice(850.0)
        line = self.by_hand(850.0, label="bank transfer", partner_id=invoice.partner_id.id)
        self.again(line)
        [best] = line.finance_entry_id.suggestion_ids
        self.assertEqual((best.item_ids.move_id, best.why), (invoice, "amount,line,only"))
        self.assertIn("partner of the line (+25)", best.explanation)

    def test_k20_what_is_changed_on_the_line_counts_the_next_time(self):
        invoice = self.make_invoice(850.0)
        line = self.by_hand(850.0, label="from somebody")
        self.again(line)
        self.assertEqual(line.finance_entry_id.label, "from somebody")
        line.payment_ref = invoice.name
        self.again(line)
        self.assertEqual(
            (line.finance_entry_id.label, line.finance_entry_id.suggestion_ids.why), (invoice.name, "number,amount")
        )
        self.assertEqual(self.env["finance.bank.entry"].search_count([("line_id", "=", line.id)]), 1)

    def test_k03_a_statement_takes_the_place_and_what_was_decided_stays(self):
        invoice = self.make_invoice(850.0)
        line = self.by_hand(850.0, label=invoice.name)
        other = self.by_hand(10.0, label="left")
        self.again(line | other)
        first = line.finance_entry_id
        first.suggestion_ids.with_user(self.accountant).action_accept()
        statement = self.receive_statement(self.statement(Booking("850.00", text="x"), Booking("10.00", text="y")))
        self.confirm(self.ask(statement))
        self.assertPosted(statement)
        self.assertEqual(statement.entry_ids.line_id, line | other)
        self.assertEqual(line.finance_entry_id.statement_id, statement)
        self.assertEqual(line.finance_match_ids.entry_id, line.finance_entry_id)
        self.assertEqual((line.finance_outcome, line.is_reconciled), ("person", True))
        self.assertFalse(first.exists())
        self.assertEqual(self.balance(), 860)

    def test_k20_the_entry_goes_with_its_line(self):
        line = self.by_hand(850.0)
        self.again(line)
        entry = line.finance_entry_id
        line.move_id.button_draft()
        line.unlink()
        self.assertFalse(entry.exists())


class TestKnownCollective(KnownLinesCase):
    """A collective booking that was entered as one line, while the journal makes a line of each of its payments."""

    def batch(self, *amounts):
        parts = tuple(Tx(amount=amount, text=f"payment {number}") for number, amount in enumerate(amounts, 1))
        return Booking(str(sum(map(Decimal, amounts))), details=parts)

    def test_k03_its_payments_together_are_the_line(self):
        line = self.by_hand(-850.0, label="Salaries March")
        statement = self.receive_statement(
            self.statement(self.batch("-400.00", "-450.00"), Booking("10.00", text="new"))
        )
        self.assertHeld(statement, "bank_lines_known")
        self.assertIn("-850.00 EUR", self.open_exception(statement).detail)
        dialog = self.ask(statement)
        self.assertEqual([(p.line_id, p.amount, p.payments) for p in dialog.pair_ids], [(line, -850.0, 2)])
        self.assertIn("payment 1", dialog.pair_ids.label)
        self.confirm(dialog)
        self.assertPosted(statement)
        self.assertEqual(sorted(self.amounts()), [-850, 10])
        self.assertEqual(line.finance_entry_id.amount, -850)
        self.assertEqual(line.finance_entry_id.label, "Collective booking of 2 payments")
        told = [(one["money"]["amount"], one["remittance"]) for one in line.finance_entry_id.sudo().details]
        self.assertEqual(
            [(Decimal(amount), text) for amount, text in told],
            [(Decimal(-400), "payment 1"), (Decimal(-450), "payment 2")],
        )

        again = self.receive_statement(self.statement(self.batch("-400.00", "-450.00"), Booking("10.00", text="new")))
        self.assertFalse(again.filtered(lambda found: found.state == "posted"), "the booking is known as a whole")
        self.assertEqual(self.balance(), -840)

    def test_k03_a_line_that_is_another_leaves_the_payments(self):
        self.by_hand(-850.0)
        statement = self.receive_statement(self.statement(self.batch("-400.00", "-450.00")))
        dialog = self.ask(statement)
        dialog.pair_ids.is_same = False
        self.confirm(dialog)
        self.assertPosted(statement)
        self.assertEqual(sorted(self.amounts()), [-850, -450, -400])

    def test_k03_a_payment_that_is_a_line_goes_before_the_whole(self):
        """Who entered one of the payments has not entered all of them as one."""
        one = self.by_hand(-450.0, label="payment 2")
        self.by_hand(-850.0, label="something else")
        statement = self.receive_statement(self.statement(self.batch("-400.00", "-450.00")))
        dialog = self.ask(statement)
        self.assertEqual([(p.line_id, p.payments) for p in dialog.pair_ids], [(one, 0)])
        dialog.pair_ids.is_same = False
        self.confirm(dialog)
        # it is none of the payments: now it may be all of them
        self.assertHeld(statement, "bank_lines_known")
        dialog = self.ask(statement)
        self.assertEqual([(p.line_id.amount, p.payments) for p in dialog.pair_ids], [(-850, 2)])
        self.confirm(dialog)
        self.assertPosted(statement)
        self.assertEqual(sorted(self.amounts()), [-850, -450])

    def test_k03_what_is_reconciled_on_the_total_stays(self):
        bill = self.make_invoice(850.0, move_type="in_invoice")
        line = self.by_hand(-850.0, partner_id=bill.partner_id.id)
        _liquidity, suspense, _other = line._seek_for_lines()
        payable = bill.line_ids.filtered(lambda item: item.account_type == "liability_payable")
        suspense.with_context(skip_readonly_check=True).account_id = payable.account_id
        (suspense | payable).reconcile()
        statement = self.receive_statement(self.statement(self.batch("-400.00", "-450.00")))
        self.confirm(self.ask(statement))
        self.assertTrue(line.is_reconciled and line.finance_entry_id.is_reconciled)
