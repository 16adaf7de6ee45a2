from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .master_case import MasterCase


@tagged("post_install", "-at_install")
class TestMasterDuplicates(MasterCase):
    """E-22: partners that may be one are proposed; references survive the merge."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.synchronise(cls.erp, "partner", send=True)
        cls.synchronise(cls.crm, "partner")
        cls.user("steward").group_ids += cls.env.ref("base.group_partner_manager")

    def setUp(self):
        super().setUp()
        self.receive(self.erp, "partner", "V1", name="Acme Steel GmbH", country="DE", city="Bonn")
        self.receive(self.crm, "partner", "C1", name="ACME-Steel G.m.b.H.", country="DE")
        self.first = self.record(self.erp, "partner", "V1")
        self.second = self.record(self.crm, "partner", "C1")

    def found(self):
        self.env["finance.partner.duplicate"]._cron_find()
        ids = (self.first | self.second).ids
        return self.env["finance.partner.duplicate"].search([("first_id", "in", ids), ("second_id", "in", ids)])

    def test_found_once_with_reasons(self):
        pair = self.found()
        self.assertEqual(len(pair), 1)
        self.assertIn("same name and country", pair.reasons)
        self.assertEqual(self.found(), pair, "not twice")

    def test_an_arrival_wakes_the_search(self):
        cron = self.env.ref("finance_connector_base.ir_cron_partner_duplicate")
        triggers = self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])
        self.assertGreater(triggers, 0)

    def test_merge_keeps_both_numbers(self):
        self.as_user(self.found(), "steward").action_merge()
        self.assertFalse(self.second.exists())
        self.assertEqual(self.record(self.crm, "partner", "C1"), self.first, "read through the merge")
        self.assertEqual(self.record(self.erp, "partner", "V1"), self.first)
        self.receive(self.crm, "partner", "C1", phone="7")
        self.assertEqual(self.first.phone, "7")
        references = self.env["finance.external.reference"].search([("external_id", "=", "C1")])
        self.assertEqual(references.res_id, self.second.id, "the reference itself never changes")
        self.assertEqual(self.first.with_user(self.user("steward")).finance_reference_count, 2)

    def test_two_merges_in_a_row(self):
        self.as_user(self.found(), "steward").action_merge()
        third = self.env["res.partner"].create({"name": "Acme Holding", "company_id": self.company.id})
        self.env["base.partner.merge.automatic.wizard"]._merge([third.id, self.first.id], third)
        for connection, name in ((self.erp, "V1"), (self.crm, "C1")):
            self.assertEqual(self.record(connection, "partner", name), third)

    def test_kept_apart_is_remembered(self):
        pair = self.found()
        self.as_user(pair, "steward").action_dismiss()
        self.assertEqual(self.found(), pair)
        self.assertEqual(pair.state, "dismissed")
        with self.assertRaisesRegex(UserError, "decided already"):
            self.as_user(pair, "steward").action_merge()

    def test_only_stewards_who_may_merge(self):
        pair = self.found()
        for role in ("viewer", "operator", "admin", "auditor"):
            with self.assertRaises(AccessError):
                self.as_user(pair, role).action_merge()
        with self.assertRaises(AccessError):
            # a steward without Odoo's right to merge contacts
            self.as_user(pair, "steward", number=2).action_merge()
        self.assertTrue(self.second.exists())

    def test_partners_of_two_companies_are_two(self):
        self.second._as_engine().company_id = self.other_company
        self.assertFalse(self.found())
