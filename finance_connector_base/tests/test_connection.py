"""Connections: inert until owned, placed and tested; inert again when they lead elsewhere."""

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .fake_case import FakeCase


@tagged("post_install", "-at_install")
class TestConnection(FakeCase):
    def new(self, **values):
        return self.as_user(self.env["finance.connection"], "admin").create(
            {"name": "Bank", "adapter": "finance.adapter.test", "company_id": self.company.id, **values}
        )

    def test_b01_activation_needs_owner_environment_and_a_passed_test(self):
        connection = self.new(owner_id=False, max_concurrency=0)
        owner, environment = r"an owner \(field Owner\)", r"an environment \(field Environment\)"
        limits, test = r"limits \(page Limits, .*\)", r"a passed test \(press Test\)"
        for step, missing in (
            ({}, (owner, environment, limits, test)),
            ({"owner_id": self.user("admin").id}, (environment, limits, test)),
            ({"environment": "test"}, (limits, test)),
            ({"max_concurrency": 2}, (test,)),
        ):
            connection.write(step)
            with self.assertRaisesRegex(UserError, "still needs: " + ", ".join(missing)):
                connection.action_activate()
        connection.action_test()
        connection.action_activate()
        self.assertEqual(connection.state, "active")

    def test_b01_where_nothing_is_reached_no_limit_is_needed(self):
        connection = self.new(adapter="finance.adapter.manual", environment="production")
        connection.action_test()
        connection.action_activate()
        self.assertEqual(connection.state, "active")

    def test_b01_a_pause_is_no_way_around_the_test(self):
        """What leads elsewhere since it was paused is tested before it goes on."""
        self.connection.action_pause()
        self.connection.sftp_host = "elsewhere.example"
        self.assertFalse(self.connection.check_ok)
        with self.assertRaisesRegex(UserError, "Test it first"):
            self.as_user(self.connection, "operator").action_resume()
        self.assertEqual(self.connection.state, "paused")

    def test_b01_a_failed_test_does_not_count(self):
        connection = self.new(name="unreachable", environment="test")
        answer = connection.action_test()
        self.assertEqual(answer["params"]["type"], "danger")
        self.assertEqual(connection.check_result, "Nobody answers.")
        with self.assertRaises(UserError):
            connection.action_activate()

    def test_b01_a_connection_in_use_keeps_owner_and_environment(self):
        for field in ("owner_id", "environment"):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.connection[field] = False
                self.connection.flush_recordset()

    def test_state_and_test_result_cannot_be_set_by_rpc(self):
        """Attack 1 and 2: neither written, nor given at creation, nor smuggled in by the context."""
        connection = self.new(environment="test", state="active", check_ok=True)
        self.assertEqual((connection.state, connection.check_ok), ("draft", False))
        connection = self.as_user(
            self.env["finance.connection"].with_context(default_state="active", default_check_ok=True), "admin"
        ).create({"name": "Bank", "adapter": "finance.adapter.test", "company_id": self.company.id})
        self.assertEqual((connection.state, connection.check_ok), ("draft", False))
        for values in ({"state": "active"}, {"check_ok": True}, {"auth_needed": False}, {"hold_until": False}):
            with self.assertRaises(AccessError):
                connection.write(values)

    def test_a_copy_begins_as_a_draft(self):
        copy = self.connection.copy()
        self.assertEqual((copy.state, copy.check_ok, copy.secret_ids.ids), ("draft", False, []))

    def test_endpoint_of_each_kind(self):
        fields = self.env["finance.connection"]._endpoint_fields()
        self.assertLessEqual(
            {"adapter", "environment", "company_id", "sftp_host", "sftp_port", "sftp_host_key", "folder_path"}, fields
        )
        for name, value in (("sftp_host", "other.example"), ("sftp_port", 2222), ("folder_path", "/elsewhere")):
            self.connection.write({"state": "draft", "check_ok": True})
            self.as_user(self.connection, "admin").write({name: value})
            self.assertFalse(self.connection.check_ok, name)

    def test_company_and_flow_stay_once_there_are_messages(self):
        self.enqueue(self.flow, {})
        self.flow.active = False  # also when the flow is out of sight
        with self.assertRaises(UserError):
            self.connection.company_id = self.other_company
        with self.assertRaises(UserError):
            self.flow.connection_id = self.make_connection()

    def test_steering_a_draft_is_refused(self):
        connection = self.new()
        for step in (connection.action_pause, connection.action_drain, connection.action_resume):
            with self.assertRaises(UserError):
                step()

    def test_health(self):
        def health():
            self.env.invalidate_all()
            return self.connection.health

        self.assertEqual(health(), "idle")
        self.enqueue(self.flow, {})
        self.assertEqual(health(), "healthy")
        self.drain()
        self.assertEqual(health(), "healthy")
        [held] = self.enqueue(self.flow, {"do": "raise", "error": "RejectedError"})
        self.drain()
        self.assertEqual(health(), "attention")
        held._discard("no")
        self.flow.retry_max = 1
        self.enqueue(self.flow, {"do": "raise", "error": "TransientError"})
        self.drain()
        self.assertEqual(health(), "down")
        self.connection.action_pause()
        self.assertEqual(health(), "off")

    def test_flow_sizes_are_sane(self):
        for values in (
            {"batch_size": 0},
            {"lease_seconds": 0},
            {"retry_max": 0},
            {"retry_cap": 1.0},
            {"likeness_days": -1},
        ):
            with self.assertRaises(Exception) as caught, self.env.cr.savepoint():
                self.flow.write(values)
                self.flow.flush_recordset()
            self.assertIn("positive_sizes", str(caught.exception))

    def test_unknown_kind_is_said_in_words(self):
        self.env.cr.execute(
            "UPDATE finance_connection SET adapter = 'finance.adapter.gone' WHERE id = %s", self.connection.ids
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "Install the module"):
            self.connection._adapter()
