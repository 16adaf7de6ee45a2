"""A connection works in the database it was activated in, and in no copy of it (B-46, fault 63, attack 37)."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import file_open

from ..engine.envelope import Envelope
from ..engine.errors import AuthNeededError
from .common import ROLES
from .fake_case import FakeCase


@tagged("post_install", "-at_install")
class TestDatabaseCopy(FakeCase):
    def setUp(self):
        super().setUp()
        self.connection = self.make_connection("finance.adapter.test")
        self.flow = self.make_flow(self.connection, direction="out")

    def become_a_copy(self):
        self.env["ir.config_parameter"].set_param("database.uuid", "another database")
        self.env.invalidate_all()

    def become_neutralized(self):
        self.env.flush_all()
        with file_open("finance_connector_base/data/neutralize.sql") as script:
            self.env.cr.execute(script.read())
        self.env["ir.config_parameter"].set_param("database.is_neutralized", True)
        self.env.invalidate_all()

    def assertRefused(self, reason="database_copy"):
        with self.assertRaises(AuthNeededError) as caught:
            self.connection._check_outbound()
        self.assertEqual(caught.exception.reason, reason)

    def test_at_home_it_may(self):
        self.connection._check_outbound()
        self.assertFalse(self.connection.is_foreign)

    def test_b46_in_a_copy_nothing_leaves(self):
        [fetch] = self.env["finance.message"]._enqueue(self.flow, [Envelope(kind="fetch", subject="fetch")])
        self.become_a_copy()
        self.assertTrue(self.connection.is_foreign)
        self.assertRefused()
        self.drain()
        self.assertState(fetch, "held", "database_copy")
        self.assertEqual(self.connection.auth_reason, "database_copy")
        self.assertIn("copy", self.connection.auth_remedy)

    def test_b46_nor_in_a_neutralized_one_with_the_same_identity(self):
        self.become_neutralized()
        self.assertEqual(self.connection.state, "paused")
        with self.assertRaisesRegex(UserError, "Test it first"):
            self.connection.action_resume()
        # nor when somebody finds another way
        self.connection.state = "active"
        self.assertRefused()
        draft = self.env["finance.connection"].create({"name": "d", "adapter": "finance.adapter.test"})
        with self.assertRaises(AuthNeededError):
            draft._check_outbound()

    def test_b46_nor_in_one_of_another_name(self):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE finance_connection SET database_identity = replace(database_identity, %s, 'prod')",
            (self.env.cr.dbname,),
        )
        self.env.invalidate_all()
        self.assertRefused()

    def test_b46_the_schedule_queues_nothing(self):
        self.env.flush_all()
        self.env.cr.execute("UPDATE finance_flow SET fetch_interval = 5 WHERE id = %s", (self.flow.id,))
        self.become_a_copy()
        self.env["finance.flow"]._cron_schedule()
        self.assertFalse(self.env["finance.message"].search([("flow_id", "=", self.flow.id)]))

    def test_b46_a_test_of_the_connection_reaches_nothing_either(self):
        self.become_a_copy()
        self.connection.action_test()
        self.assertFalse(self.connection.check_ok)
        self.assertIn("copy", self.connection.check_result)

    def test_files_brought_by_people_are_worked_in_a_copy(self):
        self.become_a_copy()
        flow = self.make_flow(self.env["finance.connection"]._manual(self.company))
        [message] = self.enqueue(flow, {"do": "effect"})
        self.drain()
        self.assertState(message, "done")

    def test_b46_confirmed_it_starts_over_and_what_waited_to_be_sent_does_not_leave_by_itself(self):
        [waiting] = self.enqueue(self.flow, {"do": "effect"})
        self.become_a_copy()
        self.connection.action_confirm_database()
        self.assertEqual((self.connection.state, self.connection.check_ok), ("draft", False))
        self.assertFalse(self.connection.is_foreign)
        self.connection._check_outbound()
        self.assertState(waiting, "held", "database_copy")
        self.connection.max_concurrency = 1
        self.connection.action_test()
        self.connection.action_activate()
        self.drain()
        self.assertState(waiting, "held", "database_copy")
        with self.assertRaises(UserError):
            self.connection.action_confirm_database()

    def test_only_administrators_confirm_and_nobody_writes_the_identity(self):
        self.become_a_copy()
        for role in ROLES:
            mine = self.as_user(self.connection, role)
            with self.subTest(role), self.assertRaises(AccessError):
                mine.write({"database_identity": mine._current_identity()})
            if role != "admin":
                with self.subTest(role), self.assertRaises(AccessError):
                    mine.action_confirm_database()

    def test_another_environment_than_the_one_activated(self):
        self.connection.environment = "production"
        self.assertRefused("environment_changed")
