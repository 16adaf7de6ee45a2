"""Shops described by data, over sockets: orders, payments, refunds in any order (S-13, S-14, B-55)."""

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from sandbox.rest.shopify import TOKEN, Shopify
from sandbox.rest.woocommerce import KEY, SECRET, WooCommerce

from .definition_case import DefinitionCase


class ShopContract:
    """What every shop has to come to in the books, whatever it speaks (S-13, S-14)."""

    #: code of the description, the stand-in and what it lets in by
    code = ""
    system = None
    secrets = {}
    #: how it calls a tax of ten per cent
    tax_code = ""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shop = cls.running(cls.system())
        cls.connection = cls.connect(cls.shop, cls.code, secrets=cls.secrets)
        cls.orders = cls.feed(cls.connection, "orders")
        cls.booking = cls.documents(cls.connection)
        cls.map(cls.connection, "journal", "cards", cls.bank_journal())
        cls.tax = cls.sale_tax(10)

    def setUp(self):
        super().setUp()
        self.shop.system.__init__()
        self.shop.calm()

    def asked(self):
        """:return: the questions for the list"""
        return self.env["finance.message"].search([("flow_id", "=", self.orders.id), ("kind", "=", "exchange")])

    def test_the_connection_is_tested(self):
        self.as_user(self.connection, "admin").action_test()
        self.assertTrue(self.connection.check_ok, self.connection.check_result)
        for key in self.secrets:
            self.env["finance.secret"]._put(self.connection, key, "wrong")
        self.as_user(self.connection, "admin").action_test()
        self.assertFalse(self.connection.check_ok)

    def test_order_payment_and_refund(self):
        """Aligned invoice, payment, credit note and money given back; what is not mapped waits."""
        shop = self.shop.system
        order = shop.sell(("Chair", "100.00", 2), ("Lamp", "19.99", 1))
        shop.pay(order)
        others = [shop.sell(("Desk", "250.00", 1)) for _ in range(4)]
        first = self.fetch(self.orders)
        self.assertState(first.filtered(lambda m: "invoice" in m.subject), "held", "mapping_missing")
        self.assertState(first.filtered(lambda m: "payment" in m.subject), "held", "document_waits")
        self.fixed(self.connection, "tax", self.tax_code, self.tax)
        self.drain()
        self.drain()
        self.assertState(first, "done")
        invoice = self.made_of(self.connection, "customer_invoice", order)
        self.assertEqual((invoice.state, invoice.amount_total, invoice.currency_id), ("posted", 241.99, self.euro))
        self.assertIn(invoice.payment_state, ("paid", "in_payment"))
        self.assertEqual(invoice.partner_id.name, "Ada Byron")
        self.assertIsNone(self.made_of(self.connection, "customer_invoice", others[0]), "not paid, not invoiced")

        refund = shop.refund(order, line=1)
        again = self.fetch(self.orders)
        self.drain()
        credit_note = self.made_of(self.connection, "customer_credit_note", refund)
        self.assertEqual((credit_note.state, credit_note.amount_total), ("posted", 21.99))
        self.assertEqual(credit_note.reversed_entry_id, invoice)
        self.assertIn(credit_note.payment_state, ("paid", "in_payment"), "the money was given back")
        self.assertEqual(again.filtered(lambda m: m.state == "ignored").mapped("reason_code")[:1], ["document_known"])
        payments = self.env["account.payment"].search([("company_id", "=", self.company.id)])
        self.assertEqual(sorted(payments.mapped("amount")), [21.99, 241.99])
        self.assertEqual(self.fetch(self.orders), self.env["finance.message"], "nothing new, nothing queued")
        self.assertAccounted(self.orders | self.booking)

    def test_what_was_paid_and_given_back_between_two_looks_is_both(self):
        """X-05: the credit note is told before the payment of its invoice, and leaves both open for their money."""
        self.map(self.connection, "tax", self.tax_code, self.tax)
        order = self.shop.system.sell(("Chair", "100.00", 1))
        self.shop.system.pay(order)
        refund = self.shop.system.refund(order)
        told = self.fetch(self.orders)
        self.drain()
        self.assertState(told, "done")
        for kind, name in (("customer_invoice", order), ("customer_credit_note", refund)):
            self.assertIn(self.made_of(self.connection, kind, name).payment_state, ("paid", "in_payment"), kind)
        payments = self.env["account.payment"].search([("company_id", "=", self.company.id)])
        self.assertEqual(payments.mapped("amount"), [110.0, 110.0])


@tagged("post_install", "-at_install")
class TestShopify(ShopContract, DefinitionCase):
    """S-13, B-55."""

    code = "shopify"
    system = Shopify
    secrets = {"token": TOKEN}
    tax_code = "VAT 0.1"

    def test_pages_are_followed(self):
        for _ in range(5):
            self.shop.system.sell(("Desk", "250.00", 1))
        self.fetch(self.orders)
        self.assertEqual(len([r for r in self.shop.system.requests if r[1].endswith("orders.json")]), 3)

    def test_429_makes_the_connection_wait(self):
        """B-55"""
        self.shop.chaos("status", path="/admin", status=429, headers={"Retry-After": "30"}, times=1)
        self.fetch(self.orders)
        self.assertTrue(self.connection.hold_until)
        self.assertState(self.asked(), "retry", "throttled")

    def test_a_look_that_breaks_off_begins_again_where_it_was(self):
        for _ in range(3):
            self.shop.system.pay(self.shop.system.sell(("Chair", "10.00", 1)))
        self.shop.chaos("status", path="/admin/api/2024-10/orders/", status=500, times=1)
        self.fetch(self.orders)
        self.assertState(self.asked(), "retry", "http_server_error")
        self.assertFalse(self.orders._cursor("definition:orders"), "nothing has moved")
        self.make_due(self.asked())
        self.drain()
        self.assertState(self.asked(), "done")
        self.assertEqual(self.asked().result["rows"], 3)
        self.assertTrue(self.orders._cursor("definition:orders")["since"])

    def test_a_total_that_differs_is_not_booked(self):
        order = self.shop.system.sell(("Chair", "100.00", 1))
        self.shop.system.pay(order)
        self.map(self.connection, "tax", self.tax_code, self.sale_tax(19))
        [invoice, _payment] = self.fetch(self.orders)
        self.assertState(invoice, "held", "booking_total_differs")
        self.assertIsNone(self.made_of(self.connection, "customer_invoice", order))

    def test_a_row_is_read_again_after_an_event(self):
        """Whatever an event says, the order is read; twice is once."""
        self.map(self.connection, "tax", self.tax_code, self.tax)
        order = self.shop.system.sell(("Chair", "100.00", 1))
        self.shop.system.pay(order)
        body = f'{{"id": {order}, "financial_status": "refunded"}}'.encode()
        for _ in range(2):
            payload = self.env["finance.payload"]._store(body, company=self.company, name="event")
            self.enqueue(self.orders, {"webhook": 0}, payload_id=payload.id)
        self.drain()
        self.assertEqual(self.made_of(self.connection, "customer_invoice", order).amount_total, 110.0)


@tagged("post_install", "-at_install")
class TestWooCommerce(ShopContract, DefinitionCase):
    """S-14: the same contract."""

    code = "woocommerce"
    system = WooCommerce
    secrets = {"consumer_key": KEY, "consumer_secret": SECRET}
    tax_code = "75"

    def test_money_that_is_given_back_without_lines_waits_as_a_draft(self):
        self.map(self.connection, "tax", self.tax_code, self.tax)
        order = self.shop.system.sell(("Chair", "100.00", 1))
        self.shop.system.pay(order)
        refund = self.shop.system.give_back(order, "20.00", [])
        self.fetch(self.orders)
        credit_note = self.made_of(self.connection, "customer_credit_note", refund)
        self.assertEqual((credit_note.state, credit_note.amount_total), ("draft", 20.0))
        credit_note.invoice_line_ids.name = "For the scratch"
        credit_note._post(soft=False)
        self.drain()
        self.assertIn(credit_note.payment_state, ("paid", "in_payment"), "the payment has waited for it")


@tagged("post_install", "-at_install")
class TestDefinitions(DefinitionCase):
    """Descriptions are versions that another person approves (B-46, B-56)."""

    def test_a_change_counts_after_approval_and_examples_have_to_pass(self):
        shipped = self.described("shopify")
        self.assertEqual((shipped.example_state, shipped.state), ("passed", "active"))
        mine = self.as_user(shipped, "admin")
        draft = mine.browse(mine.action_new_version()["res_id"])
        draft.content = draft.content.replace('"amount": "598.94", "currency"', '"amount": "1.00", "currency"', 1)
        self.assertEqual(draft.example_state, "failed")
        with self.assertRaisesRegex(UserError, "examples do not pass"):
            draft.action_propose()
        with self.assertRaisesRegex(ValidationError, "feeds.orders.rows"):
            draft.content = shipped.content.replace('"rows": "orders"', '"rows": "orders["')
        draft.content = shipped.content.replace('"limit": "250"', '"limit": "100"')
        draft.action_propose()
        self.assertEqual(shipped._current(), shipped)
        self.as_user(draft, "admin", number=2).action_approve()
        self.assertEqual((shipped.state, shipped._current()), ("retired", draft.sudo()))

    def test_an_update_of_the_module_changes_nothing_that_runs(self):
        shipped = self.described("shopify")
        self.env["finance.connector.definition"]._load_file("finance_connector_base/definitions/shopify.json")
        self.assertEqual(self.described("shopify"), shipped)

    def test_the_panel_shows_request_answer_and_result_and_no_secret(self):
        shop = self.running(Shopify())
        order = shop.system.sell(("Chair", "100.00", 1))
        shop.system.pay(order)
        connection = self.connect(shop, "shopify", secrets={"token": TOKEN})
        trial = (
            self.as_user(self.env["finance.definition.trial"], "admin")
            .with_context(default_definition_id=connection.definition_id.id)
            .create({"connection_id": connection.id, "what": "shopify/feed:orders"})
        )
        trial.action_try()
        self.assertIn("orders.json", trial.request_text)
        self.assertIn(str(order), trial.answer_text)
        self.assertIn("customer_invoice", trial.result_text)
        self.assertNotIn(TOKEN, f"{trial.request_text}{trial.answer_text}{trial.result_text}")
        self.assertFalse(trial.problem)
        shop.chaos("status", status=404, body="{}")
        trial.identity = "1"
        trial.action_try()
        self.assertEqual(trial.result_text, "[]")
        trial.action_examples()
        self.assertIn("as it should be", trial.result_text)
