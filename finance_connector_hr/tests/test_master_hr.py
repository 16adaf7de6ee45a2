"""Departments and employees as master data (B-29, B-30): both ways, in any order, kept from those without HR rights."""

import json
import os
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from odoo.addons.finance_connector_base.engine.envelope import Envelope
from odoo.addons.finance_connector_base.safe import crypto
from odoo.addons.finance_connector_base.tests.master_case import MasterCase

from sandbox.process import StandIn

IBAN, OTHER_IBAN = "DE89370400440532013000", "GB29NWBK60161331926819"


class HrCase(MasterCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hr = cls.user("steward", number=3)
        cls.hr.group_ids += cls.env.ref("hr.group_hr_user")
        for connection in (cls.erp, cls.crm):
            for domain in ("department", "employee"):
                cls.synchronise(connection, domain, send=True)
        for domain in ("department", "employee"):
            cls.answer_for(domain).approver_ids += cls.hr

    def says(self, external_id, domain="employee", **said):
        return self.receive(self.erp, domain, external_id, **said)

    def here(self, external_id="E1", domain="employee"):
        return self.record(self.erp, domain, external_id)


@tagged("post_install", "-at_install")
class TestMasterHr(HrCase):
    def test_round_trip(self):
        """Made, changed, left and come back: Odoo follows, the other system is told, the first is not."""
        self.assertState(self.says("D1", "department", name="Sales"), "done")
        self.assertState(
            self.says("E1", name="Ada Long", email="ada@example.com", job_title="Seller", department="D1"), "done"
        )
        ada = self.here()
        self.assertEqual(
            (ada.name, ada.work_email, ada.job_title, ada.department_id, ada.company_id),
            ("Ada Long", "ada@example.com", "Seller", self.here("D1", "department"), self.company),
        )
        told = {obj.domain: obj for obj in self.sent(self.crm)}
        self.assertEqual(
            (told["employee"].name, told["employee"].department), ("Ada Long", told["department"].external_id)
        )
        self.says("E1", job_title="Head of sales")
        self.assertEqual([obj.job_title for obj in self.sent(self.crm)], ["Head of sales"])
        self.says("E1", active=False)
        self.assertFalse(ada.active, "who leaves is archived")
        self.assertIs(self.sent(self.crm)[-1].active, False)
        self.says("E1", active=True)
        self.assertTrue(ada.active)
        self.assertEqual(self.here(), ada, "the number stays theirs")
        self.assertEqual(self.sent(self.erp), [], "no echo")
        self.assertEqual(self.says("E1", name="Ada Long", job_title="Head of sales").result, {"unchanged": True})

    def test_a_known_employee_is_archived_and_not_deleted(self):
        self.says("E1", name="Ada Long")
        with self.assertRaisesRegex(UserError, "Archive it instead"):
            self.here().unlink()

    def test_made_in_odoo(self):
        boss = self.env["hr.employee"].create({"name": "Boss", "company_id": self.company.id})
        self.env["hr.employee"].create({"name": "Clerk", "parent_id": boss.id, "company_id": self.company.id})
        self.sent(self.erp)
        told = {data["name"]: data for data in self.adapter._books(self.erp)["employee"].values()}
        self.assertEqual(told["Clerk"]["manager"], told["Boss"]["external_id"])

    # -- any order -----------------------------------------------------------------------------

    def test_managers_in_any_order(self):
        self.says("E3", name="Clerk", manager="E2")
        self.assertTrue(self.here("E3"), "the record does not wait for the link")
        self.assertFalse(self.here("E3").parent_id)
        self.says("E2", name="Head", manager="E1")
        self.says("E1", name="Boss", manager="E1")
        self.drain()
        clerk, head, boss = (self.here(name) for name in ("E3", "E2", "E1"))
        self.assertEqual((clerk.parent_id, head.parent_id, boss.parent_id), (head, boss, boss))

    def test_two_that_name_each_other(self):
        self.says("E1", name="One", manager="E2")
        self.says("E2", name="Two", manager="E1")
        self.drain()
        self.assertEqual((self.here("E1").parent_id, self.here("E2").parent_id), (self.here("E2"), self.here("E1")))

    def test_a_later_word_about_the_manager_counts(self):
        self.says("E1", name="Boss")
        self.says("E2", name="Clerk", manager="E9")
        self.says("E2", manager="E1")
        self.says("E9", name="Late")
        self.drain()
        self.assertEqual(self.here("E2").parent_id, self.here("E1"))
        open_messages = self.env["finance.message"].search(
            [("connection_id", "=", self.erp.id), ("is_open", "=", True)]
        )
        self.assertFalse(open_messages, "nothing waits for ever")

    def test_parent_departments_in_any_order(self):
        self.says("D2", "department", name="Inside sales", parent="D1")
        self.says("D1", "department", name="Sales")
        self.drain()
        self.assertEqual(self.here("D2", "department").parent_id, self.here("D1", "department"))

    # -- customers and vendors -----------------------------------------------------------------

    def test_work_contacts_are_no_customers(self):
        """The contact that Odoo makes with an employee is not refused, not told to the CRM, not judged."""
        self.synchronise(self.crm, "partner", send=True)
        self.synchronise(self.erp, "partner")
        self.own("partner", self.erp, "reject")
        employee = self.env["hr.employee"].create({"name": "Ada Long", "company_id": self.company.id})
        self.assertTrue(employee.work_contact_id.active)
        self.assertEqual({obj.domain for obj in self.sent(self.crm)}, {"employee"})
        employee.work_contact_id.write({"city": "Rome"})
        self.assertEqual(self.sent(self.crm), [])

    # -- who is the authority ------------------------------------------------------------------

    def test_the_hr_system_is_the_authority(self):
        """B-29"""
        self.says("E1", name="Ada Long", job_title="Seller")
        self.own("employee", self.erp, "reject", "job_title")
        with self.assertRaisesRegex(UserError, "the authority is ERP"):
            self.here().with_user(self.hr).with_context(allowed_company_ids=self.company.ids).write(
                {"job_title": "Director"}
            )
        self.env["finance.external.reference"]._link(self.crm, "employee", "C1", self.here())
        message = self.receive(self.crm, "employee", "C1", job_title="Director")
        self.assertState(message, "ignored", "master_not_owner")

    # -- who may read --------------------------------------------------------------------------

    def confidential(self):
        """Something about an employee in every list; :return: dict model -> record"""
        self.says("E1", name="Ada Long", job_title="Seller")
        self.own("employee", self.crm, "propose", "job_title")
        self.env["finance.external.reference"]._link(self.crm, "employee", "C1", self.here())
        self.own("employee", None, "propose", "email")
        self.says("E1", email="ada@private.example.com")
        drift = self.env["finance.master.drift"].create(
            {
                "connection_id": self.erp.id,
                "company_id": self.company.id,
                "domain": "employee",
                "kind": "differing",
                "external_id": "E1",
                "record_name": "Ada Long",
                "content": [{"field": "email", "label": "Email", "before": "", "after": "ada@private.example.com"}],
            }
        )
        return {
            "finance.master.proposal": self.env["finance.master.proposal"].search([("domain", "=", "employee")]),
            "finance.ownership.decision": self.env["finance.ownership.decision"].search([("domain", "=", "employee")]),
            "finance.master.drift": drift,
        }

    def test_lists_show_employees_to_hr_only(self):
        for model, records in self.confidential().items():
            self.assertTrue(records, model)
            for role in ("viewer", "operator", "steward", "admin", "auditor"):
                with self.subTest(model=model, role=role):
                    mine = self.as_user(records, role)
                    self.assertFalse(mine.search([("domain", "=", "employee")]))
                    with self.assertRaises(AccessError):
                        mine.read(["record_name"])
            seen = records.with_user(self.hr).with_context(allowed_company_ids=self.company.ids)
            self.assertEqual(seen.search([("domain", "=", "employee")]), records)

    def test_who_may_not_read_a_proposal_does_not_decide_about_it(self):
        proposal = self.confidential()["finance.master.proposal"]
        with self.assertRaises(AccessError):
            self.as_user(proposal, "steward").action_approve()
        proposal.with_user(self.hr).with_context(allowed_company_ids=self.company.ids).action_approve()
        self.assertEqual(self.here().work_email, "ada@private.example.com")

    def test_messages_say_nothing_of_employees(self):
        self.says("E1", name="Ada Long", manager="E7")
        self.here().write({"job_title": "Seller of rare goods"})
        self.sent(self.crm)
        payload = self.env["finance.payload"]._store(
            json.dumps([{"domain": "employee", "version": 1, "external_id": "E5", "name": "Eve Short"}]).encode(),
            company=self.company,
        )
        flow = self.env["finance.master.sync"]._row(self.erp, "employee")._flow("receive")
        [file] = self.enqueue(flow, Envelope(subject="staff.json", payload_id=payload.id))
        self.drain()
        self.assertEqual(self.here("E5").name, "Eve Short")
        made_by_engine = self.env["finance.message"].search(
            ["|", ("parent_id", "!=", False), ("connection_id", "=", self.crm.id)]
        )
        self.assertIn(file.child_ids, made_by_engine)
        for message in made_by_engine.filtered(lambda m: (m.data or {}).get("domain") == "employee"):
            self.assertTrue(message.data["sealed"])
            for private in ("Ada", "Eve", "rare goods"):
                self.assertNotIn(private, json.dumps(message.data))
                self.assertNotIn(private, message.data_preview or "")

    def test_what_was_sealed_for_another_place_does_not_open(self):
        master = self.env["finance.master"]
        data = {"domain": "employee", "version": 1, "external_id": "E1", "name": "Ada Long"}
        sealed = master._sealed(data, self.erp)
        self.assertEqual(master._unsealed(sealed, self.erp), data)
        for moved, connection in (({**sealed, "external_id": "E2"}, self.erp), (sealed, self.crm)):
            with self.assertRaisesRegex(Exception, "sealed elsewhere"):
                master._unsealed(moved, connection)

    def test_without_a_master_key_employees_are_not_synchronised(self):
        kept = {name: value for name, value in os.environ.items() if not name.startswith("FINANCE_MASTER_KEY")}
        third = self.make_connection("finance.adapter.test.master", name="Third")
        with patch.dict(os.environ, kept, clear=True), self.assertRaisesRegex(ValidationError, "needs a master key"):
            self.synchronise(third, "employee")
        self.assertIn(crypto.KEY_VARIABLE, os.environ)


@tagged("post_install", "-at_install")
class TestEmployeeBank(HrCase):
    """Where employees are paid: an approval of its own, whose content HR alone sees (B-29, B-30, B-32)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for connection in (cls.erp, cls.crm):
            cls.synchronise(connection, "employee_bank", send=True)
        for domain in ("partner", "partner_bank"):
            cls.synchronise(cls.crm, domain, send=True)
        cls.answer_for("employee_bank").approver_ids += cls.hr
        cls.hr.group_ids += cls.env.ref("account.group_validate_bank_account")

    def setUp(self):
        super().setUp()
        # the books of the other side outlive a test
        self.adapter._forget()
        self.says("E1", name="Ada Long")
        self.arrived = self.says("B1", "employee_bank", employee="E1", account_number=IBAN, holder="Ada Long")
        self.bank = self.here("B1", "employee_bank")

    def proposal(self):
        return self.env["finance.master.proposal"].search([("domain", "=", "employee_bank"), ("state", "=", "open")])

    def approve(self):
        with self.at_the_screen(self.hr):
            mine = self.proposal().with_user(self.hr).with_context(allowed_company_ids=self.company.ids)
            return mine.action_approve()

    def test_it_arrives_without_trust_and_hr_approves_it(self):
        self.assertState(self.arrived, "done")
        ada = self.here()
        self.assertEqual((self.bank.partner_id, ada.bank_account_ids), (ada.work_contact_id, self.bank))
        self.assertFalse(self.bank.allow_out_payment)
        for role in ("viewer", "operator", "steward", "admin", "auditor"):
            with self.subTest(role):
                self.assertFalse(self.as_user(self.proposal(), role).search([("domain", "=", "employee_bank")]))
                with self.assertRaises(AccessError):
                    self.as_user(self.proposal(), role).read(["content"])
        with self.assertRaises(AccessError):
            self.as_user(self.proposal(), "steward").action_approve()
        seen = self.proposal().with_user(self.hr).with_context(allowed_company_ids=self.company.ids)
        self.assertIn(IBAN, seen.changes.replace(" ", ""))
        self.approve()
        self.assertTrue(self.bank.allow_out_payment)

    def test_a_trusted_account_stays_until_its_change_is_approved(self):
        self.approve()
        message = self.says("B1", "employee_bank", account_number=OTHER_IBAN)
        self.assertEqual(message.result["proposed"], ["account_number"])
        self.assertEqual((self.bank.sanitized_acc_number, self.bank.allow_out_payment), (IBAN, True))
        self.approve()
        self.assertEqual((self.bank.sanitized_acc_number, self.bank.allow_out_payment), (OTHER_IBAN, True))

    def test_others_are_told_at_once_and_as_an_employees_account_no_echo(self):
        told = {obj.domain: obj for obj in self.sent(self.crm)}
        self.assertEqual(set(told), {"employee", "employee_bank"}, "neither a customer nor a vendor's account")
        self.assertEqual(
            (told["employee_bank"].employee, told["employee_bank"].account_number),
            (told["employee"].external_id, IBAN),
        )
        self.assertEqual(self.sent(self.erp), [])
        self.assertEqual(self.says("B1", "employee_bank", account_number=IBAN).result, {"unchanged": True})

    def test_archived_there_is_archived_here_and_known_when_it_comes_back(self):
        self.says("B1", "employee_bank", active=False)
        self.assertFalse(self.bank.active)
        self.sent(self.crm)
        self.says("B1", "employee_bank", active=True)
        self.assertTrue(self.bank.active)
        self.assertEqual(self.here("B1", "employee_bank"), self.bank)
        with self.assertRaisesRegex(UserError, "Archive it instead"):
            self.bank.unlink()
        # who has left: the contact and the account do not become a customer's
        self.sent(self.crm)
        self.says("E1", active=False)
        self.here().work_contact_id.write({"city": "Rome"})
        self.assertEqual({obj.domain for obj in self.sent(self.crm)}, {"employee"})

    def test_the_authority_is_asked_like_for_partners(self):
        self.own("employee_bank", self.erp, "reject")
        with self.assertRaisesRegex(UserError, "the authority is ERP"):
            self.bank.with_user(self.hr).with_context(allowed_company_ids=self.company.ids).write(
                {"acc_number": OTHER_IBAN}
            )
        self.env["finance.external.reference"]._link(self.crm, "employee_bank", "C1", self.bank)
        message = self.receive(self.crm, "employee_bank", "C1", account_number=OTHER_IBAN)
        self.assertState(message, "ignored", "master_not_owner")
        for private in (IBAN, OTHER_IBAN, "Ada", "DE89"):
            self.assertNotIn(private, message.detail)
            self.assertNotIn(private, message.subject)

    def test_what_hr_enters_is_not_trusted_before_another_has_approved_it(self):
        ada, other = self.here(), self.env["res.partner"].create({"name": "Vendor", "company_id": self.company.id})
        banks = self.env["res.partner.bank"].with_user(self.hr).with_context(allowed_company_ids=self.company.ids)
        self.hr.group_ids += self.env.ref("base.group_partner_manager")
        mine, vendors = banks.create(
            [
                {"partner_id": ada.work_contact_id.id, "acc_number": OTHER_IBAN, "allow_out_payment": True},
                {"partner_id": other.id, "acc_number": "FR1420041010050500013M02606", "allow_out_payment": True},
            ]
        )
        self.assertFalse(mine.allow_out_payment or vendors.allow_out_payment)
        open_now = self.env["finance.master.proposal"].search([("state", "=", "open"), ("kind", "=", "trust")])
        self.assertEqual({(p.domain, p.res_id) for p in open_now if p.res_id in (mine.id, vendors.id)},
                         {("employee_bank", mine.id), ("partner_bank", vendors.id)})  # fmt: skip
        (mine | vendors).write({"allow_out_payment": True})
        self.assertFalse(mine.allow_out_payment or vendors.allow_out_payment)

    def test_messages_say_nothing_of_it(self):
        self.bank.write({"acc_holder_name": "Ada Short"})
        self.sent(self.crm)
        sent = self.env["finance.message"].search([("connection_id", "=", self.crm.id), ("flow_id", "!=", False)])
        mine = sent.filtered(lambda m: (m.data or {}).get("domain") == "employee_bank")
        self.assertTrue(mine)
        for message in mine:
            for text in (json.dumps(message.data), message.subject, message.data_preview or "", message.detail or ""):
                for private in (IBAN, "DE89", "Ada"):
                    self.assertNotIn(private, text)

    def test_an_account_that_comes_before_its_employee_waits(self):
        message = self.says("B2", "employee_bank", employee="E2", account_number=OTHER_IBAN)
        self.assertState(message, "held", "master_reference_unknown")
        self.says("E2", name="Eve Short")
        self.drain()
        self.assertState(message, "done")
        self.assertEqual(self.here("B2", "employee_bank").partner_id, self.here("E2").work_contact_id)


@tagged("post_install", "-at_install")
class TestMasterHrHttp(HrCase):
    """The same over sockets, with a system of record that has its own books."""

    def test_from_an_hr_system(self):
        with StandIn("sandbox.masterdata") as stand_in:
            system = self.make_connection(
                "finance.adapter.master.http",
                name="HR system",
                environment="test",
                http_base_url=stand_in.ready["url"],
                http_networks="127.0.0.0/8",
                http_allow_plain=True,
            )
            syncs = [self.synchronise(system, name, send=True, poll=True) for name in ("department", "employee")]
            stand_in.control(
                "PUT",
                "/records",
                {
                    "employee": {
                        "E2": {"name": "Clerk", "manager": "E1", "department": "D1"},
                        "E1": {"name": "Boss", "manager": "E1"},
                    },
                    "department": {"D1": {"name": "Sales"}},
                },
            )
            for sync in reversed(syncs):
                sync._ask_for_changes()
            self.drain()
            clerk, boss = (self.record(system, "employee", name) for name in ("E2", "E1"))
            self.assertEqual((clerk.parent_id, clerk.department_id.name, boss.parent_id), (boss, "Sales", boss))
            # bank accounts: both changed one, theirs is judged first, then ours is sent
            bank_sync = self.synchronise(system, "employee_bank", send=True, poll=True)
            stand_in.control(
                "PUT",
                "/records",
                {"employee_bank": {"B1": {"employee": "E1", "account_number": IBAN, "holder": "Boss"}}},
            )
            bank_sync._ask_for_changes()
            self.drain()
            bank = self.record(system, "employee_bank", "B1")
            self.assertEqual((bank.partner_id, bank.allow_out_payment), (boss.work_contact_id, False))
            stand_in.control("PUT", "/records", {"employee_bank": {"B1": {"account_number": OTHER_IBAN}}})
            bank.write({"acc_holder_name": "The Boss"})
            self.sent(system)
            self.drain()
            there = stand_in.control("GET", "/")["records"]["employee_bank"]["B1"]
            self.assertEqual((there["account_number"], there["holder"]), (OTHER_IBAN, "The Boss"))
            self.assertEqual((bank.sanitized_acc_number, bank.acc_holder_name), (OTHER_IBAN, "The Boss"))
            clerk.action_archive()
            self.sent(system)
            self.assertIs(stand_in.control("GET", "/")["records"]["employee"]["E2"]["active"], False)
