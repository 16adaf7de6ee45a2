"""What matching again changes of open lines is what core changes, column by column (K-20)."""

import json
from decimal import Decimal

from odoo import Command
from odoo.exceptions import UserError

from ..ledger.plan import LinePlan
from .camt_writer import Booking
from .common import BankCase

TABLES = ("account_move", "account_move_line", "account_bank_statement_line", "account_analytic_line", "mail_message")


class Undo(Exception):
    pass


class TestMatchAgainRows(BankCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.receivable = cls.customer.property_account_receivable_id
        cls.payable = cls.supplier.property_account_payable_id
        cls.second_customer = cls.env["res.partner"].create({"name": "Second Customer"})

    def open_lines(self, *bookings):
        statement = self.receive_statement(self.statement(*bookings))
        self.assertPosted(statement)
        lines = statement.entry_ids.line_id
        self.assertFalse(any(lines.mapped("is_reconciled")))
        return lines

    def rows(self):
        """:return: all rows of what a bank line consists of and brings about, and the number of rows of each table"""
        self.env.flush_all()
        found = {}
        for table in TABLES:
            self.env.cr.execute(f"SELECT to_jsonb(t)::text FROM {table} t ORDER BY id")
            found[table] = [json.loads(text, parse_float=Decimal) for (text,) in self.env.cr.fetchall()]
        for row in found["account_analytic_line"]:
            del row["id"]  # drawn anew each time
        return found

    def undone(self, work, *arguments):
        try:
            with self.env.cr.savepoint():
                work(*arguments)
                found = self.rows()
                raise Undo
        except Undo:
            self.env.invalidate_all(flush=False)
        return found

    def by_core(self, pairs):
        for line, plan in pairs:
            _liquidity, suspense, _other = line._seek_for_lines()
            suspense.with_context(skip_readonly_check=True, tracking_disable=True).write(
                {"account_id": plan.counterpart_account_id, "partner_id": plan.partner_id}
            )

    def plan(self, line, account, partner=None, items=(1,)):
        return LinePlan(
            entry_id=line.finance_entry_id.id,
            sequence=1,
            date=line.date,
            amount=Decimal(str(line.amount)),
            label=line.payment_ref,
            partner_id=partner.id if partner else None,
            counterpart_account_id=account.id,
            item_ids=items,
        )

    def assertAsCore(self, pairs):
        lines = self.env["account.bank.statement.line"].browse([line.id for line, _plan in pairs])
        before = self.rows()
        wanted = self.undone(self.by_core, pairs)
        found = self.undone(self.env["finance.bank.rematcher"]._move_counterparts, lines, pairs)
        self.assertNotEqual(wanted, before)
        for table in TABLES:
            self.assertEqual(found[table], wanted[table], table)

    def test_k20_partners_and_accounts(self):
        lines = self.open_lines(
            Booking("10.00", text="one"), Booking("-20.00", text="two"), Booking("30.00", text="three"),
            Booking("40.00", text="four", name=self.customer.name), Booking("50.00", text="five"),
        )  # fmt: skip
        one, two, three, four, five = lines.sorted(lambda line: abs(line.amount))
        self.assertAsCore(
            [
                (one, self.plan(one, self.receivable, self.customer)),
                (two, self.plan(two, self.payable, self.supplier)),
                (three, self.plan(three, self.receivable, self.second_customer)),
                (four, self.plan(four, self.receivable, self.customer)),
                (five, self.plan(five, self.receivable)),
            ]
        )

    def test_k20_another_currency(self):
        line = self.open_lines(Booking("10.00", text="one", original=("USD", "12.00")))
        self.assertTrue(line.foreign_currency_id)
        self.assertAsCore([(line, self.plan(line, self.receivable, self.customer))])

    def test_k20_analytic_items_of_partner_and_account(self):
        """Distributions that depend on the partner, and on the account, are those of both."""
        for number, told in enumerate(({"partner_id": self.customer.id}, {"account_prefix": self.receivable.code}), 1):
            plan = self.env["account.analytic.plan"].create({"name": f"Plan {number}"})
            account = self.env["account.analytic.account"].create({"name": f"A{number}", "plan_id": plan.id})
            self.env["account.analytic.distribution.model"].create(
                {"analytic_distribution": {account.id: 100}, "company_id": self.company.id, **told}
            )
        lines = self.open_lines(Booking("10.00", text="one"), Booking("20.00", text="two"))
        one, two = lines.sorted("amount")
        pairs = [
            (one, self.plan(one, self.receivable, self.customer)),
            (two, self.plan(two, self.receivable, self.second_customer)),
        ]
        self.assertAsCore(pairs)
        self.env["finance.bank.rematcher"]._move_counterparts(lines, pairs)
        self.env.flush_all()
        self.assertTrue(one.move_id.line_ids.analytic_line_ids)

    def test_k18_an_account_of_a_rule_brings_its_taxes(self):
        tax = self.env["account.tax"].create(
            {"name": "Included", "amount": 20, "price_include_override": "tax_included", "type_tax_use": "purchase"}
        )
        account = self.env["account.account"].create(
            {"name": "Fees", "code": "FEE1", "account_type": "expense", "tax_ids": [Command.set(tax.ids)]}
        )
        lines = self.open_lines(Booking("-12.00", text="fee"), Booking("10.00", text="other"))
        fee, other = lines.sorted("amount")
        self.assertAsCore(
            [(fee, self.plan(fee, account, items=())), (other, self.plan(other, self.receivable, self.customer))]
        )

    def test_k20_a_closed_period_is_refused(self):
        """The scheduled action leaves out such lines; should one close meanwhile, core still refuses."""
        line = self.open_lines(Booking("10.00", text="one"))
        # core locks no period with open lines; one that was locked and then got a line is as good
        self.env.cr.execute(
            "UPDATE res_company SET fiscalyear_lock_date = %s WHERE id = %s", [line.date, self.company.id]
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "Lock Date"):
            self.env["finance.bank.rematcher"]._move_counterparts(line, [(line, self.plan(line, self.receivable))])
