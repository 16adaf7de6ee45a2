import random

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.fields import Command, Datetime
from odoo.tests import tagged

from .credit_case import CreditCase


@tagged("post_install", "-at_install")
class TestCreditExposure(CreditCase):
    """B-52, R-02: the exposure is what the books say, within a minute of whatever changes them."""

    def test_b52_invoice_payment_and_refund_move_the_exposure(self):
        invoice = self.invoice(300.0, post=True)
        self.refresh()
        self.assertEqual(self.row().receivable, 300.0)
        self.assertEqual((self.row().exposure, self.row().headroom, self.row().status), (300.0, 700.0, "ok"))
        self.pay(invoice, 100.0)
        self.refresh()
        self.assertEqual(self.row().exposure, 200.0)
        refund = self.invoice(50.0, move_type="out_refund", post=True)
        self.refresh()
        self.assertEqual(self.row().exposure, 150.0)
        (refund | invoice).line_ids.filtered(lambda line: line.account_type == "asset_receivable").reconcile()
        self.refresh()
        self.assertEqual(self.row().exposure, 150.0, "reconciling moves nothing between customer and company")
        refund.line_ids.remove_move_reconcile()
        refund.button_draft()
        self.refresh()
        self.assertEqual(self.row().exposure, 200.0)

    def test_b52_the_transaction_itself_wakes_the_refresh(self):
        """Within one minute: a trigger for now, written by the very transaction that changed the books."""
        cron = self.env.ref("finance_connector_base.ir_cron_credit_refresh").sudo()
        triggers = self.env["ir.cron.trigger"].sudo().search([("cron_id", "=", cron.id)])
        triggers.unlink()
        self.env["finance.credit.change"].sudo().search([]).unlink()
        self.invoice(10.0, post=True)
        self.commit()
        trigger = self.env["ir.cron.trigger"].sudo().search([("cron_id", "=", cron.id)])
        self.assertTrue(trigger)
        self.assertLessEqual(min(trigger.mapped("call_at")), Datetime.now())
        self.assertIn(self.limited, self.env["finance.credit.change"].sudo().search([]).partner_id)
        self.assertTrue(cron.active)
        self.assertEqual((cron.interval_number, cron.interval_type), (1, "minutes"))

    def test_what_is_rolled_back_marks_nothing(self):
        self.refresh()
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            self.invoice(10.0, post=True)
            raise ZeroDivisionError
        self.commit()
        self.assertFalse(self.env["finance.credit.change"].sudo().search([("partner_id", "=", self.limited.id)]))

    def test_vendors_and_other_entries_mark_nothing(self):
        self.refresh()
        self.invoice(10.0, self.free, move_type="in_invoice", post=True)
        self.commit()
        self.assertFalse(self.env["finance.credit.change"].sudo().search([]))

    def test_overdue_is_split_by_the_day(self):
        with freeze_time("2026-02-01"):
            self.invoice(
                100.0,
                post=True,
                invoice_date="2026-01-01",
                invoice_payment_term_id=False,
                invoice_date_due="2026-01-31",
            )
            self.invoice(
                70.0, post=True, invoice_date="2026-01-01", invoice_payment_term_id=False, invoice_date_due="2026-02-01"
            )
            self.refresh()
            self.assertEqual((self.row().overdue, self.row().not_due), (100.0, 70.0))
        with freeze_time("2026-02-02"):
            check = self.env["finance.credit.check"].sudo()._check_company(self.company)
            self.env.invalidate_all()
            self.assertEqual((self.row().overdue, self.row().not_due), (170.0, 0.0))
            self.assertFalse(check.drift_count, "a new day is no difference")

    def test_contacts_count_for_their_company(self):
        contact = self.env["res.partner"].create({"name": "Desk", "parent_id": self.limited.id})
        self.invoice(40.0, contact, post=True)
        self.refresh()
        self.assertEqual(self.row().exposure, 40.0)
        self.assertFalse(self.row(contact))
        self.assertEqual(contact.finance_exposure, 40.0)

    def test_a_contact_that_changes_its_company_takes_its_items_along(self):
        other = self.env["res.partner"].create({"name": "Other", "is_company": True})
        single = self.env["res.partner"].create({"name": "Single"})
        self.invoice(40.0, single, post=True)
        self.refresh()
        self.assertEqual(self.row(single).exposure, 40.0)
        single.parent_id = other
        self.refresh()
        self.assertEqual((self.row(single).exposure, self.row(other).exposure), (0.0, 40.0))

    def test_a_changed_limit_changes_headroom_and_status(self):
        self.invoice(300.0, post=True)
        self.refresh()
        for limit, status in ((350.0, "near"), (299.0, "over"), (0.0, "unlimited"), (5000.0, "ok")):
            self.limited.credit_limit = limit
            self.refresh()
            with self.subTest(limit):
                self.assertEqual(self.row().status, status)

    def test_payments_in_transit_reduce_the_exposure_once(self):
        invoice = self.invoice(300.0, post=True)
        payment = self.pay(invoice)
        self.refresh()
        self.assertEqual(self.row().exposure, 0.0)
        if payment.move_id:
            self.assertEqual((self.row().receivable, self.row().in_transit), (0.0, 0.0))
        else:
            self.assertEqual((self.row().receivable, self.row().in_transit), (300.0, 300.0))

    def test_drafts_are_shown_and_do_not_count(self):
        draft = self.invoice(80.0)
        self.refresh()
        self.assertEqual((self.row().draft, self.row().exposure), (80.0, 0.0))
        draft.unlink()
        self.refresh()
        self.assertEqual(self.row().draft, 0.0)

    def test_foreign_currency_counts_in_the_currency_of_the_company(self):
        currency = self.setup_other_currency("EUR", rates=[("2026-01-01", 2.0)])
        self.invoice(100.0, post=True, currency_id=currency.id)
        self.refresh()
        self.assertEqual(self.row().exposure, 50.0)

    def test_companies_have_exposures_of_their_own(self):
        other = self.setup_other_company()["company"]
        self.env.user.write({"company_ids": [Command.link(other.id)]})
        stranger = self.person("stranger", "account.group_account_invoice", other)
        self.invoice(100.0, post=True)
        self.env["account.move"].with_user(stranger).with_company(other).create(
            {
                "move_type": "out_invoice",
                "partner_id": self.limited.id,
                "invoice_date": "2026-01-15",
                "invoice_line_ids": [Command.create({"name": "x", "price_unit": 7.0, "tax_ids": [Command.clear()]})],
            }
        ).action_post()
        self.refresh()
        self.assertEqual((self.row().exposure, self.row(company=other).exposure), (100.0, 7.0))
        mine = self.as_(self.row(), stranger)
        self.assertEqual(mine.search([("partner_id", "=", self.limited.id)]).exposure, 7.0)
        with self.assertRaises(AccessError):
            mine.read(["exposure"])

    def test_roles(self):
        self.invoice(10.0, post=True)
        self.refresh()
        for user in (self.clerk, self.controllers[0]):
            self.assertTrue(self.as_(self.row(), user).action_view_items())
            with self.assertRaises(AccessError):
                self.as_(self.row(), user).write({"exposure": 0.0})
        with self.assertRaises(AccessError):
            self.as_(self.row(), self.person("nobody", "base.group_user")).read(["exposure"])

    def test_exposure_equals_open_items_after_any_history(self):
        """R-02: random histories, after each step the row says what a full count of the books says."""
        rng = random.Random(52)
        partners = [self.limited, self.free]
        self.company.sudo().finance_credit_hold = False
        invoices = []
        for step in range(25):
            act = rng.choice(["invoice", "invoice", "pay", "refund", "reconcile", "draft", "cancel", "unreconcile"])
            posted = [move for move in invoices if move.state == "posted"]
            amount = float(rng.randint(1, 500))
            if act == "invoice" or not posted:
                invoices.append(self.invoice(amount, rng.choice(partners), post=True))
            elif act == "refund":
                invoices.append(self.invoice(amount, rng.choice(partners), move_type="out_refund", post=True))
            else:
                move = rng.choice(posted)
                items = move.line_ids.filtered(lambda line: line.account_type == "asset_receivable")
                if act == "pay" and move.move_type == "out_invoice" and move.amount_residual > 1:
                    self.pay(move, round(move.amount_residual / rng.choice([1, 2]), 2))
                elif act == "reconcile":
                    others = [m for m in posted if m.partner_id == move.partner_id and m.move_type != move.move_type]
                    open_lines = (items | self.env["account.move"].union(*others).line_ids).filtered(
                        lambda line: line.account_type == "asset_receivable" and not line.reconciled
                    )
                    open_lines.reconcile()
                elif act == "unreconcile":
                    items.remove_move_reconcile()
                elif act in ("draft", "cancel"):
                    move.button_draft()
                    if act == "cancel":
                        move.button_cancel()
                    else:
                        invoices.remove(move)
            self.refresh()
            for partner in partners:
                receivable, overdue = self.open_items(partner)
                row = self.row(partner)
                self.assertAlmostEqual(row.receivable, receivable, 2, f"step {step}: {act}")
                self.assertAlmostEqual(row.overdue, overdue, 2, f"step {step}: {act}")
        check = self.env["finance.credit.check"].sudo()._check_company(self.company)
        self.assertEqual(check.drift_count, 0, check.details)

    def test_nightly_check_names_and_mends_a_difference(self):
        self.invoice(10.0, post=True)
        self.refresh()
        self.env.cr.execute(
            "UPDATE finance_credit_exposure SET receivable = 999, exposure = 999 WHERE id = %s", (self.row().id,)
        )
        self.env.invalidate_all()
        check = self.env["finance.credit.check"].sudo()._check_company(self.company)
        self.env.invalidate_all()
        self.assertEqual((check.drift_count, check.drift_amount), (1, 989.0))
        self.assertIn("Limited", check.details)
        self.assertTrue(check.activity_ids)
        self.assertEqual(self.row().exposure, 10.0)
        again = self.env["finance.credit.check"].sudo()._check_company(self.company)
        self.assertFalse(again.drift_count)

    def test_other_modules_add_what_is_ordered(self):
        model = type(self.env["finance.credit.exposure"])
        self.patch(model, "_ordered", lambda self, company, customers: dict.fromkeys(customers.ids, 120.0))
        self.env["finance.credit.change"]._mark({(self.company.id, self.limited.id)})
        self.refresh()
        self.assertEqual((self.row().ordered, self.row().exposure), (120.0, 120.0))
