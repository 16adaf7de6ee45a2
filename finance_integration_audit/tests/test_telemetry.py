"""OpenTelemetry as an extra (A-09): over a real socket to a collector of the sandbox."""

from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from sandbox.rest.base import Running
from sandbox.telemetry import Collector

from ..metrics.exposition import trace_id
from ..metrics.otlp import span_id
from .metric_case import MetricCase

LOGGER = "odoo.addons.finance_integration_audit.models.finance_telemetry_collector"


@tagged("post_install", "-at_install")
class TestTelemetry(MetricCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.running = cls.enterClassContext(Running(Collector()))
        cls.http = cls.make_connection(
            "finance.adapter.webhook",
            http_base_url=cls.running.url,
            http_networks="127.0.0.0/8",
            http_allow_plain=True,
        )
        cls.collector = cls.env["finance.telemetry.collector"].create(
            {"name": "Operations", "connection_id": cls.http.id, "mark_at": cls.now - timedelta(hours=1)}
        )

    def setUp(self):
        super().setUp()
        self.running.begin_anew(Collector())

    @property
    def sandbox(self):
        return self.running.system

    def test_off_until_somebody_switches_it_on(self):
        self.attempt(self.message(self.now - timedelta(minutes=20)), self.now - timedelta(minutes=20))
        self.env["finance.telemetry.collector"]._cron_send()
        self.assertFalse(self.sandbox.spans)
        self.assertFalse(self.collector.span_count)

    def test_spans_of_a_transaction_hang_together_and_come_once(self):
        at = self.now - timedelta(minutes=20)
        first, last = self.message(at, state="dead"), self.message(at)
        self.attempt(first, at, outcome="dead", reason="http_timeout", error_class="transient")
        self.attempt(last, at + timedelta(minutes=1))
        # what is under way may still bring earlier ones: it waits
        self.attempt(self.message(self.now), self.now)
        self.assertEqual(self.collector._send(), 2)
        self.assertFalse(self.sandbox.wrong)
        self.assertFalse(self.collector.problem)
        failed, whole, attempt = self.sandbox.spans
        self.assertEqual(failed["status"], {"code": 2, "message": "http_timeout"})
        message = self.env["finance.message"].browse(last)
        self.assertEqual(whole["traceId"], trace_id(message.correlation_id))
        source = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        self.assertEqual(whole["spanId"], span_id(("message", last), source))
        self.assertEqual((attempt["traceId"], attempt["parentSpanId"]), (whole["traceId"], whole["spanId"]))
        self.assertEqual(self.collector._send(), 0)
        self.assertEqual((len(self.sandbox.spans), self.collector.span_count), (3, 3))
        self.assertNotIn(self.flow.name, str(self.sandbox.spans), "no names leave")

    def test_a_collector_that_is_down_disturbs_nothing_and_is_told_later(self):
        at = self.now - timedelta(minutes=20)
        self.attempt(self.message(at), at)
        self.sandbox.settings = {"refuse": True}
        with mute_logger(LOGGER):
            self.assertEqual(self.collector._send(), 0)
        self.assertTrue(self.collector.problem)
        self.sandbox.settings = {"partial": 1}
        self.assertEqual(self.collector._send(), 1)
        self.assertEqual((self.collector.span_count, self.collector.refused_count), (1, 1))
        self.assertEqual(self.collector.problem, "too many")

    def test_a_host_that_is_not_allowed_is_not_called(self):
        at = self.now - timedelta(minutes=20)
        self.attempt(self.message(at), at)
        self.http.http_networks = False
        with mute_logger(LOGGER):
            self.assertEqual(self.collector._send(), 0)
        self.assertTrue(self.collector.problem)
        self.assertFalse(self.sandbox.spans)

    def test_who_may(self):
        self.collector.active = True
        self.as_user(self.collector, "admin").action_send_now()
        with self.assertRaises(AccessError):
            self.as_user(self.collector, "viewer").action_send_now()
        entries = self.env["finance.audit.entry"].search(
            [("model", "=", self.collector._name), ("res_id", "=", self.collector.id)]
        )
        self.assertEqual(set(entries.mapped("event")), {"telemetry.collector.made", "telemetry.collector.changed"})
