"""What clients get to see of secrets over the wire: nothing (attacks 11, 12 and 15)."""

import base64
import json
from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from ..transports.oauth2 import Tokens
from .common import FinanceCase
from .test_credential import make_certificate

CANARY = "rpc-canary-secret-8812"


@tagged("post_install", "-at_install")
class TestSecretRpc(HttpCase, FinanceCase):
    def setUp(self):
        super().setUp()
        self.connection = self.make_connection("finance.adapter.sftp", sftp_host="h", sftp_username="u")
        self.secret = self.env["finance.secret"]._put(self.connection, "password", CANARY)
        certificate, key = make_certificate(90)
        self.canaries = [CANARY, key.decode().splitlines()[1], "v2:"]
        self.env["finance.credential.wizard"].create(
            {
                "connection_id": self.connection.id,
                "kind": "tls",
                "file": base64.b64encode(certificate),
                "key_text": key.decode(),
            }
        )
        self.credential = self.connection.credential_ids
        self.canaries += ["rpc-canary-access-1", "rpc-canary-refresh-1"]
        self.token = self.env["finance.oauth2.token"].create(
            {"connection_id": self.connection.id, "kind": "authorization_code", "purpose": ""}
        )
        self.token._take(Tokens(access="rpc-canary-access-1", refresh="rpc-canary-refresh-1"))
        self.payload = self.env["finance.payload"]._store(b"x", company=self.company)

    def calls(self):
        """:return: (model, method, ids, keyword arguments) that look for secrets in every way a client has"""
        connection = self.connection.ids
        for model, record, field in (
            ("finance.secret", self.secret, "sealed"),
            ("finance.credential", self.credential, "sealed"),
            ("finance.payload", self.payload, "sealed_key"),
            ("finance.oauth2.token", self.token, "sealed_access"),
            ("finance.oauth2.token", self.token, "sealed_refresh"),
            ("finance.oauth2.request", self.env["finance.oauth2.request"], "state_hash"),
        ):
            ids = record.ids
            yield model, "read", ids, {}
            yield model, "read", ids, {"fields": [field]}
            yield model, "search_read", [], {"domain": [], "fields": ["id", field]}
            yield model, "search_read", [], {"domain": [(field, "like", "v2")], "fields": ["id"]}
            yield model, "search", [], {"domain": [], "order": field}
            yield model, "web_search_read", [], {"domain": [], "specification": {field: {}}}
            yield model, "web_read", ids, {"specification": {field: {}, "display_name": {}}}
            yield model, "formatted_read_group", [], {"domain": [], "groupby": [field], "aggregates": ["__count"]}
            yield model, "export_data", ids, {"fields_to_export": [field]}
            yield model, "fields_get", [], {}
            yield model, "name_search", [], {"name": CANARY}
            yield model, "copy", ids, {}
            yield model, "write", ids, {"vals": {field: "v2:x"}}
        nested_token = {"fields": {"sealed_access": {}, "sealed_refresh": {}}}
        nested = {"fields": {"sealed": {}, "key": {}}}
        yield "finance.connection", "read", connection, {}
        yield "finance.connection", "web_read", connection, {"specification": {"secret_ids": nested}}
        yield "finance.connection", "export_data", connection, {"fields_to_export": ["secret_ids/sealed"]}
        yield "finance.connection", "search", [], {"domain": [("secret_ids.sealed", "like", "v2")]}
        yield "finance.connection", "copy", connection, {}
        yield "finance.connection", "web_read", connection, {"specification": {"oauth_token_ids": nested_token}}
        yield "finance.connection", "search", [], {"domain": [("oauth_token_ids.sealed_refresh", "like", "v2")]}
        yield "finance.oauth2.token", "_current", [], {}
        yield "finance.secret.wizard", "search_read", [], {"domain": []}
        yield "finance.credential.wizard", "search_read", [], {"domain": []}
        yield "mail.message", "search_read", [], {"domain": [("model", "=", "finance.connection")]}
        for model, method in (("finance.secret", "_reveal"), ("finance.secret", "_unseal"), ("finance.key", "_ring")):
            yield model, method, self.secret.ids, {}

    def assertSilent(self, answer, call):
        for canary in self.canaries:
            self.assertNotIn(canary, answer.replace("v2:x", ""), call)

    def test_attack_15_over_the_web_client(self):
        login = self.user("admin").login
        self.authenticate(login, login)
        for number, (model, method, ids, options) in enumerate(self.calls()):
            params = {"model": model, "method": method, "args": [ids] if ids else [], "kwargs": options}
            answer = self.url_open(
                f"/web/dataset/call_kw/{model}/{method}",
                data=json.dumps({"jsonrpc": "2.0", "id": number, "method": "call", "params": params}),
                headers={"Content-Type": "application/json"},
            )
            with self.subTest(model=model, method=method, options=options):
                self.assertSilent(answer.text, (model, method))

    def test_attack_15_over_json_2(self):
        user = self.user("admin")
        keys = self.env["res.users.apikeys"].with_user(user).sudo()
        key = keys._generate("rpc", "test", fields.Datetime.now() + timedelta(days=1))
        for model, method, ids, options in self.calls():
            answer = self.url_open(
                f"/json/2/{model}/{method}",
                data=json.dumps({**options, **({"ids": ids} if ids else {})}),
                headers={"Content-Type": "application/json", "Authorization": f"Bearer {key}"},
            )
            with self.subTest(model=model, method=method, options=options):
                self.assertNotEqual(answer.status_code, 401)
                self.assertSilent(answer.text, (model, method))

    def test_a_secret_goes_in_over_rpc_and_never_out(self):
        login = self.user("admin").login
        self.authenticate(login, login)
        values = {"connection_id": self.connection.id, "key": "token", "value": "rpc-canary-token-3317"}
        self.canaries.append(values["value"])

        def call(method, *args):
            params = {"model": "finance.secret.wizard", "method": method, "args": args, "kwargs": {}}
            return self.url_open(
                f"/web/dataset/call_kw/finance.secret.wizard/{method}",
                data=json.dumps({"jsonrpc": "2.0", "id": 1, "method": "call", "params": params}),
                headers={"Content-Type": "application/json"},
            ).text

        created = call("create", values)
        [wizard_id] = json.loads(created)["result"] if "[" in created else [json.loads(created)["result"]]
        for answer in (
            created,
            call("read", [wizard_id]),
            call("web_read", [wizard_id], {"value": {}, "value_text": {}}),
            call("action_confirm", [wizard_id]),
        ):
            self.assertSilent(answer, "wizard")
        self.env.invalidate_all()
        self.assertEqual(self.connection._secret("token"), values["value"])

    def test_a_copy_of_a_connection_has_no_secrets(self):
        copy = self.as_user(self.connection, "admin").copy()
        self.assertFalse(copy.secret_ids + self.env["finance.secret"].search([("connection_id", "=", copy.id)]))
        self.assertFalse(copy.credential_ids)
        self.assertEqual(copy.state, "draft")
