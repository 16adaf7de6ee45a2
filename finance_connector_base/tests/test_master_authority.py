"""B-29, B-56: who is the authority is proposed, approved by another person, dated, versioned and taken back."""

from datetime import date, timedelta

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .master_case import MasterCase


@tagged("post_install", "-at_install")
class TestMasterAuthority(MasterCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for connection in (cls.erp, cls.crm):
            cls.synchronise(connection, "partner")
        cls.policies = cls.env["finance.ownership.policy"]

    def setUp(self):
        super().setUp()
        self.receive(self.erp, "partner", "V1", name="Acme", city="Bonn")
        self.partner = self.record(self.erp, "partner", "V1")
        self.env["finance.external.reference"]._link(self.crm, "partner", "C1", self.partner)

    def mine(self, records):
        return self.as_user(records, "steward")

    def theirs(self, records):
        return self.as_user(records, "steward", number=2)

    def draft(self, owner, on_foreign="reject", **values):
        return self.mine(self.policies).create(
            {
                "domain": "partner",
                "connection_id": owner.id,
                "company_id": self.company.id,
                "on_foreign": on_foreign,
                **values,
            }
        )

    def approved(self, policy):
        policy.action_propose()
        self.theirs(policy).action_approve()
        return policy

    def next_version(self, policy, **values):
        draft = self.mine(self.policies.browse(self.mine(policy).action_new_version()["res_id"]))
        draft.write(values)
        return draft

    def crm_says(self, city):
        """Let the CRM change the city; :return: (what the city is, what was decided, by which version)"""
        message = self.receive(self.crm, "partner", "C1", city=city)
        decision = self.env["finance.ownership.decision"].search([("message_id", "=", message.id)])
        return self.partner.city, decision.decision, decision.policy_version

    def test_nothing_counts_before_another_person_has_approved_it(self):
        policy = self.draft(self.erp)
        self.assertEqual(self.crm_says("Rome"), ("Rome", False, 0), "a draft")
        policy.action_propose()
        self.assertEqual(self.crm_says("Oslo"), ("Oslo", False, 0), "a proposal")
        with self.assertRaisesRegex(UserError, "another steward has to approve"):
            policy.action_approve()
        self.theirs(policy).action_approve()
        self.assertEqual(self.crm_says("Riga"), ("Oslo", "reject", 1))

    def test_nobody_smuggles_an_approved_policy_in(self):
        policy = (
            self.mine(self.policies)
            .with_context(default_state="active")
            .create({"domain": "partner", "owner_kind": "odoo", "connection_id": False, "state": "active"})
        )
        self.assertEqual(policy.state, "draft")
        with self.assertRaises(AccessError):
            policy.write({"state": "active"})
        self.approved(policy)
        with self.assertRaisesRegex(UserError, "Make a new version"):
            policy.write({"on_foreign": "accept"})
        with self.assertRaisesRegex(UserError, "kept as evidence"):
            policy.unlink()

    def test_a_change_counts_when_it_is_approved_and_every_decision_keeps_its_version(self):
        first = self.approved(self.draft(self.erp))
        self.assertEqual(self.crm_says("Rome"), ("Bonn", "reject", 1))
        second = self.next_version(first, connection_id=self.crm.id)
        second.action_propose()
        self.assertEqual(self.crm_says("Oslo"), ("Bonn", "reject", 1), "proposed, the old one is in force")
        self.theirs(second).action_approve()
        self.assertEqual(first.state, "retired")
        self.assertEqual(self.crm_says("Riga"), ("Riga", False, 0), "the CRM is the authority now")
        message = self.receive(self.erp, "partner", "V1", city="Bonn")
        self.assertState(message, "ignored", "master_not_owner")
        decisions = self.env["finance.ownership.decision"].search([("res_id", "=", self.partner.id)], order="id")
        self.assertEqual(decisions.mapped("policy_version"), [1, 1, 2])
        self.assertEqual(decisions.policy_id, first + second)
        self.assertEqual(decisions.mapped("owner_name"), ["ERP", "ERP", "CRM"])
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.env.cr.execute("DELETE FROM finance_ownership_policy WHERE id = %s", (first.id,))

    def test_from_a_day_on(self):
        today = fields.Date.today()
        first = self.approved(self.draft(self.erp))
        second = self.approved(
            self.next_version(first, connection_id=self.crm.id, valid_from=today + timedelta(days=1))
        )
        self.assertEqual((first.state, first.superseded_from), ("active", second.valid_from))
        self.assertEqual(self.crm_says("Rome"), ("Bonn", "reject", 1), "today the first still counts")
        owners = [
            self.policies._rules_on("partner", day)[self.company.id, None][0] for day in (today, second.valid_from)
        ]
        self.assertEqual(owners, [self.erp.id, self.crm.id])
        with freeze_time(second.valid_from):
            decided = self.policies._decide("partner", "city", self.company.ids, self.erp.id, linked={self.crm.id})
            self.assertEqual(decided, ("reject", second.id), "nobody had to do anything at midnight")
            self.assertEqual(
                self.policies._decide("partner", "city", self.company.ids, self.crm.id, linked={self.crm.id}),
                ("accept", None),
            )

    def test_what_has_ended_does_not_count(self):
        self.approved(self.draft(self.erp, valid_from=date(2020, 1, 1), valid_to=date(2020, 12, 31)))
        self.assertEqual(self.crm_says("Rome"), ("Rome", False, 0))

    def test_rolling_back_is_a_proposal_like_any_other(self):
        first = self.approved(self.draft(self.erp))
        second = self.approved(self.next_version(first, on_foreign="accept"))
        self.assertEqual(self.crm_says("Rome"), ("Rome", "accept", 2))
        third = self.mine(self.policies.browse(self.mine(first).action_roll_back()["res_id"]))
        self.assertEqual((third.state, third.version, third.replaces_id), ("proposed", 3, second))
        self.assertEqual(self.crm_says("Oslo"), ("Oslo", "accept", 2), "only proposed")
        self.theirs(third).action_approve()
        self.assertEqual(self.crm_says("Riga"), ("Oslo", "reject", 3))
        self.assertEqual(
            self.mine(first).action_view_versions()["domain"], [("id", "in", (third + second + first).ids)]
        )

    def test_two_authorities_at_once_are_refused(self):
        self.approved(self.draft(self.erp))
        other = self.draft(self.crm)
        with self.assertRaisesRegex(UserError, "in use already"):
            other.action_propose()
        self.approved(self.draft(self.crm, field_name="partner.email"))

    def test_the_change_log_tells_what_was_and_what_is(self):
        first = self.approved(self.draft(self.erp))
        second = self.approved(self.next_version(first, connection_id=self.crm.id, note="The CRM is the first to know"))
        change = self.env["finance.change"].search([("res_model", "=", second._name), ("res_id", "=", second.id)])
        self.assertEqual(
            (change.event, change.before["authority"], change.after["authority"]), ("approved", "ERP", "CRM")
        )
        self.assertEqual(
            (change.proposed_by_id, change.decided_by_id), (self.user("steward"), self.user("steward", number=2))
        )

    def test_retired_means_everybody_may_write(self):
        policy = self.approved(self.draft(self.erp))
        self.mine(policy).action_retire()
        self.assertEqual(self.crm_says("Rome"), ("Rome", False, 0))
