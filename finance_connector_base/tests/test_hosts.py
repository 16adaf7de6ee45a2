"""Host lists of environments (B-46): what is not on the list is not reached, seen on real sockets."""

import shutil
import tempfile
from pathlib import Path

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from sandbox.process import StandIn

from ..engine.errors import RejectedError
from ..transports import sftp
from .system_case import SystemCase


@tagged("post_install", "-at_install")
class TestHosts(SystemCase):
    http_kind = "good"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hosts = cls.env["finance.host"]

    def asked(self):
        """:return: how many requests have reached the system"""
        return len(self.system.control("GET")["requests"])

    def move(self, host, environment):
        """Let a host be on the list of one environment alone."""
        self.hosts.search([("name", "=", host)]).unlink()
        self.hosts.create({"name": host, "environment": environment})

    def refused(self, connection, path="echo"):
        with self.assertRaises(RejectedError) as caught, connection._http() as client:
            client.get(path)
        self.assertEqual(caught.exception.reason, "host_not_allowed")

    def test_b46_a_sandbox_connection_does_not_reach_a_production_host_and_the_other_way_round(self):
        for mine, other in (("sandbox", "production"), ("production", "sandbox"), ("test", "production")):
            connection = self.http_connection(environment=mine)
            with connection._http() as client:
                self.assertEqual(client.get("echo").status, 200)
            before = self.asked()
            self.move("localhost", other)
            with self.subTest(mine):
                self.refused(connection)
                self.assertEqual(self.asked(), before, "nothing has reached the other side")
            self.move("localhost", mine)
            with connection._http() as client:
                self.assertEqual(client.get("echo").status, 200)

    def test_b46_another_spelling_or_a_further_address_is_no_way_around(self):
        port = self.system.ready["ports"]["good"]
        connection = self.http_connection(http_more_origins=f"https://127.0.0.1:{port}")
        self.hosts.search([]).unlink()
        self.hosts.create({"name": "localhost", "environment": "test"})
        self.refused(connection, f"https://127.0.0.1:{port}/echo")
        connection.http_base_url = f"https://LOCALHOST.:{port}"
        with connection._http() as client:
            self.assertEqual(client.get("echo").status, 200)
        connection.http_base_url = f"https://127.0.0.1:{port}"
        self.refused(connection)

    def test_b46_a_redirect_does_not_lead_to_a_host_that_is_not_allowed(self):
        connection = self.http_connection()
        endpoint = connection._http_endpoint()
        self.assertEqual(endpoint.hosts, {"localhost"})
        with self.assertRaises(RejectedError):
            endpoint.target("https://bank.example/")

    def test_b46_sftp_is_held_to_the_list_before_it_connects(self):
        root = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, root)
        bank = StandIn("sandbox.sftp", "--root", str(root), "--user", "bank:secret")
        self.addCleanup(bank.stop)
        connection = self.make_connection(
            "finance.adapter.sftp",
            environment="sandbox",
            sftp_host=bank.ready["host"],
            sftp_port=bank.ready["port"],
            sftp_username="bank",
            sftp_host_key=bank.ready["fingerprint"],
        )
        self.env["finance.secret"]._put(connection, "password", "secret")
        adapter = self.env["finance.adapter.sftp"]
        self.assertIn("answers", adapter._check(connection))
        self.move(bank.ready["host"], "production")
        with self.assertRaises(RejectedError) as caught:
            adapter._check(connection)
        self.assertEqual(caught.exception.reason, "host_not_allowed")
        with self.assertRaises(RejectedError), sftp.session(adapter._server(connection)):
            pass

    def test_b46_lists_of_companies(self):
        connection = self.http_connection()
        self.hosts.search([]).unlink()
        theirs = self.hosts.create({"name": "localhost", "environment": "test", "company_id": self.other_company.id})
        self.refused(connection)
        theirs.company_id = False
        with connection._http() as client:
            self.assertEqual(client.get("echo").status, 200)

    def test_b46_going_live_says_which_host_is_missing_and_where_to_enter_it(self):
        connection = self.as_user(self.http_connection(state="draft", max_concurrency=1), "admin")
        self.hosts.search([]).unlink()
        self.assertEqual(connection.hosts_missing, "localhost")
        connection.action_test()
        self.assertFalse(connection.check_ok)
        self.assertIn("Configuration > Hosts", connection.check_result)
        with self.assertRaisesRegex(UserError, r"reach localhost \(Configuration > Hosts, environment Test\)"):
            connection.action_activate()
        connection.action_allow_hosts()
        self.assertFalse(connection.hosts_missing)
        connection.action_test()
        connection.action_activate()
        self.assertEqual(connection.state, "active")

    def test_b46_a_host_of_another_environment_is_not_allowed_by_the_button(self):
        connection = self.as_user(self.http_connection(state="draft"), "admin")
        self.move("localhost", "production")
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "on the list of hosts for Production"):
            connection.action_allow_hosts()

    def test_hosts_are_plain_names(self):
        self.assertEqual(
            self.hosts.create({"name": " API.Bank.Example. ", "environment": "test"}).name, "api.bank.example"
        )
        for name in ("https://bank.example", "bank.example/path", "*", "*.", "bank.example:443", "a b", "x.*.example"):
            with self.subTest(name), self.assertRaises(ValidationError):
                self.hosts.create({"name": name, "environment": "test"})

    def test_changes_of_the_list_are_on_record(self):
        with self.trap_audit() as told:
            host = self.hosts.create({"name": "bank.example", "environment": "test"})
            host.environment = "production"
            host.unlink()
        self.assertEqual([entry["event"] for entry in told], ["host.allowed", "host.changed", "host.removed"])
        self.assertEqual(told[1]["before"]["environment"], "test")

    # -- after an upgrade ----------------------------------------------------------------------

    def test_b46_after_an_upgrade_what_is_in_use_is_shown_and_allowed_in_one_step(self):
        test = self.http_connection(environment="test")
        sftp_connection = self.make_connection(
            "finance.adapter.sftp", environment="production", sftp_host="sftp.bank.example", sftp_username="u"
        )
        draft = self.make_connection(
            "finance.adapter.sftp", environment="test", sftp_host="draft.example", state="draft"
        )
        shared = [
            self.make_connection("finance.adapter.sftp", environment=environment, sftp_host="both.example")
            for environment in ("test", "production")
        ]
        # as a version without lists has left it
        self.hosts.search([]).unlink()
        self.hosts.create({"name": "*.other.example", "environment": "production"})
        taken = self.make_connection("finance.adapter.sftp", environment="sandbox", sftp_host="a.other.example")
        self.hosts.search([("environment", "=", "sandbox")]).unlink()
        self.env.invalidate_all()
        wizard = self.as_user(self.env["finance.host.wizard"], "admin").create({})
        for told in ("localhost", "sftp.bank.example", "both.example", "a.other.example", sftp_connection.name):
            self.assertIn(told, wizard.preview)
        self.assertNotIn("draft.example", wizard.preview)
        with self.at_the_screen(wizard.env.user):
            with self.assertRaisesRegex(UserError, "why"):
                wizard.action_allow()
            wizard.reason = "upgrade of March"
            with self.trap_audit() as told:
                wizard.action_allow()
        self.assertFalse(test.hosts_missing or sftp_connection.hosts_missing)
        self.assertEqual(draft.hosts_missing, "draft.example")
        # what two environments would share is a decision of its own
        self.assertEqual([connection.hosts_missing for connection in shared], ["both.example"] * 2)
        self.assertEqual(taken.hosts_missing, "a.other.example")
        mine = self.hosts.search([("name", "in", ["localhost", "sftp.bank.example"])])
        self.assertEqual(mine.company_id, self.company)
        [entry] = [entry for entry in told if entry["event"] == "hosts.allowed_in_use"]
        self.assertEqual(entry["reason"], "upgrade of March")
        self.assertEqual({allowed["host"] for allowed in entry["after"]["hosts"]}, {"localhost", "sftp.bank.example"})
        with self.at_the_screen(wizard.env.user), self.assertRaisesRegex(UserError, "nothing to allow"):
            wizard.action_allow()

    def test_b46_only_administrators_and_with_the_password(self):
        self.http_connection()
        self.hosts.search([]).unlink()
        self.env.invalidate_all()
        wizard = self.as_user(self.env["finance.host.wizard"], "admin").create({"reason": "r"})
        with self.at_the_screen(wizard.env.user, checked=None):
            self.assertEqual(wizard.action_allow()["res_model"], "res.users.identitycheck")
        self.assertFalse(self.hosts.search([]))
        for role in ("viewer", "operator", "steward", "auditor"):
            with self.subTest(role), self.assertRaises(AccessError):
                self.as_user(wizard, role).action_allow()
