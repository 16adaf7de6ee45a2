"""Attack 22: a delivery or a request for one company that names an object of another reaches nothing there."""

import json

from odoo.tests import tagged

from .api_case import ApiCase
from .test_webhook import OTHER, SECRET, WebhookCase

#: an object of nobody, as the interface would name it
NOBODY = "a" * 26


@tagged("post_install", "-at_install")
class TestDeliveriesOfTwoCompanies(WebhookCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        connection = cls.make_connection(company_id=cls.other_company.id)
        cls.their_flow = cls.make_flow(connection, handler="finance.handler.test.event")
        cls.theirs = cls.env["finance.webhook"].create(
            {
                "name": "Events of the other company",
                "connection_id": connection.id,
                "flow_id": cls.their_flow.id,
                "key_path": "data.object.id",
                "rank_path": "created",
            }
        )
        cls.env["finance.webhook.secret"]._put(cls.theirs, OTHER)

    def setUp(self):
        super().setUp()
        self.their_path = f"/finance/webhook/{self.theirs.slug}"

    def arrived(self, flow):
        return self.env["finance.message"].search([("flow_id", "=", flow.id)], order="id")

    def test_attack_22_the_secret_of_one_company_opens_not_the_endpoint_of_another(self):
        self.assertEqual(self.deliver(secret=SECRET, path=self.their_path), (401, "refused"))
        self.assertFalse(self.arrived(self.their_flow))

    def test_attack_22_a_delivery_takes_neither_place_nor_order_of_the_same_object_elsewhere(self):
        """Who knows names of the other company's events cannot have them ignored as known or as overtaken."""
        self.assertEqual(self.deliver(self.body("evt_1", thing="p1", created=9999)), (200, "accepted"))
        self.drain()
        late = self.body("evt_1", thing="p1", status=5, created=1)
        self.assertEqual(self.deliver(late, secret=OTHER, path=self.their_path), (200, "accepted"))
        self.drain()
        ours, theirs = self.arrived(self.event_flow), self.arrived(self.their_flow)
        self.assertState(ours | theirs, "done")
        self.assertEqual((ours.company_id, theirs.company_id), (self.company, self.other_company))
        self.assertNotEqual(ours.order_key, theirs.order_key)

    def test_attack_22_the_company_is_that_of_the_endpoint_whatever_the_content_says(self):
        body = {"id": "evt_2", "type": "payment.changed", "company_id": self.other_company.id, "created": 1}
        body |= {"flow_id": self.their_flow.id, "data": {"object": {"id": "p1", "status": 1}}}
        self.assertEqual(self.deliver(json.dumps(body).encode()), (200, "accepted"))
        [message] = self.received()
        self.assertEqual((message.company_id, message.flow_id), (self.company, self.event_flow))


@tagged("post_install", "-at_install")
class TestDocumentsOfTwoCompanies(ApiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.their_connection = cls.make_connection(company_id=cls.other_company.id)
        references = cls.env["finance.external.reference"]
        references._link(cls.their_connection, "customer_invoice", "order-1", cls.foreign)

    def test_attack_22_what_a_document_refers_to_is_looked_for_in_its_own_company(self):
        """Money and credit notes for an invoice of another company wait for one that will not come."""
        flow = self.make_flow(self.make_connection(), handler="finance.handler.received", document_post="post")
        money = {"object": "payment", "external_id": "pay-1", "of": "order-1", "date": "2026-03-02", "amount": "1.00"}
        credit = {"object": "customer_credit_note", "external_id": "cn-1", "of": "order-1", "date": "2026-03-02"}
        credit |= {"lines": [{"name": "Chair", "net": "1.00"}], "total": "1.00"}
        credit |= {"partner": {"name": "Alder", "external_id": "p1"}}
        currency = self.foreign.currency_id.name
        before = self.foreign.read(["payment_state", "state", "amount_residual"])
        messages = self.enqueue(flow, {**money, "currency": currency}, {**credit, "currency": currency})
        self.drain()
        self.assertState(messages, "held", "document_waits")
        self.assertEqual(self.foreign.read(["payment_state", "state", "amount_residual"]), before)
        self.assertFalse(self.foreign.reversal_move_ids)
        # nor does the engine tell that it exists: the same words as for what nobody has
        [unknown] = self.enqueue(flow, {**money, "external_id": "pay-2", "of": "order-9", "currency": currency})
        self.drain()
        self.assertEqual(unknown.detail.replace("order-9", "order-1"), messages[0].detail)


@tagged("post_install", "-at_install")
class TestRequestsOfTwoCompanies(ApiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program.group_ids += cls.env.ref("account.group_account_invoice")
        rights = ("postings:write", "invoices:read", "invoices:draft", "submissions:read")
        cls.client.write({"right_ids": [(6, 0, cls.env["finance.api.right"].search([("code", "in", rights)]).ids)]})
        cls.names = cls.env["finance.api"]._names()
        cls.customer = cls.env["res.partner"].create({"name": "Theirs", "company_id": cls.other_company.id})
        cls.env["account.journal"].create(
            [
                {"name": "Misc", "code": "MISC", "type": "general", "company_id": cls.company.id},
                {"name": "Theirs", "code": "THEM", "type": "general", "company_id": cls.other_company.id},
            ]
        )
        cls.env["account.account"].with_company(cls.other_company).create(
            {"name": "Theirs", "code": "777777", "account_type": "income", "company_ids": cls.other_company.ids}
        )

    def posting(self, **values):
        lines = [{"account": "400000", "debit": "10.00"}, {"account": "120000", "credit": "10.00"}]
        return {
            "external_id": "P-1",
            "date": "2026-03-31",
            "currency": self.company.currency_id.name,
            "lines": lines,
            **values,
        }

    def findings(self, **values):
        """:return: what the interface says about an entry, without the code that it names"""
        told = self.ask("/postings/validate", body=self.posting(**values)).json()["findings"]
        return [(one["code"], one.get("pointer")) for one in told]

    def test_attack_22_objects_of_another_company_are_as_unknown_as_those_of_nobody(self):
        first, second = self.posting()["lines"]
        theirs = self.names.of("counterparty", self.customer.id)
        for field, foreign, nobodys in (
            ("journal", "THEM", "NONE"),
            ("account", "777777", "888888"),
            ("counterparty", theirs, theirs.partition("_")[0] + "_" + NOBODY),
        ):
            with self.subTest(field):
                answers = [
                    self.findings(**{field: code})
                    if field == "journal"
                    else self.findings(lines=[{**first, field: code}, second])
                    for code in (foreign, nobodys)
                ]
                self.assertEqual(answers[0], answers[1])
                self.assertTrue(answers[0])

    def test_attack_22_another_company_is_no_company(self):
        answers = [
            self.ask("/postings", body=self.posting(company=name), once=f"k-{number}")
            for number, name in enumerate(
                [self.names.of("company", self.other_company.id), self.names.of("company", 10**9)]
            )
        ]
        self.assertEqual([self.problem(answer) for answer in answers], [(422, "invalid")] * 2)
        self.assertEqual(*(answer.json()["errors"] for answer in answers))
        self.assertFalse(
            self.env["account.move"].search(
                [("company_id", "=", self.other_company.id), ("id", "not in", self.foreign.ids)]
            )
        )
