"""Accounts in several currencies with one IBAN, whose statements a bank numbers alike (K-03)."""

from .camt_writer import Booking, Statement
from .common import IBAN, BankCase


class TestStatementCurrencies(BankCase):
    def statement(self, currency, **values):
        bookings = (Booking("50.00", currency=currency, reference="A-1"),)
        return Statement(
            account=IBAN, identification="6aa9", sequence="1", currency=currency, bookings=bookings, **values
        )

    def test_k03_statements_of_two_currencies_with_one_number_are_two(self):
        euro, dollar = self.receive_statement(self.statement("EUR"), self.statement("USD"))
        self.assertPosted(euro)
        self.assertHeld(dollar, "bank_currency_mismatch")
        again = self.receive_statement(self.statement("USD"), self.statement("EUR"), name="again.xml")
        self.assertEqual(set(again.mapped("state")), {"duplicate"})

    def test_k03_pages_of_two_currencies_are_not_pages_of_one_statement(self):
        pages = self.receive_statement(
            self.statement("EUR", page=1, is_last_page=False), self.statement("USD", page=2, closing="100.00")
        )
        self.assertEqual(set(pages.mapped("state")), {"held"})
        self.assertNothingOnLedger()
        last = self.statement("EUR", page=2, opening="50.00")
        self.assertPosted(self.receive_statement(last, name="last.xml"))
        self.assertEqual(self.lines().mapped("amount"), [50.0, 50.0])

    def test_k03_a_statement_with_a_key_from_before_is_not_booked_again(self):
        """Statements were known without their currency once (decision 43): each booking is known all the same."""
        first = self.receive_statement(self.statement("EUR"))
        self.assertPosted(first)
        first.sudo().identity = "v1:before"
        self.env.cr.execute(
            "UPDATE finance_message SET dedupe_key = 'statement:v1:before' WHERE id = %s", [first.message_id.id]
        )
        self.env.invalidate_all()
        again = self.receive_statement(self.statement("EUR", owner="As the bank writes it now"), name="again.xml")
        self.assertEqual((again.state, again.entry_ids.state), ("duplicate", "duplicate"))
        self.assertIn("was imported before", again.message_id.detail)
        self.assertEqual(self.lines().mapped("amount"), [50.0])
