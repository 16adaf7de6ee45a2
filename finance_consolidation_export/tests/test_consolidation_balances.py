import random
import re
from datetime import date, timedelta
from decimal import Decimal
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL, float_is_zero

from .common import ACCOUNTS, FIRST, LAST, RULES, ConsolidationCase


@tagged("post_install", "-at_install")
class TestConsolidationBalances(ConsolidationCase):
    """A package has the ledger's balances to the cent, however it is cut (C-01, C-02, C-04, C-10, C-11, C-15)."""

    def random_ledger(self, seed, count=20):
        """Entries over two years, with partners of the group and analytic distributions of every kind."""
        chance = random.Random(seed)
        names = [name for name in ACCOUNTS if name != "result"]
        distributions = [
            None,
            {str(self.c1.id): 100.0},
            {str(self.c1.id): 33.33, str(self.c2.id): 66.67},
            {f"{self.c1.id},{self.p1.id}": 60.0, f"{self.c2.id},{self.p2.id}": 40.0},
            {str(self.c1.id): 50.0, str(self.p1.id): 70.0, str(self.p2.id): 30.0},
            {str(self.c2.id): 12.5},
        ]
        partners = [self.sister.partner_ids.id, self.env.user.partner_id.id, False]
        moves = []
        for _number in range(count):
            day = date(2025, 6, 1) + timedelta(days=chance.randrange(0, 560))
            lines, total = [], 0
            for _line in range(chance.randrange(1, 4)):
                amount = chance.randrange(-999999, 999999) / 100
                total += amount
                lines.append((chance.choice(names), amount))
            lines.append((chance.choice(names), -round(total, 2)))
            moves.append(
                {
                    "journal_id": self.journal.id,
                    "date": day,
                    "line_ids": [
                        Command.create(
                            {
                                "account_id": self.books[name].id,
                                "debit": round(max(amount, 0), 2),
                                "credit": round(max(-amount, 0), 2),
                                "partner_id": self.sister.partner_ids.id
                                if name == "intercompany"
                                else chance.choice(partners),
                                "analytic_distribution": chance.choice(distributions),
                            }
                        )
                        for name, amount in lines
                    ],
                }
            )
        self.env["account.move"].create(moves).action_post()

    def ledger(self):
        """:return: account -> opening, debit and credit of the period, closing: by Odoo's own sums"""
        model = self.env["account.move.line"]
        posted = [("company_id", "=", self.company.id), ("parent_state", "=", "posted")]

        def sums(*days):
            found = model._read_group([*posted, *days], ["account_id"], ["balance:sum", "debit:sum", "credit:sum"])
            return {account: tuple(Decimal(str(round(one, 2))) for one in rest) for account, *rest in found}

        none = (Decimal(0),) * 3
        year = sums(("date", ">=", date(2026, 1, 1)), ("date", "<=", LAST))
        before = sums(("date", "<", date(2026, 1, 1)))
        period = sums(("date", ">=", FIRST), ("date", "<=", LAST))
        found = {}
        for account in {*year, *before}:
            yearly = account.internal_group in ("income", "expense")
            opening = Decimal(0) if yearly else before.get(account, none)[0]
            _balance, debit, credit = period.get(account, none)
            found[account] = (opening, debit, credit, opening + year.get(account, none)[0])
        return found

    def sums_of(self, package, cut):
        self.env.cr.execute(
            SQL(
                """SELECT account_id, sum(opening)::text, sum(debit)::text, sum(credit)::text,
                sum(closing)::text FROM finance_consolidation_row
                    WHERE package_id = %s AND cut_id = %s AND kind IN ('balance', 'rounding') GROUP BY account_id""",
                package.id,
                cut.id,
            )
        )
        accounts = self.env["account.account"]
        return {accounts.browse(row[0]): tuple(map(Decimal, row[1:])) for row in self.env.cr.fetchall()}

    def test_equals_the_ledger_in_every_cut(self):
        for seed in (1, 2):
            self.random_ledger(seed)
        package = self.package()

        self.assertFalse(package.blocking_count, package.finding_ids.mapped("text"))
        ledger = {account: row for account, row in self.ledger().items() if any(row)}
        for cut in package._cuts():
            found = {account: row for account, row in self.sums_of(package, cut).items() if any(row)}
            self.assertEqual(found, ledger, cut.name)
            self.env.cr.execute(
                "SELECT sum(closing), sum(opening), sum(closing_group) FROM finance_consolidation_row"
                " WHERE package_id = %s AND cut_id = %s",
                [package.id, cut.id],
            )
            self.assertEqual(self.env.cr.fetchone(), (0, 0, 0), cut.name)
        self.assertEqual(package.total_closing, 0)
        self.assertFalse(package._differs_from_ledger())
        # what income and expense of the year before come to is in equity, and nowhere else
        results = self.rows(package, kind="result")
        before = self.env["account.move.line"]._read_group(
            [
                ("company_id", "=", self.company.id),
                ("account_id.internal_group", "in", ("income", "expense")),
                ("date", "<", date(2026, 1, 1)),
                ("parent_state", "=", "posted"),
            ],
            [],
            ["balance:sum"],
        )[0][0]
        self.assertEqual(results.account_id, self.books["result"])
        self.assertAlmostEqual(sum(results.mapped("closing")), before, 2)
        # each balance leads to the journal items behind it
        for row in self.rows(package, kind="balance"):
            action = row.action_view_items()
            items = self.env["account.move.line"].search(action["domain"])
            self.assertAlmostEqual(sum(items.mapped("balance")), row.closing, 2, row.display_name)
        for row in self.rows(package, self.by_customer, kind="balance"):
            items = self.env["account.move.line"].search(row.action_view_items()["domain"])
            self.assertAlmostEqual(sum(items.mapped("balance")), row.closing, 2, row.members)

    def test_sums_that_proofs_ask_are_those_of_the_rows(self):
        """In two currencies, with rates that leave something to round, in every cut (C-02, C-11).

        And no row is read again: what was just written is unknown to the statistics of so large a table.
        """
        self.scenario.currency_id = self.usd
        self.env["finance.consolidation.rate"].create(
            [
                {
                    "scenario_id": self.scenario.id,
                    "currency_id": self.eur.id,
                    "kind": kind,
                    "rate": rate,
                    "date_to": LAST,
                    "source": "treasury",
                }
                for kind, rate in (("closing", 1.2345), ("average", 1.1237))
            ]
        )
        self.random_ledger(3)
        builder = self.env["finance.consolidation.builder"]

        def sums():
            self.env.cr.execute(
                """
                SELECT cut_id, kind, account_id, group_account_id, is_outside, sum(opening)::text, sum(earlier)::text,
                       sum(debit)::text, sum(credit)::text, sum(closing)::text, sum(gross)::text,
                       sum(closing_group)::text, sum(period_group)::text, bool_or(is_open)
                  FROM finance_consolidation_sum GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
                """
            )
            found = self.env.cr.fetchall()
            builder._end_sums()
            return found

        asked, execute = [], type(self.env.cr).execute

        def listen(cr, query, *args, **kwargs):
            asked.append(getattr(query, "code", None) or str(query))
            return execute(cr, query, *args, **kwargs)

        with (
            patch.object(type(builder), "_end_sums", lambda builder: None),
            patch.object(type(self.env.cr), "execute", listen),
        ):
            package = self.package()
        self.assertTrue([query for query in asked if "INSERT INTO finance_consolidation_row" in query])
        self.assertFalse([query for query in asked if re.search(r"(FROM|JOIN)\s+finance_consolidation_row\b", query)])
        kept = sums()
        builder._begin_sums()
        builder._add_sums(package.ids)
        self.assertEqual(kept, sums())
        self.assertEqual({row[1] for row in kept}, {"balance", "result", "rounding", "translation"})

    def test_shares_of_distributions(self):
        self.post(
            LAST,
            ("wages", 100.01, {"analytic_distribution": {str(self.c1.id): 50.0, str(self.c2.id): 50.0}}),
            ("bank", -100.01),
        )
        package = self.package()
        wages = self.rows(package, self.by_both, account_id=self.books["wages"].id)

        self.assertEqual(sorted(wages.mapped("debit")), [-0.01, 50.01, 50.01])
        self.assertEqual(wages.filtered(lambda row: row.kind == "rounding").debit, -0.01)
        self.assertIn("Center: [C1] C1", wages.mapped("members"))

    def test_conditions_and_divisions(self):
        """Rules on dimensions add the dimension to every cut, and what is divided comes to the whole (C-04)."""
        self.mapping.state = "retired"
        self.map_to_group(
            [
                *RULES,
                ("prefix", "4", "center = C1", "G450", 100),
                ("equals", "6200", None, "G600", 33.33),
                ("equals", "6200", None, "G300", 66.67),
            ]
        )
        self.post(
            LAST,
            ("sales", -100, {"analytic_distribution": {str(self.c1.id): 25.0, str(self.c2.id): 75.0}}),
            ("bank", 90),
            ("rent", 10),
        )
        package = self.package()

        for cut in package._cuts():
            sums = {}
            for row in self.rows(package, cut):
                code = row.group_account_id.code
                sums[code] = round(sums.get(code, 0) + row.closing, 2)
            self.assertEqual(sums, {"G100": 90, "G450": -25, "G400": -75, "G600": 3.33, "G300": 6.67}, cut.name)
        self.assertFalse(package.blocking_count)

    def test_translation(self):
        """The books come to zero in the currency of the group, too, and the difference is told apart (C-11)."""
        self.scenario.currency_id = self.usd
        rate = self.env["finance.consolidation.rate"]
        for kind, number, account in (
            ("closing", 1.2, False),
            ("average", 1.1, False),
            ("historical", 1.05, self.group["G200"].id),
        ):
            rate.create(
                {
                    "scenario_id": self.scenario.id,
                    "currency_id": self.eur.id,
                    "kind": kind,
                    "rate": number,
                    "account_id": account,
                    "date_to": False if account else LAST,
                    "source": "treasury",
                }
            )
        self.post(date(2026, 2, 1), ("bank", 1000), ("capital", -1000))
        self.post(date(2026, 10, 5), ("bank", 300), ("sales", -500), ("wages", 200))
        package = self.package()

        self.assertFalse(package.blocking_count, package.finding_ids.mapped("text"))
        group = {row.group_account_id.code: row.closing_group for row in self.rows(package)}
        self.assertEqual(group, {"G100": 1560.0, "G200": -1050.0, "G400": -550.0, "G600": 220.0, "G900": -180.0})
        parts = {used.kind: used.difference for used in package.rate_ids.filtered("difference")}
        # 1000 of capital at 0.15, 300 of result at 0.10
        self.assertEqual(parts, {"historical": -150.0, "average": -30.0})
        self.assertTrue(float_is_zero(package.total_group, 2))

    def test_shares_are_rounded_in_the_currency_of_the_group_too(self):
        """Where the balances by account themselves are divided, nothing is left over in the other currency."""
        self.base.dimension_ids = self.by_center
        distribution = {str(self.c1.id): 33.33, str(self.c2.id): 66.67}
        self.post(LAST, ("wages", 100.01, {"analytic_distribution": distribution}), ("bank", -100.01))
        package = self.package()
        self.assertFalse(package.blocking_count, package.finding_ids.mapped("text"))
        self.assertTrue(float_is_zero(package.total_group, 2))
        self.assertFalse(self.rows(package, kind="translation"))

    def test_a_difference_without_account_blocks(self):
        self.scenario.write({"currency_id": self.usd.id, "difference_account_id": False})
        for kind, number in (("closing", 1.2), ("average", 1.1)):
            self.env["finance.consolidation.rate"].create(
                {
                    "scenario_id": self.scenario.id,
                    "currency_id": self.eur.id,
                    "kind": kind,
                    "rate": number,
                    "date_to": LAST,
                    "source": "treasury",
                }
            )
        self.post(LAST, ("bank", 300), ("sales", -300))
        package = self.package()
        [finding] = package.finding_ids.filtered(lambda one: one.severity == "blocking")
        self.assertEqual(finding.code, "no_difference_account")
        self.assertIn("30.00", finding.text)

    def test_rates_of_odoo_count_where_the_group_prescribes_none(self):
        self.scenario.currency_id = self.usd
        self.env["res.currency.rate"].search([("currency_id", "=", self.usd.id)]).unlink()
        self.env["res.currency.rate"].create(
            [
                {"currency_id": self.usd.id, "name": day, "rate": rate, "company_id": self.company.id}
                for day, rate in (("2025-12-01", 1.0), ("2026-10-31", 2.0))
            ]
        )
        self.post(date(2026, 10, 5), ("bank", 300), ("sales", -300))
        package = self.package()

        used = {rate.kind: rate.rate for rate in package.rate_ids}
        self.assertEqual(used["closing"], 2.0)
        # one for 303 days, two for the last
        self.assertAlmostEqual(used["average"], 305 / 304, 9)

    def test_what_blocks(self):
        """Each thing that is missing is named with what to do (C-03, C-04, C-06, C-08)."""
        self.mapping.state = "retired"
        self.map_to_group([rule for rule in RULES if rule[1] != "6"])
        self.post(date(2025, 3, 1), ("sales", -50), ("wages", 50))
        self.post(LAST, ("intercompany", 70), ("wages", 30), ("sales", -100))
        self.env["account.move"].create({"journal_id": self.journal.id, "date": LAST})
        package = self.package(is_preliminary=False)

        found = {(finding.severity, finding.code): finding for finding in package.finding_ids}
        self.assertEqual(
            set(found),
            {
                ("blocking", "unmapped"),
                ("blocking", "no_partner"),
                ("blocking", "open_period"),
                ("warning", "drafts"),
            },
        )
        self.assertEqual(found["blocking", "unmapped"].account_id, self.books["wages"])
        self.assertEqual(found["blocking", "unmapped"].amount, 30)
        self.assertEqual(found["blocking", "no_partner"].amount, 70)
        self.assertEqual(package.blocking_count, 3)

        self.company.fiscalyear_lock_date = LAST
        self.env["finance.consolidation.mapping"].search([("state", "=", "active")]).state = "retired"
        self.env.flush_all()
        self.mapping.state = "active"
        package._build()
        self.assertEqual(
            {finding.code for finding in package.finding_ids if finding.severity == "blocking"}, {"no_partner"}
        )

    def test_a_missing_rate_is_named_only_where_it_is_needed(self):
        self.scenario.currency_id = self.usd
        self.env["res.currency.rate"].search([("currency_id", "=", self.usd.id)]).unlink()
        self.post(LAST, ("bank", 10), ("payable", -10))
        package = self.package()

        rates = package.finding_ids.filtered(lambda finding: finding.code == "no_rate")
        self.assertEqual(len(rates), 1, rates.mapped("text"))
        self.assertIn("closing rate from EUR to USD", rates.text)

    def test_an_empty_company_has_an_empty_package(self):
        package = self.package()
        self.assertFalse(package.row_count)
        self.assertFalse(package.blocking_count)
