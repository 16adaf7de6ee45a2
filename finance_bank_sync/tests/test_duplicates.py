"""The same thing twice, and two things that look the same (K-03; faults 43, 44; pain 2)."""

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

from .camt_writer import DAY, Booking, Statement, Tx, camt053, days
from .common import ADMIN, IBAN, OPERATOR, BankCase

ADDRESSES = ("coffee", "toll", "rent")


class TestDuplicates(BankCase):
    # -- files -----------------------------------------------------------------------------

    def test_43_same_bytes_under_another_name(self):
        content = camt053(self.statement(Booking("1.00")))
        first = self.receive(content, "a.xml")
        again = self.receive(content, "b.xml")
        self.assertEqual((again.state, again.reason_code, again.duplicate_of_id), ("ignored", "duplicate", first))
        self.assertFalse(self.statements_of(again))
        self.assertEqual(self.amounts(), [1])

    def test_43_same_content_written_once_more(self):
        """Another message id, another time of creation, other blanks: the same statement."""
        one = self.statement(Booking("1.00", text="same"))
        self.receive(camt053(one), "a.xml")
        again = camt053(one, message_id="OTHER").replace(b"<Stmt>", b"\n  <Stmt>\n").replace(b"T23:00:00", b"T23:30:00")
        message = self.receive(again, "b.xml")
        self.assertEqual(message.state, "done")
        [statement] = self.statements_of(message)
        self.assertEqual((statement.state, statement.message_id.reason_code), ("duplicate", "duplicate"))
        self.assertEqual(self.amounts(), [1])

    def test_43_file_written_anew_is_not_read_again(self):
        """Another message id and time of creation alone: known by its bytes, as long as its bookings are booked."""
        one = self.statement(Booking("1.00", text="same"), Booking("-3.00"))
        first = self.receive(camt053(one), "a.xml")
        stager = self.env.registry["finance.bank.stager"]
        with patch.object(stager, "_stage", side_effect=AssertionError("it was read")):
            again = self.receive(camt053(one, message_id="OTHER").replace(b"T06:00:00", b"T06:30:00"), "b.xml")
        self.assertEqual((again.state, again.reason_code), ("ignored", "duplicate"))
        self.assertIn("a.xml", again.detail)
        self.assertFalse(self.statements_of(again))
        self.assertEqual(self.amounts(), [1, -3])

        line = self.statements_of(first).entry_ids.line_id[0]
        line.statement_id.unlink()
        line.move_id.with_context(force_delete=True).unlink()
        self.env.invalidate_all()
        self.assertEqual(self.amounts(), [-3])
        back = self.receive(camt053(one, message_id="THIRD"), "c.xml")
        self.assertEqual(back.state, "done")

    def test_43_file_that_says_anything_else_is_read(self):
        """One more booking, other balances, another day, another name, a held statement: never skipped."""
        one = self.statement(Booking("1.00", text="same"))
        self.receive(camt053(one), "a.xml")
        others = {
            "booking": replace(one, bookings=(*one.bookings, Booking("2.00"))),
            "text": replace(one, bookings=(Booking("1.00", text="other"),)),
            "name": replace(one, identification="another"),
            "sequence": replace(one, opening="1.00"),
        }
        for what, other in others.items():
            with self.subTest(what), self.undone():
                self.assertEqual(self.receive(camt053(other, message_id="OTHER"), f"{what}.xml").state, "done")
        held = self.statement(Booking("1.00", text="held"), closing="9.00", identification="held")
        for name in ("X", "Y"):
            self.assertTrue(self.statements_of(self.receive(camt053(held, message_id=name), f"{name}.xml")))

    def test_43_same_statement_in_another_file(self):
        one, two = days(IBAN, "0.00", [[Booking("1.00")], [Booking("2.00")]])
        self.receive(camt053(one), "1.xml")
        message = self.receive(camt053(one, two), "1 and 2.xml")
        self.assertEqual(self.statements_of(message).mapped("state"), ["duplicate", "posted"])
        self.assertEqual(self.amounts(), [1, 2])

    def test_43_other_version_of_the_same_statement(self):
        one = self.statement(Booking("1.00", text="same", name="N"))
        self.receive(camt053(one, version="02"), "v2.xml")
        message = self.receive(camt053(one, version="08"), "v8.xml")
        self.assertEqual(self.statements_of(message).state, "duplicate")
        self.assertEqual(self.amounts(), [1])

    def test_43_the_report_says_what_was_known(self):
        one, two = days(IBAN, "0.00", [[Booking("1.00"), Booking("3.00")], [Booking("2.00")]])
        self.receive(camt053(one), "1.xml")
        both = replace(
            one,
            bookings=(*one.bookings, *(replace(b, day=two.day) for b in two.bookings)),
            to_day=two.day,
            identification="BOTH",
        )
        [statement] = self.receive_statement(both, name="both.xml")
        self.assertEqual(statement.message_id.result["known_already"], 2)
        known = statement.entry_ids.filtered(lambda e: e.state == "duplicate")
        self.assertEqual(known.duplicate_of_id.statement_id.name, one.identification)
        self.assertEqual(statement.duplicate_count, 2)

    # -- twins -----------------------------------------------------------------------------

    def test_44_two_identical_payments_of_one_day_both_stay(self):
        self.receive_statement(self.statement(*3 * (Booking("-2.50", text="coffee"),)))
        self.assertEqual(self.amounts(), [-2.5, -2.5, -2.5])

    def test_44_same_reference_on_two_payments(self):
        """Banks give one reference to several bookings (OCA #195): it does not make them one."""
        bookings = [
            Booking("1.00", reference="REF"),
            Booking("1.00", reference="REF"),
            Booking("2.00", reference="REF"),
        ]
        self.receive_statement(self.statement(*bookings))
        self.assertEqual(self.amounts(), [1, 1, 2])

    def test_44_reference_used_again_next_month(self):
        one = self.statement(Booking("1.00", reference="1", text="a"), identification="1")
        two = self.statement(
            Booking("1.00", reference="1", text="a"), identification="2", opening="1.00", day=DAY + timedelta(days=30)
        )
        self.receive_statement(one, name="1.xml")
        self.assertPosted(self.receive_statement(two, name="2.xml"))
        self.assertEqual(self.amounts(), [1, 1])

    def test_44_pending_twin_takes_no_number_from_the_booked_one(self):
        pending = Booking("1.00", text="x", status="PDNG")
        booked = Booking("1.00", text="x")
        self.receive_statement(self.statement(pending, booked, identification="1"), name="1.xml")
        [again] = self.receive_statement(self.statement(booked, identification="2"), name="2.xml")
        self.assertEqual(again.state, "duplicate")
        self.assertEqual(self.amounts(), [1])

    def test_property_overlapping_files_give_each_booking_once(self):
        """Random bookings with many twins, cut into overlapping files that arrive in the order of their end."""
        for seed in range(8):
            rng = random.Random(seed)
            per_day = [
                [
                    Booking(rng.choice(("1.00", "-1.00", "2.50")), text=rng.choice(ADDRESSES))
                    for _ in range(rng.randrange(5))
                ]
                for _ in range(6)
            ]
            statements = days(IBAN, "100.00", per_day)
            expected = Counter(
                (statement.day, float(b.amount), b.text) for statement in statements for b in statement.bookings
            )
            files, covered = [], 0
            while covered < len(statements):
                start = rng.randrange(covered + 1)
                end = rng.randrange(covered, len(statements)) + 1
                files.append(self._period(statements[start:end], f"{seed}-{len(files)}"))
                covered = max(covered, end)
            with self.subTest(seed=seed), self.undone(), self.without_ledger():
                for number, one in enumerate(files):
                    [received] = self.receive_statement(one, name=f"{number}.xml")
                    self.assertIn(received.state, ("posted", "duplicate"), received.message_id.detail)
                entries = self.env["finance.bank.entry"].search(
                    [("posted_journal_id", "=", self.journal.id), ("state", "=", "posted")]
                )
                self.assertEqual(Counter((e.booking_date, e.amount, e.label) for e in entries), expected)

    def _period(self, statements, identification):
        first, last = statements[0], statements[-1]
        return Statement(
            account=IBAN,
            opening=first.opening,
            bookings=tuple(replace(b, day=s.day) for s in statements for b in s.bookings),
            day=first.day,
            to_day=last.day,
            identification=identification,
        )

    # -- collective bookings ---------------------------------------------------------------

    def batch(self, **values):
        details = tuple(Tx(amount=f"{n}.00", text=f"part {n}") for n in (1, 2, 3))
        return Booking("6.00", details=details, batch_count=3, reference="BATCH", **values)

    def test_43_collective_booking_in_an_overlapping_file(self):
        self.receive_statement(self.statement(self.batch(), identification="1"), name="1.xml")
        [again] = self.receive_statement(
            self.statement(self.batch(), Booking("1.00", text="new"), identification="2"), name="2.xml"
        )
        self.assertPosted(again)
        self.assertEqual(self.amounts(), [1, 2, 3, 1])

    def test_43_collective_booking_first_without_its_details(self):
        """The first file tells only the sum: when the details come, the booking is known as a whole."""
        whole = Booking("6.00", batch_count=3, reference="BATCH")
        self.receive_statement(self.statement(whole, identification="1"), name="1.xml")
        [again] = self.receive_statement(self.statement(self.batch(), identification="2"), name="2.xml")
        self.assertEqual(again.state, "duplicate")
        self.assertEqual(self.amounts(), [6])

    def test_43_collective_booking_first_with_its_details(self):
        whole = Booking("6.00", batch_count=3, reference="BATCH")
        self.receive_statement(self.statement(self.batch(), identification="1"), name="1.xml")
        [again] = self.receive_statement(
            self.statement(whole, Booking("1.00", text="new"), identification="2"), name="2.xml"
        )
        self.assertPosted(again)
        self.assertEqual(self.amounts(), [1, 2, 3, 1])

    def test_44_twin_collective_bookings(self):
        self.receive_statement(self.statement(self.batch(), self.batch()))
        self.assertEqual(self.amounts(), [1, 2, 3, 1, 2, 3])

    def test_44_twin_collective_bookings_in_two_statements_of_a_day(self):
        self.receive_statement(self.statement(self.batch(), identification="AM"), name="1.xml")
        self.receive_statement(self.statement(self.batch(), identification="PM", opening="6.00"), name="2.xml")
        self.assertEqual(sorted(self.amounts()), [1, 1, 2, 2, 3, 3])
        keys = self.env["finance.bank.entry"].search([("posted_journal_id", "=", self.journal.id)]).mapped("key")
        self.assertEqual(len(set(keys)), 6)
        self.assertEqual(sorted(key.rpartition(":")[2] for key in keys), ["1/1", "1/2", "1/3", "2/1", "2/2", "2/3"])

    # -- the database has the last word ----------------------------------------------------

    def test_43_a_booking_cannot_be_posted_twice_whatever_the_code_does(self):
        statement = self.receive_statement(self.statement(Booking("1.00", text="x"), identification="1"))
        self.startPatcher(self._blind_checks())
        [again] = self.receive_statement(self.statement(Booking("1.00", text="x"), identification="2"), name="2.xml")
        self.assertEqual(again.message_id.state, "held")
        self.assertEqual(again.state, "held")
        self.assertEqual(self.amounts(), [1])
        self.assertPosted(statement)

    def _blind_checks(self):
        registry = self.env.registry
        self.startPatcher(patch.object(registry["finance.bank.continuity"], "_check", lambda self, statement: None))
        self.startPatcher(patch.object(registry["finance.bank.entry"], "_posted_as", lambda self, journal, names: {}))
        return patch.object(
            registry["finance.bank.handler.statement"], "_check_duplicates", lambda self, statement: None
        )

    # -- replay ----------------------------------------------------------------------------

    def replay(self, message):
        user = self.make_user(f"replayer_{message.id}", OPERATOR, ADMIN)
        replay = message.with_user(user)._replay("auditor asked")
        self.drain()
        return self.env["finance.message"].browse(replay.ids)

    def test_b12_replay_of_a_file_creates_nothing(self):
        message = self.receive(camt053(*days(IBAN, "0.00", [[Booking("1.00")], 2 * [Booking("2.00", text="t")]])))
        replay = self.replay(message)
        self.assertEqual(replay.state, "done")
        self.assertEqual(self.statements_of(replay).mapped("state"), ["duplicate", "duplicate"])
        self.assertEqual(self.amounts(), [1, 2, 2])
        self.assertEqual(self.statements_of(replay).mapped("correlation_id"), 2 * [message.correlation_id])

    def test_b12_replay_of_a_statement_creates_nothing(self):
        statement = self.receive_statement(self.statement(Booking("1.00")))
        replay = self.replay(statement.message_id)
        self.assertEqual((replay.state, replay.reason_code), ("ignored", "duplicate"))
        self.assertEqual(self.amounts(), [1])

    def test_b12_replay_of_a_file_whose_statement_was_discarded_posts_it(self):
        message = self.receive(camt053(self.statement(Booking("1.00"), closing="9.00")))
        statement = self.statements_of(message)
        operator = self.make_user("discarder", OPERATOR)
        statement.message_id.with_user(operator)._discard("by mistake")
        replay = self.replay(message)
        [again] = self.statements_of(replay)
        self.assertHeld(again, "bank_proof_failed")
