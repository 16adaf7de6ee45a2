"""A person goes to the other side and comes back (B-40; RFC 6749 10.12, RFC 9700): bound, once, within ten minutes."""

import json
import logging
from urllib.parse import parse_qs, urlsplit

from odoo.tests import tagged

from .browser_case import BrowserCase
from .oauth2_case import Oauth2Case

CALLBACK = "/finance/oauth2/callback"


@tagged("post_install", "-at_install")
class TestAuthorise(BrowserCase, Oauth2Case):
    def setUp(self):
        super().setUp()
        self.connection = self.oauth_connection("authorization_code", oauth_scope="ais", oauth_extra="prompt=consent")
        self.log_in("admin")

    def press(self):
        """Press Authorise; :return: the address that the browser is sent to"""
        answer = self.url_open(
            "/web/dataset/call_button/finance.connection/action_oauth2_authorise",
            json={
                "jsonrpc": "2.0",
                "params": {
                    "model": "finance.connection",
                    "method": "action_oauth2_authorise",
                    "args": [self.connection.ids],
                    "kwargs": {},
                },
            },
        ).json()
        self.assertEqual(answer["result"]["type"], "ir.actions.act_url", answer)
        return answer["result"]["url"]

    def assertRefused(self, answer, words="not known"):
        self.assertEqual(answer.status_code, 400, answer.text)
        self.assertIn(words, answer.text)
        self.assertFalse(self.tokens.search([("connection_id", "=", self.connection.id)]))

    # -- a good day ------------------------------------------------------------------------

    def test_s02_there_and_back(self):
        url = self.press()
        query = parse_qs(urlsplit(url).query)
        self.assertEqual(query["redirect_uri"], [self.connection.oauth_redirect])
        self.assertEqual((query["scope"], query["prompt"], query["client_id"]), (["ais"], ["consent"], ["odoo"]))
        self.assertEqual(query["code_challenge_method"], ["S256"])
        answer = self.come_back(self.say_yes(url))
        self.assertEqual(answer.status_code, 303, answer.text)
        self.assertURLEqual(answer.headers["Location"], f"/odoo/finance-connections/{self.connection.id}")
        self.assertEqual(answer.headers["Referrer-Policy"], "no-referrer")
        token = self.connection.oauth_token_ids
        self.assertEqual((token.state, token.authorised_by_id), ("active", self.user("admin")))
        self.assertEqual(self.connection.oauth_state, "active")
        self.assertIn("Authorised", self.connection.message_ids[:1].body)
        self.assertEqual(self.connection.message_ids[:1].author_id, self.user("admin").partner_id)
        self.get(self.connection)
        self.assertEqual(self.system.control("GET")["token_calls"], ["authorization_code"])

    def test_a_permission_that_was_gone_is_given_again(self):
        self.give(self.connection)
        self.connection.oauth_token_ids.write({"state": "reauthorise", "reason": "oauth_reauthorise"})
        self.connection.write({"auth_needed": True, "auth_reason": "oauth_reauthorise"})
        self.env.flush_all()
        self.assertEqual(self.come_back(self.say_yes(self.press())).status_code, 303)
        self.assertFalse(self.connection.auth_needed)
        self.get(self.connection)

    # -- attacks ---------------------------------------------------------------------------

    def test_once(self):
        path = self.say_yes(self.press())
        self.assertEqual(self.come_back(path).status_code, 303)
        again = self.come_back(path)
        self.assertEqual(again.status_code, 400)
        self.get(self.connection)
        self.assertEqual(self.calls(), ["authorization_code"])

    def test_a_state_that_nobody_began(self):
        self.press()
        for state in ("", "x", "a" * 43):
            self.assertRefused(self.come_back(f"{CALLBACK}?code=c&state={state}"))
        self.assertRefused(self.come_back(CALLBACK))

    def test_the_answer_of_another_session_of_the_same_person(self):
        path = self.say_yes(self.press())
        self.log_in("admin")
        self.assertRefused(self.come_back(path))
        self.assertEqual(self.calls(), [])

    def test_the_answer_of_another_person(self):
        """Who is lured to an address with somebody else's code does not bind the connection to that account."""
        path = self.say_yes(self.press())
        self.log_in("admin", number=2)
        self.assertRefused(self.come_back(path))
        self.assertEqual(self.calls(), [])

    def test_whoever_is_no_administrator(self):
        path = self.say_yes(self.press())
        for role in ("operator", "viewer", "employee", "portal"):
            self.log_in(role)
            self.assertEqual(self.come_back(path).status_code, 404)
        self.authenticate(None, None)
        self.assertIn("/web/login", self.come_back(path).headers["Location"])

    def test_after_ten_minutes(self):
        path = self.say_yes(self.press())
        self.env.cr.execute("UPDATE finance_oauth2_request SET ends_at = ends_at - interval '11 minutes'")
        self.assertRefused(self.come_back(path))
        self.assertFalse(self.env["finance.oauth2.request"].search([]))

    def test_pressed_twice_the_first_way_is_closed(self):
        first, second = self.say_yes(self.press()), self.say_yes(self.press())
        self.assertRefused(self.come_back(first))
        self.assertEqual(self.come_back(second).status_code, 303)

    def test_a_code_of_another_authorisation_does_not_fit_the_verifier(self):
        mine = self.say_yes(self.press())
        stolen = parse_qs(urlsplit(self.say_yes(self.press())).query)["code"][0]
        url = self.press()
        state = parse_qs(urlsplit(url).query)["state"][0]
        self.assertRefused(self.come_back(f"{CALLBACK}?code={stolen}&state={state}"), "No token was given")
        self.assertRefused(self.come_back(mine))

    def test_no(self):
        self.configure(person_says="access_denied")
        self.assertRefused(self.come_back(self.say_yes(self.press())), "denied")

    def test_somebody_else_answers(self):
        self.connection.oauth_issuer = "https://bank.example"
        self.env.flush_all()
        for issuer in ("", "https://evil.example"):
            self.configure(issuer=issuer)
            self.assertRefused(self.come_back(self.say_yes(self.press())), "issuer")
        self.configure(issuer="https://bank.example")
        self.assertEqual(self.come_back(self.say_yes(self.press())).status_code, 303)

    def test_nothing_of_the_answer_decides_where_to_or_is_shown(self):
        path = self.say_yes(self.press())
        answer = self.come_back(f"{path}&redirect=https://evil.example&next=//evil.example")
        self.assertNotIn("evil", answer.headers["Location"])
        self.press()
        text = self.come_back(f"{CALLBACK}?error=<script>alert(1)</script>&error_description=<b>x</b>&state=x").text
        self.assertNotIn("alert(1)", text)

    def test_the_log_has_neither_code_nor_state_nor_token(self):
        ours = "odoo.addons.finance_connector_base"
        with self.assertLogs("werkzeug", logging.INFO) as logs, self.assertLogs(ours, logging.DEBUG) as own:
            path = self.say_yes(self.press())
            self.come_back(path)
            self.authenticate(None, None)
            self.come_back(path)
        query = parse_qs(urlsplit(path).query)
        token = self.connection.oauth_token_ids
        text = "\n".join(logs.output + own.output)
        self.assertIn(f"{CALLBACK}?…", text)
        for secret in (
            *query["code"],
            *query["state"],
            token._unseal("sealed_access"),
            token._unseal("sealed_refresh"),
        ):
            self.assertNotIn(secret, text)

    def test_over_json_2_nobody_begins(self):
        """There is no browser to come back with."""
        user = self.user("admin")
        # sudo: a key of the user's own
        key = self.env["res.users.apikeys"].with_user(user).sudo()._generate("rpc", "t", None)
        answer = self.url_open(
            "/json/2/finance.connection/action_oauth2_authorise",
            data=json.dumps({"ids": self.connection.ids}),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {key}"},
        )
        path = self.say_yes(answer.json()["url"]) if answer.status_code == 200 else f"{CALLBACK}?state=x&code=y"
        self.assertRefused(self.come_back(path))
