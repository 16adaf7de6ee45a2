"""How companies book: as what, how many together, against what (E-01, E-03, E-12, E-19, E-20, E-08, E-21)."""

from datetime import date, datetime
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import DAY, ExpenseCase


@tagged("post_install", "-at_install")
class TestExpenseModes(ExpenseCase):
    def reports_of(self, prefix):
        return [
            self.report(
                f"{prefix}-{number}",
                self.line("1", "119.00", tax_code="V19", tax_amount="19.00"),
                self.line("2", "59.50", tax_code="V19", tax_amount="9.50", payment="company_card"),
                self.line("3", "10.01", category="MEALS"),
                self.line("4", "20.00", payment="company"),
                self.line("5", "7.00", payment="company_card", personal="yes"),
                self.line("6", "-2.00", category="MEALS"),
            )
            for number in range(2)
        ]

    def test_e03_all_modes_give_equal_totals(self):
        """E-03: per line, per report, per month, summed up, as entries or bills: the same amounts on each account."""
        modes = [
            {"grain": grain, "is_summarised": summed, "document": document}
            for grain in ("line", "report", "period")
            for summed in (False, True)
            for document in ("entry", "bill")
            if (grain, document) != ("period", "bill") and (grain != "line" or not summed)
        ]
        found, counts = [], []
        for number, mode in enumerate(modes):
            with self.subTest(**mode):
                self.policy.write(mode)
                reports = self.bring(*self.reports_of(f"M{number}"))
                if mode["grain"] == "period":
                    self.assertEqual(reports.mapped("state"), ["waiting", "waiting"])
                    self.policy.action_book_period()
                    self.drain()
                    self.env.invalidate_all()
                self.assertEqual(reports.mapped("state"), ["posted", "posted"], reports.mapped("detail"))
                moves = self.moves(reports)
                found.append(self.legs(moves))
                counts.append(len(moves))
                self.assertEqual(set(moves.mapped("state")), {"posted"})
                for report in reports:
                    self.assertEqual(round(sum(report.posting_ids.mapped("amount")), 2), report.total)
        expected = {"travel": 340.0, "vat": 57.0, "meals": 16.02, "personal": 14.0}
        expected |= {"payable": -254.02, "card": -133.0, "prepaid": -40.0}
        self.assertEqual(found, [expected] * len(modes))
        self.assertEqual(counts[0], 12)
        self.assertEqual(counts[-1], 1)

    def test_bills_are_owed_to_the_employee(self):
        self.policy.document = "bill"
        [report] = self.bring(self.reports_of("B")[0])
        bill = self.moves(report).filtered(lambda move: move.move_type == "in_invoice")
        self.assertEqual((bill.partner_id, bill.amount_total, bill.amount_residual), (self.ann, 127.01, 127.01))
        self.assertEqual(
            (bill.amount_tax, bill.payment_state, bill.journal_id), (19.0, "not_paid", self.books["bills"])
        )
        entry = self.moves(report) - bill
        self.assertEqual(set(entry.mapped("move_type")), {"entry"})
        [back] = self.bring(self.report("B-9", self.line(amount="-50.00")))
        self.assertEqual((self.moves(back).move_type, self.moves(back).amount_total), ("in_refund", 50.0))

    def test_what_is_owed_follows_the_way_of_payment(self):
        ways = {"own": "payable", "personal_card": "payable", "company_card": "card", "company": "prepaid"}
        ways["advance"] = "advance"
        reports = self.bring(*(self.report(f"W-{way}", self.line(payment=way)) for way in ways))
        for report, (way, name) in zip(reports, ways.items(), strict=True):
            with self.subTest(way):
                self.assertEqual(self.legs(self.moves(report)), {"travel": 119.0, name: -119.0})
        own, card, reimbursed = self.bring(
            self.report("W-1", self.line(personal="yes"), self.line("2", "10.00")),
            self.report("W-2", self.line(personal="yes", payment="company_card")),
            self.report("W-3", reimbursed="yes"),
        )
        self.assertEqual(self.legs(self.moves(own)), {"travel": 10.0, "payable": -10.0})
        self.assertEqual(self.legs(self.moves(card)), {"personal": 119.0, "card": -119.0})
        owed = self.moves(card).line_ids.filtered(lambda line: line.account_id == self.books["personal"])
        self.assertEqual(owed.partner_id, self.ann)
        self.assertEqual(self.legs(self.moves(reimbursed)), {"travel": 119.0, "prepaid": -119.0})

    def test_e19_two_companies_book_the_same_report_differently(self):
        """E-19: the policy of each company is data; without one the reports of a company wait for it."""
        books = self.keep_books(self.other_company)
        self.map("expense_entity", "HOME", self.company)
        self.map("expense_entity", "AWAY", self.other_company)
        self.map("expense_category", "HOTEL", self.books["travel"])
        away = self.map("expense_category", "AWAY-TRAVEL", books["travel"])
        self.assertEqual(away.state, "active")
        here, there = self.bring(
            self.report("R-1", entity="HOME"), self.report("R-2", self.line(category="AWAY-TRAVEL"), entity="AWAY")
        )
        self.assertEqual((here.state, here.company_id), ("posted", self.company))
        self.assertHeld(there, "expense_policy_none")
        self.make_policy(self.other_company, books, document="bill", date_rule="line")
        self.drain()
        self.env.invalidate_all()
        self.assertEqual((there.state, there.company_id), ("posted", self.other_company), there.detail)
        self.assertEqual(self.moves(there).move_type, "in_invoice")
        self.assertEqual(self.moves(here).move_type, "entry")

    def test_e12_e20_one_company_bears_or_pays_for_another(self):
        """E-12: an expense of another company makes a pair of entries. E-20: so does a company that pays for all."""
        books = self.keep_books(self.other_company)
        self.make_policy(self.other_company, books)
        self.map("expense_entity", "HOME", self.company)
        self.map("expense_entity", "AWAY", self.other_company)
        self.map("expense_category", "BOTH", books["travel"])
        # an advance that another company pays is owed to that company, by the employee: a matter of one company
        rows = self.report("A-1", self.line(amount="300.00", kind="advance"), entity="HOME", paying_entity="AWAY")
        [given] = self.bring(rows)
        self.assertEqual(given.state, "posted", given.detail)
        self.assertEqual(self.moves(given).company_id, self.other_company)
        self.assertEqual(self.moves(given).journal_id, books["journal"])
        self.assertEqual(self.legs(self.moves(given)), {"advance": 300.0, "payable": -300.0})
        shared = self.report(
            "R-1", {**self.line(category="BOTH"), "share": "100", "share_entity": "AWAY"}, entity="HOME"
        )
        [report] = self.bring(shared)
        self.assertHeld(report, "expense_intercompany")
        action = report.message_id.exception_ids.action_fix()
        self.assertEqual(action["context"]["default_other_id"], self.company.id)
        pairs = self.env["finance.expense.intercompany"]
        for company, other, mine in (
            (self.other_company, self.company, books),
            (self.company, self.other_company, self.books),
        ):
            pairs.create(
                {
                    "company_id": company.id,
                    "other_id": other.id,
                    "due_from_account_id": mine["due_from"].id,
                    "due_to_account_id": mine["due_to"].id,
                    "journal_id": mine["journal"].id,
                }
            )
        self.drain()
        self.env.invalidate_all()
        self.assertEqual(report.state, "posted", report.detail)
        by_company = {move.company_id: self.legs(move) for move in self.moves(report)}
        self.assertEqual(
            by_company,
            {
                self.company: {"due_from": 119.0, "payable": -119.0},
                self.other_company: {"travel": 119.0, "due_to": -119.0},
            },
        )
        # the shared service centre pays what the other company bears, and the other way round
        [paid] = self.bring(self.report("R-2", entity="HOME", paying_entity="AWAY"))
        self.assertEqual(paid.state, "posted", paid.detail)
        by_company = {move.company_id: self.legs(move) for move in self.moves(paid)}
        self.assertEqual(
            by_company,
            {
                self.company: {"travel": 119.0, "due_to": -119.0},
                self.other_company: {"due_from": 119.0, "payable": -119.0},
            },
        )
        self.assertEqual(sum(paid.posting_ids.mapped("amount")), paid.total)

    def test_e08_e21_currencies_and_the_frozen_rate(self):
        """E-08: what was paid, what the report says and what the company books stay, with rate and source.
        E-21: a missing or old rate is an exception, and its arrival lets the report go on; gaps are told before."""
        rows = [
            self.report(
                name,
                self.line(
                    amount="100.00", spent_amount="15000", spent_currency="JPY", rate="0.0066667", rate_source="ECB"
                ),
                report_currency="USD",
            )
            for name in ("R-1", "R-2")
        ]
        [report] = self.bring(rows[0])
        self.assertHeld(report, "expense_no_rate")
        self.assertEqual(report.message_id.exception_ids.action_fix()["res_id"], self.usd.id)
        rates = self.env["res.currency.rate"]
        old = {"currency_id": self.usd.id, "company_id": self.company.id}
        rates.create({**old, "name": "2026-01-02", "rate": 1.1})
        self.drain()
        self.env.invalidate_all()
        self.assertHeld(report, "expense_no_rate")
        rates.create({**old, "name": "2026-03-09", "rate": 1.25})
        self.drain()
        self.env.invalidate_all()
        self.assertEqual(report.state, "posted", report.detail)
        line = report.line_ids
        self.assertEqual((line.spent_amount, line.spent_currency, line.rate_source), (15000.0, "JPY", "ECB"))
        self.assertEqual((line.amount, line.company_amount, line.company_rate), (100.0, 80.0, 0.8))
        self.assertEqual((line.company_rate_date, line.company_rate_source), (date(2026, 3, 9), "Rates of Odoo"))
        cost = self.moves(report).line_ids.filtered(lambda one: one.account_id == self.books["travel"])
        self.assertEqual((cost.amount_currency, cost.currency_id, cost.balance), (100.0, self.usd, 80.0))
        # who keeps the rates is told of a gap once, and no more when the rate is there
        self.policy.card_user_id = self.user("operator")
        with patch.object(type(self.env.cr), "now", lambda cr: datetime(2026, 5, 1)):
            for _again in range(2):
                self.env["finance.expense.policy"]._cron_rates()
            self.assertEqual(self.policy.activity_ids.mapped("summary"), ["No rate of exchange: USD"])
            self.assertEqual(self.policy.activity_ids.user_id, self.policy.card_user_id)
            rates.create({**old, "name": "2026-04-30", "rate": 1.25})
            self.env["finance.expense.policy"]._cron_rates()
        self.assertFalse(self.policy.activity_ids)
        # a rate that comes later changes nothing that is booked
        rates.create({**old, "name": "2026-03-10", "rate": 2.0})
        self.assertEqual((line.company_rate, cost.balance), (0.8, 80.0))

    def test_a_second_revision_corrects_what_is_booked(self):
        """What was booked is taken back by an opposite entry, and booked anew; nothing is changed in place."""
        [report] = self.bring(self.report("R-1"))
        first = self.moves(report)
        [report] = self.bring(self.report("R-1", self.line(amount="100.00"), revision="1"))
        self.assertEqual((report.state, report.total, report.revision), ("posted", 100.0, 1))
        moves = self.moves(report)
        self.assertEqual(len(moves), 3)
        self.assertEqual(self.legs(moves), {"travel": 100.0, "payable": -100.0})
        self.assertEqual((moves - first).reversed_entry_id, first)
        self.assertEqual(first.state, "posted")
        self.assertEqual(sum(report.posting_ids.mapped("amount")), 100.0)
        # an older revision that arrives late changes nothing
        [late] = self.bring(self.report("R-1", self.line(amount="1.00"), revision="0"))
        self.assertEqual((late.total, len(self.moves(late))), (100.0, 3))
        # and what is recalled is taken back
        [gone] = self.bring(self.report("R-1", self.line(amount="100.00"), revision="2", state="recalled"))
        self.assertEqual((gone.state, self.legs(self.moves(gone))), ("dropped", {}))

    def test_e07_advances_are_given_used_given_back_and_corrected(self):
        """E-07: what is given is owed to the employee and by the employee; what reports use of it settles the oldest;
        what comes back arrives where the policy says; the balance is read from the ledger."""
        self.policy.returned_account_id = self.books["receivable"]

        def balance():
            self.env.flush_all()
            self.env.invalidate_all()
            return self.env["finance.expense.advance"].search([("company_id", "=", self.company.id)])

        [given] = self.bring(self.report("A-1", self.line(amount="300.00", category="CASH", kind="advance")))
        self.assertEqual(given.state, "posted", given.detail)
        self.assertEqual(self.legs(self.moves(given)), {"advance": 300.0, "payable": -300.0})
        used = self.line("1", "119.00", payment="advance", tax_code="V19", tax_amount="19.00")
        rows = (used, self.line("2", "30.00"))
        [report] = self.bring(self.report("R-1", *rows, advance_returned="100.00"))
        used = {"travel": 130.0, "vat": 19.0, "payable": -30.0, "advance": -219.0, "receivable": 100.0}
        self.assertEqual(self.legs(self.moves(report)), used)
        # what comes back is no part of what was approved
        self.assertEqual(sum(report.posting_ids.mapped("amount")), report.total)
        found = balance()
        self.assertEqual((found.partner_id, found.given, found.used, found.amount), (self.ann, 300.0, 219.0, 81.0))
        self.assertEqual(found.open_since, DAY)
        items = self.env["account.move.line"].search(found.action_view_items()["domain"])
        self.assertEqual(items.filtered("amount_residual").mapped("amount_residual"), [81.0])
        # a later revision has used everything
        [report] = self.bring(self.report("R-1", self.line("1", "300.00", payment="advance"), revision="1"))
        self.assertEqual(self.legs(self.moves(report)), {"travel": 300.0, "advance": -300.0})
        found = balance()
        self.assertEqual((found.given, found.used, found.amount, found.open_since), (300.0, 300.0, 0.0, False))
        # and what should not have been given is taken back, with the debt to the employee
        rows = self.report("A-1", self.line(amount="300.00", kind="advance"), revision="1", state="recalled")
        [given] = self.bring(rows)
        self.assertEqual(self.legs(self.moves(given)), {})
        self.assertEqual((balance().given, balance().amount), (0.0, -300.0))

    def test_e07_prepaid_expenses_become_cost_month_by_month(self):
        """E-07: a subscription is on the account of prepaid expenses, and leaves it by itself; corrected, each month is
        taken back in its month; in the mode of a whole month, too."""
        self.policy.write({"prepaid_account_id": self.books["advance"].id, "prepaid_from": 100})
        months = {"service_from": "2026-03-01", "service_to": "2026-07-31"}
        rows = (
            self.line("1", "182.07", tax_code="V19", tax_amount="29.07", **months),
            self.line("2", "99.00", **months),
        )
        [report] = self.bring(self.report("R-1", *rows))
        self.assertEqual(report.state, "posted", report.detail)
        moves = self.moves(report)
        self.assertEqual(len(moves), 6)
        first = {"advance": 153.0, "travel": 99.0, "vat": 29.07, "payable": -281.07}
        self.assertEqual(self.legs(moves[0]), first)
        self.assertEqual(moves[1:].mapped("date")[::4], [date(2026, 3, 31), date(2026, 7, 31)])
        self.assertEqual(self.legs(moves[1]), {"travel": 31.0, "advance": -31.0})
        self.assertEqual(set(moves.mapped("state")), {"posted"})
        self.assertEqual(self.legs(moves), {"travel": 252.0, "vat": 29.07, "payable": -281.07})
        self.assertEqual(sum(report.posting_ids.mapped("amount")), report.total)
        self.assertEqual(moves[1].ref, "Paid in advance: R-1")
        [report] = self.bring(self.report("R-1", self.line("1", "119.00"), revision="1"))
        moves = self.moves(report)
        self.assertEqual(self.legs(moves), {"travel": 119.0, "payable": -119.0})
        for month, mine in moves.grouped(lambda move: (move.date.year, move.date.month)).items():
            self.assertEqual(self.legs(mine).get("travel", 0.0), 119.0 if month == (2026, 3) else 0.0)
        self.policy.grain = "period"
        [report] = self.bring(self.report("R-2", *rows))
        self.policy.action_book_period()
        self.drain()
        self.env.invalidate_all()
        self.assertEqual((report.state, len(self.moves(report))), ("posted", 6), report.detail)
        self.assertEqual(sum(report.posting_ids.mapped("amount")), report.total)

    def spend(self, name, amount, **values):
        """:return: a charge that nobody has claimed"""
        return self.env["finance.card.transaction"].create(
            {
                "connection_id": self.connection.id,
                "company_id": self.company.id,
                "external_id": name,
                "state": "settled",
                "date": DAY,
                "settled_on": DAY,
                "currency_id": self.eur.id,
                "amount": amount,
                "company_amount": amount,
                "company_rate": 1.0,
                "match_state": "unclaimed",
                **values,
            }
        )

    def test_e07_what_is_not_claimed_is_accrued_and_reverses_itself(self):
        """E-07: calculated first, booked on the last day, taken back on the next one; once, whoever books it again; a
        claim of the month that comes late is taken off; nothing is left of it in the end."""
        self.policy.write(
            {"accrual_account_id": self.books["due_to"].id, "accrual_cost_account_id": self.books["meals"].id}
        )
        taxi, hotel = self.spend("T-1", 42.5), self.spend("T-2", 100.0)
        self.spend("T-3", 7.0, settled_on=date(2026, 4, 1))
        self.spend("T-4", 9.0, state="pending")
        accountant = self.user("operator")
        accountant.group_ids = [(4, self.env.ref("finance_expense_sync.finance_group_expense_accountant").id)]
        wizard = self.as_user(self.env["finance.expense.accrual.wizard"], "operator").create({"date": DAY})
        accrual = self.as_user(self.env["finance.expense.accrual"], "operator").browse(
            wizard.action_confirm()["res_id"]
        )
        self.assertEqual((accrual.date, accrual.amount, accrual.booked), (date(2026, 3, 31), 142.5, 0.0))
        self.assertEqual(accrual.line_ids.transaction_id, taxi | hotel)

        def entries(day):
            return self.legs(accrual.sudo().move_ids.filtered(lambda move: move.date == day))

        for _again in range(3):
            accrual.action_book()
        self.assertEqual(len(accrual.sudo().move_ids), 2)
        self.assertEqual((accrual.state, accrual.booked), ("booked", 142.5))
        self.assertEqual(entries(date(2026, 3, 31)), {"meals": 142.5, "due_to": -142.5})
        self.assertEqual(entries(date(2026, 4, 1)), {"meals": -142.5, "due_to": 142.5})
        # booked in March after all
        booked = type(hotel)._is_booked_by
        with patch.object(type(hotel), "_is_booked_by", lambda one, day: one == hotel or booked(one, day)):
            self.policy.accrual_rule = "month"
            with patch.object(type(self.env.cr), "now", lambda cr: datetime(2026, 4, 2)):
                self.env["finance.expense.accrual"]._cron_accrue()
                self.company.fiscalyear_lock_date = date(2026, 3, 31)
                hotel.match_state = "personal"
                taxi.match_state = "personal"
                self.env["finance.expense.accrual"]._cron_accrue()
        self.assertEqual((accrual.amount, accrual.booked), (42.5, 42.5), "a closed period is left as it is")
        self.assertIn("closed", accrual.attention)
        self.company.fiscalyear_lock_date = False
        accrual.action_take_back()
        self.assertEqual((accrual.state, self.legs(accrual.sudo().move_ids)), ("taken_back", {}))
        self.assertEqual((entries(date(2026, 3, 31)), entries(date(2026, 4, 1))), ({}, {}))
        # without a rate there is no amount, and nothing is booked of it
        self.spend("T-5", 10.0, currency_id=self.usd.id, company_rate=0.0, company_amount=0.0)
        accrual.action_calculate()
        self.assertEqual((accrual.fault_count, accrual.amount), (1, 0.0))
        with self.assertRaisesRegex(UserError, "no amount"):
            accrual.action_book()

    def test_e01_only_what_is_finally_approved_is_booked(self):
        """E-01: a report that is not final never creates an entry, whatever it is called on the platform."""
        states = ["draft", "submitted", "rejected", "recalled", "deleted"]
        reports = self.bring(*(self.report(f"R-{state}", state=state) for state in states))
        self.assertEqual(reports.mapped("state"), ["received", "received", "dropped", "dropped", "dropped"])
        self.assertFalse(self.moves(reports))
        [approved] = self.bring(self.report("R-submitted", state="approved"))
        self.assertEqual(approved.state, "posted")
        self.assertEqual(len(self.moves(approved)), 1)
        self.assertAccounted(self.reports_flow)

    def test_a_plain_report_becomes_one_entry(self):
        [report] = self.bring(
            self.report(
                "R-1",
                self.line("1", "119.00", tax_code="V19", tax_rate="19", tax_amount="19.00"),
                self.line("2", "30.00", category="MEALS", payment="company_card"),
            )
        )
        self.assertEqual((report.state, report.partner_id, report.total), ("posted", self.ann, 149.0))
        move = self.moves(report)
        self.assertEqual((move.state, move.date, move.ref, move.move_type), ("posted", DAY, "R-1", "entry"))
        self.assertEqual(
            self.legs(move), {"travel": 100.0, "vat": 19.0, "meals": 30.0, "payable": -119.0, "card": -30.0}
        )
        owed = move.line_ids.filtered(lambda line: line.account_id == self.books["payable"])
        self.assertEqual(owed.partner_id, self.ann)
        taxed = move.line_ids.filtered("tax_line_id")
        self.assertEqual((taxed.tax_line_id, taxed.tax_base_amount), (self.books["tax"], 100.0))
        self.assertEqual(
            report.message_id.document_ids.filtered(lambda d: d.res_model == "account.move").res_id, move.id
        )
        self.assertEqual(sum(report.posting_ids.mapped("amount")), report.total)
