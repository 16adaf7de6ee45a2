"""Systems described by data, each against its stand-in over sockets (S-11, S-12, S-16, S-17, S-19, S-24)."""

from pathlib import Path

from odoo.tests import tagged

from sandbox.rest import bamboohr, chargebee, coupa, hubspot, paperclip, quickbooks, salesforce

from .definition_case import DefinitionCase
from .master_case import MasterCase

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "paperclip.json"


@tagged("post_install", "-at_install")
class TestLedger(DefinitionCase):
    """S-24: QuickBooks is told of what is posted, once, and has to have understood it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ledger = cls.running(quickbooks.QuickBooks())
        cls.connection = cls.connect(
            cls.ledger,
            "quickbooks",
            values=f"realm = {quickbooks.REALM}",
            http_auth="fixed",
            secrets={"token": quickbooks.TOKEN},
        )
        cls.flow = cls.make_flow(
            cls.connection,
            handler="finance.handler.definition.send",
            definition_send="entries",
            direction="out",
            record_model="account.move",
            release_domain="[('move_type', '=', 'entry')]",
        )
        accounts = cls.env["account.account"].search(
            [("company_ids", "in", cls.company.ids), ("account_type", "in", ("expense", "income"))], limit=2
        )
        cls.rent, cls.other = accounts
        for code, account in (("29", cls.rent), ("35", cls.other)):
            cls.map(cls.connection, "account", code, account)
        cls.journal = cls.env["account.journal"].search(
            [("company_id", "=", cls.company.id), ("type", "=", "general")], limit=1
        )

    def setUp(self):
        super().setUp()
        self.ledger.system.__init__()
        self.ledger.calm()

    def post(self, amount=252.0, account=None):
        """:return: (posted entry, its message)"""
        move = self.env["account.move"].create(
            {
                "journal_id": self.journal.id,
                "company_id": self.company.id,
                "ref": "rent",
                "line_ids": [
                    (0, 0, {"account_id": (account or self.rent).id, "name": "Rent", "debit": amount}),
                    (0, 0, {"account_id": self.other.id, "name": "Rent", "credit": amount}),
                ],
            }
        )
        self.assertFalse(self.told(move), "a draft is not told")
        move._post(soft=False)
        return move, self.told(move)

    def told(self, move):
        return self.env["finance.message"].search([("flow_id", "=", self.flow.id), ("res_id", "=", move.id)])

    def test_a_posted_entry_is_told_once_and_its_number_kept(self):
        move, message = self.post()
        self.drain()
        self.assertState(message, "done")
        self.assertEqual(self.made_of(self.connection, "journal_entry", message.result["external_id"]), move)
        [entry] = self.ledger.system.entries.values()
        self.assertEqual((entry["DocNumber"], entry["Line"][0]["Amount"]), (move.name, 252.0))

    def test_an_answer_that_is_lost_makes_no_second_entry(self):
        self.ledger.chaos("reset_after_effect", path="/v3", times=1)
        _move, message = self.post()
        self.drain()
        self.assertState(message, "retry")
        self.make_due(message)
        self.drain()
        self.assertState(message, "done")
        self.assertEqual(len(self.ledger.system.entries), 1)
        self.assertTrue(message.result["was_there"])

    def test_what_was_understood_otherwise_is_for_a_person(self):
        self.ledger.system.alters = 0.01
        move, message = self.post()
        self.drain()
        self.assertState(message, "held", "document_differs")
        self.assertEqual(self.made_of(self.connection, "journal_entry", "226"), move, "and is never sent again")

    def test_a_refusal_with_a_good_status_and_an_account_without_code(self):
        self.ledger.system.accounts.clear()
        _move, refused = self.post()
        third = self.env["account.account"].create(
            {"name": "Third", "code": "999123", "account_type": "expense", "company_ids": [(6, 0, self.company.ids)]}
        )
        _move, unnamed = self.post(account=third)
        self.drain()
        self.assertState(refused, "held", "malformed")
        self.assertIn("Object Not Found", refused.detail)
        self.assertState(unnamed, "held", "document_code")


@tagged("post_install", "-at_install")
class TestDeals(DefinitionCase):
    """S-11: a won deal becomes one draft invoice, whatever is said of it again."""

    def test_a_won_deal_becomes_one_invoice(self):
        crm = self.running(salesforce.Salesforce())
        connection = self.connect(crm, "salesforce", http_auth="fixed", secrets={"token": salesforce.TOKEN})
        flow = self.feed(connection, "opportunities")
        self.documents(connection)
        deal = {"Name": "Chairs", "AccountId": "001A", "Account": {"Name": "Acme"}, "CurrencyIsoCode": "EUR"}
        lines = {"records": [{"Id": "00k1", "Name": "Chair", "Quantity": 5.0, "TotalPrice": 500.0}]}
        day = {"CloseDate": "2026-01-20"}
        for number in range(3):
            crm.system.put("Opportunity", f"006{number}", **deal, **day, Amount=1.0, IsClosed=False, IsWon=False)
        won = {"Amount": 500.0, "IsClosed": True, "IsWon": True, "OpportunityLineItems": lines}
        crm.system.put("Opportunity", "0061", **won)
        self.fetch(flow)
        self.assertEqual(len([r for r in crm.system.requests if "/query" in r[1]]), 2, "two pages")
        invoice = self.made_of(connection, "opportunity", "0061")
        self.assertEqual((invoice.state, invoice.amount_untaxed, invoice.partner_id.name), ("draft", 500.0, "Acme"))
        crm.system.put("Opportunity", "0061", Name="Chairs, again")
        [again] = self.fetch(flow)
        self.assertState(again, "ignored", "document_known")
        crm.system.put("Opportunity", "0061", Amount=700.0, OpportunityLineItems=None)
        [changed] = self.fetch(flow)
        self.assertState(changed, "held", "document_changed")
        count = self.env["account.move"].search_count([("company_id", "=", self.company.id)])
        self.assertEqual(count, 1, "the others are not won")


@tagged("post_install", "-at_install")
class TestCompanies(MasterCase, DefinitionCase):
    """S-12: changes of companies obey the policies field by field."""

    def test_changes_obey_the_policies(self):
        crm = self.running(hubspot.HubSpot())
        connection = self.connect(crm, "hubspot", secrets={"token": hubspot.TOKEN})
        self.synchronise(connection, "partner", receive=True)
        flow = self.feed(connection, "companies")
        for number in range(3):
            crm.system.put(str(70 + number), name=f"Company {number}", city="Bonn", phone="1")
        self.fetch(flow)
        partner = self.record(connection, "partner", "71")
        self.assertEqual((partner.name, partner.city), ("Company 1", "Bonn"))
        self.own("partner", None, "reject", "phone")
        crm.system.put("71", city="Rome", phone="2")
        self.fetch(flow)
        self.env.invalidate_all()
        self.assertEqual((partner.city, partner.phone), ("Rome", "1"))


@tagged("post_install", "-at_install")
class TestBilling(DefinitionCase):
    """S-16: one cycle of a subscription is one invoice and one payment, in whatever order it is told."""

    def test_one_cycle(self):
        billing = self.running(chargebee.Chargebee())
        connection = self.connect(billing, "chargebee", secrets={"api_key": chargebee.KEY})
        invoices, payments = self.feed(connection, "invoices"), self.feed(connection, "transactions")
        self.documents(connection)
        bank = self.env["account.journal"].search(
            [("company_id", "=", self.company.id), ("type", "=", "bank")], limit=1
        )
        self.map(connection, "journal", "stripe", bank)
        self.map(connection, "tax", "tax 10.0", self.sale_tax(10))
        system = billing.system
        system.bill("INV-1", 10000, 1000)
        system.bill("INV-2", 500, 0, status="pending")
        system.attempt("INV-1", "txn_0", "failure")
        system.attempt("INV-1", "txn_1", "success")
        [early] = self.fetch(payments)
        self.assertState(early, "held", "document_waits")
        self.fetch(invoices)
        self.fetch(payments)
        self.drain()
        invoice = self.made_of(connection, "customer_invoice", "INV-1")
        self.assertEqual((invoice.amount_total, invoice.state), (110.0, "posted"))
        self.assertIn(invoice.payment_state, ("paid", "in_payment"))
        self.assertState(early, "done")
        for model, count in (("account.payment", 1), ("account.move", 1)):
            domain = [("company_id", "=", self.company.id)]
            domain += [("move_type", "=", "out_invoice")] if model == "account.move" else []
            self.assertEqual(self.env[model].search_count(domain), count, model)


@tagged("post_install", "-at_install")
class TestProcurement(MasterCase, DefinitionCase):
    """S-17: vendors and bills come in, what was paid is told back."""

    def test_vendors_bills_and_what_was_paid(self):
        platform = self.running(coupa.Coupa())
        connection = self.connect(platform, "coupa", http_auth="fixed", secrets={"token": coupa.TOKEN})
        self.synchronise(connection, "partner", receive=True)
        suppliers, invoices = self.feed(connection, "suppliers"), self.feed(connection, "invoices")
        self.documents(connection)
        accounts = self.env["account.account"].search(
            [("company_ids", "in", self.company.ids), ("account_type", "=", "expense")], limit=2
        )
        for code, account in zip(("3004", "3005"), accounts, strict=True):
            self.map(connection, "account", code, account)
        system = platform.system
        self.assertEqual(self.fetch(invoices), self.env["finance.message"], "404 is an empty list")
        system.put("suppliers", 8819, name="Fishy", number="V-77", status="active", **{"tax-id": None, "po-email": ""})
        parts = [
            {"amount": amount, "account": {"code": code}} for amount, code in (("60.00", "3004"), ("40.00", "3005"))
        ]
        bill = {
            "invoice-number": "Test 10",
            "invoice-date": "2026-01-19T00:00:00+03:00",
            "status": "pending_approval",
            "is-credit-note": False,
            "total-with-taxes": "100.00",
            "tax-code": None,
            "currency": {"code": "EUR"},
            "supplier": {"id": 8819, "name": "Fishy"},
            "invoice-lines": [{"id": 1, "description": "Fish", "total": "100.00", "account-allocations": parts}],
        }
        system.put("invoices", 92010, **bill)
        self.fetch(suppliers)
        self.fetch(invoices)
        self.assertIsNone(self.made_of(connection, "vendor_bill", "92010"), "not approved")
        system.put("invoices", 92010, status="approved")
        self.fetch(invoices)
        booked = self.made_of(connection, "vendor_bill", "92010")
        self.assertEqual((booked.state, booked.amount_total, booked.partner_id.ref), ("posted", 100.0, "V-77"))
        self.assertEqual(booked.invoice_line_ids.account_id, accounts)
        flow = self.make_flow(
            connection, handler="finance.handler.definition.send", definition_send="paid", direction="out"
        )
        payment = {
            "object": "payment",
            "external_id": "PAY-1",
            "date": "2026-02-05",
            "amount": "100",
            "currency": "EUR",
            "of": "92010",
            "of_kind": "vendor_bill",
            "reference": "CHK 1001",
        }
        [message] = self.enqueue(flow, {"document": payment})
        self.drain()
        self.assertState(message, "done")
        self.assertEqual(system.rows["invoices"][92010]["payment-notes"], "CHK 1001")


@tagged("post_install", "-at_install")
class TestStaff(MasterCase, DefinitionCase):
    """S-19: joiners, movers and leavers."""

    def test_joiner_mover_leaver(self):
        if "employee" not in self.env["finance.master"]._domains():
            self.skipTest("finance_connector_hr brings employees")
        staff = self.running(bamboohr.BambooHR())
        connection = self.connect(staff, "bamboohr", secrets={"api_key": bamboohr.KEY})
        for domain in ("department", "employee"):
            self.synchronise(connection, domain, receive=True)
        flow = self.feed(connection, "employees")
        self.fetch(flow)
        staff.system.put("3", firstName="Ava", lastName="Nguyen", workEmail="ava@example.com", department="Research")
        staff.system.put("4", firstName="Bo", lastName="Lee", department="Research", supervisorEId="3")
        self.fetch(flow)
        ava, bo = (self.record(connection, "employee", number) for number in ("3", "4"))
        self.assertEqual((ava.name, ava.department_id.name, bo.parent_id), ("Ava Nguyen", "Research", ava))
        staff.system.put("3", department="Sales")
        staff.system.put("4", status="Inactive")
        self.fetch(flow)
        self.env.invalidate_all()
        self.assertEqual((ava.department_id.name, ava.active, bo.active), ("Sales", True, False))
        staff.system.remove("3")
        self.fetch(flow)
        self.env.invalidate_all()
        self.assertFalse(ava.active)


@tagged("post_install", "-at_install")
class TestExample(DefinitionCase):
    """The file of docs/adding-a-system.md, as it is there."""

    def test_the_example_of_the_documentation(self):
        content = EXAMPLE.read_text()
        self.assertLess(len(content.splitlines()), 80)
        definition = self.env["finance.connector.definition"].create({"content": content, "state": "active"})
        self.assertEqual(definition.example_state, "passed", definition.example_text)
        office = self.running(paperclip.Paperclip())
        connection = self.connect(office, "paperclip", secrets={"token": paperclip.KEY})
        flow = self.feed(connection, "bills")
        self.documents(connection)
        for number in range(1, 6):
            office.system.bill(f"P-{number}", number * 1000, "paid" if number == 5 else "open")
        self.fetch(flow)
        self.fixed(connection, "tax", "full", self.sale_tax(10))
        self.drain()
        self.drain()
        bills = [self.made_of(connection, "customer_invoice", f"P-{number}") for number in range(1, 6)]
        self.assertEqual([bill.amount_total for bill in bills], [11.0, 22.0, 33.0, 44.0, 55.0])
        self.assertIn(bills[4].payment_state, ("paid", "in_payment"))
