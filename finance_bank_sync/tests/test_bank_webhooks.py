"""Services in front of banks tell by webhook that there is something new (B-02, B-18, S-02)."""

import time

from odoo.tests import tagged

from .common import IBAN
from .test_bank_aggregators import AggregatorCase


class BankWebhookCase(AggregatorCase):
    values = {}

    def setUp(self):
        super().setUp()
        # nothing is committed inside a test
        self.patch(self.env.registry["ir.cron"], "_commit_progress", lambda *_args, **_options: 0.0)
        self.connect()
        self.connection.owner_id = self.user("admin")
        self.webhook = self.make_webhook()

    def make_webhook(self):
        """As the button and the form do it."""
        action = self.as_user(self.connection, "admin").action_bank_events()
        webhooks = self.as_user(self.env["finance.webhook"], "admin").with_context(**action["context"])
        return webhooks.create(self.values).sudo()

    def event(self, kind, **values):
        return self.bank.control("POST", "/event", {"kind": kind, **values})

    def deliver(self, event, later=0, **changed):
        """:return: status and word of the answer"""
        told = {**event, **changed}
        answer = self.webhook._receive(told["headers"], told["body"].encode(), "203.0.113.9", time.time() + later)
        return answer.status, answer.word

    def trust(self, event):
        """The first delivery has the key fetched, its repetition is taken."""
        self.assertEqual(self.deliver(event), (503, "later"))
        self.env["finance.webhook.certificate"]._cron_fetch()
        self.assertEqual(self.deliver(event), (200, "accepted"))

    def told(self):
        return self.env["finance.message"].search([("flow_id", "=", self.webhook.flow_id.id)], order="id")

    def calls_for_a_person(self):
        return self.connection.activity_ids.mapped("summary")

    def check_forgeries(self, event):
        """None of these has an effect."""
        name, token = next(iter(event["headers"].items()))
        head, claims, signature = token.split(".")
        for headers, body, later, word in (
            ({}, event["body"], 0, "refused"),
            ({name: f"{head}.{claims}.{signature[:-8]}AAAAAAAA"}, event["body"], 0, "refused"),
            ({name: f"{head}.{claims}."}, event["body"], 0, "refused"),
            (event["headers"], event["body"] + " ", 0, "refused"),
            (event["headers"], event["body"], 3600, "refused"),
            (event["headers"], event["body"], -3600, "refused"),
        ):
            with self.subTest(headers=headers, later=later):
                self.assertEqual(self.deliver(event, later, headers=headers, body=body), (401, word))

    def check_key_is_over(self, event):
        """What is signed by a key that its sender has taken back does not count for longer than a day."""
        keys = self.env["finance.webhook.certificate"].search([("webhook_id", "=", self.webhook.id)])
        self.bank.control("POST", "/change-key")
        keys.fetched_at = "2026-01-01 00:00:00"
        keys._cron_fetch()
        self.assertFalse(keys.chain)
        self.assertEqual(self.deliver(event), (503, "later"))


@tagged("post_install", "-at_install")
class TestPontoWebhook(BankWebhookCase):
    stand_in = "sandbox.ponto"
    adapter = "finance.bank.adapter.ponto"
    values = {"webhook_code": "application-1"}

    def connect(self):
        self.as_user(self.connection, "admin").action_test()
        self.assertTrue(self.connection.check_ok, self.connection.check_result)

    def test_s02_news_are_asked_for_at_once(self):
        self.book("250.00")
        event = self.event("account.transactionsCreated", iban=IBAN)
        self.trust(event)
        self.drain()
        self.assertEqual(self.amounts(), [250.0])
        self.assertEqual(self.deliver(event), (200, "duplicate"))
        self.check_forgeries(event)
        self.drain()
        self.assertEqual(self.amounts(), [250.0])
        other = self.event("account.transactionsCreated", iban="DE02500105170137075030")
        self.assertEqual(self.deliver(other), (200, "accepted"))
        self.drain()
        self.assertEqual(self.told()[-1].result["asked"], 0, "no account of ours")
        self.check_key_is_over(self.event("account.detailsUpdated", iban=IBAN))

    def test_a_revoked_integration_calls_a_person_once(self):
        self.trust(self.event("integration.revoked"))
        self.deliver(self.event("integration.accountRevoked"))
        self.drain()
        self.assertEqual(self.calls_for_a_person(), ["The bank wants a new consent for Service"])
        self.assertFalse(self.connection.auth_needed, "whether we are let in says the next question")
        self.deliver(self.event("account.reauthorized", iban=IBAN))
        self.drain()
        self.assertFalse(self.calls_for_a_person())
        self.assertEqual(self.told()[-1].result["asked"], 1)

    def test_for_another_application(self):
        self.trust(self.event("account.detailsUpdated", iban=IBAN))
        self.configure(application="application-2")
        self.assertEqual(self.deliver(self.event("account.detailsUpdated", iban=IBAN)), (401, "refused"))


@tagged("post_install", "-at_install")
class TestPlaidWebhook(BankWebhookCase):
    stand_in = "sandbox.plaid"
    adapter = "finance.bank.adapter.plaid"
    news = "TRANSACTIONS.SYNC_UPDATES_AVAILABLE"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dollars = cls.make_bank_journal(cls.company, "PERSISTENT-1", currency=cls.usd)

    def configure(self, **values):
        values.pop("today", None)
        return super().configure(**values) if values else None

    def connect(self):
        self.connection.bank_client = "client-1"
        self.secret("client_secret", "secret-1")
        self.secret("token", "access-1")
        self.as_user(self.connection, "admin").action_test()
        self.assertTrue(self.connection.check_ok, self.connection.check_result)

    def add(self, amount):
        self.bank.control("POST", "/add", {"amount": amount, "day": "2026-03-09"})

    def test_s02_news_are_asked_for_at_once_though_told_in_the_same_words(self):
        self.add("1.00")
        first = self.event(self.news)
        self.trust(first)
        self.drain()
        self.assertEqual(self.amounts(self.dollars), [-1.0])
        self.assertEqual(self.deliver(first), (200, "duplicate"))
        self.check_forgeries(first)
        self.add("2.00")
        second = self.event(self.news, later=1)
        self.assertEqual(second["body"], first["body"])
        self.assertEqual(self.deliver(second), (200, "accepted"))
        self.drain()
        self.assertEqual(sorted(self.amounts(self.dollars)), [-2.0, -1.0])
        self.check_key_is_over(self.event(self.news))

    def test_a_login_that_is_over_calls_a_person(self):
        self.trust(self.event("ITEM.ERROR", error="ITEM_LOGIN_REQUIRED"))
        self.drain()
        self.assertEqual(self.calls_for_a_person(), ["The bank wants a new consent for Service"])
        self.as_user(self.connection, "admin").action_test()
        self.assertFalse(self.calls_for_a_person(), "it works again")
        self.deliver(self.event("ITEM.ERROR", error="INSTITUTION_DOWN"))
        self.drain()
        self.assertFalse(self.calls_for_a_person())

    def test_a_key_that_is_over_is_not_taken(self):
        self.configure(key_expired_at=1700000000)
        event = self.event(self.news)
        self.deliver(event)
        keys = self.env["finance.webhook.certificate"]
        keys._cron_fetch()
        self.assertIn("over", keys.search([("webhook_id", "=", self.webhook.id)]).problem)
        self.assertEqual(self.deliver(event), (503, "later"))
        self.assertFalse(self.told())
