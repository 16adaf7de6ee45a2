"""Details of collective bookings from a file of their own (camt.054), before their statement (K-01, K-03, K-19)."""

import re

from .camt_writer import Booking, Tx, camt053
from .test_matching import MatchingCase


def without_details(statement):
    """A statement (camt.053) that tells collective bookings as one amount."""
    return re.sub(r"<NtryDtls>.*?</NtryDtls>", "", camt053(statement).decode(), flags=re.DOTALL).encode()


def notification(statement):
    """The same bookings as a notification (camt.054), which has no balances."""
    text = re.sub(r"<Bal>.*?</Bal>", "", camt053(statement).decode(), flags=re.DOTALL)
    for old, new in (("camt.053", "camt.054"), ("BkToCstmrStmt", "BkToCstmrDbtCdtNtfctn"), ("Stmt>", "Ntfctn>")):
        text = text.replace(old, new)
    return text.encode()


class TestBatches(MatchingCase):
    def batch(self, *amounts, texts=(), total=None, reference="B-1"):
        details = tuple(
            Tx(amount=amount, text=text, name="Acme Customer", currency="EUR")
            for amount, text in zip(amounts, texts or [""] * len(amounts), strict=True)
        )
        total = total or f"{sum(map(float, amounts)):.2f}"
        return self.statement(Booking(total, reference=reference, details=details, batch_count=len(amounts)))

    def told(self, content, name):
        return self.statements_of(self.receive(content, name))

    def test_k19_details_before_the_statement_are_matched_one_by_one(self):
        first, second = self.make_invoice(100), self.make_invoice(200)
        statement = self.batch("100.00", "200.00", texts=(first.name, second.name))
        shown = self.told(notification(statement), "c54.xml")
        self.assertEqual(shown.state, "provisional", shown.message_id.detail)
        self.assertNothingOnLedger()
        posted = self.told(without_details(statement), "c53.xml")
        self.assertPosted(posted)
        self.assertEqual((posted.proof, sorted(self.amounts())), ("proved", [100.0, 200.0]))
        self.assertPaid(first)
        self.assertPaid(second)
        self.assertEqual(shown.state, "superseded")
        self.assertEqual(self.balance(), 300.0)

    def test_k19_what_the_details_do_not_explain_is_a_line_of_its_own(self):
        statement = self.batch("100.00", "200.00", total="297.00")
        self.told(notification(statement), "c54.xml")
        self.assertPosted(self.told(without_details(statement), "c53.xml"))
        self.assertEqual(sorted(self.amounts()), [-3.0, 100.0, 200.0])

    def test_k03_a_second_delivery_brings_nothing(self):
        statement = self.batch("100.00", "200.00")
        self.told(notification(statement), "c54.xml")
        self.assertPosted(self.told(without_details(statement), "c53.xml"))
        self.told(notification(statement).replace(b"TEST-1", b"TEST-2"), "c54 again.xml")
        self.told(camt053(statement, message_id="TEST-3"), "with details.xml")
        self.assertEqual(sorted(self.amounts()), [100.0, 200.0])

    def test_details_of_another_booking_are_not_taken(self):
        self.told(notification(self.batch("100.00", "200.00", reference="OTHER")), "c54.xml")
        self.assertPosted(self.told(without_details(self.batch("100.00", "200.00")), "c53.xml"))
        self.assertEqual(self.amounts(), [300.0])

    def test_a_journal_that_keeps_collective_bookings_whole(self):
        self.journal.finance_split_batches = False
        statement = self.batch("100.00", "200.00")
        self.told(notification(statement), "c54.xml")
        self.assertPosted(self.told(without_details(statement), "c53.xml"))
        self.assertEqual(self.amounts(), [300.0])

    def test_k19_two_batches_and_a_payment_keep_their_order(self):
        one, other = self.batch("1.00", "2.00"), self.batch("3.00", "4.00", reference="B-2")
        self.told(notification(other), "b.xml")
        self.told(notification(one), "a.xml")
        both = one.with_bookings(Booking("9.00", reference="S-1", text="x"), *other.bookings)
        self.assertPosted(self.told(without_details(both), "c53.xml"))
        entries = self.env["finance.bank.entry"].search([("state", "=", "posted")])
        self.assertEqual(
            [(e.position, e.detail_position, e.amount) for e in entries],
            [(1, 1, 1.0), (1, 2, 2.0), (2, 0, 9.0), (3, 1, 3.0), (3, 2, 4.0)],
        )
