from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from ..engine.envelope import Envelope
from .common import FinanceCase

IBAN = "DE89370400440532013000"


class DisclosureCase(FinanceCase):
    """A message with an account number in its original and among its values."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        flow = cls.make_flow()
        payload = cls.env["finance.payload"]._store(f"<IBAN>{IBAN}</IBAN>".encode(), company=cls.company)
        values = {"iban": IBAN, "api_token": "t0p", "note": "Bearer abcdefgh12345678", "list": [{"password": "x1"}]}
        envelope = Envelope(subject="statement", payload_id=payload.id, data=values)
        [cls.message] = cls.env["finance.message"]._enqueue(flow, [envelope])

    def wizard(self, role, reason="The bank asks about it"):
        mine = self.as_user(self.message, role)
        action = mine.action_show_original()
        return mine.env[action["res_model"]].with_context(**action["context"]).create({"reason": reason})

    def disclose(self, role, **values):
        wizard = self.wizard(role, **values)
        with self.at_the_screen(wizard.env.user):
            action = wizard.action_confirm()
        return wizard.env[action["res_model"]].browse(action["res_id"])


@tagged("post_install", "-at_install")
class TestDisclosure(DisclosureCase):
    """Unmasking is a step of its own: who, why, and who really sits there (B-44, 4.1: A*)."""

    def test_who_gave_a_reason_sees_the_original_and_it_is_written_down(self):
        with self.trap_audit() as told:
            disclosure = self.disclose("operator")
        self.assertIn(IBAN, disclosure.content)
        self.assertIn(IBAN, disclosure.data_text)
        self.assertEqual(disclosure.user_id, self.user("operator"))
        self.assertEqual(disclosure.payload_sha256, self.message.payload_sha256)
        [entry] = told
        self.assertEqual((entry["event"], entry["reason"]), ("payload.disclosed", "The bank asks about it"))
        self.assertNotIn(IBAN, str(entry))

    def test_secrets_stay_hidden_even_then(self):
        shown = self.disclose("auditor").data_text
        for secret in ("t0p", "abcdefgh12345678", "x1"):
            self.assertNotIn(secret, shown)

    def test_a_reason_is_needed(self):
        for reason in (False, "", "   "):
            with self.subTest(reason), self.assertRaisesRegex(UserError, "Say why"):
                self.disclose("operator", reason=reason)
        self.assertFalse(self.env["finance.disclosure"].search([("message_id", "=", self.message.id)]))

    def test_g10_the_password_is_asked_again(self):
        wizard = self.wizard("operator")
        with self.at_the_screen(wizard.env.user, checked=None):
            action = wizard.action_confirm()
        self.assertEqual(action["res_model"], "res.users.identitycheck")
        self.assertFalse(self.env["finance.disclosure"].search([("message_id", "=", self.message.id)]))

    def test_g10_not_outside_of_the_web_client(self):
        with self.assertRaisesRegex(UserError, "only be accessed over HTTP"):
            self.wizard("operator").action_confirm()

    def test_others_may_not_ask(self):
        for role in ("viewer", "steward", "admin", "employee"):
            with self.subTest(role), self.assertRaises(AccessError):
                self.as_user(self.message, role).action_show_original()
            with self.subTest(role), self.assertRaises(AccessError):
                mine = self.as_user(self.message, role)
                mine.env["finance.disclosure"]._disclose(mine, "curious")

    def test_nobody_else_reads_along(self):
        disclosure = self.disclose("operator")
        for role in ("admin", "auditor"):
            theirs = self.as_user(disclosure, role)
            self.assertEqual((theirs.reason, theirs.is_valid), ("The bank asks about it", False))
            self.assertFalse(theirs.content or theirs.data_text)
            with self.assertRaises(AccessError):
                theirs.action_download()
        with self.assertRaises(AccessError):
            self.as_user(disclosure, "operator", number=2).read(["reason"])
        with self.assertRaises(AccessError):
            self.as_user(disclosure, "viewer").read(["reason"])

    def test_it_is_over_after_a_quarter_of_an_hour(self):
        disclosure = self.disclose("operator")
        mine = self.as_user(self.message, "operator")
        self.assertEqual(mine.action_show_original()["res_id"], disclosure.id)
        disclosure.sudo().valid_until = fields.Datetime.now() - timedelta(seconds=1)
        disclosure.invalidate_recordset()
        self.assertFalse(disclosure.content or disclosure.data_text)
        self.assertEqual(mine.action_show_original()["res_model"], "finance.disclosure.wizard")
        with self.assertRaisesRegex(AccessError, "time to look"):
            disclosure.action_download()

    def test_whoever_lost_the_role_sees_nothing_more(self):
        disclosure = self.disclose("operator")
        operator = self.user("operator")
        operator.group_ids -= self.env.ref("finance_connector_base.finance_group_operator")
        operator.group_ids += self.env.ref("finance_connector_base.finance_group_admin")
        disclosure.invalidate_recordset()
        self.assertFalse(disclosure.content or disclosure.data_text)

    def test_the_evidence_stays(self):
        disclosure = self.disclose("operator")
        for change in (lambda row: row.write({"reason": "nothing"}), lambda row: row.unlink()):
            with self.assertRaises(AccessError):
                change(disclosure)
        with self.assertRaisesRegex(AccessError, "is kept"):
            disclosure.sudo().unlink()


@tagged("post_install", "-at_install")
class TestDisclosureAttack(HttpCase, DisclosureCase):
    """What a program may try with the key of somebody who may look (attacks 16, 41)."""

    @staticmethod
    def tomorrow():
        return fields.Datetime.now() + timedelta(days=1)

    def call(self, model, method, ids, **kwargs):
        answer = self.url_open(
            f"/web/dataset/call_kw/{model}/{method}",
            json={"params": {"model": model, "method": method, "args": [ids], "kwargs": kwargs}},
        )
        return answer.json()

    def test_b49_the_evidence_of_a_delivery_is_downloaded_by_the_same_rule(self):
        evidence = self.env["finance.payload"]._store(b"receipt", company=self.company, name="receipt.pdf")
        self.message.sudo().evidence_id = evidence
        login = self.user("operator").login
        self.authenticate(login, login)
        url = f"/finance/message/{self.message.id}/evidence"
        self.assertEqual(self.url_open(url).status_code, 404)
        disclosure = self.disclose("operator")
        answer = self.url_open(url)
        self.assertEqual((answer.status_code, answer.content), (200, b"receipt"))
        self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
        disclosure.invalidate_recordset()
        self.assertEqual(disclosure.download_count, 1)
        viewer = self.user("viewer").login
        self.authenticate(viewer, viewer)
        self.assertEqual(self.url_open(url).status_code, 404)

    def test_in_the_web_client_the_password_is_asked_then_it_opens(self):
        wizard = self.wizard("operator")
        login = self.user("operator").login
        self.authenticate(login, login)
        asked = self.call(wizard._name, "action_confirm", wizard.ids)["result"]
        self.assertEqual(asked["res_model"], "res.users.identitycheck")
        wrong = self.call(asked["res_model"], "run_check", [asked["res_id"]], context={"password": "no"})
        self.assertIn("Incorrect Password", wrong["error"]["data"]["message"])
        opened = self.call(asked["res_model"], "run_check", [asked["res_id"]], context={"password": login})["result"]
        self.assertEqual(opened["res_model"], "finance.disclosure")

    def test_attack_16_an_api_key_does_not_open_it_even_with_the_password(self):
        wizard = self.wizard("operator")
        operator = self.user("operator")
        key = self.env["res.users.apikeys"].with_user(operator)._generate("rpc", "t", self.tomorrow())
        header = {"Authorization": f"Bearer {key}"}
        refused = self.url_open(f"/json/2/{wizard._name}/action_confirm", json={"ids": wizard.ids}, headers=header)
        self.assertEqual(refused.status_code, 403)
        # a check made in the browser is no way around
        self.authenticate(operator.login, operator.login)
        asked = self.call(wizard._name, "action_confirm", wizard.ids)["result"]
        self.authenticate(None, None)
        refused = self.url_open(
            f"/json/2/{asked['res_model']}/run_check",
            json={"ids": [asked["res_id"]], "context": {"password": operator.login}},
            headers=header,
        )
        self.assertEqual(refused.status_code, 403)
        self.assertFalse(self.env["finance.disclosure"].search([("message_id", "=", self.message.id)]))
