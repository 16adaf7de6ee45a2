"""Payment orders over the interface for programs: drafts go in, states come out (B-20, S-18, K-08)."""

import time
from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from odoo.addons.finance_connector_base.tests.api_case import Asking

from ..const import CONFIDENTIAL, CREATOR
from ..payments.banking_days import on_or_after
from ..payments.progress import Fact
from .common import FOREIGN_IBAN, SUPPLIER_IBAN
from .payment_case import PaymentCase

RIGHTS = ("payments:submit", "payments:read")


@tagged("post_install", "-at_install")
class TestPaymentPrograms(Asking, HttpCase, PaymentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program = cls.make_user("payer", CREATOR)
        cls.client = cls.make_client(cls.program, cls.company, *RIGHTS)
        cls.key = cls.client._new_key(30)
        payroll = cls.make_user("payroll", CREATOR, CONFIDENTIAL)
        cls.payroll = cls.make_client(payroll, cls.company, *RIGHTS, "payments:confidential")
        cls.payroll_key = cls.payroll._new_key(30)
        cls.names = cls.env["finance.api"]._names()
        cls.day = on_or_after(fields.Date.today() + timedelta(days=3))

    def body(self, *payments, **values):
        payee = {"counterparty": self.names.of("counterparty", self.supplier.id), "amount": "100.00", "text": "Bill 7"}
        return {
            "external_id": "RUN-1",
            "account": self.names.of("account", self.journal.id),
            "date": self.day.isoformat(),
            "currency": "EUR",
            "payments": [{**payee, **one} for one in payments or ({},)],
            **values,
        }

    def submit(self, *payments, once="once", key=None, **values):
        return self.ask("/payments", body=self.body(*payments, **values), once=once, key=key)

    def listed(self, wanted, **query):
        """:return: names of the orders that are listed; what was changed in this second comes a moment later"""
        for _attempt in range(300):
            found = {one["id"] for one in self.ask("/payments", **query).json()["data"]}
            if wanted is None or found == wanted:
                break
            time.sleep(0.2)
        return found

    def order_of(self, told):
        return self.env["finance.payment.order"].browse(self.names.read("paymentorder", told["id"]))

    def test_b20_a_draft_goes_in_and_its_state_comes_out(self):
        bill = self.make_invoice(100, move_type="in_invoice")
        pays = [{"invoice": self.names.of("invoice", bill.id)}]
        answer = self.submit({"pays": pays})
        self.assertEqual(answer.status_code, 201, answer.text)
        told = answer.json()
        self.assertEqual((told["state"], told["total"], told["payment_count"]), ("draft", "100.00", 1))
        self.assertEqual([one for one in told["issues"] if one["severity"] == "error"], [])
        self.assertEqual(told["payments"][0]["invoices"], [pays[0]["invoice"]])
        self.assertEqual(answer.headers["Location"], f"/finance/api/v1/payments/{told['id']}")
        self.assertNotIn(SUPPLIER_IBAN, answer.text)
        order = self.order_of(told)
        self.assertEqual((order.line_ids.partner_bank_id, order.line_ids.item_ids.amount), (self.supplier_account, 100))
        # a program never proposes, approves or releases; people do, and the program made it
        self.assertEqual((order.state, order.editor_ids), ("draft", self.program))
        self.by(self.creator, order).action_propose()
        self.approve(order)
        self.release(order)
        order._sent()
        order.line_ids._add_facts([(Fact(kind="status", code="RJCT", reasons=("AC04",)), {})])
        told = self.ask(f"/payments/{told['id']}").json()
        self.assertEqual((told["state"], told["payments"][0]["state"]), ("rejected", "rejected"))
        self.assertEqual(told["payments"][0]["reasons"], ["AC04"])
        self.assertTrue(told["payments"][0]["end_to_end_id"])

    def test_b20_once_by_request_and_by_external_id(self):
        first = self.submit()
        again = self.submit()
        self.assertEqual((again.headers["Idempotency-Replayed"], again.text), ("true", first.text))
        # another request with the same id is the same order, with other content a conflict
        self.assertEqual(self.submit(once="other").json()["id"], first.json()["id"])
        self.assertEqual(self.problem(self.submit({"amount": "7.00"}, once="third")), (409, "conflict"))
        self.assertEqual(self.problem(self.ask("/payments", body=self.body())), (400, "idempotency_missing"))
        found = self.env["finance.payment.order"].search([("api_client_id", "=", self.client.id)])
        self.assertEqual(len(found), 1)

    def test_b20_everything_wrong_is_told_at_once(self):
        self.make_partner_account(self.supplier, FOREIGN_IBAN)
        answer = self.submit(
            {"counterparty": "nobody"},
            {"iban": "GB33BUKB20201555555555"},
            {},  # which of the two accounts
            {"iban": SUPPLIER_IBAN, "pays": [{"invoice": self.names.of("invoice", 0)}]},
            account=self.names.of("account", 0),
            currency="XXX",
        )
        self.assertEqual(self.problem(answer), (422, "invalid"))
        self.assertEqual(
            {error["pointer"] for error in answer.json()["errors"]},
            {"/account", "/currency", "/payments/0/counterparty", "/payments/1/iban", "/payments/2/iban",
             "/payments/3/pays/0/invoice"},
        )  # fmt: skip
        self.assertNotIn("GB33", answer.text)
        self.assertFalse(self.env["finance.payment.order"].search([("api_client_id", "=", self.client.id)]))
        for wrong in ({"amount": "0"}, {"amount": "-1"}, {"reference": "RF18539007547034"}, {"text": "x" * 141}):
            with self.subTest(wrong):
                self.assertEqual(self.problem(self.submit(wrong, once=str(wrong))), (422, "invalid"))

    def test_k10_a_bill_is_in_one_payment(self):
        bill = self.make_invoice(100, move_type="in_invoice")
        pays = {"pays": [{"invoice": self.names.of("invoice", bill.id)}]}
        twice = self.submit(pays, pays, once="twice")
        self.assertEqual([one["pointer"] for one in twice.json()["errors"]], ["/payments/1/pays/0/invoice"])
        self.assertEqual(self.submit(pays).status_code, 201)
        again = self.submit(pays, once="again", external_id="RUN-2")
        self.assertEqual(self.problem(again), (422, "invalid"))
        self.assertIn("already", again.json()["errors"][0]["detail"])

    def test_b20_what_the_bank_would_refuse_is_told_with_the_draft(self):
        wrong = {"text": "Rechnung №7 漢字", "reference": "RF00539007547034", "reference_type": "SCOR"}
        checked = self.ask("/payments/validate", body=self.body({}, {**wrong, "text": None}, date="2020-01-01"))
        self.assertEqual(checked.status_code, 200, checked.text)
        self.assertFalse(checked.json()["accepted"])
        errors = [one for one in checked.json()["issues"] if one["severity"] == "error"]
        self.assertTrue({None, 1} <= {one["payment"] for one in errors}, errors)
        self.assertTrue(all(one["fix"] and one["message"] for one in errors))
        self.assertFalse(self.env["finance.payment.order"].search([("company_id", "=", self.company.id)]))
        told = self.submit({}, date="2020-01-01").json()
        self.assertEqual(told["state"], "draft")
        self.assertTrue(told["issues"])
        self.assertTrue(self.ask("/payments/validate", body=self.body({"text": "Invoice 4711"})).json()["accepted"])

    def test_s18_salaries_are_confidential_and_once_a_run(self):
        """S-18: a payroll run is one confidential order, however often it is handed in."""
        self.assertEqual(self.problem(self.submit(kind="salaries")), (403, "not_allowed"))
        answer = self.submit(kind="salaries", external_id="PAYROLL-3", key=self.payroll_key)
        told = answer.json()
        self.assertEqual((answer.status_code, told["confidential"]), (201, True), told)
        again = self.submit(kind="salaries", external_id="PAYROLL-3", key=self.payroll_key, once="later")
        self.assertEqual(again.json()["id"], told["id"])
        order = self.order_of(told)
        self.assertEqual((order.is_confidential, order.category_purpose, order.batch_booking), (True, "SALA", "one"))
        # whoever lacks the right, or the group, does not even learn that it is there
        self.assertEqual(self.problem(self.ask(f"/payments/{told['id']}")), (404, "not_found"))
        self.assertEqual(self.ask("/payments").json()["data"], [])
        self.assertEqual(self.listed({told["id"]}, key=self.payroll_key), {told["id"]})
        self.payroll.user_id.group_ids -= self.env.ref(CONFIDENTIAL)
        self.assertEqual(self.ask("/payments", key=self.payroll_key).json()["data"], [])

    def test_b20_lists_by_state_change_and_id(self):
        told = self.submit().json()
        other = self.make_order(50)
        self.assertEqual(len(self.listed({told["id"], self.names.of("paymentorder", other.id)})), 2)
        self.assertEqual(self.listed({told["id"]}, external_id="RUN-1"), {told["id"]})
        self.assertEqual(self.listed(set(), state="settled,unknown"), set())
        self.assertEqual(len(self.listed(None, state="draft")), 2)
        self.assertEqual(self.listed(set(), changed_since="2999-01-01T00:00:00Z"), set())
        first = self.ask("/payments", limit=1).json()
        second = self.ask("/payments", limit=1, cursor=first["next"]).json()
        self.assertEqual(second["next"], None)
        self.assertNotEqual(first["data"], second["data"])

    def test_attack_9_rights_and_companies(self):
        told = self.submit().json()
        for rights, path, body in (
            (("payments:read",), "/payments", self.body()),
            (("payments:submit",), f"/payments/{told['id']}", None),
            (("bank:read",), "/payments", None),
        ):
            self.client.right_ids = self.env["finance.api.right"].search([("code", "in", rights)])
            with self.subTest(rights=rights, path=path):
                answer = self.ask(path, body=body, once="r" if body else None)
                self.assertEqual(self.problem(answer), (403, "not_allowed"))
        # the right alone is not enough: its user has to be a payment creator
        self.client.right_ids = self.env["finance.api.right"].search([("code", "in", RIGHTS)])
        self.program.group_ids -= self.env.ref(CREATOR)
        self.assertEqual(self.problem(self.submit(once="no-group")), (403, "not_allowed"))
        # and nothing of another company is there
        stranger = self.make_user("elsewhere", CREATOR, companies=self.other_company)
        key = self.make_client(stranger, self.other_company, *RIGHTS)._new_key(30)
        self.assertEqual(self.problem(self.ask(f"/payments/{told['id']}", key=key)), (404, "not_found"))
        answer = self.submit(key=key, once="theirs")
        self.assertIn("/account", {error["pointer"] for error in answer.json()["errors"]})

    def test_k08_no_endpoint_approves_or_releases(self):
        paths = self.env["finance.api"]._described("https://erp.example.com")["paths"]
        verbs = {
            (path, method) for path, methods in paths.items() if path.startswith("/payments") for method in methods
        }
        self.assertEqual(
            verbs,
            {("/payments", "get"), ("/payments", "post"), ("/payments/validate", "post"), ("/payments/{id}", "get")},
        )

    def test_attack_1_whose_it_is_is_not_written_by_people(self):
        order = self.make_order(50)
        for values in ({"external_id": "RUN-1"}, {"api_client_id": self.client.id}):
            with self.subTest(values=values), self.assertRaisesRegex(Exception, "steps of a payment order"):
                order.write(values)
