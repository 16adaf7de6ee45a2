"""What the tests of group reporting share: a company in euro with a small chart, a sister company, a group chart."""

from datetime import date

from odoo.fields import Command
from odoo.tests import new_test_user

from odoo.addons.finance_connector_base.tests.common import FinanceCase

from ..const import ACCOUNTANT, CONTROLLER

FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)

#: name -> (code, type)
ACCOUNTS = {
    "bank": ("1000", "asset_cash"),
    "receivable": ("1200", "asset_receivable"),
    "intercompany": ("1300", "asset_current"),
    "payable": ("3000", "liability_payable"),
    "capital": ("2000", "equity"),
    "result": ("2900", "equity_unaffected"),
    "sales": ("4000", "income"),
    "services": ("4100", "income"),
    "wages": ("6000", "expense"),
    "rent": ("6200", "expense"),
}
#: code -> (kind, intercompany)
GROUP = {
    "G100": ("asset", False),
    "G150": ("asset", True),
    "G200": ("equity", False),
    "G300": ("liability", False),
    "G400": ("income", False),
    "G450": ("income", False),
    "G600": ("expense", False),
    "G900": ("equity", False),
}
#: operation, code, conditions, group account, per cent
RULES = [
    ("prefix", "1", None, "G100", 100),
    ("equals", "1300", None, "G150", 100),
    ("prefix", "2", None, "G200", 100),
    ("prefix", "3", None, "G300", 100),
    ("prefix", "4", None, "G400", 100),
    ("prefix", "6", None, "G600", 100),
]


class ConsolidationCase(FinanceCase):
    """One chart of accounts a class; entries are made by the tests."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.eur, cls.usd = cls.env.ref("base.EUR"), cls.env.ref("base.USD")
        (cls.eur | cls.usd).active = True
        cls.company = cls.company.with_env(cls.env)
        cls.company.write({"currency_id": cls.eur.id, "country_id": cls.env.ref("base.de").id})
        cls.env.user.company_id = cls.company
        cls.books = cls.keep_books(cls.company)
        cls.journal = cls.env["account.journal"].create(
            {"name": "General", "code": "GEN", "type": "general", "company_id": cls.company.id}
        )
        cls.chart = cls.env["finance.consolidation.chart"].create({"name": "Group"})
        accounts = cls.env["finance.consolidation.account"].create(
            [
                {"chart_id": cls.chart.id, "code": code, "name": code, "kind": kind, "is_intercompany": between}
                for code, (kind, between) in GROUP.items()
            ]
        )
        cls.group = {account.code: account for account in accounts}
        cls.entity = cls.env["finance.consolidation.entity"].create(
            {"code": "DE01", "company_id": cls.company.id, "name": "Own"}
        )
        cls.sister = cls.env["finance.consolidation.entity"].create({"code": "FR01", "name": "Sister"})
        cls.sister.partner_ids = cls.env["res.partner"].create({"name": "Sister SA"})
        plan = cls.env["account.analytic.plan"]
        cls.centers, cls.projects = plan.create([{"name": "Centers"}, {"name": "Projects"}])
        analytic = cls.env["account.analytic.account"]
        cls.c1, cls.c2 = analytic.create(
            [{"name": name, "code": name, "plan_id": cls.centers.id, "company_id": False} for name in ("C1", "C2")]
        )
        cls.p1, cls.p2 = analytic.create(
            [{"name": name, "code": name, "plan_id": cls.projects.id, "company_id": False} for name in ("P1", "P2")]
        )
        dimension = cls.env["finance.consolidation.dimension"]
        cls.by_center, cls.by_project, cls.by_partner = dimension.create(
            [
                {"name": "Center", "code": "center", "source": "plan", "plan_id": cls.centers.id},
                {"name": "Project", "code": "project", "source": "plan", "plan_id": cls.projects.id},
                {"name": "Partner", "code": "customer", "source": "partner"},
            ]
        )
        cls.scenario = cls.env["finance.consolidation.scenario"].create(
            {
                "name": "Actual",
                "code": "T-ACTUAL",
                "chart_id": cls.chart.id,
                "currency_id": cls.eur.id,
                "difference_account_id": cls.group["G900"].id,
                "entity_ids": [Command.set((cls.entity | cls.sister).ids)],
            }
        )
        cls.base = cls.scenario.cut_ids
        cls.by_both, cls.by_customer = cls.env["finance.consolidation.cut"].create(
            [
                cls.cut("Centers and projects", "both", cls.by_center | cls.by_project),
                cls.cut("Customers", "customers", cls.by_partner),
            ]
        )
        cls.mapping = cls.map_to_group(RULES)

    @classmethod
    def cut(cls, name, code, dimensions):
        return {
            "scenario_id": cls.scenario.id,
            "name": name,
            "code": code,
            "sequence": 20,
            "dimension_ids": [Command.set(dimensions.ids)],
        }

    @classmethod
    def keep_books(cls, company):
        """:return: the accounts of ``ACCOUNTS`` in a company, by name"""
        accounts = (
            cls.env["account.account"]
            .with_context(allowed_company_ids=company.ids)
            .with_company(company)
            .create(
                [
                    {"name": name, "code": code, "account_type": kind, "company_ids": [Command.set(company.ids)]}
                    for name, (code, kind) in ACCOUNTS.items()
                ]
            )
        )
        return dict(zip(ACCOUNTS, accounts, strict=True))

    @classmethod
    def map_to_group(cls, rules, company=None):
        cls.env.flush_all()
        return cls.env["finance.consolidation.mapping"].create(
            {
                "name": "Local to group",
                "chart_id": cls.chart.id,
                "company_id": company.id if company else False,
                "state": "active",
                "rule_ids": [
                    Command.create(
                        {
                            "operation": operation,
                            "code": code,
                            "qualifier": qualifier,
                            "account_id": cls.group[account].id,
                            "per_cent": per_cent,
                        }
                    )
                    for operation, code, qualifier, account, per_cent in rules
                ],
            }
        )

    @classmethod
    def post(cls, day, *lines, journal=None, books=None):
        """Post an entry.

        :param lines: (account name, amount, debit positive) with more values of the line as a dict, if any
        """
        move = cls.env["account.move"].create(
            {
                "journal_id": (journal or cls.journal).id,
                "date": day,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": (books or cls.books)[name].id,
                            "debit": max(amount, 0),
                            "credit": max(-amount, 0),
                            **(more[0] if more else {}),
                        }
                    )
                    for name, amount, *more in lines
                ],
            }
        )
        move.action_post()
        return move

    @classmethod
    def package(cls, **values):
        package = cls.env["finance.consolidation.package"].create(
            {
                "scenario_id": cls.scenario.id,
                "entity_id": cls.entity.id,
                "date_from": FIRST,
                "date_to": LAST,
                "is_preliminary": True,
                **values,
            }
        )
        package._build()
        return package

    def rows(self, package, cut=None, **values):
        domain = [("package_id", "=", package.id), ("cut_id", "=", (cut or self.base).id)]
        return self.env["finance.consolidation.row"].search(domain + [(name, "=", one) for name, one in values.items()])

    def person(self, login, group=ACCOUNTANT):
        return new_test_user(
            self.env,
            login=login,
            groups=f"base.group_user,{group}",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )

    def three(self):
        """:return: a preparer, a reviewer and an approver"""
        return self.person("preparer"), self.person("reviewer"), self.person("controller", CONTROLLER)
