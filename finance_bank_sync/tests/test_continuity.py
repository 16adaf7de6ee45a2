"""Statements one after the other: gaps, overlaps, late and empty ones, pages (K-05; faults 42, 43)."""

import itertools
import random
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from .camt_writer import DAY, Booking, Statement, camt053, days, zipped
from .common import ADMIN, IBAN, OPERATOR, OTHER_IBAN, BankCase


class TestContinuity(BankCase):
    def four_days(self):
        return days(
            IBAN,
            "1000.00",
            [
                [Booking("10.00", text="a"), Booking("-3.00", text="b")],
                [Booking("20.00", text="c")],
                [Booking("-5.50", text="d"), Booking("-5.50", text="d")],
                [Booking("7.25", text="e")],
            ],
        )

    def chain(self, journal=None):
        """Closing balances in the order in which the posted statements follow each other."""
        posted = self.env["finance.bank.statement"].search(
            [("journal_id", "=", (journal or self.journal).id), ("state", "=", "posted")]
        )
        followers = {statement.previous_id: statement for statement in posted}
        self.assertEqual(len(followers), len(posted), "a statement was continued twice")
        statement, found = followers[posted.browse()], []
        while statement:
            found.append(round(statement.closing, 2))
            statement = followers.get(statement)
        self.assertEqual(len(found), len(posted))
        return found

    def test_k05_continuous_days_are_posted(self):
        for statement in self.four_days():
            self.assertPosted(self.receive_statement(statement, name=f"{statement.day}.xml"))
        self.assertEqual(self.balance(), 23.25)
        self.assertEqual(self.chain(), [1007, 1027, 1016, 1023.25])

    def test_k05_gap_is_held_with_the_difference_named(self):
        first, second, third, _fourth = self.four_days()
        self.assertPosted(self.receive_statement(first, name="1.xml"))
        held = self.receive_statement(third, name="3.xml")
        self.assertHeld(held, "bank_gap")
        exception = self.open_exception(held)
        self.assertEqual(Decimal(exception.params["difference"]), Decimal("20"))
        self.assertIn("20.00 EUR", exception.detail)
        self.assertIn("1007.00", exception.detail)
        self.assertEqual(len(self.lines()), 2, "nothing of the held statement is on the ledger")
        self.assertEqual(exception.remedy, held.message_id.remedy)

    def test_k05_gap_resumes_by_itself_when_the_missing_day_arrives(self):
        first, second, third, _fourth = self.four_days()
        self.receive_statement(first, name="1.xml")
        held = self.receive_statement(third, name="3.xml")
        exception = self.open_exception(held)
        self.assertPosted(self.receive_statement(second, name="2.xml"))
        self.assertPosted(held)
        self.assertEqual((exception.state, exception.resolution), ("solved", "resumed"))
        self.assertEqual(self.amounts(), [10, -3, 20, -5.5, -5.5])

    def posted_amounts(self):
        entries = self.env["finance.bank.entry"].search(
            [("posted_journal_id", "=", self.journal.id), ("state", "=", "posted")], order="booking_date, id"
        )
        return [entry.amount for entry in entries]

    def test_k05_missing_day_arrives_after_its_gap_was_accepted(self):
        first, second, third, fourth = self.four_days()
        self.receive_statement(first, name="1.xml")
        held = self.receive_statement(third, name="3.xml")
        held.sudo().accepted_differences = {"bank_gap": self.open_exception(held).params["difference"]}
        held.message_id._retry("accepted")
        self.drain()
        self.assertPosted(held)
        self.assertPosted(self.receive_statement(fourth, name="4.xml"))
        self.assertPosted(self.receive_statement(second, name="2.xml"))
        self.assertEqual(self.chain(), [1007, 1027, 1016, 1023.25])
        self.assertEqual(self.amounts(), [10, -3, 20, -5.5, -5.5, 7.25])

    def test_k05_any_order_of_arrival_gives_the_same_ledger(self):
        """Property: all permutations of four days; orders that begin alike share their beginning."""
        files = [camt053(statement) for statement in self.four_days()]
        told = []

        def arrive(order):
            if len(order) == len(files):
                told.append(order)
                with self.subTest(order=order):
                    received = self.env["finance.bank.statement"].search([("journal_id", "=", self.journal.id)])
                    self.assertEqual(received.mapped("state"), 4 * ["posted"])
                    self.assertFalse(received.message_id.exception_ids.filtered(lambda e: e.state == "open"))
                    self.assertEqual(self.posted_amounts(), [10, -3, 20, -5.5, -5.5, 7.25])
                    self.assertEqual(self.chain(), [1007, 1027, 1016, 1023.25])
            for position in sorted(set(range(len(files))) - set(order)):
                with self.undone():
                    self.receive(files[position], name=f"{position}.xml")
                    arrive((*order, position))

        with self.without_ledger():
            arrive(())
        self.assertEqual(told, list(itertools.permutations(range(4))))

    def test_k05_an_order_of_arrival_on_the_real_ledger(self):
        for position in (1, 3, 0, 2):
            self.receive(camt053(self.four_days()[position]), name=f"{position}.xml")
        self.assertEqual(self.amounts(), [10, -3, 20, -5.5, -5.5, 7.25])
        self.assertEqual(self.balance(), 23.25)

    def test_k05_statements_of_one_day_arrive_in_any_order(self):
        """Three statements with the same closing date; the record number tells nothing about their order."""
        parts = [
            self.statement(Booking("5.00", text="x"), identification="A", opening="0.00"),
            self.statement(Booking("6.00", text="y"), identification="B", opening="5.00"),
            self.statement(Booking("7.00", text="z"), identification="C", opening="11.00"),
        ]
        tomorrow = self.statement(Booking("1.00"), opening="18.00", day=DAY + timedelta(days=1))
        for order in itertools.permutations(range(3)):
            with self.subTest(order=order), self.undone(), self.without_ledger():
                for position in order:
                    self.receive(camt053(parts[position]), f"{position}.xml")
                self.assertPosted(self.receive_statement(tomorrow))
                self.assertEqual(self.chain(), [5, 11, 18, 19])

    def test_k05_an_account_that_is_swept_to_zero_every_day(self):
        """Balances repeat: a balance that was continued once is not continued again."""
        sweep = [[Booking(f"{n}.00", text=f"in {n}"), Booking(f"-{n}.00", text=f"sweep {n}")] for n in range(1, 5)]
        one, two, three, four = days(IBAN, "0.00", sweep)
        for statement in (one, three, two, four):
            self.assertPosted(self.receive_statement(statement, name=f"{statement.day}.xml"))
        self.assertEqual(self.balance(), 0)
        self.assertEqual(len(self.lines()), 8)

    def test_k05_empty_statement_is_posted_and_continues(self):
        first, empty, third = days(IBAN, "0.00", [[Booking("1.00")], [], [Booking("2.00")]])
        for statement in (first, third, empty):
            received = self.receive_statement(statement, name=f"{statement.day}.xml")
            self.assertPosted(received)
        self.assertEqual(received.message_id.result["lines"], 0)
        self.assertFalse(received.statement_id, "an empty statement makes no bank statement")
        self.assertEqual(self.amounts(), [1, 2])
        self.assertEqual(self.chain(), [1, 1, 3])

    def test_k03_overlapping_period_posts_what_is_new(self):
        first, second, third, fourth = self.four_days()
        self.receive_statement(first, name="1.xml")
        self.receive_statement(second, name="2.xml")
        week = replace(
            first,
            bookings=tuple(replace(b, day=s.day) for s in (first, second, third, fourth) for b in s.bookings),
            to_day=fourth.day,
            identification="WEEK",
        )
        received = self.receive_statement(week, name="week.xml")
        self.assertPosted(received)
        self.assertEqual(received.message_id.result["known_already"], 3)
        self.assertEqual(received.message_id.result["lines"], 3)
        self.assertEqual(self.amounts(), [10, -3, 20, -5.5, -5.5, 7.25])
        self.assertEqual(round(received.statement_id.balance_start, 2), 1027)
        self.assertEqual(round(received.statement_id.balance_end_real, 2), 1023.25)
        # the days that come afterwards are all known
        [late] = self.receive_statement(fourth, name="4.xml")
        self.assertEqual((late.state, late.message_id.state), ("duplicate", "ignored"))

    def test_k03_a_month_after_some_of_its_days(self):
        """Onboarding: the daily files began on day 2, then the whole month is uploaded."""
        all_days = days(IBAN, "100.00", [[Booking(f"{n}.00", text=f"n{n}")] for n in range(1, 6)])
        for statement in all_days[1:3]:
            self.receive_statement(statement, name=f"{statement.day}.xml")
        month = replace(
            all_days[0],
            bookings=tuple(replace(b, day=s.day) for s in all_days for b in s.bookings),
            to_day=all_days[-1].day,
            identification="MONTH",
        )
        self.assertPosted(self.receive_statement(month, name="month.xml"))
        self.assertEqual(sorted(self.amounts()), [1, 2, 3, 4, 5])
        next_day = self.statement(Booking("9.00"), opening="115.00", day=all_days[-1].day + timedelta(days=1))
        self.assertPosted(self.receive_statement(next_day, name="next.xml"))

    def test_k03_late_back_dated_line_is_posted_on_its_own_date(self):
        """Pain 3: a booking of an earlier day that only a later statement brings."""
        late = Booking("4.00", day=DAY, text="late")
        first, second = days(IBAN, "0.00", [[Booking("1.00")], [Booking("2.00"), late]])
        self.receive_statement(first, name="1.xml")
        self.assertPosted(self.receive_statement(second, name="2.xml"))
        late = self.lines().filtered(lambda line: line.amount == 4)
        self.assertEqual(late.date, DAY)

    def test_k03_same_statement_in_another_writing_does_not_post_twice(self):
        """If the keys fail (the bank changed its texts), the balances still tell."""
        [one] = days(IBAN, "0.00", [[Booking("5.00", text="as first written")]])
        self.receive_statement(one, name="1.xml")
        again = replace(one, bookings=(Booking("5.00", text="as written by the new system"),), identification="OTHER")
        received = self.receive_statement(again, name="again.xml")
        self.assertHeld(received, "bank_gap")
        self.assertEqual(self.balance(), 5)

    def test_k03_twins_of_one_day_in_two_statements_are_both_posted(self):
        """Fault 44: the second statement begins where the first ended, so its booking cannot be the same."""
        first = self.statement(Booking("-5.00", text="coffee"), identification="MORNING", opening="100.00")
        second = self.statement(Booking("-5.00", text="coffee"), identification="EVENING", opening="95.00")
        self.assertPosted(self.receive_statement(first, name="1.xml"))
        self.assertPosted(self.receive_statement(second, name="2.xml"))
        self.assertEqual(self.amounts(), [-5, -5])
        # the whole day once more brings nothing new
        whole = self.statement(*2 * (Booking("-5.00", text="coffee"),), identification="DAY", opening="100.00")
        [again] = self.receive_statement(whole, name="day.xml")
        self.assertEqual(again.state, "duplicate")
        self.assertEqual(self.balance(), -10)

    def test_k03_whole_day_after_its_morning(self):
        bookings = Booking("1.00", text="x"), Booking("-1.00", text="y")
        morning = self.statement(*bookings, identification="AM", opening="9.00")
        whole = morning.with_bookings(Booking("3.00", text="z"))
        self.receive_statement(morning, name="am.xml")
        received = self.receive_statement(replace(whole, identification="DAY"), name="day.xml")
        self.assertPosted(received)
        self.assertEqual(received.message_id.result["known_already"], 2)
        self.assertEqual(self.balance(), 3)

    def test_k03_identification_reused_next_year(self):
        this_year = self.statement(Booking("1.00"), identification="1", sequence="1")
        next_year = replace(this_year, day=date(2027, 3, 2), opening="1.00", bookings=(Booking("1.00"),))
        self.assertPosted(self.receive_statement(this_year, name="a.xml"))
        self.assertPosted(self.receive_statement(next_year, name="b.xml"))
        self.assertEqual(self.amounts(), [1, 1])

    def test_k05_statement_whose_numbers_are_not_its_dates(self):
        """No balance date, no period: the day of the last booking counts."""
        content = camt053(self.statement(Booking("1.00"), Booking("2.00", day=DAY + timedelta(days=2))))
        stripped = content.replace(b"<Dt><Dt>2026-03-02</Dt></Dt>", b"")
        start, end = stripped.index(b"<FrToDt>"), stripped.index(b"</FrToDt>") + len(b"</FrToDt>")
        message = self.receive(stripped[:start] + stripped[end:])
        statement = self.statements_of(message)
        self.assertPosted(statement)
        self.assertEqual(statement.closing_date, DAY + timedelta(days=2))

    # -- deleted lines ---------------------------------------------------------------------

    def delete(self, lines):
        """As an administrator does it who knows what he does."""
        lines.statement_id.unlink()
        lines.unlink()
        self.env.invalidate_all()

    def test_deleted_statement_can_be_brought_again(self):
        first, second, third, _fourth = self.four_days()
        received = [self.receive_statement(s, name=f"{s.day}.xml") for s in (first, second, third)]
        with self.trap_audit() as audit:
            self.delete(received[1].entry_ids.line_id)
        self.assertEqual([call["event"] for call in audit], ["bank.lines.deleted"])
        self.assertEqual((received[1].state, received[1].entry_ids.state), ("discarded", "staged"))
        self.assertEqual(self.balance(), -4)
        admin = self.make_user("deleting_admin", ADMIN, OPERATOR)
        received[1].message_id.with_user(admin)._replay("deleted by mistake")
        self.drain()
        self.assertEqual(received[1].state, "posted")
        self.assertEqual(self.amounts(), [10, -3, 20, -5.5, -5.5])
        self.assertEqual(self.chain(), [1007, 1027, 1016])

    def test_deleted_line_comes_back_with_a_later_file(self):
        first, second, _third, _fourth = self.four_days()
        received = self.receive_statement(first, name="1.xml")
        line = self.lines()[1]
        line.statement_id.unlink()
        line.move_id.with_context(force_delete=True).unlink()
        self.env.invalidate_all()
        self.assertEqual((received.state, received.entry_ids.mapped("state")), ("posted", ["posted", "staged"]))
        both = replace(
            first,
            bookings=(*first.bookings, *(replace(b, day=second.day) for b in second.bookings)),
            to_day=second.day,
            identification="BOTH",
        )
        again = self.receive_statement(both, name="both.xml")
        self.assertHeld(again, "bank_gap")
        again.sudo().accepted_differences = {"bank_gap": self.open_exception(again).params["difference"]}
        again.message_id._retry("accepted")
        self.drain()
        self.assertEqual(sorted(self.amounts()), [-3, 10, 20])

    # -- several statements in one file ----------------------------------------------------

    def test_one_held_account_does_not_stop_the_other(self):
        """Pain 8: several accounts in one file; each statement goes its own way."""
        other = self.make_bank_journal(self.company, OTHER_IBAN)
        wrong = self.statement(Booking("1.00"), closing="2.00")
        right = self.statement(Booking("3.00"), account=OTHER_IBAN)
        message = self.receive(camt053(wrong, right))
        held, posted = self.statements_of(message)
        self.assertEqual((message.state, message.result["statements"]), ("done", 2))
        self.assertHeld(held, "bank_proof_failed")
        self.assertPosted(posted)
        self.assertEqual(self.amounts(other), [3])

    def test_several_statements_of_one_account_in_one_file(self):
        received = self.receive_statement(*self.four_days())
        self.assertPosted(received)
        self.assertEqual(len(received), 4)
        self.assertEqual(self.balance(), 23.25)

    def test_several_statements_backwards_in_one_file(self):
        received = self.receive_statement(*reversed(self.four_days()))
        self.assertPosted(received)
        self.assertEqual(self.chain(), [1007, 1027, 1016, 1023.25])


class TestPages(BankCase):
    def pages(self, *bookings_of_pages, account=IBAN, opening="50.00"):
        balance = Decimal(opening)
        result = []
        for number, bookings in enumerate(bookings_of_pages, 1):
            statement = Statement(
                account=account,
                bookings=tuple(bookings),
                opening=str(balance),
                identification="PAGED",
                sequence="7",
                page=number,
                is_last_page=number == len(bookings_of_pages),
            )
            result.append(statement)
            balance = Decimal(statement.closing_balance())
        return result

    def test_42_first_page_waits_for_the_others(self):
        one, _two, _three = self.pages([Booking("1.00")], [Booking("2.00")], [Booking("3.00")])
        held = self.receive_statement(one, name="1.xml")
        self.assertHeld(held, "bank_page_missing")
        self.assertNothingOnLedger()
        self.assertIn("1 of ?", self.open_exception(held).detail)

    def test_42_pages_in_any_order_become_one_statement(self):
        pages = self.pages(
            [Booking("1.00", text="a"), Booking("5.00", text="b")],
            [Booking("2.00", text="c")],
            [Booking("3.00", text="d")],
        )
        for order in itertools.permutations(range(3)):
            with self.subTest(order=order), self.undone():
                for page in order:
                    self.receive(camt053(pages[page]), f"{page}.xml")
                received = self.env["finance.bank.statement"].search([("account_number", "=", IBAN)])
                self.assertEqual(sorted(received.mapped("state")), ["joined", "joined", "posted"])
                posted = received.filtered(lambda s: s.state == "posted")
                self.assertEqual((posted.proof, posted.opening, posted.closing), ("proved", 50, 61))
                self.assertEqual([entry.amount for entry in posted.entry_ids], [1, 5, 2, 3])
                self.assertEqual(self.amounts(), [1, 5, 2, 3])
                self.assertEqual(len(self.lines().statement_id), 1)
                self.assertEqual(sorted(received.message_id.mapped("state")), ["done", "ignored", "ignored"])

    def test_42_twins_on_two_pages_are_both_posted(self):
        """Each page counts from one; the statement counts over its pages."""
        toll = Booking("-4.00", text="toll")
        pages = self.pages([toll], [toll, toll])
        received = self.receive_statement(*pages)
        self.assertEqual(sorted(received.mapped("state")), ["joined", "posted"])
        self.assertEqual(self.amounts(), [-4, -4, -4])

    def test_42_pages_in_one_zip(self):
        pages = self.pages([Booking("1.00")], [Booking("2.00")])
        self.receive(zipped({f"{n}.xml": camt053(page) for n, page in enumerate(pages)}), "pages.zip")
        self.assertEqual(self.amounts(), [1, 2])

    def test_42_page_whose_figures_do_not_fit_is_held_after_joining(self):
        one, two = self.pages([Booking("1.00")], [Booking("2.00")])
        received = self.receive_statement(one, replace(two, closing="60.00"))
        posted = received.filtered(lambda s: s.state == "held")
        self.assertHeld(posted, "bank_proof_failed")
        self.assertEqual(self.open_exception(posted).params["difference"], "7.00")
        self.assertNothingOnLedger()

    def test_42_same_page_twice_is_one_page(self):
        one, two = self.pages([Booking("1.00")], [Booking("2.00")])
        self.receive_statement(one, name="1.xml")
        self.receive(camt053(one, message_id="AGAIN"), "1 again.xml")
        self.receive_statement(two, name="2.xml")
        self.assertEqual(self.amounts(), [1, 2])

    def test_42_many_pages(self):
        """Thirty pages: the order of the lines follows the pages."""
        pages = self.pages(*[[Booking(f"{n}.00", text=f"n{n}")] for n in range(1, 31)])
        random.Random(42).shuffle(pages)
        self.receive(camt053(*pages))
        self.assertEqual(self.amounts(), [float(n) for n in range(1, 31)])
