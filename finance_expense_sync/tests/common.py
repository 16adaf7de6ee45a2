"""What the tests of expenses share: a company with accounts, an employee, mappings, files that arrive."""

import csv
import io
from datetime import date

from odoo.fields import Command

from odoo.addons.finance_connector_base.engine.envelope import Envelope
from odoo.addons.finance_connector_base.tests.common import FinanceCase

from ..const import CONFIRM, FILE, REPORT

DAY = date(2026, 3, 10)


class ExpenseCase(FinanceCase):
    """A company in euro with the few accounts that expenses need, built once a class."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.eur, cls.usd = cls.env.ref("base.EUR"), cls.env.ref("base.USD")
        (cls.eur | cls.usd).active = True
        cls.company = cls.company.with_env(cls.env)
        cls.env.user.company_id = cls.company
        cls.books = cls.keep_books(cls.company)
        cls.connection = cls.make_connection(name="Platform")
        cls.flow = cls.make_flow(cls.connection, handler=FILE)
        cls.reports_flow = cls.connection._expense_flow(REPORT)
        cls.reports_flow.commit_size = 20
        cls.ann = cls.make_partner("Ann Example", cls.company)
        cls.map("employee", "E-1", cls.ann)
        cls.map("expense_category", "TRAVEL", cls.books["travel"])
        cls.map("expense_category", "MEALS", cls.books["meals"])
        cls.map("expense_tax", "V19", cls.books["tax"])
        cls.policy = cls.make_policy(cls.company, cls.books)

    # -- books ---------------------------------------------------------------------------------

    @classmethod
    def keep_books(cls, company, currency=None):
        """:return: dict of a journal, accounts and a tax of 19 per cent of a company"""
        company.write({"country_id": cls.env.ref("base.de").id, "currency_id": (currency or cls.eur).id})
        env = cls.env(context={**cls.env.context, "allowed_company_ids": [company.id, *cls.env.companies.ids]})
        kinds = {
            "travel": ("6100", "expense"),
            "meals": ("6200", "expense"),
            "vat": ("1400", "asset_current"),
            "payable": ("3300", "liability_payable"),
            "receivable": ("1200", "asset_receivable"),
            "card": ("3400", "liability_current"),
            "prepaid": ("3450", "liability_current"),
            "advance": ("1500", "asset_current"),
            "personal": ("1510", "asset_current"),
            "due_from": ("1600", "asset_current"),
            "due_to": ("3600", "liability_current"),
        }
        accounts = (
            env["account.account"]
            .with_company(company)
            .create(
                [
                    {
                        "name": name,
                        "code": code,
                        "account_type": kind,
                        "reconcile": kind != "expense",
                        "company_ids": [Command.set(company.ids)],
                    }
                    for name, (code, kind) in kinds.items()
                ]
            )
        )
        books = dict(zip(kinds, accounts, strict=True))
        journals = env["account.journal"].create(
            [
                {"name": "Expenses", "code": "EXP", "type": "general", "company_id": company.id},
                {"name": "Bills", "code": "BILX", "type": "purchase", "company_id": company.id},
            ]
        )
        books["journal"], books["bills"] = journals
        group = env["account.tax.group"].create({"name": "VAT", "company_id": company.id})
        books["group"] = group
        books["tax"] = cls.make_tax(company, books, 19.0, [(100, books["vat"])])
        return books

    @classmethod
    def make_tax(cls, company, books, rate, slices, **values):
        """:param slices: list of (per cent of the tax, account or None)"""
        lines = [
            Command.create({"repartition_type": "base", "document_type": kind}) for kind in ("invoice", "refund")
        ] + [
            Command.create(
                {
                    "repartition_type": "tax",
                    "document_type": kind,
                    "factor_percent": factor,
                    "account_id": account.id if account else False,
                }
            )
            for kind in ("invoice", "refund")
            for factor, account in slices
        ]
        return (
            cls.env["account.tax"]
            .with_company(company)
            .create(
                {
                    "name": f"Input {rate} {len(slices)}",
                    "amount": rate,
                    "type_tax_use": "purchase",
                    "company_id": company.id,
                    "country_id": company.country_id.id,
                    "tax_group_id": books["group"].id,
                    "repartition_line_ids": lines,
                    **values,
                }
            )
        )

    @classmethod
    def make_partner(cls, name, company):
        partner = cls.env["res.partner"].create({"name": name})
        account = cls.env["account.account"].search(
            [("account_type", "=", "liability_payable"), ("company_ids", "in", company.ids)], limit=1
        )
        partner.with_company(company).property_account_payable_id = account
        return partner

    @classmethod
    def make_policy(cls, company, books, **values):
        return cls.env["finance.expense.policy"].create(
            {
                "name": f"Expenses of {company.name}",
                "company_id": company.id,
                "journal_id": books["journal"].id,
                "bill_journal_id": books["bills"].id,
                "payable_account_id": books["payable"].id,
                "card_account_id": books["card"].id,
                "company_account_id": books["prepaid"].id,
                "advance_account_id": books["advance"].id,
                "personal_account_id": books["personal"].id,
                "reimbursed_account_id": books["prepaid"].id,
                # reports of tests look alike
                "check_duplicates": False,
                **values,
            }
        )

    @classmethod
    def map(cls, domain, code, record, **values):
        """:return: an approved mapping, proposed by one steward and approved by another"""
        mapping = cls.as_user(cls.env["finance.mapping"], "steward").create(
            {
                "domain_id": cls.env.ref(f"finance_expense_sync.finance_mapping_domain_{domain}").id,
                "connection_id": cls.connection.id,
                "code": code,
                "res_id": record.id,
                **values,
            }
        )
        mapping.action_propose()
        cls.as_user(mapping, "steward", number=2).action_approve()
        return mapping.with_env(cls.env)

    # -- reports -------------------------------------------------------------------------------

    def line(self, number="1", amount="119.00", **values):
        """:return: a row of a file"""
        return {"line_id": number, "date": str(DAY), "category": "TRAVEL", "amount": amount, **values}

    def report(self, name, *lines, **values):
        """:return: rows of a report of a file"""
        head = {
            "report_id": name,
            "employee_id": "E-1",
            "employee_name": "Ann Example",
            "report_currency": "EUR",
            "approved": str(DAY),
            **values,
        }
        return [{**head, **line} for line in lines or (self.line(),)]

    def file(self, *reports):
        """:return: a file of reports"""
        rows = [row for report in reports for row in report]
        names = list(dict.fromkeys(name for row in rows for name in row))
        text = io.StringIO()
        writer = csv.DictWriter(text, names)
        writer.writeheader()
        writer.writerows(rows)
        return text.getvalue().encode()

    def bring(self, *reports):
        """Bring a file of reports and have it worked; :return: the records, in the order given"""
        self.bring_bytes(self.file(*reports))
        self.drain()
        return self.records(*(report[0]["report_id"] for report in reports))

    def bring_bytes(self, content):
        payload = self.env["finance.payload"]._store(content, company=self.company, name="expenses.csv")
        return self.enqueue(self.flow, Envelope(subject="expenses.csv", payload_id=payload.id))

    def records(self, *names):
        found = self.env["finance.expense.report"].search([("external_id", "in", names)])
        return found.sorted(lambda report: names.index(report.external_id))

    def moves(self, reports):
        return reports.posting_ids.move_id.sorted("id")

    def legs(self, moves, field="code"):
        """:return: dict name of the account -> sum in the currency of the report"""
        found = {}
        for line in moves.line_ids:
            name = line.account_id.name
            found[name] = round(found.get(name, 0.0) + line.amount_currency, 4)
        return {name: amount for name, amount in found.items() if amount}

    def reimburse(self, reports, day=DAY):
        """Pay what is owed of reports by one entry, as somebody books it; :return: the entry"""
        owed = self.moves(reports).line_ids.filtered(
            lambda line: line.account_id == self.books["payable"] and not line.reconciled
        )
        sides = [{"account_id": line.account_id.id, "balance": -line.balance} for line in owed]
        sides.append({"account_id": self.books["prepaid"].id, "balance": sum(owed.mapped("balance"))})
        payment = self.env["account.move"].create(
            {
                "journal_id": self.books["journal"].id,
                "date": day,
                "line_ids": [Command.create({"partner_id": owed.partner_id.id, **side}) for side in sides],
            }
        )
        payment.action_post()
        (owed | payment.line_ids.filtered(lambda line: line.account_id == self.books["payable"])).reconcile()
        return payment

    def return_to_claimant(self, reports, text):
        """Press the button, and say in its dialog what has to be corrected."""
        context = reports.action_return()["context"]
        self.env["finance.expense.decision.wizard"].with_context(**context).create({"text": text}).action_confirm()

    def assertHeld(self, report, reason):
        self.assertEqual((report.state, report.reason_code), ("exception", reason), report.detail)
        self.assertEqual((report.message_id.state, report.message_id.reason_code), ("held", reason))
        self.assertFalse(report.posting_ids)

    @classmethod
    def confirming(cls):
        """Let files go back to the platform; :return: the flow of confirmations"""
        cls.connection.write({"adapter": "finance.adapter.folder", "folder_out": "/tmp/finance"})
        return cls.connection._expense_flow(CONFIRM)
