"""Decisions in a process need the person at the screen (attacks 16, 41; RELIABILITY 4.1: approve*)."""

import xmlrpc.client
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .test_process import ProcessCase


class ApprovalCase(ProcessCase):
    def waiting(self, *, people=1):
        process = self.make_process("approve", "after")
        process.step_ids[0].level_ids = [Command.create({"amount_from": 0, "approvals": people})]
        run = self.start(process)
        self.drain()
        return run

    def dialog(self, run, user, operation="approve"):
        mine = self.as_(run, user)
        action = getattr(mine, f"action_{operation}")()
        return mine.env[action["res_model"]].browse(action["res_id"])


@tagged("post_install", "-at_install")
class TestStepUp(ApprovalCase):
    """Who decides, from where, and how fresh the password has to be."""

    def test_the_password_is_asked_and_nothing_decided_before(self):
        run = self.waiting()
        for checked in (None, 11 * 60):
            with self.subTest(checked), self.at_the_screen(self.approvers[0], checked=checked):
                action = self.dialog(run, self.approvers[0]).action_confirm()
                self.assertEqual(action["res_model"], "res.users.identitycheck")
                self.assertFalse(run.step_ids.approval_ids)
        with self.at_the_screen(self.approvers[0], checked=9 * 60):
            self.dialog(run, self.approvers[0]).action_confirm()
        self.assertEqual(run.step_ids.approval_ids.user_id, self.approvers[0])

    def test_attack_16_no_program_decides(self):
        """Neither with a key, nor beside the web client, nor with the session of somebody else."""
        run = self.waiting()
        me, other = self.approvers[:2]
        dialog = self.dialog(run, me)
        with self.assertRaisesRegex(UserError, "only be accessed over HTTP"):
            dialog.action_confirm()
        for name, user, options in (
            ("key", me, {"headers": {"Authorization": "Bearer x"}}),
            ("json2", me, {"path": "/json/2/finance.process.decision/action_confirm"}),
            ("xmlrpc", me, {"path": "/xmlrpc/2/object"}),
            ("jsonrpc", me, {"path": "/jsonrpc"}),
            ("session of somebody else", other, {}),
        ):
            with self.subTest(name), self.at_the_screen(user, **options), self.assertRaises(AccessError):
                dialog.action_confirm()
        self.assertFalse(run.step_ids.approval_ids)

    def test_leaving_a_step_out_asks_too_and_ending_does_not(self):
        process = self.make_process("fail", "after")
        process.step_ids[0].may_skip = True
        run = self.start(process)
        self.drain()
        dialog = self.dialog(run, self.maker, "skip")
        dialog.reason = "not needed"
        with self.at_the_screen(self.maker, checked=None):
            self.assertEqual(dialog.action_confirm()["res_model"], "res.users.identitycheck")
        self.assertEqual(run.state, "failed")
        dialog = self.dialog(run, self.maker, "cancel")
        dialog.reason = "stop"
        dialog.action_confirm()
        self.assertEqual(run.state, "undone")

    def test_b36_n_different_people_each_with_a_password(self):
        run = self.waiting(people=3)
        for number in range(3):
            self.assertEqual(run.state, "waiting")
            self.decide(run, self.approvers[number])
            with self.assertRaises(UserError):
                self.decide(run, self.approvers[number])
        self.drain()
        self.assertEqual(run.state, "done")
        self.assertEqual(run.step_ids[0].approval_ids.user_id, self.approvers)

    def test_attack_05_one_person_with_two_logins_counts_once(self):
        run = self.waiting(people=2)
        self.decide(run, self.approvers[0])
        self.approvers[1].partner_id = self.approvers[0].partner_id
        with self.assertRaises(AccessError):
            self.decide(run, self.approvers[1])
        self.assertEqual(run.state, "waiting")

    def test_attack_who_may_not_is_not_asked_for_a_password(self):
        run = self.waiting()
        dialog = self.env["finance.process.decision"].create(
            {"run_id": run.id, "operation": "approve", "seen": run._live_facts(run.step_ids[0])[1]}
        )
        with self.at_the_screen(self.maker), self.assertRaises(AccessError):
            dialog.with_user(self.maker).with_context(allowed_company_ids=self.company.ids).action_confirm()


@tagged("post_install", "-at_install")
class TestStepUpOverHttp(HttpCase, ApprovalCase):
    """The same with real requests: web client, JSON-2 and XML-RPC."""

    def setUp(self):
        super().setUp()
        self.run_ = self.waiting()
        self.me = self.approvers[0]
        self.me.password = "a long password of mine"
        self.dialog_ = self.dialog(self.run_, self.me)
        self.env.flush_all()

    def button(self, model, method, ids, **context):
        answer = self.url_open(
            f"/web/dataset/call_button/{model}/{method}",
            json={"params": {"model": model, "method": method, "args": [ids], "kwargs": {"context": context}}},
        ).json()
        self.env.invalidate_all()
        return answer

    def confirm(self):
        return self.button("finance.process.decision", "action_confirm", self.dialog_.ids)

    def decisions(self):
        self.env.invalidate_all()
        return self.run_.step_ids.approval_ids

    def test_a_person_approves_with_the_password(self):
        self.authenticate(self.me.login, "a long password of mine")
        asked = self.confirm()["result"]
        self.assertEqual(asked["res_model"], "res.users.identitycheck")
        self.assertFalse(self.decisions())
        with mute_logger("odoo.http", "odoo.addons.base.models.res_users"):
            wrong = self.button("res.users.identitycheck", "run_check", [asked["res_id"]], password="guess")
        self.assertIn("error", wrong)
        self.assertFalse(self.decisions())
        right = self.button(
            "res.users.identitycheck", "run_check", [asked["res_id"]], password="a long password of mine"
        )
        self.assertNotIn("error", right)
        self.assertEqual(self.decisions().user_id, self.me)
        # attack 41: the check is worth nothing a second time, also not with the password
        with mute_logger("odoo.http"):
            again = self.button(
                "res.users.identitycheck", "run_check", [asked["res_id"]], password="a long password of mine"
            )
        self.assertIn("error", again)
        self.assertEqual(len(self.decisions()), 1)

    @mute_logger("odoo.http")
    def test_attack_41_an_old_check_does_not_approve_what_has_changed(self):
        self.authenticate(self.me.login, "a long password of mine")
        asked = self.confirm()["result"]
        self.record.name = "Somebody else"
        self.env.flush_all()
        answer = self.button(
            "res.users.identitycheck", "run_check", [asked["res_id"]], password="a long password of mine"
        )
        self.assertIn("changed meanwhile", answer["error"]["data"]["message"])
        self.assertFalse(self.decisions())

    @mute_logger("odoo.http")
    def test_attack_41_the_check_of_somebody_else_is_out_of_reach(self):
        self.authenticate(self.me.login, "a long password of mine")
        asked = self.confirm()["result"]
        other = self.approvers[1]
        other.password = "another long password"
        self.env.flush_all()
        self.authenticate(other.login, "another long password")
        answer = self.button(
            "res.users.identitycheck", "run_check", [asked["res_id"]], password="another long password"
        )
        self.assertIn("error", answer)
        self.assertFalse(self.decisions())

    @mute_logger("odoo.http", "odoo.addons.rpc.controllers.xmlrpc")
    def test_attack_16_a_key_does_not_approve(self):
        keys = self.env(user=self.me)["res.users.apikeys"].sudo()
        key = keys._generate("rpc", "attack", fields.Datetime.now() + timedelta(days=1))
        self.env.flush_all()
        answer = self.url_open(
            "/json/2/finance.process.decision/action_confirm",
            json={"ids": self.dialog_.ids},
            headers={"Authorization": f"Bearer {key}"},
        )
        self.assertEqual(answer.status_code, 403)
        # with a checked session of the same person beside it
        self.authenticate(self.me.login, "a long password of mine")
        asked = self.confirm()["result"]
        answer = self.url_open(
            "/json/2/finance.process.decision/action_confirm",
            json={"ids": self.dialog_.ids},
            headers={"Authorization": f"Bearer {key}"},
        )
        self.assertEqual(answer.status_code, 403)
        # the key and the password: the check itself is called by the program
        answer = self.url_open(
            "/json/2/res.users.identitycheck/run_check",
            json={"ids": [asked["res_id"]], "context": {"password": "a long password of mine"}},
            headers={"Authorization": f"Bearer {key}"},
        )
        self.assertEqual(answer.status_code, 403)
        self.assertFalse(self.decisions())

    @mute_logger("odoo.http", "odoo.addons.rpc.controllers.xmlrpc")
    def test_attack_16_the_password_over_rpc_does_not_approve(self):
        with self.assertRaisesRegex(xmlrpc.client.Fault, "only be accessed over HTTP"):
            self.xmlrpc_object.execute_kw(
                self.env.cr.dbname,
                self.me.id,
                "a long password of mine",
                "finance.process.decision",
                "action_confirm",
                self.dialog_.ids,
            )
        self.assertFalse(self.decisions())


@tagged("post_install", "-at_install")
class TestRouteStep(ProcessCase):
    """B-36, B-38: a process asks an approved routing table where the record goes."""

    def table(self, **values):
        table = self.env["finance.routing"].create(
            {
                "name": "Channel",
                "code": "test.channel",
                "company_id": self.company.id,
                "row_ids": [
                    Command.create(
                        {"name": "ours", "condition": "record starts with Subject", "flow_id": self.flow.id}
                    ),
                    Command.create({"name": "rest", "sequence": 99, "value": "by hand"}),
                ],
                "case_ids": [Command.create({"name": "any", "facts": "{}", "row_name": "rest"})],
                **values,
            }
        )
        table.write({"state": "active"})
        return table

    def test_the_row_that_decides_is_told_and_read_by_later_steps(self):
        self.table()
        run = self.start(self.make_process("route", "after"))
        self.drain()
        self.assertEqual(run.state, "done")
        self.assertIn(self.flow.name, run.step_ids[0].outcome)
        self.assertEqual(run.step_ids[0].evidence["why"], ["ours: record starts with Subject"])
        self.assertEqual(run._routed(), (self.flow, self.env["finance.connection"], ""))
        self.record = self.env["res.partner"].create({"name": "Stranger", "company_id": self.company.id})
        run = self.start(self.env["finance.process"].search([("code", "=", "test")]))
        self.drain()
        self.assertEqual(run._routed()[2], "by hand")

    def test_without_an_approved_table_the_process_stops_and_says_so(self):
        self.table().write({"state": "draft"})
        run = self.start(self.make_process("route", "after"))
        self.drain()
        self.assertEqual(run.state, "failed")
        self.assertIn("test.channel", run.problem)
        self.assertEqual(run._routed()[2], "")
        self.table()
        self.as_(run, self.maker).action_retry()
        self.drain()
        self.assertEqual(run.state, "done")

    def test_a_routing_step_names_its_table(self):
        process = self.make_process("route", "after")
        with self.assertRaisesRegex(UserError, "which routing table"):
            process.step_ids[0].routing_code = False
