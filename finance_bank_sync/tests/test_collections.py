"""From invoices to collections by mandate, and what returns do to mandates (K-16, K-29)."""

import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from dateutil.relativedelta import relativedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..payments import mandates
from ..payments.progress import Fact
from .common import OTHER_IBAN
from .payment_case import PaymentCase
from .test_mandates import DebitCase


class CollectionCase(DebitCase, PaymentCase):
    """Invoices that are collected; the debtor is told by the invoice unless a test says otherwise."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.keeper = cls.creator
        cls.company.finance_debit_notice_days = 5

    def plan(self, **values):
        values.setdefault("due_until", self.today + timedelta(days=60))
        return self.by(self.creator, self.env["finance.payment.collect"])._plan(self.company, **values)

    def collect(self, *invoices, is_told=True, **values):
        """:return: a draft that collects these invoices"""
        if invoices:
            values["moves"] = self.env["account.move"].union(*invoices)
        collecting = self.by(self.creator, self.env["finance.payment.collect"])
        order = collecting._make(self.company, self.journal, self.plan(**values))
        if is_told:
            order.action_announced_otherwise()
        return order

    def leave(self, order):
        """Propose, approve, release and send an order."""
        order.action_propose()
        self.approve(order)
        self.release(order)
        self.assertEqual(order.state, "released", order.attention)
        order._sent()
        return order

    def collected(self, *invoices, **values):
        return self.leave(self.collect(*invoices, **values))

    def reject(self, line, reason="AM04"):
        line._add_facts([(Fact(kind="status", code="RJCT", reasons=(reason,)), {})])
        self.assertEqual(line.state, "rejected")

    def settle(self, line):
        line._add_facts([(Fact(kind="booked", key=f"b{line.id}", amount=Decimal(str(line.amount))), {})])
        self.assertEqual(line.state, "settled")

    def give_back(self, line, reason="AM04"):
        self.settle(line)
        fact = Fact(kind="returned", code=reason, key=f"r{line.id}", amount=Decimal(str(line.amount)))
        line._add_facts([(fact, {})])
        self.assertEqual(line.state, "returned")

    def invoice(self, amount=100, **values):
        return self.make_invoice(amount, day=self.today, **values)


@tagged("post_install", "-at_install")
class TestCollections(CollectionCase):
    def test_k16_sequences_follow_from_the_history(self):
        """K-16: FRST, RCUR, FNAL; what was rejected is presented again as what it was."""
        mandate = self.make_mandate()
        first = self.collected(self.invoice())
        self.assertEqual(first.line_ids.sequence_type, "FRST")
        [group] = first._batch().groups
        self.assertEqual((group.sequence, group.creditor_id), ("FRST", self.company.finance_creditor_identifier))
        [payment] = group.payments
        self.assertEqual((payment.mandate.reference, payment.mandate.amendment), (mandate.reference, None))
        self.reject(first.line_ids, "AC06")
        again = self.collected(self.invoice())
        self.assertEqual(again.line_ids.sequence_type, "FRST")
        self.settle(again.line_ids)
        third = self.collected(self.invoice())
        self.assertEqual(third.line_ids.sequence_type, "RCUR")
        self.give_back(third.line_ids)  # was settled: it counts
        mandate.is_ending = True
        last = self.collected(self.invoice())
        self.assertEqual((last.line_ids.sequence_type, mandate.is_ending), ("FNAL", False))
        self.assertEqual([one.code for one in self.plan(moves=self.invoice()).left], ["mandate_finished"])
        self.reject(last.line_ids, "AC06")
        self.assertTrue(mandate.is_ending, "the last one was not the last one")
        self.assertEqual(self.collect(self.invoice()).line_ids.sequence_type, "FNAL")
        self.assertEqual(
            self.kinds(mandate),
            ["signed", *["announced", "collected", "rejected"], *["announced", "collected", "settled"],
             *["announced", "collected", "settled", "returned"], *["announced", "collected", "rejected"], "announced"],
        )  # fmt: skip
        self.assertEqual(mandate.last_presented_on, last.line_ids._due())
        self.assertEqual(mandate.expires_on, last.line_ids._due() + relativedelta(months=36))

    def test_k16_one_collection_only(self):
        self.make_mandate(kind="once")
        order = self.collected(self.invoice())
        self.assertEqual(order.line_ids.sequence_type, "OOFF")
        self.assertEqual([one.code for one in self.plan(moves=self.invoice()).left], ["mandate_used"])
        self.reject(order.line_ids, "AC06")
        self.assertEqual(self.collect(self.invoice()).line_ids.sequence_type, "OOFF")

    def test_k16_collected_elsewhere_before(self):
        self.make_mandate(last_before=self.today - timedelta(days=30))
        self.assertEqual(self.collect(self.invoice()).line_ids.sequence_type, "RCUR")

    def test_k16_an_expired_mandate_is_blocked(self):
        """K-16: an expired mandate is blocked, also when it expires between approval and release."""
        mandate = self.make_mandate()
        order = self.collect(self.invoice())
        order.action_propose()
        self.approve(order)
        mandate.sudo().signed_on = self.today - relativedelta(months=37)
        self.env["finance.mandate"]._cron_expire()
        self.assertEqual(mandate.state, "expired")
        self.release(order)
        self.assertEqual(order.state, "draft")
        self.assertIn("ended", order.attention)
        with self.assertRaisesRegex(UserError, "Expired"):
            order.action_propose()
        self.assertEqual([one.code for one in self.plan(moves=self.invoice()).left], ["no_mandate"])

    def test_k16_why_a_mandate_forbids_it_is_told_in_the_language_of_the_reader(self):
        source = Path(mandates.__file__).read_text()
        codes = set(re.findall(r'raise MandateError\(\s*"(\w+)"', source))
        self.assertEqual(len(codes), 6)
        for code in codes:
            told = self.env["finance.mandate"]._refusal(mandates.MandateError(code, "english", self.today))
            self.assertNotEqual(told, "english", code)
        mandate = self.make_mandate(kind="once")
        self.collected(self.invoice())
        [left] = self.plan(moves=self.invoice()).left
        self.assertEqual(left.words, mandate._refusal(mandates.MandateError("mandate_used", "english")))

    def test_k16_collecting_is_offered_on_customer_invoices_alone(self):
        action = self.env.ref("finance_bank_sync.finance_payment_collect_wizard_action_invoices")
        self.assertFalse(action.binding_model_id)
        moves = self.by(self.creator, self.env["account.move"]).sudo()
        offered = {
            name: str(action.id) in moves.get_view(self.env.ref(f"account.{name}").id, "list")["arch"]
            for name in ("view_out_invoice_tree", "view_in_invoice_bill_tree")
        }
        self.assertEqual(offered, {"view_out_invoice_tree": True, "view_in_invoice_bill_tree": False})

    def test_k16_r_transactions_restore_the_mandate(self):
        """K-16: rejects, refusals, returns, refunds and reversals: history, sequence, and when nothing goes on."""
        mandate = self.make_mandate()
        order = self.collected(self.invoice())
        for reason, kind, state, is_settled in (
            ("AC06", "rejected", "active", False), ("MS02", "refused", "active", False),
            ("MD06", "refunded", "active", True), ("FOCR", "reversed", "active", True),
            ("MS03", "returned", "active", True), ("MD01", "refunded", "suspended", True),
        ):  # fmt: skip
            with self.subTest(reason), self.undone():
                (self.give_back if is_settled else self.reject)(order.line_ids, reason)
                event = mandate.event_ids.sorted("id").filtered(lambda event, kind=kind: event.kind == kind)
                self.assertEqual((event.reason_code, event.line_id), (reason, order.line_ids))
                self.assertTrue(event.reason)
                self.assertEqual(mandate.state, state)
                history = [one for one, _told in mandate._histories()[mandate.id]]
                sequence = mandates.next_sequence(mandate._terms(), history, self.today + timedelta(days=90))
                self.assertEqual(sequence, "RCUR" if is_settled else "FRST")
                if state == "suspended":
                    self.assertEqual(mandate.activity_ids.user_id, self.creator)
                    self.assertEqual([one.code for one in self.plan(moves=self.invoice()).left], ["suspended"])

    def test_k16_three_times_without_funds_suspends(self):
        mandate = self.make_mandate()
        for number in range(3):
            self.assertEqual(mandate.state, "active")
            order = self.collected(self.invoice())
            (self.give_back if number else self.reject)(order.line_ids, "AM04")
        self.assertEqual(mandate.state, "suspended")
        mandate.action_resume()
        self.give_back(self.collected(self.invoice()).line_ids, "AM04")
        self.assertEqual(mandate.state, "active", "what was before the resumption counts no more")

    def test_k16_an_amendment_is_told_once(self):
        mandate = self.make_mandate(reference="OLD-1")
        self.settle(self.collected(self.invoice()).line_ids)
        mandate.reference = "NEW-1"
        mandate.partner_bank_id = self.make_partner_account(self.customer, OTHER_IBAN)
        refused = self.collected(self.invoice())
        [payment] = refused._batch().groups[0].payments
        self.assertEqual((payment.mandate.reference, payment.account.iban), ("NEW-1", OTHER_IBAN))
        self.assertEqual(payment.mandate.amendment.original_mandate, "OLD-1")
        self.assertTrue(payment.mandate.amendment.is_new_account)  # SMNDA
        self.reject(refused.line_ids, "AC06")
        told = self.collected(self.invoice())
        self.assertEqual(told._batch().groups[0].payments[0].mandate.amendment.original_mandate, "OLD-1")
        self.settle(told.line_ids)
        self.assertIsNone(self.collect(self.invoice())._batch().groups[0].payments[0].mandate.amendment)

    def test_k16_a_recurrent_one_waits_for_the_first(self):
        mandate = self.make_mandate()
        first, second = self.collect(self.invoice()), self.collect(self.invoice())
        for order in (first, second):
            order.action_propose()
            self.approve(order)
        self.assertEqual((first + second).line_ids.mapped("sequence_type"), ["FRST", "RCUR"])
        with self.assertRaisesRegex(UserError, "release that first"):
            self.release(second)
        self.release(first)
        self.reject(first.line_ids, "AC06")
        # the first one failed: what was approved as recurrent would be the first now
        self.release(second)
        self.assertEqual((second.state, mandate.state), ("draft", "active"))
        self.leave(second)
        self.assertEqual(second.line_ids.sequence_type, "FRST")

    def test_k16_a_change_of_the_account_voids_the_approval(self):
        mandate = self.make_mandate()
        order = self.collect(self.invoice())
        order.action_propose()
        mandate.partner_bank_id = self.make_partner_account(self.customer, OTHER_IBAN)
        self.approve(order)
        self.assertEqual(order.state, "draft")
        with self.assertRaisesRegex(UserError, "not the one of mandate"):
            order.action_propose()

    def test_k16_debtors_are_told_before(self):
        self.make_mandate()
        self.customer.email = "debtor@example.com"
        order = self.collect(self.invoice(), is_told=False)
        codes = {issue["code"] for issue in order._issues() if issue["severity"] == "error"}
        self.assertEqual(codes, {"debit_not_announced"})
        order.action_announce()
        mail = self.env["mail.mail"].search(
            [("model", "=", "finance.payment.line"), ("res_id", "=", order.line_ids.id)]
        )
        self.assertEqual(len(mail), 1)
        self.assertIn("100.00", mail.body_html)
        self.assertNotIn(self.account.sanitized_acc_number, mail.body_html)
        self.assertEqual(order.line_ids.announced_on, self.today)
        self.assertFalse([issue for issue in order._issues() if issue["severity"] == "error"])
        with self.assertRaisesRegex(UserError, "already"):
            order.action_announce()
        order.line_ids.amount = 99  # another amount is announced anew
        self.assertFalse(order.line_ids.announced_on)
        order.action_announced_otherwise()
        # the bank could still have it in time, whatever weekday it is
        order.line_ids.sudo().date = mandates.earliest_due(self.today, notice_days=0)
        codes = {issue["code"] for issue in order._issues() if issue["severity"] == "error"}
        self.assertEqual(codes, {"debit_notice_short"})
        order.line_ids.mandate_id.notice_days = 1  # agreed with the debtor
        self.assertFalse([issue for issue in order._issues() if issue["severity"] == "error"])
        order.line_ids.sudo().date = self.today
        self.assertIn("debit_too_soon", {issue["code"] for issue in order._issues()})

    def test_k16_the_invoice_tells(self):
        self.make_mandate()
        self.company.finance_debit_announced_by = "invoice"
        invoice = self.make_invoice(100, day=self.today - timedelta(days=20))
        order = self.collect(invoice, is_told=False)
        self.assertIn("debit_not_announced", {issue["code"] for issue in order._issues()})
        invoice.is_move_sent = True
        self.assertFalse([issue for issue in order._issues() if issue["severity"] == "error"])
        self.assertEqual(order.line_ids.announced_on, invoice.invoice_date)

    def test_k16_what_is_collected_and_what_is_left_out(self):
        mandate = self.make_mandate()
        both = self.invoice(100) + self.invoice(50)
        credit = self.make_invoice(30, move_type="out_refund", day=self.today)
        other = self.make_invoice(70, day=self.today, partner=self.supplier)
        dollars = self.make_invoice(10, day=self.today, currency_id=self.usd.id)
        taken = self.invoice(20)
        self.collect(taken)
        plan = self.plan()
        [one] = plan.collections
        self.assertEqual((one.mandate, one.amount, one.sequence), (mandate.sudo(), 120, "FRST"))
        self.assertEqual(one.items.move_id, both + credit)
        self.assertEqual(
            {left.item.move_id: left.code for left in plan.left},
            {other: "no_mandate", dollars: "currency", taken: "in_order"},
        )
        single = self.plan(is_grouped=False)
        self.assertEqual([one.amount for one in single.collections], [100, 50])
        self.assertEqual({left.code for left in single.left if left.item.move_id == credit}, {"credit"})
        # the notice of five days, and a banking day
        self.assertEqual(one.due, mandates.due_day(self.today + timedelta(days=5)))
        day = mandates.due_day(self.today + timedelta(days=30))
        self.assertEqual(self.plan(day=day).collections[0].due, day)

    def test_k16_the_invoice_is_open_again_with_the_reason(self):
        """K-16: what was collected is paid in the ledger; what came back opens the invoice again."""
        self.make_mandate()
        for came_back in (self.reject, self.give_back):
            with self.subTest(came_back.__name__):
                invoice, credit = self.invoice(100), self.make_invoice(30, move_type="out_refund", day=self.today)
                order = self.collected(invoice, credit)
                payment = order.line_ids.payment_id
                self.assertEqual((payment.payment_type, payment.amount), ("inbound", 70))
                self.assertIn(invoice.payment_state, ("in_payment", "paid"))
                came_back(order.line_ids, "AM04")
                # the credit note may stay taken from the invoice: the same is open as before
                self.assertIn(invoice.payment_state, ("not_paid", "partial"))
                self.assertEqual(invoice.amount_residual - credit.amount_residual, 70)
                self.assertIn("Insufficient funds", str(invoice.message_ids.mapped("body")))
                # and is collected again
                plan = self.plan(moves=invoice + credit)
                self.assertEqual([one.amount for one in plan.collections], [70])

    def test_k16_the_dialog(self):
        self.make_mandate()
        invoice = self.invoice(100)
        wizard = Form(
            self.by(self.creator, self.env["finance.payment.collect.wizard"]).with_context(
                active_model="account.move", active_ids=invoice.ids
            )
        )
        self.assertIn("FRST", str(wizard.preview))
        wizard = wizard.save()
        self.assertEqual(wizard.action_show_left()["domain"], [("id", "in", [])])
        order = self.env["finance.payment.order"].browse(wizard.action_make()["res_id"])
        self.assertEqual((order.direction, order.amount, order.profile), ("debit", 100, "sepa_sdd_core"))
        self.assertEqual(order.line_ids.item_ids.move_id, invoice)
        with self.assertRaisesRegex(UserError, "nothing to collect"):
            wizard.action_make()
        with self.assertRaises(AccessError):
            self.by(self.approver, self.env["finance.payment.collect.wizard"]).create({})

    def test_k16_core_and_b2b_leave_apart(self):
        self.make_mandate()
        self.supplier.is_company = True
        b2b = self.make_mandate(partner_id=self.supplier.id, partner_bank_id=self.supplier_account.id, scheme="B2B")
        invoices = self.invoice() + self.invoice(partner=self.supplier)
        plan = self.plan(moves=invoices)
        self.assertEqual([one.code for one in plan.left], ["mandate_unconfirmed"])
        b2b.action_confirm()
        orders = self.collect(invoices, is_told=False)
        self.assertEqual(sorted(orders.mapped("profile")), ["sepa_sdd_b2b", "sepa_sdd_core"])
        for order in orders:
            order.action_announced_otherwise()
            order.action_propose()
        core = orders.filtered(lambda order: order.profile == "sepa_sdd_core")
        self.assertEqual(core.line_ids.mandate_id.scheme, "CORE")

    def test_attack_1_sequence_and_announcement_are_written_by_steps(self):
        self.make_mandate()
        line = self.collect(self.invoice(), is_told=False).line_ids
        for values in ({"sequence_type": "RCUR"}, {"announced_on": self.today}, {"mandate_change": {}}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                line.write(values)
        with self.assertRaises(AccessError):
            self.by(self.approver, line.order_id).action_announced_otherwise()

    def test_k16_queries_do_not_grow_with_the_collections(self):
        self.make_mandate()
        self.collect(*[self.invoice() for _ in range(2)], is_grouped=False).action_propose()

        def count(order):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            order._issues()
            return self.env.cr.sql_log_count - before

        few = count(self.collect(*[self.invoice() for _ in range(2)], is_grouped=False))
        many = count(self.collect(*[self.invoice() for _ in range(12)], is_grouped=False))
        self.assertLessEqual(many, few + 2)
