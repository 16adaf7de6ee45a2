from datetime import timedelta
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import SQL

from .metric_case import MetricCase


@tagged("post_install", "-at_install")
class TestAlertConditions(MetricCase):
    """What each rule sees, from which value on, and when it is over (A-10, A-11)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.watch = cls.env["finance.alert.watch"]
        cls.env["finance.alert.rule"].search([("active", "=", True)]).active = False

    def rule(self, condition, **values):
        return self.env["finance.alert.rule"].create(
            {"name": condition, "condition": f"finance.alert.condition.{condition}", **values}
        )

    def seen(self, rule):
        """:return: the alert of a rule after a look, or the empty set once it is resolved"""
        self.env.flush_all()
        self.env.invalidate_all()
        self.watch._look()
        self.assertFalse(rule.error)
        return rule.alert_ids.filtered(lambda alert: alert.state != "resolved")

    def sql(self, query, *values):
        self.env.flush_all()
        self.env.cr.execute(SQL(query, *values))
        self.env.invalidate_all()

    # -- what comes from outside -----------------------------------------------------------------

    def test_m13_duplicates_that_wait_and_heaps_of_repeats(self):
        """M-13: one that a guard holds counts at once, plain repeats from the threshold on."""
        rule = self.rule("duplicate", threshold=3)
        for _number in range(2):
            self.message(self.now - timedelta(hours=1), state="ignored", reason="duplicate")
        self.assertFalse(self.seen(rule))
        held = self.message(self.now, state="held", reason="identity_conflict")
        self.assertEqual((self.seen(rule).klass, self.seen(rule).value), ("business", 3))
        self.sql("UPDATE finance_message SET state = 'ignored' WHERE id = %s", held)
        self.assertFalse(self.seen(rule))
        self.message(self.now, state="ignored", reason="duplicate")
        self.assertTrue(self.seen(rule))

    def test_m10_master_data_differs(self):
        rule = self.rule("drift", threshold=1)
        drift = self.env["finance.master.drift"].create(
            {
                "connection_id": self.connection.id,
                "company_id": self.connection.company_id.id,
                "kind": "missing_here",
                "external_id": "4711",
                "found_at": self.now,
            }
        )
        self.assertEqual((self.seen(rule).klass, self.seen(rule).connection_id), ("data", self.connection))
        drift.state = "gone"
        self.assertFalse(self.seen(rule))

    def test_m03_rate_of_errors(self):
        """M-03: from enough attempts on, and the rate of the last half hour only."""
        rule = self.rule("errors", threshold=20)
        for number in range(20):
            message = self.message(self.now)
            self.attempt(message, self.now - timedelta(minutes=5), outcome="retry" if number < 3 else "done")
        self.assertFalse(self.seen(rule), "three of twenty are fewer than every fifth")
        last = self.message(self.now)
        self.attempt(last, self.now - timedelta(hours=2), outcome="dead")
        self.assertFalse(self.seen(rule), "long ago")
        self.sql("UPDATE finance_message_attempt SET ended_at = %s WHERE message_id = %s", self.now, last)
        self.sql("UPDATE finance_message_attempt SET outcome = 'dead' WHERE message_id = %s", message)
        self.assertEqual(int(self.seen(rule).value), 23)

    def test_a_consent_is_no_certificate(self):
        consent, expiry = self.rule("consent", threshold=14), self.rule("expiry", threshold=7)
        self.connection.state = "active"
        self.env["finance.credential"]._note_end(self.connection, "Access", self.now + timedelta(days=5))
        self.assertEqual((self.seen(consent).klass, self.seen(consent).connection_id), ("business", self.connection))
        self.assertFalse(self.seen(expiry))

    # -- the machinery ---------------------------------------------------------------------------

    def test_a01_a05_the_trail_waits_to_be_sealed_and_verified(self):
        seal, verification = self.rule("seal", threshold=30), self.rule("verification", threshold=26)
        self.env["finance.audit"]._record("alert.test", self.connection)
        self.env["finance.audit.verification"].create(
            {"kind": "recent", "state": "proved", "ended_at": self.now - timedelta(hours=25)}
        )
        self.assertFalse(self.seen(seal) | self.seen(verification))
        with self.later(hours=2):
            self.assertGreaterEqual(self.seen(seal).value, 119)
            self.assertEqual(self.seen(verification).value, 27)

    def later(self, **ahead):
        return patch.object(type(self.env.cr), "now", lambda cr: self.now + timedelta(**ahead))

    def test_a09_a_collector_takes_nothing(self):
        """A-09: half an hour after the first failure; over with what it takes, or when it is switched off."""
        rule = self.rule("collector", threshold=30)
        connection = self.make_connection("finance.adapter.webhook", http_base_url="https://collector.example.com")
        collector = self.env["finance.telemetry.collector"].create(
            {"name": "Operations", "connection_id": connection.id, "active": True}
        )
        collector._note_problem("refused")
        self.assertFalse(self.seen(rule))
        with self.later(minutes=40, seconds=30):
            collector._note_problem("still refused")
            alert = self.seen(rule)
            self.assertEqual((alert.klass, alert.connection_id, alert.value), ("technical", connection, 40))
            self.assertIn("still refused", alert.text)
            collector.active = False
            self.assertFalse(self.seen(rule))
            collector.active = True
            self.assertTrue(self.seen(rule))
            collector._note_problem("")
            self.assertFalse(self.seen(rule))

    def test_fault_30_clocks_differ(self):
        """RELIABILITY fault 30: each machine says how its clock differs; the newest worker counts."""
        rule = self.rule("clock", threshold=30)
        worker = self.env["finance.worker"]
        first = worker.browse(worker._start(60))
        self.assertLess(abs(first.clock_ahead), 5.0)
        self.assertFalse(self.seen(rule))
        self.sql("UPDATE finance_worker SET clock_ahead = -600 WHERE id = %s", first.id)
        self.assertIn("-600", self.seen(rule).text)
        worker._start(60)
        self.assertFalse(self.seen(rule))

    def test_a12_a_lost_message_is_an_alert_until_the_day_is_complete(self):
        """A-12, A-16: raised with the day as key, once, though the checkpoint sees it too."""
        rule, checkpoint = self.rule("completeness", is_urgent=True), self.rule("checkpoint")
        day = self.now.date()
        self.env["finance.checkpoint"].create(
            {
                "flow_id": self.flow.id,
                "day": day,
                "company_id": self.flow.company_id.id,
                "received": 3,
                "done": 2,
            }
        )
        self.assertTrue(self.seen(checkpoint))
        one = self.env["finance.completeness"].create(
            {
                "flow_id": self.flow.id,
                "day": day,
                "company_id": self.flow.company_id.id,
                "lost": 1,
                "state": "difference",
                "finding_text": "1 were received and are not there any more",
            }
        )
        alert = self.seen(rule)
        self.assertEqual((alert.key, alert.res_id), (f"{rule.id}:{self.flow.id}-{day}", one.id))
        self.assertFalse(self.seen(checkpoint), "told once")
        one.state = "complete"
        self.assertFalse(self.seen(rule))

    # -- money -----------------------------------------------------------------------------------

    def journal(self):
        return self.env["account.journal"].create(
            {"name": "Alert bank", "code": "ALRT", "type": "general", "company_id": self.connection.company_id.id}
        )

    def test_m09_a_statement_does_not_come(self):
        """M-09, K-02: the rhythm of an account; a statement that does not add up."""
        if "finance.bank.statement" not in self.env:
            self.skipTest("without bank statements")
        late, proof = self.rule("statement_late", threshold=1), self.rule("statement_proof")
        journal, today = self.journal(), self.now.date()
        values = {"journal_id": journal.id, "company_id": journal.company_id.id, "state": "posted"}
        statements = self.env["finance.bank.statement"].create(
            [{**values, "closing_date": today - timedelta(days=back)} for back in (9, 8, 7)]
        )
        self.assertEqual(self.seen(late).res_id, journal.id)
        last = self.env["finance.bank.statement"].create(
            {**values, "closing_date": today, "state": "held", "proof": "failed", "difference": 12.5, "name": "77"}
        )
        self.assertFalse(self.seen(late))
        self.assertIn("12.50", self.seen(proof).text)
        (last | statements).state = "posted"
        self.assertFalse(self.seen(proof))
