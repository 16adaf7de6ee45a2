"""HTTP settings of a connection (B-54): who sets them, what they allow, that a change needs a new test."""

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..engine.errors import AuthNeededError, RejectedError, TransientError
from ..safe.certificates import read
from .system_case import SystemCase


@tagged("post_install", "-at_install")
class TestHttp(SystemCase):
    http_kind = "good"

    def test_an_adapter_calls_through_the_connection(self):
        connection = self.http_connection()
        self.assertTrue(connection.uses_http)
        self.assertFalse(self.connection.uses_http)
        with connection._http(headers={"X-Tenant": "7"}) as client:
            self.assertEqual(client.get("echo").json()["headers"]["x-tenant"], "7")
        self.as_user(connection, "admin").action_test()
        self.assertEqual(connection.check_result, "The system answers.")

    def test_b41_mutual_tls_takes_the_loaded_certificate(self):
        connection = self.http_connection("mutual")
        ready = {key: self.system.ready[key].encode() for key in ("client_certificate", "client_key")}
        self.env["finance.credential"]._put(
            connection, "tls", certificate=read(ready["client_certificate"], private_key=ready["client_key"])
        )
        with connection._http() as client:
            self.assertEqual(client.get("echo").status, 200)

    def test_b41_without_its_key_a_certificate_is_no_use(self):
        connection = self.http_connection("mutual")
        self.env["finance.credential"]._put(
            connection, "tls", certificate=read(self.system.ready["client_certificate"].encode())
        )
        with self.assertRaises(AuthNeededError) as caught:
            connection._http()
        self.assertEqual(caught.exception.reason, "secret_missing")

    def test_b54_internal_addresses_need_an_administrators_word(self):
        connection = self.http_connection(http_networks=False)
        with self.assertRaises(RejectedError) as caught, connection._http() as client:
            client.get("echo")
        self.assertEqual(caught.exception.reason, "http_address_refused")
        connection.http_networks = "127.0.0.0/8, ::1"
        with connection._http() as client:
            client.get("echo")

    def test_b54_another_authority_is_not_trusted(self):
        connection = self.http_connection(http_authorities=False)
        with self.assertRaises(TransientError), connection._http() as client:
            client.get("echo")

    def test_an_address_is_missing(self):
        with self.assertRaises(RejectedError) as caught:
            self.http_connection(http_base_url=False)._http()
        self.assertEqual(caught.exception.reason, "connection_incomplete")

    def test_b01_b56_another_endpoint_is_approved_and_tested_again(self):
        for field, value in (
            ("http_base_url", "https://elsewhere.example"),
            ("http_more_origins", "https://login.example"),
            ("http_networks", "10.0.0.0/8"),
            ("http_allow_plain", True),
            ("http_authorities", "other"),
        ):
            with self.subTest(field):
                connection = self.http_connection()
                self.as_user(connection, "admin")[field] = value
                self.assertTrue(connection.pending_change_id)
                self.assertEqual((connection.state, connection.check_ok), ("active", True))
                self.assertNotEqual(connection[field], value)
                connection.sudo()._apply_config({field: value})
                self.assertEqual((connection.state, connection.check_ok), ("paused", False))
        connection = self.http_connection()
        connection._apply_config({"http_read_timeout": 5})
        self.assertEqual((connection.state, connection.check_ok), ("active", True))

    def test_b54_what_cannot_be_meant_is_not_stored(self):
        connection = self.http_connection()
        for values in (
            {"http_base_url": "ftp://bank.example"},
            {"http_base_url": "https://user:secret@bank.example"},
            {"http_more_origins": "https://login.example javascript:alert(1)"},
            {"http_networks": "0.0.0.0/0"},
            {"http_networks": "the office"},
            {"http_allow_plain": True, "environment": "production"},
        ):
            with self.subTest(values), self.assertRaises(ValidationError), self.env.cr.savepoint():
                connection.write(values)
                connection.flush_recordset()
