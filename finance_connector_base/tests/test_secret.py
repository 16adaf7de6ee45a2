"""Secrets: sealed, bound to their place, and readable by nobody."""

import base64
import os
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tests import tagged
from odoo.tools import file_open

from ..engine.errors import AuthNeededError
from ..safe import crypto
from .common import ROLES, FinanceCase

KEY = base64.b64encode(bytes(range(32))).decode()
OTHER_KEY = base64.b64encode(bytes(32)).decode()
CANARY = "s3cret-canary-4711"


@tagged("post_install", "-at_install")
class TestSecret(FinanceCase):
    def setUp(self):
        super().setUp()
        self.connection = self.make_connection("finance.adapter.sftp", sftp_host="h", sftp_username="u")
        self.secrets = self.env["finance.secret"]
        self.with_key(KEY)

    def with_key(self, key):
        variables = {crypto.KEY_VARIABLE: key} if key else {}
        cleared = {
            name: value
            for name, value in os.environ.items()
            if name not in (crypto.KEY_VARIABLE, crypto.KEY_FILE_VARIABLE)
        }
        patcher = patch.dict(os.environ, {**cleared, **variables}, clear=True)
        patcher.start()
        self.addCleanup(patcher.stop)

    def put(self, value=CANARY, key="password", connection=None):
        return self.secrets._put(connection or self.connection, key, value)

    def column(self, secret):
        self.env.flush_all()
        self.env.cr.execute("SELECT sealed FROM finance_secret WHERE id = %s", (secret.id,))
        return self.env.cr.fetchone()[0]

    def test_a_secret_comes_back_for_the_call_that_needs_it(self):
        self.put()
        self.assertEqual(self.connection._secret("password"), CANARY)

    def test_the_column_is_ciphertext(self):
        secret = self.put()
        self.assertNotIn(CANARY, self.column(secret))
        self.assertTrue(self.column(secret).startswith("v2:"))

    def test_a_new_value_replaces_the_old_one_and_the_test_has_to_pass_again(self):
        self.put()
        self.put("new")
        self.assertEqual(self.connection._secret("password"), "new")
        self.assertEqual(len(self.connection.secret_ids), 1)
        self.assertFalse(self.connection.check_ok)

    def assertLocked(self, reason):
        with self.assertRaises(AuthNeededError) as caught:
            self.connection._secret("password")
        self.assertEqual(caught.exception.reason, reason)
        self.assertNotIn(CANARY, caught.exception.detail)

    def test_fault_62_missing_and_wrong_keys_lock_and_destroy_nothing(self):
        secret = self.put()
        sealed = self.column(secret)
        self.with_key("")
        self.assertLocked("secrets_locked")
        with self.assertRaises(AuthNeededError):
            self.put("overwritten")
        self.with_key(OTHER_KEY)
        self.assertLocked("secrets_locked")
        self.assertEqual(self.column(secret), sealed)
        self.with_key(KEY)
        self.assertEqual(self.connection._secret("password"), CANARY)

    def test_attack_35_a_ciphertext_moved_to_another_place_does_not_open(self):
        mine = self.put()
        others = [
            self.put("x", connection=self.make_connection("finance.adapter.sftp")),
            self.put("x", connection=self.make_connection("finance.adapter.sftp", company_id=self.other_company.id)),
            self.put("x", key="passphrase"),
        ]
        for other in others:
            self.env.cr.execute("UPDATE finance_secret SET sealed = %s WHERE id = %s", (self.column(mine), other.id))
            self.env.invalidate_all()
            with self.assertRaises(AuthNeededError) as caught:
                other.connection_id._secret(other.key)
            self.assertEqual(caught.exception.reason, "secret_broken")

    def test_attack_37_a_copy_of_the_database_cannot_open_them(self):
        """Also when the key is there, a database with another identity is another place."""
        secret = self.put()
        self.env["ir.config_parameter"].set_param("database.uuid", "another")
        self.assertLocked("database_copy")
        self.connection._bind_to_database()
        self.assertLocked("secret_broken")
        with self.assertRaises(AuthNeededError):
            secret._unseal("sealed")

    def test_another_environment_is_another_place(self):
        self.put()
        self.connection.environment = "production"
        self.assertLocked("environment_changed")
        self.connection._bind_to_database()
        self.assertLocked("secret_broken")

    def test_attack_36_changed_or_downgraded_values_are_refused(self):
        secret = self.put()
        sealed = self.column(secret)
        version, key_id, wrapped, body = sealed.split(":")
        flipped = body[:8] + ("A" if body[8] != "A" else "B") + body[9:]
        head = f"{version}:{key_id}:{wrapped}"
        for forged in (f"{head}:{flipped}", f"v0:{key_id}:{wrapped}:{body}", CANARY, head, f"{head}:!", "v2:::", ""):
            self.env.cr.execute("UPDATE finance_secret SET sealed = %s WHERE id = %s", (forged, secret.id))
            self.env.invalidate_all()
            with self.assertRaises(AuthNeededError):
                self.connection._secret("password")

    # -- nobody reads them ---------------------------------------------------------------------

    def test_attack_11_12_15_no_role_reads_the_sealed_value_by_any_way(self):
        """Neither read, nor searched for, sorted by, grouped, exported or named."""
        secret = self.put()
        sealed = self.column(secret)
        for role in ROLES:
            with self.subTest(role):
                mine = self.as_user(secret, role)
                for look in (
                    lambda mine=mine: mine.read(["sealed"]),
                    lambda mine=mine: mine.sealed,
                    lambda mine=mine: mine.search(Domain("sealed", "like", "v2")),
                    lambda mine=mine: mine.search([], order="sealed"),
                    lambda mine=mine: mine._read_group([], ["sealed"]),
                    lambda mine=mine: mine.export_data(["sealed"]),
                    lambda mine=mine: mine.web_search_read([], {"sealed": {}}),
                    lambda mine=mine: mine.search([("connection_id.secret_ids.sealed", "!=", False)]),
                ):
                    try:
                        shown = str(look())
                    except UserError:
                        continue
                    self.assertNotIn(sealed, shown)
                    self.assertNotIn("v2:", shown)
                    self.fail(f"{role} may look at sealed values: {shown}")
                try:
                    told = f"{mine.name_search('password')} {mine.read()} {mine.fields_get()}"
                except UserError:
                    continue
                self.assertNotIn(sealed, told)
                self.assertNotIn("sealed", mine.fields_get())

    def test_nobody_writes_a_secret_directly(self):
        secret = self.put()
        for role in ROLES:
            mine = self.as_user(secret, role)
            for act in (
                lambda mine=mine: mine.write({"sealed": "x"}),
                lambda mine=mine: mine.create({"connection_id": self.connection.id, "key": "token"}),
                lambda mine=mine: mine.copy(),
            ):
                with self.subTest(role), self.assertRaises(UserError):
                    act()

    def test_attack_10_not_even_through_the_connection(self):
        secret = self.put()
        mine = self.as_user(self.connection, "admin")
        for command in ([(1, secret.id, {"sealed": "x"})], [(0, 0, {"key": "token", "sealed": "x"})]):
            for connection in (mine, self.connection):
                with self.assertRaises(AccessError):
                    connection.write({"secret_ids": command})
        with self.assertRaises(AccessError):
            secret.with_context(finance_sealing=True).write({"sealed": "x"})

    # -- the dialog ----------------------------------------------------------------------------

    def set_by_dialog(self, role, **options):
        wizards = self.as_user(self.env["finance.secret.wizard"], role, **options)
        return wizards.create({"connection_id": self.connection.id, "key": "password", "value": CANARY})

    def test_the_dialog_takes_a_secret_and_shows_none(self):
        wizard = self.set_by_dialog("admin")
        self.assertEqual(self.connection._secret("password"), CANARY)
        self.assertNotIn(CANARY, str(wizard.read()))
        self.env.flush_all()
        self.env.cr.execute("SELECT * FROM finance_secret_wizard WHERE id = %s", (wizard.id,))
        self.assertNotIn(CANARY, str(self.env.cr.fetchall()))

    def test_only_connector_administrators_of_the_company_set_secrets(self):
        for role in ROLES:
            if role != "admin":
                with self.subTest(role), self.assertRaises(AccessError):
                    self.set_by_dialog(role)
        with self.assertRaises(AccessError):
            self.set_by_dialog("admin", other_company=True)
        with self.assertRaises(AccessError):
            self.as_user(self.secrets, "operator")._put(self.connection, "password", "x")

    def test_a_missing_key_is_said_in_the_dialog(self):
        self.with_key("")
        with self.assertRaisesRegex(UserError, "FINANCE_MASTER_KEY"):
            self.set_by_dialog("admin")

    def test_secrets_are_set_not_logged(self):
        with self.assertNoLogs("odoo", "INFO"):
            self.set_by_dialog("admin")
            self.connection._secret("password")

    def test_neutralizing_removes_them(self):
        self.put()
        self.env.flush_all()
        with file_open("finance_connector_base/data/neutralize.sql") as script:
            self.env.cr.execute(script.read())
        self.env.invalidate_all()
        self.assertFalse(self.secrets.search([]))
        self.assertEqual((self.connection.state, self.connection.check_ok), ("paused", False))
