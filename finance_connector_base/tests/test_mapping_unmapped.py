"""Codes that held messages lack a mapping for: one list, proposed with one click (B-06, B-07, B-56)."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .mapping_case import MappingCase


@tagged("post_install", "-at_install")
class TestMappingUnmapped(MappingCase):
    def wait(self, *codes, flow=None, label=None, **facts):
        messages = self.enqueue(
            flow or self.flow,
            *(
                {
                    "do": "map",
                    "domain": "test.vendor",
                    "code": code,
                    "label": label,
                    **({"facts": facts} if facts else {}),
                }
                for code in codes
            ),
        )
        self.drain()
        self.assertState(messages, "held", "mapping_missing")
        return messages

    def rows(self, *codes, role="steward", **options):
        rows = self.as_user(self.env["finance.mapping.unmapped"], role, **options)
        return rows.search([("code", "in", codes)], order="code") if codes else rows.search([])

    def test_one_row_a_code_with_what_waits(self):
        messages = self.wait("A1", "A1", amount=10, currency="EUR")
        messages |= self.wait("A1", amount=2.5, currency="EUR")
        self.wait("B1", amount=1, currency="EUR")
        self.wait("B1", amount=1, currency="USD")
        self.wait("C1", label="Hotel")
        first, mixed, unknown = self.rows("A1", "B1", "C1", role="viewer")
        self.assertEqual(first.domain_id, self.domain)
        self.assertEqual((first.message_count, first.amount, first.currency), (3, 22.5, "EUR"))
        self.assertEqual(
            (first.first_at, first.last_at), (min(messages.mapped("create_date")), messages[-1].create_date)
        )
        self.assertEqual(
            (mixed.message_count, mixed.amount, mixed.currency), (2, 0.0, False), "no sum of two currencies"
        )
        self.assertEqual((unknown.label, unknown.amount), ("Hotel", 0.0))
        found = self.env["finance.message"].search(first.action_view_messages()["domain"])
        self.assertEqual(found, messages)
        messages[0].sudo()._discard("not ours")
        self.assertEqual(self.rows("A1").message_count, 2)

    def test_one_click_proposes_and_the_approval_resumes(self):
        self.active("A1", 2, connection_id=self.make_connection("finance.adapter.test", name="Elsewhere").id)
        messages = self.wait("A1", "A1")
        row = self.rows("A1")
        self.assertEqual((row.suggested_id, row.suggestion), (self.partners[2].id, "Three (90 %)"))
        self.assertIn("Elsewhere", row.suggestion_reason)
        action = row.action_propose()
        mapping = self.mappings.browse(action["res_id"])
        self.assertEqual(
            (action["res_model"], mapping.state, mapping.res_id), (mapping._name, "proposed", self.partners[2].id)
        )
        self.assertState(messages, "held")
        row = self.rows("A1")
        self.assertEqual((row.pending_id, row.pending_state), (mapping, "proposed"))
        with self.assertRaisesRegex(UserError, "not proposed yet"):
            row.action_propose()
        self.assertEqual(row.action_map()["res_id"], mapping.id)
        self.theirs(mapping).action_approve()
        self.assertFalse(self.rows("A1"))
        self.drain()
        self.assertState(messages, "done")

    def test_several_codes_are_one_change_set_and_what_nothing_resembles_is_told(self):
        self.env["res.partner"].create([{"name": "Hotel Adler Berlin GmbH"}, {"name": "Paper Mill Bristol"}])
        messages = self.wait("A1", label="ADLER HOTEL BERLIN") | self.wait("B1", label="Bristol Paper Mill")
        self.wait("QQ-77", label="7777777")
        notice = self.rows("A1", "B1", "QQ-77").action_propose()
        self.assertIn("QQ-77", notice["params"]["message"])
        change = self.env["finance.mapping.set"].browse(notice["params"]["next"]["res_id"])
        self.assertEqual((change.state, len(change.mapping_ids)), ("proposed", 2))
        self.theirs(change).action_approve()
        self.drain()
        self.assertState(messages, "done")
        with self.assertRaises(UserError):
            self.rows("QQ-77").action_propose()
        action = self.rows("QQ-77").action_map()
        self.assertEqual((action["res_id"], action["context"]["default_code"]), (False, "QQ-77"))

    def test_many_codes_are_few_queries(self):
        self.env["res.partner"].create([{"name": f"Supplier {number} of steel"} for number in range(50)])
        for number in range(40):
            self.wait(f"N{number}", label=f"Steel supplier {number}")
        rows = self.rows()
        self.env.invalidate_all()
        with self.assertQueryCount(25):
            self.assertEqual(len(rows.filtered("suggestion")), 40)

    def test_b45_b53_stewards_of_the_company(self):
        foreign = self.make_flow(self.make_connection("finance.adapter.test", company_id=self.other_company.id))
        self.wait("F1", flow=foreign)
        self.wait("A1", label="One")
        self.assertEqual(self.rows().mapped("code"), ["A1"])
        self.assertEqual(self.rows(other_company=True).mapped("code"), ["F1"])
        for role in ("viewer", "operator", "admin", "auditor"):
            with self.assertRaises(AccessError):
                self.rows("A1", role=role).action_propose()

    def test_b06_records_that_belong_to_no_company_are_suggested_too(self):
        domain = self.env["finance.mapping.domain"].create(
            {"name": "Countries", "code": "test.country", "res_model": "res.country"}
        )
        offers = self.env["finance.mapping"]._suggest(domain, self.connection, "Belgium")
        self.assertEqual(offers[0]["res_id"], self.env.ref("base.be").id)
