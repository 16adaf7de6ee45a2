from odoo.tests import tagged

from ..engine.envelope import Envelope
from .master_case import MasterCase

#: domain -> (what makes one, what changes it, what Odoo says then)
DOMAINS = {
    "payment_term": ({"name": "30 days", "net_days": 30}, {"net_days": 45}, {"line_ids.nb_days": 45}),
    "partner": (
        {"name": "Acme", "is_company": True, "country": "DE", "city": "Bonn", "vendor_payment_term": "T30"},
        {"city": "Berlin", "vendor_payment_term": None},
        {"city": "Berlin", "property_supplier_payment_term_id": False},
    ),
    "partner_bank": (
        {"partner": "V1", "account_number": "DE89 3704 0044 0532 0130 00"},
        {"holder": "Acme GmbH"},
        {"acc_holder_name": "Acme GmbH", "allow_out_payment": False},
    ),
    "account": (
        {"code": "445566", "name": "Fees", "account_type": "expense"},
        {"name": "Bank fees"},
        {"name": "Bank fees", "code": "445566"},
    ),
    "tax": (
        {"name": "VAT 21", "amount": "21", "use": "purchase", "amount_type": "percent"},
        {"amount": "19.5"},
        {"amount": 19.5, "type_tax_use": "purchase"},
    ),
    "analytic_plan": ({"name": "Cost centres"}, {"name": "Departments"}, {"name": "Departments"}),
    "analytic_account": ({"name": "Sales", "code": "CC1", "plan": "P1"}, {"code": "CC2"}, {"code": "CC2"}),
    "product": (
        {"name": "Paper", "code": "PAP", "type": "consu", "price": "9.90", "purchase_taxes": ["VAT"]},
        {"price": "10.5", "code": "PAP2"},
        {"list_price": 10.5, "default_code": "PAP2"},
    ),
    "currency": ({"code": "XQQ", "symbol": "Q"}, {"symbol": "QQ"}, {"symbol": "QQ", "name": "XQQ"}),
    "rate": ({"currency": "CHF", "day": "2026-03-01", "rate": "1.25"}, {"rate": "1.5"}, {"company_rate": 1.5}),
}
#: what others point at
GROUND = (
    ("payment_term", "T30", {"name": "Ground 30", "net_days": 30}),
    ("partner", "V1", {"name": "Ground vendor", "is_company": True}),
    ("analytic_plan", "P1", {"name": "Ground plan"}),
    ("tax", "VAT", {"name": "Ground VAT", "amount": "7", "use": "purchase"}),
)


@tagged("post_install", "-at_install")
class TestMasterSync(MasterCase):
    """B-30: create, update and archive, both ways, without an echo."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.account_fiscal_country_id = cls.env.ref("base.de")
        cls.env["account.tax.group"].create(
            {"name": "VAT", "company_id": cls.company.id, "country_id": cls.env.ref("base.de").id}
        )
        cls.env.ref("base.CHF").active = True
        for domain in DOMAINS:
            cls.synchronise(cls.erp, domain, send=True)
            cls.synchronise(cls.crm, domain, send=True)

    def ground(self):
        for domain, external_id, said in GROUND:
            self.assertState(self.receive(self.erp, domain, external_id, **said), "done")
        self.sent(self.erp)
        self.sent(self.crm)

    def test_every_domain_is_here(self):
        base = {
            c
            for c, name in self.env["finance.master"]._domains().items()
            if self.env.registry[name]._original_module == "finance_connector_base"
        }
        self.assertEqual(set(DOMAINS), base)

    def test_round_trip_of_each_domain(self):
        """Made, changed and archived by one system: Odoo follows, the other is told, the first is not."""
        self.ground()
        for domain, (new, change, expected) in DOMAINS.items():
            with self.subTest(domain):
                self.assertState(self.receive(self.erp, domain, "N1", **new), "done")
                record = self.record(self.erp, domain, "N1")
                self.assertEqual(len(record), 1)
                self.assertIn(domain, {obj.domain for obj in self.sent(self.crm)})
                self.assertState(self.receive(self.erp, domain, "N1", **change), "done")
                for path, value in expected.items():
                    self.assertValue(record, path, value)
                told = [obj for obj in self.sent(self.crm) if obj.domain == domain]
                self.assertEqual(len(told), 1, "one change, one message")
                if "active" in record._fields:
                    self.assertState(self.receive(self.erp, domain, "N1", active=False), "done")
                    self.assertFalse(record.active)
                    self.assertIs(self.sent(self.crm)[-1].active, False)
                self.assertEqual(self.sent(self.erp), [], "no echo")

    def assertValue(self, record, path, value):
        found = record.with_company(self.company)
        for name in path.split("."):
            found = found[name]
        if hasattr(found, "ids"):
            self.assertEqual(found.ids, [] if not value else value.ids, path)
        elif isinstance(value, float):
            self.assertAlmostEqual(found, value, places=6, msg=path)
        else:
            self.assertEqual(found, value, path)

    def test_saying_the_same_again_changes_nothing(self):
        self.ground()
        for domain, (new, _change, _expected) in DOMAINS.items():
            with self.subTest(domain):
                self.receive(self.erp, domain, "N1", **new)
                again = self.receive(self.erp, domain, "N1", **new)
                self.assertState(again, "done")
                self.assertEqual(again.result, {"unchanged": True})

    def test_what_the_other_side_sends_back_ends_there(self):
        """An echo loop would go on for ever: sent, reported back, written, sent ..."""
        self.ground()
        partner = self.record(self.erp, "partner", "V1")
        partner.write({"city": "Cologne"})
        for _turn in range(3):
            for obj in self.sent(self.crm):
                data = {
                    k: v for k, v in obj.to_dict().items() if k not in ("domain", "version", "external_id", "source_id")
                }
                self.receive(self.crm, obj.domain, obj.external_id, **data)
        self.assertEqual(self.sent(self.crm), [])
        self.assertEqual([obj.city for obj in self.sent(self.erp)], ["Cologne"])

    def test_a_record_made_in_odoo_gets_its_number_over_there(self):
        term = self.env["account.payment.term"].create({"name": "Odoo 10", "company_id": self.company.id})
        partner = self.env["res.partner"].create(
            {"name": "Odoo vendor", "property_supplier_payment_term_id": term.id, "company_id": self.company.id}
        )
        sent = {obj.domain: obj for obj in self.sent(self.erp)}
        self.assertEqual(self.record(self.erp, "partner", sent["partner"].external_id), partner)
        self.assertEqual(
            sent["partner"].vendor_payment_term, sent["payment_term"].external_id, "links by their numbers"
        )

    def test_b49_what_a_person_told_the_other_side_is_known_by_its_number(self):
        partner = self.env["res.partner"].create({"name": "By hand", "company_id": self.company.id})
        self.env["finance.master.sync"].search([("connection_id", "=", self.erp.id)]).action_send_now()
        message = self.env["finance.message"].search(
            [("res_model", "=", "res.partner"), ("res_id", "=", partner.id), ("connection_id", "=", self.erp.id)]
        )
        outcome = self.env[message.flow_id.handler]._settle_by_hand(message, "V-900")
        self.assertEqual(outcome.result["external_id"], "V-900")
        self.assertEqual(self.record(self.erp, "partner", "V-900"), partner)

    def test_links_that_have_not_arrived_wait_and_go_on(self):
        message = self.receive(self.erp, "partner", "V9", name="Early", vendor_payment_term="LATE")
        self.assertState(message, "held", "master_reference_unknown")
        self.assertFalse(self.record(self.erp, "partner", "V9"), "nothing half made")
        self.receive(self.erp, "payment_term", "LATE", name="Late", net_days=5)
        self.drain()
        self.assertState(message, "done")
        partner = self.record(self.erp, "partner", "V9").with_company(self.company)
        self.assertEqual(partner.property_supplier_payment_term_id.name, "Late")

    def test_an_archived_record_comes_back(self):
        self.receive(self.erp, "partner", "V1", name="Acme")
        self.receive(self.erp, "partner", "V1", active=False)
        self.assertFalse(self.record(self.erp, "partner", "V1").active)
        self.receive(self.erp, "partner", "V1", active=True, city="Ulm")
        partner = self.record(self.erp, "partner", "V1")
        self.assertTrue(partner.active)
        self.assertEqual(partner.city, "Ulm")

    def test_vendor_bank_leaves_at_once_the_rest_waits(self):
        """B-31"""
        self.ground()
        self.receive(self.erp, "partner_bank", "B1", partner="V1", account_number="GB33BUKB20201555555555")
        self.sent(self.crm)
        with self.trap() as trapped:
            self.record(self.erp, "partner", "V1").write({"city": "Kiel"})
            self.record(self.erp, "partner", "V1").write({"street": "Hafen 1"})
            self.assertFalse(trapped.messages, "waits for the batch")
            self.record(self.erp, "partner_bank", "B1").write({"acc_number": "GB29NWBK60161331926819"})
            self.assertEqual(set(trapped.messages.connection_id), {*self.erp, *self.crm}, "at once, to both")
        told = self.sent(self.crm)
        self.assertEqual([obj.domain for obj in told], ["partner_bank", "partner"], "two changes, one message")
        self.assertEqual((told[1].city, told[1].street), ("Kiel", "Hafen 1"))

    def test_a_rollback_sends_nothing(self):
        self.receive(self.erp, "partner", "V1", name="Acme")
        self.sent(self.erp)
        before = self.env["finance.message"].search_count([])
        with self.assertRaisesRegex(ValueError, "undone"), self.env.cr.savepoint():
            self.record(self.erp, "partner", "V1").write({"name": "Never"})
            self.env["res.partner.bank"].create(
                {"acc_number": "GB29NWBK60161331926819", "partner_id": self.record(self.erp, "partner", "V1").id}
            )
            raise ValueError("undone")
        self.assertEqual(self.sent(self.erp), [])
        self.assertEqual(self.env["finance.message"].search_count([]), before)

    def test_the_schedule_sends_the_batch(self):
        self.receive(self.erp, "partner", "V1", name="Acme")
        self.record(self.erp, "partner", "V1").write({"city": "Kiel"})
        sync = self.env["finance.master.sync"]._row(self.erp, "partner")
        self.assertEqual(sync.change_count, 1)
        with self.enter_registry_test_mode():
            self.env.ref("finance_connector_base.ir_cron_master_batch").method_direct_trigger()
        self.drain()
        self.assertEqual([obj.city for obj in self.adapter._sent(self.erp)], ["Kiel"])
        self.assertGreater(sync.next_batch_at, self.env.cr.now())

    def test_delete_is_refused_for_what_others_know(self):
        self.receive(self.erp, "partner", "V1", name="Acme")
        with self.assertRaisesRegex(Exception, "ERP knows it. Archive it instead"):
            self.record(self.erp, "partner", "V1").unlink()

    def test_a_file_of_many_becomes_messages(self):
        payload = self.env["finance.payload"]._store(
            b'[{"domain":"partner","version":1,"external_id":"F1","name":"One"},'
            b'{"domain":"partner","version":1,"external_id":"F2","name":"Two"},'
            b'{"domain":"partner","version":2,"external_id":"F3","name":"Three"},'
            b'{"domain":"partner","version":1,"external_id":"F4","name":"Four","shoe_size":"44"}]',
            company=self.company,
        )
        flow = self.env["finance.master.sync"]._row(self.erp, "partner")._flow("receive")
        [message] = self.enqueue(flow, Envelope(subject="partners.json", payload_id=payload.id))
        self.drain()
        self.assertState(message, "done")
        states = {m.subject: (m.state, m.reason_code) for m in message.child_ids}
        self.assertEqual(
            states,
            {
                "partner:F1": ("done", False),
                "partner:F2": ("done", False),
                "partner:F3": ("held", "schema_unknown"),
                "partner:F4": ("held", "master_malformed"),
            },
        )

    def test_companies_are_apart(self):
        foreign = self.make_connection(
            "finance.adapter.test.master", name="Other ERP", company_id=self.other_company.id
        )
        self.synchronise(foreign, "partner", send=True)
        self.receive(self.erp, "partner", "V1", name="Acme")
        self.assertEqual(self.record(self.erp, "partner", "V1").company_id, self.company)
        self.assertEqual(self.sent(foreign), [], "not told of data of another company")
        self.receive(foreign, "partner", "V1", name="Namesake")
        self.assertNotEqual(self.record(foreign, "partner", "V1"), self.record(self.erp, "partner", "V1"))
        self.assertEqual(self.record(self.erp, "partner", "V1").name, "Acme")
