"""The screen that works lines by keyboard: what it is told, what it may do, of which companies (K-15, K-19)."""

from odoo.exceptions import AccessError, UserError

from .camt_writer import Booking
from .common import ACCOUNTANT, ADVISER, CUSTOMER_IBAN, OTHER_IBAN, VIEWER
from .test_engine import EngineCase


class TestDesk(EngineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reader = cls.make_user("desk_reader", "account.group_account_readonly")

    def desk(self, user=None):
        return self.env["finance.bank.desk"].with_user(user or self.accountant).with_company(self.company)

    def test_k19_lines_are_told_oldest_first_and_page_by_page(self):
        first, second = self.pay("10.00", text="first"), self.pay("-20.00", text="second")
        told = self.desk().get_lines()
        self.assertEqual([line["id"] for line in told["lines"]], [first.id, second.id])
        self.assertEqual((told["total"], told["may_decide"]), (2, True))
        self.assertEqual(told["journals"], [{"id": self.journal.id, "name": self.journal.display_name, "count": 2}])
        behind = self.desk().get_lines(after=told["lines"][0]["index"])
        self.assertEqual([line["id"] for line in behind["lines"]], [second.id])
        self.assertEqual(behind["total"], 2)

    def test_k19_filter_by_outcome_and_journal(self):
        self.make_invoice(100)
        proposed, nothing = self.pay("100.00", text="thanks", iban=CUSTOMER_IBAN), self.pay("7.77", text="x")
        for outcome, line in (("proposed", proposed), ("unmatched", nothing)):
            self.assertEqual([row["id"] for row in self.desk().get_lines(outcome)["lines"]], [line.id])
        other = self.make_bank_journal(self.company, OTHER_IBAN)
        self.assertEqual(self.desk().get_lines(None, other.id)["lines"], [])

    def test_k19_answers_have_score_reasons_and_items(self):
        invoice = self.make_invoice(100)
        line = self.pay("100.00", text="thanks", iban=CUSTOMER_IBAN)
        told = self.desk().get_answers(line.id)
        [answer] = told["answers"]
        self.assertEqual((answer["score"], answer["documents"]), (75, invoice.name))
        self.assertIn({"text": "same amount", "points": 35}, answer["reasons"])
        self.assertEqual([item["residual"] for item in answer["items"]], [100.0])
        self.assertNotIn(CUSTOMER_IBAN, str(told), "the account of the payer is masked")

    def test_k19_accept_and_undo(self):
        invoice = self.make_invoice(100)
        line = self.pay("100.00", text="thanks", iban=CUSTOMER_IBAN)
        answer = self.desk().get_answers(line.id)["answers"][0]["id"]
        self.desk().accept(line.id, answer)
        self.assertPaid(invoice)
        self.assertEqual((self.match(line).mode, self.match(line).user_id), ("person", self.accountant))
        self.assertTrue(self.desk().undo(line.id)["is_open"])
        self.assertEqual((invoice.payment_state, self.match(line).state), ("not_paid", "undone"))
        with self.assertRaisesRegex(UserError, "not proposed"):
            self.desk().accept(self.pay("1.00").id, answer)

    def test_k19_an_answer_that_was_paid_meanwhile_is_gone(self):
        self.make_invoice(100)
        lines = [self.pay("100.00", text="thanks", iban=CUSTOMER_IBAN) for _number in range(2)]
        first, second = (self.desk().get_answers(line.id)["answers"][0] for line in lines)
        self.desk().accept(lines[0].id, first["id"])
        [told] = self.desk().get_answers(lines[1].id)["answers"]
        self.assertTrue(told["gone"])
        with self.assertRaisesRegex(UserError, "not open any more"):
            self.desk().accept(lines[1].id, second["id"])

    def test_k18_counterpart_account(self):
        line = self.pay("-4.50", text="fee")
        self.desk().settle(line.id, [], self.expense.id)
        self.assertEqual(self.booked(line), {self.expense: 4.5})

    def test_k18_rest_is_written_off_where_the_person_says(self):
        receivable = self.customer.property_account_receivable_id
        for amount, rest in (("97.00", 3.0), ("102.00", -2.0)):
            with self.subTest(amount=amount), self.undone():
                invoice = self.make_invoice(100)
                line = self.pay(amount, text="?")
                item = invoice.line_ids.filtered(lambda found: found.account_id == receivable)
                self.desk().settle(line.id, item.ids, self.expense.id)
                self.assertPaid(invoice)
                self.assertEqual(self.booked(line), {receivable: -100.0, self.expense: rest})
                self.assertEqual(self.match(line).difference, "write_off")
                self.desk().undo(line.id)
                self.assertEqual(invoice.amount_residual, 100)

    def test_k19_rest_stays_open_without_an_account(self):
        invoice = self.make_invoice(100)
        line = self.pay("60.00", text="?")
        self.desk().settle(line.id, [self.desk().find_items(line.id, invoice.name)[0]["id"]])
        self.assertEqual((invoice.payment_state, invoice.amount_residual), ("partial", 40))

    def test_k18_write_off_is_refused_on_a_receivable(self):
        invoice = self.make_invoice(100)
        line = self.pay("97.00", text="?")
        item = self.desk().find_items(line.id, invoice.name)[0]["id"]
        with self.assertRaisesRegex(UserError, "cannot be chosen"):
            self.desk().settle(line.id, [item], self.customer.property_account_receivable_id.id)

    def test_k19_items_are_found_by_number_partner_and_amount(self):
        invoice, bill = self.make_invoice(1234.5), self.make_invoice(50, move_type="in_invoice")
        money_in, money_out = self.pay("1.00"), self.pay("-1.00")
        for text in (invoice.name, "acme", "1234.50", "1.234,50", "1,234.5"):
            with self.subTest(text=text):
                [found] = self.desk().find_items(money_in.id, text)
                self.assertEqual(found["number"], invoice.name)
        self.assertEqual(self.desk().find_items(money_in.id, bill.name), [])
        self.assertEqual([item["residual"] for item in self.desk().find_items(money_out.id)], [-50.0])
        for odd in ("%", "1e999", "--", "nan", "'" * 30):
            self.assertEqual(self.desk().find_items(money_in.id, odd + "zzz"), [])

    def test_b45_a_reader_looks_and_does_not_decide(self):
        self.make_invoice(100)
        line = self.pay("100.00", text="thanks", iban=CUSTOMER_IBAN)
        desk = self.desk(self.reader)
        told = desk.get_lines()
        self.assertEqual(([row["id"] for row in told["lines"]], told["may_decide"]), ([line.id], False))
        answer = desk.get_answers(line.id)["answers"][0]["id"]
        for method, args in (("accept", (line.id, answer)), ("settle", (line.id, [], self.expense.id)),
                             ("undo", (line.id,))):  # fmt: skip
            with self.subTest(method=method), self.assertRaises(AccessError):
                getattr(desk, method)(*args)
        viewer = self.make_user("desk_viewer", VIEWER)
        with self.assertRaises(AccessError):
            self.desk(viewer).get_lines()

    def test_attack_8_lines_of_another_company(self):
        self.keep_books(self.other_company)
        journal = self.make_bank_journal(self.other_company, OTHER_IBAN)
        booking = Booking("5.00", text="secret")
        other = self.statement(booking, account=OTHER_IBAN)
        self.receive_statement(other, name="other.xml", company=self.other_company)
        theirs = self.lines(journal)
        self.assertTrue(theirs)
        self.assertEqual(self.desk().get_lines()["lines"], [])
        for method, args in (("get_answers", ()), ("find_items", ()), ("find_accounts", ()), ("undo", ()),
                             ("settle", ([], self.expense.id))):  # fmt: skip
            with self.subTest(method=method), self.assertRaises(AccessError):
                getattr(self.desk(), method)(theirs.id, *args)
        # a user of both companies who has chosen one sees that one
        both = self.make_user("desk_both", ACCOUNTANT, ADVISER, companies=self.company | self.other_company)
        self.assertEqual(self.desk(both).get_lines()["lines"], [])
        self.assertEqual(len(self.desk(both).with_company(self.other_company).get_lines()["lines"]), 1)
