from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .master_case import MasterCase


@tagged("post_install", "-at_install")
class TestMasterDrift(MasterCase):
    """B-32: the comparison lists what differs, with the fields; M-10: counted by domain."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sync = cls.synchronise(cls.erp, "partner", send=True, compare=True)

    def setUp(self):
        super().setUp()
        self.books = self.adapter._books(self.erp)["partner"]
        for name, city in (("A", "Bonn"), ("B", "Ulm"), ("C", "Kiel")):
            self.receive(self.erp, "partner", name, name=f"Partner {name}", city=city)
            self.books[name] = self.exported(name).to_dict()
        self.sent(self.erp)

    def tearDown(self):
        self.adapter._forget()
        super().tearDown()

    def exported(self, name):
        record = self.record(self.erp, "partner", name)
        return self.env["finance.master.partner"]._export(record, self.erp)[record.id]

    def compare(self):
        self.sync._begin_comparison()
        self.drain()
        return self.findings()

    def findings(self, state="open"):
        found = self.env["finance.master.drift"].search([("state", "=", state), ("connection_id", "=", self.erp.id)])
        return {drift.external_id: drift for drift in found}

    def again(self):
        """A later comparison: a day has passed."""
        run = self.env["finance.handler.master.drift"]
        flow = self.sync._flow("compare")
        run._enqueue(
            flow, "partner", run=f"later {self.env['finance.message'].search_count([('flow_id', '=', flow.id)])}"
        )
        self.drain()
        return self.findings()

    def test_agreement_asks_for_no_fields(self):
        self.assertEqual(self.compare(), {})
        self.assertEqual(self.adapter._asked(self.erp), [], "equal digests tell it all")

    def test_each_kind_of_finding(self):
        self.books["A"]["city"] = "Rome"
        del self.books["B"]
        self.books["D"] = {"domain": "partner", "version": 1, "external_id": "D", "name": "Partner D"}
        found = self.compare()
        kinds = {name: drift.kind for name, drift in found.items()}
        self.assertEqual(kinds, {"A": "differing", "B": "missing_there", "D": "missing_here"})
        self.assertEqual(found["A"].content, [{"field": "city", "label": "City", "before": "Bonn", "after": "Rome"}])
        self.assertEqual(self.adapter._asked(self.erp), ["A", "D"], "fields of what differs and nothing else")
        counted = [m for m in self.env["finance.master.drift"]._metrics() if m["connection"] == self.erp.id]
        self.assertEqual({m["kind"]: m["count"] for m in counted}, dict.fromkeys(kinds.values(), 1))
        # mended elsewhere: they agree again
        self.books["A"]["city"] = "Bonn"
        self.assertEqual(self.again().keys(), {"B", "D"})
        self.assertEqual(self.findings("gone").keys(), {"A"})

    def test_take_theirs(self):
        self.books["A"]["city"] = "Rome"
        self.books["D"] = {"domain": "partner", "version": 1, "external_id": "D", "name": "Partner D"}
        found = self.compare()
        self.as_user(found["A"] | found["D"], "steward").action_take_theirs()
        self.drain()
        self.assertEqual(self.record(self.erp, "partner", "A").city, "Rome")
        self.assertEqual(self.record(self.erp, "partner", "D").name, "Partner D")
        self.books["D"] = self.exported("D").to_dict()
        self.assertEqual(self.again(), {})

    def test_take_theirs_keeps_to_the_policy(self):
        self.own("partner", None, "propose", "city")
        self.books["A"]["city"] = "Rome"
        self.as_user(self.compare()["A"], "steward").action_take_theirs()
        self.drain()
        self.assertEqual(self.record(self.erp, "partner", "A").city, "Bonn")
        self.assertTrue(self.env["finance.master.proposal"].search([("external_id", "=", "A"), ("state", "=", "open")]))

    def test_send_ours(self):
        self.books["A"]["city"] = "Rome"
        self.as_user(self.compare()["A"], "steward").action_send_ours()
        self.drain()
        self.assertEqual(self.books["A"]["city"], "Bonn")
        self.assertEqual(self.again(), {})

    def test_ours_is_not_sent_to_the_authority(self):
        self.own("partner", self.erp, "reject")
        self.books["A"]["city"] = "Rome"
        with self.assertRaisesRegex(UserError, "ERP is the authority"):
            self.as_user(self.compare()["A"], "steward").action_send_ours()

    def test_ignored_stays_ignored_until_it_changes(self):
        self.books["A"]["city"] = "Rome"
        drift = self.compare()["A"]
        action = self.as_user(drift, "steward").action_ignore()
        wizard = self.env[action["res_model"]].with_context(**action["context"])
        self.as_user(wizard.create({"reason": "agreed"}), "steward").action_confirm()
        self.assertEqual((drift.state, drift.reason), ("ignored", "agreed"))
        self.assertEqual(self.again(), {})
        self.assertEqual(drift.state, "ignored")
        self.books["A"]["city"] = "Milan"
        self.assertEqual(self.again().keys(), {"A"})

    def test_only_stewards_of_the_company_resolve(self):
        self.books["A"]["city"] = "Rome"
        drift = self.compare()["A"]
        for role, other in (("operator", False), ("admin", False), ("auditor", False), ("steward", True)):
            with self.assertRaises(AccessError):
                self.as_user(drift, role, other_company=other).action_take_theirs()

    def test_a_disorderly_list_is_refused(self):
        """Without an order what is missing cannot be told."""
        self.erp.name = "disorderly"
        self.compare()
        messages = self.env["finance.message"].search([("flow_id", "=", self.sync._flow("compare").id)])
        self.assertState(messages, "held", "master_malformed")

    def test_the_schedule_begins_once_a_day(self):
        self.env["finance.master.sync"]._cron_compare()
        self.env["finance.master.sync"]._cron_compare()
        messages = self.env["finance.message"].search([("flow_id", "=", self.sync._flow("compare").id)])
        self.assertEqual(len(messages), 1)

    def test_ten_thousand_records_in_bounded_pages(self):
        """Pages cost the same whichever they are, and hold no more than a page."""
        names = [f"N{number:05}" for number in range(10_000)]
        self.env.cr.execute(
            """
            WITH made AS (
                INSERT INTO res_partner (name, company_id, active, is_company, type, partner_share, autopost_bills)
                SELECT n, %(company)s, TRUE, TRUE, 'contact', TRUE, 'ask' FROM unnest(%(names)s) n RETURNING id, name)
            INSERT INTO finance_external_reference
                   (connection_id, company_id, object_type, external_id, res_model, res_id)
            SELECT %(connection)s, %(company)s, 'partner', name, 'res.partner', id FROM made
            """,
            {"company": self.company.id, "connection": self.erp.id, "names": names},
        )
        template = {**self.exported("A").to_dict(), "is_company": True, "city": None}
        for name in names:
            self.books[name] = {**template, "external_id": name, "name": name}
        self.books["N04999"]["city"] = "Rome"
        del self.books["N07000"]
        self.sync._begin_comparison()
        flow = self.sync._flow("compare")
        costs = []
        while flow.waiting_count:
            before = self.env.cr.sql_log_count
            self.assertEqual(self.drain(flow, max_messages=1), 1)
            costs.append(self.env.cr.sql_log_count - before)
            flow.invalidate_recordset(["waiting_count"])
        self.assertGreaterEqual(len(costs), 20)
        self.assertLess(max(costs[1:]), 150, "a page costs the same however many records there are")
        found = self.findings()
        self.assertEqual({n: d.kind for n, d in found.items()}, {"N04999": "differing", "N07000": "missing_there"})
        self.assertEqual(self.adapter._asked(self.erp), ["N04999"])
