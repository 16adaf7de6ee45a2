"""SAP Concur from its queue to the ledger and back (E-01, E-13, E-17, E-23, S-20, B-18; faults 45, 47)."""

import hashlib
import time
from decimal import Decimal

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from odoo.addons.finance_connector_base.tests.adapter_contract import AdapterContract

from sandbox.concur.documents import advance, allocation, entry, issued, journal, key, report, tax
from sandbox.concur.system import IMAGE, Concur
from sandbox.rest.base import Running

from ..const import CONFIRM, FETCH, REPORT
from .lists_case import ListsCase

COMPANY = "070fde04-3e0c-4716-89fd-6026ae292ed0"


class ConcurCase(ListsCase):
    stand_in = Concur
    adapter = "finance.expense.adapter.concur"
    employee = "E-100"
    secret_value = "another one for each test"

    @classmethod
    def settings(cls):
        return {"http_auth": "fixed", "concur_ledger": "1000", "expense_fields": "cost_center = allocationCustom4"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.map("expense_category", "TAXIX", cls.books["travel"])
        cls.map("expense_category", "LODNG", cls.books["meals"])
        cls.map("expense_tax", "V19", cls.books["tax"])

    def setUp(self):
        super().setUp()
        token = self.there.oauth.grant()["access_token"]
        self.env["finance.secret"]._put(self.connection, "token", token)

    def approve(self, name, *entries, **values):
        """The last approval is given; :return: (id of the document, id of the report)"""
        entries = entries or (entry("Taxi", "119.00", taxes=[tax("V19", "19.00")], entryReceiptId="D0C7A9"),)
        self.there.images["D0C7A9"] = IMAGE
        return self.there.approve(report(name, *entries, **values)), key(f"report {name}")[:20]

    def document(self, identity):
        return self.there.documents[identity]


@tagged("post_install", "-at_install")
class TestConcur(AdapterContract, ConcurCase):
    adapters = ("finance.expense.adapter.concur", "finance.expense.adapter.expensify")
    handlers = ("finance.expense.handler.fetch", "finance.expense.handler.confirm")

    def test_s20_from_the_queue_to_the_ledger_and_back(self):
        ours, name = self.approve("Trip")
        card, other = self.approve("Card", entry("Hotel", "325.00", payee="CBCP", kind="LODNG"))
        self.ask()
        trip, hotel = self.of_platform(name), self.of_platform(other)
        self.assertEqual((trip.state, hotel.state), ("posted", "posted"), trip.detail or hotel.detail)
        self.assertEqual(self.legs(self.moves(trip)), {"travel": 100.0, "vat": 19.0, "payable": -119.0})
        self.assertEqual(self.legs(self.moves(hotel)), {"meals": 325.0, "card": -325.0})
        self.assertEqual(
            [self.document(one).status for one in (ours, card)],
            ["POSTING_CONFIRMED_SUCCESS"] * 2,
            self.messages(CONFIRM).mapped(lambda one: (one.state, one.reason_code, one.detail)),
        )
        self.assertEqual(self.document(ours).number, self.moves(trip).name, "E-17: what it became is told")
        self.assertEqual(self.there.postings[ours][0]["postingDocs"][0]["companyId"], "1000")
        receipt = trip.receipt_ids
        self.assertEqual(receipt.sha256, hashlib.sha256(IMAGE).hexdigest(), "E-23")
        self.assertEqual(sum(trip.mapped("total")) + hotel.total, 444.0)

    def test_e13_nothing_is_booked_before_the_platform_agrees(self):
        """A crash between storing and claiming: the claim is said again, and there is one entry."""
        ours, name = self.approve("Trip")
        self.running.chaos(
            "status",
            path="/financialintegration/fi/v4/companies/transactiontypes/expense/transactions/acknowledgements",
            status=500,
            times=1,
        )
        self.ask()
        self.assertFalse(self.of_platform(name))
        self.assertEqual(self.document(ours).status, "READY")
        # it is still in the queue: it is read again, and stored as the same
        self.ask()
        self.later()
        self.assertEqual(len(self.moves(self.of_platform(name))), 1)
        self.assertEqual(len(self.messages(REPORT, state="done")), 1)
        self.assertEqual(len(self.there.postings[ours]), 1)

    def test_e13_an_answer_that_got_lost(self):
        """The confirmation has arrived, its answer has not: said again, it is on record already (113)."""
        ours, name = self.approve("Trip")
        self.running.chaos(
            "reset_after_effect",
            path="/financialintegration/fi/v4/companies/transactiontypes/expense/transactions/postingconfirmations",
            times=1,
        )
        self.ask()
        self.later()
        self.assertIn(("postingconfirmations", ours, 113), self.there.history)
        self.assertIn("posted", self.of_platform(name).told)
        self.assertEqual(len(self.there.postings[ours]), 1)
        self.assertEqual(self.messages(CONFIRM).mapped("state"), ["done"])

    def test_recalled_while_it_is_worked(self):
        """The processor takes it back between reading and claiming; its next revision is booked, once."""
        ours, name = self.approve("Trip")
        self.fetching._enqueue_fetch(self.env.cr.now())
        self.drain(max_messages=2)
        self.there.recall_by_force(ours)
        self.drain()
        self.assertFalse(self.of_platform(name))
        again, _name = self.approve("Trip", entry("Taxi", "50.00"), revision=2)
        self.ask()
        found = self.of_platform(name)
        self.assertEqual((found.revision, found.total, found.state), (2, 50.0, "posted"))
        self.assertEqual(self.document(again).number, self.moves(found).name)

    def test_e17_the_words_of_a_refusal_reach_the_processor(self):
        ours, name = self.approve("Trip", entry("Casino", "10.00", kind="GAMES"))
        self.ask()
        found = self.of_platform(name)
        self.assertHeld(found, "expense_unmapped_account")
        self.assertEqual(self.document(ours).status, "ACKNOWLEDGED")
        self.return_to_claimant(found, "Gambling is not reimbursed.")
        self.drain()
        self.assertEqual(self.document(ours).words, ["Gambling is not reimbursed."])
        self.assertTrue(self.there.recall(ours), "so that the claimant can correct it")

    def test_later_is_later_and_never_is_never(self):
        """199 is said again by itself; 198 waits for a person."""
        ours, name = self.approve("Trip")
        self.there.later = {"acknowledgements": 1, "postingconfirmations": 1}
        self.ask()
        self.assertFalse(self.of_platform(name))
        self.later()
        self.assertEqual(self.document(ours).status, "ACKNOWLEDGED")
        self.later()
        self.assertEqual(self.document(ours).status, "POSTING_CONFIRMED_SUCCESS")
        wrong, other = self.approve("Wrong")
        self.there.codes = {wrong: 104}
        self.ask()
        self.assertState(self.claims()[-1], "held", "expense_not_claimed")
        self.assertFalse(self.of_platform(other))
        bad, third = self.approve("Bad")
        self.there.codes = {}
        self.fetching._enqueue_fetch(self.env.cr.now())
        self.drain(self.fetching)
        self.there.codes = {bad: 198}
        self.drain()
        self.assertState(self.messages(CONFIRM)[-1], "held", "expense_not_told")
        self.assertEqual(self.of_platform(third).state, "posted", "what is booked stays booked")

    def test_not_claimed_after_all(self):
        """111: the claim has not arrived there; it is said again before the confirmation."""
        ours, _name = self.approve("Trip")
        self.fetching._enqueue_fetch(self.env.cr.now())
        self.drain(self.fetching)
        self.document(ours).status = "READY"
        self.drain()
        self.assertEqual(self.document(ours).status, "POSTING_CONFIRMED_SUCCESS")

    def test_many_at_once_and_a_page_at_a_time(self):
        """E-13: five runs over seven reports in pages of two, one entry each."""
        self.there.page = 2
        names = [self.approve(f"Trip {number}", entry("Taxi", f"{number}.50"))[1] for number in range(1, 8)]
        for _run in range(3):
            self.ask()
        found = self.of_platform_all(names)
        self.assertEqual(found.mapped("state"), ["posted"] * 7)
        self.assertEqual(len(self.moves(found)), 7)
        self.assertEqual(sum(found.mapped("total")), 31.5)
        self.assertFalse([code for what, _one, code in self.there.history if what == "acknowledgements" and code])

    def of_platform_all(self, names):
        return self.records(*names)

    def test_e06_advances_and_private_spending(self):
        entries = [entry("Car", "245.00"), entry("Meal", "60.00", kind="LODNG")]
        _ours, name = self.approve("Advance", *entries, advances=[advance("-250")])
        _ours, other = self.approve("Private", entry("Dues", "49.00", payee="CBCP", personal=True))
        self.connection.concur_advances = True
        given = self.there.approve(issued("Trip", "250.00"), kind="cashadvance")
        self.ask()
        self.assertEqual(self.document(given).status, "POSTING_CONFIRMED_SUCCESS", "E-07")
        booked = self.of_platform("cashadvance:" + key("advance Trip"))
        self.assertEqual(self.legs(self.moves(booked)), {"advance": 250.0, "payable": -250.0})
        self.reimburse(booked)
        self.assertEqual(booked.state, "paid")
        self.assertFalse(self.messages(CONFIRM, state="queued"), "payments are told of reports alone")
        self.assertEqual(
            self.legs(self.moves(self.of_platform(name))),
            {"travel": 245.0, "meals": 60.0, "advance": -250.0, "payable": -55.0},
        )
        self.assertEqual(self.legs(self.moves(self.of_platform(other))), {"personal": 49.0, "card": -49.0})

    def test_e24_shares_of_cost_centres(self):
        plan = self.env["account.analytic.plan"].create({"name": "Centres"})
        centres = self.env["account.analytic.account"].create([{"name": n, "plan_id": plan.id} for n in ("A", "B")])
        for code, centre in zip(("C1", "C2"), centres, strict=True):
            self.map("cost_center", code, centre)
        parts = [
            allocation("40", journal(Decimal("4.00"), "EMPL", taxes=[]), identity="a", allocationCustom4Code="C1"),
            allocation("60", journal(Decimal("6.00"), "EMPL", taxes=[]), identity="b", allocationCustom4Code="C2"),
        ]
        _ours, name = self.approve("Split", entry("Taxi", "10.00", allocations=parts))
        self.ask()
        lines = self.moves(self.of_platform(name)).line_ids.filtered("analytic_distribution")
        self.assertEqual(
            sorted((line.balance, *line.analytic_distribution) for line in lines),
            [(4.0, str(centres[0].id)), (6.0, str(centres[1].id))],
        )

    def test_e17_paid_is_told_with_the_amount(self):
        ours, name = self.approve("Trip")
        self.ask()
        payment = self.reimburse(self.of_platform(name), day="2026-03-20")
        self.drain()
        [paid] = self.document(ours).payments
        reference = paid["clearingDetails"][0]["clearingReference"][0]
        self.assertEqual(reference["financialDocumentId"], payment.name, "E-04")
        self.assertEqual(float(paid["clearingDetails"][0]["clearingAmount"]), 119.0)
        self.assertEqual(paid["clearingDetails"][0]["clearingDate"], "20260320")
        self.assertEqual(self.messages(CONFIRM).mapped("state"), ["done", "done"])

    def test_e15_what_is_archived_cannot_be_chosen_and_what_was_chosen_is_known(self):
        place = "80edb3fa-c15e-a34a-b97f-f2ec291ab44f"
        self.synchronise("analytic_plan", "analytic_account", compare=True)
        self.connection.concur_lists = f"Cost centers = {place}"
        self.plan.name = "Cost centers"
        self.assertState(self.send()[-1], "done")
        centre = self.env["account.analytic.account"].create({"name": "Berlin-Mitte", "plan_id": self.plan.id})
        self.assertState(self.send()[-1], "done")
        code = f"account.analytic.account:{centre.id}"
        self.assertEqual(self.there.picks(place), {code: "Berlin Mitte"})
        self.assertFalse(self.compare("analytic_account"))
        _ours, name = self.approve("Trip", entry("Taxi", "10.00", allocationCustom4Code=code))
        self.ask()
        found = self.of_platform(name)
        self.assertEqual(found.state, "posted", found.detail)
        self.assertIn({str(centre.id): 100.0}, self.moves(found).line_ids.mapped("analytic_distribution"))
        centre.active = False
        self.assertState(self.send()[-1], "done")
        self.assertEqual(self.there.picks(place), {})
        # accounts are in a list, too, where one is named; another field than the expense type asks for it
        self.synchronise("account", compare=True)
        accounts = "90edb3fa-c15e-a34a-b97f-f2ec291ab44f"
        self.connection.write({"concur_account_list": accounts, "expense_fields": "category = custom3Code"})
        travel = self.books["travel"]
        travel.name = "Journeys"
        self.assertState(self.send()[-1], "done")
        self.assertEqual(self.there.picks(accounts), {f"account.account:{travel.id}": f"{travel.code} Journeys"})
        self.assertFalse(self.compare("account"))
        travel.active = False
        self.assertState(self.send()[-1], "done")
        self.assertEqual(self.there.picks(accounts), {})
        self.env["account.analytic.plan"].create({"name": "Elsewhere"})
        self.assertState(self.send()[-1], "held", "expense_list_refused")
        with self.assertRaisesRegex(ValidationError, "line 1"):
            self.connection.concur_lists = "Cost centers"


@tagged("post_install", "-at_install")
class TestConcurEvents(ConcurCase):
    secret = "put there by our proxy"

    def make_webhook(self):
        self.connection.owner_id = self.user("admin")
        action = self.as_user(self.connection, "admin").action_expense_events()
        webhooks = self.as_user(self.env["finance.webhook"], "admin").with_context(**action["context"])
        webhook = webhooks.create({}).sudo()
        self.env["finance.webhook.secret"]._put(webhook, self.secret)
        return webhook

    def deliver(self, webhook, event, **headers):
        given = {**event["headers"], "x-concur-client-verified": self.secret, **headers}
        return webhook._receive(given, event["body"].encode(), "203.0.113.9", time.time()).status

    def test_s20_ready_is_asked_for_at_once(self):
        webhook = self.make_webhook()
        ours, name = self.approve("Trip")
        event = self.there.event(ours)
        self.assertEqual(self.deliver(webhook, event, **{"x-concur-client-verified": "a guess of somebody"}), 401)
        self.assertEqual(self.deliver(webhook, event), 200)
        self.assertEqual(self.deliver(webhook, event), 200, "at least once")
        self.drain()
        self.assertEqual(self.of_platform(name).state, "posted")
        self.assertEqual(len(self.moves(self.of_platform(name))), 1)
        self.assertEqual(self.connection.flow_ids.filtered(lambda one: one.handler == FETCH).fetch_interval, 60)


@tagged("post_install", "-at_install")
class TestConcurTokens(ConcurCase):
    @classmethod
    def settings(cls):
        return {
            **super().settings(),
            "http_auth": "authorization_code",
            "oauth_address": f"{cls.running.url}/oauth2/v0/token",
            "oauth_client": "concur-app",
            "oauth_client_auth": "post",
            "concur_company": COMPANY,
        }

    def setUp(self):
        super().setUp()
        self.env["finance.secret"]._put(self.connection, "client_secret", "concur-secret")
        self.env["finance.secret"]._put(self.connection, "token", "at-request-1")
        mode = self.enter_registry_test_mode()
        mode.__enter__()
        self.addCleanup(mode.__exit__, None, None, None)
        self.env.flush_all()

    def token(self):
        self.env.invalidate_all()
        return self.connection.sudo().oauth_token_ids

    def test_the_token_of_the_company_is_good_for_one_use(self):
        """Fault 45: what lasts is made of it, and renews itself with another refresh token each time."""
        self.as_user(self.connection, "admin").action_test()
        self.assertTrue(self.connection.check_ok, self.connection.check_result)
        self.assertEqual(self.there.oauth.token_calls, ["password"])
        self.assertEqual((self.token().state, self.token().is_renewable), ("active", True))
        _ours, name = self.approve("Trip")
        self.there.oauth.expire_tokens()
        self.ask()
        self.assertEqual(self.of_platform(name).state, "posted")
        self.assertEqual(self.there.oauth.token_calls, ["password", "refresh_token"])
        self.assertEqual((self.there.oauth.reused, self.token().number), (0, 2))

    def test_it_is_called_where_the_token_says(self):
        """Another data centre counts only if the connection names it."""
        other = Running(self.there)
        self.addCleanup(other.stop)
        self.there.oauth.geolocation = other.url
        # kept whatever comes of the test
        self.connection._adapter()._first_tokens(self.connection)
        self.as_user(self.connection, "admin").action_test()
        self.assertFalse(self.connection.check_ok, "nobody has allowed this address")
        self.assertIn("not among the addresses", self.connection.check_result)
        self.connection.http_more_origins = other.url
        self.env.flush_all()
        self.as_user(self.connection, "admin").action_test()
        self.assertTrue(self.connection.check_ok, self.connection.check_result)
        self.assertEqual(self.token().place, other.url)
        self.assertIn("/financialintegration", str(other._server.calls))
        self.assertNotIn("/financialintegration", str(self.running._server.calls[-1:]))

    def test_without_the_company(self):
        self.connection.concur_company = False
        self.env.flush_all()
        self.as_user(self.connection, "admin").action_test()
        self.assertFalse(self.connection.check_ok)
        self.assertIn("UUID of the company", self.connection.check_result)
        with self.assertRaisesRegex(ValidationError, "line 2"):
            self.connection.expense_fields = "cost_center = allocationCustom4\nnonsense"
