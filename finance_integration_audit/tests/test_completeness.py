from datetime import timedelta

from psycopg2 import DatabaseError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.finance_connector_base.tests.fake_case import FakeCase


@tagged("post_install", "-at_install")
class TestCompleteness(FakeCase):
    """What was expected is received, processed and accepted, or the difference has a name and an owner."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.env.cr.now().date()
        cls.days = cls.env["finance.completeness"]

    def day(self, flow=None):
        return self.days._take(self.today).filtered(lambda one: one.flow_id == (flow or self.flow))

    def come(self, *keys):
        messages = self.env["finance.message"]
        for key in keys:
            messages |= self.enqueue(self.flow, {"key": key}, business_key=key)
        return messages

    def expect(self, count, **values):
        return self.env["finance.expectation"].create(
            {"flow_id": self.flow.id, "day": self.today, "count": count, **values}
        )

    def test_a12_m11_stages_of_a_day(self):
        """A-12, M-11: open, then complete; fewer and more than stated are differences."""
        self.come("a", "b")
        self.assertEqual((self.day().state, self.day().received, self.day().posted), ("open", 2, 0))
        self.drain(self.flow)
        self.assertEqual((self.day().state, self.day().accepted), ("complete", 2))
        expectation = self.expect(3)
        self.assertEqual(self.day().state, "difference")
        self.assertIn("1 fewer", self.day().finding_text)
        [task] = self.day().activity_ids
        self.assertEqual(task.user_id, self.flow._owner_of("business") or self.env.user)
        self.assertEqual(len(self.day().activity_ids), 1, "one task, however often it is counted")
        expectation.count = 2
        self.assertEqual(self.day().state, "complete")
        self.assertFalse(self.day().activity_ids)

    def test_b50_a_message_deleted_with_all_its_rows_is_missed(self):
        """B-50: the next checkpoint finds it, and it is somebody's task."""
        messages = self.come("a", "b", "c")
        self.drain(self.flow)
        self.assertEqual(self.day().state, "complete")
        gone = messages[1].id
        self.env.flush_all()
        self.env.cr.execute(SQL("UPDATE finance_message SET attempt_id = NULL WHERE id = %s", gone))
        for table in ("finance_message_transition", "finance_message_attempt", "finance_message_document"):
            self.env.cr.execute(SQL("DELETE FROM %s WHERE message_id = %s", SQL.identifier(table), gone))
        self.env.cr.execute(SQL("DELETE FROM finance_message WHERE id = %s", gone))
        self.env.invalidate_all()
        day = self.day()
        self.assertEqual((day.state, day.lost), ("difference", 1))
        self.assertTrue(day.activity_ids)

    def test_b50_a_number_that_never_came_is_missed_and_found_when_it_comes_late(self):
        """B-50, A-12: the sender's numbers say what was lost before it was ever received."""
        self.flow.series_pattern = r"S-(\d+)"
        self.come("S-7", "S-8", "S-10", "S-13")
        self.drain(self.flow)
        self.assertEqual((self.day().missing, self.day().state), ("9, 11-12", "difference"))
        self.come("S-9", "S-12", "S-11")
        self.drain(self.flow)
        self.assertEqual((self.day().missing, self.day().state), (False, "complete"))
        with self.assertRaises(ValidationError):
            self.flow.series_pattern = "S-("

    def test_m11_totals_by_currency_are_compared(self):
        """M-11: what was made of the messages adds up to the control total."""
        self.load_chart(self.company)
        bill = self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": self.env["res.partner"].create({"name": "V"}).id,
                "invoice_date": "2026-01-15",
                "invoice_line_ids": [Command.create({"name": "s", "price_unit": 40, "tax_ids": [Command.clear()]})],
            }
        )
        [message] = self.come("a")
        self.drain(self.flow)
        self.env["finance.message.document"].create(
            {"message_id": message.id, "res_model": "account.move", "res_id": bill.id}
        )
        self.assertEqual((self.day().accepted, self.day().state), (0, "open"), "a draft is not accepted")
        bill.action_post()
        expectation = self.expect(1, currency_id=bill.currency_id.id, amount=40, source="control")
        self.assertEqual(self.day().state, "complete")
        self.assertEqual(self.day().totals_text, f"{bill.currency_id.name} 40.00")
        expectation.amount = 41.5
        self.assertIn("-1.50", self.day().finding_text)

    def report(self, role="operator", **values):
        wizard = self.as_user(self.env["finance.incident.wizard"], role).create(
            {
                "connection_id": self.connection.id,
                "name": "The bank was down",
                "begin": self.env.cr.now() - timedelta(hours=2),
                "end": self.env.cr.now() + timedelta(hours=1),
                **values,
            }
        )
        return self.env["finance.incident.report"].browse(wizard.action_issue()["res_id"])

    def test_a16_the_report_after_an_incident_proves_state_and_stays_as_it_was_issued(self):
        """A-16: not proved while something is open; then expected = received = posted = accepted."""
        self.expect(2)
        self.come("a", "b")
        before = self.report()
        self.assertFalse(before.is_proved)
        self.assertEqual(len(before.content["open"]), 2)
        self.drain(self.flow)
        after = self.report("auditor")
        self.assertTrue(after.is_proved)
        self.assertTrue(after.is_genuine)
        [row] = after.content["flows"]
        self.assertEqual(
            [row[name] for name in ("expected", "received", "posted", "accepted", "open")], [2, 2, 2, 2, 0]
        )
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "finance_integration_audit.finance_incident_report_document", after.ids
        )
        self.assertIn(after.digest.encode(), html)
        with self.assertRaises(AccessError):
            after.write({"name": "it was not"})
        with mute_logger("odoo.sql_db"), self.assertRaises(DatabaseError), self.env.cr.savepoint():
            self.env.cr.execute(SQL("UPDATE finance_incident_report SET name = 'x' WHERE id = %s", after.id))
        with self.assertRaises(UserError):
            self.report(begin=self.env.cr.now() - timedelta(days=60))
        with self.assertRaises(AccessError):
            self.report("viewer")

    def test_a17_what_changed_by_date_with_what_was_before_and_after(self):
        """A-17: decisions on governed changes and audit entries of configuration are one list, by company."""
        change = self.env["finance.change"].create(
            {
                "name": "Bank flow",
                "event": "approved",
                "res_model": "finance.flow",
                "res_id": self.flow.id,
                "company_id": self.company.id,
                "before": {"Attempts": 8, "Same": 1},
                "after": {"Attempts": 3, "Same": 1},
                "decided_by_id": self.env.uid,
                "decided_at": self.env.cr.now(),
            }
        )
        self.env["finance.audit"]._record("connection.changed", self.connection, before={"a": 1}, after={"a": 2})
        log = self.as_user(self.env["finance.change.log"], "auditor")
        self.env.flush_all()
        rows = log.search([("res_model", "in", ("finance.flow", "finance.connection"))])
        told = {row.res_model: row.difference_text for row in rows if row.change_id == change or row.entry_id}
        self.assertEqual(told["finance.flow"], "Attempts: 8 → 3")
        self.assertIn("a: 1 → 2", told["finance.connection"])
        stranger = self.as_user(self.env["finance.change.log"], "auditor", other_company=True)
        self.assertFalse(stranger.search([("res_id", "=", self.flow.id), ("res_model", "=", "finance.flow")]))
