from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..engine.origin import KEY
from .master_case import MasterCase


@tagged("post_install", "-at_install")
class TestMasterPolicy(MasterCase):
    """B-29: a write of somebody who does not own the field is refused, proposed or accepted, and logged."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for connection in (cls.erp, cls.crm):
            cls.synchronise(connection, "partner")
        cls.clerk = cls.user("employee")
        cls.clerk.group_ids += cls.env.ref("base.group_partner_manager")

    def setUp(self):
        super().setUp()
        self.receive(self.erp, "partner", "V1", name="Acme", city="Bonn", email="a@example.com", phone="1")
        self.partner = self.record(self.erp, "partner", "V1")
        # the CRM knows it under a number of its own
        self.env["finance.external.reference"]._link(self.crm, "partner", "C1", self.partner)

    def decisions(self):
        return [
            (d.decision, d.field_names, d.connection_id or d.user_id)
            for d in self.env["finance.ownership.decision"].search([("res_id", "=", self.partner.id)], order="id")
        ]

    def proposals(self, state="open"):
        return self.env["finance.master.proposal"].search([("domain", "=", "partner"), ("state", "=", state)])

    def by_clerk(self):
        return self.partner.with_user(self.clerk).with_context(allowed_company_ids=self.company.ids)

    # -- from other systems ----------------------------------------------------------------

    def test_each_field_by_its_policy(self):
        self.own("partner", self.erp, "reject")
        self.own("partner", self.erp, "propose", "email")
        self.own("partner", self.erp, "accept", "phone")
        message = self.receive(self.crm, "partner", "C1", city="Rome", email="c@example.com", phone="2")
        self.assertState(message, "done")
        self.assertEqual(message.result, {"written": ["phone"], "proposed": ["email"], "refused": ["city"]})
        self.assertEqual((self.partner.city, self.partner.email, self.partner.phone), ("Bonn", "a@example.com", "2"))
        self.assertCountEqual(
            self.decisions(),
            [("reject", "City", self.crm), ("propose", "Email", self.crm), ("accept", "Phone", self.crm)],
        )

    def test_all_refused_is_ignored_with_the_owner_named(self):
        self.own("partner", self.erp, "reject")
        message = self.receive(self.crm, "partner", "C1", city="Rome")
        self.assertState(message, "ignored", "master_not_owner")
        self.assertIn("ERP", message.detail)
        self.assertEqual(self.decisions(), [("reject", "City", self.crm)])

    def test_the_owner_writes(self):
        self.own("partner", self.erp, "reject")
        self.receive(self.erp, "partner", "V1", city="Ulm")
        self.assertEqual(self.partner.city, "Ulm")
        self.assertEqual(self.decisions(), [])

    def test_odoo_as_the_owner(self):
        self.own("partner", None, "reject", "city")
        self.assertState(self.receive(self.erp, "partner", "V1", city="Ulm"), "ignored", "master_not_owner")
        self.by_clerk().write({"city": "Ulm"})
        self.assertEqual(self.partner.city, "Ulm")

    def test_new_records_by_policy(self):
        policy = self.own("partner", self.erp, "reject")
        self.assertState(self.receive(self.crm, "partner", "C2", name="New"), "ignored", "master_not_owner")
        self.assertFalse(self.record(self.crm, "partner", "C2"))
        policy.on_foreign = "propose"
        self.receive(self.crm, "partner", "C3", name="New", city="Rome")
        self.assertFalse(self.record(self.crm, "partner", "C3"))
        self.as_user(self.proposals(), "steward").action_approve()
        new = self.record(self.crm, "partner", "C3")
        self.assertEqual((new.name, new.city, new.company_id), ("New", "Rome", self.company))
        # from now on it is known
        self.receive(self.crm, "partner", "C3", phone="3")
        self.assertEqual(new.phone, "3", "the ERP does not know it, so it owns nothing of it")

    def test_a_newer_proposal_takes_the_place_of_the_older(self):
        self.own("partner", self.erp, "propose")
        self.receive(self.crm, "partner", "C1", city="Rome")
        self.receive(self.crm, "partner", "C1", city="Milan")
        self.assertEqual(len(self.proposals()), 1)
        self.assertEqual(len(self.proposals("superseded")), 1)
        self.as_user(self.proposals(), "steward").action_approve()
        self.assertEqual(self.partner.city, "Milan")

    def test_what_was_seen_is_what_is_approved(self):
        self.own("partner", self.erp, "propose")
        self.receive(self.crm, "partner", "C1", city="Rome")
        self.receive(self.erp, "partner", "V1", city="Ulm")
        with self.assertRaisesRegex(UserError, "has changed since"):
            self.as_user(self.proposals(), "steward").action_approve()
        self.as_user(self.proposals(), "steward").action_reject()
        self.assertEqual(self.partner.city, "Ulm")

    # -- by people -------------------------------------------------------------------------

    def test_a_person_is_told_who_owns_the_field(self):
        self.own("partner", self.erp, "reject")
        with self.assertRaisesRegex(UserError, "City of Acme: the authority is ERP. Change it there"):
            self.by_clerk().write({"city": "Rome"})
        # what the policy does not speak of stays free, and so does what does not change
        self.by_clerk().write({"comment": "Pays late", "city": "Bonn"})
        self.assertEqual(self.partner.city, "Bonn")

    def test_the_change_of_a_person_becomes_a_proposal(self):
        self.own("partner", self.erp, "propose", "city")
        self.by_clerk().write({"city": "Rome", "street": "Via 1"})
        self.assertEqual((self.partner.city, self.partner.street), ("Bonn", "Via 1"))
        proposal = self.proposals()
        self.assertEqual(proposal.content, [{"field": "city", "label": "City", "before": "Bonn", "after": "Rome"}])
        self.assertEqual(proposal.proposed_by_id, self.clerk)
        self.assertEqual(self.decisions(), [("propose", "City", self.clerk)])
        self.as_user(proposal, "steward").action_approve()
        self.assertEqual(self.partner.city, "Rome")
        self.assertEqual(proposal.decided_by_id, self.approver)

    def test_no_context_a_client_can_send_gets_around(self):
        """Attack case 7: only an object of the engine passes, never what JSON can carry."""
        self.own("partner", self.erp, "reject")
        for value in (True, 1, "Origin", {"connection_id": self.erp.id}, [self.erp.id]):
            with self.assertRaises(UserError):
                self.by_clerk().with_context(**{KEY: value}).write({"city": "Rome"})
        with self.assertRaises(UserError):
            self.partner.sudo().write({"city": "Rome"})

    def test_new_records_of_people(self):
        policy = self.own("partner", self.erp, "reject")
        partners = self.partner.browse().with_env(self.by_clerk().env)
        with self.assertRaisesRegex(UserError, "the authority is ERP. Make the new record there"):
            partners.create({"name": "Mine"})
        contact = partners.create({"name": "Contact", "parent_id": self.partner.id})
        self.assertTrue(contact.active, "contacts belong to their company, not to the domain")
        policy.on_foreign = "propose"
        mine = partners.create({"name": "Mine"})
        self.assertFalse(mine.active, "not used before it is approved")
        self.as_user(self.proposals(), "steward").action_approve()
        self.assertTrue(mine.active)

    def test_colleagues_and_companies_are_made_as_ever(self):
        self.own("partner", self.erp, "reject")
        user = self.env["res.users"].create({"name": "New colleague", "login": "new.colleague"})
        user.partner_id.write({"city": "Anywhere"})
        self.env["res.company"].create({"name": "New branch"})

    def test_records_the_owner_does_not_know_stay_free(self):
        local = self.env["res.partner"].create({"name": "Local"})
        self.own("partner", self.erp, "reject")
        local.with_user(self.clerk).write({"city": "Rome"})
        self.assertEqual(local.city, "Rome")

    def test_a_shared_record_keeps_the_policy_of_the_company_that_knows_it(self):
        self.own("partner", self.erp, "reject")
        self.partner._as_engine().company_id = False
        stranger = self.user("employee", other_company=True)
        stranger.group_ids += self.env.ref("base.group_partner_manager")
        with self.assertRaisesRegex(UserError, "the authority is ERP"):
            self.partner.with_user(stranger).with_context(allowed_company_ids=self.other_company.ids).write(
                {"city": "Rome"}
            )

    # -- who decides -----------------------------------------------------------------------

    def test_maker_is_not_checker(self):
        self.own("partner", self.erp, "propose")
        self.approver.group_ids += self.env.ref("base.group_partner_manager")
        self.as_user(self.partner, "steward").write({"city": "Rome"})
        with self.assertRaisesRegex(UserError, "another person has to approve"):
            self.as_user(self.proposals(), "steward").action_approve()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.proposals().write({"state": "approved", "decided_by_id": self.approver.id})
            self.env.flush_all()

    def test_only_named_approvers_decide(self):
        self.own("partner", self.erp, "propose")
        self.receive(self.crm, "partner", "C1", city="Rome")
        proposal = self.proposals()
        self.assertEqual(proposal.activity_ids.user_id, self.approver)
        for role in ("viewer", "operator", "admin", "auditor", "employee"):
            with self.assertRaises(AccessError):
                self.as_user(proposal, role).action_approve()
        with self.assertRaisesRegex(AccessError, "names others"):
            self.as_user(proposal, "steward", number=2).action_approve()
        with self.assertRaises(AccessError):
            self.as_user(proposal, "steward", other_company=True).action_approve()
        with self.assertRaises(AccessError):
            self.as_user(proposal, "steward").write({"state": "approved"})
        self.assertEqual(proposal.state, "open")

    # -- register --------------------------------------------------------------------------

    def test_nothing_is_synchronised_before_somebody_answers(self):
        """G-01"""
        values = {"connection_id": self.erp.id, "domain": "tax", "receive": True}
        with self.assertRaisesRegex(ValidationError, "Nobody answers for Taxes"), self.env.cr.savepoint():
            self.env["finance.master.sync"].create(values)
        message = self.receive(self.erp, "tax", "T1", name="VAT", amount="1", use="sale")
        self.assertState(message, "held", "master_not_synchronised")
        row = self.answer_for("tax")
        self.env["finance.master.sync"].create(values)
        with self.assertRaisesRegex(UserError, "somebody has to answer"):
            row.unlink()
        for field in ("owner_id", "support_id", "reprocessor_id"):
            with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
                row.write({field: False})
                self.env.flush_all()
        with self.assertRaises(ValidationError):
            row.approver_ids = [Command.clear()]
        with self.assertRaisesRegex(ValidationError, "do not work there"):
            row.owner_id = self.user("viewer", other_company=True)

    def test_evidence_does_not_change(self):
        self.own("partner", self.erp, "reject")
        self.receive(self.crm, "partner", "C1", city="Rome")
        decision = self.env["finance.ownership.decision"].search([], limit=1)
        with self.assertRaises(UserError):
            decision.write({"decision": "accept"})
        with self.assertRaises(UserError):
            decision.unlink()


@tagged("post_install", "-at_install")
class TestBankTrust(MasterCase):
    """An account is paid to only after another person has approved it, with the password asked again."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.synchronise(cls.erp, "partner")
        cls.synchronise(cls.erp, "partner_bank")
        cls.answer_for("partner_bank").approver_ids += cls.user("steward", number=2)
        for number in (1, 2):
            cls.user("steward", number=number).group_ids += cls.env.ref(
                "account.group_validate_bank_account"
            ) + cls.env.ref("base.group_partner_manager")

    def setUp(self):
        super().setUp()
        self.receive(self.erp, "partner", "V1", name="Acme")
        self.receive(self.erp, "partner_bank", "B1", partner="V1", account_number="DE89370400440532013000")
        self.bank = self.record(self.erp, "partner_bank", "B1")

    def open(self):
        return self.env["finance.master.proposal"].search([("kind", "=", "trust"), ("state", "=", "open")])

    def approve(self, number=1, verified=True):
        with self.at_the_screen(self.user("steward", number=number), checked=0 if verified else None):
            return self.as_user(self.open(), "steward", number=number).action_approve()

    def test_an_incoming_account_waits_for_approval(self):
        self.assertFalse(self.bank.allow_out_payment)
        self.assertEqual(self.open().res_id, self.bank.id)
        self.approve()
        self.assertTrue(self.bank.allow_out_payment)

    def test_the_password_is_asked(self):
        action = self.approve(verified=False)
        self.assertEqual(action["res_model"], "res.users.identitycheck")
        self.assertFalse(self.bank.allow_out_payment)
        with self.assertRaisesRegex(UserError, "only be accessed over HTTP"):
            self.as_user(self.open(), "steward").action_approve()

    def test_a_trusted_account_stays_until_its_change_is_approved(self):
        self.approve()
        message = self.receive(self.erp, "partner_bank", "B1", account_number="GB29NWBK60161331926819")
        self.assertState(message, "done")
        self.assertEqual(message.result["proposed"], ["account_number"])
        self.assertEqual(self.bank.sanitized_acc_number, "DE89370400440532013000")
        self.assertTrue(self.bank.allow_out_payment)
        self.approve()
        self.assertEqual(self.bank.sanitized_acc_number, "GB29NWBK60161331926819")
        self.assertTrue(self.bank.allow_out_payment)

    def test_an_account_that_changed_after_the_proposal_is_not_trusted(self):
        proposal = self.open()
        self.bank._as_engine().acc_number = "GB29NWBK60161331926819"
        self.assertEqual(self.open(), proposal)
        with self.assertRaisesRegex(UserError, "has changed since"):
            self.approve()

    def test_who_enters_an_account_does_not_trust_it(self):
        """Also not with Odoo's own switch, and not by creating it trusted."""
        partner = self.record(self.erp, "partner", "V1")
        bank = self.as_user(self.env["res.partner.bank"], "steward").create(
            {"partner_id": partner.id, "acc_number": "FR1420041010050500013M02606", "allow_out_payment": True}
        )
        self.assertFalse(bank.allow_out_payment)
        bank.write({"allow_out_payment": True})
        self.assertFalse(bank.allow_out_payment)
        mine = self.open().filtered(lambda p: p.res_id == bank.id)
        self.assertEqual(len(mine), 1)
        with self.assertRaisesRegex(UserError, "another person"):
            self.as_user(mine, "steward").action_approve()
        with self.at_the_screen(self.user("steward", number=2)):
            self.as_user(mine, "steward", number=2).action_approve()
        self.assertTrue(self.env["res.partner.bank"].browse(bank.id).allow_out_payment)

    def test_an_edit_asks_anew(self):
        first = self.open()
        self.as_user(self.bank, "steward", number=2).write({"acc_number": "GB29NWBK60161331926819"})
        self.assertEqual(first.state, "superseded")
        self.assertEqual(self.open().proposed_by_id, self.user("steward", number=2))

    def test_where_nobody_answers_for_bank_accounts_odoo_works_as_ever(self):
        partner = self.env["res.partner"].create({"name": "Elsewhere", "company_id": self.other_company.id})
        self.env.user.group_ids += self.env.ref("account.group_validate_bank_account")
        bank = self.env["res.partner.bank"].create(
            {
                "partner_id": partner.id,
                "company_id": self.other_company.id,
                "acc_number": "FR1420041010050500013M02606",
                "allow_out_payment": True,
            }
        )
        self.assertTrue(bank.allow_out_payment)


@tagged("post_install", "-at_install")
class TestRefusalIsLogged(HttpCase, MasterCase):
    """B-29: the refusal is kept although the change it belongs to is undone."""

    def test_refused_over_rpc(self):
        self.synchronise(self.erp, "partner")
        self.receive(self.erp, "partner", "V1", name="Acme")
        partner = self.record(self.erp, "partner", "V1")
        self.own("partner", self.erp, "reject")
        clerk = self.user("employee")
        clerk.group_ids += self.env.ref("base.group_partner_manager")
        self.authenticate(clerk.login, clerk.login)
        with mute_logger("odoo.http"):
            answer = self._refused(partner)
        self.assertIn("the authority is ERP", answer)
        self.env.invalidate_all()
        self.assertFalse(partner.city)
        decision = self.env["finance.ownership.decision"].search([("res_id", "=", partner.id)])
        self.assertEqual((decision.decision, decision.field_names, decision.user_id), ("reject", "City", clerk))

    def _refused(self, partner):
        response = self.url_open(
            "/web/dataset/call_kw",
            json={
                "jsonrpc": "2.0",
                "method": "call",
                "params": {
                    "model": "res.partner",
                    "method": "write",
                    "args": [partner.ids, {"city": "Rome"}],
                    "kwargs": {"context": {KEY: {"connection_id": self.erp.id}}},
                },
            },
        )
        return response.json()["error"]["data"]["message"]
