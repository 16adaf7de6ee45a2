"""What runs changes after another person's approval (B-56)."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .fake_case import FakeCase


@tagged("post_install", "-at_install")
class TestConfigChange(FakeCase):
    def setUp(self):
        super().setUp()
        self.connection.write({"sftp_host": "old.example", "check_ok": True})
        self.mine = self.as_user(self.connection, "admin")
        self.user("admin", number=2)

    def change(self):
        self.env.invalidate_all()
        return self.connection.pending_change_id

    def edit(self, **values):
        self.mine.write(values or {"sftp_host": "new.example", "max_concurrency": 7})
        return self.change()

    def approve(self, change, number=2, **options):
        user = self.user("admin", number=number)
        mine = self.as_user(change, "admin", number=number)
        with self.at_the_screen(user, **options):
            answer = mine.with_context(finance_seen_hash=change.proposed_hash).action_approve()
        self.env.invalidate_all()
        return answer

    def test_b56_an_edit_has_no_effect_before_somebody_else_approves(self):
        change = self.edit()
        self.assertEqual((self.connection.sftp_host, self.connection.max_concurrency), ("old.example", 0))
        self.assertEqual((self.connection.state, self.connection.check_ok), ("active", True))
        self.assertEqual((change.state, change.proposed_by_id), ("proposed", self.user("admin")))
        for text in ("Host", "old.example", "new.example", "Messages at the same time", "7"):
            self.assertIn(text, change.difference)
        self.assertIn(self.user("admin", number=2), change.activity_ids.user_id)
        [message] = self.enqueue(self.flow, {})
        self.drain()
        self.assertState(message, "done")

    def test_b56_approved_it_counts_and_another_place_is_tested_first(self):
        change = self.edit()
        self.approve(change)
        self.assertEqual((self.connection.sftp_host, self.connection.max_concurrency), ("new.example", 7))
        self.assertEqual((self.connection.state, self.connection.check_ok), ("paused", False))
        self.assertEqual((change.state, change.approved_by_id), ("active", self.user("admin", number=2)))
        with self.assertRaisesRegex(UserError, "Test it first"):
            self.mine.action_resume()
        self.mine.action_test()
        self.mine.action_resume()
        self.assertEqual(self.connection.state, "active")
        logged = self.env["finance.change"].search([("res_model", "=", change._name), ("res_id", "=", change.id)])
        self.assertEqual((logged.event, logged.decided_by_id), ("approved", self.user("admin", number=2)))
        self.assertIn("old.example → new.example", logged.difference)

    def test_b56_limits_alone_do_not_stop_the_connection(self):
        self.approve(self.edit(max_concurrency=3))
        self.assertEqual((self.connection.state, self.connection.max_concurrency), ("active", 3))

    def test_b56_another_environment_counts_after_approval_and_test(self):
        self.approve(self.edit(environment="production"))
        self.assertEqual((self.connection.state, self.connection.environment), ("paused", "production"))
        self.assertEqual(self.connection.activated_environment, "production")
        self.connection._check_outbound()

    def test_b56_what_does_not_matter_is_written_at_once_also_in_the_same_edit(self):
        self.mine.write({"name": "Renamed", "sftp_host": "new.example"})
        self.assertEqual((self.connection.name, self.connection.sftp_host), ("Renamed", "old.example"))
        self.assertEqual(list(self.change().items[0]["after"]), ["sftp_host"])

    def test_b56_writing_the_same_value_is_no_change(self):
        self.mine.write({"sftp_host": "old.example", "sftp_username": False, "max_concurrency": 0})
        self.assertFalse(self.change())

    def test_b56_a_draft_is_edited_freely(self):
        self.connection.state = "draft"
        self.mine.sftp_host = "new.example"
        self.assertEqual(self.connection.sftp_host, "new.example")
        flow = self.as_user(self.flow, "admin")
        flow.direction = "out"
        self.assertEqual(self.flow.direction, "out")

    def test_b56_flows_of_an_active_connection(self):
        flow = self.as_user(self.flow, "admin")
        flow.write({"direction": "out", "retry_max": 3, "fetch_interval": 5})
        self.env.invalidate_all()
        self.assertEqual((self.flow.direction, self.flow.retry_max, self.flow.fetch_interval), ("in", 8, 5))
        change = self.flow.pending_change_id
        self.assertIn("In", change.difference)
        self.approve(change)
        self.assertEqual((self.flow.direction, self.flow.retry_max), ("out", 3))
        # by the lines of the connection as well
        self.mine.write({"flow_ids": [(1, self.flow.id, {"batch_size": 9})]})
        self.env.invalidate_all()
        self.assertEqual(self.flow.batch_size, 50)
        self.assertTrue(self.flow.pending_change_id)

    def test_attack_04_nobody_approves_the_own_change(self):
        change = self.edit()
        with self.assertRaisesRegex(UserError, "another connector administrator"):
            self.approve(change, number=1)
        twin = self.user("admin", number=3)
        twin.partner_id = self.user("admin").partner_id
        with self.assertRaisesRegex(UserError, "another connector administrator"):
            self.approve(change, number=3)
        self.assertEqual(self.connection.sftp_host, "old.example")

    def test_attack_16_no_program_approves_and_the_password_is_asked(self):
        change = self.edit()
        with self.assertRaises(AccessError):
            self.approve(change, path="/json/2/finance.config.change/action_approve")
        answer = self.approve(change, checked=None)
        self.assertEqual(answer["res_model"], "res.users.identitycheck")
        self.assertEqual(self.connection.sftp_host, "old.example")

    def test_attack_the_content_of_a_change_cannot_be_written_or_made(self):
        change = self.edit()
        for role, number in (("admin", 1), ("admin", 2), ("operator", 1), ("steward", 1)):
            mine = self.as_user(change, role, number=number)
            items = [{"model": "res.users", "id": 2, "name": "x", "before": {}, "after": {"password": "x"}}]
            for values in ({"items": items}, {"state": "active"}, {"proposed_hash": "x"}, {"company_id": False}):
                with self.subTest(role=role, values=values), self.assertRaises(AccessError):
                    mine.write(values)
            with self.assertRaises(AccessError):
                mine.create({"name": "x", "items": items, "state": "proposed"})
        # nor does one that got there reach anything but configuration
        forged = self.env["finance.config.change"]._propose_items("x", self.company, items, "edit")
        with self.assertRaises(UserError):
            self.approve(forged)

    def test_b56_what_was_changed_meanwhile_is_not_overwritten(self):
        change = self.edit()
        self.connection.sftp_host = "third.example"
        with self.assertRaisesRegex(UserError, "since this was proposed"):
            self.approve(change)
        self.assertEqual(self.connection.sftp_host, "third.example")

    def test_b56_one_change_at_a_time(self):
        self.edit()
        with self.assertRaisesRegex(UserError, "waits for approval already"):
            self.mine.write({"sftp_port": 2222})

    def test_b56_what_cannot_be_meant_is_refused_at_once(self):
        with self.assertRaises(UserError):
            self.mine.write({"http_base_url": "ftp://bank.example"})
        self.assertFalse(self.change())
        self.mine.write({"http_base_url": "https://bank.example"})
        self.assertTrue(self.change())
        self.assertFalse(self.connection.http_base_url)

    def test_b56_rejected_and_withdrawn(self):
        change = self.edit()
        self.as_user(change, "admin", number=2)._reject("wrong host")
        self.assertFalse(self.change())
        self.assertEqual((change.state, change.decision_note), ("draft", "wrong host"))
        with self.assertRaises(UserError):
            self.as_user(change, "admin").action_propose()
        change = self.edit()
        self.as_user(change, "admin").action_withdraw()
        self.assertFalse(self.change())
        self.assertEqual(self.connection.sftp_host, "old.example")

    def test_b56_rolled_back_by_two_people_as_well(self):
        change = self.edit(max_concurrency=3)
        self.approve(change)
        action = self.as_user(change, "admin").action_roll_back()
        back = self.env["finance.config.change"].browse(action["res_id"])
        self.assertEqual((back.origin, back.state, self.connection.max_concurrency), ("roll_back", "proposed", 3))
        self.approve(back)
        self.assertEqual((change.state, self.connection.max_concurrency), ("retired", 0))

    def test_b56_the_suite_itself_is_not_held_up(self):
        self.connection.write({"sftp_host": "engine.example"})
        self.assertEqual(self.connection.sftp_host, "engine.example")

    def test_b53_changes_of_another_company_are_out_of_sight(self):
        change = self.edit()
        foreign = self.as_user(change, "admin", other_company=True)
        self.assertFalse(foreign.search([]))
        with self.assertRaises(AccessError):
            foreign.action_withdraw()

    # -- what is added and what is deleted -------------------------------------------------

    def test_b56_a_flow_that_is_added_begins_after_approval(self):
        flow = self.as_user(self.env["finance.flow"], "admin").create(
            {"name": "New", "connection_id": self.connection.id, "handler": "finance.handler.test"}
        )
        self.env.invalidate_all()
        flow = flow.with_env(self.env)
        self.assertFalse(flow.active)
        change = flow.pending_change_id
        self.assertEqual((change.state, change.proposed_by_id), ("proposed", self.user("admin")))
        self.assertIn("finance.handler.test", str(change.items))
        [message] = self.enqueue(flow, {"do": "effect", "key": "new"})
        self.drain()
        self.assertState(message, "queued")
        with self.assertRaises(UserError):
            self.as_user(flow, "admin").write({"active": True})
        with self.assertRaises(UserError):
            self.approve(change, number=1)
        self.approve(change)
        self.assertTrue(flow.active)
        self.drain()
        self.assertState(message, "done")

    def test_b56_a_flow_is_archived_deleted_and_begun_again_after_approval(self):
        mine = self.as_user(self.flow, "admin")
        for act in (lambda: mine.write({"active": False}), mine.unlink):
            act()
            self.env.invalidate_all()
            self.assertTrue(self.flow.active, "it works on meanwhile")
            self.approve(self.flow.pending_change_id)
            self.assertFalse(self.flow.active)
            mine.write({"active": True})
            self.env.invalidate_all()
            self.assertFalse(self.flow.active)
            self.approve(self.flow.pending_change_id)
            self.assertTrue(self.flow.active)

    def test_b56_limits_of_calls_come_and_go_after_approval(self):
        self.mine.write({"limit_ids": [(0, 0, {"path": "/pay", "rate": 2})]})
        limits = self.env["finance.limit"].with_context(active_test=False)
        limit = limits.search([("connection_id", "=", self.connection.id)])
        self.assertFalse(limit.active)
        self.assertEqual(limits._of_connections(self.connection.ids)[0], {})
        change = self.env["finance.config.change"].search([("state", "=", "proposed")])
        self.assertIn("/pay", change.difference)
        self.approve(change)
        [(_id, path, _limit)] = limits._of_connections(self.connection.ids)[0][self.connection.id]
        self.assertEqual(path, "/pay")
        self.mine.write({"limit_ids": [(2, limit.id)]})
        self.env.invalidate_all()
        self.assertTrue(limit.active, "it holds meanwhile")
        self.approve(self.env["finance.config.change"].search([("state", "=", "proposed")]))
        self.assertEqual(limits._of_connections(self.connection.ids)[0], {})

    def test_b56_a_limit_takes_over_from_the_row_in_which_an_outage_was_noted(self):
        self.mine.write({"limit_ids": [(0, 0, {"rate": 2})]})
        self.env["finance.limit"]._ramp(self.connection.id)
        change = self.env["finance.config.change"].search([("state", "=", "proposed")])
        self.approve(change)
        self.assertEqual(self.connection.limit_ids.mapped("rate"), [2])

    def test_b56_on_a_draft_all_of_it_is_free(self):
        self.connection.state = "draft"
        flow = self.as_user(self.env["finance.flow"], "admin").create(
            {"name": "New", "connection_id": self.connection.id, "handler": "finance.handler.test"}
        )
        self.assertTrue(flow.active)
        flow.unlink()
        self.assertFalse(flow.exists())
        self.assertFalse(self.env["finance.config.change"].search([("state", "=", "proposed")]))

    def test_b40_b56_how_a_connection_logs_in_changes_after_approval(self):
        values = {
            "http_auth": "client_credentials",
            "http_username": "u",
            "oauth_address": "https://login.example/token",
            "oauth_client": "odoo",
            "oauth_client_auth": "post",
            "oauth_scope": "payments",
            "oauth_audience": "https://api.example",
            "oauth_issuer": "https://login.example",
            "oauth_days": 90,
        }
        before = {name: self.connection[name] for name in values}
        change = self.edit(**values)
        self.assertEqual({name: self.connection[name] for name in values}, before)
        self.assertEqual(change.items[0]["after"].keys(), values.keys())
        self.approve(change)
        self.assertEqual({name: self.connection[name] for name in values}, values)
        self.assertEqual((self.connection.state, self.connection.check_ok), ("paused", False))
