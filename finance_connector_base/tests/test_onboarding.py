"""From a template to going live: checklist, sign-offs by role and by different people (B-01, B-47, G-07)."""

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .fake_case import FakeCase


@tagged("post_install", "-at_install")
class TestOnboarding(FakeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template = cls.env["finance.onboarding.template"].create(
            {
                "name": "Test bank",
                "adapter": "finance.adapter.test",
                "connection_values": '{"max_file_mb": 20, "max_concurrency": 0}',
                "flow_values": '[{"name": "Statements", "handler": "finance.handler.test"}]',
                "item_ids": [
                    (0, 0, {"sequence": 1, "name": "Owner", "check": "owner"}),
                    (0, 0, {"sequence": 2, "name": "Limits", "check": "limits"}),
                    (0, 0, {"sequence": 3, "name": "Test", "check": "test"}),
                    (0, 0, {"sequence": 4, "name": "Agreement", "role": "operator"}),
                    (0, 0, {"sequence": 5, "name": "Second look", "other_person": True}),
                    (0, 0, {"sequence": 6, "name": "First message", "check": "first_message", "before_live": False}),
                ],
            }
        )

    def begin(self):
        wizard = self.as_user(self.env["finance.onboarding.wizard"], "admin").create(
            {"template_id": self.template.id, "environment": "production", "company_id": self.company.id}
        )
        self.assertEqual(wizard.name, "Test bank")
        return self.as_user(self.env["finance.onboarding"].browse(wizard.action_confirm()["res_id"]), "admin")

    def item(self, onboarding, name):
        return onboarding.item_ids.filtered(lambda item: item.name == name)

    def test_b01_b47_g07_nothing_goes_live_before_its_checklist_is_done(self):
        onboarding = self.begin()
        connection = onboarding.connection_id
        self.assertEqual(
            (connection.max_file_mb, connection.state, connection.environment), (20, "draft", "production")
        )
        self.assertEqual(connection.flow_ids.mapped("name"), ["Statements"])
        self.assertEqual(onboarding.next_item, "Limits")
        for step in (onboarding.action_activate, connection.action_activate):
            with self.assertRaisesRegex(UserError, "Agreement .*, Second look .*, limits .*, a passed test"):
                step()
        connection.max_concurrency = 1
        onboarding.action_test()
        with self.assertRaisesRegex(UserError, "Agreement .*, Second look"):
            onboarding.action_activate()
        self.as_user(self.item(onboarding, "Agreement"), "operator")._sign_off("Signed on paper, file 12")
        self.as_user(self.item(onboarding, "Second look"), "admin", number=2)._sign_off("Compared")
        onboarding.invalidate_recordset()
        self.assertEqual((onboarding.progress, onboarding.next_item), (83, "First message"))
        onboarding.action_activate()
        self.assertEqual(connection.state, "active")
        with self.assertRaisesRegex(UserError, "First message"):
            onboarding.action_finish()
        self.enqueue(connection.sudo().flow_ids, {})
        self.drain()
        onboarding.action_finish()
        self.assertEqual((onboarding.state, onboarding.progress), ("done", 100))

    def test_g07_sign_offs_are_by_role_and_by_different_people(self):
        onboarding = self.begin()
        second = self.item(onboarding, "Second look")
        with self.assertRaisesRegex(AccessError, "another person"):
            second._sign_off("I looked again")
        for role in ("viewer", "operator", "auditor", "steward"):
            with self.subTest(role), self.assertRaises(AccessError):
                self.as_user(second, role)._sign_off("x")
        with self.assertRaises(AccessError):
            self.as_user(self.item(onboarding, "Agreement"), "admin")._sign_off("x")
        mine = self.as_user(second, "admin", number=2)
        with self.assertRaisesRegex(UserError, "what you have seen"):
            mine._sign_off(" ")
        action = mine.action_sign_off()
        self.as_user(
            self.env["finance.onboarding.sign.wizard"].with_context(**action["context"]), "admin", number=2
        ).create({"evidence": "Compared with the agreement"}).action_confirm()
        self.assertEqual((second.signed_by_id, second.is_done), (self.user("admin", number=2), True))
        with self.assertRaisesRegex(UserError, "already"):
            mine._sign_off("again")

    def test_what_is_seen_by_itself_is_not_signed_and_not_kept(self):
        """An item that was seen is open again when it is not true any more."""
        onboarding = self.begin()
        limits = self.item(onboarding, "Limits")
        with self.assertRaisesRegex(UserError, "by itself"):
            self.as_user(limits, "admin", number=2)._sign_off("x")
        onboarding.connection_id.max_concurrency = 2
        limits.invalidate_recordset()
        self.assertTrue(limits.is_done)
        onboarding.connection_id.max_concurrency = 0
        limits.invalidate_recordset()
        self.assertFalse(limits.is_done)

    def test_sign_offs_cannot_be_written(self):
        onboarding = self.begin()
        for record, values in (
            (self.item(onboarding, "Agreement"), {"signed_at": self.env.cr.now(), "check": "owner"}),
            (onboarding, {"state": "done"}),
        ):
            with self.assertRaises(AccessError):
                self.as_user(record, "admin").write(values)

    def test_templates_are_checked(self):
        for values in (
            {"connection_values": "{"},
            {"connection_values": "[]"},
            {"flow_values": "{}"},
            {"connection_values": '{"no_such_field": 1}'},
        ):
            with self.subTest(values), self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.template.write(values)

    def test_a_template_gives_nobody_more_than_they_have(self):
        """Protected fields proposed by a template are dropped like any others."""
        self.template.connection_values = '{"state": "active", "check_ok": true}'
        connection = self.begin().connection_id
        self.assertEqual((connection.state, connection.check_ok), ("draft", False))

    def test_the_templates_of_the_base_work(self):
        for name in ("sftp", "folder", "manual"):
            template = self.env.ref(f"finance_connector_base.onboarding_template_{name}")
            onboarding = self.as_user(self.env["finance.onboarding"], "admin")._begin(
                self.as_user(template, "admin"),
                {"name": name, "environment": "test", "company_id": self.company.id},
            )
            self.assertTrue(onboarding.item_ids)
            self.assertEqual(onboarding.connection_id.adapter, f"finance.adapter.{name}")
            with self.assertRaises(UserError):
                onboarding.action_activate()
