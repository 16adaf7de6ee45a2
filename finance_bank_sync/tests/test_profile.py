"""Sheet profiles: tried with a sample, then files that fit are statements like any other (K-02)."""

import base64
import io
import zipfile
from datetime import date

import openpyxl

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form

from .common import ACCOUNTANT, ADMIN, IBAN, OPERATOR, OTHER_IBAN, VIEWER, BankCase

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

    def test_k02_sample_proposes_the_profile(self):
        admin = self.make_user("profile_writer", ADMIN, ACCOUNTANT)
        profiles = self.env["finance.bank.statement.profile"].with_user(admin)
        with Form(profiles.with_context(default_company_id=self.company.id)) as form:
            form.name = "Proposed"
            self.assertIn("Choose a sample", form.preview)
            form.sample = base64.b64encode(CSV)
            self.assertEqual((form.column_date, form.column_amount, form.delimiter), ("Booked", "Amount", ";"))
            self.assertEqual((form.date_format, form.decimal_mark), ("%d.%m.%Y", ","))
            self.assertEqual(form.sample_columns, ["Booked", "Text", "Name", "Amount", "Balance"])
            self.assertIn("1.050,00", form.sample_rows)
            self.assertIn("1050.00", form.preview)
            form.journal_id = self.journal
            # a later sample leaves what a person has written
            form.column_text = "Name"
            form.sample = base64.b64encode(CSV.replace(b"Text;Name", b"Name;Text"))
            self.assertEqual(form.column_text, "Name")
        self.assertEqual(form.record.column_balance, "Balance")

    def proposed(self, content, name):
        """:return: a profile as the form proposes it, saved"""
        admin = self.make_user("profile_proposer", ADMIN, ACCOUNTANT)
        profiles = self.env["finance.bank.statement.profile"].with_user(admin)
        context = {"default_company_id": self.company.id, "default_sample_name": name}
        with Form(profiles.with_context(**context)) as form:
            form.name = "Proposed"
            form.sample = base64.b64encode(content)
            form.journal_id = self.journal
        return form.record

    def test_k02_fee_that_the_balances_prove_is_booked_with_its_entry(self):
        content = (
            b"When,Day,Text,Amount,Fee,Balance\n"
            b"1,2026-02-02,Top-up,100.00,0.00,100.00\n2,2026-02-03,Cash,-50.00,1.00,49.00\n"
        )
        profile = self.proposed(content, "fees.csv")
        self.assertEqual((profile.column_fee, profile.fees, profile.fees_negative), ("Fee", "on_top", False))
        self.assertIn("-51.00", profile.preview)
        statement = self.statements_of(self.receive(content, "fees.csv"))
        self.assertPosted(statement)
        self.assertEqual((statement.proof, sorted(self.amounts())), ("proved", [-51.0, 100.0]))
        [charged] = statement.entry_ids.filtered("charges")
        self.assertEqual(charged.charges[0]["money"]["amount"], "-1.00")

    def test_k02_table_without_a_header_row_and_with_several_texts(self):
        content = b'02/02/2026,"100.00","Top-up",Ref 1,"150.00"\n23/02/2026,"-20.00","Shop",,"130.00"\n'
        profile = self.proposed(content, "movements_2026.csv")
        self.assertFalse(profile.has_header)
        self.assertEqual((profile.column_date, profile.column_amount, profile.column_balance), ("1", "2", "5"))
        self.assertEqual((profile.column_text, profile.more_texts, profile.file_names), ("3", "4", "movements"))
        statement = self.statements_of(self.receive(content, "movements_2026.csv"))
        self.assertPosted(statement)
        self.assertEqual((statement.proof, sorted(self.amounts())), ("proved", [-20.0, 100.0]))
        self.assertEqual(set(statement.entry_ids.mapped("remittance")), {"Top-up Ref 1", "Shop"})

    GIRO = (
        b"Movements current account;;;;\nClosing balance;120,00 EUR;;;\n\nBooked;Text;Name;Amount;Balance\n"
        b"02.02.2026;Invoice 17;Acme;20,00;120,00\n\n"
    )
    CARD = b"Movements card;;;;\nBooked;Used;Text;Amount\n03.02.2026;01.02.2026;Shop;-5,00\n\n"
    DEPOT = b"Movements depot;;;;\nBooked;WKN;Nominal;Amount\n03.02.2026;A0RPWH;5;-400,00\n"

    def test_k02_tables_of_one_file_are_statements_of_their_profiles(self):
        content = self.GIRO + self.CARD + self.DEPOT
        self.profile.sample = base64.b64encode(content)
        self.profile.skip_lines = 3
        self.assertEqual(self.profile.layout, ["Booked", "Text", "Name", "Amount", "Balance"])
        self.assertIn("100.00 and 1 bookings make the closing balance 120.00: proved.", self.profile.preview)
        self.assertIn("Not read with this profile: lines 7 to 9: Movements card", self.profile.preview)
        # the next profile is proposed for the table that none is for yet
        proposed = self.env["finance.bank.statement.profile"].new(
            {"company_id": self.company.id, "sample": base64.b64encode(content)}
        )
        self.assertIn("several tables", proposed._onchange_sample()["warning"]["message"])
        self.assertEqual((proposed.column_date, proposed.skip_lines), ("Booked", 7))
        card = self.make_bank_journal(self.company, OTHER_IBAN)
        proposed.update({"name": "Card", "journal_id": card.id})
        values = {name: proposed[name] for name in self.values if name != "column_party"}
        self.env["finance.bank.statement.profile"].create(
            {
                **values,
                "journal_id": card.id,
                "company_id": self.company.id,
                "column_value_date": "Used",
                "title": "card",
            }
        )
        statements = self.statements_of(self.receive(content, "all.csv"))
        self.assertEqual(sorted((one.journal_id.id, one.proof) for one in statements), sorted(
            [(self.journal.id, "proved"), (card.id, "unprovable")]))  # fmt: skip
        self.assertIn("Movements depot", statements[0].readings)
        self.assertEqual(sorted(statements.entry_ids.mapped("amount")), [-5.0, 20.0])

    def test_k02_two_profiles_that_fit_are_named(self):
        other = self.profile.copy({"name": "Other bank"})
        message = self.receive(CSV, "export.csv")
        self.assertEqual((message.state, message.reason_code), ("held", "bank_format_unknown"))
        self.assertIn("CSV Elbbank, CSV Other bank", message.detail)
        self.assertNothingOnLedger()
        other.active = False
        self.drain()
        self.assertEqual(message.state, "done")

    def test_k05_balances_above_the_rows_prove_them_or_hold_the_file(self):
        self.profile.column_balance = False
        rows = b"Opening balance 01.02.2026;100,00\nClosing balance 28.02.2026;%s\n" + CSV
        statement = self.statements_of(self.receive(rows % b"1.131,00", "wrong.csv"))
        self.assertEqual((statement.proof, statement.difference), ("failed", 1.0))
        self.assertNothingOnLedger()
        self.profile.has_told_balances = False
        statement = self.statements_of(self.receive(rows % b"1.132,00", "told.csv"))
        self.assertPosted(statement)
        self.assertEqual((statement.proof, {one["code"] for one in statement.balances}), ("unprovable", {"INFO"}))

    def test_k19_rows_of_payments_below_their_collective_booking(self):
        content = (
            b"Date;Text;Single amount;Amount\n02.02.2026;Two invoices;;300,00\n;Acme 17;100,00;\n;Bolt 9;200,00;\n"
        )
        profile = self.proposed(content, "collective.csv")
        self.assertEqual(profile.column_detail_amount, "Single amount")
        self.assertIn("in it: ", profile.preview)
        statement = self.statements_of(self.receive(content, "collective.csv"))
        self.assertPosted(statement)
        self.assertEqual(sorted(self.amounts()), [100.0, 200.0])
        self.assertEqual(set(statement.entry_ids.mapped("remittance")), {"Acme 17", "Bolt 9"})

    def test_k02_files_without_a_header_row_are_known_by_their_columns(self):
        content = b'"02/02/2026","100.00","*","","Top-up"\n"23/02/2026","-20.00","*","","Shop"\n'
        profile = self.proposed(content, "movements_2026.csv")
        profile.file_names = False
        later = self.receive(content.replace(b"/02/", b"/03/"), "anything.csv")
        self.assertPosted(self.statements_of(later))
        profile.copy({"name": "Another", "layout": profile.layout})
        message = self.receive(content.replace(b"/02/", b"/04/"), "anything else.csv")
        self.assertEqual(message.reason_code, "bank_format_unknown")
        self.assertIn("CSV Another, CSV Proposed", message.detail)

    def test_k02_what_a_sample_leaves_open_is_said(self):
        profiles = self.env["finance.bank.statement.profile"]
        sample = base64.b64encode(b"Date,Amount,Fee\n2026-02-02,100.00,1.00\n2026-02-03,50.00,0.00\n")
        profile = profiles.new({"company_id": self.company.id, "sample": sample})
        said = profile._onchange_sample()["warning"]["message"]
        self.assertIn("The column Fee may hold fees", said)
        self.assertIn("No amount has a sign", said)
        self.assertEqual((profile.column_amount, profile.column_fee), ("Amount", False))

    def test_k02_days_that_fit_both_orders_are_told(self):
        values = {"company_id": self.company.id, "delimiter": ";", "date_format": "%d/%m/%Y", "column_date": "Booked"}
        for day, is_unsure in ((b"03/02/2026", True), (b"23/02/2026", False)):
            profile = self.env["finance.bank.statement.profile"].new(
                {**values, "sample": base64.b64encode(b"Booked;Amount\n%s;1,00\n" % day)}
            )
            self.assertEqual(profile.is_month_unsure, is_unsure)

    def test_k02_unknown_table_goes_on_when_its_columns_are_described(self):
        self.profile.unlink()
        message = self.receive(CSV.replace(b"Acme Customer", OTHER_IBAN.encode()), "elbbank 2026-02.csv")
        exception = self.open_exception(message)
        self.assertEqual((exception.reason_code, exception.fix_label), ("bank_format_unknown", "Describe its columns"))
        admin = self.make_user("profile_fixer", ADMIN, OPERATOR, ACCOUNTANT)
        action = exception.with_user(admin).action_fix()
        profiles = self.env["finance.bank.statement.profile"].with_user(admin)
        with Form(profiles.with_context(**action["context"])) as form:
            self.assertEqual((form.name, form.column_date, form.kind), ("elbbank 2026-02", "Booked", "csv"))
            self.assertIn("1050.00", form.preview)
            self.assertNotIn(OTHER_IBAN, f"{form.preview}{form.sample_rows}", "content of messages is masked")
            form.journal_id = self.journal
        self.drain()
        self.assertPosted(self.statements_of(message))
        self.assertEqual(sorted(self.amounts()), [-20.0, 1050.0])
        self.assertEqual(exception.resolution, "resumed")

    def test_k02_who_may_describe_an_unknown_file(self):
        self.profile.unlink()
        exception = self.open_exception(self.receive(CSV, "export.csv"))
        with self.assertRaisesRegex(AccessError, "connector administrator"):
            exception.with_user(self.make_user("profile_operator", OPERATOR)).action_fix()
        admin = self.make_user("profile_admin_only", ADMIN)
        with self.assertRaises(AccessError):
            exception.with_user(admin).action_fix()
        # what the file holds is for operators, whatever the form is asked
        form = self.env["finance.bank.statement.profile"].with_user(admin).new({"message_id": exception.message_id.id})
        self.assertFalse(form.sample_columns)
        self.assertNotIn("1050", form.preview)

    def test_k02_unknown_file_that_is_no_table(self):
        exception = self.open_exception(self.receive(b"<?xml version='1.0'?><Invoice/>", "invoice.xml"))
        admin = self.make_user("profile_nothing", ADMIN, OPERATOR)
        with self.assertRaisesRegex(UserError, "no table"):
            exception.with_user(admin).action_fix()

    def test_journal_without_number_is_named(self):
        journal = self.env["account.journal"].create(
            {"name": "Numberless", "type": "bank", "code": "NONE", "company_id": self.company.id}
        )
        with self.assertRaisesRegex(ValidationError, "Numberless has no account number"):
            self.profile.journal_id = journal

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
