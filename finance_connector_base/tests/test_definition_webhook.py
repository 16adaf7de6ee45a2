"""Events of described systems over HTTP: two of one order are two, one that comes twice is one (B-18, S-13, S-14)."""

import base64
import hashlib
import hmac
import json

from odoo.tests import Form, HttpCase, tagged

from sandbox.rest.shopify import TOKEN, Shopify
from sandbox.rest.woocommerce import KEY, SECRET, WooCommerce

from .definition_case import DefinitionCase

SHARED = "what both sides know of this webhook"


class DeliveryContract:
    """What every shop has to come to, however it signs and whatever it says of its events."""

    code = ""
    system = None
    secrets = {}
    tax_code = ""
    #: header of the signature; what differs from one delivery to the next
    header = ""
    delivery_header = ""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shop = cls.running(cls.system())
        cls.connection = cls.connect(cls.shop, cls.code, secrets=cls.secrets)
        cls.orders = cls.feed(cls.connection, "orders")
        cls.documents(cls.connection)
        cls.map(cls.connection, "journal", "cards", cls.bank_journal())
        cls.map(cls.connection, "tax", cls.tax_code, cls.sale_tax(10))
        # nothing but the name: what there is to know of the sender stands in the description
        cls.webhook = cls.env["finance.webhook"].create(
            {"name": "Orders", "connection_id": cls.connection.id, "flow_id": cls.orders.id}
        )
        cls.env["finance.webhook.secret"]._put(cls.webhook, SHARED)

    def setUp(self):
        super().setUp()
        self.shop.system.__init__()
        self.order = self.shop.system.sell(("Chair", "100.00", 1))
        self.created = self.body()
        self.shop.system.pay(self.order)
        self.paid = self.body()
        self.number = 0

    def body(self):
        """:return: what the shop delivers of the order as it is now"""
        return json.dumps(self.shop.system.orders[self.order], default=str).encode()

    def deliver(self, body, secret=SHARED):
        self.number += 1
        signature = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
        headers = {
            "Content-Type": "application/json",
            self.header: signature,
            self.delivery_header: f"delivery-{self.number}",
        }
        self.env.flush_all()
        answer = self.url_open(f"/finance/webhook/{self.webhook.slug}", data=body, headers=headers)
        self.env.invalidate_all()
        return answer.status_code, answer.json()["status"]

    def delivered(self):
        return self.env["finance.message"].search([("flow_id", "=", self.orders.id), ("payload_id", "!=", False)])

    def asked(self):
        return [(request[0], request[1]) for request in self.shop.system.requests]

    def assertBooked(self):
        self.drain()
        self.assertState(self.delivered(), "done")
        invoice = self.made_of(self.connection, "customer_invoice", self.order)
        self.assertEqual((invoice.state, invoice.amount_total), ("posted", 110.0))
        self.assertIn(invoice.payment_state, ("paid", "in_payment"))

    def test_created_then_paid(self):
        self.assertEqual(self.deliver(self.created), (200, "accepted"))
        self.drain()
        self.assertEqual(self.deliver(self.paid), (200, "accepted"))
        self.assertEqual(len(self.delivered()), 2, "two events of one order")
        self.assertBooked()

    def test_paid_arrives_before_created(self):
        for body in (self.paid, self.created):
            self.assertEqual(self.deliver(body), (200, "accepted"))
        self.assertEqual(len(self.delivered()), 2)
        self.assertBooked()

    def test_the_same_event_twice_is_read_once(self):
        self.deliver(self.paid)
        self.assertBooked()
        asked = self.asked()
        self.assertEqual(self.deliver(self.paid), (200, "duplicate"))
        self.drain()
        self.assertEqual(self.asked(), asked)
        again = self.env["finance.message"].search([("flow_id", "=", self.orders.id), ("state", "=", "ignored")])
        self.assertEqual(again.mapped("reason_code"), ["duplicate"])

    def test_attack_21_another_name_of_the_delivery_is_no_other_event(self):
        """What the signature does not cover identifies nothing: the header changes with each call of `deliver`."""
        self.assertEqual([self.deliver(self.paid)[1] for _ in range(3)], ["accepted", "duplicate", "duplicate"])
        self.assertEqual(self.deliver(self.paid, secret="somebody else's, of some length"), (401, "refused"))

    def test_the_form_proposes_what_the_description_says(self):
        with Form(self.env["finance.webhook"]) as form:
            form.name = "By hand"
            form.connection_id = self.connection
            form.flow_id = self.orders
        for name in ("scheme", "header", "algorithm", "encoding", "pattern", "identity_path", "key_path"):
            self.assertEqual(form.record[name], self.webhook[name], name)
        self.assertEqual((self.webhook.scheme, self.webhook.header), ("hmac", self.header))
        self.assertFalse(self.webhook.identity_path, "equal bytes are the same event")


@tagged("post_install", "-at_install")
class TestShopifyWebhook(DeliveryContract, HttpCase, DefinitionCase):
    code, system, secrets, tax_code = "shopify", Shopify, {"token": TOKEN}, "VAT 0.1"
    header, delivery_header = "X-Shopify-Hmac-Sha256", "X-Shopify-Webhook-Id"


@tagged("post_install", "-at_install")
class TestWooCommerceWebhook(DeliveryContract, HttpCase, DefinitionCase):
    code, system, tax_code = "woocommerce", WooCommerce, "75"
    secrets = {"consumer_key": KEY, "consumer_secret": SECRET}
    header, delivery_header = "X-WC-Webhook-Signature", "X-WC-Webhook-Delivery-ID"

    def test_a_new_webhook_is_tried_by_an_unsigned_form(self):
        """The shop keeps the address only when this is answered 200; nothing is taken."""
        path = f"/finance/webhook/{self.webhook.slug}"
        answer = self.url_open(path, data={"webhook_id": "142"})
        self.assertEqual((answer.status_code, answer.json()), (200, {"status": "ping"}))
        self.assertFalse(self.delivered())
        self.assertEqual(self.url_open(path, data={"webhook_id": "142", "id": "727"}).status_code, 415)
