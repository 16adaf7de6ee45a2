"""Requests that have an effect are worked once, and the manners of HTTP (B-20, B-21, attacks 19 and 23, fault 32)."""

from contextlib import contextmanager
from datetime import date, timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..api.contract import Contract
from ..api.endpoints import Endpoint
from ..api.problem import Problem
from .api_case import BASE, ApiCase


class Thing(Contract):
    """What the endpoint of these tests takes and gives."""

    name: str


@tagged("post_install", "-at_install")
class TestApiRequests(ApiCase):
    @contextmanager
    def things(self, work=None, **values):
        """Let there be an endpoint that makes partners."""
        endpoint = Endpoint(
            **{
                "name": "makeThing",
                "method": "POST",
                "path": "/things",
                "right": "messages:read",
                "body": Thing,
                "answer": Thing,
                "summary": "Make a thing",
                "effect": True,
                "status": 202,
                "location": "/things/{name}",
                **values,
            }
        )

        def make(api, query, body):
            # sudo: what is made is not what is tested
            api.env["res.partner"].sudo().create({"name": body.name})
            if work:
                work()
            return Thing(name=body.name)

        model = type(self.env["finance.api"])
        known = self.env["finance.api"]._endpoints()
        with (
            patch.object(model, "_endpoints", lambda api: {**known, "makeThing": endpoint}),
            patch.object(model, "_do_make_thing", make, create=True),
        ):
            yield

    def made(self, name="x"):
        return self.env["res.partner"].search_count([("name", "=", name)])

    # -- once ------------------------------------------------------------------------------

    def test_attack_19_a_request_without_a_name_is_refused(self):
        with self.things():
            answer = self.ask("/things", body={"name": "x"})
            self.assertEqual(self.problem(answer), (400, "idempotency_missing"))
            self.assertEqual(self.problem(self.ask("/things", body={"name": "x"}, once="a b")), (400, "malformed"))
        self.assertFalse(self.made())

    def test_attack_19_a_repetition_is_given_the_same_answer(self):
        with self.things():
            first = self.ask("/things", body={"name": "x"}, once='"k-1"')
            # the same, laid out in another way, under the same name without quotes
            again = self.ask("/things", body=b'{ "name" : "x" }', once="k-1")
        self.assertEqual((first.status_code, again.status_code), (202, 202))
        self.assertEqual(first.content, again.content)
        self.assertEqual(again.headers["Location"], f"{BASE}/things/x")
        self.assertEqual(again.headers["Idempotency-Replayed"], "true")
        self.assertNotIn("Idempotency-Replayed", first.headers)
        self.assertEqual(self.made(), 1)

    def test_attack_19_one_name_for_two_requests_is_refused(self):
        with self.things():
            self.ask("/things", body={"name": "x"}, once="k-1")
            self.assertEqual(
                self.problem(self.ask("/things", body={"name": "y"}, once="k-1")), (422, "idempotency_reused")
            )
        self.assertFalse(self.made("y"))

    def test_attack_19_names_of_another_program_are_its_own(self):
        other = new_test_user(
            self.env,
            login="other-program",
            groups="base.group_user,finance_connector_base.finance_group_viewer",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        key = self.make_client(other, self.company, "messages:read")._new_key(30)
        with self.things():
            self.ask("/things", body={"name": "x"}, once="k-1")
            answer = self.ask("/things", body={"name": "x"}, once="k-1", key=key)
        self.assertNotIn("Idempotency-Replayed", answer.headers)
        self.assertEqual(self.made(), 2)

    def test_attack_19_a_repetition_while_the_first_runs_is_told_so(self):
        """The lock of the first is held by another connection to the database."""
        with self.things():
            self.ask("/things", body={"name": "x"}, once="k-1")
        model = self.env["finance.api.answer"]
        locked = []

        def taken(cr, query, parameters=None, **options):
            if "pg_try_advisory_xact_lock" in str(query):
                locked.append(parameters)
                query, parameters = "SELECT false", None
            return execute(cr, query, parameters, **options)

        execute = type(self.env.cr).execute
        with self.things(), patch.object(type(self.env.cr), "execute", taken):
            answer = self.ask("/things", body={"name": "x"}, once="k-1")
        self.assertEqual(self.problem(answer), (409, "idempotency_running"))
        self.assertEqual(answer.headers["Retry-After"], "1")
        self.assertEqual(len(locked), 1)
        self.assertEqual(model.sudo().search_count([("client_id", "=", self.client.id)]), 1)

    def test_what_is_refused_is_an_answer_too_and_nothing_of_it_stays(self):
        def refuse():
            raise Problem("conflict", "Not now.")

        with self.things(refuse):
            first = self.ask("/things", body={"name": "x"}, once="k-1")
        with self.things():
            again = self.ask("/things", body={"name": "x"}, once="k-1")
        self.assertEqual(self.problem(first), (409, "conflict"))
        self.assertEqual(first.content, again.content)
        self.assertEqual(again.headers["Content-Type"], "application/problem+json")
        self.assertFalse(self.made())

    def test_fault_32_what_fails_by_our_fault_leaves_nothing_and_can_be_repeated(self):
        def fail():
            raise ZeroDivisionError("secret of the code")

        with self.things(fail), mute_logger("odoo.addons.finance_connector_base.controllers.api"):
            answer = self.ask("/things", body={"name": "x"}, once="k-1")
        self.assertEqual(self.problem(answer), (500, "internal"))
        self.assertNotIn("secret", answer.text)
        self.assertFalse(self.made())
        with self.things():
            self.assertEqual(self.ask("/things", body={"name": "x"}, once="k-1").status_code, 202)
        self.assertEqual(self.made(), 1)

    def test_rights_in_odoo_that_are_missing_are_told_without_names_of_models(self):
        def deny():
            raise AccessError(self.env._("account.move is closed to you"))

        with self.things(deny):
            answer = self.ask("/things", body={"name": "x"}, once="k-1")
        self.assertEqual(self.problem(answer), (403, "not_allowed"))
        self.assertNotIn("account.move", answer.text)

    def test_after_a_week_a_name_is_free_again_and_answers_are_forgotten(self):
        with self.things():
            self.ask("/things", body={"name": "x"}, once="k-1")
            self.env.cr.execute("UPDATE finance_api_answer SET expires_at = now() AT TIME ZONE 'UTC'")
            self.assertEqual(self.ask("/things", body={"name": "y"}, once="k-1").status_code, 202)
        self.env.cr.execute("UPDATE finance_api_answer SET expires_at = now() AT TIME ZONE 'UTC' - interval '1 day'")
        self.env["finance.api.answer"]._gc_answers()
        self.assertFalse(self.env["finance.api.answer"].sudo().search([]))

    # -- bodies ----------------------------------------------------------------------------

    def test_attack_23_bodies_that_are_not_read(self):
        json_type = {"Content-Type": "application/json"}
        with self.things():
            for headers, body, expected in (
                ({"Content-Type": "application/x-www-form-urlencoded"}, b"name=x", (415, "media_type")),
                ({"Content-Type": "multipart/form-data; boundary=a"}, b"--a--", (415, "media_type")),
                ({"Content-Type": "text/plain"}, b"{}", (415, "media_type")),
                ({**json_type, "Content-Encoding": "gzip"}, b"{}", (415, "media_type")),
                (json_type, b"", (400, "malformed")),
                (json_type, b'{"name": "x", "name": "y"}', (400, "malformed")),
                (json_type, b'{"name": NaN}', (400, "malformed")),
                (json_type, b"[" * 5000, (400, "malformed")),
                (json_type, b'{"name": "\xff"}', (400, "malformed")),
                (json_type, b'"x"', (422, "invalid")),
                (json_type, b'{"name": 1}', (422, "invalid")),
                (json_type, b'{"name": "x", "more": 1}', (422, "invalid")),
                (json_type, b'{"name": "a\\u0000b"}', (422, "invalid")),
                (json_type, b'{"name": "\\ud800"}', (422, "invalid")),
                (json_type, b'{"name": "' + b"x" * (1 << 20) + b'"}', (413, "too_large")),
            ):
                with self.subTest(body=body[:30], headers=headers):
                    answer = self.ask("/things", body=body, headers=headers, once="k-1")
                    self.assertEqual(self.problem(answer), expected)
        self.assertFalse(self.env["finance.api.answer"].sudo().search([]))

    # -- manners ---------------------------------------------------------------------------

    def test_head_and_options(self):
        whole = self.ask("/invoices")
        head = self.ask("/invoices", method="HEAD")
        self.assertEqual((head.status_code, head.content), (200, b""))
        self.assertEqual(head.headers["ETag"], whole.headers["ETag"])
        options = self.ask("/messages", method="OPTIONS", headers={"Authorization": ""})
        self.assertEqual((options.status_code, options.headers["Allow"]), (204, "GET, HEAD, OPTIONS"))
        self.assertNotIn("Access-Control-Allow-Origin", options.headers, "no page of another site asks here")
        for method in ("TRACE", "PUT", "POST", "PROPFIND"):
            with self.subTest(method):
                self.assertEqual(self.problem(self.ask("/messages", method=method)), (405, "method"))

    def test_b21_another_version_is_not_spoken(self):
        self.assertEqual(self.ask("/invoices", headers={"Finance-Api-Version": "1"}).status_code, 200)
        answer = self.ask("/invoices", headers={"Finance-Api-Version": "2"})
        self.assertEqual(self.problem(answer), (400, "version"))

    def test_b21_an_endpoint_says_that_it_will_end_and_ends(self):
        day = date.today() + timedelta(days=100)
        with self.things(deprecated=date(2026, 3, 1), sunset=day):
            answer = self.ask("/things", body={"name": "x"}, once="k-1")
            self.assertEqual(answer.headers["Deprecation"], "@1772323200")
            self.assertTrue(answer.headers["Sunset"].endswith("00:00:00 GMT"))
            self.assertIn(f"{day:%d %b %Y}", answer.headers["Sunset"])
            self.assertIn('rel="deprecation"', answer.headers["Link"])
            document = self.url_open(f"{BASE}/openapi.json").json()
            self.assertTrue(document["paths"]["/things"]["post"]["deprecated"])
        with self.things(sunset=date.today()):
            self.assertEqual(self.problem(self.ask("/things", body={"name": "x"}, once="k-2")), (410, "gone"))

    def test_b20_the_page_for_people_shows_every_endpoint_and_loads_nothing(self):
        with self.things(example={"name": "<b>'x'</b>"}):
            answer = self.url_open(BASE)
        self.assertEqual(answer.headers["Content-Type"], "text/html; charset=utf-8")
        self.assertIn("default-src 'none'", answer.headers["Content-Security-Policy"])
        for endpoint in self.env["finance.api"]._endpoints().values():
            self.assertIn(f"id='{endpoint.name}'", answer.text)
        self.assertIn("Idempotency-Key: $(uuidgen)", answer.text)
        for foreign in ("<script", "<link", "src=", "@import", "<b>'x'"):
            self.assertNotIn(foreign, answer.text)
