"""Certificates and consents: sealed, watched, and in force (B-41)."""

import base64
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..engine.envelope import Envelope
from ..engine.errors import AuthNeededError
from .common import ROLES
from .fake_case import FakeCase


def make_certificate(days, name="client.example"):
    """:return: PEM of a self-signed certificate, and of its private key"""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = fields.Datetime.now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(4711)
        .not_valid_before(now - timedelta(days=300))
        .not_valid_after(now + timedelta(days=days, hours=1))
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return certificate.public_bytes(encoding), private


@tagged("post_install", "-at_install")
class TestCredential(FakeCase):
    def setUp(self):
        super().setUp()
        self.credentials = self.env["finance.credential"]

    def load(self, role="admin", *, days=90, kind="tls", connection=None, **values):
        certificate, key = make_certificate(days)
        self.private_key = key.decode()
        wizards = self.as_user(self.env["finance.credential.wizard"], role)
        wizards.create(
            {
                "connection_id": (connection or self.connection).id,
                "kind": kind,
                "file": base64.b64encode(certificate),
                "key_text": self.private_key,
                **values,
            }
        )
        return self.credentials.search([("connection_id", "=", self.connection.id)], order="id desc", limit=1)

    def consent(self, days):
        return self.credentials._put(
            self.connection, "consent", name="AIS", expires_at=self.env.cr.now() + timedelta(days=days)
        )

    def end(self, credential):
        """Let the time pass until it has ended."""
        credential.flush_recordset()
        self.env.cr.execute(
            "UPDATE finance_credential SET expires_at = %s WHERE id = %s", (self.env.cr.now(), credential.id)
        )
        credential.invalidate_recordset()

    def fetch(self):
        [message] = self.env["finance.message"]._enqueue(self.flow, [Envelope(kind="fetch", subject="fetch")])
        self.drain()
        return message

    # -- in and out ------------------------------------------------------------------------

    def test_b41_the_facts_are_shown_and_the_key_is_sealed(self):
        credential = self.load()
        self.assertEqual(credential.subject, "CN=client.example")
        self.assertEqual((credential.serial, credential.days_left, credential.status), ("1267", 90, "valid"))
        self.assertEqual(len(credential.fingerprint), 95)
        self.assertEqual(self.connection._credential("tls")._private_key(), self.private_key)
        self.env.flush_all()
        for table in ("finance_credential", "finance_credential_wizard"):
            self.env.cr.execute(f"SELECT * FROM {table}")
            self.assertNotIn(self.private_key.split("\n")[1], str(self.env.cr.fetchall()))

    def test_attack_15_nobody_reads_the_key(self):
        credential = self.load()
        for role in ROLES:
            mine = self.as_user(credential, role)
            for look in (
                lambda mine=mine: mine.read(["sealed"]),
                lambda mine=mine: mine.search([("sealed", "like", "v2")]),
                lambda mine=mine: mine.export_data(["sealed"]),
                lambda mine=mine: mine._read_group([], ["sealed"]),
            ):
                with self.subTest(role), self.assertRaises(Exception):  # noqa: B017 - refused, by whichever check
                    look()

    def test_only_in_the_dialog_and_only_by_administrators(self):
        credential = self.load()
        for role in ROLES:
            if role != "admin":
                with self.subTest(role), self.assertRaises(AccessError):
                    self.load(role)
            mine = self.as_user(credential, role)
            for act in (
                lambda mine=mine: mine.write({"expires_at": "2099-01-01"}),
                lambda mine=mine: mine.create(
                    {"connection_id": self.connection.id, "kind": "consent", "name": "x", "expires_at": "2099-01-01"}
                ),
            ):
                with self.subTest(role), self.assertRaises(AccessError):
                    act()

    def test_what_cannot_be_used_is_refused_in_words(self):
        other_key = make_certificate(90)[1].decode()
        for values, words in (
            ({"key_text": other_key}, "does not belong"),
            ({"file": base64.b64encode(b"x")}, "no certificate"),
            ({"key_text": ""}, "private key is missing"),
            ({"days": -2}, "expired"),
        ):
            with self.subTest(words), self.assertRaisesRegex(UserError, words):
                self.load(**values)

    # -- in force --------------------------------------------------------------------------

    def test_b41_expired_stops_and_a_renewal_lets_what_waited_go_on(self):
        credential = self.load()
        self.assertState(self.fetch(), "done")
        self.end(credential)
        stopped = self.fetch()
        self.assertState(stopped, "held", "certificate_expired")
        self.assertEqual(self.connection.auth_reason, "certificate_expired")
        self.load()
        self.assertFalse(self.connection.auth_needed)
        self.drain()
        self.assertState(stopped, "done")

    def test_b41_the_same_for_a_consent(self):
        self.end(self.consent(90))
        stopped = self.fetch()
        self.assertState(stopped, "held", "consent_expired")
        self.consent(90)
        self.drain()
        self.assertState(stopped, "done")

    def test_one_that_does_not_stop_the_connection(self):
        credential = self.consent(90)
        self.as_user(credential, "admin").write({"blocks_sending": False})
        self.end(credential)
        self.assertState(self.fetch(), "done")

    def test_old_and_new_are_good_while_the_other_side_changes_over(self):
        old = self.load(days=20)
        new = self.load(days=200)
        self.assertEqual(self.connection._credential("tls"), new)
        self.end(new)
        self.assertEqual(self.connection._credential("tls"), old)
        self.connection._check_outbound()
        self.end(old)
        with self.assertRaises(AuthNeededError):
            self.connection._credential("tls")

    # -- watched ---------------------------------------------------------------------------

    def alerts(self):
        self.credentials._cron_watch()
        return len(self.connection.activity_ids)

    def test_b41_the_owner_is_told_once_at_60_30_and_7_days_and_at_the_end(self):
        credential = self.load(days=61)
        counts = []
        for days in (61, 60, 59, 31, 30, 29, 8, 7, 6, 1, 0):
            credential.flush_recordset()
            ends = self.env.cr.now() + timedelta(days=days, minutes=5 if days else 0)
            self.env.cr.execute("UPDATE finance_credential SET expires_at = %s WHERE id = %s", (ends, credential.id))
            credential.invalidate_recordset()
            counts.append((self.alerts(), self.alerts()))
        self.assertEqual([first for first, again in counts], [0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4])
        self.assertTrue(all(first == again for first, again in counts))
        self.assertEqual(self.connection.activity_ids.user_id, self.connection.owner_id)

    def test_one_that_is_renewed_is_not_talked_about(self):
        old = self.load(days=20)
        self.load(days=200)
        self.assertEqual(self.alerts(), 0)
        self.end(old)
        self.assertEqual(self.alerts(), 0)
        self.assertFalse(old.active)
