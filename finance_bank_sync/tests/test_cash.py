"""Balances, cash position and liquidity: figures with their source and age (K-04, K-06, K-23, K-33)."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command

from ..formats.model import Balance, Money
from .camt_writer import Booking, camt053
from .common import ACCOUNTANT, ADVISER, FOREIGN_IBAN, IBAN, OTHER_IBAN, SUPPLIER_IBAN, VIEWER, BankCase
from .test_formats import MT940


def report_of(statement):
    """The same statement as a report of the day so far (camt.052)."""
    text = camt053(statement).decode()
    for old, new in (("camt.053", "camt.052"), ("BkToCstmrStmt", "BkToCstmrAcctRpt"), ("Stmt>", "Rpt>"),
                     ("<Cd>CLBD</Cd>", "<Cd>ITBD</Cd>")):  # fmt: skip
        text = text.replace(old, new)
    return text.encode()


class CashCase(BankCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = cls.make_user("cash_accountant", ACCOUNTANT, ADVISER)

    def balances(self, **values):
        domain = [("journal_id", "=", self.journal.id), *((name, "=", value) for name, value in values.items())]
        return self.env["finance.bank.balance"].search(domain, order="moment, id")

    def told(self, kind, amount, day, currency="EUR"):
        return Balance(code=kind, money=Money(amount=Decimal(amount), currency=currency), date=day)

    def tell(self, *balances, at, journal=None, source="api"):
        return self.env["finance.bank.balance"]._record_balances(
            journal or self.journal, balances, at=at, source=source
        )

    def position(self, journal=None, **context):
        self.env.invalidate_all()
        return self.env["finance.bank.position"].with_context(**context).browse((journal or self.journal).id)

    def pay_out(self, amount, payment_type="outbound", journal=None, day=None, **values):
        payment = self.env["account.payment"].create(
            {
                "payment_type": payment_type,
                "partner_type": "supplier" if payment_type == "outbound" else "customer",
                "partner_id": self.supplier.id,
                "amount": amount,
                "journal_id": (journal or self.journal).id,
                "date": day or fields.Date.today(),
                **values,
            }
        )
        payment.action_post()
        return payment


class TestBalances(CashCase):
    def test_k04_camt053_tells_opening_and_closing(self):
        [statement] = self.receive_statement(self.statement(Booking("25.00"), opening="100.00"))
        self.assertEqual(
            [(b.kind, b.amount, b.date, b.source[:8], b.is_sure) for b in self.balances()],
            [
                ("OPBD", 100.0, date(2026, 3, 2), "camt.053", True),
                ("CLBD", 125.0, date(2026, 3, 2), "camt.053", True),
            ],
        )
        self.assertEqual(self.balances().statement_id, statement)
        self.assertEqual(self.balances(kind="CLBD").moment, datetime(2026, 3, 2, 23, 59, 59))
        self.assertEqual(self.balances().message_id, statement.message_id)

    def test_k04_camt052_tells_interim(self):
        self.receive(report_of(self.statement(Booking("50.00", text="so far"))), "c52.xml")
        self.assertEqual([(b.amount, b.source) for b in self.balances(kind="ITBD")], [(50.0, "camt.052.001.08")])

    def test_k04_mt940_available_and_forward(self):
        text = MT940.format(account=IBAN) if "{account}" in MT940 else MT940
        position = text.index(":62F:")
        end = text.index("\n", position) + 1
        line = text[position:end].strip()
        available = ":64:" + line.removeprefix(":62F:")
        forward = ":65:C260210EUR77,50"
        text = text[:end] + f"{available}\n{forward}\n" + text[end:]
        self.receive(text.encode(), "umsatz.sta")
        kinds = {balance.kind: balance for balance in self.balances()}
        self.assertLessEqual({"OPBD", "CLBD", "CLAV", "FWAV"}, kinds.keys())
        self.assertEqual(kinds["CLAV"].amount, kinds["CLBD"].amount)
        self.assertEqual((kinds["FWAV"].amount, kinds["FWAV"].date), (77.5, date(2026, 2, 10)))
        self.assertEqual(kinds["FWAV"].sort, "forward")

    def test_k04_told_again_changes_nothing_and_a_correction_corrects(self):
        at = datetime(2026, 3, 2, 10, 0)
        for amount in ("10.00", "10.00", "12.00"):
            self.tell(self.told("ITBD", amount, date(2026, 3, 2)), at=at)
        self.assertEqual([balance.amount for balance in self.balances()], [12.0])
        self.tell(self.told("ITBD", "15.00", date(2026, 3, 2)), at=at + timedelta(hours=1))
        self.assertEqual([balance.amount for balance in self.balances()], [12.0, 15.0])

    def test_k04_still_the_same_is_told_later_and_not_twice(self):
        at = datetime(2026, 3, 2, 10, 0)
        for hours in (0, 1, 2):
            self.tell(self.told("ITBD", "10.00", date(2026, 3, 2)), at=at + timedelta(hours=hours))
        self.assertEqual([(b.amount, b.moment.hour) for b in self.balances()], [(10.0, 12)])

    def test_k04_a_currency_nobody_knows_is_kept_and_does_not_count(self):
        self.tell(self.told("CLBD", "1", date(2026, 3, 2), "QQQ"), at=datetime(2026, 3, 2))
        self.assertEqual((self.balances().currency_name, self.position().has_balance), ("QQQ", False))

    def test_k05_a_held_statement_does_not_overwrite_what_another_one_proved(self):
        self.receive_statement(self.statement(Booking("25.00"), opening="0.00"))
        [held] = self.receive_statement(
            self.statement(Booking("1.00"), opening="0.00", closing="999.00", identification="wrong")
        )
        self.assertEqual(held.state, "held")
        self.assertEqual(self.position().bank_balance, 25.0)

    def counting(self, **values):
        return [(b.kind, b.amount) for b in self.balances(**values) if b.is_sure]

    def test_k04_a_statement_that_comes_again_counts_once(self):
        [known] = self.receive_statement(self.statement(Booking("25.00"), opening="100.00"))
        [again] = self.receive_statement(
            self.statement(Booking("25.00"), opening="100.00", identification="other file"), name="again.xml"
        )
        self.assertEqual((known.state, again.state), ("posted", "duplicate"))
        told = self.balances()
        self.assertEqual(told.statement_id, known | again)
        sure = self.env["finance.bank.balance"].search([("is_sure", "=", True), ("id", "in", told.ids)])
        self.assertEqual(sure.statement_id, known)
        self.assertEqual(sorted(self.counting()), [("CLBD", 125.0), ("OPBD", 100.0)])
        rest = self.env["finance.bank.balance"].search([("is_sure", "=", False), ("id", "in", told.ids)])
        self.assertEqual((rest.statement_id, len(rest)), (again, 2))
        self.assertEqual(self.position().bank_balance, 125.0)

    def test_k04_the_first_statement_of_a_day_opens_it_and_the_last_one_closes_it(self):
        self.receive_statement(self.statement(Booking("25.00"), opening="100.00", identification="1"))
        self.receive_statement(self.statement(Booking("7.00"), opening="125.00", identification="2"), name="2.xml")
        self.assertEqual(sorted(self.counting()), [("CLBD", 132.0), ("OPBD", 100.0)])

    def test_k04_what_an_interface_answers_too_counts_once(self):
        day = date(2026, 3, 2)
        for hour, amount in ((9, "10.00"), (15, "12.00")):
            self.tell(self.told("ITBD", amount, day), at=datetime(2026, 3, 2, hour))
        self.tell(self.told("CLBD", "125.00", day), at=datetime(2026, 3, 3))
        self.assertEqual(sorted(self.counting()), [("CLBD", 125.0), ("ITBD", 12.0)])
        self.receive_statement(self.statement(Booking("25.00"), opening="100.00"))
        [closing] = self.balances(kind="CLBD").filtered("is_sure")
        self.assertTrue(closing.statement_id)

    def test_k05_balances_of_a_held_statement_do_not_count_until_it_is_accepted(self):
        [statement] = self.receive_statement(self.statement(Booking("25.00"), opening="0.00", closing="99.00"))
        self.assertHeld(statement, "bank_proof_failed")
        self.assertEqual(self.balances().mapped("is_sure"), [False, False])
        self.assertEqual(len(self.env["finance.bank.balance"].search([("is_sure", "=", False)])), 2)
        self.assertFalse(self.position().has_balance)
        self.assertEqual((self.position().held_count, self.position().standing), (1, "action"))
        wizard = self.env["finance.bank.accept.wizard"].with_context(
            default_statement_id=statement.id, default_exception_id=self.open_exception(statement).id
        )
        wizard.create({"reason": "the bank was asked"}).action_confirm()
        self.drain()
        self.assertEqual(self.balances().mapped("is_sure"), [True, True])
        self.assertEqual(self.position().bank_balance, 99.0)


class TestPosition(CashCase):
    def test_k06_position_is_the_latest_balance_and_what_is_in_flight(self):
        self.receive_statement(self.statement(Booking("1000.00", text="x"), opening="0.00"))
        self.pay_out(120.0)
        self.pay_out(30.5, "inbound")
        position = self.position()
        self.assertEqual(
            [position.bank_balance, position.ledger_balance, position.difference, position.in_flight_in,
             position.in_flight_out, position.position],
            [1000.0, 1000.0, 0.0, 30.5, -120.0, 910.5],
        )  # fmt: skip
        self.assertEqual(position.balance_id, self.balances(kind="CLBD"))
        self.assertEqual((position.open_count, position.open_amount), (1, 1000.0))

    def test_k06_a_settled_payment_is_not_in_flight(self):
        payment = self.pay_out(120.0)
        line = self.pay("-120.00", text=payment.name)
        if not line.is_reconciled:
            line.finance_entry_id.suggestion_ids[:1]._accept()
        self.assertEqual((self.position().in_flight_out, self.position().position), (0.0, -120.0))

    def test_k06_a_payment_whose_bank_line_is_open_counts_once(self):
        """By its name in the text; by its partner; one line stands for one payment."""
        self.make_partner_account(self.supplier, SUPPLIER_IBAN)
        self.journal.finance_match_automatic = False
        for text, values in (("x", {"iban": SUPPLIER_IBAN, "name": "Bolt Supplier"}), ("", {})):
            with self.subTest(text=text), self.undone():
                payment, twin = self.pay_out(120.0, day="2026-03-01"), self.pay_out(120.0, day="2026-03-01")
                line = self.pay("-120.00", text=text or payment.name, **values)
                self.assertFalse(line.is_reconciled)
                position = self.position()
                self.assertEqual((position.bank_balance, position.in_flight_out, position.position),
                                 (-120.0, -120.0, -240.0))  # fmt: skip
                rows = self.env["finance.bank.forecast"].search([("kind", "=", "in_flight")])
                self.assertEqual(rows.payment_id, twin)
                self.pay("-120.00", text=text or twin.name, **values)
                self.assertEqual((self.position().in_flight_out, self.position().position), (0.0, -240.0))

    def test_k06_another_amount_another_partner_or_an_old_line_is_not_the_payment(self):
        self.make_partner_account(self.supplier, SUPPLIER_IBAN)
        self.journal.finance_match_automatic = False
        self.pay("-120.00", text="x", iban=SUPPLIER_IBAN)
        self.pay("-121.00", text="x", iban=SUPPLIER_IBAN)
        self.pay_out(120.0, day="2026-05-01")
        self.pay_out(121.0, partner_id=self.customer.id, day="2026-03-01")
        self.assertEqual(self.position().in_flight_out, -241.0)

    def test_k06_items_on_an_outstanding_account_without_a_payment(self):
        way = self.journal.outbound_payment_method_line_ids[:1]
        account = self.env["account.account"].create(
            {"name": "Outstanding", "code": "109999", "account_type": "asset_current", "reconcile": True}
        )
        way.payment_account_id = account
        other = self.env["account.account"].search(
            [("company_ids", "=", self.company.id), ("account_type", "=", "expense")], limit=1
        )
        move = self.env["account.move"].create(
            {
                "journal_id": self.journal.id,
                "date": "2026-03-02",
                "line_ids": [
                    Command.create({"account_id": account.id, "credit": 44.0}),
                    Command.create({"account_id": other.id, "debit": 44.0}),
                ],
            }
        )
        move.action_post()
        self.assertEqual(self.position().in_flight_out, -44.0)

    def test_k06_interim_balance_explains_itself_by_what_was_booked_today(self):
        self.receive_statement(self.statement(Booking("100.00", text="x"), opening="0.00"))
        later = self.statement(
            Booking("40.00", text="so far"), Booking("7.00", text="p", status="PDNG"), opening="100.00",
            day=date(2026, 3, 3), identification="r",
        )  # fmt: skip
        self.receive(report_of(later), "c52.xml")
        position = self.position()
        self.assertEqual((position.bank_balance, position.balance_kind), (140.0, "ITBD"))
        self.assertEqual((position.ledger_balance, position.reported_amount, position.difference), (100.0, 40.0, 0.0))

    def test_k06_an_older_statement_that_comes_late_is_not_the_latest(self):
        self.tell(self.told("CLBD", "500.00", date(2026, 3, 5)), at=datetime(2026, 3, 6))
        self.tell(self.told("CLBD", "400.00", date(2026, 3, 4)), at=datetime(2026, 3, 7))
        self.assertEqual(self.position().bank_balance, 500.0)

    def test_k06_closing_counts_before_interim_and_opening_of_the_same_moment(self):
        day = date(2026, 3, 5)
        self.tell(self.told("ITBD", "1.00", day), self.told("CLBD", "2.00", day), self.told("PRCD", "3.00", day),
                  at=datetime(2026, 3, 7))  # fmt: skip
        self.assertEqual(self.position().bank_balance, 2.0)

    def test_k06_difference_is_named(self):
        self.tell(self.told("CLBD", "77.77", date(2026, 3, 5)), at=datetime(2026, 3, 6))
        position = self.position()
        self.assertEqual((position.difference, position.standing), (77.77, "action"))

    def test_k06_without_a_balance_the_ledger_counts_and_says_so(self):
        self.assertEqual((self.position().has_balance, self.position().is_stale), (False, True))
        self.journal.finance_balance_max_age = 0
        self.assertEqual((self.position().is_stale, self.position().standing), (False, "current"))

    def test_k06_staleness_leaves_weekends_out(self):
        """Friday's closing balance is 34 hours old on Tuesday at ten."""
        self.env.cr.execute("SELECT (now() AT TIME ZONE 'UTC')::timestamp")
        now = self.env.cr.fetchone()[0]
        for hours in (1, 30, 100, 400):
            told_at = now - timedelta(hours=hours)
            self.env["finance.bank.balance"].search([]).unlink()
            self.tell(self.told("ITBD", "1", told_at.date()), at=told_at)
            weekend = sum(
                1 for n in range(1, (now.date() - told_at.date()).days + 1)
                if (told_at.date() + timedelta(days=n)).isoweekday() > 5
            )  # fmt: skip
            expected = max(hours - 24 * weekend, 0)
            with self.subTest(hours=hours):
                self.assertAlmostEqual(self.position().age_hours, expected, delta=0.01)
                self.journal.finance_balance_max_age = expected + 1
                self.assertFalse(self.position().is_stale)
                if expected > 1:
                    self.journal.finance_balance_max_age = expected - 1
                    self.assertTrue(self.position().is_stale)
                    self.assertEqual(self.position().standing, "action")

    def test_k23_totals_in_the_currency_of_the_company_at_the_chosen_rate(self):
        dollars = self.make_bank_journal(self.company, FOREIGN_IBAN, currency=self.usd)
        self.env["res.currency.rate"].create(
            {"currency_id": self.usd.id, "rate": 2.0, "name": "2026-01-01", "company_id": self.company.id}
        )
        self.tell(self.told("CLBD", "100.00", date(2026, 3, 5), "USD"), at=datetime(2026, 3, 6), journal=dollars)
        self.tell(self.told("CLBD", "10.00", date(2026, 3, 5)), at=datetime(2026, 3, 6))
        self.assertEqual(
            (self.position(dollars).bank_balance, self.position(dollars).report_bank_balance), (100.0, 50.0)
        )
        chosen = self.position(dollars, finance_rate_date="2025-12-31")
        self.assertEqual((chosen.bank_balance, chosen.report_position), (100.0, 80.0))
        model = self.env["finance.bank.position"]
        [(total,)] = model._read_group([("company_id", "=", self.company.id)], [], ["report_position:sum"])
        self.assertEqual(total, 60.0)
        groups = dict(
            model._read_group([("company_id", "=", self.company.id)], ["currency_id"], ["report_position:sum"])
        )
        self.assertEqual(groups, {self.eur: 10.0, self.usd: 50.0})
        # a balance in another currency than the account's is kept and does not count
        self.tell(self.told("CLBD", "999.00", date(2026, 3, 9)), at=datetime(2026, 3, 9), journal=dollars)
        self.assertEqual(self.position(dollars).bank_balance, 100.0)

    def test_k23_payment_in_another_currency(self):
        self.tell(self.told("CLBD", "10.00", date(2026, 3, 5)), at=datetime(2026, 3, 6))
        self.pay_out(125.0, currency_id=self.usd.id)
        self.assertEqual((self.position().in_flight_out, self.position().position), (-100.0, -90.0))

    def test_k23_a_rate_day_that_is_none_is_today(self):
        self.tell(self.told("CLBD", "10.00", date(2026, 3, 5)), at=datetime(2026, 3, 6))
        for odd in ("; DROP TABLE res_currency", 7, ["x"]):
            self.assertEqual(self.position(finance_rate_date=odd).report_position, 10.0)

    def test_k33_statements_are_current_pending_or_need_action(self):
        [posted] = self.receive_statement(self.statement(Booking("25.00"), opening="0.00"))
        [held] = self.receive_statement(
            self.statement(Booking("1.00"), opening="500.00", day=date(2026, 3, 9), identification="h")
        )
        self.assertEqual((posted.standing, held.standing), ("current", "action"))
        self.assertEqual(self.env["finance.bank.statement"].search([("standing", "=", "action")]), held)

    def test_k06_the_ways_behind_the_figures_open(self):
        position = self.position().with_user(self.accountant).with_company(self.company)
        for name in ("balances", "statements", "lines", "payments", "items"):
            action = getattr(position, f"action_view_{name}")()
            with self.subTest(name=name):
                self.env[action["res_model"]].with_user(self.accountant).search(action["domain"])

    def test_attack_8_companies_stay_apart(self):
        self.keep_books(self.other_company)
        other = self.make_bank_journal(self.other_company, OTHER_IBAN)
        self.tell(self.told("CLBD", "666.00", date(2026, 3, 5)), at=datetime(2026, 3, 6), journal=other)
        for model in ("finance.bank.position", "finance.bank.balance", "finance.bank.forecast"):
            shown = self.env[model].with_user(self.accountant).search([])
            with self.subTest(model=model):
                self.assertLessEqual(shown.company_id, self.company)
        with self.assertRaises(AccessError):
            self.position(other).with_user(self.accountant).read(["position"])
        viewer = self.make_user("cash_viewer", VIEWER)
        with self.assertRaises(AccessError):
            self.env["finance.bank.position"].with_user(viewer).search([])


class TestForecast(CashCase):
    def rows(self, **values):
        self.env.invalidate_all()
        domain = [("company_id", "=", self.company.id), *((name, "=", value) for name, value in values.items())]
        return self.env["finance.bank.forecast"].search(domain)

    def test_k23_cash_flight_and_due_items_add_up(self):
        today = fields.Date.context_today(self.env["finance.bank.forecast"])
        self.tell(self.told("CLBD", "1000.00", date(2026, 3, 5)), at=datetime(2026, 3, 6))
        due = today + timedelta(days=20)
        self.make_invoice(300, invoice_date_due=due, invoice_payment_term_id=False)
        self.make_invoice(80, move_type="in_invoice", invoice_date_due=today - timedelta(days=3),
                          invoice_payment_term_id=False)  # fmt: skip
        self.pay_out(120.0)
        self.env["account.journal"].search([("id", "!=", self.journal.id), ("type", "=", "bank")]).active = False
        found = {row.kind: (row.date, row.amount, row.is_overdue) for row in self.rows()}
        self.assertEqual(found["cash"], (today, 1000.0, False))
        self.assertEqual(found["in_flight"], (today, -120.0, False))
        self.assertEqual(found["receivable"], (due, 300.0, False))
        bill = self.rows(kind="payable").filtered("is_overdue")
        self.assertEqual((bill.date, bill.amount, bill.due_date), (today, -80.0, today - timedelta(days=3)))
        [(total,)] = self.env["finance.bank.forecast"]._read_group(
            [("company_id", "=", self.company.id), ("date", "<", due)], [], ["report_amount:sum"]
        )
        self.assertAlmostEqual(total, sum(row.report_amount for row in self.rows() if row.date < due))

    def test_k23_what_is_paid_is_not_expected(self):
        invoice = self.make_invoice(100)
        self.assertEqual(len(self.rows(kind="receivable")), 1)
        self.pay("100.00", text=invoice.name)
        self.assertFalse(self.rows(kind="receivable"))
        self.assertEqual(sum(self.rows(kind="cash").mapped("amount")), 100.0)

    def test_k23_a_registered_payment_is_expected_once(self):
        """Whether the payment has an entry of its own or not."""
        invoice = self.make_invoice(100)
        self.env["account.payment.register"].with_context(active_model="account.move", active_ids=invoice.ids).create(
            {"journal_id": self.journal.id}
        ).action_create_payments()
        rows = self.rows().filtered(lambda row: row.kind != "cash")
        self.assertEqual([(row.kind, row.amount) for row in rows], [("in_flight", 100.0)])

    def test_k23_rows_open_what_is_behind_them(self):
        invoice = self.make_invoice(100)
        payment = self.pay_out(5.0)
        opened = {row.kind: row.action_view_source() for row in self.rows()}
        self.assertEqual(opened["receivable"]["res_id"], invoice.id)
        self.assertEqual(opened["in_flight"]["res_id"], payment.id)
        self.assertEqual(opened["cash"]["res_model"], "finance.bank.balance")
        self.assertEqual(len(set(self.rows().ids)), len(self.rows()))
