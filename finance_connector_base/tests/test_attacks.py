"""Attacks on the control plane by people and programs that have a login (RELIABILITY 4.2).

Others are where what they attack is tested: ``git grep attack_`` finds them.
"""

import threading
import xmlrpc.client
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .fake_case import FakeCase

#: what core or other add-ons obey, and what somebody might hope that we do
SMUGGLED = {
    "active_test": False,
    "default_check_ok": True,
    "default_state": "active",
    "fin_internal": True,
    "force_write": True,
    "import_file": True,
    "install_mode": True,
    "mail_notrack": True,
    "module": "finance_connector_base",
    "no_check": True,
    "skip_readonly_check": True,
    "su": True,
    "tracking_disable": True,
    "uid": 1,
}


@tagged("post_install", "-at_install")
class TestAttacks(HttpCase, FakeCase):
    def routes(self):
        """:return: the routing rules, which Odoo finds by the database of the thread"""
        thread = threading.current_thread()
        thread.dbname = self.env.cr.dbname
        self.addCleanup(delattr, thread, "dbname")
        return self.env["ir.http"].routing_map().iter_rules()

    def key(self, role, scope):
        keys = self.env(user=self.user(role))["res.users.apikeys"].sudo()
        key = keys._generate(scope, "attack", fields.Datetime.now() + timedelta(days=1))
        self.env.flush_all()
        return key

    def json2(self, key, model, method, **body):
        headers = {"Authorization": f"Bearer {key}"}
        return self.url_open(f"/json/2/{model}/{method}", json=body, headers=headers)

    def test_attack_01_02_nobody_gives_a_state_or_an_approver(self):
        """At creation it is dropped, in a write refused; what only the engine makes is made by nobody."""
        for role, model in (("steward", "finance.mapping.set"), ("steward", "finance.routing")):
            mine = self.as_user(self.env[model], role)
            given = {"name": "smuggled", "code": "smuggled", "state": "active", "approved_by_id": self.user(role).id}
            record = mine.with_context(default_state="active").create(
                {name: value for name, value in given.items() if name in mine._fields}
            )
            with self.subTest(model):
                self.assertEqual((record.state, record.approved_by_id.id), ("draft", False))
                for values in ({"state": "active"}, {"approved_by_id": self.user(role).id}):
                    with self.assertRaises(AccessError):
                        record.write(values)
        values = {"flow_id": self.flow.id, "connection_id": self.flow.connection_id.id, "company_id": self.company.id}
        for role in ("operator", "steward", "admin"):
            for model, content in (
                ("finance.message", {**values, "correlation_id": "x", "state": "done"}),
                ("finance.config.change", {"name": "x", "state": "active"}),
                ("finance.content.key", {"company_id": self.company.id, "environment": "test", "day": "2026-01-01"}),
            ):
                with self.subTest(role, model=model), self.assertRaises(AccessError):
                    self.as_user(self.env[model], role).create(content)

    def test_attack_06_who_gets_a_role_is_written_down_also_by_himself(self):
        operator = self.env.ref("finance_connector_base.finance_group_operator")
        mine = self.user("employee")
        with self.trap_audit() as told:
            mine.sudo().write({"group_ids": [(4, operator.id)]})
        [entry] = told
        self.assertEqual((entry["event"], entry["record"]), ("access.changed", mine))
        self.assertIn("finance_connector_base.finance_group_operator", entry["after"]["roles"])
        self.assertFalse(entry["after"]["by_self"])
        with self.trap_audit() as told:
            operator.write({"user_ids": [(3, mine.id)]})
        [entry] = told
        self.assertEqual((entry["event"], entry["record"], entry["after"]["roles"]), ("access.changed", mine, []))
        admin = self.env.ref("base.user_admin")
        own = admin.with_context(allowed_company_ids=admin.company_id.ids).with_user(admin)
        with self.trap_audit() as told:
            own.write({"group_ids": [(4, self.env.ref("finance_connector_base.finance_group_auditor").id)]})
        self.assertTrue(told[0]["after"]["by_self"])
        with self.trap_audit() as told:
            mine.write({"name": "Another name"})
            mine.write({"group_ids": [(4, self.env.ref("base.group_user").id)]})
        self.assertEqual(told, [], "what changes no role is no news")

    def test_attack_07_client_context(self):
        """A context is text from the client: no word in it opens anything."""
        [message] = self.enqueue(self.flow, {"do": "raise", "error": "RejectedError"})
        self.drain()
        for role in ("operator", "admin"):
            for records in (message, message.attempt_ids, message.transition_ids):
                mine = self.as_user(records, role).with_context(**SMUGGLED)
                with self.subTest(role=role, model=records._name):
                    with self.assertRaises(AccessError):
                        mine.write({"display_name": "x"})
                    with self.assertRaises(AccessError):
                        mine.unlink()
                    with self.assertRaises(AccessError):
                        mine.create([{}])
        admin = self.as_user(self.env["finance.connection"], "admin").with_context(**SMUGGLED)
        values = {"name": "Smuggled", "adapter": "finance.adapter.test", "company_id": self.company.id}
        try:
            connection = admin.create(values)
        except UserError:
            return
        self.assertEqual((connection.state, connection.check_ok), ("draft", False))

    @mute_logger("odoo.http")
    def test_attack_16_a_key_of_another_scope_opens_no_rpc(self):
        """A key made for the REST API is worth nothing on JSON-2, on XML-RPC or as a password."""
        key = self.key("operator", "finance.api")
        self.assertEqual(self.json2(key, "finance.message", "search_count", domain=[]).status_code, 401)
        self.assertEqual(
            self.json2(self.key("operator", "rpc"), "finance.message", "search_count", domain=[]).status_code, 200
        )
        login = self.user("operator").login
        body = xmlrpc.client.dumps((self.env.cr.dbname, login, key, {}), "authenticate")
        answer = self.url_open("/xmlrpc/2/common", data=body, headers={"Content-Type": "text/xml"})
        self.assertIn("<boolean>0</boolean>", answer.text)

    @mute_logger("odoo.http", "odoo.sql_db")
    def test_attack_30_sorting_and_filtering_are_no_sql(self):
        key = self.key("operator", "rpc")
        hostile = "id; DELETE FROM finance_message; --"
        [message] = self.enqueue(self.flow, {"do": "nothing"})
        self.env.flush_all()
        for arguments in (
            {"domain": [], "fields": ["id"], "order": hostile},
            {"domain": [[hostile, "=", 1]], "fields": ["id"]},
            {"domain": [], "fields": [hostile]},
        ):
            with self.subTest(arguments):
                self.assertNotEqual(self.json2(key, "finance.message", "search_read", **arguments).status_code, 200)
        quoted = [["subject", "=", "'; DELETE FROM finance_message; --"]]
        self.assertEqual(self.json2(key, "finance.message", "search_read", domain=quoted, fields=["id"]).json(), [])
        self.assertTrue(message.exists())

    def test_attack_38_what_has_an_effect_needs_a_token(self):
        """Routes of the suite that a browser's session opens check the CSRF token."""
        weak = [
            rule.rule
            for rule in self.routes()
            if ".addons.finance_" in rule.endpoint.func.__module__
            and rule.endpoint.routing["type"] == "http"
            and rule.endpoint.routing["auth"] == "user"
            and not rule.endpoint.routing.get("csrf", True)
        ]
        self.assertEqual(weak, [])

    @mute_logger("odoo.http")
    def test_attack_38_get_has_no_effect(self):
        login = self.user("operator").login
        self.authenticate(login, login + "x" * (8 - len(login)))
        self.flow.flush_recordset()
        answer = self.url_open(
            "/web/dataset/call_kw", params={"model": "finance.flow", "method": "action_pause", "args": "[]"}
        )
        self.assertNotEqual(answer.status_code, 200)
        self.flow.invalidate_recordset()
        self.assertFalse(self.flow.paused)

    def test_attack_42_a_connector_administrator_writes_no_code(self):
        """Neither by rights of the technical administrator, nor through a form of the suite."""
        admin = self.user("admin")
        self.assertFalse(admin.has_group("base.group_system"))
        for name in ("ir.actions.server", "ir.cron", "base.automation", "ir.ui.view", "ir.model.access", "ir.rule"):
            if name in self.env:
                for operation in ("create", "write"):
                    with self.subTest(model=name, operation=operation):
                        self.assertFalse(self.env[name].with_user(admin).has_access(operation))
        for model in self.registry:
            if model.startswith("finance."):
                for field in self.env[model]._fields.values():
                    self.assertNotIn(field.comodel_name, ("ir.actions.server", "ir.cron"), field)
