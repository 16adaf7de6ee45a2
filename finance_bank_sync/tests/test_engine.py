"""The matching engine on a real ledger: evidence, thresholds, differences, returns, undo (K-14, K-18 to K-20, K-35)."""

from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from ..models import finance_bank_candidates
from .camt_writer import DAY, Booking, Statement
from .common import ACCOUNTANT, ADVISER, CUSTOMER_IBAN, IBAN, SUPPLIER_IBAN, VIEWER
from .test_matching import MatchingCase


class EngineCase(MatchingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = cls.make_user("engine_accountant", ACCOUNTANT, ADVISER)
        cls.expense, cls.other_expense = cls.env["account.account"].search(
            [("company_ids", "=", cls.company.id), ("account_type", "=", "expense")], limit=2
        )
        cls.make_partner_account(cls.customer, CUSTOMER_IBAN)

    def of(self, line):
        return line.with_user(self.accountant)

    def match(self, line):
        return self.env["finance.bank.match"].search([("line_id", "=", line.id)], order="id desc", limit=1)

    def booked(self, line):
        """:return: dict account -> balance, without the bank account"""
        items = line.move_id.line_ids.filtered(lambda item: item.account_id != line.journal_id.default_account_id)
        return {
            account: round(sum(found.mapped("balance")), 2) for account, found in items.grouped("account_id").items()
        }


class TestEvidence(EngineCase):
    def test_k19_check_digits_in_free_text(self):
        for reference, text in (
            ("+++123/4567/89002+++", "for you 123/4567/89002 thanks"),
            ("21 00000 00003 13947 14300 09017", "QR 210000000003139471430009017."),
            ("RF18539007547034", "ref rf18 5390 0754 7034 thanks"),
            ("RF111232", "00000000000000001232"),
        ):
            with self.subTest(reference=reference), self.undone():
                invoice = self.make_invoice(100, payment_reference=reference)
                is_structured = text.isdigit()
                line = self.pay("100.00", **({"structured": text} if is_structured else {"text": text}))
                self.assertPaid(invoice)
                self.assertEqual(line.finance_entry_id.match_rule, "reference")

    def test_k19_a_wrong_character_needs_the_partner(self):
        invoice = self.make_invoice(100)
        wrong = invoice.name[:-1] + "8"
        with self.undone():
            line = self.pay("100.00", text=f"invoice {wrong}", name="somebody")
            self.assertLeft(line, invoice)
        self.pay("100.00", text=f"invoice {wrong}", iban=CUSTOMER_IBAN)
        self.assertPaid(invoice)

    def test_k19_digits_of_the_number_need_the_partner(self):
        invoice = self.make_invoice(100)
        digits = "".join(c for c in invoice.name if c.isdigit())
        with self.undone():
            self.assertLeft(self.pay("100.00", text=f"no {digits}"), invoice)
        self.pay("100.00", text=f"no {digits}", name="ACME CUSTOMER GmbH")
        self.assertPaid(invoice)

    def test_k19_short_numbers_of_a_customer_who_owes_much(self):
        """A list of short numbers is looked for among more open items than are read else."""
        invoices = [self.make_invoice(100 + number) for number in range(4)]
        numbers = [invoice.sequence_number for invoice in invoices]
        with patch.object(finance_bank_candidates, "MAX_ITEMS", 0):
            line = self.pay("204.00", text=f"Rg. {numbers[1]} u. {numbers[3]} v. 3.2.", iban=CUSTOMER_IBAN)
        self.assertPaid(invoices[1], invoices[3])
        self.assertOpen(invoices[0], invoices[2])
        self.assertEqual(line.finance_entry_id.match_rule, "called_several")
        self.assertIn("its running number after a word for invoice (+35)", line.finance_why)

    def test_k19_partner_by_name(self):
        invoice = self.make_invoice(100)
        line = self.pay("100.00", text="thanks", name="Customer, Acme")
        self.assertLeft(line, invoice)
        self.assertEqual(line.finance_entry_id.suggestion_ids.why, "amount,name,only")
        self.assertFalse(line.partner_id, "a name alone does not set the partner")

    def test_k19_two_equal_answers_are_never_taken(self):
        self.journal.finance_match_threshold = 50
        self.make_invoice(100), self.make_invoice(100)
        line = self.pay("100.00", text="thanks", iban=CUSTOMER_IBAN)
        self.assertLeft(line)
        self.assertTrue(line.finance_is_tied)
        self.assertEqual(line.finance_suggestion_count, 2)
        self.of(line | self.pay("1.00")).action_finance_accept()
        self.assertFalse(line.is_reconciled, "nor by accepting many at once")

    def test_k19_threshold_of_the_journal(self):
        self.journal.finance_match_threshold = 75
        invoice = self.make_invoice(100)
        line = self.pay("100.00", text="thanks", iban=CUSTOMER_IBAN)
        self.assertPaid(invoice)
        self.assertEqual((line.finance_outcome, line.finance_score), ("automatic", 75))
        self.assertEqual(self.match(line).mode, "automatic")
        self.assertIn("same amount (+35)", line.finance_why)

    def test_k19_journal_that_only_proposes(self):
        self.journal.finance_match_automatic = False
        invoice = self.make_invoice(100)
        line = self.pay("100.00", text=invoice.name)
        self.assertLeft(line, invoice)
        self.of(line).action_finance_accept()
        self.assertPaid(invoice)
        match = self.match(line)
        self.assertEqual((match.mode, match.user_id, match.agreed), ("person", self.accountant, True))
        self.assertEqual(line.finance_outcome, "person")

    def test_k19_named_but_too_much_is_never_taken(self):
        """The number and the account of the partner reach the threshold, the amount does not fit."""
        invoice = self.make_invoice(100)
        line = self.pay("120.00", text=invoice.name, iban=CUSTOMER_IBAN)
        self.assertLeft(line, invoice)
        self.assertEqual(line.finance_score, 80)

    def test_k19_paid_twice_does_not_pay_the_next_invoice(self):
        """The second payment names a paid invoice: the next one of the same amount is only proposed."""
        first, second = self.make_invoice(100), self.make_invoice(100)
        self.pay("100.00", text=first.name, iban=CUSTOMER_IBAN)
        line = self.pay("100.00", text=first.name, iban=CUSTOMER_IBAN)
        self.assertPaid(first)
        self.assertLeft(line, second)

    def test_k19_items_that_add_up_in_one_way_only(self):
        invoices = [self.make_invoice(amount) for amount in (10, 20, 45)]
        line = self.pay("65.00", text="all of it", iban=CUSTOMER_IBAN)
        self.assertLeft(line, invoices[1], invoices[2])
        self.of(line).action_finance_accept()
        self.assertPaid(invoices[1], invoices[2])
        self.assertOpen(invoices[0])

    def test_k19_items_that_add_up_in_two_ways(self):
        for amount in (10, 20, 30, 40):
            self.make_invoice(amount)
        line = self.pay("50.00", text="all of it", iban=CUSTOMER_IBAN)
        self.assertFalse(line.finance_suggestion_count and len(line.finance_entry_id.suggestion_ids[0].item_ids) > 1)

    def test_k19_instalments_that_add_up_to_one_item(self):
        invoice = self.make_invoice(100)
        bookings = [Booking(amount, text="part", iban=CUSTOMER_IBAN) for amount in ("33.00", "67.00")]
        self.receive_statement(self.statement(*bookings))
        lines = self.lines()
        self.assertEqual(lines.mapped("finance_outcome"), ["proposed", "proposed"])
        self.of(lines).action_finance_accept()
        self.assertPaid(invoice)

    def test_k35_invoice_less_credit_note(self):
        invoice, refund = self.make_invoice(100), self.make_invoice(30, move_type="out_refund")
        line = self.pay("70.00", text=f"{invoice.name} less {refund.name}")
        self.assertPaid(invoice, refund)
        self.assertEqual(line.finance_entry_id.match_rule, "number_several")

    def test_k19_named_items_of_which_only_some_are_paid(self):
        first, second, third = (self.make_invoice(amount) for amount in (11, 22, 44))
        line = self.pay("55.00", text=f"{first.name} {second.name} {third.name}", iban=CUSTOMER_IBAN)
        self.assertPaid(first, third)
        self.assertOpen(second)
        self.assertTrue(line.is_reconciled)

    def test_k19_own_payment_by_its_memo(self):
        """Odoo's payment waits on the outstanding account: the bank line closes that."""
        outstanding = self.env["account.account"].create(
            {"name": "Outstanding", "code": "101499", "account_type": "asset_current", "reconcile": True,
             "company_ids": [Command.set(self.company.ids)]}
        )  # fmt: skip
        method = self.journal.outbound_payment_method_line_ids[:1]
        method.payment_account_id = outstanding
        payment = self.env["account.payment"].create(
            {"payment_type": "outbound", "partner_type": "supplier", "partner_id": self.supplier.id, "amount": 80,
             "journal_id": self.journal.id, "payment_method_line_id": method.id, "memo": "PAY-2026-0042"}
        )  # fmt: skip
        payment.action_post()
        line = self.pay("-80.00", end_to_end="PAY-2026-0042")
        self.assertTrue(line.is_reconciled)
        self.assertTrue(payment.is_matched)
        self.assertEqual(line.finance_entry_id.match_rule, "end_to_end")


class TestDifferences(EngineCase):
    def terms(self, **values):
        return self.env["account.payment.term"].create(
            {"name": "2% in ten days", "early_discount": True, "discount_percentage": 2, "discount_days": 10,
             "line_ids": [Command.create({"value": "percent", "value_amount": 100, "nb_days": 30})], **values}
        )  # fmt: skip

    def test_k19_early_payment_discount_with_its_tax(self):
        tax = self.env["account.tax"].create({"name": "20 percent", "amount": 20, "company_id": self.company.id})
        invoice = self.make_invoice(
            100,
            day="2026-03-01",
            invoice_payment_term_id=self.terms(early_pay_discount_computation="included").id,
            invoice_line_ids=[Command.create({"name": "Work", "price_unit": 100, "tax_ids": [Command.set(tax.ids)]})],
        )
        self.assertEqual(invoice.amount_total, 120)
        line = self.pay("117.60", text=invoice.name)
        self.assertPaid(invoice)
        match = self.match(line)
        self.assertEqual((match.difference, match.difference_amount), ("discount", 2.4))
        self.assertIn("early payment discount (+35)", match.explanation)
        self.assertEqual(sum(self.booked(line).values()), -117.6)
        # two of it, and the tax on it
        self.assertEqual(sorted(self.booked(line).values()), [-120, 0.4, 2])

    def test_k19_discount_too_late(self):
        invoice = self.make_invoice(100, day="2026-01-01", invoice_payment_term_id=self.terms().id)
        line = self.pay("98.00", text=invoice.name, iban=CUSTOMER_IBAN)
        self.assertEqual(invoice.amount_residual, 2, "a part is paid")
        self.assertEqual(line.finance_entry_id.match_rule, "number_partial")

    def test_k18_charges_that_the_bank_states(self):
        self.journal.finance_charge_account_id = self.expense
        invoice = self.make_invoice(100)
        line = self.pay("97.00", text=invoice.name, charge="3.00")
        self.assertPaid(invoice)
        self.assertEqual(self.booked(line), {self.expense: 3, self.items(invoice).account_id: -100})
        self.of(line).action_undo_reconciliation()
        self.assertOpen(invoice)
        self.assertEqual(self.booked(line), {self.journal.suspense_account_id: -97})

    def test_k19_part_of_a_document_of_nobody_known_is_for_a_person(self):
        """A wrong character in a number may be the number of another invoice."""
        invoice = self.make_invoice(100)
        self.assertLeft(self.pay("60.00", text=invoice.name, name="Somebody Else"), invoice)
        self.assertOpen(invoice)

    def test_k19_tolerance(self):
        invoice = self.make_invoice(100)
        self.journal.write({"finance_match_tolerance": 0.05, "finance_difference_account_id": self.other_expense.id})
        line = self.pay("99.97", text=invoice.name)
        self.assertPaid(invoice)
        self.assertEqual(self.booked(line), {self.other_expense: 0.03, self.items(invoice).account_id: -100})

    def test_pain_22_differences_in_dollars_balance(self):
        self.journal.write({"finance_match_tolerance": 0.05, "finance_difference_account_id": self.other_expense.id})
        invoice = self.make_invoice(33.33, currency_id=self.usd.id)
        line = self.pay("26.63", text=invoice.name, original=("USD", "33.29"))
        self.assertPaid(invoice)
        self.assertEqual(round(sum(line.move_id.line_ids.mapped("balance")), 2), 0)

    def test_k19_amount_at_our_rate_is_for_a_person(self):
        invoice = self.make_invoice(100, currency_id=self.usd.id)
        line = self.pay("79.00", text=invoice.name)
        self.assertLeft(line, invoice)
        self.of(line).action_finance_accept()
        self.assertPaid(invoice)
        self.assertEqual(line.amount, 79)
        self.assertEqual(self.match(line).difference, "exchange")


class TestReturns(EngineCase):
    def collected(self, amount="100.00"):
        invoice = self.make_invoice(float(amount))
        line = self.pay(amount, text=invoice.name, end_to_end="DD-2026-77")
        self.assertPaid(invoice)
        return invoice, line

    def test_k14_return_opens_what_was_paid(self):
        invoice, line = self.collected()
        with self.trap_audit() as audit:
            back = self.pay("-100.00", text="no funds", end_to_end="DD-2026-77", return_code="AM04")
        self.assertOpen(invoice)
        self.assertTrue(back.is_reconciled)
        self.assertEqual(back.finance_entry_id.match_rule, "return")
        self.assertEqual(self.match(line).state, "returned")
        self.assertEqual(self.match(back).origin_line_id, line)
        self.assertIn("bank.line.returned", [call["event"] for call in audit])
        self.assertEqual(back._seek_for_lines()[2].partner_id, self.customer)

    def test_k14_fee_of_a_return(self):
        self.journal.finance_charge_account_id = self.expense
        invoice, _line = self.collected()
        back = self.pay("-103.00", end_to_end="DD-2026-77", return_code="AM04", charge="3.00")
        self.assertOpen(invoice)
        self.assertEqual(self.booked(back), {self.expense: 3, self.items(invoice).account_id: 100})

    def test_k14_paid_again_after_the_return(self):
        invoice, _line = self.collected()
        self.pay("-100.00", end_to_end="DD-2026-77", return_code="AM04")
        self.pay("100.00", text=invoice.name)
        self.assertPaid(invoice)

    def test_k14_undo_of_a_return_pays_again(self):
        invoice, line = self.collected()
        back = self.pay("-100.00", end_to_end="DD-2026-77", return_code="AM04")
        self.of(back).action_undo_reconciliation()
        self.assertPaid(invoice)
        self.assertEqual((self.match(line).state, self.match(back).state), ("active", "undone"))
        self.assertFalse(back.is_reconciled)

    def test_k14_comes_back_once(self):
        invoice, _line = self.collected()
        for _time in range(2):
            back = self.pay("-100.00", end_to_end="DD-2026-77", return_code="AM04")
        self.assertOpen(invoice)
        self.assertFalse(back.is_reconciled)

    def test_k14_return_before_its_payment(self):
        """The statement with the payment is the later one of two that are fetched together."""
        invoice = self.make_invoice(100.0)
        came_back = Booking("-100.00", end_to_end="DD-2026-77", return_code="AM04")
        paid = Booking("100.00", text=invoice.name, end_to_end="DD-2026-77")
        found = {}
        for opening, booking, day in (("100.00", came_back, DAY + timedelta(days=1)), ("0.00", paid, DAY)):
            [received] = self.receive_statement(
                Statement(account=IBAN, opening=opening, bookings=(booking,), day=day), name=f"{day}.xml"
            )
            self.assertPosted(received)
            found[booking] = received.entry_ids.line_id
            self.assertEqual(found[came_back].is_reconciled, booking is paid)
        back, line = found[came_back], found[paid]
        self.assertOpen(invoice)
        self.assertTrue(back.is_reconciled)
        self.assertEqual(self.match(back).origin_line_id, line)

    def test_k14_return_that_names_nothing_is_for_a_person(self):
        self.collected()
        back = self.pay("-100.00", text="returned", return_code="AM04")
        self.assertEqual(back.finance_outcome, "unmatched")

    def test_k14_two_payments_of_one_id_are_for_a_person(self):
        for _time in range(2):
            self.collected()
        back = self.pay("-100.00", end_to_end="DD-2026-77", return_code="AM04")
        self.assertFalse(back.is_reconciled)
        self.assertEqual(back.finance_suggestion_count, 2)


class TestDecisions(EngineCase):
    def test_every_match_explains_itself_and_is_undone(self):
        invoice = self.make_invoice(100)
        line = self.pay("100.00", text=invoice.name)
        match = self.match(line)
        self.assertEqual(match.explanation, "number in the text (+55), same amount (+35)")
        self.assertEqual((match.score, match.documents), (90, invoice.name))
        match.with_user(self.accountant).action_undo()
        self.assertOpen(invoice)
        self.assertEqual((match.state, match.undone_by_id), ("undone", self.accountant))
        self.assertEqual(line.finance_outcome, "unmatched")

    def test_precision_is_measured_on_what_people_made_of_it(self):
        right, wrong = self.make_invoice(100), self.make_invoice(50)
        self.pay("100.00", text=right.name)
        self.of(self.pay("50.00", text=wrong.name)).action_undo_reconciliation()
        other, best = self.make_invoice(70), self.make_invoice(33)
        line = self.pay("33.00", text="x", iban=CUSTOMER_IBAN)
        self.assertLeft(line, best)
        self.env["finance.bank.reconcile.wizard"].with_user(self.accountant).create(
            {"line_id": line.id, "item_ids": [Command.set(self.items(other).ids)]}
        ).action_confirm()
        measured = {m.threshold: (m.decided, m.right) for m in
                    self.env["finance.bank.match"]._measured(self.journal)[self.journal.id]}  # fmt: skip
        self.assertEqual((measured[90], measured[70], measured[95]), ((2, 1), (3, 1), (0, 0)))
        self.assertIn("33.3%", self.journal.finance_match_precision)

    def test_accept_an_alternative(self):
        first, second = self.make_invoice(100), self.make_invoice(100)
        line = self.pay("100.00", text="x", iban=CUSTOMER_IBAN)
        alternative = line.finance_entry_id.suggestion_ids.filtered(lambda s: s.item_ids.move_id == second)
        alternative.with_user(self.accountant).action_accept()
        self.assertPaid(second)
        self.assertOpen(first)

    def test_accept_what_was_paid_meanwhile(self):
        invoice = self.make_invoice(100)
        line = self.pay("100.00", text="x", iban=CUSTOMER_IBAN)
        self.pay("100.00", text=invoice.name)
        with self.assertRaisesRegex(UserError, "not open any more"), self.env.cr.savepoint():
            self.of(line).action_finance_accept()
        self.assertFalse(line.is_reconciled)

    def test_accepting_many_leaves_what_does_not_work(self):
        invoice, other = self.make_invoice(100), self.make_invoice(42)
        lines = self.pay("100.00", text="x", iban=CUSTOMER_IBAN) | self.pay("42.00", text="x", iban=CUSTOMER_IBAN)
        self.pay("100.00", text=invoice.name)
        action = self.of(lines).action_finance_accept()
        self.assertIn("1 of 2", action["params"]["message"])
        self.assertPaid(other)

    def test_only_accountants_decide(self):
        self.make_invoice(100)
        line = self.pay("100.00", text="x", iban=CUSTOMER_IBAN)
        viewer = self.make_user("engine_viewer", VIEWER, "account.group_account_readonly")
        for call in (
            line.with_user(viewer).action_finance_accept,
            line.finance_entry_id.suggestion_ids.with_user(viewer).action_accept,
        ):
            with self.assertRaises(AccessError):
                call()

    def test_pain_23_other_companies_are_not_decided_about(self):
        self.make_invoice(100)
        line = self.pay("100.00", text="x", iban=CUSTOMER_IBAN)
        stranger = self.make_user("engine_stranger", ACCOUNTANT, ADVISER, companies=self.other_company)
        context = {"allowed_company_ids": self.other_company.ids}
        for call in (
            line.with_user(stranger).with_context(**context).action_finance_accept,
            line.finance_entry_id.suggestion_ids.with_user(stranger).with_context(**context).action_accept,
        ):
            with self.assertRaises(AccessError):
                call()

    def test_k15_lists_are_filtered_and_grouped_by_outcome(self):
        self.make_invoice(100)
        self.pay("100.00", text="x", iban=CUSTOMER_IBAN), self.pay("7.00", text="y")
        lines = self.env["account.bank.statement.line"].with_user(self.accountant)
        domain = [("journal_id", "=", self.journal.id)]
        groups = lines.formatted_read_group(domain, ["finance_outcome"], ["__count"])
        self.assertEqual({g["finance_outcome"]: g["__count"] for g in groups}, {"proposed": 1, "unmatched": 1})
        self.assertEqual(lines.search_count([*domain, ("finance_outcome", "=", "proposed")]), 1)

    def test_vendor_known_by_account(self):
        self.make_partner_account(self.supplier, SUPPLIER_IBAN)
        bill = self.make_invoice(42, move_type="in_invoice", ref="X")
        line = self.pay("-42.00", text="direct debit", iban=SUPPLIER_IBAN)
        self.of(line).action_finance_accept()
        self.assertPaid(bill)
