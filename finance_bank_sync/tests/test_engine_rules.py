"""Rules that people write, and what their decisions teach (K-18, K-19)."""

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import Form

from .common import ACCOUNTANT, CUSTOMER_IBAN
from .test_engine import EngineCase


class TestRules(EngineCase):
    def rule(self, **values):
        values = {"name": "Fees", "label": "account fee", "account_id": self.expense.id, "is_automatic": True, **values}
        return self.env["finance.bank.rule"].with_user(self.accountant).create(values)

    def test_k18_fee_is_booked_by_rule(self):
        rule = self.rule()
        line = self.pay("-4.50", text="ACCOUNT  fee March")
        self.assertTrue(line.is_reconciled)
        self.assertEqual(self.booked(line), {self.expense: 4.5})
        self.assertEqual((self.match(line).rule_id, rule.match_count), (rule, 1))
        self.assertEqual(self.match(line).explanation, "own rule (+95)")
        self.of(line).action_undo_reconciliation()
        self.assertEqual(self.booked(line), {self.journal.suspense_account_id: 4.5})

    def test_k18_rule_that_asks(self):
        self.rule(is_automatic=False)
        line = self.pay("-4.50", text="account fee")
        self.assertEqual(line.finance_outcome, "proposed")
        self.of(line).action_finance_accept()
        self.assertEqual(self.booked(line), {self.expense: 4.5})

    def test_k18_tax_analytics_partner_and_label(self):
        tax = self.env["account.tax"].create(
            {"name": "20 percent", "amount": 20, "company_id": self.company.id, "type_tax_use": "purchase"}
        )
        plan = self.env["account.analytic.plan"].create({"name": "Plan"})
        analytic = self.env["account.analytic.account"].create({"name": "Office", "plan_id": plan.id})
        self.rule(
            tax_ids=[Command.set(tax.ids)],
            analytic_distribution={str(analytic.id): 100},
            partner_id=self.supplier.id,
            entry_label="Fee of the bank",
        )
        line = self.pay("-12.00", text="account fee")
        base = line.move_id.line_ids.filtered(lambda item: item.account_id == self.expense and item.tax_ids)
        self.assertEqual((base.balance, base.tax_ids, base.partner_id), (10, tax, self.supplier))
        self.assertEqual((base.name, base.analytic_distribution), ("Fee of the bank", {str(analytic.id): 100}))
        self.assertEqual(line.move_id.line_ids.filtered("tax_line_id").balance, 2)
        self.assertEqual(line.amount, -12)

    def test_first_rule_that_holds(self):
        self.rule(sequence=20, account_id=self.other_expense.id)
        self.rule(sequence=10, amount_max=5)
        small, large = self.pay("-4.50", text="account fee"), self.pay("-45.00", text="account fee")
        self.assertEqual((self.booked(small), self.booked(large)), ({self.expense: 4.5}, {self.other_expense: 45}))

    def test_conditions(self):
        self.rule(direction="out", transaction_codes="PMNT-RCDT", label=False)
        self.assertFalse(self.pay("4.50", text="x").is_reconciled, "the direction is wrong")

    def test_a_named_document_goes_before_a_rule(self):
        self.rule(label="thanks")
        invoice = self.make_invoice(100)
        self.pay("100.00", text=f"thanks {invoice.name}")
        self.assertPaid(invoice)

    def test_rule_that_says_who_it_is(self):
        self.rule(name="Factoring", label="factor", account_id=False, partner_id=self.customer.id, is_automatic=False)
        invoice = self.make_invoice(100)
        line = self.pay("100.00", text="factor 77", name="Some Factor")
        self.assertLeft(line, invoice)
        self.assertEqual(line.partner_id, self.customer)

    def test_rule_of_another_company(self):
        self.keep_books(self.other_company)
        account = self.env["account.account"].search(
            [("company_ids", "=", self.other_company.id), ("account_type", "=", "expense")], limit=1
        )
        self.env["finance.bank.rule"].create(
            {"name": "x", "label": "account fee", "account_id": account.id, "company_id": self.other_company.id,
             "is_automatic": True}
        )  # fmt: skip
        self.assertFalse(self.pay("-4.50", text="account fee").is_reconciled)

    def test_preview_and_test(self):
        fee, other = self.pay("-4.50", text="account fee"), self.pay("-5.00", text="something")
        form = Form(self.env["finance.bank.rule"].with_user(self.accountant))
        form.name = "Fees"
        form.label = "fee"
        self.assertEqual(form.preview_text, "Holds for 1 of the latest 2 bookings.")
        form.account_id = self.expense
        rule = form.save()
        self.assertEqual(rule.preview_ids, fee.finance_entry_id)
        action = rule.action_test()
        self.assertEqual(action["domain"], [("id", "in", fee.finance_entry_id.ids)])
        self.assertNotIn(other.finance_entry_id, rule.preview_ids)

    def test_rules_that_make_no_sense(self):
        receivable = self.items(self.make_invoice(1)).account_id
        for values in (
            {"label": False},
            {"label": " ** ", "label_mode": "pattern"},
            {"account_id": False},
            {"account_id": receivable.id},
        ):
            with self.subTest(values=values), self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.rule(**values)

    def test_only_advisers_write_rules(self):
        user = self.make_user("rule_accountant", "account.group_account_basic")
        with self.assertRaises(AccessError):
            self.env["finance.bank.rule"].with_user(user).create(
                {"name": "x", "label": "x", "account_id": self.expense.id}
            )


class TestLessons(EngineCase):
    def setUp(self):
        super().setUp()
        self.lessons = self.env["finance.bank.lesson"]

    def lesson(self, kind):
        return self.lessons.search([("company_id", "=", self.company.id), ("kind", "=", kind)])

    def decide(self, line, *moves, account=None):
        values = {"line_id": line.id}
        if moves:
            values["item_ids"] = [Command.set(self.items(*moves).ids)]
        else:
            values["account_id"] = account.id
        self.env["finance.bank.reconcile.wizard"].with_user(self.accountant).create(values).action_confirm()

    def teach(self, times=2):
        for _time in range(times):
            self.decide(self.pay("9.00", text="?", name="Holding of Acme", iban="ES9121000418450200051332"),
                        self.make_invoice(9))  # fmt: skip

    def test_who_a_party_is(self):
        self.teach(1)
        invoice = self.make_invoice(55)
        with self.undone():
            line = self.pay("55.00", text="?", name="HOLDING of acme", iban="ES9121000418450200051332")
            self.assertNotIn("learned", line.finance_entry_id.suggestion_ids.mapped("why"), "once is no proof")
        self.teach(1)
        self.assertEqual(self.lesson("account").certainty, "sure")
        line = self.pay("55.00", text="?", name="HOLDING of acme", iban="ES9121000418450200051332")
        self.assertLeft(line, invoice)
        self.assertEqual((line.partner_id, line.finance_score), (self.customer, 70))

    def test_revoked_and_used_again(self):
        self.teach()
        lessons = self.lessons.search([("company_id", "=", self.company.id)])
        lessons.with_user(self.accountant).action_revoke()
        self.make_invoice(55)
        with self.undone():
            self.assertFalse(
                self.pay("55.00", text="?", name="Holding of Acme", iban="ES9121000418450200051332").partner_id
            )
        lessons.with_user(self.accountant).action_restore()
        self.assertEqual(
            self.pay("55.00", text="?", name="Holding of Acme", iban="ES9121000418450200051332").partner_id,
            self.customer,
        )

    def test_a_contradiction_counts(self):
        self.teach()
        line = self.pay("9.00", text="?", name="Holding of Acme", iban="ES9121000418450200051332")
        self.decide(line, self.make_invoice(9, partner=self.second_customer))
        lesson = self.lesson("account")
        self.assertEqual((lesson.partner_id, lesson.hits, lesson.misses), (self.customer, 2, 1))
        self.assertNotEqual(lesson.certainty, "sure")

    def test_undone_decision_counts_against(self):
        self.teach()
        line = self.lines()[-1]
        self.of(line).action_undo_reconciliation()
        self.assertEqual(self.lesson("account").misses, 1)

    def test_where_a_text_is_booked(self):
        self.decide(self.pay("-10.00", text="Monthly rent office 03/2026"), account=self.expense)
        line = self.pay("-12.00", text="Monthly rent office 04/2026")
        self.assertEqual(line.finance_outcome, "proposed")
        self.assertEqual(line.finance_entry_id.suggestion_ids.account_id, self.expense)
        self.of(line).action_finance_accept()
        self.assertEqual(self.booked(line), {self.expense: 12})
        self.assertEqual(self.lesson("label").hits, 2)

    def test_a_lesson_never_books_by_itself(self):
        self.journal.finance_match_threshold = 50
        for number in range(4):
            self.decide(self.pay("-10.00", text=f"Monthly rent office {number}"), account=self.expense)
        self.assertFalse(self.pay("-10.00", text="Monthly rent office 9").is_reconciled)

    def test_rule_from_a_lesson(self):
        self.decide(self.pay("-10.00", text="Monthly rent office 03/2026"), account=self.expense)
        action = self.lesson("label").with_user(self.accountant).action_make_rule()
        form = Form(self.env["finance.bank.rule"].with_user(self.accountant).with_context(**action["context"]))
        self.assertEqual((form.account_id, form.direction), (self.expense, "out"))
        self.assertEqual(len(form.save().preview_ids), 1)

    def test_account_numbers_are_masked(self):
        self.teach(1)
        viewer = self.make_user("lesson_viewer", ACCOUNTANT)
        lesson = self.lesson("account").with_user(viewer)
        self.assertNotIn("0418450200051332", lesson.shown)
        with self.assertRaises(AccessError):
            lesson.read(["key"])

    def test_known_accounts_go_before_lessons(self):
        self.teach()
        line = self.pay("1.00", text="?", name="Holding of Acme", iban=CUSTOMER_IBAN)
        self.assertEqual(line.partner_id, self.customer)
