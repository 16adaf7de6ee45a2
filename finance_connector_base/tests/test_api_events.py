"""The feed of events over HTTP (S-26, S-27): a reader keeps his place and is told of his companies alone."""

from odoo.tests import tagged

from .api_case import ApiCase


@tagged("post_install", "-at_install")
class TestApiEvents(ApiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client.right_ids += cls.env["finance.api.right"].search([("code", "=", "events:read")])
        cls.foreign_flow = cls.make_flow(cls.make_connection("finance.adapter.test", company_id=cls.other_company.id))

    def feed(self, **parameters):
        return self.ask("/events", **parameters)

    def happen(self, *keys, flow=None):
        return self.enqueue(flow or self.flow, *({"key": key} for key in keys))

    def test_s26_a_reader_goes_on_where_he_was(self):
        start = self.feed(begin="now").json()
        self.assertEqual((start["data"], start["more"]), ([], False))
        messages = self.happen("a", "b", "c")
        self.happen("foreign", flow=self.foreign_flow)
        names = [self.env["finance.api"]._names().of("message", message.id) for message in messages]
        seen, cursor, more = [], start["next"], True
        while more:
            part = self.feed(cursor=cursor, limit=2).json()
            seen += part["data"]
            cursor, more = part["next"], part["more"]
        self.assertEqual([event["subject"] for event in seen], names)
        self.assertEqual({event["specversion"] for event in seen}, {"1.0"})
        places = [int(event["sequence"]) for event in seen]
        self.assertEqual(places, sorted(places))
        again = self.feed(cursor=cursor).json()
        self.assertEqual((again["data"], again["more"]), ([], False))
        self.happen("later")
        self.assertEqual(len(self.feed(cursor=again["next"]).json()["data"]), 1)
        self.assertEqual(len(self.feed(subject=names[1]).json()["data"]), 1)
        self.drain()
        kinds = {event["type"] for event in self.feed(type="finance.message.done").json()["data"]}
        self.assertEqual(kinds, {"finance.message.done"})

    def test_s27_right_cursor_and_filters_are_looked_at(self):
        cursor = self.feed().json()["next"]
        self.assertEqual(self.feed(cursor=cursor, type="finance.message.done").status_code, 400)
        self.assertEqual(self.feed(type="a-b").status_code, 422)
        self.assertEqual(self.feed(begin="then").status_code, 422)
        self.client.right_ids -= self.env["finance.api.right"].search([("code", "=", "events:read")])
        self.assertEqual(self.feed().status_code, 403)

    def test_b19_who_may_read_the_feed_listens(self):
        listeners = self.env["finance.event"]._listeners()
        self.assertIn("*", listeners[self.company.id])
        self.assertNotIn(self.other_company.id, listeners)
        self.client.active = False
        self.assertNotIn(self.company.id, self.env["finance.event"]._listeners())
