"""Payments in the ledger: booked, reconciled, taken back, corrected (K-12, K-13, K-14, K-30, K-34)."""

from datetime import timedelta
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import tagged

from ..models import finance_payment_booking
from .payment_bills_case import BillsCase


@tagged("post_install", "-at_install")
class TestPaymentLedger(BillsCase):
    def paid(self, *moves, **values):
        return self.release_all(self.pay(*moves, **values))

    def residual(self, moves):
        return [self.open_item(move).amount_residual_currency for move in moves]

    def balance(self, payments):
        return sum(payments.move_id.line_ids.mapped("balance"))

    # -- booked ----------------------------------------------------------------------------

    def test_k07_release_books_and_reconciles(self):
        bills = [self.make_bill(100), self.make_bill(50), self.make_bill(7, partner=self.second_supplier)]
        note = self.make_bill(20, move_type="in_refund")
        order = self.paid(*bills, note)
        payments = order.line_ids.payment_id
        self.assertEqual(sorted(payments.mapped("amount")), [7, 130])
        self.assertEqual(set(payments.mapped("payment_method_code")), {"finance_transfer"})
        self.assertEqual(payments.mapped("payment_reference"), order.line_ids.mapped("end_to_end_id"))
        self.assertEqual(set(payments.move_id.mapped("state")), {"posted"})
        self.assertEqual(self.residual([*bills, note]), [0, 0, 0, 0])
        self.assertEqual(set(bills[0].mapped("payment_state")), {"paid"})
        self.assertFalse(any(order.line_ids.item_ids.mapped("claims")))
        self.assertTrue(all(order.line_ids.item_ids.mapped("is_live")))
        self.assertFalse(any(payments.mapped("is_matched")), "only the bank's booking clears the outstanding account")

    def test_k07_a_payment_by_hand_is_open_on_its_payee(self):
        order = self.release_all(self.make_order(30))
        payment = order.line_ids.payment_id
        counterpart = payment._seek_for_lines()[1]
        self.assertEqual((counterpart.balance, counterpart.reconciled), (30, False))

    def test_k07_a_part_of_a_bill_is_paid_as_it_was_said(self):
        first, second = self.make_bill(100), self.make_bill(50)
        order = self.pay(first, second)
        items = order.line_ids.item_ids
        # Odoo would pay the older one in full
        items.filtered(lambda item: item.move_id == first).amount = 10
        order.line_ids.amount = 60
        self.release_all(order)
        self.assertEqual(self.residual([first, second]), [-90, 0])
        self.assertEqual(first.payment_state, "partial")
        rest = self.pay(first)
        self.assertEqual(rest.amount, 90)

    def test_k07_a_discount_is_booked_as_odoo_does(self):
        terms = self.env["account.payment.term"].create(
            {
                "name": "2 % 10 days",
                "early_discount": True,
                "discount_percentage": 2,
                "discount_days": 10,
                "line_ids": [Command.create({"value": "percent", "value_amount": 100, "nb_days": 60})],
            }
        )
        bill = self.make_bill(100, invoice_date=self.today, date=self.today, invoice_payment_term_id=terms.id)
        order = self.paid(bill)
        self.assertEqual(order.amount, 98)
        self.assertEqual(self.residual([bill]), [0])
        liquidity, counterpart, discount = order.line_ids.payment_id._seek_for_lines()
        self.assertEqual((liquidity.balance, counterpart.balance, discount.balance), (-98, 100, -2))
        self.assertEqual(discount.account_id, self.company.account_journal_early_pay_discount_gain_account_id)

    def test_k07_a_difference_of_rates_is_booked_by_odoo(self):
        dollars = self.make_bank_journal(self.company, "DE75512108001245126199", currency=self.usd)
        bill = self.make_bill(125, currency_id=self.usd.id)
        self.env["res.currency.rate"].create(
            {"currency_id": self.usd.id, "rate": 1.0, "name": self.today, "company_id": self.company.id}
        )
        order = self.pay(bill, journal_id=dollars.id)
        order.profile = "generic_transfer"
        self.release_all(order)
        self.assertEqual(self.residual([bill]), [0])
        item = self.open_item(bill)
        self.assertEqual(item.amount_residual, 0)
        exchange = item.matched_debit_ids.exchange_move_id
        exchange |= item.full_reconcile_id.reconciled_line_ids.move_id.filtered(
            lambda move: move.journal_id == self.company.currency_exchange_journal_id
        )
        # 100 euro then, 125 euro now
        self.assertEqual(sum(exchange.line_ids.filtered(lambda line: line.balance > 0).mapped("balance")), 25)

    def test_k07_without_an_outstanding_account_the_booking_at_the_bank_is_waited_for(self):
        bill = self.make_bill(100)
        moves = type(self.env["account.move"])
        with patch.object(moves, "_get_invoice_in_payment_state", lambda _self: "in_payment"):
            order = self.paid(bill)
            payment = order.line_ids.payment_id
            self.assertFalse(payment.move_id)
            self.assertEqual(payment.state, "in_process")
            self.assertEqual(bill.payment_state, "in_payment")
            self.assertEqual(bill.matched_payment_ids, payment)
            # nothing in the ledger says that it is paid: the order does
            self.assertTrue(order.line_ids.item_ids.claims)
            self.assertIn(bill, self.left(self.wizard(move_ids=[Command.set(bill.ids)])))
            self.bank_says(order.line_ids, "RJCT", reasons=("AC04",))
            self.assertEqual((payment.state, bill.payment_state), ("rejected", "not_paid"))

    def test_k34_many_payments_are_booked_in_the_background(self):
        bills = [self.make_bill(number, ref=f"M-{number}") for number in range(1, 5)]
        with patch.object(finance_payment_booking, "AT_ONCE", 2), patch.object(finance_payment_booking, "BATCH", 3):
            order = self.paid(*bills, grouped=False)
            self.assertFalse(order.line_ids.payment_id)
            with self.enter_registry_test_mode():
                self.env.ref("finance_bank_sync.ir_cron_finance_payment_book").method_direct_trigger()
        self.assertEqual(len(order.line_ids.payment_id), 4)
        self.assertEqual(self.residual(bills), [0, 0, 0, 0])
        # once more does nothing
        self.assertFalse(self.env["finance.payment.ledger"]._book(order.line_ids))

    def test_k34_the_number_of_queries_does_not_grow_with_the_payments(self):
        counts = []
        for size in (10, 30):
            bills = [self.make_bill(number, ref=f"Q{size}-{number}") for number in range(1, size + 1)]
            order = self.pay(*bills, grouped=False)
            order.line_ids._payment_order()
            self.by(self.creator, order).action_propose()
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.env["finance.payment.ledger"]._book(order.line_ids)
            self.env.flush_all()
            counts.append((self.env.cr.sql_log_count - before) / size)
        self.assertLess(counts[1], counts[0])

    # -- taken back ------------------------------------------------------------------------

    def test_k13_a_rejection_opens_the_bill_with_the_reason(self):
        bills = [self.make_bill(100), self.make_bill(50, partner=self.second_supplier)]
        order = self.paid(*bills)
        order._sent()
        rejected = order.line_ids.filtered(lambda line: line.partner_id == self.supplier)
        payment = rejected.payment_id
        self.bank_says(rejected, "RJCT", reasons=("AC04",))
        self.assertEqual(rejected.state, "rejected")
        self.assertEqual((payment.state, payment.move_id.state), ("rejected", "cancel"))
        self.assertEqual(self.residual(bills), [-100, 0])
        self.assertFalse(rejected.item_ids.is_live)
        self.assertIn("Account closed", str(bills[0].message_ids.mapped("body")))
        self.assertNotIn("rejected", str(bills[1].message_ids.mapped("body")))

    def test_k13_fix_and_resubmit_is_a_new_payment(self):
        bill = self.make_bill(100)
        order = self.paid(bill)
        order._sent()
        self.bank_says(order.line_ids, "RJCT", reasons=("AC04",))
        line = self.by(self.creator, order.line_ids)
        self.assertTrue(line.can_resubmit)
        new = self.orders_of(line.action_resubmit())
        self.assertEqual((new.state, new.amount), ("draft", 100))
        self.assertEqual(new.line_ids.resubmit_of_id, order.line_ids)
        self.assertFalse(line.can_resubmit, "once is enough")
        self.release_all(new)
        self.assertNotEqual(new.line_ids.end_to_end_id, order.line_ids.end_to_end_id)
        self.assertNotEqual(new.line_ids.uetr, order.line_ids.uetr)
        self.assertEqual(self.residual([bill]), [0])

    def test_k13_in_a_closed_period_the_entry_is_reversed(self):
        bill = self.make_bill(100)
        ledger = type(self.env["finance.payment.ledger"])
        with patch.object(ledger, "_day", lambda _self, _line: self.today - timedelta(days=40)):
            order = self.paid(bill)
        payment = order.line_ids.payment_id
        order._sent()
        self.company.fiscalyear_lock_date = self.today - timedelta(days=30)
        self.bank_says(order.line_ids, "RJCT", reasons=("AC04",))
        self.assertEqual(payment.move_id.state, "posted")
        self.assertEqual(payment.move_id.reversal_move_ids.date, self.today)
        self.assertEqual(self.residual([bill]), [-100])
        self.assertTrue(
            all(payment.move_id.line_ids.filtered(lambda item: item.account_id.reconcile).mapped("reconciled"))
        )

    def test_k07_a_cancelled_order_leaves_no_trace_in_the_ledger(self):
        bill = self.make_bill(100)
        order = self.paid(bill)
        order._cancel("bank changed")
        payment = order.line_ids.payment_id
        self.assertEqual((payment.state, payment.move_id.state), ("canceled", "cancel"))
        self.assertEqual(self.residual([bill]), [-100])
        self.assertEqual(self.pay(bill).amount, 100)

    def booked(self, line, *, amount=None):
        """The bank books the payment; its line is reconciled with the outstanding account."""
        booking = self.env["account.bank.statement.line"].create(
            {"journal_id": self.journal.id, "date": self.today, "payment_ref": f"EREF+{line.end_to_end_id}",
             "amount": -(amount or line.amount), "partner_id": line.partner_id.id}
        )  # fmt: skip
        liquidity = line.payment_id._seek_for_lines()[0]
        _own, suspense, _other = booking._seek_for_lines()
        suspense.with_context(skip_readonly_check=True).account_id = liquidity.account_id
        (suspense | liquidity).reconcile()
        self.bank_says(line, "", kind="booked", amount=line.amount, key="b1", statement_line_id=booking.id)
        return booking

    def test_k12_settled_is_what_the_bank_has_booked(self):
        order = self.paid(self.make_bill(100))
        order._sent()
        line = order.line_ids
        self.bank_says(line, "ACSC")
        self.assertEqual((line.state, line.payment_id.is_matched), ("confirmed", False))
        self.booked(line)
        self.assertEqual((line.state, order.state, line.payment_id.is_matched), ("settled", "settled", True))

    def test_k14_a_return_reverses_and_keeps_the_lineage(self):
        bill = self.make_bill(100)
        order = self.paid(bill)
        order._sent()
        line = order.line_ids
        booking = self.booked(line)
        self.bank_says(line, "AC04", kind="returned", amount=100, key="r1", text="Account closed")
        payment = line.payment_id
        reversal = payment.move_id.reversal_move_ids
        self.assertEqual((line.state, payment.state, payment.move_id.state), ("returned", "rejected", "posted"))
        self.assertEqual(self.residual([bill]), [-100])
        self.assertTrue(booking.is_reconciled, "what the bank booked stays booked")
        self.assertIn("came back", str(bill.message_ids.mapped("body")))
        # the reversal waits on the outstanding account for the booking of the return
        outstanding = payment.outstanding_account_id
        waiting = reversal.line_ids.filtered(lambda item: item.account_id == outstanding)
        self.assertEqual((waiting.balance, waiting.reconciled), (100, False))
        self.assertTrue(line.can_resubmit)

    def test_k14_the_booking_of_the_return_with_a_fee_closes_everything(self):
        from decimal import Decimal

        from ..ledger.plan import Settlement

        self.journal.finance_charge_account_id = self.env["account.account"].create(
            {"name": "Bank fees", "code": "627999", "account_type": "expense"}
        )
        bill = self.make_bill(100)
        order = self.paid(bill)
        order._sent()
        line = order.line_ids
        booking = self.booked(line)
        outstanding = line.payment_id.outstanding_account_id
        self.bank_says(line, "AC04", kind="returned", amount=100, key="r1")
        back = self.env["account.bank.statement.line"].create(
            {"journal_id": self.journal.id, "date": self.today, "payment_ref": "Return", "amount": 95}
        )
        self.env["finance.bank.settlement"]._settle(back, Settlement(origin_line_id=booking.id, fee=Decimal(5)))
        self.assertEqual(self.residual([bill]), [-100])
        entries = line.payment_id.move_id | line.payment_id.move_id.reversal_move_ids | booking.move_id | back.move_id
        open_items = entries.line_ids.filtered(lambda item: item.account_id == outstanding and not item.reconciled)
        self.assertFalse(open_items, "nothing is left on the outstanding account")
        fee = back.move_id.line_ids.filtered(lambda item: item.account_id == self.journal.finance_charge_account_id)
        self.assertEqual(fee.balance, 5)

    # -- lineage ---------------------------------------------------------------------------

    def test_k30_from_the_bill_to_the_bank_and_back(self):
        bill = self.make_bill(100)
        order = self.paid(bill)
        order._sent()
        line = order.line_ids
        booking = self.booked(line)
        by_creator = self.by(self.creator, bill)
        self.assertEqual(by_creator.finance_payment_count, 1)
        self.assertEqual(by_creator.action_view_finance_payments()["res_id"], line.id)
        payee = self.by(self.creator, line.partner_id)
        self.assertEqual(payee.finance_payment_count, 1)
        self.assertEqual(payee.action_view_finance_payments()["res_id"], line.id)
        self.assertEqual(self.by(self.creator, line.payment_id).action_view_finance_order()["res_id"], order.id)
        self.assertEqual(line.action_view_bookings()["res_id"], booking.id)
        self.assertEqual(line.action_view_documents()["res_id"], bill.id)
        self.assertEqual(line.action_view_payment()["res_id"], line.payment_id.id)
        self.assertEqual(self.by(self.creator, booking).action_view_finance_payments()["res_id"], line.id)

    # -- the same sums everywhere ----------------------------------------------------------

    def test_k29_sums_agree_in_currencies_with_no_two_and_three_decimals(self):
        import random

        rnd = random.Random(6)
        for name, places in (("JPY", 0), ("EUR", 2), ("KWD", 3)):
            currency = self.env["res.currency"].with_context(active_test=False).search([("name", "=", name)])
            currency.active = True
            self.assertEqual(currency.decimal_places, places)
            journal = self.journal
            if name != "EUR":
                self.env["res.currency.rate"].create(
                    {"currency_id": currency.id, "rate": rnd.uniform(0.2, 160), "name": "2020-01-01",
                     "company_id": self.company.id}
                )  # fmt: skip
                journal = self.make_bank_journal(self.company, f"DE{places}0000000000000000000", currency=currency)
            moves = []
            for number in range(8):
                amount = rnd.randrange(10 ** (places + 3)) / 10**places + 1
                kind = "in_refund" if number % 4 == 3 else "in_invoice"
                amount = round(amount / 1000 + 1 if kind == "in_refund" else amount, places)
                moves.append(self.make_bill(amount, move_type=kind, currency_id=currency.id, ref=f"{name}-{number}",
                                            partner=(self.supplier, self.second_supplier)[number % 2]))  # fmt: skip
            documents = [Command.set([move.id for move in moves])]
            wizard = self.wizard(move_ids=documents, journal_id=journal.id, grouped=bool(places % 2))
            self.assertEqual(self.left(wizard), {})
            order = self.orders_of(wizard.action_make())
            lines = order.line_ids
            expected = -sum(self.residual(moves))
            self.env["finance.payment.ledger"]._book(lines)
            near = {"places": places}
            self.assertAlmostEqual(order.amount, expected, **near)
            self.assertAlmostEqual(sum(lines.mapped("amount")), expected, **near)
            for line in lines:
                self.assertAlmostEqual(sum(line.item_ids.mapped("amount")), line.amount, **near)
            self.assertAlmostEqual(sum(lines.payment_id.mapped("amount")), expected, **near)
            liquidity = lines.payment_id.move_id.line_ids.filtered(
                lambda item, accounts=lines.payment_id.outstanding_account_id: item.account_id in accounts
            )
            self.assertAlmostEqual(-sum(liquidity.mapped("amount_currency")), expected, **near)
            self.assertAlmostEqual(self.balance(lines.payment_id), 0)
            self.assertEqual(self.residual(moves), [0] * len(moves))
