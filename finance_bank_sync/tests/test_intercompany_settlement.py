"""K-24: one action settles what two companies owe each other: both legs, and the payment."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import OTHER_IBAN
from .payment_bills_case import BillsCase


@tagged("post_install", "-at_install")
class TestIntercompanySettlement(BillsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.make_company("North Branch Ltd")
        cls.keep_books(cls.other)
        cls.other_journal = cls.make_bank_journal(cls.other, OTHER_IBAN, code="NBNK")
        cls.other_journal.bank_account_id.allow_out_payment = True
        cls.treasurer = cls.creator
        cls.treasurer.company_ids |= cls.other

    @classmethod
    def both(cls, number, amount, *, theirs=None, owed=True):
        """A document in both books; ``owed``: our company has the bill."""
        debtor, creditor = (cls.company, cls.other) if owed else (cls.other, cls.company)
        invoice = cls.make_invoice(
            theirs or amount, partner=debtor.partner_id, company=creditor, payment_reference=number, name=number
        )
        bill = cls.make_invoice(
            amount, move_type="in_invoice", partner=creditor.partner_id, company=debtor, ref=number,
            partner_bank_id=cls.other_journal.bank_account_id.id if owed else False,
        )  # fmt: skip
        return cls.open_item(bill), cls.open_item(invoice)

    def settlement(self, **values):
        settlements = self.by(self.treasurer, self.env["finance.intercompany.settlement"])
        return settlements.create(
            {
                "company_id": self.company.id,
                "other_company_id": self.other.id,
                "currency_id": self.eur.id,
                "journal_id": self.journal.id,
                **values,
            }
        )

    def test_k24_both_legs_and_the_payment_by_one_action(self):
        bill, invoice = self.both("N-1", 1000)
        their_bill, our_invoice = self.both("O-1", 300, owed=False)
        settlement = self.settlement()
        settlement.action_settle()
        self.assertEqual((settlement.amount_owed, settlement.amount_claimed), (1000, 300))
        # offset: the smaller side is closed in both companies, the same is left on the other
        self.assertTrue(their_bill.reconciled and our_invoice.reconciled)
        self.assertEqual((bill.amount_residual_currency, invoice.amount_residual_currency), (-700, 700))
        moves = settlement.sudo().offset_move_ids
        self.assertEqual(moves.company_id, self.company | self.other)
        self.assertEqual([sum(move.line_ids.mapped("balance")) for move in moves], [0, 0])
        # the rest: an order like every other
        order = settlement.sudo().order_ids
        self.assertEqual((order.company_id, order.state, order.line_ids.amount), (self.company, "draft", 700))
        self.assertFalse(settlement.sudo().mirror_ids)
        self.release_all(order)
        received = settlement.sudo().mirror_ids
        self.assertEqual((received.company_id, received.amount, received.payment_type), (self.other, 700, "inbound"))
        self.assertEqual(received.payment_reference, order.line_ids.end_to_end_id)
        self.assertEqual(received.journal_id, self.other_journal)
        self.assertTrue(invoice.reconciled)
        self.assertTrue(bill.reconciled)

    def test_k24_rejected_by_the_bank_nothing_was_received(self):
        _bill, invoice = self.both("N-2", 500)
        settlement = self.settlement()
        settlement.action_settle()
        order = settlement.sudo().order_ids
        self.release_all(order)
        order._sent()
        self.bank_says(order.line_ids, "RJCT")
        self.assertEqual(settlement.sudo().mirror_ids.mapped("state"), ["canceled"])
        self.assertEqual(invoice.amount_residual, 500)

    def test_c03_what_differs_is_named_and_stays_open(self):
        bill, invoice = self.both("N-3", 100, theirs=101)
        only = self.open_item(self.make_invoice(40, move_type="in_invoice", partner=self.other.partner_id, ref="N-4"))
        settlement = self.settlement()
        settlement.action_compare()
        kinds = settlement.line_ids.mapped(lambda line: (line.kind, line.debtor_amount, line.creditor_amount))
        self.assertCountEqual(kinds, [("amount", 100, 101), ("debtor_only", 40, 0)])
        self.assertEqual(settlement.difference_count, 2)
        with self.assertRaisesRegex(UserError, "Nothing is open on both sides"):
            settlement.action_settle()
        self.assertFalse((bill | invoice | only).filtered("reconciled"))

    def test_k24_taken_back_as_long_as_nothing_has_left(self):
        bill, invoice = self.both("N-5", 200)
        their_bill, our_invoice = self.both("O-5", 50, owed=False)
        settlement = self.settlement()
        settlement.action_settle()
        settlement.action_undo()
        self.assertEqual(settlement.state, "undone")
        self.assertEqual(settlement.sudo().order_ids.state, "cancelled")
        for item, amount in ((bill, -200), (invoice, 200), (their_bill, -50), (our_invoice, 50)):
            self.assertEqual(item.amount_residual_currency, amount)
        # settled a second time, and then it has left
        again = self.settlement()
        again.action_settle()
        self.release_all(again.sudo().order_ids)
        with self.assertRaisesRegex(UserError, "has left already"):
            again.action_undo()

    def test_k24_twice_is_once(self):
        self.both("N-6", 80)
        settlement = self.settlement()
        settlement.action_settle()
        with self.assertRaisesRegex(UserError, "settled already"):
            settlement.action_settle()
        # somebody else's settlement of the same items finds the order that pays them
        with self.assertRaisesRegex(UserError, "cannot pay the rest"):
            self.settlement().action_settle()

    def test_k24_for_both_companies_only(self):
        self.both("N-7", 80)
        settlement = self.settlement()
        one = settlement.with_context(allowed_company_ids=self.company.ids)
        with self.assertRaises(AccessError):
            one.action_settle()
        with self.assertRaises(AccessError):
            self.by(self.approver, settlement).action_settle()
        for values in ({"state": "done"}, {"order_ids": [Command.clear()]}, {"name": "X"}):
            with self.assertRaises(AccessError):
                settlement.write(values)
            with self.assertRaises(AccessError):
                self.settlement(**values)
        by_default = settlement.with_context(default_state="done").copy()
        self.assertEqual(by_default.state, "draft")
        with self.assertRaises(AccessError):
            settlement.line_ids.create({"settlement_id": settlement.id, "direction": "owed", "kind": "equal"})

    def test_k24_a_closed_period_of_either_holds_all_of_it(self):
        bill, invoice = self.both("N-8", 90)
        self.both("O-8", 20, owed=False)
        self.other.fiscalyear_lock_date = self.today
        settlement = self.settlement()
        with self.assertRaisesRegex(UserError, "closed in North Branch"), self.env.cr.savepoint():
            settlement.action_settle()
        self.env.invalidate_all()
        self.assertEqual(settlement.state, "draft")
        self.assertFalse((bill | invoice).filtered("reconciled"))
