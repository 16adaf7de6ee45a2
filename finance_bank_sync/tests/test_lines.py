"""What a bank line says: sign, dates, currencies, details, counterparty, text (pains 4 to 7; faults 54, 55)."""

from datetime import date, timedelta

from .camt_writer import DAY, Booking, Tx, camt053
from .common import CUSTOMER_IBAN, BankCase

EVIL = "<img src=x onerror=alert(1)><script>alert(2)</script><b>bold</b> t-raw={{7*7}} [url](javascript:x)"


class TestLines(BankCase):
    def line(self, *bookings, **values):
        [statement] = self.receive_statement(self.statement(*bookings, **values))
        self.assertPosted(statement)
        return self.lines()

    # -- sign and date ---------------------------------------------------------------------

    def test_sign_follows_credit_and_debit(self):
        lines = self.line(Booking("5.00"), Booking("-7.00"), Booking("0.00"))
        self.assertEqual(lines.mapped("amount"), [5, -7, 0])

    def test_pain_7_reversal_is_not_flipped(self):
        """CdtDbtInd already tells the real direction (specs/camt.md section 4)."""
        line = self.line(Booking("-5.00", reversal=True), opening="5.00", closing="0.00")
        self.assertEqual(line.amount, -5)
        self.assertTrue(line.finance_entry_id.is_reversal)

    def test_date_is_the_booking_date(self):
        line = self.line(Booking("5.00", value_day=DAY + timedelta(days=3)))
        self.assertEqual((line.date, line.move_id.date), (DAY, DAY))
        self.assertEqual(line.finance_entry_id.value_date, DAY + timedelta(days=3))

    def test_date_can_be_the_value_date(self):
        self.journal.finance_date_basis = "value"
        self.assertEqual(self.line(Booking("5.00", value_day=DAY + timedelta(days=3))).date, DAY + timedelta(days=3))

    def test_date_falls_back_to_what_there_is(self):
        content = camt053(self.statement(Booking("5.00"), Booking("6.00", text="b")))
        content = content.replace(b"<BookgDt><Dt>2026-03-02</Dt></BookgDt>", b"", 1)
        content = content.replace(b"<ValDt><Dt>2026-03-02</Dt></ValDt>", b"<ValDt><Dt>2026-03-01</Dt></ValDt>", 1)
        start = content.rindex(b"<BookgDt>")
        end = content.rindex(b"</ValDt>") + len(b"</ValDt>")
        self.receive(content[:start] + content[end:])
        self.assertEqual(self.lines().mapped("date"), [date(2026, 3, 1), DAY])

    def test_pain_4_no_date_passes_through_utc(self):
        """A user far west and a bank that prints times just after and before midnight."""
        self.env.user.tz = "Pacific/Honolulu"
        content = camt053(self.statement(Booking("5.00"), Booking("6.00", text="b"), day=date(2026, 3, 29)))
        content = content.replace(
            b"<BookgDt><Dt>2026-03-29</Dt></BookgDt>", b"<BookgDt><DtTm>2026-03-29T00:30:00+02:00</DtTm></BookgDt>", 1
        )
        head, tail = content.rsplit(b"<BookgDt><Dt>2026-03-29</Dt></BookgDt>", 1)
        self.receive(head + b"<BookgDt><DtTm>2026-03-29T23:59:59-10:00</DtTm></BookgDt>" + tail)
        self.assertEqual(self.lines().mapped("date"), 2 * [date(2026, 3, 29)])

    def test_running_balance_follows_the_order_of_the_bank(self):
        """Odoo shows the newest first and takes the lower sequence of a day for the later one."""
        self.line(*[Booking(f"{n}.00", text=str(n)) for n in range(1, 5)], identification="AM")
        self.line(*[Booking(f"{n}.00", text=str(n)) for n in range(5, 8)], identification="PM", opening="10.00")
        shown = self.env["account.bank.statement.line"].search([("journal_id", "=", self.journal.id)])
        self.assertEqual(shown.mapped("amount"), [7, 6, 5, 4, 3, 2, 1])
        self.assertEqual(shown.mapped("running_balance"), [28, 21, 15, 10, 6, 3, 1])
        self.assertEqual(shown.statement_id.mapped("is_valid"), [True, True])

    # -- collective bookings and charges ---------------------------------------------------

    def batch(self, *amounts, total=None, **values):
        details = tuple(Tx(amount=amount, text=f"part {amount}") for amount in amounts)
        return Booking(total or str(sum(map(float, amounts))), details=details, batch_count=len(amounts), **values)

    def test_batch_is_one_line_a_payment(self):
        lines = self.line(self.batch("1.00", "2.00", "3.50", total="6.50"))
        self.assertEqual(lines.mapped("amount"), [1, 2, 3.5])
        self.assertEqual(lines.mapped("payment_ref"), ["part 1.00", "part 2.00", "part 3.50"])
        self.assertEqual(lines.finance_entry_id.mapped("detail_position"), [1, 2, 3])

    def test_pain_6_difference_of_a_batch_is_a_line_of_its_own(self):
        """Charges netted: 100 + 200 came, 297.50 was booked."""
        lines = self.line(self.batch("100.00", "200.00", total="297.50"))
        self.assertEqual(lines.mapped("amount"), [100, 200, -2.5])
        rest = lines[-1].finance_entry_id
        self.assertTrue(rest.is_difference)
        self.assertIn("Difference", lines[-1].payment_ref)
        self.assertEqual(sum(lines.mapped("amount")), 297.5)

    def test_pain_6_difference_is_never_reconciled_by_itself(self):
        invoice = self.make_invoice(2.5, move_type="in_invoice", ref="Difference between the collective booking 1")
        lines = self.line(self.batch("100.00", "200.00", total="297.50"))
        self.assertFalse(lines[-1].is_reconciled)
        self.assertEqual(invoice.amount_residual, 2.5)

    def test_batch_with_debits_among_credits(self):
        lines = self.line(self.batch("100.00", "-30.00", total="70.00"))
        self.assertEqual(lines.mapped("amount"), [100, -30])

    def test_batch_can_stay_one_line(self):
        self.journal.finance_split_batches = False
        lines = self.line(self.batch("1.00", "2.00", total="3.00"))
        self.assertEqual(lines.mapped("amount"), [3])
        self.assertEqual(len(lines.finance_entry_id.details), 2, "the details stay readable")

    def test_batch_without_details_says_so(self):
        line = self.line(Booking("6.00", batch_count=3))
        self.assertEqual((line.amount, line.payment_ref), (6, "Collective booking of 3 payments"))

    def test_batch_with_details_of_unknown_amount_stays_one_line(self):
        """Details in another currency without an amount in ours: the entry counts, nothing is guessed."""
        details = Tx(amount="10.00", currency="USD"), Tx(amount="20.00", currency="USD")
        line = self.line(Booking("27.00", details=details, batch_count=2))
        self.assertEqual(line.mapped("amount"), [27])

    def test_pain_6_single_detail_that_differs_from_its_entry(self):
        """Net of charges: 1500 less 26; the entry is what moved the account."""
        line = self.line(Booking("1474.00", details=(Tx(amount="1500.00", text="INV", charge="26.00"),)))
        self.assertEqual(line.amount, 1474)
        self.assertEqual(line.finance_entry_id.charges[0]["money"], {"amount": "-26.00", "currency": "EUR"})

    # -- currencies ------------------------------------------------------------------------

    def test_pain_5_foreign_amount_of_the_transaction(self):
        line = self.line(Booking("80.00", original=("USD", "100.00")))
        self.assertEqual((line.amount, line.amount_currency, line.foreign_currency_id), (80, 100, self.usd))
        entry = line.finance_entry_id
        self.assertEqual((entry.original_amount, entry.original_currency_name), (100, "USD"))

    def test_pain_5_foreign_amount_of_a_debit_is_negative(self):
        line = self.line(Booking("-80.00", original=("USD", "-100.00")))
        self.assertEqual((line.amount, line.amount_currency), (-80, -100))

    def test_pain_5_original_in_the_same_currency_is_no_foreign_amount(self):
        line = self.line(Booking("80.00", original=("EUR", "81.00")))
        self.assertFalse(line.foreign_currency_id)
        self.assertEqual(line.amount_currency, 0)

    def test_54_currency_that_is_not_in_use_stays_in_the_evidence(self):
        self.env.ref("base.CHF").active = False
        line = self.line(Booking("80.00", original=("CHF", "75.00")))
        self.assertEqual((line.amount, line.foreign_currency_id.id), (80, False))
        self.assertEqual(line.finance_entry_id.original_currency_name, "CHF")

    def test_journal_in_foreign_currency(self):
        journal = self.make_bank_journal(self.company, "NL91ABNA0417164300", currency=self.usd)
        [statement] = self.receive_statement(
            self.statement(Booking("125.00"), account="NL91ABNA0417164300", currency="USD")
        )
        self.assertPosted(statement)
        line = self.lines(journal)
        liquidity, _suspense, _other = line._seek_for_lines()
        self.assertEqual((line.currency_id, line.amount), (self.usd, 125))
        self.assertEqual((liquidity.amount_currency, liquidity.balance), (125, 100))

    def test_55_amount_with_five_decimals_is_refused(self):
        [statement] = self.receive_statement(self.statement(Booking("1.23456"), closing="1.23456"))
        self.assertHeld(statement, "bank_amount_precision")
        self.assertIn("1.23456", self.open_exception(statement).detail)
        self.assertNothingOnLedger()

    def test_55_five_decimals_that_are_zero_are_fine(self):
        self.assertEqual(self.line(Booking("1.20000")).amount, 1.2)

    def test_pain_22_currency_without_decimals(self):
        yen = self.env.ref("base.JPY")
        yen.active = True
        journal = self.make_bank_journal(self.company, "NL91ABNA0417164300", currency=yen)
        values = {"account": "NL91ABNA0417164300", "currency": "JPY"}
        [whole] = self.receive_statement(self.statement(Booking("1250"), **values), name="a.xml")
        self.assertPosted(whole)
        [broken] = self.receive_statement(
            self.statement(Booking("0.50"), opening="1250", identification="B", **values), name="b.xml"
        )
        self.assertHeld(broken, "bank_amount_precision")
        self.assertEqual(self.amounts(journal), [1250])

    def test_pain_22_currency_with_three_decimals(self):
        dinar = self.env.ref("base.KWD")
        dinar.active = True
        journal = self.make_bank_journal(self.company, "NL91ABNA0417164300", currency=dinar)
        [statement] = self.receive_statement(
            self.statement(Booking("1.234"), Booking("0.006"), account="NL91ABNA0417164300", currency="KWD")
        )
        self.assertPosted(statement)
        self.assertEqual(self.amounts(journal), [1.234, 0.006])
        self.assertEqual(statement.statement_id.balance_end_real, 1.24)

    # -- counterparty ----------------------------------------------------------------------

    def test_partner_is_found_by_the_account_number(self):
        self.make_partner_account(self.customer, "FR14 2004 1010 0505 0001 3M02 606")
        line = self.line(Booking("5.00", name="ACME SA", iban=CUSTOMER_IBAN))
        self.assertEqual((line.partner_id, line.partner_name), (self.customer, "ACME SA"))
        self.assertEqual(line.account_number, CUSTOMER_IBAN)

    def test_partner_of_two_with_one_account_is_for_a_person(self):
        self.make_partner_account(self.customer, CUSTOMER_IBAN)
        self.make_partner_account(self.supplier, CUSTOMER_IBAN)
        self.assertFalse(self.line(Booking("5.00", name="ACME", iban=CUSTOMER_IBAN)).partner_id)

    def test_partner_of_another_company_is_not_found(self):
        partner = self.env["res.partner"].create({"name": "Theirs", "company_id": self.other_company.id})
        self.make_partner_account(partner, CUSTOMER_IBAN)
        self.assertFalse(self.line(Booking("5.00", name="Theirs", iban=CUSTOMER_IBAN)).partner_id)

    def test_54_archived_partner_is_not_taken(self):
        self.make_partner_account(self.customer, CUSTOMER_IBAN)
        self.customer.active = False
        self.assertFalse(self.line(Booking("5.00", name="ACME", iban=CUSTOMER_IBAN)).partner_id)

    def test_partner_is_not_found_by_name(self):
        """The same name is not the same customer."""
        self.assertFalse(self.line(Booking("5.00", name=self.customer.name)).partner_id)

    def test_missing_counterparty_is_no_problem(self):
        self.assertFalse(self.line(Booking("5.00")).partner_name)

    # -- text ------------------------------------------------------------------------------

    def test_label_prefers_the_structured_reference(self):
        line = self.line(Booking("5.00", structured="RF18539007547034", text="thank you", end_to_end="E2E-1"))
        self.assertEqual(line.payment_ref, "RF18539007547034")
        self.assertIn("thank you", line.narration)

    def test_label_falls_back(self):
        lines = self.line(
            Booking("1.00", text="line  one\n two"),
            Booking("2.00", end_to_end="E2E-1"),
            Booking("3.00", info="BANK FEE"),
            Booking("4.00"),
        )  # fmt: skip
        self.assertEqual(lines.mapped("payment_ref"), ["line one two", "E2E-1", "BANK FEE", "/"])

    def test_label_is_short_and_the_whole_text_is_kept(self):
        text = "x" * 140
        content = camt053(self.statement(Booking("1.00", text=text)))
        content = content.replace(b"</Ustrd>", b"</Ustrd>" + 3 * (b"<Ustrd>" + 140 * b"y" + b"</Ustrd>"))
        self.receive(content)
        line = self.lines()
        self.assertEqual(len(line.payment_ref), 250)
        self.assertEqual(len(line.finance_entry_id.remittance), 560)

    def test_attack_29_remittance_stays_text(self):
        """Labels are text everywhere; the narration of an entry is HTML, so it is escaped there."""
        line = self.line(Booking("5.00", text=EVIL, name=EVIL, info=EVIL, structured="RF18539007547034"))
        self.assertEqual(line.partner_name, EVIL)
        narration = str(line.narration)
        for forbidden in ("<img", "<script", "<b>", "<a "):
            self.assertNotIn(forbidden, narration)
        self.assertIn("&lt;img", narration)
        self.assertIn("&lt;script", narration)

    def test_attack_29_nothing_is_rendered_in_the_chatter(self):
        [statement] = self.receive_statement(
            self.statement(Booking("5.00", text=EVIL), identification=EVIL, closing="9.00"), name=f"{EVIL}.xml"
        )
        self.assertEqual(statement.name, EVIL)
        statement.message_post(body=f"please look at {statement.name}")
        bodies = " ".join(
            str(body)
            for record in (statement, self.open_exception(statement))
            for body in record.message_ids.mapped("body")
        )
        self.assertNotIn("<img", bodies)
        self.assertNotIn("<script", bodies)
        activities = self.open_exception(statement).activity_ids
        self.assertNotIn("<img", " ".join(str(note) for note in activities.mapped("note")))

    def test_attack_32_control_characters_do_not_forge_log_lines(self):
        content = camt053(self.statement(Booking("5.00", text="a&#13;&#10;2026-01-01 CRITICAL forged"), closing="9.00"))
        with self.assertLogs("odoo", "DEBUG") as logs:
            self.receive(content.replace(b"&amp;#", b"&#"), "evil\r\nCRITICAL forged.xml")
        told = "\n".join(output for output in logs.output if "odoo.sql_db" not in output)
        self.assertFalse([line for line in told.splitlines() if line.startswith(("CRITICAL", "2026-01-01"))])

    # -- returns ---------------------------------------------------------------------------

    def test_return_keeps_its_reason(self):
        line = self.line(
            Booking("-50.00", text="returned", return_code="AC04", return_text="Account closed", code="PMNT-RCDT-RRTN")
        )
        entry = line.finance_entry_id
        self.assertEqual((entry.return_code, entry.return_text), ("AC04", "Account closed"))
        self.assertEqual(entry.transaction_code, "PMNT-RCDT-RRTN")

    def test_return_is_not_reconciled_by_itself(self):
        """A returned supplier payment comes in and names our customer's number by chance."""
        invoice = self.make_invoice(50)
        for number, booking in enumerate(
            (
                Booking("50.00", text=invoice.name, return_code="AC04"),
                Booking("50.00", text=invoice.name, reversal=True),
                Booking("50.00", text=invoice.name, code="PMNT-ICDT-RRTN"),
            )
        ):
            with self.subTest(number=number), self.undone():
                line = self.line(booking)
                self.assertFalse(line.is_reconciled)
                self.assertEqual(invoice.amount_residual, 50)
                self.assertTrue(line.finance_entry_id.suggestion_ids, "a person is offered what it may be")
