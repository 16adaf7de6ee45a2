"""What a bank took, beside what was agreed with it (K-18)."""

from odoo import fields
from odoo.exceptions import AccessError, ValidationError

from .camt_writer import DAY, Booking
from .common import ACCOUNTANT, ADVISER, IBAN, VIEWER
from .test_engine import EngineCase


class TestFees(EngineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.adviser = cls.make_user("fee_adviser", ADVISER)
        cls.journal.finance_charge_account_id = cls.expense
        cls.env["finance.bank.rule"].create(
            {
                "name": "Fees",
                "label": "account fee",
                "account_id": cls.expense.id,
                "company_id": cls.company.id,
                "is_automatic": True,
            }
        )

    def agree(self, **values):
        return self.env["finance.bank.fee.term"].create(
            {
                "name": "Incoming",
                "journal_id": self.journal.id,
                "company_id": self.company.id,
                "valid_from": DAY.replace(day=1),
                "valid_to": fields.Date.end_of(DAY, "month"),
                **values,
            }
        )

    def month(self):
        self.env.flush_all()
        fees = self.env["finance.bank.fee"].with_user(self.accountant).with_company(self.company)
        [row] = fees.search([("journal_id", "=", self.journal.id), ("month", "=", DAY.replace(day=1))])
        return row

    def receive_day(self):
        """Two payments in, one of them with charges inside, one out, and the bank's own fee."""
        invoice = self.make_invoice(100.0)
        [statement] = self.receive_statement(
            self.statement(
                Booking("97.00", text=invoice.name, charge="3.00", code="PMNT-RCDT-ESCT"),
                Booking("250.00", text="something", code="PMNT-RCDT-XBCT"),
                Booking("-40.00", text="rent", code="PMNT-ICDT-ESCT"),
                Booking("-7.50", text="Account fee", code="PMNT-MDOP-CHRG"),
                account=IBAN,
            )
        )
        self.assertPosted(statement)
        return statement

    def test_k18_taken_beside_agreed(self):
        self.receive_day()
        self.agree(amount=0.5, code="PMNT-RCDT", direction="in")
        self.agree(name="Abroad", percent=1.0, code="PMNT-RCDT-XBCT")
        self.agree(name="Keeping", per="month", amount=7.5)
        row = self.month()
        self.assertEqual((row.actual, row.expected, row.difference), (10.5, 11.0, -0.5))
        self.assertEqual(row.booking_count, 3, "the fee itself is no booking that costs a fee")
        self.assertTrue(row.has_terms)
        items = self.env["account.move.line"].search(row.action_view_charges()["domain"])
        self.assertEqual(sum(items.mapped("balance")), 10.5)

    def test_k18_only_what_is_valid_counts(self):
        self.receive_day()
        self.agree(amount=1.0, valid_from=DAY, valid_to=DAY)
        self.agree(name="Before", amount=90.0, valid_to=DAY.replace(day=1))
        self.agree(name="Given up", amount=80.0).active = False
        self.assertEqual(self.month().expected, 3.0)

    def test_k18_nothing_agreed_is_told(self):
        self.receive_day()
        row = self.month()
        self.assertEqual((row.actual, row.has_terms), (10.5, False))

    def test_k18_agreed_and_nothing_taken(self):
        self.agree(per="month", amount=5.0)
        row = self.month()
        self.assertEqual((row.actual, row.expected, row.difference), (0.0, 5.0, -5.0))

    def test_agreement_says_something(self):
        with self.assertRaisesRegex(ValidationError, "what Incoming costs"):
            self.agree()
        with self.assertRaisesRegex(ValidationError, "no bank transaction code"):
            self.agree(amount=1.0, code="PMNT%")

    def test_who_may(self):
        term = self.agree(amount=1.0)
        self.assertEqual(term.with_user(self.accountant).amount, 1.0)
        term.with_user(self.adviser).amount = 2.0
        plain = self.make_user("fee_accountant", ACCOUNTANT)
        with self.assertRaises(AccessError):
            term.with_user(plain).amount = 3.0
        viewer = self.make_user("fee_viewer", VIEWER)
        for model in ("finance.bank.fee", "finance.bank.fee.term"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(viewer).search([])
        other = self.make_company("Fee Other")
        stranger = self.make_user("fee_stranger", ADVISER, companies=other)
        self.assertFalse(
            self.env["finance.bank.fee.term"].with_user(stranger).with_context(allowed_company_ids=other.ids).search([])
        )
