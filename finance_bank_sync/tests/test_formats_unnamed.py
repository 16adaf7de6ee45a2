"""Statements of camt and BAI2 that name no account wait for a person who says whose they are (K-02)."""

from .camt_writer import Booking, Statement, camt053
from .common import ACCOUNTANT, IBAN, OPERATOR, BankCase
from .test_formats import BAI2


class TestUnnamed(BankCase):
    def link(self, statement):
        accountant = self.make_user("unnamed_accountant", OPERATOR, ACCOUNTANT)
        action = self.open_exception(statement).with_user(accountant).action_fix()
        wizard = self.env[action["res_model"]].with_user(accountant).with_context(**action["context"])
        wizard.create({"journal_id": self.journal.id}).action_confirm()
        self.drain()

    def assertWaitsAndPosts(self, statement):
        self.assertHeld(statement, "bank_account_unknown")
        self.assertIn("names no account", self.open_exception(statement).detail)
        self.assertNothingOnLedger()
        self.link(statement)
        self.assertPosted(statement)
        self.assertEqual((statement.proof, statement.journal_id), ("proved", self.journal))

    def camt(self, amount, reference):
        statement = Statement(account=IBAN, identification="1", bookings=(Booking(amount, reference=reference),))
        content = camt053(statement)
        named = f"<IBAN>{IBAN}</IBAN>".encode()
        self.assertEqual(content.count(named), 1)
        return content.replace(named, b"<Othr><Id>NOTPROVIDED</Id></Othr>")

    def test_k02_bai2_without_an_account(self):
        statement = self.statements_of(self.receive(BAI2.format(account="").encode(), "report.bai"))
        self.assertWaitsAndPosts(statement)
        self.assertEqual(sorted(self.lines().mapped("amount")), [-20.0, 50.0])

    def test_k02_camt_without_an_account(self):
        self.assertWaitsAndPosts(self.statements_of(self.receive(self.camt("50.00", "A-1"))))

    def test_k02_two_accounts_that_are_not_named_and_numbered_alike_are_two(self):
        first = self.statements_of(self.receive(self.camt("50.00", "A-1")))
        other = self.statements_of(self.receive(self.camt("70.00", "B-1"), "other.xml"))
        again = self.statements_of(self.receive(self.camt("50.00", "A-1"), "again.xml"))
        self.assertEqual([first.state, other.state], ["held", "held"])
        self.assertFalse(again.filtered(lambda s: s.state != "duplicate"), "the same file is still one")
