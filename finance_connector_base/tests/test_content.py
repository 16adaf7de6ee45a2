"""The content of messages at rest (B-43, attack 35): what the database holds of it, and who opens it."""

import base64
import json

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..engine.envelope import Envelope
from ..engine.errors import AuthNeededError
from ..models.finance_content_key import ContentBroken
from ..safe import content
from .common import MASTER_KEY
from .fake_case import FakeCase

NEW_KEY = base64.b64encode(bytes(range(32))).decode()
NUMBER = "DE89370400440532013000"
CONTENT = {
    "do": "effect",
    "key": "K-1",
    "iban": NUMBER,
    "debtor_name": "Erika Mustermann",
    "amount": 12.5,
    "none": None,
}


@tagged("post_install", "-at_install")
class TestContent(FakeCase):
    def setUp(self):
        super().setUp()
        self.flow = self.make_flow()
        self.message = self.enqueue(self.flow, CONTENT)

    def column(self, message, name="data"):
        self.env.flush_all()
        self.env.cr.execute(f"SELECT {name}::text FROM finance_message WHERE id = %s", (message.id,))
        return self.env.cr.fetchone()[0]

    def forget(self):
        """As another process, or this one a minute later."""
        self.env.invalidate_all()
        content.CIPHERS._opened.clear()

    def unseal(self):
        """As a database where there never was a key."""
        self.with_keys()
        self.env["ir.config_parameter"].search([("key", "like", "finance_connector_base.%seal%")]).unlink()

    # -- at rest -------------------------------------------------------------------------------

    def test_b43_the_column_is_ciphertext_and_the_field_reads_as_before(self):
        self.assertNotIn("Muster", self.column(self.message))
        self.assertTrue(json.loads(self.column(self.message)).startswith("c1:"))
        self.forget()
        self.assertEqual(self.message.sudo().data, CONTENT)
        self.assertEqual(self.message.sudo().read(["data"])[0]["data"], CONTENT)
        self.drain()
        self.assertState(self.message, "done")

    def test_b43_long_content_is_compressed_before(self):
        long = {"lines": [{"text": "the same again", "iban": NUMBER}] * 500}
        message = self.enqueue(self.flow, long)
        self.assertLess(len(self.column(message)), len(json.dumps(long)) / 10)
        self.forget()
        self.assertEqual(message.sudo().data, long)

    def test_a_thousand_messages_cost_one_data_key(self):
        keys = self.env["finance.content.key"].search([("company_id", "=", self.company.id)])
        self.assertEqual(len(keys), 1)
        statements = self.env.cr.sql_log_count
        self.enqueue(self.flow, *({"number": number} for number in range(1000)))
        self.assertLess(self.env.cr.sql_log_count - statements, 20)
        self.assertEqual(self.env["finance.content.key"].search_count([("company_id", "=", self.company.id)]), 1)

    def test_what_is_written_again_is_sealed_anew(self):
        before = self.column(self.message)
        self.message.sudo().data = CONTENT
        self.assertNotIn("Muster", self.column(self.message))
        self.assertNotEqual(self.column(self.message), before)
        self.forget()
        self.assertEqual(self.message.sudo().data, CONTENT)

    def test_what_is_made_record_by_record_is_sealed_too(self):
        """Demo data, and whatever a migration makes."""
        values = {"flow_id": self.flow.id, "connection_id": self.flow.connection_id.id, "company_id": self.company.id}
        made = self.env["finance.message"].create(
            [{**values, "correlation_id": str(number), "data": {"name": f"Erika {number}"}} for number in range(2)]
        )
        for number, message in enumerate(made):
            self.assertNotIn("Erika", self.column(message))
            self.forget()
            self.assertEqual(message.sudo().data, {"name": f"Erika {number}"})

    def test_what_mappings_were_asked_is_sealed(self):
        message = self.message.sudo()
        message.mapping_asked = [{"kind": "k", "codes": ["c"], "day": "2026-01-01", "facts": {"payee": "Erika"}}]
        self.assertNotIn("Erika", self.column(message, "mapping_asked"))
        self.forget()
        self.assertEqual(message.mapping_asked[0]["facts"], {"payee": "Erika"})

    def test_a_replay_and_a_change_of_environment_open_what_was_sealed_before(self):
        self.drain()
        self.flow.connection_id.sudo().environment = "sandbox"
        self.forget()
        self.assertEqual(self.message.sudo().data, CONTENT)
        later = self.enqueue(self.flow, CONTENT)
        self.assertNotEqual(
            content.number_of(json.loads(self.column(later))), content.number_of(json.loads(self.column(self.message)))
        )

    # -- no key, wrong key ----------------------------------------------------------------------

    def test_b43_a_wrong_or_missing_key_fails_closed_and_goes_on_by_itself(self):
        for keys in ([NEW_KEY], []):
            self.with_keys(*keys)
            self.env.invalidate_all()
            with self.assertRaises(AuthNeededError) as caught:
                self.message.sudo().data  # noqa: B018
            self.assertIsInstance(caught.exception, UserError)
            self.assertIn("locked", self.as_user(self.message, "operator").data_preview)
        with self.assertRaises(AuthNeededError):
            # sealed before: nothing is stored in clear because a key went missing
            self.enqueue(self.flow, CONTENT)
        self.drain()
        self.assertState(self.message, "held")
        self.assertEqual(self.message.reason_code, "secrets_locked")
        self.with_keys(MASTER_KEY)
        self.env["finance.key"]._self_test()
        self.drain()
        self.assertState(self.message, "done")

    def test_without_any_key_content_is_in_clear_and_a_later_key_seals_it_in_steps(self):
        self.unseal()
        messages = self.enqueue(self.flow, *({"number": number, "name": "Erika"} for number in range(7)))
        self.assertIn("Erika", self.column(messages[0]))
        self.assertEqual(messages[0].sudo().data["name"], "Erika")
        self.with_keys(MASTER_KEY)
        keys = self.env["finance.content.key"]
        self.assertTrue(keys._waits_for_sealing())
        self.env.cr.execute("UPDATE finance_message SET state = 'processing' WHERE id = %s", (messages[3].id,))
        after, sealed = None, 0
        while after is not None or not sealed:
            done, _left, after = keys._seal_earlier("finance.message", "data", after, limit=3)
            sealed += done
        self.assertFalse([m for m in messages - messages[3] if "Erika" in self.column(m)])
        self.assertIn("Erika", self.column(messages[3]), "a worker has it in hand")
        self.env.cr.execute("UPDATE finance_message SET state = 'queued' WHERE id = %s", (messages[3].id,))
        self.env["finance.key"]._cron_rewrap()
        self.assertNotIn("Erika", self.column(messages[3]))
        self.assertFalse(keys._waits_for_sealing())
        self.forget()
        self.assertEqual([m.sudo().data["number"] for m in messages], list(range(7)))

    # -- rotation ---------------------------------------------------------------------------------

    def test_b42_content_follows_a_rotation(self):
        sealed = self.column(self.message)
        self.with_keys(NEW_KEY, MASTER_KEY)
        self.forget()
        self.assertEqual(self.message.sudo().data, CONTENT)
        self.env["finance.key"]._cron_rewrap()
        self.with_keys(NEW_KEY)
        self.env.invalidate_all()
        self.assertEqual(self.message.sudo().data, CONTENT)
        self.assertEqual(self.column(self.message), sealed, "the data key was wrapped again, nothing else")

    def test_b42_after_an_emergency_the_data_keys_of_before_seal_nothing_new(self):
        self.with_keys(NEW_KEY, MASTER_KEY)
        self.env["finance.key"]._rotate_at_once()
        self.with_keys(NEW_KEY)
        self.forget()
        self.assertEqual(self.message.sudo().data, CONTENT)
        later = self.enqueue(self.flow, CONTENT)
        self.assertNotEqual(
            content.number_of(json.loads(self.column(later))), content.number_of(json.loads(self.column(self.message)))
        )

    # -- attacks ----------------------------------------------------------------------------------

    def test_attack_35_content_moved_to_another_message_holds_that_one_alone(self):
        other, victim = self.enqueue(self.flow, {"do": "effect", "key": "other"}, {"do": "effect", "key": "victim"})
        self.env.cr.execute(
            "UPDATE finance_message SET data = (SELECT data FROM finance_message o WHERE o.id = %s) WHERE id = %s",
            (other.id, victim.id),
        )
        self.env.invalidate_all()
        with self.assertRaises(ContentBroken):
            victim.sudo().data  # noqa: B018
        self.drain()
        self.assertState(victim, "held")
        self.assertEqual(victim.reason_code, "content_broken")
        self.assertState(self.message | other, "done")
        self.assertIn("does not open", self.as_user(victim, "operator").data_preview)

    def test_attack_35_a_data_key_of_another_company_does_not_open(self):
        connection = self.make_connection(company_id=self.other_company.id)
        self.enqueue(self.make_flow(connection), CONTENT)
        self.env.cr.execute(
            "UPDATE finance_content_key SET sealed_key ="
            " (SELECT sealed_key FROM finance_content_key WHERE company_id = %s LIMIT 1) WHERE company_id = %s",
            (self.other_company.id, self.company.id),
        )
        self.forget()
        with self.assertRaises(ContentBroken):
            self.message.sudo().data  # noqa: B018

    def test_a_copy_with_another_identity_does_not_open_it_and_works_with_new_content(self):
        self.env["ir.config_parameter"].set_param("database.uuid", "another")
        self.env.invalidate_all()
        with self.assertRaises(ContentBroken):
            self.message.sudo().data  # noqa: B018
        later = self.enqueue(self.flow, CONTENT)
        self.assertEqual(later.sudo().data, CONTENT)

    def test_attack_36_clear_content_under_the_form_of_sealed_is_refused(self):
        for forged in ("plain", "c1:1:", "c1:x:AAAA", f"c1:{10**9}:AAAA", "c1:1:!!!!"):
            self.env.cr.execute(
                "UPDATE finance_message SET data = to_jsonb(%s::text) WHERE id = %s", (forged, self.message.id)
            )
            self.env.invalidate_all()
            with self.subTest(forged), self.assertRaises(ContentBroken):
                self.message.sudo().data  # noqa: B018

    # -- words --------------------------------------------------------------------------------------

    def test_b44_causes_are_told_with_account_numbers_masked(self):
        [message] = self.enqueue(self.flow, {"do": "hold", "detail": f"{NUMBER} is not known"})
        self.drain()
        self.env["finance.exception"]._raise_for(
            message, reason="rejected", error_class="business", detail=f"{NUMBER} is not known"
        )
        message._set_state("queued")
        message._set_state("held", detail=f"{NUMBER} is not known")
        for record in (message, message.exception_ids, message.attempt_ids):
            for detail in record.mapped("detail"):
                self.assertNotIn(NUMBER, detail or "")
        self.assertIn("DE89…3000", message.detail)

    def test_content_is_compared_by_new_duplicate_rules(self):
        rule = self.env["finance.duplicate.rule"].create(
            {"name": "alike", "company_id": self.company.id, "flow_id": self.flow.id, "reference_path": "key"}
        )
        self.env["finance.duplicate.rule"]._cron_rekey()
        keys = self.env["finance.duplicate.key"].search([("rule_id", "=", rule.id)])
        self.assertEqual(keys.message_id, self.message)

    def test_a_file_by_hand_and_a_disclosure_have_it_in_clear(self):
        name, made = self.env["finance.handler"]._outbound_file(self.message.sudo())
        self.assertIn(NUMBER.encode(), made)
        mine = self.as_user(self.message, "operator")
        disclosure = mine.env["finance.disclosure"]._disclose(mine, "the bank asks")
        self.assertIn(NUMBER, disclosure.data_text)


@tagged("post_install", "-at_install")
class TestContentEnvelope(FakeCase):
    def test_messages_without_content_need_no_key(self):
        flow = self.make_flow()
        self.with_keys()
        self.env["ir.config_parameter"].set_param("finance_connector_base.sealed_by", "x")
        [message] = self.env["finance.message"]._enqueue(flow, [Envelope(kind="fetch", subject="fetch")])
        self.assertFalse(message.sudo().data)
