"""Routing tables: rows, default, test cases, approval (B-38, B-56; fault 52)."""

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from ..engine.errors import RejectedError
from .mapping_case import MappingCase


@tagged("post_install", "-at_install")
class TestRouting(MappingCase):
    def table(self, **values):
        return self.mine(self.env["finance.routing"]).create(
            {
                "name": "Channel of payments",
                "code": "test.channel",
                "company_id": self.company.id,
                "row_ids": [
                    Command.create({"name": "large", "condition": "currency = EUR; amount >= 1000", "value": "ebics"}),
                    Command.create({"name": "euro", "condition": "currency = EUR", "value": "api"}),
                    Command.create({"name": "rest", "sequence": 99, "flow_id": self.flow.id}),
                ],
                "case_ids": [
                    Command.create(
                        {"name": "big", "facts": '{"currency": "EUR", "amount": 5000}', "row_name": "large"}
                    ),
                    Command.create({"name": "small", "facts": '{"currency": "EUR", "amount": 5}', "row_name": "euro"}),
                    Command.create({"name": "dollar", "facts": '{"currency": "USD"}', "row_name": "rest"}),
                ],
                **values,
            }
        )

    def approved(self, **values):
        table = self.table(**values)
        table.action_propose()
        self.theirs(table).action_approve()
        return table

    def route(self, company=None, **facts):
        return self.env["finance.routing"]._route("test.channel", facts, company or self.company)

    def test_b38_each_rule_and_the_default(self):
        self.approved()
        self.assertEqual(self.route(currency="EUR", amount=1000).value, "ebics")
        self.assertEqual(self.route(currency="EUR", amount=999).value, "api")
        rest = self.route(currency="USD")
        self.assertEqual((rest.flow, rest.value, rest.version), (self.flow, "", 1))
        self.assertEqual(rest.why[-1], "rest: default")
        self.assertIn("euro: not currency = EUR", rest.why)

    def test_b56_a_draft_decides_nothing(self):
        table = self.table()
        with self.assertRaises(RejectedError):
            self.route(currency="EUR")
        table.action_propose()
        with self.assertRaises(RejectedError):
            self.route(currency="EUR")
        with self.assertRaisesRegex(UserError, "another steward"):
            table.action_approve()

    def test_b38_a_table_whose_tests_fail_is_not_approved(self):
        table = self.table()
        table.case_ids[0].row_name = "euro"
        self.assertEqual(table.failed_count, 1)
        with self.assertRaisesRegex(UserError, "Test case big fails"):
            table.action_propose()
        table.case_ids.unlink()
        with self.assertRaisesRegex(UserError, "at least one test case"):
            table.action_propose()

    def test_b38_the_default_row_is_mandatory(self):
        table = self.table()
        table.row_ids.filtered(lambda row: row.name == "rest").unlink()
        with self.assertRaisesRegex(UserError, "last row without conditions"):
            table.action_propose()

    def test_a_row_changed_after_the_proposal_makes_it_a_draft(self):
        table = self.table()
        for change in (
            lambda: table.row_ids[0].write({"value": "other"}),
            lambda: table.case_ids[0].write({"name": "renamed"}),
            lambda: table.write({"case_ids": [Command.create({"name": "new", "row_name": "rest"})]}),
            lambda: table.case_ids[-1:].unlink(),
        ):
            table.action_propose()
            change()
            self.assertEqual(table.state, "draft")

    def test_an_approved_table_never_changes(self):
        table = self.approved()
        for change in (
            lambda: table.row_ids[0].write({"value": "other"}),
            lambda: table.row_ids[0].unlink(),
            lambda: table.case_ids[0].unlink(),
            lambda: self.mine(self.env["finance.routing.row"]).create({"routing_id": table.id, "name": "x"}),
        ):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                change()
        draft = self.mine(table.browse(table.action_new_version()["res_id"]))
        self.assertEqual((len(draft.row_ids), len(draft.case_ids)), (3, 3))
        draft.row_ids[1].value = "sftp"
        draft.action_propose()
        self.assertEqual(self.route(currency="EUR", amount=1).value, "api")
        self.theirs(draft).action_approve()
        self.assertEqual(self.route(currency="EUR", amount=1).value, "sftp")
        change = self.env["finance.change"].search([("res_model", "=", "finance.routing")], limit=1)
        self.assertIn("euro: currency = EUR => sftp", change.difference)

    def test_the_own_table_of_a_company_before_the_shared_one(self):
        self.approved()
        shared = self.approved(company_id=False, name="Shared")
        self.assertEqual(self.route(currency="EUR").row.routing_id.name, "Channel of payments")
        self.assertEqual(self.route(self.other_company, currency="EUR").row.routing_id, shared)

    def test_conditions_that_cannot_be_read_are_refused_in_words(self):
        with self.assertRaisesRegex(ValidationError, "cannot be read"):
            self.table().row_ids[0].condition = "__import__('os')"
