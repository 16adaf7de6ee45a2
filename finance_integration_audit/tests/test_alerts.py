from datetime import timedelta
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user
from odoo.tools import SQL, mute_logger

from .metric_case import MetricCase


class TestAlerts(MetricCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.alerts = cls.env["finance.alert"]
        cls.watch = cls.env["finance.alert.watch"]
        # rules of the module, one at a time
        cls.env["finance.alert.rule"].search([("active", "=", True)]).active = False
        cls.first, cls.boss, cls.other = (
            new_test_user(cls.env, login, groups="base.group_user,finance_connector_base.finance_group_operator")
            for login in ("alert_first", "alert_boss", "alert_other")
        )

    def rule(self, condition, **values):
        return self.env["finance.alert.rule"].create(
            {"name": condition, "condition": f"finance.alert.condition.{condition}", **values}
        )

    def team(self, **values):
        return self.env["finance.alert.team"].create(
            {"name": "Treasury", "tz": "UTC", "member_ids": [Command.set(self.first.ids)], **values}
        )

    def of(self, rule):
        return self.alerts.search([("rule_id", "=", rule.id)])

    def at(self, **ahead):
        """The clock of the watch, moved on."""
        return patch.object(type(self.env.cr), "now", lambda cr: self.now + timedelta(**ahead))

    def told(self, user):
        return self.env["mail.activity"].search_count([("user_id", "=", user.id), ("res_model", "=", "finance.alert")])

    # -- raising and resolving -----------------------------------------------------------------

    def test_raised_once_resolved_and_raised_anew(self):
        """A-10: the same thing is one alert however often it is seen; once over, the alert is; later it is new."""
        rule = self.rule("dead", threshold=2)
        ids = [self.message(self.now, state="dead")]
        self.watch._look()
        self.assertFalse(self.of(rule), "one is below the threshold")
        ids.append(self.message(self.now, state="dead"))
        self.watch._look()
        self.watch._look()
        alert = self.of(rule)
        self.assertEqual((len(alert), alert.count, alert.state, alert.klass), (1, 2, "open", "technical"))
        self.assertEqual((alert.res_model, alert.res_id), ("finance.flow", self.flow.id))
        self.env.cr.execute(SQL("UPDATE finance_message SET state = 'ignored' WHERE id = ANY(%s)", ids))
        self.env.invalidate_all()
        self.watch._look()
        self.assertEqual(alert.state, "resolved")
        self.assertTrue(alert.resolved_at)
        self.env.cr.execute(SQL("UPDATE finance_message SET state = 'dead' WHERE id = ANY(%s)", ids))
        self.env.invalidate_all()
        self.watch._look()
        self.assertEqual(self.of(rule).mapped("state"), ["resolved", "open"])

    def test_every_step_is_in_the_trail(self):
        rule = self.rule("dead", threshold=1, team_id=self.team().id)
        message = self.message(self.now, state="dead")
        self.watch._look()
        self.watch._tell()
        alert = self.of(rule)
        alert.with_user(self.first)._answer("the bank knows")
        self.env.cr.execute(SQL("UPDATE finance_message SET state = 'ignored' WHERE id = %s", message))
        self.env.invalidate_all()
        self.watch._look()
        entries = self.env["finance.audit.entry"].search(
            [("model", "=", "finance.alert"), ("res_id", "=", alert.id)], order="id"
        )
        self.assertEqual(entries.mapped("event"), ["alert.raised", "alert.acknowledged", "alert.resolved"])
        self.assertEqual(entries[1].user_login, "alert_first")
        self.assertEqual(entries[1].reason, "the bank knows")

    def test_a_rule_that_fails_takes_no_other_along(self):
        broken, good = self.rule("queue", threshold=5), self.rule("dead", threshold=1)
        self.message(self.now, state="dead")
        look = patch.object(
            type(self.env["finance.alert.condition.queue"]), "_look", side_effect=ValueError("nonsense")
        )
        with look, mute_logger("odoo.addons.finance_integration_audit.models.finance_alert_watch"):
            self.watch._look()
        self.assertIn("nonsense", broken.error)
        self.assertTrue(self.of(good))

    def test_code_raises_by_itself_and_masks(self):
        alert = self.alerts._raise(
            "trail", self.connection, klass="business", text="wrong at DE89370400440532013000", correlation_id="abc"
        )
        self.assertNotIn("37040044053201", alert.text)
        self.assertEqual((alert.company_id, alert.is_urgent), (self.connection.company_id, True))
        again = self.alerts._raise("trail", self.connection, klass="business", text="still wrong")
        self.assertEqual(again, alert)
        ruled = self.alerts.create({**alert.copy_data()[0], "key": "other", "rule_id": self.rule("dead").id})
        with self.assertRaises(UserError):
            ruled.with_user(self.first)._answer("over", is_over=True)
        alert.with_user(self.first)._answer("explained", is_over=True)
        self.assertEqual((alert.state, alert.answer), ("resolved", "explained"))

    def test_a13_each_alert_has_its_page_and_its_trace(self):
        """A-13: what code raises by itself names the first thing to do, shows its page and its transaction."""
        message = self.enqueue(self.flow, {"key": "a"}, business_key="a")
        alert = self.alerts._raise(
            "risk_late", message, klass="business", text="late", correlation_id=message.correlation_id
        )
        self.assertTrue(alert.remedy)
        self.assertIn("<ol>", alert.runbook)
        self.assertNotIn("](", alert.runbook, "links to pages that are not there are words")
        action = alert.with_user(self.first).action_view_runbook()
        self.assertEqual((action["res_id"], action["target"]), (alert.id, "new"))
        look = self.env["finance.trace.look"].browse(alert.with_user(self.first).action_view_trace()["res_id"])
        self.assertEqual((look.res_model, look.res_id), ("finance.message", message.id))
        self.assertFalse(self.alerts._raise("nopage", message, klass="data", text="x").runbook)
        self.alerts._over("risk_late", message)
        self.assertEqual(alert.state, "resolved")

    # -- conditions ----------------------------------------------------------------------------

    def test_queue_age(self):
        """M-02: what waits too long, not what is paused."""
        rule = self.rule("queue", threshold=30)
        self.message(self.now - timedelta(minutes=29), state="queued")
        self.watch._look()
        self.assertFalse(self.of(rule))
        self.message(self.now - timedelta(minutes=31), state="queued")
        self.connection.state = "active"
        self.watch._look()
        self.assertEqual(int(self.of(rule).value), 31)
        self.flow.paused = True
        self.watch._look()
        self.assertEqual(self.of(rule).state, "resolved")

    def test_unknown_outcome_and_refused_credentials(self):
        unknown, login = self.rule("unknown", threshold=15, is_urgent=True), self.rule("login")
        message = self.message(self.now - timedelta(minutes=16), state="unknown")
        self.connection.write({"state": "active", "auth_needed": True})
        self.watch._look()
        self.assertEqual((self.of(unknown).res_id, self.of(unknown).klass), (message, "business"))
        self.assertEqual(self.of(login).connection_id, self.connection)

    def test_counts_that_do_not_add_up(self):
        """A-12, B-50: a message that vanished is an alert of the business."""
        rule = self.rule("checkpoint")
        checkpoint = self.env["finance.checkpoint"].create(
            {
                "flow_id": self.flow.id,
                "day": self.now.date(),
                "company_id": self.flow.company_id.id,
                "received": 3,
                "done": 2,
            }
        )
        self.watch._look()
        self.assertEqual((self.of(rule).value, self.of(rule).klass), (1, "business"))
        checkpoint.done = 3
        self.watch._look()
        self.assertEqual(self.of(rule).state, "resolved")

    # -- telling -------------------------------------------------------------------------------

    def test_each_class_goes_to_its_team(self):
        """A-10"""
        technical = self.team(is_technical=True)
        business = self.team(is_business=True, member_ids=[Command.set(self.boss.ids)])
        self.env["finance.alert.team"].search([("id", "not in", (technical + business).ids)]).active = False
        one = self.alerts._raise("dead", self.connection, klass="technical", text="one")
        two = self.alerts._raise("unknown", self.connection, klass="business", text="two")
        self.watch._tell()
        self.assertEqual((one.team_id, two.team_id), (technical, business))
        self.assertEqual(one.activity_ids.user_id, self.first)
        self.assertEqual(two.activity_ids.user_id, self.boss)
        notice = self.env["mail.message"].search([("model", "=", "finance.alert"), ("res_id", "=", two.id)])
        self.assertEqual(notice.notified_partner_ids, self.boss.partner_id)

    def test_a_storm_is_one_notice(self):
        self.env["finance.alert.team"].search([("active", "=", True)]).active = False
        self.team(is_technical=True)
        for number in range(8):
            self.alerts._raise("dead", self.connection, klass="technical", text=f"wrong {number}", key=str(number))
        self.watch._tell()
        self.assertEqual(self.told(self.first), 1)
        self.assertFalse(self.alerts.search([("code", "=", "dead"), ("told_at", "=", False)]))

    def test_quiet_hours_keep_back_what_can_wait(self):
        self.env["finance.alert.team"].search([("active", "=", True)]).active = False
        hour = (self.now.hour - 1) % 24
        team = self.team(is_technical=True, is_business=True, quiet_from=hour, quiet_to=(hour + 3) % 24)
        calm = self.alerts._raise("dead", self.connection, klass="technical", text="can wait")
        urgent = self.alerts._raise("unknown", self.connection, klass="business", text="cannot wait")
        self.watch._tell()
        self.assertTrue(urgent.told_at)
        self.assertFalse(calm.told_at)
        self.assertEqual(calm.quiet_until.hour, int(team.quiet_to))
        with self.at(hours=3):
            self.watch._tell()
        self.assertTrue(calm.told_at, "nothing that was kept back is forgotten")

    def test_nobody_answers(self):
        """A-11: the next ones are told, each once, until somebody answers."""
        self.env["finance.alert.team"].search([("active", "=", True)]).active = False
        self.team(
            is_technical=True,
            step_ids=[
                Command.create({"minutes": 30, "user_ids": [Command.set(self.boss.ids)]}),
                Command.create({"minutes": 120, "user_ids": [Command.set(self.other.ids)]}),
            ],
        )
        alert = self.alerts._raise("dead", self.connection, klass="technical", text="wrong")
        self.watch._tell()
        with self.at(minutes=29):
            self.watch._escalate()
        self.assertEqual((alert.level, self.told(self.boss)), (0, 0))
        with self.at(minutes=31):
            self.watch._escalate()
            self.watch._escalate()
        self.assertEqual((alert.level, self.told(self.boss), self.told(self.other)), (1, 1, 0))
        alert.with_user(self.boss)._answer("on it")
        self.assertEqual(self.told(self.boss) + self.told(self.first), 0, "answered: no task is left")
        with self.at(minutes=180):
            self.watch._escalate()
        self.assertEqual((alert.level, self.told(self.other)), (1, 0))

    def test_put_off_and_still_there(self):
        self.env["finance.alert.team"].search([("active", "=", True)]).active = False
        self.team(is_technical=True)
        alert = self.alerts._raise("dead", self.connection, klass="technical", text="wrong")
        self.watch._tell()
        wizard = self.env["finance.alert.answer"].with_user(self.first)
        wizard.create({"alert_ids": [Command.set(alert.ids)], "answer": "later", "again": "1"}).action_confirm()
        self.watch._wake_snoozed()
        self.assertEqual(alert.state, "acknowledged")
        with self.at(minutes=61):
            self.watch._wake_snoozed()
            self.watch._tell()
        self.assertEqual((alert.state, self.told(self.first)), ("open", 1))

    def test_without_team_the_owner_is_told(self):
        self.env["finance.alert.team"].search([("active", "=", True)]).active = False
        self.connection.owner_id = self.other
        alert = self.alerts._raise("dead", self.flow, klass="technical", text="wrong")
        self.watch._tell()
        self.assertEqual(alert.activity_ids.user_id, self.other)

    # -- rights --------------------------------------------------------------------------------

    def test_nobody_writes_alerts(self):
        alert = self.alerts._raise("dead", self.connection, klass="technical", text="wrong")
        mine = alert.with_user(self.first)
        for attempt in (
            lambda: mine.write({"state": "resolved"}),
            lambda: mine.unlink(),
            lambda: mine.create({"code": "x", "key": "x", "klass": "data", "text": "x"}),
        ):
            with self.assertRaises(AccessError):
                attempt()
        viewer = new_test_user(
            self.env, "alert_viewer", groups="base.group_user,finance_connector_base.finance_group_viewer"
        )
        with self.assertRaises(AccessError):
            alert.with_user(viewer)._answer("mine")

    # -- objectives ----------------------------------------------------------------------------

    def test_an_objective_counts_and_burns(self):
        """A-15: burn rate per flow; a budget that burns fast is an alert."""
        objective = self.env["finance.objective"].create(
            {"flow_id": self.flow.id, "kind": "good", "target": 99.0, "days": 28}
        )
        for _number in range(95):
            self.message(self.now - timedelta(days=3), state="done")
        objective._count()
        self.assertEqual((objective.total, objective.bad, objective.budget_left), (95, 0, 100.0))
        self.assertFalse(objective.burning)
        for number in range(5):
            self.message(self.now - timedelta(minutes=2), state="dead" if number else "done")
        objective._count()
        self.assertEqual((objective.total, objective.bad, objective.reached), (100, 4, 96.0))
        self.assertAlmostEqual(objective.budget_left, -300.0)
        self.assertAlmostEqual(objective.burn_hour, 80.0)
        self.assertEqual(objective.burning, "fast")
        rule = self.rule("burn")
        self.watch._look()
        self.assertEqual(self.of(rule).res_id, objective.id)

    def test_what_is_slow_breaks_a_promise_of_time(self):
        objective = self.env["finance.objective"].create(
            {"flow_id": self.flow.id, "kind": "fast", "seconds": 300, "target": 90.0}
        )
        quick = self.message(self.now - timedelta(minutes=20))
        slow = self.message(self.now - timedelta(minutes=20))
        self.message(self.now - timedelta(minutes=6), state="queued")
        self.message(self.now - timedelta(minutes=4), state="queued")
        for number, minutes in ((quick, 16), (slow, 10)):
            closed = self.now - timedelta(minutes=minutes)
            self.env.cr.execute(SQL("UPDATE finance_message SET closed_at = %s WHERE id = %s", closed, number))
        objective._count()
        self.assertEqual((objective.total, objective.bad), (3, 2), "what is open and in time is not judged yet")

    def test_a15_freshness_and_the_course_of_an_objective(self):
        """A-15: minutes in which the newest success is too old break the promise; each hour is kept once."""
        self.env.cr.execute(
            SQL("UPDATE finance_flow SET create_date = %s WHERE id = %s", self.now - timedelta(days=2), self.flow.id)
        )
        self.env.invalidate_all()
        objective = self.env["finance.objective"].create(
            {"flow_id": self.flow.id, "kind": "fresh", "seconds": 3600, "target": 90.0, "days": 1}
        )
        self.message(self.now - timedelta(hours=25))
        for hours in range(24, 2, -1):
            self.message(self.now - timedelta(hours=hours))
        self.message(self.now - timedelta(minutes=1), state="dead")
        objective._count()
        # the last success was three hours ago, so the last two hours are stale
        self.assertEqual((objective.total, objective.bad), (1440, 120))
        self.assertAlmostEqual(objective.burn_hour, 10.0)
        self.message(self.now - timedelta(minutes=30))
        objective._count()
        self.assertEqual(objective.bad, 90)
        [point] = self.env["finance.objective.point"].search([("objective_id", "=", objective.id)])
        self.assertEqual((point.bad, point.budget_left), (90, objective.budget_left))
        self.assertEqual(objective.action_view_trend()["domain"], [("objective_id", "in", objective.ids)])
