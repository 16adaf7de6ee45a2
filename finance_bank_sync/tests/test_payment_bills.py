"""Pay Bills: what is chosen, netted, routed, left out and why (K-07, K-10, K-25, K-31, K-35, S-07, S-18)."""

import re
from datetime import date, datetime, timedelta
from unittest.mock import patch

import psycopg2
from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from odoo.addons.finance_connector_base.const import OPERATOR

from ..payments import run
from .common import CUSTOMER_IBAN, FOREIGN_IBAN, OTHER_IBAN
from .payment_bills_case import BillsCase


@tagged("post_install", "-at_install")
class TestPaymentBills(BillsCase):
    def test_k07_bills_become_an_order(self):
        bills = [self.make_bill(100, ref="A-1"), self.make_bill(50, ref="A-2")]
        bills.append(self.make_bill(70, ref="C-1", partner=self.second_supplier))
        order = self.pay(*bills)
        self.assertEqual((order.state, order.payment_count, order.amount), ("draft", 2, 220))
        self.assertEqual(order.journal_id, self.journal)
        lines = order.line_ids.sorted("amount")
        self.assertEqual(lines.mapped("remittance"), ["C-1", "A-1, A-2"])
        self.assertEqual(lines.partner_bank_id, self.supplier_account | self.second_account)
        self.assertEqual(set(lines.item_ids.move_id), set(bills))
        self.assertIn(self.creator, order.editor_ids | order.create_uid)

    def test_k07_one_payment_a_bill_with_its_own_reference(self):
        bill = self.make_bill(100, ref="A-1", payment_reference="RF18539007547034")
        order = self.pay(bill, self.make_bill(50, ref="A-2"), grouped=False)
        lines = order.line_ids.sorted("amount")
        self.assertEqual(lines.mapped("amount"), [50, 100])
        self.assertEqual(lines.mapped("remittance"), ["A-2", False])
        self.assertEqual((lines[1].reference_type, lines[1].reference), ("SCOR", "RF18539007547034"))

    def test_k07_what_is_due_is_chosen_and_what_saves_a_discount(self):
        week = timedelta(days=7)
        due = self.make_bill(10, due=self.today)
        self.make_bill(20, due=self.today + 4 * week)
        saving = self.make_bill(
            100, invoice_date=self.today, date=self.today, invoice_payment_term_id=self.discount_terms().id
        )
        wizard = self.wizard(due_until=self.today + week, discount_until=self.today + 2 * week)
        order = self.orders_of(wizard.action_make())
        self.assertEqual(order.line_ids.item_ids.move_id, due | saving)
        self.assertEqual(order.line_ids.amount, 108)
        taken = order.line_ids.item_ids.filtered(lambda item: item.move_id == saving)
        self.assertEqual((taken.amount, taken.discount), (98, 2))
        self.assertEqual(
            self.left(self.wizard(due_until=self.today + week, discount_until=self.today + 2 * week)),
            {due: run.IN_ORDER, saving: run.IN_ORDER},
        )

    def discount_terms(self):
        return self.env["account.payment.term"].create(
            {
                "name": "2 % 10 days",
                "early_discount": True,
                "discount_percentage": 2,
                "discount_days": 10,
                "line_ids": [Command.create({"value": "percent", "value_amount": 100, "nb_days": 60})],
            }
        )

    def test_k35_credit_notes_are_netted_and_never_turn_a_payment_around(self):
        bill, note = self.make_bill(100), self.make_bill(30, move_type="in_refund")
        order = self.pay(bill, note)
        self.assertEqual(order.line_ids.mapped("amount"), [70])
        self.assertEqual(sorted(order.line_ids.item_ids.mapped("amount")), [-30, 100])
        other, large = self.make_bill(10, partner=self.second_supplier), None
        large = self.make_bill(10, partner=self.second_supplier, move_type="in_refund")
        wizard = self.wizard(move_ids=[Command.set((other | large).ids)])
        self.assertEqual(self.left(wizard), dict.fromkeys(other | large, run.NEGATIVE))
        with self.assertRaisesRegex(UserError, "nothing to pay"):
            wizard.action_make()
        self.assertEqual(self.pay(other, large, with_credit_notes=False).amount, 10)

    def test_k35_a_refund_goes_back_to_the_customer(self):
        account = self.make_partner_account(self.customer, CUSTOMER_IBAN)
        account.allow_out_payment = True
        refund = self.make_invoice(40, move_type="out_refund")
        order = self.pay(refund, kind="refunds")
        self.assertEqual((order.amount, order.line_ids.partner_id), (40, self.customer))
        # one that was set off against an invoice needs no payment
        invoice, second = self.make_invoice(60), self.make_invoice(60, move_type="out_refund")
        (self.open_item(invoice) | self.open_item(second)).reconcile()
        with self.assertRaisesRegex(UserError, "nothing to pay"):
            self.pay(second, kind="refunds")

    def test_s18_salaries_are_a_confidential_order(self):
        entry, people = self.payroll()
        with self.assertRaises(AccessError):
            self.wizard(self.plain_creator(), kind="salaries", move_ids=[Command.set(entry.ids)]).action_make()
        order = self.pay(entry, kind="salaries")
        self.assertTrue(order.is_confidential)
        self.assertEqual((order.category_purpose, order.amount, order.payment_count), ("SALA", 4200, 2))
        self.assertEqual(order.line_ids.partner_id, people)
        self.assertTrue(all(order.line_ids.mapped("is_confidential")))
        hidden = self.by(self.plain_creator(), self.env["finance.payment.line"])
        self.assertFalse(hidden.search([("order_id", "=", order.id)]))
        # attack 11: what looks paid already tells nobody a salary
        line = order.line_ids[0]
        same = {name: line[name].id for name in ("partner_id", "partner_bank_id")}
        same |= {"amount": line.amount, "remittance": line.remittance}
        for user, is_told in ((self.creator, True), (self.plain_creator(), False)):
            again = self.make_order(lines=[same], user=user)
            with self.subTest(user=user.login):
                told = [issue["message"] for issue in self.by(user, again)._issues()]
                self.assertEqual(any(order.name in text for text in told), is_told, told)

    def plain_creator(self):
        found = self.env["res.users"].search([("login", "=", "plain_creator")])
        return found or self.make_user("plain_creator", "finance_bank_sync.finance_group_payment_creator")

    def payroll(self):
        people = self.env["res.partner"].create([{"name": "Ada"}, {"name": "Bo"}])
        for person, number in zip(people, (OTHER_IBAN, CUSTOMER_IBAN), strict=True):
            self.make_partner_account(person, number).allow_out_payment = True
        owed = self.env["account.account"].create(
            {"name": "Net pay", "code": "217000", "account_type": "liability_current", "reconcile": True}
        )
        cost = self.env["account.account"].create({"name": "Wages", "code": "617000", "account_type": "expense"})
        entry = self.env["account.move"].create(
            {
                "move_type": "entry",
                "ref": "Payroll 2026-10",
                "line_ids": [
                    Command.create({"account_id": cost.id, "debit": 4200}),
                    Command.create({"account_id": owed.id, "credit": 2200, "partner_id": people[0].id}),
                    Command.create({"account_id": owed.id, "credit": 2000, "partner_id": people[1].id}),
                ],
            }
        )
        entry.action_post()
        return entry, people

    # -- left out --------------------------------------------------------------------------

    def test_k07_what_is_left_out_says_why(self):
        nobody = self.env["res.partner"].create({"name": "No Account"})
        doubtful = self.env["res.partner"].create({"name": "Doubtful"})
        self.make_partner_account(doubtful, OTHER_IBAN)
        cases = {
            self.make_bill(1, partner=nobody): run.NO_ACCOUNT,
            self.make_bill(2, partner=doubtful): run.UNTRUSTED,
            self.make_bill(3): run.BLOCKED,
            self.make_bill(4, partner=nobody, move_type="in_refund"): run.CREDIT_ALONE,
        }
        blocked = next(move for move, code in cases.items() if code == run.BLOCKED)
        blocked.action_toggle_block_payment()
        moves = self.env["account.move"].browse([move.id for move in cases])
        wizard = self.wizard(move_ids=[Command.set(moves.ids)])
        self.assertEqual(self.left(wizard), cases)
        preview = re.sub(r"<[^>]+>", " ", str(wizard.preview))
        self.assertIn("No Account: ", preview)
        self.assertIn("not trusted", preview)
        action = wizard.action_show_left()
        self.assertEqual(self.items.search(action["domain"]).move_id, moves)

    def test_k07_a_payees_name_cannot_inject_markup(self):
        evil = self.env["res.partner"].create({"name": "<img src=x onerror=alert(1)>"})
        wizard = self.wizard(move_ids=[Command.set(self.make_bill(1, partner=evil).ids)])
        self.assertNotIn("<img", str(wizard.preview))
        self.assertIn("&lt;img", str(wizard.preview))

    # -- duplicates ------------------------------------------------------------------------

    def test_k10_a_bill_is_in_one_order_at_a_time(self):
        bill = self.make_bill(100)
        order = self.pay(bill)
        self.assertEqual(self.left(self.wizard(move_ids=[Command.set(bill.ids)])), {bill: run.IN_ORDER})
        with self.assertRaises(UserError):
            self.pay(bill)
        line = order.line_ids
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.IntegrityError), self.cr.savepoint():
            self.env["finance.payment.item"].create(
                {"line_id": self.make_order(5).line_ids.id, "move_line_id": line.item_ids.move_line_id.id, "amount": 5}
            )
        order._cancel("not now")
        self.assertFalse(line.item_ids.is_live)
        self.assertEqual(self.pay(bill).amount, 100)

    def test_k10_the_same_payee_amount_and_text_needs_a_reason(self):
        first = self.make_bill(100, ref="A-77")
        self.release_all(self.pay(first))
        # the bill came twice: once more by mail, entered with another date
        second = self.make_bill(100, ref="a 77", invoice_date="2026-02-03")
        wizard = self.wizard(move_ids=[Command.set(second.ids)])
        self.assertEqual(self.left(wizard), {second: run.DUPLICATE})
        wizard.reason = "agreed with Bolt: two deliveries"
        with self.at_the_screen(self.creator):
            order = self.orders_of(wizard.action_make())
        self.assertEqual(order.line_ids.duplicate_reason, "agreed with Bolt: two deliveries")
        self.by(self.creator, order).action_propose()
        self.assertEqual(order.state, "proposed")

    def test_k10_a_payment_by_hand_is_compared_too(self):
        self.release_all(self.pay(self.make_bill(100, ref="A-77")))
        order = self.make_order(lines=[self.line_values(100, "A 77")])
        with self.assertRaisesRegex(UserError, "Paid already"):
            order.action_propose()
        wizard = self.by(self.creator, self.env["finance.payment.override.wizard"]).create(
            {"line_ids": [Command.set(order.line_ids.ids)], "reason": "second instalment"}
        )
        with self.at_the_screen(self.creator):
            wizard.action_confirm()
        order.action_propose()
        self.assertEqual(order.state, "proposed")
        self.assertIn("second instalment", str([issue["message"] for issue in order._issues()]))

    def line_values(self, amount, text, **values):
        return {
            "partner_id": self.supplier.id,
            "partner_bank_id": self.supplier_account.id,
            "amount": amount,
            "remittance": text,
            **values,
        }

    def test_k10_odoos_payments_and_the_bank_are_asked_and_returns_do_not_count(self):
        values = {"payment_type": "outbound", "partner_type": "supplier", "partner_id": self.supplier.id}
        payment = self.env["account.payment"].create(
            {**values, "amount": 100, "memo": "A-7701", "journal_id": self.journal.id, "date": self.today}
        )
        payment.action_post()
        bill = self.make_bill(100, ref="A-7701")
        wizard = self.wizard(move_ids=[Command.set(bill.ids)])
        self.assertEqual(self.left(wizard), {bill: run.DUPLICATE})
        payment.action_cancel()
        self.assertEqual(self.left(wizard), {})
        booking = self.env["account.bank.statement.line"].create(
            {"journal_id": self.journal.id, "date": self.today, "amount": -100, "payment_ref": "SVWZ+ A 7701",
             "partner_id": self.supplier.id}
        )  # fmt: skip
        self.assertEqual(self.left(wizard), {bill: run.DUPLICATE})
        booking.date = self.today - timedelta(days=90)
        self.assertEqual(self.left(wizard), {})

    def test_k10_another_record_of_the_same_payee_is_known_by_the_account(self):
        self.release_all(self.pay(self.make_bill(100, ref="A-77")))
        twin = self.env["res.partner"].create({"name": "Bolt Supplier Ltd"})
        self.make_partner_account(twin, self.supplier_account.acc_number).allow_out_payment = True
        bill = self.make_bill(100, ref="A-77", partner=twin)
        self.assertEqual(self.left(self.wizard(move_ids=[Command.set(bill.ids)])), {bill: run.DUPLICATE})

    def test_k10_nobody_says_by_himself_that_an_item_is_free(self):
        item = self.pay(self.make_bill(100)).line_ids.item_ids
        for name in ("claims", "is_live"):
            with self.assertRaises(AccessError):
                self.by(self.creator, item).write({name: False})

    # -- routes ----------------------------------------------------------------------------

    def route(self, name, **values):
        return self.env["finance.payment.route"].create(
            {
                "name": name,
                "company_id": self.company.id,
                "journal_id": self.journal.id,
                "profile": "sepa_sct",
                **values,
            }
        )

    def flow(self, name):
        connection = self.env["finance.connection"].create(
            {"name": name, "adapter": "finance.adapter.manual", "company_id": self.company.id, "environment": "test"}
        )
        connection.state = "active"
        return self.env["finance.flow"].create(
            {"name": f"{name}: out", "connection_id": connection.id, "handler": self.out_handler(), "direction": "out"}
        )

    def out_handler(self):
        known = dict(self.env["finance.flow"]._fields["handler"]._description_selection(self.env))
        return next(name for name in ("finance.handler.payment.file", "finance.handler.file.out") if name in known)

    def test_k25_routes_divide_by_currency_amount_and_country(self):
        second = self.make_bank_journal(self.company, OTHER_IBAN)
        self.route("Large", amount_from=1000, journal_id=second.id, sequence=1)
        self.route("Netherlands", country_ids=[Command.link(self.env.ref("base.nl").id)], urgency="urgent", sequence=2)
        self.route("Euro", currency_id=self.eur.id, sequence=3)
        bills = [self.make_bill(2000), self.make_bill(5, partner=self.second_supplier)]
        orders = self.pay(*bills, journal_id=False)
        self.assertEqual({(order.journal_id, order.amount) for order in orders}, {(second, 2000), (self.journal, 5)})
        dollars = self.make_bill(7, currency_id=self.usd.id)
        self.assertEqual(
            self.left(self.wizard(move_ids=[Command.set(dollars.ids)], journal_id=False)), {dollars: run.NO_ROUTE}
        )

    def test_s07_a_paused_channel_gives_way_to_the_next(self):
        main, spare = self.flow("Main"), self.flow("Spare")
        self.route("Main", flow_id=main.id, sequence=1)
        self.route("Spare", flow_id=spare.id, sequence=2)
        bills = [self.make_bill(number) for number in (1, 2, 3)]
        self.assertEqual(self.pay(bills[0], journal_id=False).flow_id, main)
        main.paused = True
        order = self.pay(bills[1], journal_id=False)
        self.assertEqual(order.flow_id, spare)
        self.assertIn("Main: out is paused", str(order.message_ids.mapped("body")))
        self.env["finance.stop"].with_user(self.make_user("stopper", OPERATOR))._stop("flow", "test", flow=spare)
        self.assertEqual(
            self.left(self.wizard(move_ids=[Command.set(bills[2].ids)], journal_id=False)), {bills[2]: run.NO_ROUTE}
        )

    def test_k13_what_is_made_anew_takes_the_way_of_today(self):
        self.route("By hand", sequence=5)
        order = self.release_all(self.pay(self.make_bill(100), journal_id=False))
        order._sent()
        self.bank_says(order.line_ids, "RJCT", reasons=("FF05",))
        line = self.by(self.creator, order.line_ids)
        self.assertTrue(self.by(self.creator, order).may_resubmit)
        self.assertFalse(self.by(self.releaser, order).may_resubmit)
        with self.assertRaises(AccessError):
            self.by(self.releaser, order).action_resubmit()
        with self.undone():
            new = self.orders_of(self.by(self.creator, order).action_resubmit())
            self.assertEqual(new.line_ids.resubmit_of_id, line)
            with self.assertRaisesRegex(UserError, "anew already"):
                self.by(self.creator, order).action_resubmit()
            self.assertEqual((new.flow_id, new.profile), (order.flow_id, order.profile))
            self.assertNotIn("another way", str(new.message_ids.mapped("body")))
        paused, other = self.flow("Paused"), self.flow("Other")
        paused.paused = True
        self.route("Paused", flow_id=paused.id, sequence=1)
        self.route("Other", flow_id=other.id, sequence=2, profile="generic_transfer")
        new = self.orders_of(line.action_resubmit())
        self.assertEqual((new.flow_id, new.profile, new.line_ids.amount), (other, "generic_transfer", 100))
        self.assertIn("another way by now. Paused: out is paused", str(new.message_ids.mapped("body")))

    def test_k10_the_order_offers_the_way_out_of_duplicates(self):
        order = self.make_order(100.0, 50.0)
        self.assertFalse(order.has_duplicates)
        with self.assertRaisesRegex(UserError, "Nothing in"):
            order.action_pay_nevertheless()
        again = order.copy()
        self.assertTrue(again.has_duplicates)
        action = again.action_pay_nevertheless()
        self.assertEqual(action["context"]["default_line_ids"], [(6, 0, again.line_ids.ids)])
        dialog = Form(self.by(self.creator, self.env[action["res_model"]]).with_context(**action["context"]))
        dialog.reason = "twice delivered"
        with self.at_the_screen(self.creator):
            dialog.save().action_confirm()
        again.invalidate_recordset()
        self.assertEqual(again.line_ids.mapped("duplicate_reason"), ["twice delivered"] * 2)
        self.assertFalse(again.has_duplicates)
        with self.assertRaises(AccessError):
            self.by(self.approver, again).action_pay_nevertheless()

    def test_k34_an_upgrade_that_brings_the_methods_gives_them_to_the_bank_accounts_that_are_there(self):
        for code, kind in (("finance_transfer", "outbound"), ("finance_debit", "inbound")):
            method = self.env["account.payment.method"].search([("code", "=", code)])
            method.unlink()
            method = method.create({"name": code, "code": code, "payment_type": kind})
            lines = self.env["account.payment.method.line"].search([("payment_method_id", "=", method.id)])
            banks = self.env["account.journal"].search([("type", "=", "bank")])
            self.assertIn(self.journal, banks)
            self.assertEqual(lines.journal_id, banks)

    def test_k13_an_own_account_that_no_route_names_stays(self):
        second = self.make_bank_journal(self.company, OTHER_IBAN)
        order = self.release_all(self.pay(self.make_bill(100)))
        order._sent()
        self.bank_says(order.line_ids, "RJCT", reasons=("FF05",))
        self.route("Second", journal_id=second.id)
        new = self.orders_of(self.by(self.creator, order.line_ids).action_resubmit())
        self.assertEqual(new.journal_id, self.journal)

    def test_k31_a_change_of_the_bank_is_a_change_of_a_route(self):
        old, new = self.flow("Old bank"), self.flow("New bank")
        route = self.route("Euro", flow_id=old.id)
        before = self.pay(self.make_bill(10), journal_id=False)
        self.by(self.creator, before).action_propose()
        second = self.make_bank_journal(self.company, OTHER_IBAN)
        route.write({"journal_id": second.id, "flow_id": new.id, "profile": "generic_transfer"})
        after = self.pay(self.make_bill(20), journal_id=False)
        self.assertEqual((after.journal_id, after.flow_id, after.profile), (second, new, "generic_transfer"))
        # what is on its way stays on its way, with its approval
        self.assertEqual((before.journal_id, before.flow_id, before.profile), (self.journal, old, "sepa_sct"))
        self.assertEqual(before.state, "proposed")
        self.approve(before)
        self.assertEqual(before.state, "approved")

    # -- days ------------------------------------------------------------------------------

    def test_k07_a_closed_day_moves_the_order_and_says_so(self):
        saturday = date(2026, 12, 5)
        order = self.pay(self.make_bill(10), day=saturday)
        self.assertEqual(order.requested_date, date(2026, 12, 7))
        self.assertIn("no banking day", str(order.message_ids.mapped("body")))
        by_hand = self.make_order(10, requested_date=saturday)
        self.assertIn("no banking day", by_hand.day_note)
        by_hand.action_propose()
        self.assertEqual(by_hand.requested_date, date(2026, 12, 7))

    def test_k07_the_cut_off_of_the_channel_counts(self):
        flow = self.flow("Bank")
        flow.calendar_id = self.env["finance.calendar"].create(
            {
                "name": "Bank",
                "tz": "Europe/Berlin",
                "window_ids": [
                    Command.create({"weekday": str(day), "start": 8, "end": 18, "cutoff": 16}) for day in range(5)
                ],
            }
        )
        self.route("Euro", flow_id=flow.id)
        friday = date(2026, 12, 4)
        wizard = self.wizard(move_ids=[Command.set(self.make_bill(10).ids)], journal_id=False, day=friday)
        for now, day in ((datetime(2026, 12, 4, 14, 59), friday), (datetime(2026, 12, 4, 15, 1), date(2026, 12, 7))):
            with patch.object(type(self.env.cr), "now", lambda _cr, now=now: now):
                _selection, plan = wizard._plan()
            self.assertEqual(plan.orders[0].day.day, day)

    def test_k07_an_order_whose_day_is_over_is_not_released(self):
        order = self.pay(self.make_bill(10))
        self.by(self.creator, order).action_propose()
        self.approve(order)
        with freeze_time(order.requested_date + timedelta(days=1)), self.assertRaisesRegex(UserError, "is over"):
            order._release_checks()

    # -- who and where ---------------------------------------------------------------------

    def test_k07_the_wizard_starts_from_a_list_of_bills(self):
        bills = self.make_bill(10) | self.make_bill(20)
        context = {"active_model": "account.move", "active_ids": bills.ids}
        wizard = self.by(self.creator, self.env["finance.payment.propose.wizard"]).with_context(**context).create({})
        self.assertEqual((wizard.move_ids, wizard.kind), (bills, "bills"))
        mixed = {**context, "active_ids": (bills | self.make_invoice(5, move_type="out_refund")).ids}
        with self.assertRaisesRegex(UserError, "one kind"):
            self.by(self.creator, self.env["finance.payment.propose.wizard"]).with_context(**mixed).create({})

    def test_k08_only_creators_make_orders_and_only_in_their_companies(self):
        bill = self.make_bill(10)
        with self.assertRaises(AccessError):
            self.pay(bill, user=self.approver)
        other = self.make_company("Elsewhere")
        with self.assertRaises(AccessError):
            self.wizard(company_id=other.id, journal_id=False).action_make()

    def test_k07_a_foreign_account_named_on_the_bill_is_used(self):
        second = self.make_partner_account(self.supplier, FOREIGN_IBAN)
        second.allow_out_payment = True
        order = self.pay(self.make_bill(10, partner_bank_id=second.id), self.make_bill(20))
        self.assertEqual({line.partner_bank_id: line.amount for line in order.line_ids},
                         {second: 10, self.supplier_account: 20})  # fmt: skip
