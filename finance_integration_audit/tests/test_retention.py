import gzip
import io
import json
import zipfile
from datetime import timedelta

import psycopg2

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.finance_connector_base.engine.envelope import Envelope
from odoo.addons.finance_connector_base.tests.common import FinanceCase


@tagged("post_install", "-at_install")
class TestRetention(FinanceCase):
    """A-07, A-08, A-19, G-09: the legal period first, holds above everything, and proofs that survive."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow = cls.make_flow()
        cls.person = cls.env["res.partner"].create({"name": "Petra Person", "email": "petra@example.com"})
        cls.policy = cls.env["finance.retention.policy"].create(
            {
                "name": "Files",
                "company_id": cls.company.id,
                "basis": "Law 1",
                "legal_days": 10,
                "keep_days": 20,
                "location": "EU",
                "is_personal": True,
            }
        )

    def message(self, age=30, text=b"the bytes", **data):
        payload = self.env["finance.payload"]._store(text, company=self.company, name="file")
        envelope = Envelope(subject="file", data={"do": "nothing", **data}, payload_id=payload.id)
        [message] = self.env["finance.message"]._enqueue(self.flow, [envelope])
        self.env.cr.execute(
            "UPDATE finance_message SET state = 'done', closed_at = %s WHERE id = %s",
            [self.env.cr.now() - timedelta(days=age), message.id],
        )
        message.invalidate_recordset()
        return message

    def test_a07_what_is_over_is_destroyed_and_leaves_a_tombstone(self):
        old, young = self.message(30), self.message(15)
        payload = old.payload_id
        self.assertTrue(payload.sealed_key)
        before = payload.sha256
        self.env.cr.execute("SELECT content FROM finance_payload_chunk WHERE payload_id = %s", [payload.id])
        self.assertEqual(self.policy._due()[0], old)
        with self.trap_audit() as told:
            self.as_user(self.policy, "admin").action_purge()
        self.assertEqual([one["event"] for one in told], ["retention.destroyed"])
        stone = self.env["finance.retention.tombstone"].search([("message_ref", "=", old.id)])
        self.assertEqual((stone.sha256, stone.policy_id, stone.was_sealed), (before, self.policy, True))
        self.assertEqual(len(stone.ciphertext_sha256), 64)
        self.assertFalse(payload.sealed_key)
        self.env.cr.execute("SELECT count(*) FROM finance_payload_chunk WHERE payload_id = %s", [payload.id])
        self.assertEqual(self.env.cr.fetchone(), (0,))
        with self.assertRaisesRegex(UserError, "destroyed"):
            payload._open()
        # what is no content stays, and proves
        self.assertEqual((old.state, old.payload_sha256, bool(old.correlation_id)), ("done", before, True))
        self.assertFalse(old.data)
        self.assertFalse(self.policy._due()[0])
        with young.payload_id._open() as stream:
            self.assertEqual(stream.read(), b"the bytes")
        self.assertAccounted(self.flow.browse())

    def test_tombstones_are_kept(self):
        self.message()
        self.policy.action_purge()
        self.env.flush_all()
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.Error), self.env.cr.savepoint():
            self.env.cr.execute("UPDATE finance_retention_tombstone SET sha256 = ''")

    def test_nothing_is_kept_shorter_than_law_wants(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.Error), self.env.cr.savepoint():
            self.policy.keep_days = 9
            self.env.flush_all()

    def test_what_no_policy_is_about_is_kept(self):
        self.policy.flow_ids = self.make_flow()
        self.message()
        self.assertFalse(self.policy._due()[0])

    def test_a07_a_legal_hold_stops_it_until_another_person_lifts_it(self):
        old = self.message()
        hold = self.as_user(self.env["finance.legal.hold"], "auditor").create({"name": "Case", "reason": "court"})
        self.assertEqual(self.policy._due(), (old.browse(), 1))
        with self.assertRaises(UserError):
            self.policy.action_purge()
        with self.assertRaises(AccessError):
            hold.write({"state": "lifted"})
        with self.assertRaises(AccessError):
            hold._lift("over")
        with self.trap_audit() as told:
            self.as_user(hold, "admin")._lift("settled")
        self.assertEqual(told[0]["event"], "legal_hold.lifted")
        self.assertEqual(self.policy._due()[0], old)

    def test_bytes_that_a_younger_message_needs_stay(self):
        old = self.message()
        young = self.message(1)
        self.env.cr.execute("UPDATE finance_message SET payload_id = %s WHERE id = %s", [old.payload_id.id, young.id])
        self.env.invalidate_all()
        self.policy.action_purge()
        with young.payload_id._open() as stream:
            self.assertEqual(stream.read(), b"the bytes")

    def test_the_list_destroys_what_a_restore_has_brought_back(self):
        old = self.message()
        told = {
            "destroyed": [{"message": old.id, "payload": old.payload_id.id, "sha256": old.payload_sha256, "at": ""}]
        }
        stones = self.as_user(self.env["finance.retention.tombstone"], "admin")
        with self.assertRaises(AccessError):
            stones._apply_list({"destroyed": [{**told["destroyed"][0], "sha256": "0" * 64}]}, "restore")
        self.assertEqual(stones._apply_list(told, "restore"), 1)
        self.assertTrue(old.shredded_at)
        self.assertEqual(stones._apply_list(told, "restore"), 0)
        with self.assertRaises(AccessError):
            self.as_user(stones.browse(), "auditor")._apply_list(told, "restore")

    def request(self, **values):
        return self.as_user(self.env["finance.privacy.request"], "admin").create(
            {"partner_id": self.person.id, "reason": "letter of today", **values}
        )

    def test_a_person_is_told_what_is_kept(self):
        named = self.message(5, b"hello Petra", payee="PETRA PERSON")
        linked = self.message(5)
        self.env["finance.message.document"].create(
            {"message_id": linked.id, "res_model": "res.partner", "res_id": self.person.id}
        )
        self.message(5, payee="Somebody else")
        request = self.request()
        self.assertEqual(request._find(), named | linked)
        content, count = request._zip()
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            told = json.loads(archive.read("messages.json"))
            self.assertEqual((count, {one["message"] for one in told}), (2, {named.id, linked.id}))
            self.assertEqual(archive.read(f"originals/{named.payload_id.id}"), b"hello Petra")

    def test_g09_a_person_is_found_inside_of_files_by_what_is_known_of_her(self):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as files:
            files.writestr("camt.xml", "<Cdtr><Nm>Petra &#80;erson</Nm></Cdtr>")
        self.person.bank_ids = [Command.create({"acc_number": "DE89 3704 0044 0532 0130 00"})]
        named = [
            self.message(5, b"<IBAN>DE89370400440532013000</IBAN>"),
            self.message(5, "Kunde 47.11/2233 Überweisung".encode("utf-16")),
            self.message(5, packed.getvalue()),
            self.message(5, gzip.compress(b"PETRA   PERSON")),
        ]
        self.message(5, b"<IBAN>DE89370400440532013001</IBAN>")
        broken = self.message(5, b"gone")
        self.env.cr.execute("DELETE FROM finance_payload_chunk WHERE payload_id = %s", [broken.payload_id.id])
        request = self.request(identifiers="47112233")
        self.assertEqual(request._find().ids, [one.id for one in named])
        self.assertEqual(request.unread_count, 1)
        self.assertFalse(self.request(look_inside=False)._find())

    def test_g09_one_act_destroys_every_original_of_a_person(self):
        mine = [self.message(15, f"file {number} of Petra Person".encode()) for number in range(3)]
        # two messages of hers share their bytes; those of somebody else stay
        shared = self.message(15, b"again Petra Person")
        shared_too = self.message(15)
        self.env.cr.execute(
            "UPDATE finance_message SET payload_id = %s WHERE id = %s", [shared.payload_id.id, shared_too.id]
        )
        other = self.message(15, b"of somebody else")
        self.env.invalidate_all()
        payloads = mine[0].payload_id | mine[1].payload_id | mine[2].payload_id | shared.payload_id
        self.request()._erase()
        self.assertFalse(any(payloads.mapped("sealed_key")))
        self.env.cr.execute("SELECT count(*) FROM finance_payload_chunk WHERE payload_id = ANY(%s)", [payloads.ids])
        self.assertEqual(self.env.cr.fetchone(), (0,))
        self.assertTrue(shared_too.shredded_at)
        self.assertFalse(other.shredded_at)
        self.assertFalse(self.request()._find())

    def test_a07_the_key_of_a_day_goes_with_the_last_content_of_that_day(self):
        keys = self.env["finance.content.key"].sudo()
        old, kept = self.message(30), self.message(30)
        key = keys.search([("company_id", "=", self.company.id)])
        self.assertEqual(len(key), 1)
        day = fields.Date.subtract(self.env.cr.now().date(), days=30)
        self.env.cr.execute("UPDATE finance_content_key SET day = %s WHERE id = %s", [day, key.id])
        self.env.invalidate_all()
        tombstones = self.env["finance.retention.tombstone"]
        tombstones._destroy(old, reason="over")
        self.assertEqual(keys._destroy_spent(), 0)
        self.assertTrue(key.sealed_key)
        tombstones._destroy(kept, reason="over")
        with self.trap_audit() as told:
            self.assertEqual(keys._destroy_spent(), 1)
        self.assertFalse(key.sealed_key)
        self.assertEqual([(one["event"], one["after"]["keys"]) for one in told], [("retention.keys_destroyed", 1)])
        self.assertEqual(keys._destroy_spent(), 0)

    def test_erasure_leaves_what_law_and_holds_keep_and_says_so(self):
        free = self.message(15, payee="Petra Person")
        young = self.message(5, payee="Petra Person")
        request = self.request()
        request._erase()
        self.assertTrue(free.shredded_at)
        self.assertFalse(young.shredded_at)
        self.assertEqual((request.state, request.erased_count), ("erased", 1))
        self.assertIn("Law 1", request.kept_text)
        self.assertIn(young.correlation_id, request.kept_text)
        with self.assertRaises(AccessError):
            request.write({"kept_text": "nothing"})
        with self.assertRaises(AccessError):
            self.as_user(self.request(), "auditor")._erase()

    def test_a08_masked_content_is_found_by_its_correlation_id(self):
        message = self.message(1, b'{"iban": "DE89370400440532013000"}', iban="DE89370400440532013000")
        mine = self.as_user(self.env["finance.message"], "viewer")
        found = mine.search([("correlation_id", "=", message.correlation_id)])
        self.assertEqual(found.id, message.id)
        self.assertNotIn("370400440532", f"{found.data_preview} {found.payload_preview}")
        with self.assertRaises(AccessError):
            self.env["finance.disclosure"].with_env(found.env)._disclose(found, "curious")
        with self.trap_audit() as told:
            operator = self.as_user(message, "operator")
            self.env["finance.disclosure"].with_env(operator.env)._disclose(operator, "customer called")
        self.assertEqual((told[0]["event"], told[0]["reason"]), ("payload.disclosed", "customer called"))

    def test_a19_content_of_each_company_has_keys_of_its_own(self):
        message = self.message()
        other = self.env["finance.payload"]._store(b"x", company=self.other_company)
        self.assertNotEqual(message.payload_id.sealed_key, other.sealed_key)
        keys = self.env["finance.content.key"].sudo().search([("company_id", "=", self.company.id)])
        self.assertTrue(keys)
        self.assertFalse(keys.company_id - self.company)
