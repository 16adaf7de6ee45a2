"""Mappings: who may change what they mean, and what a message gets from them."""

from datetime import date

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .mapping_case import MappingCase


@tagged("post_install", "-at_install")
class TestMapping(MappingCase):
    # -- B-07, fault 52: governance ------------------------------------------------------------

    def test_b07_a_draft_means_nothing(self):
        mapping = self.draft()
        self.assertIsNone(self.lookup())
        mapping.action_propose()
        self.assertIsNone(self.lookup())

    def test_fault_52_who_writes_or_proposes_does_not_approve(self):
        mapping = self.draft()
        mapping.action_propose()
        with self.assertRaisesRegex(UserError, "another steward"):
            mapping.action_approve()
        # one writes, the other proposes: neither may approve
        mapping = self.draft("V2")
        self.as_user(mapping, "steward", number=2).action_propose()
        for number in (1, 2):
            with self.assertRaisesRegex(UserError, "another steward"):
                self.as_user(mapping, "steward", number=number).action_approve()
        self.as_user(mapping, "steward", number=3).action_approve()
        self.assertEqual(mapping.state, "active")

    def test_fault_52_one_person_with_two_logins_is_one_person(self):
        mapping = self.draft()
        mapping.action_propose()
        twin = new_test_user(
            self.env,
            "twin",
            "base.group_user,finance_connector_base.finance_group_mapping_steward",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        twin.partner_id = self.user("steward").partner_id
        with self.assertRaisesRegex(UserError, "another steward"):
            mapping.with_user(twin).with_context(allowed_company_ids=self.company.ids).action_approve()

    @mute_logger("odoo.sql_db")
    def test_fault_52_the_database_refuses_it_too(self):
        mapping = self.active()
        for column in ("proposed_by_id", "author_id"):
            with self.assertRaisesRegex(Exception, "maker_is_not_checker"), self.env.cr.savepoint():
                self.env.cr.execute(
                    f"UPDATE finance_mapping SET approved_by_id = {column} WHERE id = %s", (mapping.id,)
                )

    def test_a_proposal_that_is_edited_is_a_draft_again(self):
        mapping = self.draft()
        mapping.action_propose()
        self.as_user(mapping, "steward", number=2).res_id = self.partners[1]
        self.assertEqual((mapping.state, mapping.proposed_by_id.id), ("draft", False))
        with self.assertRaises(UserError):
            self.as_user(mapping, "steward", number=3).action_approve()

    def test_state_and_approval_cannot_be_set_by_rpc(self):
        """Attacks 1, 2 and 7: written, given at creation, or smuggled in by the context."""
        me = self.user("steward")
        mapping = self.draft(state="active", approved_by_id=me.id, proposed_by_id=me.id, version=9)
        self.assertEqual((mapping.state, mapping.approved_by_id.id, mapping.version), ("draft", False, 1))
        forged = self.as_user(
            self.mappings.with_context(default_state="active", default_approved_by_id=me.id), "steward"
        ).with_context(default_state="active", default_approved_by_id=me.id)
        mapping = forged.create({"domain_id": self.domain.id, "code": "V3", "res_id": self.partners[0].id})
        self.assertEqual((mapping.state, mapping.approved_by_id.id), ("draft", False))
        for values in ({"state": "active"}, {"approved_by_id": me.id}, {"version": 2}, {"author_id": False}):
            with self.assertRaises(AccessError):
                mapping.write(values)

    def test_b07_an_approved_mapping_never_changes_a_new_version_replaces_it(self):
        first = self.active()
        with self.assertRaises(UserError):
            self.as_user(first, "steward").res_id = self.partners[1]
        with self.assertRaises(UserError):
            self.as_user(first, "steward").unlink()
        action = self.as_user(first, "steward").action_new_version()
        second = self.as_user(self.mappings, "steward").browse(action["res_id"])
        self.assertEqual((second.state, second.version, second.replaces_id), ("draft", 2, first))
        second.res_id = self.partners[1]
        second.action_propose()
        self.assertEqual(self.lookup(), "One", "the old version counts until the new one is approved")
        self.as_user(second, "steward", number=2).action_approve()
        self.assertEqual(self.lookup(), "Two")
        self.assertEqual((first.state, first.res_id), ("retired", self.partners[0].id))

    def test_two_active_mappings_of_one_code_are_refused(self):
        self.active()
        twin = self.draft()
        with self.assertRaisesRegex(UserError, "in use already"):
            twin.action_propose()

    def test_a_retired_mapping_means_nothing_any_more(self):
        mapping = self.active()
        self.as_user(mapping, "steward").action_retire()
        self.assertIsNone(self.lookup())

    def test_stewards_only(self):
        mapping = self.draft()
        for role in ("viewer", "operator", "admin", "auditor"):
            for step in ("action_propose", "action_approve", "action_retire", "action_new_version"):
                with self.subTest(role=role, step=step), self.assertRaises(AccessError):
                    getattr(self.as_user(mapping, role), step)()

    # -- B-06: lookup --------------------------------------------------------------------------

    def test_b06_validity(self):
        self.active(partner=0, valid_to=date(2026, 1, 31))
        self.active(partner=1, valid_from=date(2026, 2, 1))
        self.assertEqual(self.lookup(day=date(2026, 1, 31)), "One")
        self.assertEqual(self.lookup(day=date(2026, 2, 1)), "Two")

    def test_b06_the_most_specific_one_wins(self):
        self.active(partner=0, connection_id=False, company_id=False)
        self.assertEqual(self.lookup(), "One")
        self.active(partner=1, connection_id=False, company_id=self.company.id)
        self.assertEqual(self.lookup(), "Two")
        self.active(partner=2)
        self.assertEqual(self.lookup(), "Three")

    def test_b06_qualifiers(self):
        self.active(partner=0)
        self.active(partner=1, qualifier="DE")
        self.assertEqual(self.lookup(), "One")
        self.assertEqual(self.lookup(qualifiers=("DE",)), "Two")
        self.assertEqual(self.lookup(qualifiers=("FR", "DE")), "Two")
        self.assertEqual(self.lookup(qualifiers=("FR",)), "One")

    def test_b06_another_company_s_mapping_is_not_used(self):
        other = self.make_connection("finance.adapter.test", company_id=self.other_company.id)
        self.active(partner=0, connection_id=False, company_id=self.company.id)
        self.assertIsNone(self.lookup(connection=other))

    def test_b53_a_record_of_another_company_is_no_target(self):
        """A shared mapping must not lead a message into the books of another company."""
        foreign = self.env["res.partner"].create({"name": "Foreign", "company_id": self.other_company.id})
        mapping = self.active(connection_id=False)
        mapping.sudo().res_id = foreign
        message = self.enqueue(self.flow, {"do": "map", "domain": "test.vendor", "code": "V1"})
        self.drain()
        self.assertState(message, "held", "mapping_missing")

    def test_companies_of_mapping_and_connection_agree(self):
        with self.assertRaises(ValidationError):
            self.active(company_id=self.other_company.id)

    def test_a_target_of_the_wrong_kind_is_refused(self):
        self.env["finance.mapping.domain"].create({"name": "Users", "code": "test.user", "res_model": "res.users"})
        with self.assertRaises(ValidationError):
            self.draft(res_id=False, target=f"res.users,{self.env.uid}")

    # -- messages ------------------------------------------------------------------------------

    def test_b06_b39_the_version_used_is_kept_on_the_message(self):
        """B-06, B-39, fault 51: what was used stays written, whatever the mapping becomes."""
        first = self.active()
        message = self.enqueue(self.flow, {"do": "map", "domain": "test.vendor", "code": "V1"})
        self.drain()
        self.assertState(message, "done")
        self.assertEqual(message.mapping_versions, {f"test.vendor:V1#{first.id}": 1})
        second = self.mappings.browse(self.as_user(first, "steward").action_new_version()["res_id"])
        self.as_user(second, "steward").action_propose()
        self.as_user(second, "steward", number=2).action_approve()
        replay = message._replay("which version?")
        self.drain()
        self.assertEqual(replay.mapping_versions, {f"test.vendor:V1#{second.id}": 2})
        self.assertEqual(message.mapping_versions, {f"test.vendor:V1#{first.id}": 1})

    def test_a_missing_mapping_holds_the_message_and_approving_it_resumes_all(self):
        content = {"do": "map", "domain": "test.vendor", "code": "V9"}
        waiting = self.enqueue(self.flow, content, content)
        elsewhere = self.enqueue(self.make_flow(self.make_connection("finance.adapter.test")), content)
        self.drain()
        self.assertState(waiting | elsewhere, "held", "mapping_missing")
        action = self.as_user(waiting[0].exception_ids, "steward").action_fix()
        self.assertEqual(action["res_model"], "finance.mapping")
        self.assertEqual(action["context"]["default_code"], "V9")
        self.active("V9")
        self.assertState(waiting, "queued")
        self.assertState(elsewhere, "held")
        self.drain()
        self.assertState(waiting, "done")
        self.active("V9", partner=1, connection_id=False)
        self.drain()
        self.assertState(elsewhere, "done")

    def test_b08_a_new_subsidiary_needs_data_only(self):
        """B-08: connection, flow and mapping rows; the code that works them is the one that is there."""
        subsidiary = self.env["res.company"].create({"name": "Subsidiary"})
        connection = self.make_connection("finance.adapter.test", company_id=subsidiary.id, name="Subsidiary")
        flow = self.make_flow(connection)
        self.mappings.create(
            {
                "domain_id": self.domain.id,
                "connection_id": connection.id,
                "code": "V1",
                "res_id": self.partners[1].id,
                "state": "active",
            }
        )
        message = self.enqueue(flow, {"do": "map", "domain": "test.vendor", "code": "V1"})
        self.drain()
        self.assertState(message, "done")
        self.assertEqual(message.company_id, subsidiary)
        self.assertEqual(message.result["record"], self.partners[1].id)
