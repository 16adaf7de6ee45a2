"""The interface for programs over HTTP (B-20, B-22, S-27): who may ask, for what, and what is never said."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from ..models.finance_api_client import SCOPE
from .api_case import BASE, ApiCase


@tagged("post_install", "-at_install")
class TestApi(ApiCase):
    # -- what is answered ------------------------------------------------------------------

    def test_b20_an_invoice_and_how_far_it_is_paid(self):
        [first] = self.ask("/invoices", number=self.invoices[0].name).json()["data"]
        self.assertEqual(first["total"], "120.00")
        self.assertEqual(first["open_amount"], "120.00")
        self.assertEqual((first["kind"], first["state"]), ("customer_invoice", "open"))
        self.assertEqual(first["issued_on"], "2026-03-02")
        self.assertEqual(first["counterparty"]["vat"], "DE136695976")
        self.assertEqual(self.ask(f"/invoices/{first['id']}").json(), first)

    def test_b20_a_list_comes_in_parts_without_a_gap_or_a_double(self):
        seen, cursor = [], None
        for _part in range(10):
            answer = self.ask("/invoices", limit=1, **({"cursor": cursor} if cursor else {})).json()
            seen += [invoice["number"] for invoice in answer["data"]]
            cursor = answer["next"]
            if not cursor:
                break
        self.assertEqual(sorted(seen), sorted(self.invoices.mapped("name")))

    def test_b20_what_has_changed_since(self):
        self.env.cr.execute(
            "UPDATE account_move SET write_date = '2026-01-01' WHERE id = ANY(%s)", (self.invoices.ids,)
        )
        self.env.cr.execute(
            "UPDATE account_move SET write_date = '2026-02-01 10:00:00.5' WHERE id = %s", (self.invoices[1].id,)
        )
        self.env.invalidate_all()
        answer = self.ask("/invoices", changed_since="2026-02-01T00:00:00Z").json()
        self.assertEqual([invoice["number"] for invoice in answer["data"]], [self.invoices[1].name])

    def test_b20_states_and_kinds(self):
        self.invoices[0].button_draft()
        self.assertEqual(len(self.ask("/invoices", state="draft").json()["data"]), 1)
        self.assertEqual(len(self.ask("/invoices", state="draft,open").json()["data"]), 3)
        self.assertEqual(len(self.ask("/invoices", state="draft&state=open").json()["data"]), 3)
        self.assertEqual(self.problem(self.ask("/invoices", limit="1&limit=2")), (422, "invalid"))
        self.assertEqual(self.ask("/invoices", state="paid").json()["data"], [])
        self.assertEqual(self.ask("/invoices", kind="vendor_bill").json()["data"], [])

    def test_b20_what_has_become_of_a_message(self):
        held, done = self.enqueue(
            self.flow, {"do": "hold"}, {"do": "effect", "key": "x"}, business_key="RE-1", subject="Order"
        )
        self.drain()
        found = {message["state"]: message for message in self.ask("/messages", business_key="RE-1").json()["data"]}
        self.assertEqual(found.keys(), {"needs_attention", "done"})
        self.assertEqual(found["needs_attention"]["reason"], "rejected")
        self.assertTrue(found["needs_attention"]["remedy"])
        self.assertEqual(found["done"]["correlation_id"], done.correlation_id)
        self.assertEqual(self.ask(f"/messages/{found['done']['id']}").json(), found["done"])
        self.assertNotIn("data", found["done"], "content is not told")
        self.assertEqual(held.state, "held")

    def test_an_unchanged_answer_is_not_sent_again(self):
        first = self.ask("/invoices")
        again = self.ask("/invoices", headers={"If-None-Match": first.headers["ETag"]})
        self.assertEqual((again.status_code, again.content), (304, b""))
        self.invoices[0].ref = "changed"
        self.assertEqual(self.ask("/invoices", headers={"If-None-Match": first.headers["ETag"]}).status_code, 200)

    def test_b17_the_ids_of_a_business_transaction_come_back(self):
        answer = self.ask("/invoices", headers={"X-Correlation-Id": "order-4711-abcdef"})
        self.assertEqual(answer.headers["X-Correlation-Id"], "order-4711-abcdef")
        self.assertEqual(answer.headers["Finance-Api-Version"], "1")
        self.assertNotIn("X-Correlation-Id", self.ask("/invoices", headers={"X-Correlation-Id": "a b"}).headers)

    def test_b21_the_document_describes_what_is_there(self):
        document = self.url_open(f"{BASE}/openapi.json").json()
        self.assertEqual(document["openapi"], "3.1.0")
        for path in ("/invoices", "/invoices/{id}", "/messages", "/messages/{id}"):
            self.assertIn("get", document["paths"][path])
        for name in self.env["finance.api"]._endpoints():
            words = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
            self.assertTrue(hasattr(self.env["finance.api"], f"_do_{words}"), name)
        known = set(self.env["finance.api.right"].search([]).mapped("code"))
        self.assertEqual({endpoint.right for endpoint in self.env["finance.api"]._endpoints().values()} - known, set())

    # -- who may ask -----------------------------------------------------------------------

    def test_b22_without_a_key_or_with_another_one_nothing_is_said(self):
        other = self.env["res.users.apikeys"].with_user(self.program).sudo()
        ends = fields.Datetime.now() + timedelta(days=1)
        attempts = {
            "key_missing": [{"Authorization": ""}, {"Authorization": "Basic YWRtaW46YWRtaW4="}],
            "key_refused": [
                {"Authorization": "Bearer wrong"},
                {"Authorization": f"Bearer {self.key[:-1]}x"},
                # keys that open all of Odoo, or something else, do not open this
                {"Authorization": f"Bearer {other._generate(None, 'all', ends)}"},
                {"Authorization": f"Bearer {other._generate('rpc', 'rpc', ends)}"},
                {"Authorization": f"Bearer {other._generate(SCOPE, 'not of a client', ends)}"},
            ],
        }
        for code, many in attempts.items():
            for headers in many:
                with self.subTest(code=code, headers=headers["Authorization"][:12]):
                    answer = self.ask("/invoices", headers=headers)
                    self.assertEqual(self.problem(answer), (401, code))
                    self.assertEqual(answer.headers["WWW-Authenticate"], "Bearer")

    def test_b22_a_key_of_this_interface_opens_nothing_else(self):
        headers = {"Authorization": f"Bearer {self.key}"}
        answer = self.url_open("/json/2/account.move/search_read", json={"domain": []}, headers=headers)
        self.assertEqual(answer.status_code, 401)

    def test_b22_a_session_is_no_key(self):
        self.authenticate("program", "program")
        self.assertEqual(self.problem(self.url_open(f"{BASE}/invoices"))[0], 401)

    def test_attack_17_an_old_key_a_dropped_one_and_one_of_somebody_who_left(self):
        second = self.client._new_key(30)
        self.assertEqual(self.problem(self.ask("/invoices")), (401, "key_refused"))
        self.assertEqual(self.ask("/invoices", key=second).status_code, 200)
        self.program.active = False
        self.assertEqual(self.problem(self.ask("/invoices", key=second)), (401, "key_refused"))
        self.program.active = True
        self.env.cr.execute(
            "UPDATE res_users_apikeys SET expiration_date = '2020-01-01' WHERE id = %s", (self.client.key_id.id,)
        )
        self.assertEqual(self.problem(self.ask("/invoices", key=second)), (401, "key_refused"))

    def test_b22_a_key_does_what_it_is_allowed_and_no_more(self):
        self.client.right_ids = self.env["finance.api.right"].search([("code", "=", "messages:read")])
        self.assertEqual(self.problem(self.ask("/invoices")), (403, "not_allowed"))
        self.assertEqual(self.ask("/messages").status_code, 200)

    def test_b22_the_rights_of_the_user_bound_the_key_too(self):
        self.program.group_ids -= self.env.ref("account.group_account_readonly")
        answer = self.ask("/invoices")
        self.assertEqual(self.problem(answer), (403, "not_allowed"))
        self.assertNotIn("account.move", answer.text)

    def test_attack_9_an_invoice_of_another_company_is_not_there(self):
        """The answer is the same as for one that does not exist."""
        names = self.env["finance.api"]._names()
        foreign = self.ask(f"/invoices/{names.of('invoice', self.foreign.id)}")
        missing = self.ask(f"/invoices/{names.of('invoice', 10**9)}")
        self.assertEqual(self.problem(foreign), (404, "not_found"))
        self.assertEqual(self.problem(missing), (404, "not_found"))
        for wrong in ("1", str(self.invoices[0].id), names.of("message", self.invoices[0].id), "x" * 40):
            self.assertEqual(self.problem(self.ask(f"/invoices/{wrong}")), (404, "not_found"))
        numbers = [invoice["total"] for invoice in self.ask("/invoices").json()["data"]]
        self.assertNotIn("1.00", numbers)

    def test_b53_companies_of_the_user_that_the_key_does_not_name_are_closed(self):
        self.program.company_ids |= self.other_company
        self.assertEqual(len(self.ask("/invoices").json()["data"]), 3)
        self.client.company_ids |= self.other_company
        self.assertEqual(len(self.ask("/invoices").json()["data"]), 4)

    def test_b54_a_key_is_not_used_from_elsewhere(self):
        self.client.networks = "203.0.113.0/24"
        self.assertEqual(self.problem(self.ask("/invoices")), (403, "not_allowed"))

    def test_attack_18_too_many_requests_are_told_when_to_come_again(self):
        self.client.write({"rate": 0.01, "burst": 2})
        answers = [self.ask("/messages", limit=1) for _ in range(4)]
        self.assertEqual([answer.status_code for answer in answers], [200, 200, 429, 429])
        self.assertEqual(self.problem(answers[-1]), (429, "too_many"))
        self.assertTrue(0 < int(answers[-1].headers["Retry-After"]) <= 100)

    # -- what is asked wrongly -------------------------------------------------------------

    def test_b22_each_fault_has_its_place(self):
        answer = self.ask("/invoices", limit=1000, state="paid,nonsense", colour="red")
        self.assertEqual(self.problem(answer), (422, "invalid"))
        places = {fault["pointer"] for fault in answer.json()["errors"]}
        self.assertEqual(places, {"?limit", "?state/1", "?colour"})
        self.assertNotIn("nonsense", answer.text, "values are not repeated")

    def test_a_cursor_of_another_list_or_a_forged_one_is_refused(self):
        cursor = self.ask("/invoices", limit=1).json()["next"]
        for path, parameters in (
            ("/messages", {"cursor": cursor}),
            ("/invoices", {"cursor": cursor, "state": "open"}),
            ("/invoices", {"cursor": cursor[:-2] + "AA"}),
            ("/invoices", {"cursor": "nothing"}),
        ):
            with self.subTest(path=path):
                self.assertEqual(self.problem(self.ask(path, **parameters)), (400, "cursor"))

    def test_paths_and_methods_that_are_not_there(self):
        self.assertEqual(self.problem(self.ask("/nothing")), (404, "not_found"))
        answer = self.ask("/messages", method="DELETE")
        self.assertEqual(self.problem(answer), (405, "method"))
        self.assertEqual(answer.headers["Allow"], "GET, HEAD, OPTIONS")
        self.assertEqual(self.problem(self.ask("/invoices", headers={"Accept": "text/csv"})), (406, "not_acceptable"))

    def test_b22_control_characters_are_no_filter(self):
        answer = self.ask("/invoices", number="a%00b")
        self.assertEqual(self.problem(answer), (422, "invalid"))
        self.assertEqual(answer.json()["errors"][0]["pointer"], "?number")
        for wrong in ("2026-01-01", "1", "0001-01-01T00:00:00Z", "2026-01-01T00:00:00"):
            self.assertEqual(self.problem(self.ask("/invoices", changed_since=wrong)), (422, "invalid"))

    # -- setting it up ---------------------------------------------------------------------

    def test_b40_a_key_is_shown_once_and_never_kept(self):
        client = self.as_user(self.client, "admin")
        self.assertNotIn(self.key, str(client.read()))
        with self.assertRaises(AccessError):
            client.write({"key_id": False})
        with self.assertRaises(AccessError):
            self.env["finance.api.client"].create({"name": "x", "user_id": self.program.id, "key_index": "12345678"})
        wizard = self.as_user(self.env["finance.api.key.wizard"], "admin").create({"client_id": self.client.id})
        shown = wizard.action_confirm()["context"]["finance_new_key"]
        self.assertEqual(self.ask("/invoices", key=shown).status_code, 200)
        self.env.cr.execute("SELECT * FROM finance_api_key_wizard")
        self.assertNotIn(shown, str(self.env.cr.fetchall()))

    def test_another_user_or_an_archived_program_needs_another_key(self):
        other = self.user("viewer", number=2)
        self.client.user_id = other
        self.assertEqual(self.client.key_state, "none")
        self.assertEqual(self.problem(self.ask("/messages")), (401, "key_refused"))

    def test_who_can_stand_for_a_program(self):
        with self.assertRaises(ValidationError):
            self.client.user_id = self.user("portal")
        with self.assertRaises(ValidationError):
            self.client.company_ids = self.company | self.other_company
        with self.assertRaises(ValidationError):
            self.client.networks = "everywhere"

    def test_b53_a_program_of_two_companies_is_managed_by_who_has_both(self):
        self.program.company_ids |= self.other_company
        self.client.company_ids |= self.other_company
        found = self.as_user(self.env["finance.api.client"], "admin").search([("id", "=", self.client.id)])
        self.assertFalse(found)
