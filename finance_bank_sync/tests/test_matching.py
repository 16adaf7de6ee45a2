"""Matching with real invoices (K-19, K-15, K-20; pain 22)."""

from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import UserError

from .camt_writer import DAY, Booking, Tx, days
from .common import CUSTOMER_IBAN, IBAN, OTHER_IBAN, SUPPLIER_IBAN, BankCase


class MatchingCase(BankCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second_customer = cls.env["res.partner"].create({"name": "Second Customer"})

    def assertPaid(self, *moves):
        for move in moves:
            self.assertEqual((move.payment_state, move.amount_residual), ("paid", 0), move.name)

    def assertOpen(self, *moves):
        for move in moves:
            self.assertEqual((move.payment_state, move.amount_residual), ("not_paid", move.amount_total), move.name)

    def assertLeft(self, line, *best):
        """The line waits for a person, who is offered these moves first."""
        self.assertFalse(line.is_reconciled)
        if best:
            self.assertEqual(line.finance_entry_id.suggestion_ids[0].item_ids.move_id, self.moves(best))

    def moves(self, moves):
        return self.env["account.move"].browse([move.id for move in moves])

    def items(self, *moves):
        return self.moves(moves).line_ids.filtered(
            lambda item: item.account_id.account_type in ("asset_receivable", "liability_payable")
        )


class TestMatching(MatchingCase):
    # -- exact -----------------------------------------------------------------------------

    def test_k19_structured_reference(self):
        invoice = self.make_invoice(100, payment_reference="RF18 5390 0754 7034")
        line = self.pay("100.00", structured="RF18539007547034", text="INV/1999/99999")
        self.assertPaid(invoice)
        self.assertEqual(line.finance_entry_id.match_rule, "reference")
        self.assertEqual((line.partner_id, line.is_reconciled), (self.customer, True))
        self.assertFalse(line.finance_entry_id.suggestion_ids)

    def test_k19_number_in_the_text(self):
        invoice = self.make_invoice(100)
        for text in (
            invoice.name,
            f"Invoice {invoice.name}, thank you",
            invoice.name.replace("/", " / "),
            invoice.name.replace("/", "-").lower(),
            f"({invoice.name}).",
            f"EREF+1 REMI+{invoice.name}",
        ):
            with self.subTest(text=text), self.undone():
                line = self.pay("100.00", text=text)
                self.assertPaid(invoice)
                self.assertEqual(line.finance_entry_id.match_rule, "number")

    def test_k19_number_is_not_found_in_a_longer_number(self):
        invoice = self.make_invoice(100)
        line = self.pay("100.00", text=f"{invoice.name}7")
        self.assertLeft(line)
        self.assertOpen(invoice)

    def test_k19_referred_document(self):
        invoice = self.make_invoice(100)
        self.pay("100.00", documents=(invoice.name,))
        self.assertPaid(invoice)

    def test_k19_end_to_end_id(self):
        bill = self.make_invoice(100, move_type="in_invoice", payment_reference="E2E-2026-7", ref="B-1")
        line = self.pay("-100.00", end_to_end="E2E-2026-7")
        self.assertPaid(bill)
        self.assertEqual(line.finance_entry_id.match_rule, "end_to_end")

    def test_k19_vendor_bill_by_the_vendors_reference(self):
        bill = self.make_invoice(100, move_type="in_invoice", ref="R-2026/0815")
        self.pay("-100.00", text="your invoice R-2026/0815 of February")
        self.assertPaid(bill)

    def test_k19_refund_that_we_pay_out(self):
        refund = self.make_invoice(30, move_type="out_refund")
        self.pay("-30.00", text=refund.name)
        self.assertPaid(refund)

    def test_k19_amount_alone_is_only_a_suggestion(self):
        """The most common false positive of automatic matching."""
        self.make_partner_account(self.customer, CUSTOMER_IBAN)
        invoice = self.make_invoice(123.45)
        line = self.pay("123.45", text="thanks", iban=CUSTOMER_IBAN, name="Acme")
        self.assertOpen(invoice)
        self.assertLeft(line, invoice)
        self.assertEqual(line.partner_id, self.customer)
        suggestion = line.finance_entry_id.suggestion_ids
        self.assertEqual((suggestion.score, suggestion.why), (75, "amount,account,only"))

    def test_k19_other_direction_is_never_matched(self):
        invoice = self.make_invoice(100)
        self.assertLeft(self.pay("-100.00", text=invoice.name))
        self.assertOpen(invoice)

    # -- partial ---------------------------------------------------------------------------

    def test_k19_paid_in_two_parts(self):
        invoice = self.make_invoice(100)
        first = self.pay("60.00", text=invoice.name, name="Acme Customer")
        self.assertEqual((invoice.payment_state, invoice.amount_residual), ("partial", 40))
        self.assertEqual(first.finance_entry_id.match_rule, "number_partial")
        second = self.pay("40.00", text=invoice.name, name="Acme Customer")
        self.assertPaid(invoice)
        self.assertEqual(second.finance_entry_id.match_rule, "number")
        self.assertTrue(first.is_reconciled and second.is_reconciled)

    def test_k19_paid_in_two_parts_of_one_statement(self):
        invoice = self.make_invoice(100)
        self.receive_statement(
            self.statement(
                Booking("60.00", text=invoice.name, name="Acme Customer"), Booking("40.00", text=invoice.name)
            )
        )
        self.assertPaid(invoice)

    def test_k19_paid_twice_in_one_statement(self):
        """The second payment finds nothing open: it stays for a person."""
        invoice = self.make_invoice(100)
        self.receive_statement(self.statement(*2 * (Booking("100.00", text=invoice.name),)))
        self.assertPaid(invoice)
        self.assertEqual(self.lines().mapped("is_reconciled"), [True, False])

    def test_k19_too_much_is_for_a_person(self):
        invoice = self.make_invoice(100)
        line = self.pay("120.00", text=invoice.name)
        self.assertOpen(invoice)
        self.assertLeft(line, invoice)

    def test_k19_cash_discount_is_for_a_person(self):
        """98 for 100 is a partial payment: the rest stays open and visible."""
        invoice = self.make_invoice(100)
        self.pay("98.00", text=invoice.name, name="Acme Customer")
        self.assertEqual(invoice.amount_residual, 2)

    # -- several ---------------------------------------------------------------------------

    def test_k19_several_invoices_in_one_payment(self):
        first, second, third = self.make_invoice(10), self.make_invoice(20), self.make_invoice(70)
        line = self.pay("100.00", text=f"{first.name}, {second.name} + {third.name}")
        self.assertPaid(first, second, third)
        self.assertEqual(line.finance_entry_id.match_rule, "number_several")

    def test_k19_several_invoices_whose_sum_differs(self):
        first, second = self.make_invoice(10), self.make_invoice(20)
        line = self.pay("25.00", text=f"{first.name} {second.name}")
        self.assertOpen(first, second)
        self.assertLeft(line, first, second)
        self.assertEqual(line.finance_suggestion_count, 3)

    def test_k19_invoices_of_two_partners_are_for_a_person(self):
        first, second = self.make_invoice(10), self.make_invoice(20, partner=self.second_customer)
        self.assertLeft(self.pay("30.00", text=f"{first.name} {second.name}"))
        self.assertOpen(first, second)

    def test_k19_one_payment_of_two_terms(self):
        """Two due dates, two items, one number: paid as one."""
        terms = self.env["account.payment.term"].create(
            {
                "name": "Half and half",
                "line_ids": [
                    (0, 0, {"value": "percent", "value_amount": 50, "nb_days": 0}),
                    (0, 0, {"value": "percent", "value_amount": 50, "nb_days": 30}),
                ],
            }
        )
        invoice = self.make_invoice(100, invoice_payment_term_id=terms.id)
        self.assertEqual(len(self.items(invoice)), 2)
        with self.undone():
            self.pay("100.00", text=invoice.name)
            self.assertPaid(invoice)
        line = self.pay("50.00", text=invoice.name)
        self.assertEqual(invoice.amount_residual, 100, "which of the two is not said")
        self.assertLeft(line)

    def test_k19_collective_booking_pays_invoice_by_invoice(self):
        first, second = self.make_invoice(10), self.make_invoice(20, partner=self.second_customer)
        details = Tx(amount="10.00", text=first.name), Tx(amount="20.00", text=second.name)
        self.receive_statement(self.statement(Booking("30.00", details=details, batch_count=2)))
        self.assertPaid(first, second)
        self.assertEqual(self.lines().partner_id, self.customer | self.second_customer)

    def test_k19_same_item_named_by_two_bookings_of_a_statement(self):
        """60 for invoice A, then 140 for A and B: the second counts what the first left open."""
        first, second = self.make_invoice(100), self.make_invoice(100)
        self.receive_statement(
            self.statement(
                Booking("60.00", text=first.name, name="Acme Customer"),
                Booking("140.00", text=f"{first.name} {second.name}"),
            )
        )
        self.assertPaid(first, second)

    # -- currencies ------------------------------------------------------------------------

    def test_k19_dollar_invoice_paid_in_euro(self):
        invoice = self.make_invoice(100, currency_id=self.usd.id)
        self.assertEqual(invoice.amount_residual_signed, 80)
        line = self.pay("79.00", text=invoice.name, original=("USD", "100.00"))
        self.assertPaid(invoice)
        self.assertEqual((line.foreign_currency_id, line.amount_currency), (self.usd, 100))
        exchange = invoice.line_ids.full_reconcile_id.reconciled_line_ids.move_id.filtered(
            lambda move: move.journal_id == self.company.currency_exchange_journal_id
        )
        self.assertEqual(sum(exchange.line_ids.filtered(lambda item: item.account_id == self.items(invoice).account_id)
                             .mapped("balance")), -1)  # fmt: skip

    def test_k19_dollar_invoice_paid_in_parts(self):
        invoice = self.make_invoice(100, currency_id=self.usd.id)
        self.pay("48.00", text=invoice.name, name="Acme Customer", original=("USD", "60.00"))
        self.assertEqual(invoice.amount_residual, 40)
        self.pay("33.00", text=invoice.name, original=("USD", "40.00"))
        self.assertPaid(invoice)

    def test_k19_dollar_invoice_when_the_bank_tells_no_dollars(self):
        """Nothing is converted by us: 80 euro may or may not be those 100 dollars."""
        invoice = self.make_invoice(100, currency_id=self.usd.id)
        self.assertLeft(self.pay("80.00", text=invoice.name), invoice)
        self.assertOpen(invoice)

    def test_k19_dollar_bill_paid_from_the_dollar_account(self):
        journal = self.make_bank_journal(self.company, OTHER_IBAN, currency=self.usd)
        bill = self.make_invoice(100, move_type="in_invoice", ref="B-77/2026", currency_id=self.usd.id)
        self.receive_statement(
            self.statement(Booking("-100.00", text="B-77/2026"), account=OTHER_IBAN, currency="USD", opening="500.00")
        )
        self.assertPaid(bill)
        self.assertTrue(self.lines(journal).is_reconciled)

    def test_k19_euro_invoice_paid_with_an_original_in_dollars(self):
        invoice = self.make_invoice(80)
        self.pay("80.00", text=invoice.name, original=("USD", "99.00"))
        self.assertPaid(invoice)

    # -- what must not match ---------------------------------------------------------------

    def test_k19_same_number_in_two_companies(self):
        self.keep_books(self.other_company)
        theirs = self.make_invoice(100, company=self.other_company)
        ours = self.make_invoice(100)
        self.assertEqual(theirs.name, ours.name)
        self.pay("100.00", text=ours.name)
        self.assertPaid(ours)
        self.assertOpen(theirs)

    def test_k19_number_of_another_company_only(self):
        self.keep_books(self.other_company)
        theirs = self.make_invoice(100, company=self.other_company, payment_reference="RF18539007547034")
        line = self.pay("100.00", structured="RF18539007547034")
        self.assertLeft(line)
        self.assertFalse(line.finance_entry_id.suggestion_ids)
        self.assertOpen(theirs)

    def test_k19_already_paid(self):
        invoice = self.make_invoice(100)
        self.pay("100.00", text=invoice.name)
        again = self.pay("100.00", text=invoice.name)
        self.assertLeft(again)
        self.assertFalse(again.finance_entry_id.suggestion_ids)

    def test_k19_draft_and_cancelled_invoices_are_not_open(self):
        draft, cancelled = self.make_invoice(100), self.make_invoice(100)
        names = draft.name, cancelled.name
        draft.button_draft()
        cancelled.button_cancel()
        for name in names:
            self.assertLeft(self.pay("100.00", text=name))

    def test_k19_one_reference_on_two_open_invoices(self):
        """Both are named and the sum does not fit: which one was meant is for a person."""
        first = self.make_invoice(100, payment_reference="RF18539007547034")
        second = self.make_invoice(100, payment_reference="RF18539007547034")
        line = self.pay("100.00", structured="RF18539007547034")
        self.assertLeft(line)
        self.assertOpen(first, second)
        self.assertEqual(line.finance_suggestion_count, 3)

    # -- suggestions -----------------------------------------------------------------------

    def test_k15_suggestions_are_ranked_and_explained(self):
        self.make_partner_account(self.customer, CUSTOMER_IBAN)
        best, same_partner = self.make_invoice(100), self.make_invoice(55)
        self.make_invoice(120, partner=self.second_customer)
        line = self.pay("120.00", text=f"{best.name} and more", iban=CUSTOMER_IBAN, name="Acme")
        suggestions = line.finance_entry_id.suggestion_ids
        self.assertEqual(suggestions.item_ids.move_id, best | same_partner)
        self.assertEqual(suggestions.mapped("score"), sorted(suggestions.mapped("score"), reverse=True))
        self.assertEqual(suggestions[0].explanation, "number in the text (+55), known account of the partner (+25)")
        self.assertIn(best.name, line.finance_suggestion_text)

    def test_k15_line_without_a_usable_reference_waits_with_nothing(self):
        line = self.pay("17.00", text="thank you very much")
        self.assertLeft(line)
        self.assertEqual((line.finance_suggestion_count, line.finance_suggestion_text), (0, False))
        waiting = self.env["ir.actions.act_window"]._for_xml_id("finance_bank_sync.account_bank_statement_line_action")
        self.assertEqual(waiting["res_model"], "account.bank.statement.line")

    def test_k15_suggestion_of_a_vendor_known_by_account(self):
        self.make_partner_account(self.supplier, SUPPLIER_IBAN)
        bill = self.make_invoice(42, move_type="in_invoice", ref="X")
        self.assertLeft(self.pay("-42.00", text="direct debit", iban=SUPPLIER_IBAN), bill)

    def test_pain_22_every_entry_balances(self):
        """Property over amounts that do not divide: each journal entry balances, the sum is the bank's."""
        invoices = [self.make_invoice(amount, currency_id=self.usd.id) for amount in (33.33, 66.67, 0.01, 99.99)]
        bookings = [
            Booking(f"{invoice.amount_total * 0.8 + cents / 100:.2f}", text=invoice.name,
                    original=("USD", f"{invoice.amount_total:.2f}"))
            for invoice, cents in zip(invoices, (0, 1, 1, -2), strict=True)
        ]  # fmt: skip
        statement = self.statement(*bookings)
        [received] = self.receive_statement(statement)
        self.assertPosted(received)
        self.assertPaid(*invoices)
        for move in self.lines().move_id:
            self.assertEqual(round(sum(move.line_ids.mapped("balance")), 2), 0)
        self.assertEqual(f"{self.balance():.2f}", statement.closing_balance())

    # -- at once ---------------------------------------------------------------------------

    def test_k20_new_lines_are_matched_at_once(self):
        """Matching is part of posting: no second run, no waiting."""
        invoices = [self.make_invoice(n) for n in (1, 2, 3)]
        for statement in days(IBAN, "0.00", [[Booking(f"{i.amount_total:.2f}", text=i.name)] for i in invoices]):
            [received] = self.receive_statement(statement, name=f"{statement.day}.xml")
            self.assertEqual(received.message_id.result["reconciled"], 1)
        self.assertPaid(*invoices)


class TestMatchAgain(MatchingCase):
    """K-20: the invoice comes after the payment."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = cls.make_user("again_accountant", "account.group_account_user")
        cls.sequence = cls.make_invoice(1, partner=cls.second_customer)
        number = int(cls.sequence.name.rpartition("/")[2])
        prefix = cls.sequence.name.rpartition("/")[0]
        cls.next_name = f"{prefix}/{number + 1:05d}"

    def match_again(self, lines=None):
        """As the scheduled action does it."""
        self.env["finance.bank.rematcher"]._cron_match_again()
        self.env.invalidate_all()

    def test_k20_later_invoice_is_found_by_the_scheduled_action(self):
        line = self.pay("100.00", text=self.next_name)
        self.assertLeft(line)
        invoice = self.make_invoice(100)
        self.assertEqual(invoice.name, self.next_name)
        self.match_again()
        self.assertPaid(invoice)
        self.assertTrue(line.is_reconciled)
        self.assertEqual((line.finance_entry_id.match_rule, line.amount), ("number", 100))
        self.assertFalse(line.finance_entry_id.suggestion_ids)
        self.assertEqual(line._seek_for_lines()[2].partner_id, self.customer)

    def test_k20_later_invoice_is_found_by_the_button(self):
        line = self.pay("100.00", text=self.next_name)
        other = self.pay("50.00", text="?")
        invoice = self.make_invoice(100)
        action = (line | other).with_user(self.accountant).action_finance_match_again()
        self.assertIn("1 of 2", action["params"]["message"])
        self.assertPaid(invoice)

    def test_k20_what_is_suggested_still_is_the_same_row(self):
        """Somebody may be looking at it, and accept it."""
        self.make_partner_account(self.customer, CUSTOMER_IBAN)
        one = self.make_invoice(100)
        line = self.pay("100.00", text="?", iban=CUSTOMER_IBAN)
        before = line.finance_entry_id.suggestion_ids
        self.assertEqual(before.item_ids.move_id, one)
        other = self.make_invoice(100)
        self.match_again()
        self.assertEqual(line.finance_entry_id.suggestion_ids.item_ids.move_id, one | other)
        self.assertLess(before, line.finance_entry_id.suggestion_ids)

    def test_k20_later_invoice_is_suggested(self):
        self.make_partner_account(self.customer, CUSTOMER_IBAN)
        line = self.pay("100.00", text="?", iban=CUSTOMER_IBAN)
        self.assertFalse(line.finance_entry_id.suggestion_ids)
        invoice = self.make_invoice(100)
        self.match_again()
        self.assertLeft(line, invoice)

    def test_k20_suggestions_that_are_paid_by_now_go_away(self):
        self.make_partner_account(self.customer, CUSTOMER_IBAN)
        invoice = self.make_invoice(100)
        line = self.pay("100.00", text="?", iban=CUSTOMER_IBAN)
        self.assertLeft(line, invoice)
        self.pay("100.00", text=invoice.name)
        self.match_again()
        self.assertFalse(line.finance_entry_id.suggestion_ids)

    def test_k20_what_a_person_took_back_is_only_suggested(self):
        invoice = self.make_invoice(100)
        line = self.pay("100.00", text=invoice.name)
        line.with_user(self.accountant).action_undo_reconciliation()
        self.assertFalse(line.is_reconciled)
        self.match_again()
        self.assertLeft(line, invoice)
        self.assertOpen(invoice)

    def test_k20_what_a_person_booked_is_not_touched(self):
        line = self.pay("100.00", text=self.next_name)
        account = self.env["account.account"].search(
            [("company_ids", "=", self.company.id), ("account_type", "=", "income")], limit=1
        )
        wizard = self.env["finance.bank.reconcile.wizard"].with_user(self.accountant)
        wizard.create({"line_id": line.id, "account_id": account.id}).action_confirm()
        invoice = self.make_invoice(100)
        self.match_again()
        self.assertOpen(invoice)
        self.assertEqual(line._seek_for_lines()[2].account_id, account)

    def test_k20_line_that_a_person_split_is_not_touched(self):
        """Half of it is decided already: the rest is that person's, too."""
        line = self.pay("100.00", text=self.next_name)
        _liquidity, suspense, _other = line._seek_for_lines()
        account = self.env["account.account"].search(
            [("company_ids", "=", self.company.id), ("account_type", "=", "income")], limit=1
        )
        line.with_context(skip_readonly_check=True, force_delete=True).move_id.write(
            {
                "line_ids": [
                    (1, suspense.id, {"credit": 60.0, "amount_currency": -60.0}),
                    (0, 0, {"name": "part", "account_id": account.id, "credit": 40.0, "amount_currency": -40.0}),
                ]
            }
        )
        invoice = self.make_invoice(60)
        self.match_again()
        self.assertOpen(invoice)

    def test_k20_closed_period_is_not_touched(self):
        line = self.pay("100.00", text=self.next_name)
        invoice = self.make_invoice(100)
        self.company.sudo()._write({"fiscalyear_lock_date": DAY + timedelta(days=30)})
        self.env.invalidate_all()
        self.match_again()
        self.assertLeft(line, invoice)
        self.assertOpen(invoice)

    def test_k20_two_late_payments_of_one_late_invoice(self):
        self.pay("100.00", text=self.next_name)
        self.pay("100.00", text=self.next_name)
        invoice = self.make_invoice(100)
        self.match_again()
        self.assertPaid(invoice)
        self.assertEqual(sorted(self.lines().mapped("is_reconciled")), [False, True])

    def test_k20_other_companies_are_left_alone(self):
        self.keep_books(self.other_company)
        line = self.pay("100.00", text=self.next_name)
        self.make_invoice(1, company=self.other_company)
        theirs = self.make_invoice(100, company=self.other_company)
        self.assertEqual(theirs.name, self.next_name)
        self.match_again()
        self.assertLeft(line)
        self.assertOpen(theirs)

    def test_k20_one_line_that_odoo_refuses_does_not_keep_the_others_open(self):
        first, second = self.pay("100.00", text=self.next_name), self.pay("7.00", text="REF-777")
        invoice, other = self.make_invoice(100), self.make_invoice(7, payment_reference="REF-777")
        registry = self.env.registry["account.move.line"]
        original = registry.write

        def refusing(items, vals):
            if "account_id" in vals and first.move_id in items.move_id:
                raise UserError(self.env._("not this one"))
            return original(items, vals)

        with patch.object(registry, "write", refusing):
            self.match_again()
        self.assertOpen(invoice)
        self.assertPaid(other)
        self.assertFalse(first.is_reconciled)
        self.assertTrue(second.is_reconciled)

    def test_k20_lines_that_were_not_imported_are_left_alone(self):
        line = self.env["account.bank.statement.line"].create(
            {"journal_id": self.journal.id, "amount": 100, "payment_ref": self.next_name, "date": DAY}
        )
        invoice = self.make_invoice(100)
        self.match_again()
        self.assertFalse(line.is_reconciled)
        self.assertOpen(invoice)

    def test_k20_is_set_based(self):
        """The work of twenty lines is not twenty times the work of one."""
        self.receive_statement(self.statement(*[Booking(f"{n}.00", text=f"text {n}") for n in range(1, 22)]))
        self.make_invoice(5)
        lines = self.lines()
        rematcher = self.env["finance.bank.rematcher"]
        rematcher._match_again(lines[:1])
        counts = []
        for some in (lines[:1], lines):
            self.env.invalidate_all()
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            rematcher._match_again(some)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLess(counts[1], counts[0] + 10)
