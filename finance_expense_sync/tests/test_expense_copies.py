"""Copied entries are what Odoo makes, in every column; what cannot be proved is made by Odoo (docs/decisions/0020)."""

from collections import defaultdict
from contextlib import contextmanager
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.finance_connector_base.engine.once import remembering

from ..models import finance_expense_copy, finance_expense_copy_facts
from ..models.finance_expense_copy import EntryBatch
from .common import ExpenseCase

RANKS = ("customer_rank", "supplier_rank")
COPY_LOGGER = "odoo.addons.finance_expense_sync.models.finance_expense_copy"


class Undo(Exception):
    """Rolls a savepoint back."""


@tagged("post_install", "-at_install")
class TestExpenseCopies(ExpenseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.currency.rate"].create(
            {"currency_id": cls.usd.id, "rate": 1.1371, "name": "2026-03-01", "company_id": cls.company.id}
        )
        plan = cls.env["account.analytic.plan"].create({"name": "Projects of tests"})
        cls.project = cls.env["account.analytic.account"].create(
            {"name": "Apollo", "plan_id": plan.id, "company_id": cls.company.id}
        )
        cls.map("project", "P-1", cls.project)
        cls.map("employee", "E-2", cls.make_partner("Bob Example", cls.company))
        half = cls.make_tax(cls.company, cls.books, 7.0, [(50, cls.books["vat"]), (50, None)])
        cls.map("expense_tax", "V7", half)
        cls.away = cls.keep_books(cls.other_company)
        cls.env.user.company_ids |= cls.other_company
        cls.make_policy(cls.other_company, cls.away)
        cls.map("expense_entity", "HOME", cls.company)
        cls.map("expense_entity", "AWAY", cls.other_company)
        cls.map("expense_category", "TRAVEL", cls.away["travel"], qualifier="entity = AWAY")
        cls.policy.write({"date_rule": "line", "rate_days": 99, "payable_account_id": cls.books["receivable"].id})

    def rows(self, count=13):
        """Reports with lines of every kind, over two months, in two currencies and two companies."""
        found = []
        for number in range(count):
            day, cents = f"2026-{3 + number % 2:02d}-{10 + number % 5}", number * 0.37
            lines = [
                self.line("1", "119.00", tax_code="V19", tax_amount="19.00", dim_project="P-1" if number % 2 else ""),
                self.line("2", f"{53.50 + cents:.2f}", tax_code="V7", tax_amount=f"{(53.50 + cents) * 7 / 107:.2f}"),
                self.line("3", f"{10 + cents:.2f}", category="MEALS", payment="company_card"),
                self.line("4", "-2.00", category="MEALS", dim_project="P-1"),
            ]
            found.append(
                self.report(
                    f"R-{number:02d}",
                    *({**line, "date": day} for line in lines),
                    employee_id=f"E-{1 + number // 2 % 2}",
                    report_currency="USD" if number % 3 == 2 else "EUR",
                    entity="HOME",
                )
            )
        found += [self.report(f"A-{number:02d}", entity="AWAY") for number in range(8)]
        return found

    def setUp(self):
        super().setUp()
        self.bring_bytes(self.file(*self.rows()))
        self.env["finance.dispatcher"]._drain(flows=self.flow)

    def planned(self, grain):
        """:return: list of (work, draft) of reports that have come and are not booked"""
        self.policy.write({"grain": grain, "is_summarised": grain == "report"})
        messages = self.env["finance.message"].search([("flow_id", "=", self.reports_flow.id)], order="id")
        handler, works = self.env["finance.expense.handler.report"], []
        with remembering():
            handler._ahead(messages)
            for message in messages:
                works.append(handler._open(message))
                handler._prepare(works[-1], self.connection)
        return [(work, draft) for work in works for draft in work.drafts]

    @contextmanager
    def undone(self):
        self.env.flush_all()
        try:
            with self.env.cr.savepoint():
                yield
                raise Undo
        except Undo:
            self.env.invalidate_all(flush=False)

    def post(self, planned, many):
        """Post and read everything back; :return: (rows by table, number of copies)"""
        copied = []
        copy = EntryBatch._copy
        for rank in RANKS:
            self.counted_later(rank).clear()

        def counted(batch, made, places):
            found = copy(batch, made, places)
            copied.append(len(places))
            return found

        with (
            self.undone(),
            patch.object(finance_expense_copy, "MANY", many),
            patch.object(EntryBatch, "_copy", counted),
        ):
            moves = self.env["account.move"].union(*self.env["finance.expense.poster"]._post(planned))
            self.env.flush_all()
            stored = self.stored(moves)
        return stored, sum(copied)

    def counted_later(self, rank):
        """:return: what core adds to ranks once the transaction is committed"""
        data = self.env.cr.postcommit.data
        return data.setdefault(f"account.res.partner.increase_rank.{rank}", defaultdict(int))

    def stored(self, moves):
        self.env.cr.execute(SQL("SELECT id, to_jsonb(m) - 'id' FROM account_move m WHERE id = ANY(%s)", moves.ids))
        entries = dict(self.env.cr.fetchall())
        self.env.cr.execute(
            SQL(
                """
                SELECT l.move_id, to_jsonb(l) - 'id' - 'move_id'
                    || jsonb_build_object(
                        'taxes', ARRAY(SELECT account_tax_id FROM account_move_line_account_tax_rel
                                        WHERE account_move_line_id = l.id ORDER BY 1),
                        'tags', ARRAY(SELECT account_account_tag_id FROM account_account_tag_account_move_line_rel
                                       WHERE account_move_line_id = l.id ORDER BY 1),
                        'analytic', ARRAY(SELECT to_jsonb(a) - 'id' - 'move_line_id' FROM account_analytic_line a
                                           WHERE a.move_line_id = l.id ORDER BY a.id))
                  FROM account_move_line l WHERE l.move_id = ANY(%s) ORDER BY l.id
                """,
                moves.ids,
            )
        )
        items = {}
        for move, row in self.env.cr.fetchall():
            items.setdefault(move, []).append(row)
        partners = self.env["res.partner"].search([])
        partners.invalidate_recordset(["customer_rank", "supplier_rank"])
        tables = ("account_move", "account_move_line", "account_analytic_line", "mail_message", "mail_followers")
        counts = {}
        for table in tables:
            self.env.cr.execute(SQL("SELECT count(*) FROM %s", SQL.identifier(table)))
            counts[table] = self.env.cr.fetchone()[0]
        return {
            "entries": [(entries[move.id], items[move.id]) for move in moves],
            "ranks": [(one.id, *(one[rank] + self.counted_later(rank)[one.id] for rank in RANKS)) for one in partners],
            "counts": counts,
        }

    def assertTwins(self, planned):
        """:return: number of copies"""
        ours, copied = self.post(planned, 10)
        odoo, none = self.post(planned, 10**6)
        self.assertEqual(none, 0)
        for (mine, my_items), (theirs, their_items) in zip(ours["entries"], odoo["entries"], strict=True):
            self.assertEqual(mine, theirs)
            self.assertEqual(my_items, their_items, theirs["name"])
        self.assertEqual((ours["ranks"], ours["counts"]), (odoo["ranks"], odoo["counts"]))
        return copied

    def test_entries_of_lines_and_reports_are_those_of_odoo(self):
        """Taxes with and without a part that is cost, analytic lines, months, another currency, another company."""
        for grain, least in (("line", 25), ("report", 2)):
            with self.subTest(grain=grain):
                planned = self.planned(grain)
                self.assertGreaterEqual(self.assertTwins(planned), least)

    def test_what_is_not_explained_is_made_by_odoo(self):
        planned = self.planned("line")
        wrong = patch.object(
            finance_expense_copy_facts, "entry_row", lambda *args: {**self.entry_row(*args), "total_signed": 1}
        )
        with wrong, self.assertLogs(COPY_LOGGER, "WARNING") as logs, mute_logger("odoo.sql_db"):
            stored, copied = self.post(planned, 10)
        self.assertIn("account_move.amount_total_signed", logs.output[0])
        self.assertEqual(copied, 0)
        self.assertEqual(len(stored["entries"]), len(planned))
        safety = self.env["finance.expense.copy.safety"]
        journal = self.books["journal"]
        self.assertIsNone(safety._obstacle(self.company, journal))
        with patch.object(type(self.env["account.move"]), "_post", type(self.env["account.move"])._post):
            self.assertIn("a patch of account.move", safety._obstacle(self.company, journal))
        trusted = safety._trusted_modules()
        with patch.object(type(safety), "_trusted_modules", lambda _self: trusted - {"mail"}):
            self.assertIn("mail", safety._obstacle(self.company, journal))
        self.env["account.analytic.distribution.model"].create(
            {"partner_id": self.ann.id, "analytic_distribution": {self.project.id: 100}, "company_id": self.company.id}
        )
        self.assertIn("distributions", safety._obstacle(self.company, journal))
        journal.restrict_mode_hash_table = True
        self.assertIn("hashed", safety._obstacle(self.company, journal))

    entry_row = staticmethod(finance_expense_copy_facts.entry_row)
