"""Master keys: missing, rotated, lost, and what they protect in the database (B-42, B-43, fault 62)."""

import base64
import os
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..engine.envelope import Envelope
from ..engine.errors import AuthNeededError
from ..models import finance_key, finance_payload
from ..models.finance_payload import PayloadLocked
from ..safe import crypto
from .common import MASTER_KEY
from .fake_case import FakeCase

NEW_KEY = base64.b64encode(bytes(range(32))).decode()
CANARY = "canary-DE89370400440532013000-canary"


def name_of(key):
    return crypto.key_id(base64.b64decode(key))


@tagged("post_install", "-at_install")
class TestKeys(FakeCase):
    def setUp(self):
        super().setUp()
        self.connection = self.make_connection("finance.adapter.sftp", sftp_host="h", sftp_username="u")
        self.secret = self.env["finance.secret"]._put(self.connection, "password", "hush")
        self.payload = self.store(CANARY.encode() * 3)

    def store(self, content):
        return self.env["finance.payload"]._store(content, company=self.company)

    def sealed_by(self, record, field):
        self.env.flush_all()
        self.env.cr.execute(f"SELECT split_part({field}, ':', 2) FROM {record._table} WHERE id = %s", (record.id,))
        return self.env.cr.fetchone()[0]

    def assertSealedBy(self, key):
        self.assertEqual(self.sealed_by(self.secret, "sealed"), name_of(key))
        self.assertEqual(self.sealed_by(self.payload, "sealed_key"), name_of(key))

    def assertOpens(self):
        self.env.invalidate_all()
        self.assertEqual(self.connection._secret("password"), "hush")
        with self.payload._open() as stream:
            self.assertEqual(stream.read(), CANARY.encode() * 3)

    # -- payloads (B-43) -------------------------------------------------------------------

    def test_b43_the_column_is_ciphertext(self):
        self.env.cr.execute("SELECT content FROM finance_payload_chunk WHERE payload_id = %s", (self.payload.id,))
        [[content]] = self.env.cr.fetchall()
        self.assertNotIn(b"canary", bytes(content))
        key = self.payload.sudo()._open_key()
        self.assertIn(b"canary", self.payload._clear(key, 0, content))

    def test_b43_a_wrong_or_missing_key_fails_closed(self):
        for keys in ([NEW_KEY], []):
            self.with_keys(*keys)
            with self.assertRaises(PayloadLocked) as caught:
                self.payload._open()
            self.assertIsInstance(caught.exception, UserError)
            self.assertEqual(caught.exception.reason, "secrets_locked")
            self.assertEqual(self.payload._read_head(100), b"")
        with self.assertRaises(PayloadLocked):
            # something was sealed before: nothing is stored in clear because a key went missing
            self.store(b"x")
        self.with_keys(MASTER_KEY)
        self.assertOpens()

    def test_attack_35_pieces_and_keys_of_another_payload_do_not_open(self):
        other = self.store(b"other")
        statements = (
            "UPDATE finance_payload SET sealed_key = (SELECT sealed_key FROM finance_payload o WHERE o.id = %s)"
            " WHERE id = %s",
            "UPDATE finance_payload_chunk SET content = (SELECT content FROM finance_payload_chunk o"
            " WHERE o.payload_id = %s) WHERE payload_id = %s",
        )
        for statement in statements:
            victim = self.store(b"victim")
            self.env.flush_all()
            self.env.cr.execute(statement, (other.id, victim.id))
            self.env.invalidate_all()
            with self.assertRaises(UserError):
                victim._open()

    def test_without_any_key_ever_bytes_are_stored_in_clear_and_a_later_key_seals_the_next(self):
        self.with_keys()
        self.env["ir.config_parameter"].search([("key", "=", "finance_connector_base.sealed_by")]).unlink()
        plain = self.store(b"plain")
        self.assertFalse(plain.sudo().sealed_key)
        self.with_keys(MASTER_KEY)
        self.assertTrue(self.store(b"x").sudo().sealed_key)
        with plain._open() as stream:
            self.assertEqual(stream.read(), b"plain")

    def test_many_pieces(self):
        content = os.urandom(2 * finance_payload.CHUNK_SIZE + 7)
        with self.store(content)._open() as stream:
            self.assertEqual(stream.read(), content)

    # -- rotation (B-42) -------------------------------------------------------------------

    def test_b42_both_keys_are_good_while_it_is_under_way(self):
        self.with_keys(NEW_KEY, MASTER_KEY)
        self.assertOpens()
        fresh = self.store(b"sealed by the new key")
        # a node that still has the keys the other way round
        self.with_keys(MASTER_KEY, NEW_KEY)
        self.assertOpens()
        with fresh._open() as stream:
            self.assertEqual(stream.read(), b"sealed by the new key")

    def test_b42_after_wrapping_again_the_old_key_is_not_needed(self):
        self.with_keys(NEW_KEY, MASTER_KEY)
        self.env["finance.key"]._cron_rewrap()
        self.assertSealedBy(NEW_KEY)
        self.with_keys(NEW_KEY)
        self.assertOpens()
        self.with_keys(MASTER_KEY)
        with self.assertRaises(AuthNeededError):
            self.connection._secret("password")

    def test_b42_it_goes_on_where_it_stopped(self):
        payloads = [self.payload, *(self.store(b"%d" % number) for number in range(5))]
        self.with_keys(NEW_KEY, MASTER_KEY)
        keys = self.env["finance.key"]
        ring = keys._master_keys()
        done, after = keys._rewrap_batch(ring, "finance.payload", "sealed_key", payloads[0].id - 1, limit=2)
        self.assertEqual((done, after), (2, payloads[1].id))
        self.assertOpens()
        with patch.object(finance_key, "BATCH", 2):
            keys._cron_rewrap()
        self.assertEqual({self.sealed_by(payload, "sealed_key") for payload in payloads}, {name_of(NEW_KEY)})

    def test_b42_an_interrupted_run_goes_on_and_every_payload_opens_without_the_old_key(self):
        contents = {self.store(b"%d" % number * 5000): b"%d" % number * 5000 for number in range(11)}
        evidence = self.store(b"receipt")
        keys = self.env["finance.key"].with_context(ir_cron_progress_id=1)
        self.with_keys(NEW_KEY, MASTER_KEY)
        told = []

        def commit_progress(_cron, processed=0, *, remaining=None, **_options):
            told.append((processed, remaining))
            # the first run is out of time after its second batch of files
            return 0 if sum(count for count, _remaining in told) >= 8 and len(told) < 20 and not resumed else 60

        resumed = []
        cron = type(self.env["ir.cron"])
        with patch.object(finance_key, "BATCH", 4), patch.object(cron, "_commit_progress", commit_progress):
            keys._cron_rewrap()
            sealed = {self.sealed_by(payload, "sealed_key") for payload in contents}
            self.assertEqual(sealed, {name_of(NEW_KEY), name_of(MASTER_KEY)})
            # in the middle both keys are needed, and everything opens
            self.assertOpens()
            keys._self_test()
            current = self.env["finance.key"].search([("name", "=", name_of(NEW_KEY))])
            self.assertTrue(current.rotation_began_at)
            self.assertFalse(current.rotation_ended_at)
            self.assertTrue(0 < current.share < 100)
            resumed.append(True)
            keys._cron_rewrap()
        # the rest counts down: progress is shown while it runs
        remaining = [left for done, left in told if done]
        self.assertEqual(remaining, sorted(remaining, reverse=True))
        self.assertTrue(all(done <= 4 for done, _left in told))
        self.assertEqual(current.share, 100)
        self.assertTrue(current.rotation_ended_at)
        self.assertFalse(keys._go_on_rotating())
        # the old key is turned off
        self.with_keys(NEW_KEY)
        self.assertOpens()
        for payload, content in {**contents, evidence: b"receipt"}.items():
            with payload._open() as stream:
                self.assertEqual(stream.read(), content)

    def test_b42_a_batch_is_two_statements_and_not_one_a_file(self):
        for number in range(30):
            self.store(b"%d" % number)
        self.with_keys(NEW_KEY, MASTER_KEY)
        keys = self.env["finance.key"]
        ring = keys._master_keys()
        self.env.flush_all()
        keys._rewrap_batch(ring, "finance.secret", "sealed", 0)
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        done, _after = keys._rewrap_batch(ring, "finance.payload", "sealed_key", 0)
        self.assertGreaterEqual(done, 31)
        self.assertLess(self.env.cr.sql_log_count - before, 8)

    def test_b42_what_no_key_opens_is_left_as_it_is(self):
        self.with_keys(NEW_KEY)
        with self.assertLogs("odoo.addons.finance_connector_base", "WARNING"):
            self.env["finance.key"]._cron_rewrap()
        self.assertSealedBy(MASTER_KEY)
        self.with_keys(MASTER_KEY)
        self.assertOpens()

    # -- emergency (B-42, G-10) ------------------------------------------------------------

    def rotate(self, **values):
        wizard = self.as_user(self.env["finance.key.wizard"], "admin").create({"reason": "laptop stolen", **values})
        return wizard.action_rotate()

    def test_b42_emergency_rotation_is_one_audited_step(self):
        self.env.flush_all()
        self.env.cr.execute("SELECT sealed FROM finance_secret WHERE id = %s", (self.secret.id,))
        [before] = self.env.cr.fetchone()
        self.with_keys(NEW_KEY, MASTER_KEY)
        with self.trap_audit() as told:
            self.rotate()
        [entry] = [entry for entry in told if entry["event"] == "keys.rotated_in_emergency"]
        self.assertEqual(entry["reason"], "laptop stolen")
        self.assertEqual(entry["after"]["key"], name_of(NEW_KEY))
        self.assertSealedBy(NEW_KEY)
        self.env.cr.execute("SELECT sealed FROM finance_secret WHERE id = %s", (self.secret.id,))
        [after] = self.env.cr.fetchone()
        # not only wrapped again: who has the old key and the old data key has nothing
        self.assertNotEqual(before.split(":")[3], after.split(":")[3])
        self.with_keys(NEW_KEY)
        self.assertOpens()

    def test_b42_an_emergency_with_very_many_files_goes_on_in_the_background(self):
        payloads = [self.payload, *(self.store(b"%d" % number) for number in range(7))]
        self.with_keys(NEW_KEY, MASTER_KEY)
        with patch.object(finance_key, "BATCH", 2), patch.object(finance_key, "AT_ONCE", 4):
            action = self.rotate()
        self.assertIn("follow", action["params"]["message"])
        # secrets never wait
        self.assertEqual(self.sealed_by(self.secret, "sealed"), name_of(NEW_KEY))
        sealed = [self.sealed_by(payload, "sealed_key") for payload in payloads]
        self.assertEqual(set(sealed), {name_of(NEW_KEY), name_of(MASTER_KEY)})
        self.assertOpens()
        cron = self.env.ref("finance_connector_base.ir_cron_rewrap")
        self.assertTrue(self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]))
        self.env["finance.key"]._cron_rewrap()
        self.with_keys(NEW_KEY)
        for payload in payloads:
            with payload._open() as stream:
                self.assertTrue(stream.read())
        old = self.env["finance.key"].search([("name", "=", name_of(MASTER_KEY))])
        self.assertEqual(old.status, "unused")

    def test_b42_there_must_be_a_new_key(self):
        with self.assertRaisesRegex(UserError, "already"):
            self.rotate()

    def test_g10_void_credentials_are_gone_and_the_connection_stands_still(self):
        flow = self.make_flow(self.connection)
        [message] = self.enqueue(flow, {"do": "effect"})
        self.rotate(connection_ids=[(6, 0, self.connection.ids)])
        self.assertFalse(self.connection.secret_ids)
        self.assertEqual((self.connection.state, self.connection.check_ok), ("paused", False))
        with self.assertRaisesRegex(UserError, "Test it first"):
            self.connection.action_resume()
        self.drain()
        self.assertState(message, "queued")
        self.assertEqual(self.connection.auth_reason, "secret_missing")

    # -- locked (fault 62) -----------------------------------------------------------------

    def test_fault_62_locked_is_said_and_goes_on_by_itself_when_the_key_is_back(self):
        connection = self.connection
        flow = self.make_flow(connection)
        [message] = self.env["finance.message"]._enqueue(flow, [Envelope(kind="fetch", subject="fetch")])
        self.with_keys()
        self.drain()
        self.assertState(message, "held", "secrets_locked")
        self.assertEqual((connection.auth_needed, connection.auth_reason), (True, "secrets_locked"))
        self.assertIn("locked", connection.auth_cause)
        self.assertTrue(self.env["finance.key"]._self_test())
        self.assertTrue(connection.auth_needed)
        self.assertTrue(self.env["finance.key"].search([("is_available", "=", False), ("sealed_count", ">", 0)]))
        self.with_keys(MASTER_KEY)
        self.assertFalse(self.env["finance.key"]._self_test())
        self.assertFalse(connection.auth_needed)
        self.assertState(message, "queued")

    def test_the_screen_counts_what_each_key_seals(self):
        self.with_keys(NEW_KEY, MASTER_KEY)
        action = self.as_user(self.env["finance.key"], "admin").action_open()
        self.assertEqual(action["res_model"], "finance.key")
        keys = {key.name: key for key in self.env["finance.key"].search([])}
        self.assertEqual(keys[name_of(NEW_KEY)].status, "current")
        self.assertEqual(keys[name_of(MASTER_KEY)].status, "previous")
        self.assertGreaterEqual(keys[name_of(MASTER_KEY)].sealed_count, 2)
        self.with_keys(NEW_KEY)
        action = self.as_user(self.env["finance.key"], "admin").action_open()
        self.assertIn("locked", action["name"])
        self.assertEqual(keys[name_of(MASTER_KEY)].status, "missing")
