"""Master data end to end over sockets: a system of record with books of its own, which misbehaves on command.

B-29 (authority), B-30 (round trip without echo), B-31 (critical changes at once), B-32 (drift).
"""

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from sandbox.process import StandIn

from .master_case import MasterCase


@tagged("post_install", "-at_install")
class TestMasterHttp(MasterCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stand_in = StandIn("sandbox.masterdata")
        cls.addClassCleanup(cls.stand_in.stop)
        cls.system = cls.make_connection(
            "finance.adapter.master.http",
            name="System of record",
            environment="test",
            http_base_url=cls.stand_in.ready["url"],
            http_networks="127.0.0.0/8",
            http_allow_plain=True,
        )
        cls.syncs = {
            domain: cls.synchronise(cls.system, domain, send=True, poll=True, compare=True)
            for domain in ("payment_term", "partner", "partner_bank")
        }

    def setUp(self):
        super().setUp()
        self.stand_in.control("POST", "/reset")

    # -- the other side ------------------------------------------------------------------------

    def there(self, domain="partner"):
        return self.stand_in.control("GET", "/")["records"][domain]

    def they_change(self, external_id="V1", domain="partner", **said):
        self.stand_in.control("PUT", "/records", {domain: {external_id: said}})

    def settings(self, **values):
        self.stand_in.control("PUT", "/settings", values)

    def asked(self, beginning):
        requests = self.stand_in.control("GET", "/")["requests"]
        return [request for request in requests if f"{request['method']} {request['path']}".startswith(beginning)]

    # -- our side ------------------------------------------------------------------------------

    def poll(self, *domains):
        """Ask for changes; :return: what the questions brought, by the last message of each"""
        flow = self.syncs["partner"]._flow("poll")
        before = self.env["finance.message"].search([("flow_id", "=", flow.id)], limit=1).id or 0
        for domain in domains or ("partner",):
            self.syncs[domain]._ask_for_changes()
        self.drain()
        return self.env["finance.message"].search([("flow_id", "=", flow.id), ("id", ">", before)], order="id")

    def send(self):
        self.env["finance.master.sync"].search([("connection_id", "=", self.system.id)]).action_send_now()
        self.drain()
        flow = self.syncs["partner"]._flow("send")
        return self.env["finance.message"].search([("flow_id", "=", flow.id)], order="id desc", limit=1)

    def received(self):
        flow = self.syncs["partner"]._flow("receive")
        return self.env["finance.message"].search([("flow_id", "=", flow.id)], order="id")

    def here(self, external_id="V1", domain="partner"):
        return self.record(self.system, domain, external_id)

    def known_to_both(self, **said):
        """A partner that both sides have and agree about; :return: the record"""
        self.they_change(name="Acme", city="Bonn", phone="1", **said)
        self.poll()
        return self.here()

    # -- both ways -----------------------------------------------------------------------------

    def test_the_connection_is_tested(self):
        self.as_user(self.system, "admin").action_test()
        self.assertIn("partner, partner_bank, payment_term", self.system.check_result)

    def test_made_changed_and_archived_over_there(self):
        """B-30"""
        self.they_change("T30", "payment_term", name="30 days", net_days=30)
        self.they_change(name="Acme", city="Bonn", vendor_payment_term="T30")
        self.poll("partner", "payment_term")
        partner = self.here().with_company(self.company)
        self.assertEqual((partner.name, partner.city), ("Acme", "Bonn"))
        self.assertEqual(partner.property_supplier_payment_term_id, self.here("T30", "payment_term"))
        self.they_change(city="Rome")
        self.they_change(active=False)
        [question] = self.poll()
        self.assertEqual(question.result, {"changes": 2, "known": 0, "failed": 0})
        self.assertEqual((partner.city, partner.active), ("Rome", False))
        self.send()
        self.assertEqual(self.asked("PUT"), [], "nothing goes back to who said it")

    def test_made_changed_and_archived_in_odoo(self):
        partner = self.env["res.partner"].create({"name": "Odoo vendor", "company_id": self.company.id})
        self.assertState(self.send(), "done")
        [(number, fields)] = self.there().items()
        self.assertEqual(fields["name"], "Odoo vendor")
        self.assertEqual(self.here(number), partner)
        partner.write({"city": "Rome"})
        partner.action_archive()
        self.send()
        self.assertEqual((self.there()[number]["city"], self.there()[number]["active"]), ("Rome", False))

    def test_nothing_new_costs_one_small_question(self):
        self.known_to_both()
        self.poll()
        [question] = self.poll()
        self.assertEqual(question.result, {"changes": 0, "known": 0, "failed": 0})
        self.assertEqual(len(self.received()), 1)

    def test_many_pages(self):
        self.settings(page=2)
        for number in range(5):
            self.they_change(f"V{number}", name=f"Partner {number}")
        questions = self.poll()
        self.assertEqual([q.result["changes"] for q in questions], [2, 2, 1])
        self.assertEqual(self.here("V4").name, "Partner 4")

    # -- echo ----------------------------------------------------------------------------------

    def test_our_change_comes_back_and_nothing_happens(self):
        """B-30: known by the key of our own request."""
        partner = self.known_to_both()
        partner.write({"city": "Rome"})
        self.send()
        self.assertEqual(self.there()["V1"]["city"], "Rome")
        partner._as_engine(self.system.id).write({"city": "Oslo"})
        [question] = self.poll()
        self.assertEqual(question.result, {"changes": 0, "known": 1, "failed": 0})
        self.assertEqual(partner.city, "Oslo", "the echo would have undone it")
        self.assertEqual(len(self.received()), 1)

    def test_our_change_comes_back_anonymously(self):
        """A system that does not say who made a change: known by its revision."""
        self.settings(anonymous=True)
        partner = self.known_to_both()
        partner.write({"city": "Rome"})
        self.send()
        partner.write({"city": "Oslo"})
        [question] = self.poll()
        self.assertEqual(question.result["known"], 1)
        self.send()
        self.poll()
        self.assertEqual((partner.city, self.there()["V1"]["city"]), ("Oslo", "Oslo"))
        self.assertEqual(self.stand_in.control("GET", "/")["effects"], 2, "two changes, two effects, no loop")

    def test_out_of_order_and_twice(self):
        self.settings(shuffled=True, repeats=True)
        self.known_to_both()
        for city in ("Rome", "Oslo", "Riga"):
            self.they_change(city=city)
        self.poll()
        self.poll()
        self.assertEqual(self.here().city, "Riga")
        self.assertEqual(set(self.received().mapped("state")), {"done", "ignored"})

    def test_what_they_repeat_does_not_undo_what_we_changed(self):
        """They change one field and send all of them; ours of the others is not on its way yet."""
        partner = self.known_to_both()
        partner.write({"city": "Rome"})
        self.they_change(phone="2")
        self.poll()
        self.assertEqual((partner.city, partner.phone), ("Rome", "2"))

    # -- conflicts -----------------------------------------------------------------------------

    def conflict(self):
        """Both change the city before they hear of each other; :return: the partner"""
        partner = self.known_to_both()
        partner.write({"city": "Rome"})
        self.they_change(city="Oslo", phone="2")
        self.send()
        self.drain()
        return partner

    def test_conflict_theirs_is_accepted(self):
        partner = self.conflict()
        self.assertEqual((partner.city, partner.phone), ("Oslo", "2"))
        self.assertEqual((self.there()["V1"]["city"], self.there()["V1"]["phone"]), ("Oslo", "2"))

    def test_conflict_theirs_is_refused(self):
        self.own("partner", None, "reject", "city")
        partner = self.conflict()
        self.assertEqual((partner.city, partner.phone), ("Rome", "2"), "the phone is not Odoo's alone")
        self.assertEqual((self.there()["V1"]["city"], self.there()["V1"]["phone"]), ("Rome", "2"))
        decision = self.env["finance.ownership.decision"].search([("res_id", "=", partner.id)])
        self.assertEqual((decision.decision, decision.connection_id), ("reject", self.system))

    def test_conflict_theirs_becomes_a_proposal(self):
        self.own("partner", None, "propose", "city")
        partner = self.conflict()
        self.assertEqual((partner.city, self.there()["V1"]["city"]), ("Rome", "Rome"))
        proposal = self.env["finance.master.proposal"].search([("res_id", "=", partner.id), ("state", "=", "open")])
        self.as_user(proposal, "steward").action_approve()
        self.assertEqual(partner.city, "Oslo")
        self.poll()
        self.assertEqual(partner.city, "Oslo")

    def test_conflict_where_nothing_is_received_needs_a_person(self):
        partner = self.known_to_both()
        self.syncs["partner"].write({"poll": False, "receive": False})
        partner.write({"city": "Rome"})
        self.they_change(city="Oslo")
        self.assertState(self.send(), "held", "master_conflict")
        self.assertEqual(self.there()["V1"]["city"], "Oslo", "not overwritten")

    # -- what cannot wait ----------------------------------------------------------------------

    def test_vendor_bank_change_is_there_at_once(self):
        """B-31: no batch, no button; the other field of the same moment waits."""
        partner = self.known_to_both()
        self.they_change("B1", "partner_bank", partner="V1", account_number="DE89370400440532013000")
        self.poll("partner_bank")
        bank = self.here("B1", "partner_bank")
        partner.write({"city": "Rome"})
        bank._as_engine().write({"acc_number": "GB29NWBK60161331926819"})
        self.drain()
        self.assertEqual(self.there("partner_bank")["B1"]["account_number"], "GB29NWBK60161331926819")
        self.assertEqual(self.there()["V1"]["city"], "Bonn", "waits for the batch")
        self.send()
        self.assertEqual(self.there()["V1"]["city"], "Rome")

    # -- drift ---------------------------------------------------------------------------------

    def test_drift_with_fields_and_one_click(self):
        """B-32"""
        for name in ("V1", "V2", "V3"):
            self.they_change(name, name=f"Partner {name}", city="Bonn")
        self.poll()
        self.here("V1")._as_engine(self.system.id).write({"city": "Rome"})
        self.here("V2")._as_engine(self.system.id).write({"city": "Rome"})
        self.stand_in.control("DELETE", "/records", {"partner": ["V3"]})
        found = self.compare()
        self.assertEqual(
            {name: (drift.kind, [line["field"] for line in drift.content or []]) for name, drift in found.items()},
            {"V1": ("differing", ["city"]), "V2": ("differing", ["city"]), "V3": ("missing_there", [])},
        )
        self.assertEqual(len(self.asked("POST /partner/lookup")), 1)
        self.as_user(found["V1"], "steward").action_take_theirs()
        self.as_user(found["V2"], "steward").action_send_ours()
        self.drain()
        self.assertEqual(self.here("V1").city, "Bonn")
        self.assertEqual(self.there()["V2"]["city"], "Rome")
        self.assertEqual(list(self.compare()), ["V3"])

    def compare(self):
        self.env["finance.handler.master.drift"]._enqueue(
            self.syncs["partner"]._flow("compare"),
            "partner",
            run=str(self.env["finance.message"].search([], limit=1).id),
        )
        self.drain()
        found = self.env["finance.master.drift"].search(
            [("state", "=", "open"), ("connection_id", "=", self.system.id)], order="external_id"
        )
        return {drift.external_id: drift for drift in found}

    # -- what goes wrong -----------------------------------------------------------------------

    def test_one_record_that_cannot_be_given_does_not_hold_up_the_others(self):
        self.they_change("V1", name="Locked")
        self.they_change("V2", name="Free")
        self.settings(unable={"V1": 2})
        questions = self.poll()
        self.assertEqual(questions[0].result, {"changes": 1, "known": 0, "failed": 1})
        self.assertTrue(self.here("V2"))
        self.assertState(questions[1], "retry")
        self.make_due(questions[1])
        self.drain()
        self.assertState(questions[1], "done")
        self.assertEqual(self.here("V1").name, "Locked")

    def test_too_many_requests_wait_and_lose_nothing(self):
        partner = self.known_to_both()
        self.stand_in.control(
            "PUT", "/chaos", [{"mode": "status", "status": 429, "headers": {"Retry-After": "120"}, "times": 1}]
        )
        partner.write({"city": "Rome"})
        message = self.send()
        self.assertState(message, "retry")
        self.assertEqual(self.there()["V1"]["city"], "Bonn")
        self.system.hold_until = False
        self.system.limit_ids.write({"next_at": False, "ramp_at": False})
        self.make_due(message)
        self.drain()
        self.assertState(message, "done")
        self.assertEqual(self.there()["V1"]["city"], "Rome")

    def test_an_answer_that_never_comes_has_one_effect(self):
        """Sent, carried out, cut off: the same key again, and nothing is made twice."""
        self.stand_in.control("PUT", "/chaos", [{"mode": "reset_after_effect", "path": "/partner/records", "times": 1}])
        self.env["res.partner"].create({"name": "Once", "company_id": self.company.id})
        message = self.send()
        self.assertState(message, "retry")
        self.make_due(message)
        self.drain()
        self.assertState(message, "done")
        self.assertEqual([fields["name"] for fields in self.there().values()], ["Once"])
        self.assertEqual(self.stand_in.control("GET", "/")["effects"], 1)

    def test_a_position_that_is_forgotten_begins_anew_and_repeats_nothing(self):
        self.known_to_both()
        self.settings(generation=2)
        [question] = self.poll()
        self.assertEqual(question.result, {"changes": 0, "known": 1, "failed": 0})
        self.they_change(city="Rome")
        self.poll()
        self.assertEqual(self.here().city, "Rome")

    def test_nonsense_moves_no_position(self):
        self.they_change(name="Acme")
        self.stand_in.control(
            "PUT",
            "/chaos",
            [
                {
                    "mode": "status",
                    "status": 200,
                    "body": '{"changes": [{"id": ""}], "after": "1-1", "more": false}',
                    "headers": {"Content-Type": "application/json"},
                    "times": 1,
                }
            ],
        )
        [question] = self.poll()
        self.assertState(question, "held", "master_malformed")
        self.poll()
        self.assertState(question, "ignored")
        self.assertEqual(self.here().name, "Acme")

    def test_a_refusal_is_held_with_their_words(self):
        partner = self.known_to_both()
        self.stand_in.control("DELETE", "/records", {"partner": ["V1"]})
        partner.write({"city": "Rome"})
        message = self.send()
        self.assertEqual((message.state, message.error_class), ("held", "business"))

    def test_the_token_proves_who_we_are(self):
        self.settings(token="very-secret")
        [question] = self.poll()
        self.assertState(question, "held", "auth_needed")

    # -- schedule ------------------------------------------------------------------------------

    def test_the_schedule_asks_and_does_not_ask_twice(self):
        syncs = self.env["finance.master.sync"]
        syncs._cron_poll()
        flow = self.syncs["partner"]._flow("poll")
        waiting = self.env["finance.message"].search([("flow_id", "=", flow.id), ("state", "=", "queued")])
        self.assertEqual(len(waiting), 3)
        for sync in self.syncs.values():
            sync.next_poll_at = False
        syncs._cron_poll()
        self.assertEqual(self.env["finance.message"].search_count([("flow_id", "=", flow.id)]), 3)

    def test_only_who_receives_and_can_be_asked_is_asked(self):
        with self.assertRaisesRegex(ValidationError, "switch on Received"):
            self.syncs["partner"].receive = False
        with self.assertRaisesRegex(ValidationError, "cannot be asked"):
            self.synchronise(self.erp, "tax", poll=True)
