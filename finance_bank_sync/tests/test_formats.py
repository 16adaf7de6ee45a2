"""Every statement format from the uploaded file to the ledger, and reports that are not booked (K-01, K-02)."""

from datetime import date

from odoo.exceptions import AccessError, UserError

from .camt_writer import Booking, camt053
from .common import ACCOUNTANT, IBAN, OPERATOR, BankCase

MT940 = """:20:STARTUMS
:25:{account}
:28C:00012/001
:60F:C260201EUR100,00
:61:2602020202C50,00NTRFNONREF//BK1
:86:166?00GUTSCHRIFT?20EREF+E2E-1?21SVWZ+Invoice 17?32Acme Customer
:61:2602020202D20,00NMSCNONREF//BK2
:86:177?00ENTGELT?20Fee
:62F:C260202EUR130,00
-
"""

MT942 = """:20:INTERIM
:25:{account}
:28C:00012/001
:34F:EUR0,
:13D:2602021200+0100
:61:2602020202C50,00NTRFNONREF//BK1
:86:166?00GUTSCHRIFT?20EREF+E2E-1?21SVWZ+Invoice 17?32Acme Customer
:90D:0EUR0,00
:90C:1EUR50,00
-
"""

OFX = """OFXHEADER:100
DATA:OFXSGML
VERSION:102

<OFX><BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STMTRS><CURDEF>EUR
<BANKACCTFROM><BANKID>1<ACCTID>{account}<ACCTTYPE>CHECKING</BANKACCTFROM>
<BANKTRANLIST><DTSTART>20260201<DTEND>20260202
<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260202<TRNAMT>50.00<FITID>F1<NAME>Acme & Co<MEMO>Invoice 17</STMTTRN>
<STMTTRN><TRNTYPE>FEE<DTPOSTED>20260202<TRNAMT>-20.00<FITID>F2<NAME>Bank</STMTTRN>
{more}</BANKTRANLIST><LEDGERBAL><BALAMT>130.00<DTASOF>20260202</LEDGERBAL>
</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""

BAI2 = """01,BANK,CORP,260202,0700,7,,,2/
02,CORP,BANK,1,260202,,EUR,2/
03,{account},EUR,010,10000,,,015,13000,,/
16,195,5000,0,BK1,INV17,Invoice 17/
16,698,2000,0,BK2,,Fee/
49,30000,4/
98,30000,1,6/
99,30000,1,8/
"""

QIF = """!Account
N{account}
^
!Type:Bank
D02/13/2026
T50.00
PAcme Customer
^
"""


class TestFormats(BankCase):
    def upload(self, text, name, account=IBAN):
        return self.receive(text.format(account=account, more="").encode(), name)

    def confirm_currency(self, statement):
        wizard = self.env["finance.bank.accept.wizard"].with_context(
            default_statement_id=statement.id, default_exception_id=self.open_exception(statement).id
        )
        wizard.create({"reason": "the account is in euro"}).action_confirm()
        self.drain()

    def ledger(self):
        return sorted((line.amount, line.date) for line in self.lines())

    # -- onto the ledger -------------------------------------------------------------------

    def test_mt940(self):
        statement = self.statements_of(self.upload(MT940, "umsatz.sta"))
        self.assertPosted(statement)
        self.assertEqual((statement.format, statement.proof), ("mt940", "proved"))
        self.assertEqual(self.ledger(), [(-20.0, date(2026, 2, 2)), (50.0, date(2026, 2, 2))])
        self.assertEqual(set(statement.entry_ids.mapped("end_to_end_id")), {"E2E-1", False})

    def test_mt940_german_account_number_finds_the_journal_of_its_iban(self):
        self.assertPosted(self.statements_of(self.upload(MT940, "umsatz.sta", account="12030000/202051")))

    def test_ofx(self):
        statement = self.statements_of(self.upload(OFX, "download.ofx"))
        self.assertPosted(statement)
        self.assertEqual((statement.format, statement.proof), ("ofx", "unprovable"))
        self.assertEqual([amount for amount, _day in self.ledger()], [-20.0, 50.0])

    def test_ofx_second_download_of_the_period_brings_what_is_new(self):
        """K-03: a download that overlaps the last one adds its new bookings alone."""
        self.upload(OFX, "download.ofx")
        more = "<STMTTRN><TRNTYPE>ATM<DTPOSTED>20260202<TRNAMT>-5.00<FITID>F3<NAME>ATM</STMTTRN>\n"
        message = self.receive(OFX.format(account=IBAN, more=more).encode(), "download (1).ofx")
        self.assertPosted(self.statements_of(message))
        self.assertEqual([amount for amount, _day in self.ledger()], [-20.0, -5.0, 50.0])

    def test_bai2(self):
        statement = self.statements_of(self.upload(BAI2, "report.bai"))
        self.assertPosted(statement)
        self.assertEqual((statement.format, statement.proof), ("bai2", "proved"))
        self.assertEqual([amount for amount, _day in self.ledger()], [-20.0, 50.0])

    def test_bai2_control_total_that_differs_posts_nothing(self):
        message = self.receive(BAI2.format(account=IBAN).replace("49,30000", "49,30001").encode(), "report.bai")
        self.assertEqual((message.state, message.reason_code), ("held", "bank_file_broken"))
        self.assertIn("line 6", message.detail)
        self.assertNothingOnLedger()

    def test_qif_tells_no_currency_and_is_held(self):
        statement = self.statements_of(self.upload(QIF, "export.qif"))
        self.assertHeld(statement, "bank_currency_untold")
        self.assertNothingOnLedger()
        self.assertEqual(self.open_exception(statement).fix_label, "Confirm the currency")
        self.confirm_currency(statement)
        self.assertEqual((statement.state, statement.currency_name), ("posted", "EUR"))
        self.assertEqual(statement.entry_ids.mapped("currency_name"), ["EUR"])
        again = self.statements_of(self.upload(QIF.replace("PAcme", "MOnce more\nPAcme"), "again.qif"))
        self.assertNotIn(again.state, ("held", "staged"), "one confirmation is enough for an account")
        self.assertEqual(again.entry_ids.mapped("currency_name"), ["EUR"])

    def test_qif_without_account_is_linked_by_a_person_then_its_currency_confirmed(self):
        """K-02: nothing in the file tells whose it is, so a person says so, each time; then the currency, once."""
        accountant = self.make_user("qif_accountant", OPERATOR, ACCOUNTANT)
        text = "!Type:Bank\n" + QIF.partition("!Type:Bank\n")[2]
        statement = self.statements_of(self.receive(text.encode(), "export.qif"))
        self.assertHeld(statement, "bank_account_unknown")
        exception = self.open_exception(statement)
        self.assertIn("names no account", exception.detail)
        action = exception.with_user(accountant).action_fix()
        wizard = self.env[action["res_model"]].with_user(accountant).with_context(**action["context"])
        linking = wizard.create({"journal_id": self.journal.id})
        self.assertIn(self.journal, linking.journal_ids, "a journal that has its account already can be chosen")
        self.assertFalse(linking.account_masked)
        linking.action_confirm()
        self.drain()
        self.assertHeld(statement, "bank_currency_untold")
        with self.assertRaises(UserError), self.env.cr.savepoint():
            wizard.create({"journal_id": self.journal.id}).action_confirm()
        self.confirm_currency(statement)
        self.assertEqual((statement.state, statement.currency_name), ("posted", "EUR"))
        self.assertEqual(self.ledger(), [(50.0, date(2026, 2, 13))])

    def test_k02_a_file_with_two_meanings_waits_for_the_answer_of_a_person(self):
        """First the order of its dates, then its decimal mark; each answer is kept, and only an accountant gives it."""
        accountant = self.make_user("question_accountant", OPERATOR, ACCOUNTANT)
        text = QIF.format(account=IBAN).replace("02/13/2026", "02/03/2020").replace("T50.00", "T1.250")
        message = self.receive(text.encode(), "export.qif")
        exception = self.open_exception(message)
        self.assertEqual(exception.reason_code, "bank_file_unclear")
        self.assertEqual(exception.fix_label, "Say what it means")
        action = exception.with_user(accountant).action_fix()
        wizard = self.env[action["res_model"]].with_user(accountant).with_context(**action["context"])
        asking = wizard.create({})
        self.assertEqual(asking.asks, "dates")
        self.assertIn("2 March 2020", asking.readings)
        self.assertIn("3 February 2020", asking.readings)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            asking.action_confirm()
        operator = self.make_user("question_operator", OPERATOR)
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            wizard.with_user(operator).create({"dates": "dmy"}).action_confirm()
        asking.dates = "dmy"
        asking.action_confirm()
        self.drain()
        asking = wizard.create({"exception_id": self.open_exception(message).id})
        self.assertEqual(asking.asks, "decimal")
        self.assertIn("1250", asking.readings)
        asking.decimal = ","
        asking.action_confirm()
        self.drain()
        self.assertEqual(message.bank_told, {"dates": "dmy", "decimal": ","})
        statement = self.statements_of(message)
        self.assertHeld(statement, "bank_currency_untold")
        self.confirm_currency(statement)
        self.assertEqual(self.ledger(), [(1250.0, date(2020, 3, 2))])
        with self.assertRaises(UserError):
            asking.action_confirm()

    def test_k02_ofx_whose_debits_are_half_signed_waits_for_what_tells_their_direction(self):
        """By the other reading every amount of a debit would be wrong; an accountant chooses."""
        accountant = self.make_user("direction_accountant", OPERATOR, ACCOUNTANT)
        debit = "<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260202<TRNAMT>{amount}<FITID>{amount}<NAME>Shop</STMTTRN>\n"
        more = debit.format(amount="30.00") + debit.format(amount="-5.00")
        message = self.receive(OFX.format(account=IBAN, more=more).encode(), "download.ofx")
        self.assertEqual((message.state, message.reason_code), ("held", "bank_file_unclear"))
        self.assertNothingOnLedger()
        exception = self.open_exception(message)
        action = exception.with_user(accountant).action_fix()
        asking = self.env[action["res_model"]].with_user(accountant).with_context(**action["context"]).create({})
        self.assertEqual(asking.asks, "directions")
        self.assertIn("-30.00", asking.readings)
        asking.directions = "types"
        asking.action_confirm()
        self.drain()
        self.assertEqual(message.bank_told, {"directions": "types"})
        self.assertEqual(sorted(amount for amount, _day in self.ledger()), [-30.0, -20.0, 5.0, 50.0])

    def test_ofx_that_tells_no_currency_is_confirmed_like_qif(self):
        text = OFX.replace("<CURDEF>EUR", "")
        self.assertNotEqual(text, OFX)
        statement = self.statements_of(self.upload(text, "download.ofx"))
        self.assertHeld(statement, "bank_currency_untold")
        self.assertNothingOnLedger()
        self.confirm_currency(statement)
        self.assertEqual((statement.state, statement.currency_name), ("posted", "EUR"))
        self.assertEqual([amount for amount, _day in self.ledger()], [-20.0, 50.0])

    def test_cut_mt940_posts_nothing(self):
        text = MT940.format(account=IBAN)
        message = self.receive(text[: text.index(":62F:")].encode(), "cut.sta")
        self.assertEqual((message.state, message.reason_code), ("held", "bank_file_broken"))
        self.assertNothingOnLedger()

    def test_a_wrong_date_names_its_line(self):
        text = MT940.format(account=IBAN)
        broken = text.replace(":61:260202", ":61:261302", 1)
        self.assertNotEqual(text, broken)
        message = self.receive(broken.encode(), "wrong.sta")
        self.assertEqual((message.state, message.reason_code), ("held", "bank_file_broken"))
        line = broken[: broken.index(":61:261302")].count("\n") + 1
        self.assertIn(f"line {line}, message 1, :61:", message.detail)
        self.assertNothingOnLedger()

    def test_k02_norma_43_finds_the_journal_of_the_iban_that_follows_from_it(self):
        """Spanish files tell bank, office and account, and no check digits; the journal has the IBAN."""
        self.journal.bank_account_id = False
        self.journal.set_bank_account("ES9121000418450200051332")
        account, text = "210004180200051332", ""
        for record in (
            f"11{account}2602012602022{10000:014d}9783EMPRESA",
            f"22    0418260202260202020172{5000:014d}{0:010d}{0:012d}INV 17",
            "2301TRANSFERENCIA ACME",
            f"33{account}{0:05d}{0:014d}{1:05d}{5000:014d}2{15000:014d}978",
            f"88{'9' * 18}{4:06d}",
        ):
            text += f"{record:<80}\r\n"
        statement = self.statements_of(self.receive(text.encode(), "extracto.n43"))
        self.assertPosted(statement)
        self.assertEqual((statement.format, statement.proof), ("norma43", "proved"))
        self.assertEqual(self.ledger(), [(50.0, date(2026, 2, 2))])

    # -- reported, not booked --------------------------------------------------------------

    def test_k01_mt942_is_shown_and_its_statement_books_once(self):
        report = self.statements_of(self.upload(MT942, "interim.sta"))
        self.assertEqual((report.state, report.purpose), ("provisional", "interim"), report.message_id.detail)
        self.assertEqual(report.entry_ids.mapped("state"), ["provisional"])
        self.assertNothingOnLedger()
        self.assertPosted(self.statements_of(self.upload(MT940, "umsatz.sta")))
        self.assertEqual(self.ledger(), [(-20.0, date(2026, 2, 2)), (50.0, date(2026, 2, 2))])
        self.assertEqual(report.entry_ids.mapped("state"), ["superseded"])
        self.assertEqual(report.entry_ids.duplicate_of_id.line_id.amount, 50.0)
        self.assertEqual(report.state, "superseded")

    def test_k01_camt052_then_camt053(self):
        statement = self.statement(Booking("50.00", text="so far"))
        report = (
            camt053(statement)
            .decode()
            .replace("camt.053", "camt.052")
            .replace("BkToCstmrStmt", "BkToCstmrAcctRpt")
            .replace("<Stmt>", "<Rpt>")
            .replace("</Stmt>", "</Rpt>")
        )
        shown = self.statements_of(self.receive(report.encode(), "c52.xml"))
        self.assertEqual(shown.state, "provisional", shown.message_id.detail)
        self.assertNothingOnLedger()
        self.assertPosted(self.statements_of(self.receive(camt053(statement), "c53.xml")))
        self.assertEqual(self.amounts(), [50.0])
        self.assertEqual(shown.state, "superseded")

    def test_k01_report_that_comes_late_shows_nothing(self):
        self.upload(MT940, "umsatz.sta")
        report = self.statements_of(self.upload(MT942, "interim.sta"))
        self.assertEqual(report.state, "superseded")
        self.assertEqual(len(self.lines()), 2)

    def test_k01_newer_report_replaces_the_older_one(self):
        older = self.statements_of(self.upload(MT942, "interim.sta"))
        newer = self.statements_of(self.upload(MT942.replace("2602021200", "2602021500"), "interim2.sta"))
        self.assertEqual((older.state, newer.state), ("superseded", "provisional"))

    # -- why it does not add up ------------------------------------------------------------

    def test_k05_the_hold_names_the_flipped_line(self):
        wrong = MT940.replace("D20,00", "C20,00")
        statement = self.statements_of(self.upload(wrong, "umsatz.sta"))
        self.assertHeld(statement, "bank_proof_failed")
        self.assertIn("entry 2 had the other sign", statement.message_id.detail)

    def test_k05_the_hold_names_the_doubled_line(self):
        line = MT940[MT940.index(":61:2602020202D") : MT940.index(":62F:")]
        statement = self.statements_of(self.upload(MT940.replace(line, line + line), "umsatz.sta"))
        self.assertHeld(statement, "bank_proof_failed")
        self.assertIn("entry 3 were there once", statement.message_id.detail)
