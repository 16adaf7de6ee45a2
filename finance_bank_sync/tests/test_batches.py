"""Details of collective bookings from a file of their own (camt.054), before their statement (K-01, K-03, K-19)."""

import re
from itertools import permutations

from .camt_writer import Booking, Tx, camt053
from .common import CUSTOMER_IBAN
from .test_matching import MatchingCase


def without_details(statement):
    """A statement (camt.053) that tells collective bookings as one amount."""
    return re.sub(r"<NtryDtls>.*?</NtryDtls>", "", camt053(statement).decode(), flags=re.DOTALL).encode()


def notification(statement):
    """The same bookings as a notification (camt.054), which has no balances."""
    return _relative(statement, "camt.054", "BkToCstmrDbtCdtNtfctn", "Ntfctn>")


def report(statement):
    """The same bookings as a report of the day so far (camt.052)."""
    return _relative(statement, "camt.052", "BkToCstmrAcctRpt", "Rpt>")


def _relative(statement, name, message, element):
    text = re.sub(r"<Bal>.*?</Bal>", "", camt053(statement).decode(), flags=re.DOTALL)
    for old, new in (("camt.053", name), ("BkToCstmrStmt", message), ("Stmt>", element)):
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

    def test_k19_each_payment_of_a_collective_booking_has_its_own_reference_of_the_bank(self):
        details = (Tx(amount="1.00", currency="EUR", reference="P-1"), Tx(amount="2.00", currency="EUR"))
        alone = Tx(amount="4.00", currency="EUR", reference="P-4")
        posted = self.receive_statement(
            self.statement(
                Booking("3.00", reference="B-1", details=details, batch_count=2),
                Booking("4.00", reference="S-1", details=(alone,)),
                Booking("4.00", details=(alone,), text="again"),
            )
        )
        self.assertEqual(posted.entry_ids.mapped("bank_reference"), ["P-1", "B-1", "S-1", "P-4"])

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


class TestDetailsAfterwards(MatchingCase):
    """The statement first, its details in a notification later (K-01, K-03, K-19; faults 43, 44)."""

    batch = TestBatches.batch
    told = TestBatches.told

    def later(self, statement, content=None):
        """Post the statement without its details, then tell them; :return: (statement, notification)"""
        posted = self.told(without_details(statement), "c53.xml")
        self.assertPosted(posted)
        return posted, self.told(content or notification(statement), "c54.xml")

    def assertOneLedger(self, amounts):
        """Each booking is on the ledger once, each line has the entry it comes from, and the bank agrees."""
        self.assertEqual(sorted(self.amounts()), amounts)
        self.assertEqual(self.balance(), sum(amounts))
        entries = self.env["finance.bank.entry"].search([("state", "=", "posted")])
        self.assertEqual(sorted((e.amount, e.line_id.id) for e in entries),
                         sorted((line.amount, line.id) for line in self.lines()))  # fmt: skip
        self.assertTrue(all(statement.is_valid for statement in self.lines().statement_id))

    def test_k19_an_open_collective_booking_becomes_its_payments(self):
        first, second = self.make_invoice(100), self.make_invoice(200)
        statement = self.batch("100.00", "200.00", texts=(first.name, second.name))
        posted = self.told(without_details(statement), "c53.xml")
        whole = self.lines()
        number = whole.move_id.name
        shown = self.told(notification(statement), "c54.xml")
        self.assertOneLedger([100.0, 200.0])
        self.assertPaid(first)
        self.assertPaid(second)
        self.assertEqual((whole.amount, whole.move_id.name, whole.partner_name), (100.0, number, "Acme Customer"))
        self.assertEqual(self.lines().mapped("sequence"), [whole.sequence] * 2)
        self.assertEqual((shown.state, posted.state), ("superseded", "posted"))
        self.assertEqual(shown.message_id.result["split"], 1)

    def test_what_the_details_do_not_explain_is_a_line_of_its_own(self):
        self.later(self.batch("100.00", "200.00", total="297.00"))
        self.assertOneLedger([-3.0, 100.0, 200.0])

    def test_several_batches_keep_their_order(self):
        one, other = self.batch("1.00", "2.00"), self.batch("3.00", "4.00", reference="B-2")
        both = one.with_bookings(Booking("9.00", reference="S-1", text="x"), *other.bookings)
        self.later(both)
        self.assertEqual(self.amounts(), [1.0, 2.0, 9.0, 3.0, 4.0])

    def test_a_settled_collective_booking_is_left_with_a_note(self):
        statement = self.batch("100.00", "200.00")
        self.told(without_details(statement), "c53.xml")
        line = self.lines()
        other = self.make_invoice(300)
        _liquidity, suspense, _other = line._seek_for_lines()
        item = self.items(other)
        suspense.with_context(skip_readonly_check=True).account_id = item.account_id
        (suspense | item).reconcile()
        shown = self.told(notification(statement), "c54.xml")
        self.assertOneLedger([300.0])
        self.assertPaid(other)
        self.assertEqual(shown.message_id.result["left"], 1)
        self.assertIn("told the payments", str(line.move_id.message_ids[0].body))

    def test_a_line_given_back_by_a_person_is_left(self):
        invoice = self.make_invoice(300)
        statement = self.batch("100.00", "200.00", texts=("", ""))
        changed = without_details(statement).replace(
            b"</Ntry>", f"<AddtlNtryInf>{invoice.name}</AddtlNtryInf></Ntry>".encode()
        )
        self.told(changed, "c53.xml")
        line = self.lines()
        self.assertTrue(line.is_reconciled)
        line.action_undo_reconciliation()
        self.told(notification(statement), "c54.xml")
        self.assertOneLedger([300.0])

    def test_a_closed_period_is_left(self):
        statement = self.batch("100.00", "200.00")
        self.told(without_details(statement), "c53.xml")
        # Odoo lets nobody close a period with open bank lines, but they may come from a time before it did
        self.env.cr.execute(
            "UPDATE res_company SET fiscalyear_lock_date = '2026-12-31' WHERE id = %s", [self.company.id]
        )
        self.company.invalidate_recordset()
        shown = self.told(notification(statement), "c54.xml")
        self.assertOneLedger([300.0])
        self.assertEqual(shown.message_id.result["left"], 1)

    def test_details_that_do_not_add_up_change_nothing(self):
        statement = self.batch("100.00", "200.00")
        content = notification(statement).replace(b">200.00<", b">201.00<")
        self.later(statement, content)
        self.assertEqual(self.balance(), 300.0)

    def test_a_journal_that_keeps_collective_bookings_whole(self):
        self.journal.finance_split_batches = False
        self.later(self.batch("100.00", "200.00"))
        self.assertOneLedger([300.0])

    def test_k15_a_single_booking_without_text_gets_payer_and_text(self):
        invoice = self.make_invoice(50)
        tx = Tx(
            amount="50.00",
            currency="EUR",
            text=invoice.name,
            name="Acme Customer",
            iban=CUSTOMER_IBAN,
            end_to_end="E-1",
        )
        statement = self.statement(Booking("50.00", reference="S-1", details=(tx,)))
        _posted, shown = self.later(statement)
        line = self.lines()
        self.assertEqual((line.payment_ref, line.partner_name, line.account_number),
                         (invoice.name, "Acme Customer", CUSTOMER_IBAN))  # fmt: skip
        self.assertEqual(line.finance_entry_id.end_to_end_id, "E-1")
        self.assertPaid(invoice)
        self.assertEqual(shown.message_id.result["completed"], 1)
        self.assertOneLedger([50.0])

    def test_k15_payer_and_text_told_before_the_statement(self):
        invoice = self.make_invoice(50)
        tx = Tx(amount="50.00", currency="EUR", text=invoice.name, name="Acme Customer")
        statement = self.statement(Booking("50.00", reference="S-1", details=(tx,)))
        self.told(notification(statement), "c54.xml")
        self.assertPosted(self.told(without_details(statement), "c53.xml"))
        self.assertEqual((self.lines().payment_ref, self.lines().partner_name), (invoice.name, "Acme Customer"))
        self.assertPaid(invoice)

    def test_what_the_statement_said_is_not_overwritten(self):
        said = Tx(amount="50.00", currency="EUR", text="as the statement says", name="Acme Customer")
        statement = self.statement(Booking("50.00", reference="S-1", details=(said,)))
        self.assertPosted(self.told(camt053(statement), "c53.xml"))
        told = Tx(amount="50.00", currency="EUR", text="otherwise", name="Somebody Else", end_to_end="E-1")
        self.told(notification(self.statement(Booking("50.00", reference="S-1", details=(told,)))), "c54.xml")
        entry = self.lines().finance_entry_id
        self.assertEqual((entry.label, entry.party_name, entry.end_to_end_id),
                         ("as the statement says", "Acme Customer", "E-1"))  # fmt: skip

    def test_k01_k03_any_order_of_report_statement_and_notification_leaves_the_same(self):
        batch, single = (
            self.batch("100.00", "200.00"),
            Tx(amount="7.00", currency="EUR", text="s", name="Bolt Supplier"),
        )
        statement = batch.with_bookings(Booking("7.00", reference="S-1", details=(single,)))
        files = {
            "c52.xml": report(statement),
            "c53.xml": without_details(statement),
            "c54.xml": notification(statement),
            "c53 with details.xml": camt053(statement, message_id="TEST-3"),
        }
        for order in permutations(files):
            with self.subTest(order=order), self.undone():
                for name in order:
                    self.told(files[name], name)
                self.assertOneLedger([7.0, 100.0, 200.0])
                self.assertEqual(sorted(self.lines().mapped("partner_name")),
                                 ["Acme Customer", "Acme Customer", "Bolt Supplier"])  # fmt: skip
                # everything once more, under other names
                for name in order:
                    self.told(files[name] + b"\n", f"again {name}")
                self.assertOneLedger([7.0, 100.0, 200.0])
                self.assertFalse(self.env["finance.bank.entry"].search([("state", "in", ("staged", "provisional"))]))
