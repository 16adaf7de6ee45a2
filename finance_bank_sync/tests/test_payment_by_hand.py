"""What a payment order pays is paid by hand as well (K-10): before its release the order gives way, then the hand."""

from contextlib import contextmanager
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..models import finance_payment_booking
from .payment_bills_case import BillsCase


@tagged("post_install", "-at_install")
class TestPaymentByHand(BillsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = cls.make_user("payment_clerk", "account.group_account_invoice")
        cls.head = cls.make_user(
            "payment_head", "account.group_account_invoice", "finance_bank_sync.finance_group_payment_approver"
        )

    def register(self, *bills, user=None, **values):
        """:return: the dialog in which somebody pays the bills by hand"""
        wizards = self.by(user or self.clerk, self.env["account.payment.register"])
        context = {"active_model": "account.move", "active_ids": [bill.id for bill in bills]}
        return wizards.with_context(**context).create({"communication": "by hand", **values})

    def approved_for(self, *bills):
        order = self.pay(*bills)
        self.by(self.creator, order).action_propose()
        self.approve(order)
        return order

    @contextmanager
    def booked_later(self):
        """As orders of many payments: released, and not in the ledger yet."""
        with patch.object(finance_payment_booking, "AT_ONCE", 0):
            yield

    def in_flight(self, *bills):
        with self.booked_later():
            return self.release_all(self.pay(*bills))

    def test_k10_before_the_release_the_order_gives_way(self):
        bill, other = self.make_bill(100), self.make_bill(50, partner=self.second_supplier)
        order = self.approved_for(bill, other)
        wizard = self.register(bill)
        self.assertIn(bill.name, wizard.finance_orders_text)
        self.assertIn(order.name, wizard.finance_orders_text)
        self.assertFalse(wizard.finance_is_in_flight)
        wizard._create_payments()
        self.assertEqual(bill.payment_state, "paid")
        self.assertEqual(order.state, "draft")
        for told in (bill.name, self.clerk.name, "Take the payment out"):
            self.assertIn(told, order.attention)
        self.assertNotIn(other.name, order.attention)
        with self.assertRaisesRegex(UserError, "Less of"):
            self.by(self.creator, order).action_propose()
        self.by(self.creator, order).line_ids.filtered(lambda line: bill in line.item_ids.move_id).unlink()
        self.release_all(order)
        self.assertFalse(order.attention)

    def test_k10_a_part_that_leaves_enough_takes_no_approvals(self):
        bill = self.make_bill(100)
        order = self.pay(bill)
        order.line_ids.item_ids.amount = order.line_ids.amount = 40
        self.by(self.creator, order).action_propose()
        self.register(bill, amount=60)._create_payments()
        self.assertEqual(order.state, "proposed")
        self.approve(order)
        self.release(order)
        self.assertEqual(bill.payment_state, "paid")

    def test_k10_from_the_release_on_paying_by_hand_takes_a_right_and_a_reason(self):
        bill = self.make_bill(100)
        order = self.in_flight(bill)
        for wizard in (
            self.register(bill),
            self.register(bill, finance_reason="I know better"),
            self.register(bill, user=self.head),
            # what a client sends is no reason
            self.register(bill).with_context(finance_paid_nevertheless=True),
        ):
            self.assertTrue(wizard.finance_is_in_flight)
            with self.assertRaisesRegex(UserError, f"{bill.name} is being paid by {order.name}"):
                wizard._create_payments()
        wizard = self.register(bill, user=self.head, finance_reason="The payee has it in cash")
        with patch.object(type(self.env["finance.audit"]), "_record") as record:
            wizard._create_payments()
        self.assertEqual((bill.payment_state, order.state), ("paid", "released"))
        self.assertIn("The payee has it in cash", order.attention)
        self.assertTrue(order.activity_ids.filtered(lambda one: one.user_id == self.releaser))
        self.assertEqual([call.args[0] for call in record.call_args_list].count("payment.paid_otherwise"), 1)

    def test_k10_what_reconciles_a_bill_in_flight_is_no_other_payment(self):
        bill, credited, settled = self.make_bill(100), self.make_bill(70), self.make_bill(30)
        order = self.in_flight(bill, credited, settled)
        payment = self.env["account.payment"].create(
            {"payment_type": "outbound", "partner_type": "supplier", "partner_id": self.supplier.id, "amount": 100,
             "journal_id": self.journal.id}
        )  # fmt: skip
        payment.action_post()
        paying = payment._seek_for_lines()[1]
        with self.assertRaisesRegex(UserError, order.name), self.env.cr.savepoint():
            (paying | self.open_item(bill)).reconcile()
        self.assertFalse(order.attention)
        # a credit note takes money off that is on its way: somebody has to see it, and nothing leaves any more
        note = self.make_bill(70, move_type="in_refund")
        (self.open_item(note) | self.open_item(credited)).reconcile()
        self.assertIn(credited.name, order.attention)
        self.assertIn(credited.name, order._closed_items()[0]["message"])

    def test_k10_a_dialog_that_was_open_while_the_order_paid_pays_nothing(self):
        bill, half = self.make_bill(100), self.make_bill(60)
        order = self.pay(bill, half)
        parts = order.line_ids.item_ids
        parts.filtered(lambda item: item.move_id == half).amount = 10
        order.line_ids.amount = 110
        dialogs = self.register(bill), self.register(half)
        self.release_all(order)
        for wizard in dialogs:
            wizard = wizard.with_env(wizard.env(context={**wizard.env.context, "active_ids": None}))
            with self.assertRaisesRegex(UserError, f"Less is open by now .*{order.name}"):
                wizard._create_payments()
        self.register(half)._create_payments()
        self.assertEqual(half.payment_state, "paid")

    def test_k07_a_file_of_bills_that_are_booked_by_now_is_handed_over(self):
        order = self.release_all(self.pay(self.make_bill(100)))
        handover = self.by(self.releaser, self.env["finance.payment.handover.wizard"]).create({"order_id": order.id})
        with self.at_the_screen(self.releaser):
            handover.action_download()
        self.assertEqual(order.state, "sending")

    def test_k10_payments_without_an_entry_are_seen(self):
        bill, flown = self.make_bill(100), self.make_bill(50)
        with patch.object(type(self.env["account.move"]), "_get_invoice_in_payment_state", lambda _self: "in_payment"):
            order = self.approved_for(bill)
            self.register(bill)._create_payments()
            self.assertEqual(order.state, "draft")
            self.assertIn(bill.name, order.attention)
            order = self.release_all(self.pay(flown))
            with self.assertRaisesRegex(UserError, order.name):
                self.register(flown)._create_payments()
            payment = self.env["account.payment"].create(
                {"payment_type": "outbound", "partner_type": "supplier", "partner_id": self.supplier.id, "amount": 50,
                 "journal_id": self.journal.id, "invoice_ids": [Command.set(flown.ids)]}
            )  # fmt: skip
            with self.assertRaisesRegex(UserError, order.name):
                payment.action_post()

    def test_s18_of_a_confidential_order_nobody_is_told_the_number(self):
        bill = self.make_bill(100)
        order = self.pay(bill)
        order.sudo().is_confidential = True
        told = self.register(bill).finance_orders_text
        self.assertIn("a confidential payment order", told)
        self.assertNotIn(order.name, told)
