"""Consents: given at the bank by a person, watched, renewed, taken back (S-02)."""

import json
from datetime import date, timedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.finance_connector_base.tests.browser_case import BrowserCase

from .bank_api_case import BankApiCase
from .common import IBAN


@tagged("post_install", "-at_install")
class TestConsentInTheBrowser(BrowserCase, BankApiCase):
    def setUp(self):
        super().setUp()
        self.connection.write({"state": "draft"})
        self.log_in("admin")

    def count_calls_apart(self):
        """HttpCase is in it from the beginning."""

    def press(self, method="action_bank_consent", record=None):
        record = record or self.connection
        answer = self.url_open(
            f"/web/dataset/call_button/{record._name}/{method}",
            json={
                "jsonrpc": "2.0",
                "params": {"model": record._name, "method": method, "args": [record.ids], "kwargs": {}},
            },
        ).json()
        self.env.invalidate_all()
        return answer

    @property
    def consent(self):
        return self.env["finance.bank.consent"].search(
            [("connection_id", "=", self.connection.id)], order="id desc", limit=1
        )

    def test_s02_there_and_back(self):
        url = self.press()["result"]["url"]
        self.assertEqual(self.consent.state, "waiting")
        answer = self.come_back(self.say_yes(url))
        self.assertEqual(answer.status_code, 303, answer.text)
        self.assertURLEqual(answer.headers["Location"], f"/odoo/finance-connections/{self.connection.id}")
        self.assertEqual((self.consent.state, self.consent.asked_by_id), ("valid", self.user("admin")))
        self.assertEqual(self.consent.valid_until, self.today + timedelta(days=3650))
        self.assertEqual(self.account.account_masked[-4:], IBAN[-4:])
        self.assertEqual(self.account.journal_id, self.journal)
        self.assertIn("result", self.press("action_test"))
        self.assertTrue(self.connection.check_ok, self.connection.check_result)
        watched = self.connection.credential_ids
        self.assertEqual((watched.kind, watched.expires_at.date()), ("consent", self.consent.valid_until))
        sent = next(r for r in self.bank.control("GET", "/")["requests"] if r["path"].endswith("/consents"))
        self.assertTrue(sent["headers"]["psu-ip-address"])

    def test_the_ways_banks_take_a_yes(self):
        for habits in ({"explicit": True}, {"confirms": True}):
            with self.subTest(habits):
                self.configure(explicit=False, confirms=False)
                self.configure(**habits)
                answer = self.come_back(self.say_yes(self.press()["result"]["url"]))
                self.assertEqual(answer.status_code, 303, answer.text)
                self.assertEqual(self.consent.state, "valid")

    def log_in_over_oauth(self, **habits):
        self.configure(sca="oauth", **habits)
        self.connection.write(
            {
                "http_auth": "authorization_code",
                "oauth_address": self.address() + "/token",
                "oauth_page": self.address() + "/authorize",
                "oauth_client": "odoo",
            }
        )
        self.env["finance.secret"]._put(self.connection, "client_secret", "sandbox-secret")

    def sent(self, method, end):
        """:return: the ``Authorization`` headers of these requests, in order"""
        requests = [r for r in self.bank.control("GET", "/")["requests"] if r["path"].endswith(end)]
        return [r["headers"].get("authorization") for r in requests if r["method"] == method]

    def test_s02_a_yes_over_oauth(self):
        self.log_in_over_oauth()
        url = self.press()["result"]["url"]
        first = self.consent
        self.assertEqual(self.come_back(self.say_yes(url)).status_code, 303)
        self.assertEqual(first.state, "waiting", "nobody has asked the bank yet")
        self.assertIn("result", self.press("action_look", first))
        self.assertEqual(first.state, "valid")
        self.assertEqual(self.account.journal_id, self.journal)
        [asked] = self.bank.control("GET", "/")["authorisations"]
        self.assertEqual(asked["scope"], f"AIS:{first.sudo().reference}")
        self.assertEqual(self.sent("POST", "/consents"), [None], "there is no token before the yes")
        self.assertTrue(self.sent("GET", "/accounts")[-1].startswith("Bearer "))
        self.assertIn("result", self.press("action_test"))
        self.assertTrue(self.connection.check_ok, self.connection.check_result)

        # a renewal: what was given works until the person has said yes again
        url = self.press()["result"]["url"]
        self.assertIn("result", self.press("action_test"))
        self.assertTrue(self.connection.check_ok, self.connection.check_result)
        self.come_back(self.say_yes(url))
        second = self.consent
        self.press("action_look", second)
        self.assertEqual((first.state, second.state), ("replaced", "valid"))
        self.assertEqual(self.account.consent_id, second)
        self.assertFalse(self.connection.oauth_scope, "the scope of one consent is no setting")

    def test_a_no_over_oauth(self):
        self.log_in_over_oauth(person_says="no")
        answer = self.come_back(self.say_yes(self.press()["result"]["url"]))
        self.assertEqual(answer.status_code, 400)
        self.assertIn("denied", answer.text)
        self.assertIn("error", self.press("action_look", self.consent))
        self.assertEqual(self.consent.state, "waiting")
        self.assertFalse(self.account)

    def test_a_yes_over_oauth_needs_its_addresses(self):
        self.log_in_over_oauth()
        self.connection.write({"http_auth": "adapter"})
        error = self.press()["error"]["data"]["message"]
        self.assertIn("OAuth 2.0", error)

    def test_a_no_at_the_bank(self):
        self.configure(person_says="no")
        answer = self.come_back(self.say_yes(self.press()["result"]["url"]))
        self.assertEqual(answer.status_code, 400)
        self.assertIn("rejected", answer.text)
        self.assertEqual(self.consent.state, "refused")
        self.assertFalse(self.account)

    def test_a_return_is_good_once_and_for_who_left(self):
        path = self.say_yes(self.press()["result"]["url"])
        self.log_in("admin", number=2)
        self.assertEqual(self.come_back(path).status_code, 400)
        self.log_in("admin")
        # another session of the same person
        self.assertEqual(self.come_back(path).status_code, 400)
        self.assertEqual(self.consent.state, "waiting")
        path = self.say_yes(self.press()["result"]["url"])
        self.assertEqual(self.come_back(path).status_code, 303)
        self.assertEqual(self.come_back(path).status_code, 400)
        self.log_in("operator")
        self.assertEqual(self.come_back(path).status_code, 404)

    def test_a_page_on_a_host_that_is_not_allowed_is_not_gone_to(self):
        self.env["finance.host"].search([]).unlink()
        answer = self.press()
        self.assertIn("error", answer, json.dumps(answer))
        self.assertFalse(self.consent)


@tagged("post_install", "-at_install")
class TestConsentLife(BankApiCase):
    def consents(self):
        return {consent.state for consent in self.connection.bank_consent_ids}

    def test_nothing_is_asked_without_a_consent(self):
        self.connection._bank_report_flow()._enqueue_fetch(self.env.cr.now())
        self.drain()
        run = self.env["finance.message"].search([("connection_id", "=", self.connection.id)])
        self.assertState(run, "ignored", "bank_no_account")
        self.as_user(self.connection, "admin").action_test()
        self.assertIn("Give consent", self.connection.check_result)

    def test_a_consent_that_was_taken_back_stops_and_a_new_one_goes_on(self):
        owner = self.user("admin")
        self.connection.owner_id = owner
        self.book("250.00")
        for status, state in (("expired", "expired"), ("revokedByPsu", "revoked")):
            with self.subTest(status), self.undone():
                consent = self.give_consent()
                self.bank.control("POST", "/consent", {"consent": consent.reference, "status": status})
                message = self.fetch()
                self.assertState(message, "held", "bank_consent_needed")
                self.assertEqual(consent.state, state)
                self.assertTrue(self.connection.auth_needed)
                activity = self.connection.activity_ids
                self.assertEqual(
                    (activity.user_id, activity.summary), (owner, "The bank wants a new consent for Open bank")
                )
                self.give_consent()
                self.drain()
                self.assertState(message, "done")
                self.assertEqual(self.amounts(), [250.0])
                self.assertFalse(self.connection.auth_needed or self.connection.activity_ids)

    def test_the_owner_is_told_before_the_end(self):
        self.connection.owner_id = self.user("admin")
        self.connection.bank_consent_days = 30
        self.today = date.today()
        self.configure(today=str(self.today))
        self.give_consent()
        self.env["finance.credential"]._cron_watch()
        self.assertIn("Access to accounts ends in", self.connection.activity_ids.summary)

    def test_a_consent_that_is_over_ends_by_itself(self):
        consent = self.give_consent()
        consent.valid_until = date(2026, 1, 1)
        self.env["finance.bank.consent"]._cron_end()
        self.assertEqual(consent.state, "expired")
        self.assertEqual(self.connection.auth_reason, "bank_consent_needed")

    def test_a_newer_consent_replaces_the_older_one(self):
        first = self.give_consent()
        self.bank.control("POST", "/change-keys")
        second = self.give_consent()
        self.assertEqual((first.state, second.state), ("replaced", "valid"))
        self.assertEqual(len(self.account), 1, "known again by its number")
        self.book("1.00")
        self.assertState(self.fetch(), "done")

    def test_taken_back_here(self):
        consent = self.give_consent()
        self.as_user(consent, "admin").action_revoke()
        self.assertEqual(consent.state, "revoked")
        self.assertFalse(self.connection.credential_ids)
        told = self.bank.control("GET", "/")["consents"][consent.reference]
        self.assertEqual(told["consentStatus"], "terminatedByTpp")

    def test_an_account_that_is_not_opened_any_more_is_not_asked_about(self):
        self.give_consent()
        self.bank.control("POST", "/reset")
        self.configure(today=str(self.today))
        self.bank.control("POST", "/account", {"iban": "DE02500105170137075030"})
        self.give_consent()
        accounts = self.account.sorted("id")
        self.assertEqual(accounts.mapped("is_open"), [False, True])

    def test_who_may(self):
        consent = self.give_consent()
        for role in ("viewer", "operator", "steward", "auditor"):
            with self.subTest(role):
                with self.assertRaises(AccessError):
                    self.as_user(consent, role).action_revoke()
                with self.assertRaises(AccessError):
                    self.as_user(self.connection, role).action_bank_consent()
        with self.assertRaises(AccessError):
            self.as_user(consent, "admin").write({"state": "valid"})
        self.assertFalse(self.as_user(consent.browse(), "admin", other_company=True).search([]))

    def test_the_checklist_sees_consent_and_journals(self):
        item = self.env["finance.onboarding.item"]
        self.assertFalse(item._check_bank_consent(self.connection))
        self.give_consent()
        self.assertTrue(item._check_bank_consent(self.connection))
        self.assertTrue(item._check_bank_journals(self.connection))
