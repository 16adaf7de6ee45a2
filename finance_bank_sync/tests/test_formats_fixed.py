"""Statement files of records of one length from the uploaded file to the ledger (K-02): Norma 43, CFONB 120."""

from datetime import date

from .common import BankCase


class TestFormatsFixed(BankCase):
    def ledger(self):
        return sorted((line.amount, line.date) for line in self.lines())

    def test_k02_cfonb_120_finds_the_journal_of_its_iban_and_books_every_operation(self):
        """French files tell bank, branch and account without the key; what records 05 say reaches the line."""
        self.journal.bank_account_id = False
        self.journal.set_bank_account("FR1420041010050500013M02606")

        def record(kind, operation="", day="020226", rest=""):
            return f"{kind}20041    01005EUR2 0500013M026{operation:2}{day}{rest}".ljust(120)

        def operation(kind, label, amount, *notes):
            rows = [record("04", kind, rest=f"  020226{label:31}  {0:07d}  {amount}")]
            return [*rows, *(record("05", kind, rest=f"     {name}{text}") for name, text in notes)]

        rows = [
            record("01", day="310126", rest=f"{'':50}0000000001000{{"),
            *operation(
                "05", "VIR ACME", "0000000000500{", ("NPY", "ACME CUSTOMER"), ("RCN", "E2E-1"), ("LCC", "INV 17")
            ),
            *operation("B1", "PRLV EAU", "0000000000200}", ("NBE", "EAU DU NORD"), ("RUM", "MANDAT-7")),
            record("07", rest=f"{'':50}0000000001300{{"),
        ]
        statement = self.statements_of(self.receive("\r\n".join(rows).encode(), "releve.cfo"))
        self.assertPosted(statement)
        self.assertEqual((statement.format, statement.proof), ("cfonb120", "proved"))
        self.assertEqual(self.ledger(), [(-20.0, date(2026, 2, 2)), (50.0, date(2026, 2, 2))])
        paid, received = statement.entry_ids.sorted("amount")
        self.assertEqual((received.end_to_end_id, received.remittance), ("E2E-1", "INV 17"))
        self.assertEqual((received.party_name, paid.party_name), ("ACME CUSTOMER", "EAU DU NORD"))

    def test_k02_norma_43_with_sepa_texts_brings_the_party_to_the_ledger(self):
        """The five text records of SEPA tell who paid, and the end-to-end id."""
        self.journal.bank_account_id = False
        self.journal.set_bank_account("ES9121000418450200051332")
        account = "210004180200051332"
        rows = [
            f"11{account}2602012602022{10000:014d}9783EMPRESA",
            f"22    0418260202260202040072{5000:014d}{0:010d}",
            f"2301{'ACME CUSTOMER':<66}A98",
            f"2302{'E2E-1':<35}",
            f"2303{'':8}INV 17",
            "2304",
            "2305",
            f"33{account}{0:05d}{0:014d}{1:05d}{5000:014d}2{15000:014d}978",
        ]
        rows.append(f"88{'9' * 18}{len(rows):06d}")
        text = "".join(f"{row:<80}\r\n" for row in rows)
        statement = self.statements_of(self.receive(text.encode(), "extracto.n43"))
        self.assertPosted(statement)
        entry = statement.entry_ids
        self.assertEqual(
            (entry.party_name, entry.end_to_end_id, entry.remittance), ("ACME CUSTOMER", "E2E-1", "INV 17")
        )
        self.assertEqual(self.lines().partner_name, "ACME CUSTOMER")

    def test_k02_a_file_that_names_no_account_by_its_number_waits_for_a_person(self):
        account = "0" * 18
        rows = [
            f"11{account}2602012602022{0:014d}9783EMPRESA",
            f"22    0418260202260202020172{150:014d}{0:010d}",
            f"33{account}{0:05d}{0:014d}{1:05d}{150:014d}2{150:014d}978",
        ]
        rows.append(f"88{'9' * 18}{len(rows):06d}")
        text = "".join(f"{row:<80}\r\n" for row in rows)
        statement = self.statements_of(self.receive(text.encode(), "extracto.n43"))
        self.assertHeld(statement, "bank_account_unknown")
        self.assertNothingOnLedger()
