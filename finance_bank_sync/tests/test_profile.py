"""Sheet profiles: tried with a sample, then files that fit are statements like any other (K-02)."""

import base64
import io
import zipfile
from datetime import date

import openpyxl

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form

from .common import ACCOUNTANT, ADMIN, IBAN, OTHER_IBAN, VIEWER, BankCase

CSV = b"""Booked;Text;Name;Amount;Balance
02.02.2026;Invoice 17;Acme Customer;1.050,00;1.150,00
03.02.2026;<b>Fee</b>;Bank;-20,00;1.130,00
"""


class TestProfile(BankCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.values = {
            "name": "Elbbank",
            "company_id": cls.company.id,
            "journal_id": cls.journal.id,
            "delimiter": ";",
            "date_format": "%d.%m.%Y",
            "decimal_mark": ",",
            "thousands_mark": ".",
            "column_date": "Booked",
            "column_amount": "Amount",
            "column_balance": "Balance",
            "column_party": "Name",
            "column_text": "Text",
        }
        cls.profile = cls.env["finance.bank.statement.profile"].create(cls.values)

    def test_file_that_fits_is_posted_and_proved(self):
        statement = self.statements_of(self.receive(CSV, "export.csv"))
        self.assertPosted(statement)
        self.assertEqual((statement.format, statement.proof), ("csv", "proved"))
        self.assertEqual(sorted(self.amounts()), [-20.0, 1050.0])

    def test_k03_file_that_overlaps_brings_what_is_new(self):
        self.receive(CSV, "export.csv")
        self.receive(CSV + b"04.02.2026;Rent;Landlord;-30,00;1.100,00\n", "export (1).csv")
        self.assertEqual(sorted(self.amounts()), [-30.0, -20.0, 1050.0])

    def test_row_that_does_not_fit_posts_nothing(self):
        message = self.receive(CSV.replace(b"-20,00", b"twenty"), "export.csv")
        self.assertEqual((message.state, message.reason_code), ("held", "bank_file_broken"))
        self.assertIn("line 3, column amount (Amount)", message.detail)
        self.assertNothingOnLedger()

    def workbook(self, *rows):
        book = openpyxl.Workbook()
        for row in (["Booked", "Text", "Name", "Amount", "Balance"], *rows):
            book.active.append(row)
        target = io.BytesIO()
        book.save(target)
        return target.getvalue()

    def test_k02_workbook_is_posted_and_proved(self):
        self.profile.kind = "xlsx"
        content = self.workbook(
            [date(2026, 2, 2), "Invoice 17", "Acme Customer", 1050.1, 1150.1],
            ["03.02.2026", "Fee", "Bank", "-20,00", "1.130,10"],
        )
        statement = self.statements_of(self.receive(content, "export.xlsx"))
        self.assertPosted(statement)
        self.assertEqual((statement.format, statement.proof), ("xlsx", "proved"))
        self.assertEqual(sorted(self.amounts()), [-20.0, 1050.1])
        again = self.receive(content, "export.xlsx")
        self.assertEqual(again.state, "ignored")

    def test_k02_workbook_that_no_profile_knows(self):
        message = self.receive(self.workbook(), "export.xlsx")
        self.assertEqual((message.state, message.reason_code), ("held", "bank_format_unknown"))
        self.profile.kind = "xlsx"
        self.profile.column_text = "Purpose"
        message = self.receive(self.workbook(["x"]), "other.xlsx")
        self.assertEqual(message.reason_code, "bank_format_unknown")
        self.assertIn("XLSX Elbbank", message.detail)

    def test_attack_workbook_with_a_dtd_is_refused(self):
        self.profile.kind = "xlsx"
        target = io.BytesIO(self.workbook([date(2026, 2, 2), "x", "y", 1, 2]))
        with zipfile.ZipFile(target, "a") as archive:
            archive.writestr("xl/more.xml", "<!DOCTYPE a [<!ENTITY b 'ha'>]><a>&b;</a>")
        message = self.receive(target.getvalue(), "export.xlsx")
        self.assertEqual((message.state, message.reason_code), ("held", "bank_file_unsafe"))
        self.assertNothingOnLedger()

    def test_k02_workbook_is_previewed(self):
        self.profile.write(
            {"kind": "xlsx", "sample": base64.b64encode(self.workbook([date(2026, 2, 2), "Invoice", "Acme", 12.5, 99]))}
        )
        self.assertIn("12.5", self.profile.preview)
        self.assertIn("Acme", self.profile.preview)

    def test_archived_profile_reads_nothing(self):
        self.profile.active = False
        message = self.receive(CSV, "export.csv")
        self.assertEqual(message.reason_code, "bank_format_unknown")

    def test_preview_follows_the_form(self):
        admin = self.make_user("profile_admin", ADMIN, ACCOUNTANT)
        with Form(self.profile.with_user(admin)) as form:
            form.sample = base64.b64encode(CSV)
            self.assertIn("1050.00", form.preview)
            self.assertIn("&lt;b&gt;Fee", form.preview)
            form.decimal_mark = "."
            form.thousands_mark = ","
            self.assertIn("line 2, column amount (Amount)", form.preview)
            form.decimal_mark = ","
            form.thousands_mark = "."

    def test_profile_that_can_read_nothing_is_refused(self):
        for change in (
            {"column_date": False},
            {"amounts": "two_columns"},
            {"has_header": False},
            {"thousands_mark": ","},
        ):
            with self.subTest(change), self.assertRaises(ValidationError):
                self.env["finance.bank.statement.profile"].create({**self.values, **change})

    def test_who_may(self):
        viewer = self.make_user("profile_viewer", VIEWER)
        self.assertEqual(self.profile.with_user(viewer).name, "Elbbank")
        with self.assertRaises(AccessError):
            self.profile.with_user(viewer).name = "x"
        other = self.make_company("Profile Other")
        stranger = self.make_user("profile_stranger", VIEWER, companies=other)
        self.assertFalse(
            self.env["finance.bank.statement.profile"]
            .with_user(stranger)
            .with_context(allowed_company_ids=other.ids)
            .search([])
        )

    def test_profile_of_another_company_reads_nothing(self):
        other = self.make_company("Profile Reader")
        self.keep_books(other)
        self.make_bank_journal(other, OTHER_IBAN)
        message = self.receive(CSV, "export.csv", company=other)
        self.assertEqual(message.reason_code, "bank_format_unknown")
        self.assertEqual(self.profile.journal_id.bank_account_id.sanitized_acc_number, IBAN)
