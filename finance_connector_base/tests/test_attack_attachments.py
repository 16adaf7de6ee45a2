"""Attack 14: an attachment is led to a record that the attacker may read, or planted on one that he may not change."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .fake_case import FakeCase

CONTENT = b"<IBAN>DE89370400440532013000</IBAN>"
ROLES = ("viewer", "operator", "steward", "admin", "auditor", "employee", "portal")


@tagged("post_install", "-at_install")
class TestAttachments(HttpCase, FakeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ours = cls.make_connection()
        cls.theirs = cls.make_connection(company_id=cls.other_company.id)
        cls.secret = cls.attach(cls.theirs)

    @classmethod
    def attach(cls, record, **values):
        return cls.env["ir.attachment"].create(
            {"name": "contract.xml", "raw": CONTENT, "res_model": record._name, "res_id": record.id, **values}
        )

    def key(self, role):
        keys = self.env(user=self.user(role))["res.users.apikeys"].sudo()
        key = keys._generate("rpc", "attack", fields.Datetime.now() + timedelta(days=1))
        self.env.flush_all()
        return key

    def json2(self, key, model, method, **body):
        return self.url_open(f"/json/2/{model}/{method}", json=body, headers={"Authorization": f"Bearer {key}"})

    def assertStays(self, attachment, record):
        attachment.invalidate_recordset()
        self.assertEqual((attachment.res_model, attachment.res_id), (record._name, record.id))

    def test_attack_14_an_attachment_of_another_company_is_not_led_to_the_own_record(self):
        own = {"res_model": self.ours._name, "res_id": self.ours.id}
        for role in ROLES:
            mine = self.as_user(self.secret, role)
            for values in ({"res_id": self.ours.id}, own, {"res_model": False, "res_id": 0}, {"public": True}):
                with self.subTest(role, values=values), self.assertRaises(AccessError):
                    mine.write(values)
            with self.subTest(role), self.assertRaises(AccessError):
                mine.copy(own)
            self.assertStays(self.secret, self.theirs)
            self.assertFalse(self.as_user(self.env["ir.attachment"], role).search([("id", "=", self.secret.id)]))

    @mute_logger("odoo.http")
    def test_attack_14_over_json_2_and_the_web(self):
        key = self.key("admin")
        moved = self.json2(key, "ir.attachment", "write", ids=self.secret.ids, vals={"res_id": self.ours.id})
        self.assertEqual(moved.status_code, 403)
        # by a message on the own record, as the web client links what was uploaded for it
        self.json2(key, self.ours._name, "message_post", ids=self.ours.ids, body="x", attachment_ids=self.secret.ids)
        self.assertStays(self.secret, self.theirs)
        self.authenticate(self.user("admin").login, self.user("admin").login)
        for address in (f"/web/content/{self.secret.id}", f"/web/content/{self.secret.id}?res_id={self.ours.id}"):
            answer = self.url_open(address)
            self.assertEqual(answer.status_code, 404)
            self.assertNotIn(CONTENT, answer.content)

    def test_attack_14_nothing_is_planted_on_what_the_role_may_not_change(self):
        flow = self.make_flow(self.ours)
        message = self.enqueue(flow, {"do": "nothing"})
        targets = (self.theirs, message, message.transition_ids)
        for role in ("viewer", "operator", "admin"):
            mine = self.as_user(self.env["ir.attachment"], role).create({"name": "planted", "raw": b"x"})
            for target in targets:
                with self.subTest(role, target=target._name), self.assertRaises(AccessError):
                    mine.write({"res_model": target._name, "res_id": target.id})
                with self.subTest(role, target=target._name), self.assertRaises(AccessError):
                    mine.create({"name": "planted", "res_model": target._name, "res_id": target.id})

    def test_attack_14_the_bytes_of_messages_are_no_attachments(self):
        """What was received cannot be linked elsewhere: it is no attachment, and no role reaches its pieces."""
        payload = self.env["finance.payload"]._store(CONTENT, company=self.company, name="statement.xml")
        self.assertFalse(self.env["ir.attachment"].search([("res_model", "=", payload._name)]))
        for role in ROLES:
            for records in (payload, self.env["finance.payload.chunk"].search([("payload_id", "=", payload.id)])):
                with self.subTest(role, model=records._name), self.assertRaises(AccessError):
                    self.as_user(records, role).write({"company_id": self.other_company.id})

    def test_attack_14_a_dialog_takes_no_file_that_its_user_may_not_read(self):
        self.assertTrue(self.flow.takes_files)
        dialog = self.as_user(self.env["finance.by.hand.in"], "operator")
        given = {"flow_id": self.flow.id, "attachment_ids": [(6, 0, self.secret.ids)], "reason": "channel is down"}
        with self.assertRaises(AccessError):
            dialog.create(given).action_bring()
        self.assertFalse(self.env["finance.message"].search([("flow_id", "=", self.flow.id)]))
        self.assertStays(self.secret, self.theirs)
        self.assertEqual(self.secret.raw, CONTENT)
