from datetime import timedelta
from unittest.mock import patch

from prometheus_client.openmetrics.parser import text_string_to_metric_families

from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.finance_connector_base.tests.api_case import Asking

from ..controllers import monitoring
from .metric_case import MetricCase


@tagged("post_install", "-at_install")
class TestMonitoring(Asking, HttpCase, MetricCase):
    """What monitoring systems are told: metrics with a key, readiness with and without one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        company = cls.connection.company_id
        cls.watcher = new_test_user(
            cls.env,
            "watcher",
            groups="base.group_user,finance_connector_base.finance_group_viewer",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        cls.key = cls.make_client(cls.watcher, company, "metrics:read")._new_key(30)

    def setUp(self):
        super().setUp()
        monitoring._known.clear()

    def fetch(self, path="/finance/metrics", key=None):
        self.env.flush_all()
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        answer = self.url_open(path, headers=headers)
        self.env.invalidate_all()
        return answer

    def families(self):
        answer = self.fetch(key=self.key)
        self.assertEqual(answer.status_code, 200, answer.text)
        self.assertIn("application/openmetrics-text", answer.headers["Content-Type"])
        return answer.text, {family.name: family for family in text_string_to_metric_families(answer.text)}

    def test_prometheus_reads_it(self):
        """M-01, M-02: its own parser; a distribution with its exemplar, no name of a person, no figure of money."""
        message = self.message(self.now - timedelta(minutes=40), state="held")
        self.attempt(message, self.now, outcome="done", milliseconds=700)
        self.attempt(message, self.now, outcome="retry", milliseconds=90, reason="http_timeout")
        owner = new_test_user(self.env, "owner-of-it", name="Petra Privat", groups="base.group_user")
        exception = self.env["finance.exception"]._raise_for(
            self.env["finance.message"].browse(message), reason="mapping_missing", error_class="data", detail="x"
        )
        exception.owner_id = owner
        self.env.flush_all()
        self.roll_up()
        text, families = self.families()
        mine = [one for one in families["finance_attempt_seconds"].samples
                if one.labels["connection"] == str(self.connection.id) and one.labels["outcome"] == "done"]  # fmt: skip
        buckets = {one.labels["le"]: one for one in mine if one.name.endswith("_bucket")}
        self.assertEqual([buckets[le].value for le in ("0.5", "1.0", "+Inf")], [0, 1, 1])
        correlation = self.env["finance.message"].browse(message).correlation_id
        self.assertEqual(buckets["1.0"].exemplar.labels["correlation_id"], correlation)
        self.assertEqual(buckets["1.0"].exemplar.labels["trace_id"], correlation.replace("-", ""))
        retries = [one.value for one in families["finance_retries"].samples if one.labels["reason"] == "http_timeout"]
        self.assertEqual(retries, [1.0])
        self.assertTrue(families["finance_queue_depth"].samples)
        self.assertNotIn("Petra", text)
        self.assertNotIn("owner=", text)
        self.assertFalse(families["finance_unreconciled_amount"].samples, "its user reads no books")

    def test_a_key_with_the_right_is_needed(self):
        self.assertEqual(self.fetch().status_code, 401)
        self.assertEqual(self.fetch(key="0" * 40).status_code, 401)
        other = new_test_user(self.env, "other-program", groups="base.group_user")
        key = self.make_client(other, self.env.company, "messages:read")._new_key(30)
        self.assertEqual(self.fetch(key=key).status_code, 403)

    def test_health_tells_no_details_without_a_key(self):
        self.assertEqual(self.fetch("/finance/health/live").json(), {"status": "ok"})
        crons = [self.env.ref(f"finance_connector_base.ir_cron_dispatcher_{number}") for number in range(1, 5)]
        for cron in crons:
            cron.nextcall = self.env.cr.now()
        answer = self.fetch("/finance/health/ready")
        self.assertEqual((answer.status_code, answer.json()), (200, {"status": "ready"}))
        checks = self.fetch("/finance/health/ready", key=self.key).json()["checks"]
        self.assertTrue(all(check["ok"] for check in checks.values()), checks)
        self.assertEqual(self.fetch("/finance/health/ready", key="0" * 40).status_code, 401)

    def test_not_ready_when_something_is_missing(self):
        """Dead scheduled actions, a missing master key, messages that nobody works, metrics that fail."""
        health = self.env["finance.health"]
        crons = [self.env.ref(f"finance_connector_base.ir_cron_dispatcher_{number}") for number in range(1, 5)]
        for cron in crons:
            cron.nextcall = self.env.cr.now() - timedelta(hours=1)
        self.env.flush_all()
        self.assertFalse(health._scheduled_actions()[0])
        answer = self.fetch("/finance/health/ready")
        self.assertEqual((answer.status_code, answer.json()), (503, {"status": "not ready"}))
        self.assertTrue(health._dispatcher()[0])
        self.connection.sudo().state = "active"
        self.message(self.now - timedelta(hours=1), state="queued")
        self.assertFalse(health._dispatcher()[0])
        self.flow.sudo().paused = True
        self.env.flush_all()
        self.assertTrue(health._dispatcher()[0], "a pause is no lag")
        keys = type(self.env["finance.key"])
        with patch.object(keys, "_locked_reason", return_value="no key"):
            for is_sealing in (True, False):
                with patch.object(keys, "_is_sealing", return_value=is_sealing):
                    self.assertEqual(health._master_key()[0], not is_sealing)
        self.env["finance.metric.mark"].create({"source": "x", "error": "ValueError"})
        self.assertFalse(health._metrics()[0])

    def test_m01_requests_of_programs_are_measured(self):
        """By route and outcome; what somebody asks for in vain is no name of a route."""
        self.ask("/nothing/DE02120300000000202051")
        self.ask("/messages/unknown")
        self.roll_up("api")
        found = self.samples._histogram(
            "finance_api_seconds", since=self.now - timedelta(hours=1), by=("route", "method", "outcome")
        )
        self.assertEqual(sum(count for count, _sum, _buckets in found.values()), 2)
        self.assertIn(("other", "GET", "refused"), found)
        self.assertNotIn("DE0212", str(found))
