from datetime import timedelta

import psycopg2

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.finance_connector_base.tests.common import FinanceCase

from sandbox.process import StandIn

from ..const import OFFICER


@tagged("post_install", "-at_install")
class TestRiskHold(FinanceCase):
    """R-01 to R-03, X-08: held, released, rejected; late is told and never passes; by no way into the ledger."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.risk = StandIn("sandbox.risk")
        cls.addClassCleanup(cls.risk.stop)
        cls.load_chart(cls.company)
        connection = cls.make_connection(
            "finance.adapter.risk",
            http_base_url=cls.risk.ready["url"],
            http_networks="127.0.0.0/8, ::1",
            http_allow_plain=True,
            http_read_timeout=1,
            http_total_timeout=2,
        )
        cls.flow = cls.make_flow(connection, name="Risk", handler="finance.handler.risk", direction="out")
        cls.policy = cls.env["finance.risk.policy"].create(
            {"name": "Bills", "company_id": cls.company.id, "flow_id": cls.flow.id, "amount_from": 100}
        )
        cls.vendor = cls.env["res.partner"].create({"name": "Vendor of parts"})
        only = {"company_id": cls.company.id, "company_ids": [Command.set(cls.company.ids)]}
        groups = f"base.group_user,account.group_account_invoice,{OFFICER}"
        cls.officers = [new_test_user(cls.env, f"officer{number}", groups, **only) for number in (1, 2)]
        for user in cls.officers:
            user.email = f"{user.login}@example.com"
        cls.clerk = new_test_user(cls.env, "clerk", "base.group_user,account.group_account_invoice", **only)

    def setUp(self):
        super().setUp()
        self.risk.control("POST", "/reset")
        self.risk.control("DELETE", "/chaos")

    def bill(self, amount=500.0, post=True):
        move = (
            self.env["account.move"]
            .with_user(self.clerk)
            .create(
                {
                    "move_type": "in_invoice",
                    "partner_id": self.vendor.id,
                    "invoice_date": "2026-01-15",
                    "invoice_line_ids": [Command.create({"name": "Parts", "price_unit": amount, "tax_ids": False})],
                }
            )
        )
        if post:
            move.action_post()
        return move

    def habits(self, **values):
        self.risk.control("PUT", "/settings", values)

    def hold(self, move):
        self.env.flush_all()
        return self.env["finance.risk.hold"].search([("move_id", "=", move.id)], limit=1)

    def test_x08_held_asked_and_released(self):
        bill = self.bill()
        self.assertEqual((bill.state, self.hold(bill).state), ("draft", "waiting"))
        self.drain()
        self.assertEqual(self.hold(bill).state, "waiting", "the risk system knows it and has not decided")
        correlation = self.hold(bill).correlation_id
        self.risk.control("PUT", "/words", {correlation: "released"})
        self.hold(bill)._ask()
        self.drain()
        hold = self.hold(bill)
        self.assertEqual((hold.state, hold.reference), ("released", f"R-{hold.document}"))
        self.assertEqual(hold.verdict_ids.message_id.correlation_id, correlation)
        bill.action_post()
        self.assertEqual(bill.state, "posted")
        trace = self.env["finance.trace"]._build_from([("account.move", bill.id)])
        kinds = {step.hop.key[0] for step in trace.steps}
        self.assertLessEqual({"finance.risk.hold", "finance.message", "account.move"}, kinds)
        self.assertIn("The risk system said: Released", [step.hop.title for step in trace.steps])
        self.assertNotIn("finance.risk.hold", {missing.gap.key[0] for missing in trace.missing})

    def test_x08_rejected_stays_a_draft(self):
        self.habits(rejected_names=["vendor of parts"])
        bill = self.bill()
        self.drain()
        self.assertEqual(self.hold(bill).state, "rejected")
        bill.action_post()
        self.assertEqual(bill.state, "draft")

    def test_what_no_policy_is_about_posts(self):
        self.assertEqual(self.bill(99.0).state, "posted")

    def test_r01_late_is_told_and_never_passes(self):
        self.risk.control("PUT", "/chaos", [{"mode": "black_hole", "times": 1}])
        bill = self.bill()
        with mute_logger("odoo.addons.finance_connector_base.models.finance_dispatcher_failure"):
            self.drain()
        hold = self.hold(bill)
        hold.due_at = self.env.cr.now() - timedelta(minutes=1)
        self.env["finance.risk.hold"]._cron_wait()
        self.assertEqual(hold.state, "late")
        self.assertEqual(len(hold.activity_ids), 1)
        bill.action_post()
        self.assertEqual(bill.state, "draft")
        self.assertEqual(self.env["finance.risk.hold"].search_count([("move_id", "=", bill.id)]), 1)
        # a word that comes late is a word
        self.env["finance.risk.hold"]._hear(hold.correlation_id, hold.digest, [("E1", "released")])
        bill.action_post()
        self.assertEqual((bill.state, len(hold.activity_ids)), ("posted", 0))

    def test_nobody_goes_round_it(self):
        bill = self.bill()
        for record in (bill, bill.sudo(), bill.with_context(skip_readonly_check=True, fin_internal=True)):
            with self.assertRaises(UserError):
                record.write({"state": "posted"})
        bill.sudo()._post(soft=False)
        self.assertEqual(bill.state, "draft")
        with self.assertRaises(AccessError):
            self.hold(bill).with_user(self.officers[0]).write({"state": "released"})
        self.policy.active = False
        bill.action_post()
        self.assertEqual(bill.state, "draft", "what is held stays held")
        self.env.flush_all()
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.Error), self.env.cr.savepoint():
            self.env.cr.execute("UPDATE account_move SET state = 'posted' WHERE id = %s", [bill.id])

    def test_a_word_is_about_what_was_asked(self):
        self.habits(word="released")
        bill = self.bill()
        self.drain()
        self.assertEqual(self.hold(bill).state, "released")
        bill.invoice_line_ids.price_unit = 5000
        bill.action_post()
        self.assertEqual(bill.state, "draft")
        self.assertEqual(self.hold(bill).state, "waiting")
        self.drain()
        bill.action_post()
        self.assertEqual(bill.state, "posted")

    def test_an_answer_about_something_else_is_no_word(self):
        self.habits(word="released", wrong_id=True)
        bill = self.bill()
        self.drain()
        self.assertEqual(self.hold(bill).state, "waiting")
        message = self.env["finance.message"].search(
            [("res_id", "=", self.hold(bill).id), ("flow_id", "=", self.flow.id)]
        )
        self.assertState(message, "held", "risk_other_document")

    def test_contradictory_words_hold_and_are_told(self):
        self.habits(word="released", contradicts=True)
        bill = self.bill()
        self.drain()
        hold = self.hold(bill)
        self.assertEqual((hold.state, len(hold.verdict_ids), len(hold.activity_ids)), ("contradicted", 2, 1))
        bill.action_post()
        self.assertEqual(bill.state, "draft")

    def test_words_that_are_delivered(self):
        bill = self.bill()
        hold = self.hold(bill)
        flow = self.make_flow(handler="finance.handler.risk.word", direction="in")
        told = {
            "correlation_id": hold.correlation_id,
            "digest": hold.digest,
            "words": [{"event_id": "W1", "word": "released"}],
        }
        [first, twice, stranger, nonsense] = self.enqueue(
            flow,
            told,
            told,
            {**told, "correlation_id": "other"},
            {**told, "words": [{"event_id": "x", "word": "fine"}]},
        )
        self.drain(flow)
        self.assertState(first | twice, "done")
        self.assertState(stranger, "held", "risk_unknown_document")
        self.assertState(nonsense, "held", "risk_unreadable")
        self.assertEqual((hold.state, len(hold.verdict_ids)), ("released", 1))

    def override(self, hold, officer, reason="checked with the vendor"):
        with self.at_the_screen(officer):
            hold.with_user(officer).with_company(self.company)._override_verified(reason)
        hold.invalidate_recordset()

    def test_two_persons_release_with_reason_and_password(self):
        bill = self.bill()
        hold = self.hold(bill)
        first, second = self.officers
        with self.assertRaises(AccessError):
            self.override(hold, self.clerk)
        with self.trap_audit() as told:
            self.override(hold, first)
            with self.assertRaises(AccessError):
                self.override(hold, first)
            self.assertEqual(hold.state, "waiting")
            self.override(hold, second)
        events = [one["event"] for one in told]
        self.assertEqual(events, ["risk.override_proposed", "risk.override_confirmed", "risk.overridden"])
        self.assertEqual({one["correlation_id"] for one in told}, {hold.correlation_id})
        bill.action_post()
        self.assertEqual(bill.state, "posted")

    def test_the_same_human_with_another_login_does_not_confirm(self):
        bill = self.bill()
        first, second = self.officers
        (first | second).write({"email": "one@example.com"})
        self.override(self.hold(bill), first)
        with self.assertRaises(AccessError):
            self.override(self.hold(bill), second)

    def test_words_are_kept(self):
        bill = self.bill()
        hold = self.hold(bill)
        self.env["finance.risk.hold"]._hear(hold.correlation_id, hold.digest, [("E1", "rejected")])
        self.env.flush_all()
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.Error), self.env.cr.savepoint():
            self.env.cr.execute("UPDATE finance_risk_verdict SET word = 'released' WHERE hold_id = %s", [hold.id])

    def test_r02_exposure_equals_open_items(self):
        self.bill(50.0)
        exposures = self.env["finance.risk.exposure"]
        exposures._feed(self.flow, full=True)
        self.drain()
        key = f"{self.company.id}|{self.vendor.id}|{self.company.currency_id.name}|payable"
        self.assertEqual(self.risk.control("GET", "/")["exposures"], {key: "-50.00"})
        self.assertFalse(exposures._feed(self.flow, full=False), "nothing has changed")
        self.bill(20.0)
        exposures._feed(self.flow, full=False)
        self.drain()
        items = self.env["account.move.line"].search(
            [
                ("company_id", "=", self.company.id),
                ("account_type", "=", "liability_payable"),
                ("parent_state", "=", "posted"),
            ]
        )
        told = self.risk.control("GET", "/")["exposures"][key]
        self.assertAlmostEqual(float(told), sum(items.mapped("amount_residual_currency")))
        self.assertEqual(exposures._told(self.company), exposures._now(self.company))

    def test_r03_risk_compared_with_accounting(self):
        self.habits(word="released")
        bill = self.bill()
        self.drain()
        compare = self.env["finance.risk.comparison"]._compare
        self.assertEqual(compare(self.flow).difference_count, 0)
        self.habits(lists_wrongly={"currency": "XXX", "at": "2020-01-01 00:00:00"})
        found = compare(self.flow)
        self.assertEqual(set(found.line_ids.mapped("kind")), {"currency", "time"})
        self.assertEqual(found.line_ids.hold_id, self.hold(bill))
        self.risk.control("POST", "/reset")
        self.assertEqual(compare(self.flow).line_ids.kind, "missing_there")
