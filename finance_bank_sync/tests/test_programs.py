"""Accounts at banks and statements told to programs (B-20): the base knows none of it."""

import base64
from datetime import timedelta

from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from odoo.addons.finance_connector_base.tests.api_case import Asking

from .camt_writer import DAY, Booking, camt053
from .common import CUSTOMER_IBAN, IBAN, VIEWER, BankCase


@tagged("post_install", "-at_install")
class TestPrograms(Asking, HttpCase, BankCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program = cls.make_user("treasury", VIEWER, "account.group_account_readonly")
        cls.client = cls.make_client(cls.program, cls.company, "bank:read")
        cls.key = cls.client._new_key(30)

    def test_b20_accounts_statements_and_their_lines(self):
        booking = Booking("25.00", text="Invoice 7", name="Acme", iban=CUSTOMER_IBAN)
        self.receive_statement(self.statement(booking, opening="100.00"))
        mine = self.env["finance.api"]._names().of("account", self.journal.id)
        [account] = [one for one in self.ask("/bank/accounts").json()["data"] if one["id"] == mine]
        self.assertEqual((account["bank_balance"], account["currency"], account["is_stale"]), ("125.00", "EUR", True))
        [told] = self.ask("/bank/statements", account=account["id"], state="on_ledger").json()["data"]
        self.assertEqual((told["opening"], told["closing"], told["proof"]), ("100.00", "125.00", "proved"))
        self.assertEqual(self.ask(f"/bank/statements/{told['id']}").json(), told)
        self.assertNotIn(IBAN, str(told))
        [line] = self.ask(f"/bank/statements/{told['id']}/entries").json()["data"]
        self.assertEqual((line["amount"], line["counterparty"], line["state"]), ("25.00", "Acme", "on_ledger"))
        self.assertNotIn(CUSTOMER_IBAN, str(line))
        self.assertEqual(self.ask("/bank/statements", since="2999-01-01").json()["data"], [])
        self.assertIn("/bank/statements", self.url_open("/finance/api/v1/openapi.json").json()["paths"])

    def test_attack_9_statements_of_another_company_are_not_there(self):
        other = self.make_company("Elsewhere")
        foreign = self.env["finance.bank.statement"].create(
            {"name": "s", "company_id": other.id, "currency_name": "EUR"}
        )
        name = self.env["finance.api"]._names().of("statement", foreign.id)
        for path in (f"/bank/statements/{name}", f"/bank/statements/{name}/entries"):
            self.assertEqual(self.problem(self.ask(path)), (404, "not_found"))
        self.assertEqual(self.ask("/bank/statements").json()["data"], [])
        self.client.right_ids = False
        self.assertEqual(self.problem(self.ask("/bank/statements")), (403, "not_allowed"))

    def test_s33_a_statement_is_posted_alike_whoever_brings_it(self):
        connection = self.env["finance.connection"].create(
            {
                "name": "House bank",
                "adapter": "finance.adapter.manual",
                "company_id": self.company.id,
                "environment": "test",
                "state": "active",
                "check_ok": True,
            }
        )
        flow = connection._bank_flow("finance.bank.handler.file")
        flow.driven_by = "both"
        self.client.flow_ids = [Command.set(flow.ids)]
        self.client.right_ids = self.env["finance.api.right"].search([("code", "=", "flows:drive")])
        booking = Booking("25.00", text="Invoice 7", name="Acme", iban=CUSTOMER_IBAN)
        self.assertPosted(self.receive_statement(self.statement(booking)))
        names = self.env["finance.api"]._names()
        content = camt053(self.statement(booking, opening="25.00", day=DAY + timedelta(days=1)))

        def bring(content, once):
            file = {"name": "c53.xml", "content": base64.b64encode(content).decode()}
            answer = self.ask(f"/flows/{names.of('flow', flow.id)}/messages", body={"file": file}, once=once)
            self.assertEqual(answer.status_code, 202, answer.text)
            self.drain()
            return self.env["finance.message"].browse(names.read("message", answer.json()["id"]))

        self.assertPosted(self.statements_of(bring(content, "1")))
        direct, driven = self.lines()
        facts = ("amount", "payment_ref", "partner_name", "account_number", "is_reconciled")
        self.assertEqual([direct[name] for name in facts], [driven[name] for name in facts])
        self.assertEqual(
            direct.move_id.line_ids.mapped(lambda line: (line.account_id, line.balance)),
            driven.move_id.line_ids.mapped(lambda line: (line.account_id, line.balance)),
        )
        self.assertEqual(bring(content, "2").reason_code, "duplicate")
        other_bytes = bring(content.replace(b"<Stmt>", b"\n  <Stmt>\n"), "3")
        self.assertEqual(self.statements_of(other_bytes).state, "duplicate")
        self.assertEqual(self.balance(), 50.0)
