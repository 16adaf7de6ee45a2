"""Secrets by reference (B-40, S-32): their value is in the vault, and only their place in the database."""

import os
import tempfile
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from sandbox.process import StandIn
from sandbox.vault.server import Vault

from ..engine.errors import AuthNeededError
from ..transports import vault, vault_secrets
from .system_case import SystemCase

VALUE = "canary-of-the-vault-8841"


@tagged("post_install", "-at_install")
class TestVaultSecret(SystemCase):
    def setUp(self):
        super().setUp()
        self.vault = self.enterContext(Vault(token="canary-token-7719"))
        self.allow(f"{self.company.id}/test=secret/own/test */sandbox=secret/sandbox")
        vault_secrets.VAULT.forget()
        self.addCleanup(vault_secrets.VAULT.forget)
        self.vault.write("own/test/bank", {"token": VALUE, "other": "x"})
        self.connection = self.http_connection(http_auth="fixed")
        self.flow = self.make_flow(self.connection, handler="finance.handler.test.http")

    def allow(self, prefixes):
        variables = {
            vault.ADDRESS_VARIABLE: self.vault.address,
            vault.TOKEN_VARIABLE: self.vault.token,
            vault.NETWORKS_VARIABLE: "127.0.0.0/8",
            vault_secrets.PREFIXES_VARIABLE: prefixes,
        }
        patcher = patch.dict(os.environ, variables)
        patcher.start()
        self.addCleanup(patcher.stop)

    def put(self, place="vault:secret/own/test/bank#token", connection=None, key="token"):
        return self.env["finance.secret"]._put_reference(connection or self.connection, key, place)

    # -- reading ---------------------------------------------------------------------------------

    def test_s32_it_is_read_at_use_and_to_rotate_needs_no_write_in_odoo(self):
        secret = self.put()
        self.assertEqual(self.connection._secret("token"), VALUE)
        self.assertEqual(self.connection._secret("token"), VALUE)
        self.assertEqual(self.vault.reads, 1, "kept for a moment")
        self.env.flush_all()
        self.env.cr.execute("SELECT * FROM finance_secret WHERE id = %s", (secret.id,))
        before = self.env.cr.fetchall()
        self.assertNotIn(VALUE, str(before))
        self.vault.write("own/test/bank", {"token": "rotated"})
        with patch.object(vault_secrets, "KEPT_SECONDS", -1.0):
            self.assertEqual(self.connection._secret("token"), "rotated")
        self.env.flush_all()
        self.env.cr.execute("SELECT * FROM finance_secret WHERE id = %s", (secret.id,))
        self.assertEqual(self.env.cr.fetchall(), before)

    def test_it_takes_the_place_of_a_sealed_one_and_the_other_way_round(self):
        secrets = self.env["finance.secret"]
        sealed = secrets._put(self.connection, "token", "sealed here")
        self.assertEqual(self.put(), sealed)
        self.assertEqual((sealed.sudo().sealed, self.connection._secret("token")), (False, VALUE))
        self.assertFalse(self.connection.check_ok)
        secrets._put(self.connection, "token", "sealed again")
        self.assertEqual((sealed.reference, self.connection._secret("token")), (False, "sealed again"))
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.env.cr.execute("UPDATE finance_secret SET reference = 'vault:a/b#c' WHERE id = %s", (sealed.id,))

    # -- what may be read ----------------------------------------------------------------------------

    def test_only_below_the_prefixes_of_its_company_and_environment(self):
        for place in (
            "vault:secret/other/test/bank#token",
            "vault:secret/own/testing/bank#token",
            "vault:secret/own/test#token",
            "vault:secret/own/production/bank#token",
            "vault:secret/sandbox/bank#token",
        ):
            with self.subTest(place), self.assertRaisesRegex(UserError, "not among the places"):
                self.put(place)
        for place in (
            "vault:secret/own/test/../production/bank#token",
            "vault:secret/own/test/%2e%2e/bank#token",
            "vault:secret/own/test//bank#token",
            "vault:secret/own/test/bank?version=1#token",
            "vault:secret/own/test/bank",
            "https://vault.example/secret/own/test/bank#token",
            "",
        ):
            with self.subTest(place), self.assertRaisesRegex(UserError, "Enter the place"):
                self.put(place)
        sandbox = self.make_connection("finance.adapter.test.http", environment="sandbox")
        self.put("vault:secret/sandbox/bank#token", connection=sandbox)

    def test_attack_35_a_row_that_is_changed_in_the_database_leads_nowhere_else(self):
        secret = self.put()
        self.vault.write("other/bank", {"token": "of another company"})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE finance_secret SET reference = 'vault:secret/other/bank#token' WHERE id = %s", (secret.id,)
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(AuthNeededError, "not among the places"):
            self.connection._secret("token")
        self.env.cr.execute("UPDATE finance_secret SET reference = 'vault:secret/own/test/bank#token'")
        self.env.cr.execute("UPDATE finance_connection SET environment = 'production', activated_environment = NULL")
        self.env.cr.execute("UPDATE finance_connection SET state = 'draft' WHERE id = %s", (self.connection.id,))
        self.env.invalidate_all()
        with self.assertRaisesRegex(AuthNeededError, "production"):
            self.connection._secret("token")
        self.assertEqual(self.vault.reads, 0)

    def test_a_configuration_that_cannot_be_understood_allows_nothing(self):
        self.put()
        for wrong in ("secret/own", "1/test", "x/test=secret/own", "*/test=../..", "*/*=secret"):
            with patch.dict(os.environ, {vault_secrets.PREFIXES_VARIABLE: wrong}), self.subTest(wrong):
                with self.assertRaisesRegex(AuthNeededError, "FINANCE_VAULT_SECRETS"):
                    self.connection._secret("token")
        with patch.dict(os.environ, {vault_secrets.PREFIXES_VARIABLE: ""}):
            with self.assertRaisesRegex(AuthNeededError, "nothing"):
                self.connection._secret("token")

    # -- trouble -------------------------------------------------------------------------------------

    def test_fault_62_vault_down_the_connection_waits_and_no_attempt_is_counted(self):
        self.put()
        self.vault.fault = "sealed"
        messages = self.enqueue(self.flow, {}, {}, {})
        self.drain()
        [first] = messages.filtered(lambda message: message.state == "retry")
        self.assertState(first, "retry", "vault_unreachable")
        self.assertIn("vault:secret/own/test/bank#token", first.detail)
        self.assertState(messages - first, "queued")
        self.assertEqual(sum(messages.mapped("attempt_count")), 0)
        self.assertGreater(self.connection.hold_until, self.env.cr.now())
        self.assertFalse(self.connection.auth_needed)
        self.assertFalse(self.connection.circuit_ids, "it is not the other side that failed")
        self.assertFalse(self.connection.limit_ids, "nor is it called more slowly afterwards")
        self.assertFalse(messages.exception_ids)
        self.assertEqual(len(self.system.control("GET", "/calls")), 0)
        # it answers again: everything goes on without a person
        self.vault.fault = ""
        self.connection.hold_until = False
        self.make_due(messages)
        self.drain()
        self.assertState(messages, "done")

    def test_what_the_vault_refuses_says_the_place_and_what_to_do_never_the_value(self):
        cases = {
            "denied": (("vault:secret/own/test/bank#token", "read that path"), "vault_refused"),
            "garbage": (("vault:secret/own/test/bank#token", "correct"), "vault_refused"),
        }
        self.put()
        for fault, (words, reason) in cases.items():
            self.vault.fault = fault
            with self.subTest(fault), self.assertRaises(AuthNeededError) as caught:
                self.connection._secret("token")
            self.assertEqual(caught.exception.reason, reason)
            for word in words:
                self.assertIn(word, caught.exception.detail)
            self.assertNotIn("canary", caught.exception.detail)
        self.vault.fault = ""
        for place in ("vault:secret/own/test/nobody#token", "vault:secret/own/test/bank#missing"):
            self.put(place)
            with self.subTest(place), self.assertRaises(AuthNeededError) as caught:
                self.connection._secret("token")
            self.assertIn(place, caught.exception.detail)
            self.assertNotIn("canary", caught.exception.detail)

    def test_a_secret_that_was_changed_a_moment_ago_is_read_again_before_anybody_is_called(self):
        user = StandIn("sandbox.sftp", "--root", str(self.temporary()), "--user", "bank:new password")
        self.addCleanup(user.stop)
        ready = user.ready
        connection = self.make_connection(
            "finance.adapter.sftp",
            sftp_host=ready["host"],
            sftp_port=ready["port"],
            sftp_username="bank",
            sftp_host_key=ready["fingerprint"],
        )
        flow = self.make_flow(connection, fetch_interval=5)
        self.vault.write("own/test/sftp", {"password": "old password"})
        self.put("vault:secret/own/test/sftp#password", connection=connection, key="password")
        connection._secret("password")
        self.vault.write("own/test/sftp", {"password": "new password"})
        flow._enqueue_fetch(self.env.cr.now())
        message = self.env["finance.message"].search([("flow_id", "=", flow.id)])
        self.drain(flow)
        if message.state != "done":
            self.assertEqual((message.state, message.attempt_count), ("retry", 0))
            self.make_due(message)
            self.drain(flow)
        self.assertState(message, "done")
        self.assertFalse(connection.auth_needed)
        # wrong in the vault, too: then a person is asked, after one try
        self.vault.write("own/test/sftp", {"password": "wrong"})
        vault_secrets.VAULT.forget()
        flow._enqueue_fetch(self.env.cr.now())
        self.drain(flow)
        self.assertTrue(connection.auth_needed)

    def temporary(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        return folder.name

    # -- people --------------------------------------------------------------------------------------

    def test_the_dialog_keeps_the_place_and_says_which_are_allowed(self):
        wizards = self.as_user(self.env["finance.secret.wizard"], "admin")
        new = wizards.new({"connection_id": self.connection.id})
        self.assertTrue(new.has_vault)
        self.assertEqual(new.allowed, "vault:secret/own/test/...")
        wizards.create(
            {
                "connection_id": self.connection.id,
                "key": "token",
                "is_reference": True,
                "reference": "vault:secret/own/test/bank#token",
            }
        )
        self.assertEqual(self.connection._secret("token"), VALUE)
        secret = self.as_user(self.connection, "admin").secret_ids
        self.assertEqual(secret.reference, "vault:secret/own/test/bank#token")
        with self.assertRaises(AccessError):
            secret.write({"reference": "vault:secret/sandbox/bank#token"})
        with self.assertRaises(AccessError):
            self.as_user(self.env["finance.secret"], "operator")._put_reference(
                self.connection, "token", "vault:secret/own/test/bank#token"
            )

    def test_a_test_reads_what_is_in_the_vault_now(self):
        self.put()
        self.connection._secret("token")
        self.vault.write("own/test/bank", {"token": "written now"})
        mine = self.as_user(self.connection, "admin")
        mine.action_test()
        self.assertEqual(self.connection._secret("token"), "written now")
