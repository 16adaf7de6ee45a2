"""Packages to Oracle FCCS, against a stand-in over a socket.

C-09, C-12, C-15, S-22; faults 3, 4, 31, 34
"""

import hashlib
from contextlib import suppress
from unittest.mock import patch

import psycopg2

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.finance_connector_base.engine.transaction import NestedSteps
from odoo.addons.finance_connector_base.tests.adapter_contract import AdapterContract

from sandbox.fccs.system import APPLICATION, JOBS, PASSWORD, RULE, USER, Platform

from .target_case import TargetCase


class FccsCase(TargetCase):
    stand_in = Platform
    adapter = "finance.consolidation.adapter.fccs"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["finance.secret"]._put(cls.connection, "password", PASSWORD)

    @classmethod
    def settings(cls):
        return {"http_auth": "basic", "http_username": USER}

    @classmethod
    def parameters(cls):
        return {"application": APPLICATION, "rule": RULE}

    def setUp(self):
        super().setUp()
        self.there.know("Entity", "DE01")
        self.there.know("Account", "G100", "G200", "G400")

    def cells(self):
        """:return: account -> amount that is there"""
        return {key[4]: amount for key, amount in self.there.cells.items() if amount}


@tagged("post_install", "-at_install")
class TestTargetFccs(AdapterContract, FccsCase, HttpCase):
    adapters = ("finance.consolidation.adapter.fccs",)
    handlers = ("finance.consolidation.handler.delivery",)

    def test_s22_loaded_once_and_certified(self):
        """S-22, C-09, C-12: the same version again, the same figures as another version, and what changed."""
        delivery = self.deliver()
        self.assertEqual(delivery.state, "uploading")
        self.work()
        self.assertReconciled(delivery)
        self.assertEqual(self.cells(), {"G100": 300, "G200": -100, "G400": -200})
        self.assertEqual(self.deliver(), delivery, "pressed again")
        self.work()
        self.assertEqual(len(self.there.jobs), 1)
        certificate = delivery.certificate_id
        self.assertEqual(certificate.content["job"], "101")
        self.assertEqual(certificate.content["versions"][0]["digest"], self.first.digest)
        self.assertEqual([row[1:] for row in certificate.content["totals"]][0], ["G100", "EUR", "300.00"])
        html = self.env["ir.actions.report"]._render_qweb_html(
            "finance_consolidation_export.finance_consolidation_certificate_report", certificate.ids
        )[0]
        self.assertIn(delivery.file_sha256, html.decode())
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.Error), self.env.cr.savepoint():
            self.env.cr.execute("UPDATE finance_consolidation_certificate SET digest = 'x'")
        # two entries that come to nothing: another version that says the same
        self.post(self.first.date_to, ("bank", 5), ("sales", -5))
        second = self.later(("bank", -5), ("sales", 5))
        same = self.deliver(second)
        self.work()
        self.assertTrue(same.is_same)
        self.assertReconciled(same)
        self.assertEqual(len(self.there.jobs), 1, "C-12: the same content is not loaded twice")

    def test_later_versions(self):
        """Cells that changed go with what they are now, by MERGE; what did not change stays."""
        self.target.later_mode = "cells"
        self.deliver()
        self.work()
        second = self.later(("bank", 50), ("rent", -50))
        self.there.know("Account", "G600")
        delivery = self.deliver(second)
        self.work()
        self.assertReconciled(delivery)
        self.assertEqual((delivery.mode, delivery.row_count), ("cells", 2))
        self.assertEqual(self.there.jobs[-1]["exportMode"], "MERGE")
        self.assertEqual(self.cells(), {"G100": 350, "G200": -100, "G400": -200, "G600": -50})
        self.assertEqual(len(delivery.total_ids), 4, "all accounts are compared")

    def test_a_member_that_the_platform_does_not_know(self):
        """X-11: rejected with account, company and row; created there, loaded again with a reason, certified."""
        self.there.members["Account"].remove("G400")
        delivery = self.deliver()
        self.work()
        self.assertEqual(delivery.state, "rejected")
        [line] = delivery.line_ids
        self.assertEqual((line.entity_code, line.account_code, line.number), ("DE01", "G400", 3))
        self.assertIn("Create G400 in Account", line.advice)
        self.assertFalse(self.there.cells)
        self.assertFalse(delivery.certificate_id)
        self.assertIn(self.controller, delivery.activity_ids.user_id)
        with self.assertRaises(AccessError):
            delivery.with_user(self.person("only_accountant")).action_again()
        self.there.know("Account", "G400")
        self.decide(delivery, "again")
        self.work()
        self.assertReconciled(delivery)
        self.assertEqual((delivery.round, len(self.there.jobs)), (2, 2))
        self.assertFalse(delivery.activity_ids)
        self.assertTrue(any("It was looked at" in message.body for message in delivery.message_ids))
        items = line.action_view_items()
        self.assertEqual(self.env[items["res_model"]].search(items["domain"]).account_id, self.books["sales"], "C-15")

    def test_repaired_by_a_new_version(self):
        self.there.members["Account"].remove("G400")
        self.target.later_mode = "cells"
        self.deliver()
        self.work()
        delivery = self.deliver(self.later(("bank", 1), ("capital", -1)))
        self.assertEqual(delivery.mode, "whole", "of what was rejected nobody knows how much is there")
        self.there.know("Account", "G400")
        self.work()
        self.assertReconciled(delivery)
        old = self.first.delivery_ids
        with self.assertRaisesRegex(UserError, "not loaded over it"):
            self.decide(old, "again")

    def test_a_start_without_an_answer_is_not_repeated(self):
        """Fault 4: the load runs over there; its figures show it."""
        delivery = self.deliver()
        self.running.chaos("reset_after_effect", path=JOBS, times=1)
        self.drain(max_messages=2)
        self.assertEqual(delivery.state, "unknown")
        self.assertState(self.steps(delivery, "start"), "unknown")
        self.work()
        self.assertReconciled(delivery)
        self.assertEqual(len(self.there.jobs), 1)
        self.assertState(self.steps(delivery, "start"), "done")
        self.assertFalse(self.steps(delivery, "start").exception_ids.filtered(lambda one: one.state == "open"))

    def test_a_start_that_did_not_arrive(self):
        """The platform cannot be asked for it: a person looks, and says what there is."""
        delivery = self.deliver()
        self.running.chaos("reset", path=JOBS, times=1)
        self.work()
        self.assertEqual((delivery.state, len(self.there.jobs)), ("unknown", 0))
        self.assertIn(delivery.file_name, delivery.detail)
        with self.assertRaisesRegex(UserError, "still under way"):
            self.first.copy({"version": 7, "state": "approved"}).with_user(self.controller).action_deliver()
        self.decide(delivery, "not_started")
        self.work()
        self.assertReconciled(delivery)
        self.assertEqual(len(self.there.jobs), 1)

    def test_a_job_that_a_person_has_found(self):
        self.there.running = 30
        delivery = self.deliver()
        self.there.members["Account"].remove("G400")
        self.running.chaos("reset_after_effect", path=JOBS, times=1)
        self.work()
        self.assertEqual(delivery.state, "unknown")
        self.there.running = 0
        self.decide(delivery, "started", job="101")
        self.work()
        self.assertEqual((delivery.state, delivery.line_ids.account_code), ("rejected", "G400"))

    def test_killed_between_the_intent_and_the_answer(self):
        """Fault 3: killed before the intent, the step is worked again; killed after it, the platform is asked."""
        delivery = self.deliver()
        handler = type(self.env["finance.consolidation.handler.delivery"])
        start = lambda: self.steps(delivery, "start")  # noqa: E731
        self.drain(max_messages=1)
        self.assertTrue(self.env["finance.consolidation.handler.delivery"]._sent_nothing(start()))
        original = handler._start

        def killed(model, record, platform):
            original(model, record, platform)
            raise SystemExit

        # not by assertRaises, which would take back what was committed before the end of the process
        with patch.object(handler, "_start", killed), suppress(SystemExit):
            self.env["finance.dispatcher"]._drain(NestedSteps(self.env.cr))
        self.env.invalidate_all()
        self.assertTrue(delivery.is_intended)
        self.assertFalse(self.env["finance.consolidation.handler.delivery"]._sent_nothing(start()))
        self.env["finance.dispatcher"]._take_back_crashed(start())
        self.assertEqual(delivery.state, "unknown")
        self.work()
        self.assertReconciled(delivery)
        self.assertEqual(len(self.there.jobs), 1)

    def test_an_upload_that_was_cut_is_replaced(self):
        """Existing is an error at the platform; under this name it is an earlier attempt of ours."""
        delivery = self.deliver()
        self.there.files[f"inbox/{delivery.file_name}"] = b"Account,Ent"
        self.there.limited = 1
        self.work()
        self.assertReconciled(delivery)

    def test_what_the_platform_refuses(self):
        """Status 4: the period is not in its mapping."""
        self.there.periods = ["Jan-26"]
        delivery = self.deliver()
        self.work()
        self.assertEqual(delivery.state, "rejected")
        self.assertIn("invalid parameter", delivery.detail)
        self.tune(self.target, cube="")
        self.there.periods = ["Oct-26"]
        self.decide(delivery, "again")
        self.work()
        self.assertEqual((delivery.state, delivery.read_back), ("loaded", "none"), "what is not compared is no proof")
        self.assertFalse(delivery.certificate_id)

    def test_c09_a_figure_that_was_changed_over_there(self):
        self.there.meddled = {"G100": "0.01"}
        delivery = self.deliver()
        self.work()
        self.assertEqual((delivery.state, delivery.difference_count), ("loaded", 1))
        self.assertIn("DE01 G100: 300.01 instead of 300.00 EUR", delivery.detail)
        [different] = delivery.total_ids.filtered("is_different")
        self.assertEqual((different.account_code, different.difference), ("G100", 0.01))
        self.assertFalse(delivery.certificate_id)
        self.there.meddled = {}
        delivery.with_user(self.controller).action_read_back()
        self.work()
        self.assertReconciled(delivery)

    def test_who_delivers_what(self):
        with self.assertRaisesRegex(AccessError, "Group controller"):
            self.first.with_user(self.person("only_accountant")).action_deliver()
        with self.assertRaisesRegex(UserError, "packages that are: Approved"):
            self.package(date_from="2026-09-01", date_to="2026-09-30").with_user(self.controller).action_deliver()
        delivery = self.deliver()
        for attempt in (lambda one: one.write({"state": "reconciled"}), lambda one: one.unlink()):
            with self.assertRaises(UserError):
                attempt(delivery.with_user(self.controller))
        self.tune(self.target, rule="")
        with self.assertRaisesRegex(UserError, "needs more settings: rule"):
            self.target._parameters()

    def test_c15_the_link_of_a_figure(self):
        delivery = self.deliver()
        with delivery.payload_id._open() as stream:
            rows = stream.read().decode().splitlines()
        self.assertTrue(rows[1].endswith(self.first._link("G100")), rows)
        path = f"/finance/group/{self.first.name}/"
        group = "finance_consolidation_export.finance_group_consolidation_accountant"
        values = {"company_id": self.company.id, "company_ids": [Command.set(self.company.ids)]}
        reader = new_test_user(self.env, "reader_of_links", groups=f"base.group_user,{group}", **values)
        self.authenticate("reader_of_links", "reader_of_links")
        answer = self.url_open(f"{path}G100", allow_redirects=False)
        row = self.env["finance.consolidation.row"].browse(
            int(answer.headers["Location"].split("/odoo/")[1].split("/")[0])
        )
        self.assertEqual((answer.status_code, row.group_account_id.code), (303, "G100"))
        items = row.with_user(self.controller).action_view_group_items()
        self.assertEqual(self.env["account.move.line"].search(items["domain"]).account_id, self.books["bank"])
        self.first._attach_files()
        file = self.first.file_ids[:1]
        sent = self.url_open(file.action_download()["url"])
        self.assertEqual(hashlib.sha256(sent.content).hexdigest(), file.sha256)
        self.assertIn(f"{file.name}", sent.headers["Content-Disposition"])
        manifest = self.url_open(file.action_download_manifest()["url"])
        self.assertEqual(manifest.json()["sha256"], file.sha256)
        draft = self.url_open(f"/finance/group/package/{self.first.id}/draft")
        self.assertEqual(draft.content.splitlines()[0], sent.content.splitlines()[0])
        layout = self.env["finance.consolidation.layout"].create(
            {"name": "All", "column_ids": [Command.create({"title": "Account", "source": "account_code"})]}
        )
        asked = layout.with_user(reader).with_context(package_id=self.first.id).action_download()
        in_layout = self.url_open(asked["url"])
        self.assertEqual(in_layout.text.splitlines()[0], "Account")
        extract = self.env["finance.statutory.extract"].create(
            {
                "kind": "finance.statutory.revenue",
                "company_id": self.company.id,
                "date_from": self.first.date_from,
                "date_to": self.first.date_to,
            }
        )
        extract.action_produce()
        table = self.url_open(extract.file_ids.action_download()["url"])
        self.assertEqual(hashlib.sha256(table.content).hexdigest(), extract.file_ids.sha256)
        files = [
            *(f"/finance/group/file/{file.id}{what}" for what in ("", "/manifest")),
            *(draft.url, in_layout.url, table.url),
        ]
        with mute_logger("odoo.http"):
            self.assertEqual(self.url_open(f"{path}G999").status_code, 404)
            values = {"company_id": self.other_company.id, "company_ids": [Command.set(self.other_company.ids)]}
            new_test_user(self.env, "stranger_of_links", groups=f"base.group_user,{group}", **values)
            self.authenticate("stranger_of_links", "stranger_of_links")
            for address in (f"{path}G100", *files, delivery.action_download()["url"]):
                self.assertEqual(self.url_open(address).status_code, 404, "of another company")
