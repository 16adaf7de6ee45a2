"""Reconciling by hand and taking it back (K-15, K-19; attack 10)."""

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form

from .common import ACCOUNTANT, ADVISER, CUSTOMER_IBAN, OPERATOR, BankCase


class TestReconcile(BankCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = cls.make_user("reconcile_accountant", ACCOUNTANT)
        cls.make_partner_account(cls.customer, CUSTOMER_IBAN)
        cls.expense = cls.env["account.account"].search(
            [("company_ids", "=", cls.company.id), ("account_type", "=", "expense")], limit=1
        )

    def wizard(self, line, user=None, **values):
        values["line_id"] = line.id
        if "item_ids" in values:
            values["item_ids"] = [Command.set(values["item_ids"].ids)]
        return self.env["finance.bank.reconcile.wizard"].with_user(user or self.accountant).create(values)

    def item(self, *moves):
        items = self.env["account.move.line"]
        for move in moves:
            items |= move.line_ids.filtered(
                lambda item: item.account_id.account_type in ("asset_receivable", "liability_payable")
            )
        return items

    def test_best_suggestion_is_chosen_to_begin_with(self):
        invoice = self.make_invoice(100)
        line = self.pay("100.00", text="?", iban=CUSTOMER_IBAN)
        action = line.with_user(self.accountant).action_finance_reconcile()
        model = self.env[action["res_model"]].with_user(self.accountant).with_context(**action["context"])
        form = Form(model)
        self.assertEqual(form.amount, 100)
        wizard = form.save()
        self.assertEqual(wizard.item_ids, self.item(invoice))
        self.assertEqual(wizard.suggestion_ids, line.finance_entry_id.suggestion_ids)
        with self.trap_audit() as audit:
            wizard.action_confirm()
        self.assertEqual((invoice.payment_state, line.is_reconciled), ("paid", True))
        self.assertEqual(audit[0]["event"], "bank.line.reconciled")
        self.assertEqual(audit[0]["correlation_id"], line.finance_correlation_id)

    def test_items(self):
        first, second = self.make_invoice(30), self.make_invoice(70)
        line = self.pay("100.00")
        self.wizard(line, item_ids=self.item(first, second)).action_confirm()
        self.assertEqual((first + second).mapped("payment_state"), ["paid", "paid"])
        self.assertEqual(line._seek_for_lines()[2].partner_id, self.customer)

    def test_items_of_an_invoice_and_its_credit_note(self):
        invoice, refund = self.make_invoice(100), self.make_invoice(30, move_type="out_refund")
        line = self.pay("70.00")
        self.wizard(line, item_ids=self.item(invoice, refund)).action_confirm()
        self.assertEqual((invoice.payment_state, refund.payment_state), ("paid", "paid"))

    def test_items_more_than_the_payment_stay_partly_open(self):
        invoice = self.make_invoice(100)
        line = self.pay("60.00")
        self.wizard(line, item_ids=self.item(invoice)).action_confirm()
        self.assertEqual((invoice.payment_state, invoice.amount_residual), ("partial", 40))
        self.assertTrue(line.is_reconciled)

    def test_vendor_bill(self):
        bill = self.make_invoice(45, move_type="in_invoice")
        line = self.pay("-45.00")
        self.wizard(line, item_ids=self.item(bill)).action_confirm()
        self.assertEqual(bill.payment_state, "paid")

    def test_dollar_items_with_a_line_in_euro(self):
        invoice = self.make_invoice(100, currency_id=self.usd.id)
        line = self.pay("80.00")
        self.wizard(line, item_ids=self.item(invoice)).action_confirm()
        self.assertEqual(invoice.payment_state, "paid")

    def test_account(self):
        line = self.pay("-4.50", text="FEE")
        self.wizard(line, account_id=self.expense.id, partner_id=self.supplier.id).action_confirm()
        self.assertTrue(line.is_reconciled)
        self.assertEqual(line._seek_for_lines()[2].mapped("account_id"), self.expense)
        self.assertEqual(line._seek_for_lines()[2].partner_id, self.supplier)
        self.assertEqual(line.amount, -4.5)

    # -- wrong choices ---------------------------------------------------------------------

    def assertRefused(self, line, message, **values):
        with self.assertRaisesRegex(UserError, message), self.env.cr.savepoint():
            self.wizard(line, **values).action_confirm()
        self.assertFalse(line.is_reconciled)
        _liquidity, suspense, other = line._seek_for_lines()
        self.assertEqual((len(suspense), len(other)), (1, 0), "nothing of it stays")

    def test_nothing_or_both(self):
        invoice, line = self.make_invoice(100), self.pay("100.00")
        self.assertRefused(line, "either open items or an account")
        self.assertRefused(
            line, "either open items or an account", item_ids=self.item(invoice), account_id=self.expense.id
        )

    def test_items_of_two_partners(self):
        first, second = self.make_invoice(30), self.make_invoice(70, partner=self.supplier)
        self.assertRefused(self.pay("100.00"), "one partner", item_ids=self.item(first, second))

    def test_items_of_two_accounts(self):
        invoice, bill = self.make_invoice(30), self.make_invoice(70, move_type="in_invoice", partner=self.customer)
        self.assertRefused(self.pay("100.00"), "one partner and one account", item_ids=self.item(invoice, bill))

    def test_items_of_the_other_direction(self):
        refund = self.make_invoice(100, move_type="out_refund")
        self.assertRefused(self.pay("100.00"), "Money that came in", item_ids=self.item(refund))

    def test_items_that_are_paid_or_not_posted(self):
        paid, draft = self.make_invoice(100), self.make_invoice(100)
        self.pay("100.00", text=paid.name)
        draft.button_draft()
        line = self.pay("100.00")
        for move in (paid, draft):
            self.assertRefused(line, "Only open receivables", item_ids=self.item(move))

    def test_items_that_are_no_receivable(self):
        invoice = self.make_invoice(100)
        income = invoice.line_ids - self.item(invoice)
        self.assertRefused(self.pay("100.00"), "Only open receivables", item_ids=income)

    def test_account_that_is_no_choice(self):
        line = self.pay("100.00")
        liquidity = self.journal.default_account_id
        receivable = self.item(self.make_invoice(1)).account_id
        for account in (liquidity, receivable):
            self.assertRefused(line, "cannot be chosen", account_id=account.id)

    def test_account_of_another_company(self):
        self.keep_books(self.other_company)
        theirs = self.env["account.account"].search(
            [("company_ids", "=", self.other_company.id), ("account_type", "=", "expense")], limit=1
        )
        line = self.pay("100.00")
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.wizard(line, account_id=theirs.id).action_confirm()
        self.assertFalse(line.is_reconciled)

    def test_items_of_another_company(self):
        """Attack 10: x2many commands that reach rows of others."""
        self.keep_books(self.other_company)
        theirs = self.make_invoice(100, company=self.other_company)
        line = self.pay("100.00")
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.wizard(line, item_ids=self.item(theirs)).action_confirm()
        self.assertEqual(theirs.payment_state, "not_paid")

    def test_line_that_is_reconciled_already(self):
        invoice = self.make_invoice(100)
        line = self.pay("100.00", text=invoice.name)
        with self.assertRaisesRegex(UserError, "reconciled already"):
            self.wizard(line, account_id=self.expense.id).action_confirm()
        self.assertEqual(invoice.payment_state, "paid")

    # -- taking it back --------------------------------------------------------------------

    def test_undo(self):
        invoice = self.make_invoice(100)
        line = self.pay("100.00", text=invoice.name)
        with self.trap_audit() as audit:
            line.with_user(self.accountant).action_undo_reconciliation()
        self.assertFalse(line.is_reconciled)
        self.assertEqual((invoice.payment_state, invoice.amount_residual), ("not_paid", 100))
        self.assertEqual((line.amount, line.finance_entry_id.state), (100, "posted"))
        self.assertEqual(line.move_id.state, "posted")
        self.assertFalse(line.finance_entry_id.match_rule)
        self.assertEqual([call["event"] for call in audit], ["bank.line.undone"])

    def test_undo_and_decide_otherwise(self):
        wrong, right = self.make_invoice(100), self.make_invoice(100)
        line = self.pay("100.00", text=wrong.name)
        line.with_user(self.accountant).action_undo_reconciliation()
        self.wizard(line, item_ids=self.item(right)).action_confirm()
        self.assertEqual((wrong.payment_state, right.payment_state), ("not_paid", "paid"))

    def test_undo_keeps_the_foreign_amount(self):
        invoice = self.make_invoice(100, currency_id=self.usd.id)
        line = self.pay("80.00", text=invoice.name, original=("USD", "100.00"))
        line.action_undo_reconciliation()
        self.assertEqual((line.foreign_currency_id, line.amount_currency), (self.usd, 100))

    def test_undo_leaves_the_statement_proved(self):
        invoice = self.make_invoice(100)
        line = self.pay("100.00", text=invoice.name)
        line.action_undo_reconciliation()
        self.assertTrue(line.statement_id.is_valid and line.statement_id.is_complete)
        self.assertEqual(self.balance(), 100)

    # -- who -------------------------------------------------------------------------------

    def test_roles(self):
        line = self.pay("100.00")
        refused = {
            "operator": [OPERATOR],
            "invoicing": ["account.group_account_invoice"],
            "reader": ["account.group_account_readonly"],
        }
        for name, groups in refused.items():
            user = self.make_user(f"reconcile_{name}", *groups)
            with self.subTest(role=name), self.assertRaises(AccessError):
                self.wizard(line, user=user, account_id=self.expense.id).action_confirm()
        self.assertFalse(line.is_reconciled)

    def test_community_administrator_does_it_all(self):
        """'Administrator' is the only accounting role above Invoicing that Odoo Community offers."""
        adviser = self.make_user("reconcile_adviser", ADVISER)
        invoice = self.make_invoice(100)
        line = self.pay("100.00")
        self.wizard(line, user=adviser, item_ids=self.item(invoice)).action_confirm()
        self.assertEqual(invoice.payment_state, "paid")
        line.with_user(adviser).action_undo_reconciliation()
        self.assertFalse(line.is_reconciled)
        line.with_user(adviser).action_finance_match_again()
        self.wizard(line, user=adviser, account_id=self.expense.id).action_confirm()
        self.assertTrue(line.is_reconciled)

    def test_match_again_is_for_accountants(self):
        line = self.pay("100.00")
        for name, groups in {"operator": [OPERATOR], "invoicing": ["account.group_account_invoice"]}.items():
            with self.subTest(role=name), self.assertRaises(AccessError):
                line.with_user(self.make_user(f"again_{name}", *groups)).action_finance_match_again()

    def test_statement_lines_are_not_reconciled_with_each_other(self):
        """What came in and went back: two bank lines are no open items."""
        came, went = self.pay("100.00"), self.pay("-100.00")
        suspense = went._seek_for_lines()[1]
        self.assertRefused(came, "Only open receivables", item_ids=suspense)
