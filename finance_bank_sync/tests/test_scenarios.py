"""From one end to the other, over sockets: a shop (X-05) and a deal (X-06), up to the line of the bank."""

import base64
import hashlib
import hmac
import json
import time
from decimal import Decimal

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.finance_connector_base.tests.definition_case import DefinitionCase

from sandbox.rest import avatax, quickbooks, salesforce, shopify

from .common import ACCOUNTANT, BankCase

WEBHOOK_SECRET = "hush-of-the-shop"


class ScenarioCase(BankCase, DefinitionCase):
    """Described systems and a bank, in one company that keeps its books in euro."""

    @classmethod
    def keep_books(cls, company, currency=None):
        # the chart of accounts is there already
        company.currency_id = currency or cls.eur

    def settle(self):
        """Work until nothing is due: what has waited for another document goes on in a round of its own."""
        for _ in range(6):
            if not self.drain():
                return
        self.fail("the queue does not come to rest")


@tagged("post_install", "-at_install")
class TestRetail(ScenarioCase):
    """X-05: order, payment, refund and the bank's lines leave the same books in whatever order they are told."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shop = cls.running(shopify.Shopify())
        cls.connection = cls.connect(cls.shop, "shopify", secrets={"token": shopify.TOKEN})
        cls.orders = cls.feed(cls.connection, "orders")
        cls.booking = cls.documents(cls.connection)
        cls.map(cls.connection, "journal", "cards", cls.journal)
        cls.map(cls.connection, "tax", "VAT 0.1", cls.sale_tax(10))
        # what the gateway has taken waits here until the bank says that it has come
        cls.clearing = cls.env["account.account"].create(
            {
                "name": "Card gateway",
                "code": "101498",
                "account_type": "asset_current",
                "reconcile": True,
                "company_ids": [Command.set(cls.company.ids)],
            }
        )
        methods = cls.journal.inbound_payment_method_line_ids | cls.journal.outbound_payment_method_line_ids
        methods.payment_account_id = cls.clearing
        cls.webhook = cls.env["finance.webhook"].create(
            {"name": "Orders", "connection_id": cls.connection.id, "flow_id": cls.orders.id}
        )
        cls.env["finance.webhook.secret"]._put(cls.webhook, WEBHOOK_SECRET)

    # -- what arrives ----------------------------------------------------------------------

    def event(self, **body):
        """The gateway has an event delivered, signed."""
        content = json.dumps(body).encode()
        digest = hmac.new(WEBHOOK_SECRET.encode(), content, hashlib.sha256).digest()
        headers = {
            "content-type": "application/json",
            "x-shopify-hmac-sha256": base64.b64encode(digest).decode(),
        }
        answer = self.webhook._receive(headers, content, "203.0.113.9", time.time())
        self.assertEqual(answer.status, 200)
        return answer.word

    def arrive(self, what, order, refund):
        if what == "order":
            self.event(id=order, financial_status="paid")
        elif what == "refund":
            self.event(id=refund, order_id=order)
        elif what == "schedule":
            self.orders._enqueue_fetch(self.env.cr.now())
        elif what == "money in":
            self.pay("241.99", end_to_end="#1001 CH-2026-0001")
        elif what == "money out":
            self.pay("-21.99", end_to_end="#1001 refund")
        self.settle()

    def books(self):
        """:return: dict account -> balance, without what is even"""
        rows = self.env["account.move.line"]._read_group(
            [("company_id", "=", self.company.id), ("parent_state", "=", "posted")], ["account_id"], ["balance:sum"]
        )
        return {account.code: round(balance, 2) for account, balance in rows if round(balance, 2)}

    def test_x05_any_order_of_arrival_leaves_the_same_books(self):
        ways = (
            ("order", "refund", "money in", "money out", "schedule"),
            ("money in", "money out", "refund", "order", "order"),
            ("refund", "money out", "schedule", "order", "money in", "refund"),
        )
        before, found = self.books(), []
        for way in ways:
            with self.subTest(way=way), self.undone():
                self.shop.system.__init__()
                order = self.shop.system.sell(("Chair", "100.00", 2), ("Lamp", "19.99", 1))
                self.shop.system.pay(order)
                self.shop.system.transactions[order][0]["authorization"] = "CH-2026-0001"
                refund = self.shop.system.refund(order, line=1)
                for what in way:
                    self.arrive(what, order, refund)
                self.env["finance.bank.rematcher"]._cron_match_again()
                self.env.invalidate_all()
                self.assertEndedOnce(order, refund)
                found.append(self.books())
        self.assertEqual(len(found), len(ways))
        self.assertEqual(found[1:], found[:-1], "the same books")
        self.assertFalse(before)

    def assertEndedOnce(self, order, refund):
        invoice = self.made_of(self.connection, "customer_invoice", order)
        credit_note = self.made_of(self.connection, "customer_credit_note", refund)
        own = [("company_id", "=", self.company.id)]
        moves = self.env["account.move"].search([*own, ("move_type", "in", ("out_invoice", "out_refund"))])
        self.assertEqual(moves, invoice | credit_note)
        self.assertEqual(moves.mapped("payment_state"), ["paid", "paid"])
        payments = self.env["account.payment"].search(own)
        self.assertEqual(sorted(payments.mapped("amount")), [21.99, 241.99])
        self.assertTrue(all(payments.mapped("is_matched")))
        self.assertEqual(sorted(self.amounts()), [-21.99, 241.99])
        self.assertTrue(all(self.lines().mapped("is_reconciled")))
        self.assertEqual(self.balance(), 220.0)
        self.assertNotIn(self.clearing.code, self.books(), "nothing is left at the gateway")
        messages = self.env["finance.message"].search([("connection_id", "=", self.connection.id)])
        self.assertLessEqual(set(messages.mapped("state")), {"done", "ignored"})


@tagged("post_install", "-at_install")
class TestDeal(ScenarioCase):
    """X-06: from the won deal by way of the quoted tax to the outside ledger and the payment."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.crm = cls.running(salesforce.Salesforce())
        cls.engine = cls.running(avatax.AvaTax())
        cls.ledger = cls.running(quickbooks.QuickBooks())
        cls.deals = cls.connect(cls.crm, "salesforce", http_auth="fixed", secrets={"token": salesforce.TOKEN})
        cls.taxes = cls.connect(
            cls.engine,
            "avatax",
            values="from_zip = 92101",
            secrets={"account": avatax.ACCOUNT, "licence_key": avatax.KEY},
        )
        cls.outside = cls.connect(
            cls.ledger,
            "quickbooks",
            values=f"realm = {quickbooks.REALM}",
            http_auth="fixed",
            secrets={"token": quickbooks.TOKEN},
        )
        cls.won = cls.feed(cls.deals, "opportunities")
        cls.documents(cls.deals)
        send = {"handler": "finance.handler.definition.send", "direction": "out"}
        cls.make_flow(cls.taxes, name="Tax quotes", definition_send="quotes", tax_quote=True, **send)
        cls.entries = cls.make_flow(
            cls.outside,
            name="Entries",
            definition_send="entries",
            record_model="account.move",
            release_domain="[('move_type', '=', 'out_invoice')]",
            **send,
        )
        cls.accountant = cls.make_user("deal_accountant", ACCOUNTANT)
        cls.tax = cls.sale_tax(7.75)

    def test_x06_from_the_deal_to_the_payment(self):
        lines = {"records": [{"Id": "00k1", "Name": "Chair", "Quantity": 5.0, "TotalPrice": 500.0}]}
        account = {"AccountId": "001A", "Account": {"Name": "Acme"}, "CurrencyIsoCode": "EUR"}
        won = {"CloseDate": "2026-01-20", "Amount": 500.0, "IsClosed": True, "IsWon": True}
        self.crm.system.put("Opportunity", "0061", Name="Chairs", OpportunityLineItems=lines, **account, **won)
        self.fetch(self.won)
        invoice = self.made_of(self.deals, "opportunity", "0061").with_user(self.accountant)
        self.assertEqual((invoice.state, invoice.amount_untaxed, invoice.partner_id.name), ("draft", 500.0, "Acme"))

        self.assertRefused(invoice, "address is incomplete")
        invoice.partner_id.sudo().write({"zip": "92614", "city": "Irvine", "country_id": self.env.ref("base.us").id})
        self.assertRefused(invoice, "comes to another tax")
        invoice.invoice_line_ids.tax_ids = [Command.set(self.tax.ids)]
        invoice.action_post()
        self.assertEqual((invoice.state, invoice.amount_total), ("posted", 538.75))
        self.assertEqual(self.engine.system.quoted[-1]["lines"][0]["amount"], Decimal(500))
        self.assertIn("avatax quotes the same tax", " ".join(invoice.message_ids.mapped("body")))

        for code, account in zip(("29", "35", "84"), invoice.line_ids.account_id.sudo(), strict=False):
            self.map(self.outside, "account", code, account)
        self.settle()
        told = self.env["finance.message"].search([("flow_id", "=", self.entries.id)])
        self.assertEqual(len(told), 1)
        self.assertState(told, "done")
        [(number, entry)] = self.ledger.system.entries.items()
        self.assertEqual((entry["DocNumber"], told.result["external_id"]), (invoice.name, number))
        self.assertEqual(self.made_of(self.outside, "journal_entry", number).id, invoice.id)

        line = self.pay("538.75", text=invoice.name)
        self.settle()
        self.assertTrue(line.is_reconciled)
        self.assertEqual(invoice.payment_state, "paid")
        self.fetch(self.won)
        self.settle()
        self.assertEqual(len(self.ledger.system.entries), 1, "told once")
        moves = self.env["account.move"].search(
            [("company_id", "=", self.company.id), ("move_type", "=", "out_invoice")]
        )
        self.assertEqual(moves.ids, invoice.ids, "invoiced once")

    def assertRefused(self, invoice, why):
        with self.assertRaisesRegex(UserError, why), self.env.cr.savepoint():
            invoice.action_post()
        self.assertEqual(invoice.state, "draft")
