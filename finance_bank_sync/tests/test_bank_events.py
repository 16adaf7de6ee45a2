"""Statements and bookings are told as they reach the ledger (B-26); the base knows none of it."""

from odoo.tests import tagged

from .camt_writer import Booking
from .common import CUSTOMER_IBAN, IBAN, BankCase


@tagged("post_install", "-at_install")
class TestBankEvents(BankCase):
    def listen(self, *types):
        listeners = {self.company.id: frozenset(types or ["*"])}
        self.patch(type(self.env["finance.event"]), "_listeners", lambda model: listeners)

    def told(self):
        """:return: (type, data) of what the bank module tells, in order"""
        self.env.flush_all()
        kinds = ("finance.statement.imported", "finance.payment.booked")
        events = self.env["finance.event"].search([("type", "in", kinds)], order="id")
        self.assertFalse(events.filtered("fault"))
        return [(event.type, event.data) for event in events]

    def test_b26_a_statement_and_its_bookings_are_told_once(self):
        self.listen()
        bookings = [
            Booking("25.00", text="Invoice 7", name="Acme", iban=CUSTOMER_IBAN),
            Booking("-5.00", text="Fee", name="Bank", iban=CUSTOMER_IBAN),
        ]
        self.receive_statement(self.statement(*bookings, opening="100.00"))
        booked, fee, (kind, statement) = self.told()
        self.assertEqual([one[1]["amount"] for one in (booked, fee)], ["25.00", "-5.00"])
        self.assertEqual((kind, statement["closing"], statement["lines"]), ("finance.statement.imported", "120.00", 2))
        self.assertEqual(booked[1]["statement"], statement["id"])
        self.assertEqual(booked[1]["account"], self.env["finance.api"]._names().of("account", self.journal.id))
        for number in (IBAN, CUSTOMER_IBAN):
            self.assertNotIn(number, str(self.told()), "no account number in clear")
        self.receive_statement(self.statement(*bookings, opening="100.00"))
        self.assertEqual(len(self.told()), 3, "the same file again tells nothing")

    def test_b26_many_lines_are_told_together(self):
        self.listen("finance.payment.booked")
        self.receive_statement(self.statement(*(Booking("1.00", text=f"n{n}") for n in range(30))))
        self.assertEqual(len(self.told()), 30)

    def test_b19_what_is_held_is_not_told(self):
        self.listen()
        self.receive_statement(self.statement(Booking("25.00"), opening="100.00", closing="999.00"))
        self.assertEqual(self.told(), [])
