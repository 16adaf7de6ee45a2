"""Configuration goes from sandbox to test to production (B-46), as a proposal that somebody else approves."""

import base64
import json

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..const import STEWARD
from ..engine import package as packages
from ..models.finance_portable import Scope
from .mapping_case import MappingCase


@tagged("post_install", "-at_install")
class TestPromotion(MappingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for number in (1, 2):
            cls.user("admin", number=number).group_ids += cls.env.ref(STEWARD)
        cls.partners.write({"company_id": cls.company.id})
        for partner in cls.partners:
            partner.ref = f"P-{partner.name}"
        cls.calendar = cls.env["finance.calendar"].create(
            {
                "name": "Hours of the bank",
                "tz": "Europe/Berlin",
                "company_id": cls.company.id,
                "window_ids": [Command.create({"weekday": "0", "start": 8.0, "end": 17.5, "cutoff": 16.0})],
                "holiday_ids": [Command.create({"date": "2026-12-25", "name": "Christmas"})],
            }
        )
        cls.hosts = cls.env["finance.host"]
        cls.hosts.create(
            [
                {"name": "sandbox.bank.example", "environment": "sandbox", "system": "bank"},
                {"name": "api.bank.example", "environment": "production", "system": "bank"},
            ]
        )
        cls.source = cls.make_connection(
            "finance.adapter.test.http",
            name="Acme Bank",
            environment="sandbox",
            http_base_url="https://sandbox.bank.example:8443/v2",
            http_networks="10.20.0.0/16",
            max_concurrency=3,
            calendar_id=cls.calendar.id,
        )
        cls.statements = cls.make_flow(cls.source, name="Statements", retry_max=5)
        cls.env["finance.limit"].create({"connection_id": cls.source.id, "path": "/payments", "rate": 2.5, "burst": 5})
        cls.env["finance.duplicate.rule"].create(
            {
                "name": "Twice the same",
                "flow_id": cls.statements.id,
                "company_id": cls.company.id,
                "reference_path": "number",
                "amount_tolerance": 0.5,
            }
        )
        cls.env["finance.secret"]._put(cls.source, "password", "canary-of-the-sandbox")

    def rules(self):
        """A mapping and a routing table of the source, in use."""
        self.mapping = self.active("V1", connection_id=self.source.id)
        self.table = self.mine(self.env["finance.routing"]).create(
            {
                "name": "Channel",
                "code": "test.channel",
                "company_id": self.company.id,
                "row_ids": [
                    Command.create({"name": "euro", "condition": "currency = EUR", "flow_id": self.statements.id}),
                    Command.create({"name": "rest", "sequence": 99, "value": "hand"}),
                ],
                "case_ids": [Command.create({"name": "c", "facts": '{"currency": "EUR"}', "row_name": "euro"})],
            }
        )
        self.table.action_propose()
        self.theirs(self.table).action_approve()

    def promotion(self, number=1):
        return self.as_user(self.env["finance.promotion"], "admin", number=number)

    def export(self, target="production", routings=None):
        promotion = self.promotion()
        routings = (routings or self.env["finance.routing"]).with_env(promotion.env)
        return promotion._export(self.source.with_env(promotion.env), routings, target)

    def propose(self, package=None, environment="production"):
        data = (package or self.export()).write()
        return self.promotion()._propose(data, environment, self.company).sudo().with_env(self.env)

    def approve(self, change, number=2):
        with self.at_the_screen(self.user("admin", number=number)):
            self.as_user(change, "admin", number=number).action_approve()
        self.env.invalidate_all()

    def target(self, environment="production"):
        scope = Scope(self.company, environment, self.env.user)
        found = self.env["finance.connection"]._portable_find(["acme-bank"], scope)
        return found.with_context(active_test=True)

    def test_b46_a_package_has_names_and_no_secrets_numbers_or_people(self):
        self.rules()
        text = self.export(routings=self.table).write().decode()
        for inside in (
            "Statements",
            "Hours of the bank",
            "=P-One",
            "test.vendor",
            "currency = EUR",
            "sandbox.bank.example",
        ):
            self.assertIn(inside, text)
        for outside in ("canary", "password", "10.20.0.0", "owner", "secret"):
            self.assertNotIn(outside, text)
        package = packages.read(text.encode())
        self.assertEqual(package.systems, {"sandbox.bank.example": "bank"})
        ids = {record.id for record in (self.source, self.statements, self.mapping, self.table, self.partners[0])}
        numbers = {value for entry in package.entries for value in entry.values.values() if isinstance(value, int)}
        self.assertFalse({number for number in ids & numbers if number > 200})

    def test_b46_nothing_happens_before_another_administrator_approves(self):
        self.rules()
        change = self.propose(self.export(routings=self.table))
        self.assertFalse(self.target())
        for text in ("Statements", "api.bank.example", "Hours", "is there", "V1"):
            self.assertIn(text, change.difference)
        with self.assertRaisesRegex(UserError, "another connector administrator"):
            self.approve(change, number=1)
        self.approve(change)
        target = self.target()
        self.assertEqual((target.state, target.environment, target.name), ("draft", "production", "acme-bank"))
        self.assertEqual(target.http_base_url, "https://api.bank.example:8443/v2", "the host of the same system")
        self.assertFalse(target.http_networks or target.secret_ids)
        self.assertEqual((target.max_concurrency, target.calendar_id), (3, self.calendar))
        self.assertEqual((target.flow_ids.name, target.flow_ids.retry_max), ("Statements", 5))
        self.assertEqual(self.lookup("V1", connection=target), "One")
        limit = target.limit_ids
        self.assertEqual((limit.path, limit.rate, limit.burst), ("/payments", 2.5, 5))
        rule = self.env["finance.duplicate.rule"].search([("flow_id", "=", target.flow_ids.id)])
        self.assertEqual((rule.name, rule.amount_tolerance), ("Twice the same", 0.5))
        route = self.env["finance.routing"]._route("test.channel", {"currency": "EUR"}, self.company)
        self.assertEqual(route.flow, target.flow_ids)
        mapping = self.env["finance.mapping"].search([("connection_id", "=", target.id)])
        self.assertEqual(
            (mapping.proposed_by_id, mapping.approved_by_id), (self.user("admin"), self.user("admin", number=2))
        )
        self.assertEqual(self.lookup("V1", connection=self.source), "One", "the source stays as it is")

    def test_b46_who_when_and_which_package_are_on_record(self):
        package = self.export()
        change = self.propose(package)
        self.approve(change)
        self.assertEqual(change.package_hash, package.sha256)
        self.assertIn(self.user("admin").login, change.package_from)
        self.assertEqual(
            (change.proposed_by_id, change.approved_by_id), (self.user("admin"), self.user("admin", number=2))
        )
        self.assertTrue(change.approved_at)
        logged = self.env["finance.change"].search([("res_model", "=", change._name), ("res_id", "=", change.id)])
        self.assertEqual(logged.event, "approved")

    def test_b46_the_same_package_again_changes_nothing(self):
        self.rules()
        self.approve(self.propose(self.export(routings=self.table)))
        # the table leads to production now, and would be told so again
        with self.assertRaisesRegex(UserError, "Nothing would change"):
            self.propose(self.export(routings=self.env["finance.routing"].search([("code", "=", "test.channel")])[:1]))

    def test_b46_a_routing_table_that_leads_to_another_environment_is_led_back_as_well(self):
        self.rules()
        change = self.propose(self.export(routings=self.table))
        self.assertIn("@sandbox", change.difference)
        self.approve(change)
        action = self.as_user(change, "admin").action_roll_back()
        self.approve(self.env["finance.config.change"].browse(action["res_id"]))
        route = self.env["finance.routing"]._route("test.channel", {"currency": "EUR"}, self.company)
        self.assertEqual(route.flow, self.statements)

    def test_b46_only_what_differs_is_shown_and_changed_and_what_is_gone_leaves(self):
        self.approve(self.propose())
        target = self.target()
        extra = self.make_flow(target, name="Old flow")
        target.write({"sftp_username": "prod", "http_networks": "10.99.0.0/16"})
        target.flow_ids.filtered(lambda flow: flow.name == "Statements").priority = 7
        self.statements.retry_max = 6
        change = self.propose()
        self.assertEqual({item["name"] for item in change.items}, {"acme-bank / Statements", "acme-bank / Old flow"})
        self.assertIn("Attempts", change.difference)
        self.assertNotIn("Kind", change.difference)
        self.approve(change)
        self.assertFalse(extra.active)
        self.assertEqual(target.flow_ids.retry_max, 6)
        self.assertEqual((target.sftp_username, target.http_networks), ("prod", "10.99.0.0/16"), "of production alone")

    def test_b46_b56_a_running_connection_that_leads_elsewhere_is_tested_first(self):
        self.approve(self.propose())
        target = self.target()
        target.write({"state": "active", "check_ok": True})
        self.source.http_base_url = "https://sandbox.bank.example/v3"
        change = self.propose()
        self.assertEqual((target.state, target.http_base_url), ("active", "https://api.bank.example:8443/v2"))
        self.approve(change)
        self.assertEqual((target.state, target.check_ok), ("paused", False))
        self.assertEqual(target.http_base_url, "https://api.bank.example/v3")

    def test_b46_rolled_back_to_what_was_before(self):
        self.rules()
        first = self.propose()
        self.approve(first)
        target = self.target()
        self.statements.retry_max = 6
        self.mapping.sudo().write({"state": "retired"})
        self.active("V2", 1, connection_id=self.source.id)
        second = self.propose()
        self.approve(second)
        self.assertEqual((target.flow_ids.retry_max, self.lookup("V2", connection=target)), (6, "Two"))
        self.assertFalse(self.lookup("V1", connection=target))
        for change, expected in ((second, (5, "One", None)), (first, (None, None, None))):
            action = self.as_user(change, "admin").action_roll_back()
            back = self.env["finance.config.change"].browse(action["res_id"])
            self.assertEqual((back.environment, back.package_hash), ("production", change.package_hash))
            self.approve(back)
            self.assertEqual(change.state, "retired")
            self.assertEqual(
                (
                    target.flow_ids.retry_max or None,  # of those in use
                    self.lookup("V1", connection=target),
                    self.lookup("V2", connection=target),
                ),
                expected,
            )
        self.assertFalse(target.active)

    def test_b46_all_or_nothing(self):
        self.rules()
        change = self.propose(self.export(routings=self.table))
        # what the last object of it needs is gone when it is approved
        self.partners[0].ref = "another"
        with self.assertRaisesRegex(UserError, "P-One"), self.env.cr.savepoint():
            self.approve(change)
        self.env.invalidate_all()
        self.assertFalse(self.target())
        self.assertEqual(change.state, "proposed")

    def test_b46_what_changed_meanwhile_is_not_overwritten(self):
        self.approve(self.propose())
        self.statements.retry_max = 6
        change = self.propose()
        self.target().flow_ids.retry_max = 9
        with self.assertRaisesRegex(UserError, "since this was proposed"):
            self.approve(change)

    def test_b46_the_wrong_environment_is_refused(self):
        package = self.export("test")
        with self.assertRaisesRegex(UserError, "for Test, not for Production"):
            self.propose(package)
        self.source.environment = "production"
        with self.assertRaisesRegex(UserError, "never back"):
            self.export("sandbox")

    def test_b46_a_host_that_is_not_on_the_list_of_the_target_is_refused(self):
        self.hosts.search([("name", "=", "api.bank.example")]).unlink()
        with self.assertRaisesRegex(UserError, "sandbox.bank.example, which is not on the list .* for Production"):
            self.propose()

    def test_b46_everything_that_is_missing_is_named_with_the_remedy(self):
        self.rules()
        facts = json.loads(self.export(routings=self.table).write())
        package = packages.read(json.dumps(facts).encode())
        entries = []
        for entry in package.entries:
            values = dict(entry.values)
            if entry.kind == "finance.calendar":
                continue
            if entry.kind == "finance.connection":
                values["adapter"] = "finance.adapter.elsewhere"
            if entry.kind == "finance.mapping":
                values["record"] = ["res.partner", "=P-Nobody"]
            if entry.kind == "finance.routing":
                values["rows"] = [["euro", "", ["other", "Flow"], [], ""]]
            if entry.kind == "finance.flow":
                values |= {"handler": "elsewhere", "journal_of_tomorrow": "x"}
            entries.append(packages.Entry(kind=entry.kind, key=entry.key, values=values))
        self.calendar.name = "Renamed"
        broken = packages.Package(source="sandbox", target="production", origin="x", entries=tuple(entries))
        self.hosts.search([]).unlink()
        with self.assertRaises(UserError) as caught:
            self.propose(broken)
        for text in (
            "finance.adapter.elsewhere, which is not available. Install the module",
            "opening times Hours of the bank are missing. Enter them",
            "P-Nobody, which does not exist",
            "other / Flow, which is missing. Promote it too",
            "(elsewhere) is not available. Install the module",
            "journal_of_tomorrow here. Install the modules",
            "Configuration > Hosts",
        ):
            self.assertIn(text, str(caught.exception))

    def test_attack_a_file_that_was_edited_is_refused(self):
        facts = json.loads(self.export().write())
        for entry in facts["objects"]:
            if entry["kind"] == "finance.connection":
                entry["values"]["http_base_url"] = "https://evil.example"
        with self.assertRaisesRegex(UserError, "edited the file"):
            self.promotion()._propose(json.dumps(facts).encode(), "production", self.company)

    def test_attack_a_file_reaches_nothing_but_configuration(self):
        for kind, values in (
            ("res.users", {"login": "x"}),
            ("finance.connection", {"adapter": "finance.adapter.manual", "state": "active", "check_ok": True}),
            ("finance.config.change", {"items": []}),
        ):
            entry = packages.Entry(kind=kind, key=("x",), values=values)
            package = packages.Package(source="test", target="production", origin="x", entries=(entry,))
            with self.subTest(kind), self.assertRaises(UserError):
                self.propose(package)

    def test_attack_rules_are_approved_by_a_steward(self):
        self.rules()
        change = self.propose()
        self.user("admin", number=3)
        with self.assertRaisesRegex(AccessError, "mapping steward"):
            self.approve(change, number=3)
        self.assertFalse(self.target())

    def test_b53_of_another_company_nothing_is_taken_or_changed(self):
        theirs = self.as_user(self.env["finance.promotion"], "admin", other_company=True)
        with self.assertRaises(AccessError):
            theirs._export(self.source.with_env(theirs.env), theirs.env["finance.routing"], "production")
        with self.assertRaisesRegex(UserError, "one of your companies"):
            theirs._propose(self.export().write(), "production", self.company.with_env(theirs.env))
        for role in ("viewer", "operator", "steward", "auditor"):
            mine = self.as_user(self.env["finance.promotion"], role)
            with self.subTest(role), self.assertRaises(AccessError):
                mine._propose(self.export().write(), "production", self.company.with_env(mine.env))

    def test_b46_by_the_dialogs(self):
        wizard = self.as_user(self.env["finance.promotion.wizard"], "admin").create(
            {"connection_ids": [Command.set(self.source.ids)], "environment": "production"}
        )
        wizard.action_export()
        self.assertEqual(wizard.package_hash, packages.read(base64.b64decode(wizard.content)).sha256)
        importing = self.as_user(self.env["finance.promotion.import"], "admin").create(
            {"content": wizard.content, "environment": "production", "company_id": self.company.id}
        )
        change = self.env["finance.config.change"].browse(importing.action_import()["res_id"])
        self.assertEqual((change.package_hash, change.state), (wizard.package_hash, "proposed"))
        self.as_user(change, "admin").action_withdraw()
        direct = self.env["finance.config.change"].browse(wizard.action_propose()["res_id"])
        self.approve(direct)
        self.assertTrue(self.target())
        importing.content = base64.b64encode(b"nonsense")
        with self.assertRaisesRegex(UserError, "cannot be read"):
            importing.action_import()

    # -- how it logs in --------------------------------------------------------------------

    def test_b40_b46_how_it_logs_in_is_carried_who_we_are_and_secrets_stay(self):
        self.hosts.create(
            [
                {"name": "login.sandbox.example", "environment": "sandbox", "system": "login"},
                {"name": "login.bank.example", "environment": "production", "system": "login"},
            ]
        )
        self.source.write(
            {
                "http_auth": "client_credentials",
                "oauth_address": "https://login.sandbox.example/token",
                "oauth_issuer": "https://login.sandbox.example",
                "oauth_audience": "payments",
                "oauth_client": "client-of-the-sandbox",
                "oauth_client_auth": "post",
                "oauth_scope": "accounts payments",
                "oauth_days": 90,
            }
        )
        self.env["finance.secret"]._put(self.source, "client_secret", "canary-client-secret")
        package = self.export()
        text = package.write().decode()
        for outside in ("client-of-the-sandbox", "canary"):
            self.assertNotIn(outside, text)
        self.approve(self.propose(package))
        target = self.target()
        self.assertEqual(
            (target.http_auth, target.oauth_client_auth, target.oauth_scope, target.oauth_days),
            ("client_credentials", "post", "accounts payments", 90),
        )
        # addresses lead to the host of the same system in production, names that are no address stay as they are
        self.assertEqual(target.oauth_address, "https://login.bank.example/token")
        self.assertEqual((target.oauth_issuer, target.oauth_audience), ("https://login.bank.example", "payments"))
        self.assertFalse(target.oauth_client or target.secret_ids or target.oauth_token_ids)

    def test_b46_a_token_address_that_production_does_not_allow_is_refused(self):
        self.source.write(
            {
                "http_auth": "client_credentials",
                "oauth_address": "https://elsewhere.example/token",
                "oauth_client": "c",
            }
        )
        with self.assertRaisesRegex(UserError, "elsewhere.example"):
            self.propose()
