"""Ramp from what is ready to the ledger and back, its lists, its webhooks.

B-18, B-30, E-01, E-13, E-15 to E-17, E-23; faults 4, 31, 47, 49
"""

import time

from odoo.tests import tagged

from odoo.addons.finance_connector_base.tests.adapter_contract import AdapterContract

from sandbox.expense_platform import PICTURE
from sandbox.ramp.system import PREFIX, Platform

from ..const import CARD, CARD_FETCH, CONFIRM, FETCH
from .lists_case import ListsCase

USER = "a26c82c9-0000-4000-8000-000000000001"
ENTITY = "24850cdb-0000-4000-8000-000000000001"
SYNCS = f"{PREFIX}/accounting/syncs"


def chosen(external_id, kind="GL_ACCOUNT"):
    info = {"type": kind, "id": kind, "external_id": kind, "name": kind}
    return {"id": f"r-{external_id}", "external_id": external_id, "name": external_id, "category_info": info}


class RampCase(ListsCase):
    stand_in = Platform
    adapter = "finance.expense.adapter.ramp"
    employee = USER
    prefix = PREFIX
    secret_value = "set in each test"

    @classmethod
    def settings(cls):
        return {"http_auth": "fixed"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.map("expense_entity", ENTITY, cls.company)
        cls.map("expense_category", "601", cls.books["travel"])

    def setUp(self):
        super().setUp()
        self.env["finance.secret"]._put(self.connection, "token", self.there.oauth.grant()["access_token"])

    def pay(self, key="t1", **said):
        said = {
            "accounting_field_selections": [chosen("601")],
            "currency_code": "EUR",
            "receipts": [f"rc-{key}"],
            **said,
        }
        return self.there.add_transaction(id=key, **said)

    def found(self, key="t1"):
        return self.of_platform(f"transactions/{key}")


@tagged("post_install", "-at_install")
class TestRamp(AdapterContract, RampCase):
    adapters = ("finance.expense.adapter.ramp",)
    handlers = ("finance.expense.handler.fetch", "finance.expense.handler.confirm")

    def test_s20_from_what_is_ready_to_the_ledger_and_back(self):
        self.pay()
        self.there.add_reimbursement(
            id="r1", currency="EUR", receipts=["rc-r1"], accounting_field_selections=[chosen("601")]
        )
        self.pay("t2", sync_status="NOT_SYNC_READY")
        self.ask()
        card, own = self.found(), self.of_platform("reimbursements/r1")
        self.assertEqual((card.state, own.state), ("posted", "posted"), card.detail or own.detail)
        self.assertEqual(self.legs(self.moves(card)), {"travel": 90.0, "card": -90.0})
        self.assertFalse(self.found("t2"), "E-01: not ready, not here")
        self.assertEqual([row["sync_status"] for row in self.there.transactions.values()], ["SYNCED", "NOT_SYNC_READY"])
        [told] = self.there.syncs[0]["successful_syncs"]
        self.assertEqual((told["id"], told["reference_id"]), ("t1", self.moves(card).name))
        self.assertEqual(card.receipt_ids.attachment_id.raw, PICTURE, "E-23")
        self.ask()
        self.assertEqual(len(self.moves(card)), 1)

    def test_e13_the_answer_is_lost_and_the_report_has_one_effect(self):
        self.pay()
        self.running.chaos("reset_after_effect", path=SYNCS, times=1)
        self.ask()
        self.later()
        [message] = self.messages(CONFIRM)
        self.assertState(message, "done")
        self.assertEqual((len(self.there.syncs), len(self.moves(self.found()))), (1, 1))

    def test_e17_why_it_is_not_booked_is_said_there(self):
        self.pay(accounting_field_selections=[chosen("999")])
        self.ask()
        report = self.found()
        self.assertHeld(report, "expense_unmapped_account")
        self.return_to_claimant(report, "Choose another category.")
        self.drain()
        self.assertEqual(self.there.errors, {"t1": "Choose another category."})
        self.there.change("transactions", "t1", accounting_field_selections=[chosen("601")])
        self.ask()
        self.assertEqual((self.found().state, self.there.errors), ("posted", {}), "corrected there, booked here")

    def test_fault_47_too_many_requests_cost_no_attempt(self):
        self.pay()
        self.there.limit.requests = 0
        self.ask()
        for says_when in (True, False):
            self.there.says_when = says_when
            self.wait_over()
            waiting = self.messages(FETCH)[-1]
            self.assertState(waiting, "retry", "throttled")
            self.assertTrue(self.connection.hold_until)
            self.assertEqual(waiting.attempt_count, 0, "it costs no attempt")
        self.there.limit.requests = 200
        self.wait_over()
        self.assertEqual(self.found().state, "posted")

    def test_fault_49_what_is_reported_while_it_is_read_hides_nothing(self):
        self.there.page, self.there.sync_between_pages, self.there.forget_positions = 2, 1, 1
        for number in range(5):
            self.pay(f"t{number}", amount=10.0 + number)
        self.ask()
        states = [self.found(f"t{number}").state for number in range(5)]
        self.assertEqual(states, ["posted"] * 5)
        self.assertFalse(self.fetching._cursor("expenses"), "the lists begin anew")

    def test_e05_the_card_feed_meets_its_claims_on_the_ledger(self):
        """S-21, E-05, E-06: pending, charged and claimed is one payment, whatever comes twice or breaks off between."""
        feed = self.connection._expense_flow(CARD_FETCH)
        today = self.env.cr.now().date()

        def read():
            feed._enqueue_fetch(self.env.cr.now())
            self.drain()

        said = {"user_transaction_time": f"{today}T08:00:00+00:00", "settlement_date": f"{today}T00:00:00+00:00"}
        self.pay(state="PENDING", sync_status="NOT_SYNC_READY", amount=80.0, **said)
        self.pay("t2", state="DECLINED", sync_status="NOT_SYNC_READY", **said)
        read()
        cards = self.env["finance.card.transaction"]
        card, declined = (cards.search([("external_id", "=", key)]) for key in ("t1", "t2"))
        self.assertEqual((card.state, card.match_state, declined.state), ("pending", "none", "declined"))
        # the answer is lost, and read again
        self.running.chaos("reset_after_effect", path=f"{PREFIX}/transactions", times=1)
        self.there.change("transactions", "t1", state="CLEARED", amount=90.0, sync_status="SYNC_READY")
        read()
        self.make_due(self.messages(CARD_FETCH).filtered(lambda one: one.state == "retry"))
        self.drain()
        self.assertEqual((card.state, card.amount, card.authorised_amount), ("settled", 90.0, 80.0))
        self.assertEqual((card.partner_id, card.match_state), (self.ann, "unclaimed"))
        for _time in range(2):
            self.ask()
            read()
        self.assertEqual((card.match_state, card.claim_ids.origin, card.difference), ("booked", "platform", 0.0))
        self.assertEqual(self.legs(card.claim_ids._rows().move_id), {"travel": 90.0, "card": -90.0}, "one entry")
        self.assertEqual(len(cards.search([])), 2)
        self.assertAccounted(self.connection._expense_flow(CARD))

    # -- webhooks ------------------------------------------------------------------------------

    def make_webhook(self):
        self.connection.owner_id = self.user("admin")
        action = self.as_user(self.connection, "admin").action_expense_events()
        webhooks = self.as_user(self.env["finance.webhook"], "admin").with_context(**action["context"])
        webhook = webhooks.create({}).sudo()
        self.env["finance.webhook.secret"]._put(webhook, self.there.webhook_secret)
        return webhook

    def deliver(self, webhook, event, **headers):
        given = {name.lower(): value for name, value in {**event["headers"], **headers}.items()}
        answer = webhook._receive(given, event["body"].encode(), "203.0.113.9", time.time())
        return answer.status, answer.word

    def test_b18_ready_is_asked_for_at_once_and_once(self):
        webhook = self.make_webhook()
        self.pay()
        event = self.there.event("transactions.ready_to_sync", "t1")
        self.assertEqual(self.deliver(webhook, event, **{"X-Ramp-Webhook-Signature": "0" * 64}), (401, "refused"))
        self.there.signature_header = "X-Ramp-Signature"
        other_name = self.there.event("transactions.ready_to_sync", "t1")
        for given, word in ((event, "accepted"), (event, "duplicate"), (other_name, "accepted")):
            self.assertEqual(self.deliver(webhook, given), (200, word))
        self.drain()
        self.assertEqual(len(self.moves(self.found())), 1)
        self.pay("t2", amount=12.0)
        self.ask()
        self.assertEqual(self.found("t2").state, "posted", "its webhook was lost: the schedule finds it")

    def test_a_new_webhook_is_answered(self):
        webhook = self.make_webhook()
        self.assertEqual(self.deliver(webhook, self.there.verification("wh-1")), (200, "accepted"))
        self.drain()
        self.assertEqual(self.there.verified, ["wh-1"])

    def test_e05_the_card_feed_has_pending_payments_too(self):
        self.pay(
            state="PENDING", sync_status="NOT_SYNC_READY", user_transaction_time=f"{self.env.cr.now().date()}T01:00:00Z"
        )
        adapter = self.connection._adapter()
        [handed] = adapter._card_batch(self.connection, self.fetching, {}).handed
        found = adapter._card_read(self.connection, handed.content)
        self.assertEqual((found.external_id, found.state, found.report), ("t1", "pending", "transactions/t1"))

    # -- lists ---------------------------------------------------------------------------------

    def test_e14_joiners_movers_and_leavers_are_told_once(self):
        adapter = self.connection._adapter()
        for number in range(3):
            self.there.add_user(id=f"u{number}", first_name=f"Person {number}")

        def changes(position, limit=100):
            page = adapter._master_changes(self.connection, "employee", position, limit)
            return page, [(one.external_id, one.data["active"]) for one in page.changes]

        page, told = changes(None, limit=2)
        self.assertEqual((told, page.more), ([("u0", True), ("u1", True)], True))
        page, told = changes(page.position)
        self.assertEqual(told, [("u2", True)])
        page, told = changes(page.position)
        self.assertEqual((told, page.more), ([], False), "nothing is new")
        self.there.users["u1"]["status"] = "USER_SUSPENDED"
        del self.there.users["u2"]
        page, told = changes(page.position)
        self.assertEqual(told, [("u1", False), ("u2", False)])
        self.assertEqual(changes(page.position)[1], [])

    def test_e15_what_is_archived_cannot_be_chosen_and_what_was_chosen_is_known(self):
        self.synchronise("account", "analytic_plan", "analytic_account", "tax", "partner", compare=True)
        travel, name = self.books["travel"], f"account.account:{self.books['travel'].id}"
        travel.name = "Journeys"
        self.plan.name = "Cost centers"
        self.send()
        center = self.env["account.analytic.account"].create({"name": "Berlin", "code": "BER", "plan_id": self.plan.id})
        self.env["res.partner"].create({"name": "Rail AG", "supplier_rank": 1, "company_id": self.company.id})
        self.env["res.partner"].create({"name": "A customer", "company_id": self.company.id})
        self.books["tax"].name = "19 %"
        self.books["payable"].name = "Never chosen"
        messages = self.send()
        self.assertEqual(
            set(messages.mapped("state")), {"done"}, messages.filtered(lambda m: m.state != "done").mapped("detail")
        )
        lists = self.there.lists.state()
        self.assertEqual(lists["accounts"], {name: "Journeys"})
        self.assertEqual(set(lists["field-options"].values()), {"Berlin", "19 %"})
        self.assertEqual(list(lists["vendors"].values()), ["Rail AG"])
        self.assertFalse(self.compare("account") | self.compare("partner") | self.compare("analytic_account"))
        self.pay(
            accounting_field_selections=[chosen(name), chosen(f"account.analytic.account:{center.id}", "COST_CENTER")]
        )
        self.ask()
        self.assertEqual(self.found().state, "posted", self.found().detail)
        line = self.moves(self.found()).line_ids.filtered(lambda one: one.account_id == travel)
        self.assertEqual(line.analytic_distribution, {str(center.id): 100.0})
        center.active = False
        travel.active = False
        self.send()
        self.assertEqual(self.there.lists.state()["accounts"], {})
        self.assertNotIn("Berlin", self.there.lists.state()["field-options"].values())
        self.pay("t2", amount=11.0, accounting_field_selections=[chosen(name)])
        self.ask()
        self.assertHeld(self.found("t2"), "expense_account_inactive")

    def test_e16_a_list_that_cannot_be_sent_stops_no_posting(self):
        self.synchronise("account")
        self.there.lists.is_broken = True
        self.books["travel"].name = "Journeys"
        self.pay()
        self.send()
        self.ask()
        self.assertEqual(self.found().state, "posted", self.found().detail)
        [message] = self.messages("finance.handler.master.out")
        self.assertState(message, "retry")
        self.there.lists.is_broken = False
        self.make_due(message)
        self.drain()
        self.assertEqual(list(self.there.lists.state()["accounts"].values()), ["Journeys"])
