"""Events published to a message broker (S-26): confirmed by the broker, or tried again; the broker is a real speaker.

With ``FIN_AMQP=amqp://user:password@127.0.0.1:5672`` the first test asks that broker too (a RabbitMQ, say).
"""

import json
import os
from urllib.parse import urlsplit

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

    def subscribe(self, *, port=None, user="finance", password="secret", **values):
        connection = self.make_connection(
            "finance.adapter.amqp",
            amqp_host="localhost",
            amqp_port=port or self.broker.ready["port"],
            amqp_user=user,
            amqp_exchange="events",
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
        if "FIN_AMQP" in os.environ:
            url = urlsplit(os.environ["FIN_AMQP"])
            own = self.subscribe(port=url.port, user=url.username, password=url.password)
            self.as_user(own.connection_id, "admin").action_test()
            self.assertTrue(own.connection_id.check_ok, own.connection_id.check_result)
            self.assertState(self.tell(own, "a", "b"), "done")

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
