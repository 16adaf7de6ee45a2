"""Thousands of bookings are matched page by page: what a page has read serves the next and changes nothing (K-19)."""

from unittest.mock import patch

from ..models import finance_bank_candidates, finance_bank_matcher
from .camt_writer import Booking
from .common import CUSTOMER_IBAN, OTHER_IBAN
from .test_matching import MatchingCase


class TestMatchingPages(MatchingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_partner_account(cls.customer, CUSTOMER_IBAN)
        cls.make_partner_account(cls.second_customer, OTHER_IBAN)
        cls.invoices = [cls.make_invoice(100 + number) for number in range(5)]
        cls.others = [cls.make_invoice(100 + number, partner=cls.second_customer) for number in range(3)]

    def answers(self, *bookings):
        """:return: of each booking its verdict, what it pays, and what is proposed with which reasons"""
        [received] = self.receive_statement(self.statement(*bookings))
        return [
            (
                entry.match_outcome,
                entry.match_score,
                entry.match_rule,
                entry.line_id.move_id.line_ids.matched_debit_ids.debit_move_id.ids,
                [(found.item_ids.ids, found.score, found.why) for found in entry.suggestion_ids],
            )
            for entry in received.entry_ids.sorted("position")
        ]

    def bookings(self):
        first, second, third, fourth, fifth = self.invoices
        numbers = [invoice.sequence_number for invoice in self.invoices]
        return (
            Booking("60.00", text=f"part of {first.name}", iban=CUSTOMER_IBAN),
            Booking("101.00", text="thank you", iban=CUSTOMER_IBAN),
            Booking("205.00", text=f"Rg. {numbers[2]} u. {numbers[3]}", iban=CUSTOMER_IBAN),
            Booking("101.00", text="thank you", iban=OTHER_IBAN),
            Booking("40.00", text=first.name, iban=CUSTOMER_IBAN),
            Booking("104.00", text=f"{fifth.name[:-1]}9", iban=CUSTOMER_IBAN),
            Booking("999.00", text="Rg. 8001 u. 8002", iban=CUSTOMER_IBAN),
            Booking("100.00", text=self.others[0].name, name="somebody"),
            Booking("205.00", text=f"{second.name} {fifth.name}", iban=CUSTOMER_IBAN),
            Booking("77.00", text="thank you", iban=CUSTOMER_IBAN),
            Booking("88.00", text="thank you", iban=OTHER_IBAN),
        )

    def test_k19_the_size_of_the_pages_changes_no_answer(self):
        for most in (1, 40):
            with self.subTest(most=most), patch.object(finance_bank_candidates, "MAX_ITEMS", most):
                with self.undone():
                    together = self.answers(*self.bookings())
                # a page that lists short numbers reads more of a crowded partner, for all of its bookings
                size = 1 if most == 40 else len(self.bookings())
                with self.undone(), patch.object(finance_bank_matcher, "CHUNK", size):
                    self.assertEqual(self.answers(*self.bookings()), together)
                outcomes = {outcome for outcome, *_rest in together}
                self.assertEqual(outcomes, {"automatic", "proposed"})

    def test_k19_what_was_read_is_not_read_again(self):
        finder = self.registry["finance.bank.candidates"]
        asked = []

        def details(records, ids, origin=finder._details):
            asked.append(set(ids))
            return origin(records, ids)

        with self.undone(), patch.object(finance_bank_matcher, "CHUNK", 2), patch.object(finder, "_details", details):
            self.answers(*self.bookings())
        read = [item for page in asked for item in page]
        self.assertGreater(len(asked), 2)
        self.assertLessEqual(set(self.items(*self.invoices).ids), set(read))
        self.assertEqual(len([item for item in read if item in self.items(*self.invoices).ids]), len(self.invoices))

    def test_k19_a_page_that_asks_for_more_of_a_partner_is_given_more(self):
        """Short numbers are looked for among more open items, though the page before read a few of them."""
        _first, _second, third, fourth, _fifth = self.invoices
        few = Booking("77.00", text="thank you", iban=CUSTOMER_IBAN)
        text = f"Rg. {third.sequence_number} u. {fourth.sequence_number}"
        listed = Booking("205.00", text=text, iban=CUSTOMER_IBAN)
        with patch.object(finance_bank_candidates, "MAX_ITEMS", 0), patch.object(finance_bank_matcher, "CHUNK", 1):
            answers = self.answers(few, listed, few)
        self.assertEqual([outcome for outcome, *_rest in answers], ["proposed", "automatic", "proposed"])
        self.assertEqual(set(answers[1][3]), set(self.items(third, fourth).ids))
        self.assertEqual([len(answer[4]) for answer in answers], [1, 0, 1], "the page after it is given no more")
