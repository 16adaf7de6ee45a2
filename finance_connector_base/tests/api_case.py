"""Programs that ask the interface over HTTP, for the tests of this and of other modules."""

import json

from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user

from .fake_case import FakeCase

BASE = "/finance/api/v1"


class Asking:
    """Mixin for a HttpCase: a program is let in, and asks."""

    key = None

    @classmethod
    def make_client(cls, user, companies, *rights, **values):
        codes = cls.env["finance.api.right"].search([("code", "in", rights)])
        return cls.env["finance.api.client"].create(
            {
                "name": f"Program of {user.login}",
                "user_id": user.id,
                "company_ids": [Command.set(companies.ids)],
                "right_ids": [Command.set(codes.ids)],
                "rate": 0,
                **values,
            }
        )

    def ask(self, path, *, key=None, method="GET", headers=(), body=None, once=None, **parameters):
        """:return: the answer of the server
        :param body: sent as JSON; the method is POST then
        :param once: name of the request
        """
        self.env.flush_all()
        given = {"Authorization": f"Bearer {key or self.key}", **dict(headers)}
        query = "&".join(f"{name}={value}" for name, value in parameters.items())
        if body is not None:
            method = "POST"
            given = {"Content-Type": "application/json", **given}
        if once is not None:
            given["Idempotency-Key"] = once
        data = body if isinstance(body, bytes) or body is None else json.dumps(body)
        answer = self.url_open(f"{BASE}{path}?{query}", headers=given, method=method, data=data)
        self.env.invalidate_all()
        return answer

    def problem(self, answer):
        """:return: status and code of a problem"""
        self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
        facts = answer.json()
        self.assertEqual(facts["status"], answer.status_code)
        self.assertNotIn("Traceback", answer.text)
        return answer.status_code, facts["type"].rpartition(":")[2]


class ApiCase(Asking, HttpCase, FakeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = "base.group_user,finance_connector_base.finance_group_viewer,account.group_account_readonly"
        cls.program = new_test_user(
            cls.env, login="program", groups=groups, company_id=cls.company.id, company_ids=[(6, 0, cls.company.ids)]
        )
        cls.client = cls.make_client(cls.program, cls.company, "invoices:read", "messages:read")
        cls.key = cls.client._new_key(30)
        cls.partner = cls.env["res.partner"].create({"name": "Alder Furniture GmbH", "vat": "DE136695976"})
        cls.invoices = cls.make_invoices(cls.company, cls.partner, "120.00", "80.50", "19.99")
        cls.foreign = cls.make_invoices(cls.other_company, cls.partner, "1.00")

    @classmethod
    def make_invoices(cls, company, partner, *amounts):
        """:return: posted customer invoices; chart and journal are made as small as they can be"""
        env = cls.env(context={**cls.env.context, "allowed_company_ids": company.ids})
        income, receivable = env["account.account"].create(
            [
                {"name": "Income", "code": "400000", "account_type": "income"},
                {"name": "Receivable", "code": "120000", "account_type": "asset_receivable"},
            ]
        )
        journal = env["account.journal"].create(
            {"name": "Sales", "code": "SAL", "type": "sale", "company_id": company.id, "default_account_id": income.id}
        )
        partner.with_company(company).property_account_receivable_id = receivable
        moves = env["account.move"].create(
            [
                {
                    "move_type": "out_invoice",
                    "journal_id": journal.id,
                    "partner_id": partner.id,
                    "invoice_date": "2026-03-02",
                    "invoice_line_ids": [
                        Command.create(
                            {"name": "Chair", "price_unit": float(amount), "account_id": income.id, "tax_ids": []}
                        )
                    ],
                }
                for amount in amounts
            ]
        )
        moves.action_post()
        return moves
