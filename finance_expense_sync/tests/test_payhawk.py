"""Payhawk from reviewed and approved expenses to the ledger and back, its lists, its webhooks.

B-18, B-30, E-01, E-13 to E-17, E-23; faults 29, 47, 49
"""

import time
from datetime import date

from odoo.tests import tagged

from odoo.addons.finance_connector_base.tests.adapter_contract import AdapterContract

from sandbox.expense_platform import PICTURE
from sandbox.payhawk.system import ACCOUNT, PREFIX, Platform

from ..const import CARD_FETCH, CONFIRM, FETCH
from .lists_case import ListsCase


class PayhawkCase(ListsCase):
    stand_in = Platform
    adapter = "finance.expense.adapter.payhawk"
    employee = "u1"
    prefix = PREFIX
    secret_value = "payhawk-key-1"

    @classmethod
    def settings(cls):
        return {"payhawk_account": ACCOUNT}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.map("expense_category", "c7", cls.books["travel"])
        cls.map("expense_tax", "V19", cls.books["tax"])

    def setUp(self):
        super().setUp()
        # what is read here is no test of the limit
        self.there.limit.requests = 10000
        # expenses of the stand-in are of March 2026
        self.patch(self.env.registry[self.adapter], "_today", lambda _self: date(2026, 3, 10))


@tagged("post_install", "-at_install")
class TestPayhawk(AdapterContract, PayhawkCase):
    adapters = ("finance.expense.adapter.payhawk",)
    handlers = ("finance.expense.handler.fetch", "finance.expense.handler.confirm")

    def test_s20_from_the_review_to_the_ledger_and_back(self):
        self.there.add_expense(id="1")
        self.there.add_expense(id="2", type="card")
        self.there.add_expense(id="3", approval="pending")
        self.ask()
        own, card = self.of_platform("1"), self.of_platform("2")
        self.assertEqual((own.state, card.state), ("posted", "posted"), own.detail or card.detail)
        self.assertEqual(self.legs(self.moves(own)), {"travel": 100.0, "vat": 19.0, "payable": -119.0})
        self.assertEqual(self.legs(self.moves(card)), {"travel": 100.0, "vat": 19.0, "card": -119.0})
        self.assertEqual(own.receipt_ids.attachment_id.raw, PICTURE, "E-23")
        [link] = self.there.expenses["1"]["externalLinks"]
        self.assertEqual(link["title"], f"Odoo: {self.moves(own).name}")
        self.assertIn(f"res_id={own.id}", link["url"])
        self.assertFalse(self.of_platform("3"), "E-01: reviewed is not approved")
        self.there.change("3", approval="approved")
        self.ask()
        self.assertEqual(self.of_platform("3").state, "posted", "approved after its review")
        self.assertEqual(len(self.moves(own)), 1, "our own link made no other expense of it")

    def test_e06_payments_by_card_find_the_expense_that_names_them(self):
        """E-05, E-06: two payments of one expense; what expires counts nowhere, fees have their name."""
        self.there.add_expense(
            id="7",
            type="card",
            payments=[
                {"amount": 100.0, "status": "pending"},
                {"amount": 19.5, "fees": {"fx": 0.5, "pos": 0, "bank": 0}},
                {"amount": 5.0, "status": "expired"},
            ],
        )
        feed = self.connection._expense_flow(CARD_FETCH)
        feed._enqueue_fetch(self.env.cr.now())
        self.ask()
        first, second, lapsed = self.env["finance.card.transaction"].search([], order="external_id")
        self.assertEqual([one.state for one in (first, second, lapsed)], ["pending", "settled", "released"])
        self.there.change("7", payments=[{"status": "settled"}])
        feed._enqueue_fetch(self.env.cr.now())
        self.drain()
        self.assertEqual((first.state, first.currency_id, first.platform_report), ("settled", self.eur, "7"))
        report = self.of_platform("7")
        self.assertEqual((report.card_count, self.legs(self.moves(report))["card"]), (2, -119.0))
        claimed = sum((first | second).claim_ids.mapped("amount"))
        self.assertEqual((claimed, sum((first | second).mapped("difference"))), (119.0, 0.5))

    def test_a_correction_takes_the_place_of_what_is_booked(self):
        self.there.add_expense(id="1")
        self.ask()
        amounts = {**self.there.expenses["1"]["reconciliation"], "baseTotalAmount": 59.5, "baseTaxAmount": 9.5}
        amounts |= {"totalAmount": 59.5, "taxAmount": 9.5}
        self.there.change("1", reviewedAt="2026-03-10T08:00:00.000Z", reconciliation=amounts)
        self.ask()
        report = self.of_platform("1")
        self.assertEqual((report.state, report.total), ("posted", 59.5), report.detail)
        self.assertEqual(self.legs(self.moves(report)), {"travel": 50.0, "vat": 9.5, "payable": -59.5})

    def test_e17_what_is_wrong_is_said_once_although_the_answer_is_lost(self):
        self.there.add_expense(id="1", category={"id": "c99", "name": "Other"})
        self.ask()
        report = self.of_platform("1")
        self.assertHeld(report, "expense_unmapped_account")
        path = f"{PREFIX}/accounts/{ACCOUNT}/expenses/1/notifications"
        # the look at what is there, then the note
        self.running.chaos("reset_after_effect", path=path, times=2)
        self.return_to_claimant(report, "Choose another category.")
        self.drain()
        for _time in range(3):
            self.later()
        [note] = self.there.notifications["1"]
        self.assertEqual(note["message"], "Odoo: Choose another category.")
        self.assertState(self.messages(CONFIRM), "done")

    def test_fault_47_fifteen_requests_a_second(self):
        self.there.add_expense(id="1")
        self.there.limit.requests, self.there.says_when = 0, False
        self.ask()
        self.assertState(self.messages(FETCH)[-1], "retry", "throttled")
        self.there.limit.requests = 10000
        self.wait_over()
        self.assertEqual(self.of_platform("1").state, "posted")

    def test_fault_49_what_leaves_the_list_while_it_is_read_hides_nothing(self):
        self.there.page, self.there.archive_between_pages = 2, 1
        for number in range(5):
            supplier = {"id": "s", "name": f"Shop {number}"}
            self.there.add_expense(id=str(number + 1), supplier=supplier)
        self.ask()
        states = [self.of_platform(str(number + 1)).state for number in range(5)]
        self.assertEqual(states, ["posted"] * 5)

    def test_b18_a_delivery_counts_when_it_is_signed_by_the_key_of_payhawk(self):
        self.connection.owner_id = self.user("admin")
        self.patch(self.env.registry["ir.cron"], "_commit_progress", lambda *_args, **_options: 0.0)
        action = self.as_user(self.connection, "admin").action_expense_events()
        webhooks = self.as_user(self.env["finance.webhook"], "admin").with_context(**action["context"])
        webhook = webhooks.create({}).sudo()
        path = "/finance/webhook/" + webhook.slug
        self.there.add_expense(id="1")

        def deliver(**said):
            event = self.there.event("expense.approved", "1", **{"path": path, **said})
            headers = {name.lower(): value for name, value in event["headers"].items()}
            answer = webhook._receive(headers, event["body"].encode(), "203.0.113.9", time.time())
            return answer.status, answer.word

        self.assertEqual(deliver(), (503, "later"), "its key is fetched")
        self.env["finance.webhook.certificate"]._cron_fetch()
        self.assertEqual(deliver(path="/finance/webhook/another"), (401, "refused"))
        self.assertEqual(deliver(age=61), (401, "refused"), "a minute")
        self.assertEqual(deliver(identity="e1"), (200, "accepted"))
        self.assertEqual(deliver(identity="e1"), (200, "duplicate"))
        self.drain()
        self.assertEqual(len(self.moves(self.of_platform("1"))), 1)

    # -- lists ---------------------------------------------------------------------------------

    def test_e15_what_is_archived_cannot_be_chosen_and_what_was_chosen_is_known(self):
        self.synchronise("account", "analytic_plan", "analytic_account", "tax", "partner", compare=True)
        self.plan.name = "Cost center"
        self.send()
        center = self.env["account.analytic.account"].create({"name": "Berlin", "plan_id": self.plan.id})
        self.env["res.partner"].create({"name": "Rail AG", "supplier_rank": 1, "company_id": self.company.id})
        travel, tax = self.books["travel"], self.books["tax"]
        travel.name, tax.name = "Journeys", "19 %"
        messages = self.send()
        self.assertEqual(
            set(messages.mapped("state")), {"done"}, messages.filtered(lambda m: m.state != "done").mapped("detail")
        )
        rows = self.there.lists.rows
        codes = {row["code"]: row["name"] for row in rows["account-codes"]}
        self.assertEqual((codes["6100"], "3300" in codes), ("Journeys", False), "payables are never chosen")
        self.assertEqual([(row["code"], row["rate"]) for row in rows["tax-rates"]], [(f"account.tax:{tax.id}", 19.0)])
        self.assertEqual(
            self.there.lists.state()["custom-fields"],
            {"Cost center": {f"account.analytic.account:{center.id}": "Berlin"}},
        )
        self.assertEqual(list(self.there.lists.state()["suppliers"].values()), ["Rail AG"])
        self.assertFalse(self.compare("account") | self.compare("partner") | self.compare("analytic_account"))
        custom = [
            {
                "id": "f",
                "label": "Cost center",
                "selectedValues": [
                    {"id": "v", "label": "Berlin", "externalId": f"account.analytic.account:{center.id}"}
                ],
            }
        ]
        amounts = {
            "baseTotalAmount": 119.0,
            "baseTaxAmount": 19.0,
            "baseCurrency": "EUR",
            "currency": "EUR",
            "accountCode": "6100",
            "customFields": custom,
        }
        coded = {"reconciliation": amounts, "taxRate": {"name": "19 %", "code": f"account.tax:{tax.id}", "rate": 19}}
        self.there.add_expense(id="1", **coded)
        self.ask()
        report = self.of_platform("1")
        self.assertEqual(report.state, "posted", report.detail)
        line = self.moves(report).line_ids.filtered(lambda one: one.account_id == travel)
        self.assertEqual(line.analytic_distribution, {str(center.id): 100.0})
        center.active = travel.active = False
        self.send()
        self.assertNotIn("6100", [row["code"] for row in rows["account-codes"]])
        self.assertEqual(self.there.lists.state()["custom-fields"], {"Cost center": {}})
        self.there.add_expense(id="2", reviewedAt="2026-03-10T08:00:00.000Z", **coded)
        self.ask()
        self.assertHeld(self.of_platform("2"), "expense_record_inactive")

    def test_e16_a_list_that_cannot_be_sent_stops_no_posting(self):
        self.synchronise("account")
        self.there.lists.is_broken = True
        self.books["travel"].name = "Journeys"
        self.there.add_expense(id="1")
        self.send()
        self.ask()
        self.assertEqual(self.of_platform("1").state, "posted")
        self.assertState(self.messages("finance.handler.master.out"), "retry")
