"""Events published to a message broker (S-26): confirmed by the broker, or tried again; the broker is a real speaker.

One test asks a RabbitMQ: Debian's package, which ``make test`` unpacks and starts, or what ``FIN_AMQP`` names.
"""

import json
import os
import time
from contextlib import contextmanager
from unittest import skipUnless
from urllib.parse import urlsplit

import kombu

from odoo.tests import tagged

from sandbox.process import StandIn

from .test_event import EventCase


@tagged("post_install", "-at_install")
class TestAmqp(EventCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.broker = StandIn("sandbox.amqp")
        cls.addClassCleanup(cls.broker.stop)
        cls.env["finance.event.type"]._note_all()

    def setUp(self):
        super().setUp()
        self.broker.control("POST", "/reset")

    def subscribe(self, *, port=None, user="finance", password="secret", exchange="events", **values):
        connection = self.make_connection(
            "finance.adapter.amqp",
            amqp_host="localhost",
            amqp_port=port or self.broker.ready["port"],
            amqp_user=user,
            amqp_exchange=exchange,
            http_networks="127.0.0.0/8, ::1",
            http_allow_plain=True,
            circuit_threshold=0,
            **values,
        )
        self.env["finance.secret"]._put(connection, "password", password)
        kinds = self.env["finance.event.type"].search([("name", "=", "finance.message.accepted")])
        subscription = self.env["finance.subscription"].create(
            {"name": "bus", "connection_id": connection.id, "type_ids": [(6, 0, kinds.ids)]}
        )
        subscription.action_start()
        return subscription

    def tell(self, subscription, *keys):
        """:return: the deliveries"""
        self.enqueue(self.flow, *({"key": key} for key in keys))
        self.env["finance.event"]._relay()
        self.drain()
        return self.env["finance.message"].search([("flow_id", "=", subscription.flow_id.id)], order="id")

    def kept(self):
        return self.broker.control("GET")["kept"]

    def test_s26_an_event_is_published_and_confirmed(self):
        subscription = self.subscribe()
        self.as_user(subscription.connection_id, "admin").action_test()
        self.assertTrue(subscription.connection_id.check_ok, subscription.connection_id.check_result)
        self.assertFalse(subscription.signs, "a broker has logins of its own")
        deliveries = self.tell(subscription, "a", "b")
        self.assertState(deliveries, "done")
        first, second = self.kept()
        event = json.loads(first["body"])
        self.assertEqual((first["key"], first["exchange"], first["delivery_mode"]), (event["type"], "events", 2))
        self.assertEqual((first["message_id"], first["type"]), (event["id"], event["type"]))
        self.assertEqual(first["content_type"], "application/cloudevents+json")
        self.assertNotEqual(first["message_id"], second["message_id"])
        subscription.action_pause()

    @skipUnless("FIN_AMQP" in os.environ, "no RabbitMQ: FIN_AMQP names none")
    def test_s26_rabbitmq_keeps_what_it_confirms_and_says_what_it_does_not(self):
        url = os.environ["FIN_AMQP"]
        parts = urlsplit(url)
        login = {"port": parts.port, "user": parts.username, "password": parts.password}
        with self.answering(url) as real:
            own = self.subscribe(**login)
            self.as_user(own.connection_id, "admin").action_test()
            self.assertTrue(own.connection_id.check_ok, own.connection_id.check_result)
            self.assertState(self.tell(own, "a", "b"), "done")
            own.action_pause()
            first, second = (real.default_channel.basic_get("events", no_ack=True) for _ in range(2))
            event = json.loads(first.body)
            self.assertEqual(first.properties["message_id"], event["id"])
            told = (first.delivery_info["routing_key"], first.properties["delivery_mode"])
            self.assertEqual(told, (event["type"], 2))
            self.assertNotEqual(first.properties["message_id"], second.properties["message_id"])
            self.assertIsNone(real.default_channel.basic_get("events"))
        for values, state, reason in (
            ({"exchange": "deaf"}, "retry", "amqp_unroutable"),
            ({"exchange": "nowhere"}, "retry", "amqp_refused"),
            ({"password": "other"}, "held", "auth_needed"),
        ):
            with self.subTest(values):
                other = self.subscribe(**{**login, **values})
                self.assertState(self.tell(other, reason), state, reason)
                other.action_pause()

    @contextmanager
    def answering(self, url):
        """:return: a connection of kombu; a broker that is still starting is waited for"""
        with kombu.Connection(url, connect_timeout=5) as connection:
            deadline = time.monotonic() + 180
            while True:
                try:
                    connection.connect()
                    break
                except OSError:
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(0.5)
            yield connection

    def test_s26_what_is_not_confirmed_is_tried_again_under_the_same_identity(self):
        subscription = self.subscribe()
        for fault, reason in (
            ("nack", "amqp_refused"),
            ("unroutable", "amqp_unroutable"),
            ("drop_before_confirm", "amqp_unreachable"),
        ):
            with self.subTest(fault):
                self.broker.control("POST", "/reset")
                self.broker.control("PUT", "/broker", {"faults": [fault]})
                delivery = self.tell(subscription, fault)[-1]
                self.assertState(delivery, "retry", reason)
                self.make_due(delivery)
                self.drain()
                self.assertState(delivery, "done")
                kept = [message["message_id"] for message in self.kept()]
                self.assertEqual(len(set(kept)), 1, "a repetition is known by its identity")

    def test_s26_a_wrong_login_stops_and_a_missing_exchange_waits(self):
        delivery = self.tell(self.subscribe(password="other"), "a")
        self.assertState(delivery, "held", "auth_needed")
        subscription = self.subscribe()
        self.broker.control("PUT", "/broker", {"exchanges": []})
        self.assertState(self.tell(subscription, "b")[-1], "retry", "amqp_refused")

    def test_b54_only_hosts_and_networks_that_are_allowed(self):
        subscription = self.subscribe()
        subscription.connection_id.sudo().http_networks = False
        self.assertState(self.tell(subscription, "a"), "held", "http_address_refused")
        subscription = self.subscribe()
        self.env["finance.host"].search([("name", "=", "localhost")]).unlink()
        self.assertState(self.tell(subscription, "b")[-1], "held", "host_not_allowed")
        self.assertEqual(self.kept(), [])
