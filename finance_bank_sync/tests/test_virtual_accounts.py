"""Virtual accounts say who paid (K-17); unmatched lines by age, owner and cause (K-20)."""

from datetime import date, timedelta

from odoo import fields
from odoo.exceptions import AccessError, ValidationError

from .camt_writer import Booking, camt053
from .common import CUSTOMER_IBAN, IBAN, OTHER_IBAN
from .test_engine import EngineCase

VIRTUAL = "DE89370400440532013000"


class TestVirtualAccounts(EngineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.virtual = cls.env["finance.bank.virtual.account"].create(
            {"number": "DE89 3704 0044 0532 0130 00", "partner_id": cls.customer.id, "company_id": cls.company.id}
        )

    def pay_to(self, amount, number, **values):
        """A booking whose details name the account of the receiver."""
        file = camt053(self.statement(Booking(amount, name="Somebody", iban=CUSTOMER_IBAN, **values))).decode()
        ours = f"<CdtrAcct><Id><IBAN>{number}</IBAN></Id></CdtrAcct>"
        self.assertIn("</DbtrAcct>", file)
        message = self.receive(file.replace("</DbtrAcct>", "</DbtrAcct>" + ours).encode())
        self.assertPosted(self.statements_of(message))
        return self.statements_of(message).entry_ids.line_id

    def test_k17_credit_to_a_virtual_iban_matches_its_owner_without_text(self):
        self.env["res.partner.bank"].search([("acc_number", "=", CUSTOMER_IBAN)]).unlink()
        self.make_invoice(250)
        invoice = self.make_invoice(100)
        other = self.env["res.partner"].create({"name": "Somebody Else"})
        self.make_invoice(100, partner=other)
        line = self.pay_to("100.00", VIRTUAL)
        self.assertPaid(invoice)
        self.assertEqual((line.partner_id, line.finance_outcome), (self.customer, "automatic"))
        self.assertIn("virtual account (+45)", line.finance_why)

    def test_k17_the_account_of_the_statement_is_no_virtual_one(self):
        line = self.pay_to("100.00", IBAN)
        self.assertFalse(line.finance_entry_id.own_account)

    def test_k17_several_invoices_that_add_up(self):
        invoices = [self.make_invoice(amount) for amount in (100, 23, 7)]
        self.pay_to("123.00", VIRTUAL)
        self.assertEqual([invoice.payment_state for invoice in invoices], ["paid", "paid", "not_paid"])

    def test_k17_two_invoices_of_one_amount_are_for_a_person(self):
        self.make_invoice(100), self.make_invoice(100)
        line = self.pay_to("100.00", VIRTUAL)
        self.assertFalse(line.is_reconciled)
        self.assertEqual((line.partner_id, line.finance_is_tied), (self.customer, True))

    def test_k17_nothing_open_sets_the_partner(self):
        line = self.pay_to("5.00", VIRTUAL)
        self.assertEqual((line.partner_id, line.is_reconciled), (self.customer, False))

    def test_k17_number_in_the_text(self):
        self.env["finance.bank.virtual.account"].create(
            {"number": "990-001234", "partner_id": self.supplier.id, "company_id": self.company.id}
        )
        for text, partner in (
            ("for DE89 3704 0044 0532 0130 00 thanks", self.customer),
            ("VA 990001234", self.supplier),
            ("DE89 3704 0044 0532 0130 01", self.env["res.partner"]),
        ):
            with self.subTest(text=text), self.undone():
                self.assertEqual(self.pay("5.00", text=text, name="?").partner_id, partner)

    def test_k17_the_number_counts_more_than_the_account_of_the_payer(self):
        self.env["res.partner.bank"].search([("acc_number", "=", CUSTOMER_IBAN)]).partner_id = self.supplier
        self.assertEqual(self.pay_to("5.00", VIRTUAL).partner_id, self.customer)

    def test_k17_only_in_its_time_on_its_journal_and_while_active(self):
        journal = self.make_bank_journal(self.company, OTHER_IBAN)
        for values in ({"valid_to": "2026-03-01"}, {"valid_from": "2026-03-03"}, {"journal_id": journal.id},
                       {"active": False}):  # fmt: skip
            with self.subTest(values=values), self.undone():
                self.virtual.write(values)
                self.env["res.partner.bank"].search([("acc_number", "=", CUSTOMER_IBAN)]).unlink()
                self.assertFalse(self.pay_to("5.00", VIRTUAL).partner_id)

    def test_k17_one_owner_at_a_time(self):
        create = self.env["finance.bank.virtual.account"].create
        values = {"number": VIRTUAL.lower(), "partner_id": self.supplier.id, "company_id": self.company.id}
        with self.assertRaisesRegex(ValidationError, "belongs to"), self.cr.savepoint():
            create(values)
        self.virtual.valid_to = "2026-03-31"
        create({**values, "valid_from": "2026-04-01"})
        for number in ("12345", "abcdefgh"):
            with self.assertRaisesRegex(ValidationError, "too short"), self.cr.savepoint():
                create({**values, "number": number})

    def test_k17_other_companies_numbers_say_nothing(self):
        self.virtual.active = False
        self.keep_books(self.other_company)
        self.env["finance.bank.virtual.account"].create(
            {"number": VIRTUAL, "partner_id": self.supplier.id, "company_id": self.other_company.id}
        )
        self.env["res.partner.bank"].search([("acc_number", "=", CUSTOMER_IBAN)]).unlink()
        self.assertFalse(self.pay_to("5.00", VIRTUAL).partner_id)
        shown = self.env["finance.bank.virtual.account"].with_user(self.accountant).search([])
        self.assertFalse(shown)


class TestAging(EngineCase):
    def rows(self, *domain):
        self.env.invalidate_all()
        return self.env["finance.bank.aging"].search([("company_id", "=", self.company.id), *domain])

    def on_day(self, days, amount, **values):
        day = fields.Date.context_today(self.env["finance.bank.aging"]) - timedelta(days=days)
        statement = self.statement(Booking(amount, **values), day=day, opening=None, identification=f"{days}-{amount}")
        [received] = self.receive_statement(statement, name=f"{days}.xml")
        if received.state == "held":
            self.fail(received.message_id.detail)
        return received.entry_ids.line_id

    def test_k20_buckets(self):
        expected = {}
        for days, bucket in ((0, "a_week"), (7, "a_week"), (8, "b_month"), (30, "b_month"), (31, "c_two_months"),
                             (60, "c_two_months"), (61, "d_three_months"), (90, "d_three_months"),
                             (91, "e_older"), (400, "e_older")):  # fmt: skip
            expected[self.on_day(days, f"{days + 1}.00").id] = (days, bucket)
        self.assertEqual({row.line_id.id: (row.age_days, row.bucket) for row in self.rows()}, expected)
        groups = self.env["finance.bank.aging"]._read_group(
            [("company_id", "=", self.company.id)], ["bucket"], ["report_amount:sum", "__count"]
        )
        self.assertEqual(
            groups,
            [("a_week", 9.0, 2), ("b_month", 40.0, 2), ("c_two_months", 93.0, 2), ("d_three_months", 153.0, 2),
             ("e_older", 493.0, 2)],
        )  # fmt: skip

    def test_k20_what_is_reconciled_is_gone(self):
        line = self.pay("-5.00", text="fee")
        self.assertEqual(self.rows().line_id, line)
        self.env["finance.bank.desk"].with_user(self.accountant).settle(line.id, [], self.expense.id)
        self.assertFalse(self.rows())

    def test_k20_causes(self):
        self.make_invoice(100), self.make_invoice(100), self.make_invoice(55)
        lines = {
            "tied": self.pay("100.00", text="thanks", iban=CUSTOMER_IBAN),
            "unsure": self.pay("55.00", text="thanks", iban=CUSTOMER_IBAN),
            "not_open": self.pay("7.00", text="x", structured="RF18539007547034", name="Nobody"),
            "no_reference": self.pay("8.00", text="for you", name="Nobody"),
            "no_party": self.pay("9.00"),
            "returned": self.pay("-3.00", text="back", return_code="AC04", name="Nobody"),
        }
        undone = self.pay("-6.00", text="fee", name="Nobody")
        desk = self.env["finance.bank.desk"].with_user(self.accountant)
        desk.settle(undone.id, [], self.expense.id)
        desk.undo(undone.id)
        lines["undone"] = undone
        lines["by_hand"] = self.env["account.bank.statement.line"].create(
            {"journal_id": self.journal.id, "date": date(2026, 3, 2), "payment_ref": "cash", "amount": 2.0}
        )
        self.assertEqual(
            {row.cause: row.line_id for row in self.rows()}, {cause: line for cause, line in lines.items()}
        )

    def test_k20_owner_of_the_journal_and_of_the_line(self):
        first, second = self.pay("1.00"), self.pay("2.00")
        boss = self.make_user("aging_boss", "account.group_account_user")
        self.journal.finance_owner_id = boss
        self.assertEqual(self.rows().owner_id, boss)
        self.rows(("line_id", "=", first.id)).with_user(self.accountant).action_take()
        self.assertEqual(self.rows(("owner_id", "=", self.accountant.id)).line_id, first)
        self.assertEqual(self.rows(("owner_id", "=", boss.id)).line_id, second)
        reader = self.make_user("aging_reader", "account.group_account_readonly")
        with self.assertRaises(AccessError):
            self.rows().with_user(reader).action_take()

    def test_k20_the_row_leads_to_the_line(self):
        line = self.pay("1.00")
        action = self.rows().with_user(self.accountant).action_view_line()
        self.assertEqual(action["context"]["default_line_id"], line.id)
