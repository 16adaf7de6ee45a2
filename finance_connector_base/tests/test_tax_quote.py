"""S-10: an invoice is posted with the tax that the tax engine quotes, or stays a draft; over sockets."""

from decimal import Decimal

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from sandbox.rest import avatax

from .definition_case import DefinitionCase


@tagged("post_install", "-at_install")
class TestTaxQuote(DefinitionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.engine = cls.running(avatax.AvaTax())
        cls.connection = cls.connect(
            cls.engine,
            "avatax",
            values="from_zip = 92101",
            secrets={"account": avatax.ACCOUNT, "licence_key": avatax.KEY},
        )
        cls.flow = cls.make_flow(
            cls.connection,
            name="Tax quotes",
            handler="finance.handler.definition.send",
            definition_send="quotes",
            direction="out",
            tax_quote=True,
        )
        cls.tax = cls.sale_tax(7.75)
        cls.customer = cls.env["res.partner"].create(
            {"name": "Acme", "zip": "92614", "city": "Irvine", "country_id": cls.env.ref("base.us").id}
        )
        # may confirm invoices, and knows nothing of connections
        cls.clerk = new_test_user(
            cls.env,
            login="tax_clerk",
            groups="base.group_user,account.group_account_invoice",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    def setUp(self):
        super().setUp()
        self.engine.system.__init__()
        self.engine.calm()

    def draft(self, move_type="out_invoice", customer=None):
        """:return: a draft of two lines, 150.00 and 11.63 of tax, as a clerk has it on the screen"""
        move = self.env["account.move"].create(
            {
                "move_type": move_type,
                "company_id": self.company.id,
                "partner_id": (customer or self.customer).id,
                "invoice_date": "2026-01-31",
                "invoice_line_ids": [
                    Command.create(
                        {"name": name, "quantity": quantity, "price_unit": 50.0, "tax_ids": [Command.set(self.tax.ids)]}
                    )
                    for name, quantity in (("Yarn", 2), ("Needles", 1))
                ],
            }
        )
        return move.with_user(self.clerk)

    def assertRefused(self, move, why):
        with self.assertRaisesRegex(UserError, why), self.env.cr.savepoint():
            move.action_post()
        self.assertEqual((move.state, move.posted_before), ("draft", False))

    def test_the_connection_is_tested_by_what_the_engine_says_not_by_its_status(self):
        self.as_user(self.connection, "admin").action_test()
        self.assertTrue(self.connection.check_ok, self.connection.check_result)
        self.env["finance.secret"]._put(self.connection, "licence_key", "wrong")
        self.as_user(self.connection, "admin").action_test()
        self.assertFalse(self.connection.check_ok)

    def test_an_invoice_is_posted_with_the_tax_that_is_quoted(self):
        move = self.draft()
        move.action_post()
        self.assertEqual((move.state, move.amount_tax), ("posted", 11.63))
        [asked] = self.engine.system.quoted
        self.assertEqual(asked["addresses"]["shipTo"]["postalCode"], "92614")
        self.assertEqual([line["amount"] for line in asked["lines"]], [Decimal("100"), Decimal("50")])
        self.assertFalse(self.engine.system.recorded, "a quote records nothing")
        self.assertIn("avatax quotes the same tax", " ".join(move.message_ids.mapped("body")))

    def test_another_tax_leaves_it_a_draft_and_names_the_line(self):
        self.engine.system.adds = Decimal("0.01")
        move = self.draft()
        self.assertRefused(move, r"comes to another tax\. Tax: .*11\.64.* Yarn: .*7\.76.*7\.75")
        move.invoice_line_ids.tax_ids = [Command.clear()]
        self.assertRefused(move, "comes to another tax")
        self.engine.system.adds = Decimal(0)
        move.invoice_line_ids.tax_ids = [Command.set(self.tax.ids)]
        move.action_post()
        self.assertEqual(move.state, "posted")

    def test_an_engine_that_is_out_leaves_it_a_draft(self):
        move = self.draft()
        for mode, values in (("status", {"status": 503}), ("reset", {}), ("status", {"status": 200, "body": "{}"})):
            self.engine.chaos(mode, path="/api/v2/transactions", **values)
            self.assertRefused(move, "avatax has not quoted its tax")
        self.engine.calm()
        nowhere = self.draft(customer=self.env["res.partner"].create({"name": "Nowhere"}))
        self.assertRefused(nowhere, "address is incomplete")
        self.connection.sudo().state = "paused"
        self.assertRefused(move, "is not active")
        self.connection.sudo().state = "active"
        self.flow.paused = True
        self.assertRefused(move, "Tax quotes is paused")
        self.flow.paused = False
        stop = self.env["finance.stop"]._stop("connection", "bank called", connection=self.connection)
        self.assertRefused(move, "emergency stop")
        stop._release("over")
        self.assertFalse(self.engine.system.quoted, "and is not asked meanwhile")
        move.action_post()
        self.assertEqual(move.state, "posted")

    def test_only_what_is_required_is_asked(self):
        refund = self.draft("out_refund")
        refund.action_post()
        self.flow.tax_quote = False
        invoice = self.draft()
        invoice.action_post()
        self.assertEqual((refund.state, invoice.state), ("posted", "posted"))
        self.assertFalse(self.engine.system.quoted)

    def test_in_the_queue_each_has_a_reason_of_its_own(self):
        """What another system sends is not booked: an outage goes on by itself, another tax is for a person."""
        shop = self.documents(self.connection)
        self.map(self.connection, "tax", "sales", self.tax)
        document = {
            "object": "customer_invoice",
            "external_id": "S-1",
            "date": "2026-01-31",
            "currency": self.company.currency_id.name,
            "partner": {"external_id": "C1", "name": "Bolt", "zip": "92614", "city": "Irvine", "country": "US"},
            "lines": [{"name": "Yarn", "net": "100", "taxes": ["sales"]}],
            "total": "107.75",
        }
        self.engine.chaos("status", path="/api/v2/transactions", status=503)
        [message] = self.enqueue(shop, document)
        self.drain()
        self.assertState(message, "retry", "tax_quote_missing")
        self.engine.calm()
        self.engine.system.adds = Decimal(1)
        self.make_due(message)
        self.drain()
        self.assertState(message, "held", "tax_quote_differs")
        self.assertEqual(message.exception_ids.reason_code, "tax_quote_differs")
        self.assertIsNone(self.made_of(self.connection, "customer_invoice", "S-1"), "nothing of it stays")
        self.engine.system.adds = Decimal(0)
        message.exception_ids.action_retry()
        self.drain()
        self.assertState(message, "done")
        self.assertEqual(self.made_of(self.connection, "customer_invoice", "S-1").state, "posted")
