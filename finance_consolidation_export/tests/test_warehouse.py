"""Extracts for a data warehouse (S-25, C-20): complete, once, and equal to the ledger."""

import hashlib
import json
from dataclasses import replace
from decimal import Decimal
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.sql_db import db_connect
from odoo.tests import BaseCase, new_test_user, tagged
from odoo.tests.common import get_db_name
from odoo.tools import mute_logger

from odoo.addons.finance_connector_base.engine.errors import TransientError
from odoo.addons.finance_connector_base.engine.transaction import NestedSteps

from sandbox.s3 import Storage

from ..const import CONTROLLER
from ..extracts.feed import Column, Feed
from ..extracts.mark import QUERY, Mark
from .sftp_case import SftpThere
from .warehouse_case import WarehouseCase

PROBE = Feed(
    code="probe",
    name="Probe",
    table="finance_warehouse_probe",
    company=None,
    where="t.state = 'posted'",
    amounts=(Column("balance", "decimal"),),
    columns=(Column("state", "text"),),
)


@tagged("post_install", "-at_install")
class TestWarehouse(SftpThere, WarehouseCase):
    def test_s25_c20_files_equal_the_ledger(self):
        run = self.run_it()
        self.assertEqual(run.state, "done", run.error)
        items = self.env["account.move.line"].search(
            [("company_id", "=", self.company.id), ("parent_state", "=", "posted")]
        )
        rows = self.rows(run, "journal_items")
        self.assertEqual({int(row["id"]) for row in rows}, set(items.ids))
        self.assertEqual(len(rows), len(items), "no row twice")
        told = self.feed(run, "journal_items")
        self.assertGreater(len(told["files"]), 1, "three rows a file")
        [total] = told["totals"]
        self.assertEqual(total["currency"], "EUR")
        self.assertEqual(total["written"], total["ledger"])
        self.assertEqual(Decimal(total["ledger"]["balance"]), 0)
        debit = sum(Decimal(row["debit"]) for row in rows)
        self.assertEqual(debit, Decimal("170.10"))
        for file in told["files"]:
            content = (self.root / file["name"]).read_bytes()
            self.assertEqual((hashlib.sha256(content).hexdigest(), len(content)), (file["sha256"], file["bytes"]))
        self.assertFalse(any(run.total_ids.mapped("difference")))
        feeds = {feed["feed"]: feed["upserts"] for feed in self.control(run)["feeds"]}
        self.assertEqual(feeds["documents"], 2)
        self.assertTrue(all(feeds[code] for code in ("partners", "accounts", "analytic_accounts", "currencies")))

    def test_changes_and_what_has_left_the_ledger(self):
        self.run_it()
        drafted, deleted = self.later, self.entry
        gone, left = deleted.line_ids.ids, drafted.line_ids.ids
        drafted.button_draft()
        deleted.button_draft()
        deleted.unlink()
        new = self.post("2026-10-09", ("rent", 5), ("bank", -5))
        run = self.run_it()
        self.assertEqual(run.state, "done", run.error)
        told = self.feed(run, "journal_items")
        self.assertEqual((told["mode"], told["deletions"]), ("changes", 4))
        rows = {int(row["id"]): row for row in self.rows(run, "journal_items")}
        self.assertEqual({key for key, row in rows.items() if row["op"] == "D"}, {*gone, *left})
        self.assertTrue(set(new.line_ids.ids) <= rows.keys())
        self.assertFalse(rows[left[0]]["balance"], "of what is gone only the id is told")
        control = self.control(run)
        self.assertEqual((control["sequence"], control["follows"]), (2, 1))
        whole = self.run_it(full=True)
        self.assertEqual(self.feed(whole, "journal_items")["mode"], "whole")
        self.assertEqual(len(self.rows(whole, "journal_items")), 2)

    def test_other_companies_stay_out(self):
        other = self.keep_books(self.other_company)
        journal = self.env["account.journal"].create(
            {"name": "G", "code": "GX", "type": "general", "company_id": self.other_company.id}
        )
        foreign = self.post("2026-10-05", ("wages", 1), ("bank", -1), journal=journal, books=other)
        run = self.run_it()
        self.assertNotIn(str(foreign.id), {row["id"] for row in self.rows(run, "documents")})
        self.assertNotIn(str(other["rent"].id), {row["id"] for row in self.rows(run, "accounts")})
        boss = self.person("boss", CONTROLLER)
        with self.assertRaises(AccessError):
            self.warehouse.with_user(boss).company_ids = [Command.link(self.other_company.id)]
        stranger = new_test_user(
            self.env,
            login="stranger",
            groups=f"base.group_user,{CONTROLLER}",
            company_id=self.other_company.id,
            company_ids=[Command.set(self.other_company.ids)],
        )
        for record in (self.warehouse, run, run.file_ids[:1], run.total_ids[:1], run.feed_ids[:1]):
            of_stranger = record.with_user(stranger).with_context(allowed_company_ids=self.other_company.ids)
            self.assertFalse(of_stranger.search([("id", "in", record.ids)]))
            self.assertTrue(record.with_user(boss).search([("id", "in", record.ids)]))

    def test_cut_off_anywhere_nothing_counts_twice(self):
        """A run that is cut off begins anew; the control file is decided once."""
        sent = []
        model = type(self.env["finance.warehouse.run"])
        real = model._send

        def cut(run, name, pieces):
            if len(sent) == 2:
                raise TransientError("cut")
            sent.append(name)
            return real(run, name, pieces)

        with patch.object(model, "_send", cut):
            first = self.run_it()
        self.assertEqual((first.state, first.error, first.mark), ("failed", "cut", False))
        self.assertTrue(self.warehouse.activity_ids, "its owner is told")
        self.assertFalse(list(self.root.glob("W1-control-*")), "nothing names these files")

        # the control file arrives, but that is not known any more
        def lost(run, name, pieces):
            answer = real(run, name, pieces)
            if "control" in name:
                raise TransientError("lost")
            return answer

        with patch.object(model, "_send", lost):
            second = self.run_it()
        self.assertEqual(second.state, "delivering")
        content = (self.root / second.control_name).read_bytes()
        third = self.run_it()
        self.assertEqual((second.state, third.state), ("done", "done"))
        self.assertEqual((self.root / second.control_name).read_bytes(), content)
        self.assertEqual(self.control(third)["follows"], second.sequence)
        self.assertEqual(self.feed(third, "journal_items")["mode"], "changes")
        self.assertFalse(self.warehouse.activity_ids)

        # killed while it ran: the row says running, and nobody holds it
        dead = self.warehouse._begin_run()
        dead.state = "running"
        after = self.run_it()
        self.assertEqual((dead.state, after.state), ("killed", "done"))
        self.assertEqual(self.control(after)["follows"], third.sequence)

    def test_s25_to_storage_that_checks_signatures(self):
        with Storage("books") as storage:
            connection = self.make_connection(
                "finance.adapter.s3",
                http_base_url=storage.address,
                http_networks="127.0.0.0/8",
                http_allow_plain=True,
                s3_bucket="books",
                s3_prefix="/ledger/",
                s3_region=storage.region,
                s3_access=storage.access,
            )
            self.env["finance.secret"]._put(connection, "secret_key", storage.secret)
            self.assertIn("accepted", connection._adapter()._check(connection))
            self.warehouse.connection_id = connection
            storage.faults["down"] = 1
            failed = self.run_it()
            self.assertEqual(failed.state, "failed")
            run = self.run_it()
            self.assertEqual(run.state, "done", run.error)
            names = {file["name"] for feed in json.loads(run.control_text)["feeds"] for file in feed["files"]}
            self.assertEqual(set(storage.objects), {f"ledger/{name}" for name in (*names, run.control_name)})
            for file in run.file_ids:
                content = storage.objects[f"ledger/{file.name}"]
                self.assertEqual(hashlib.sha256(content).hexdigest(), file.sha256)

    def test_s25_over_sftp_where_the_connection_is_cut(self):
        """A real server that is gone in the middle of it: the next run delivers everything."""
        self.warehouse.connection_id = self.start_sftp()
        self.server.control("PUT", "/faults", {"cut_before": ["write"]})
        failed = self.run_it()
        self.assertEqual((failed.state, list(self.there.glob("*control*"))), ("failed", []))
        self.server.control("DELETE", "/faults")
        run = self.run_it()
        self.assertEqual(run.state, "done", run.error)
        there = {path.name: path.read_bytes() for path in self.there.iterdir()}
        self.assertIn(run.control_name, there)
        for file in run.file_ids:
            self.assertEqual(hashlib.sha256(there[file.name]).hexdigest(), file.sha256)

    def test_what_differs_from_the_ledger_is_not_released(self):
        reader = type(self.env["finance.warehouse.reader"])
        real = reader._totals

        def one_more(this, feed, companies, since):
            rows = real(this, feed, companies, since)
            return [(row[0], row[1], row[2] + 1, *row[3:]) for row in rows] if feed.code == "documents" else rows

        with patch.object(reader, "_totals", one_more):
            run = self.run_it()
        self.assertEqual(run.state, "failed")
        self.assertIn("Documents", run.error)
        self.assertTrue(run.total_ids.filtered(lambda total: total.rows_ledger == total.rows_written + 1))
        self.assertFalse(list(self.root.glob(f"{run.warehouse_id.code}-run{run.id}-documents*")))

    def test_a_failure_that_nobody_expected_is_kept_too(self):
        model = type(self.env["finance.warehouse.run"])
        logger = "odoo.addons.finance_consolidation_export.models.finance_warehouse_run"
        with patch.object(model, "_extract", side_effect=ZeroDivisionError), mute_logger(logger):
            run = self.run_it()
        self.assertEqual((run.state, run.error), ("failed", "ZeroDivisionError"))
        run.action_retry()
        self.env["finance.warehouse"]._work_due(NestedSteps(self.env.cr))
        self.assertEqual(self.warehouse.last_state, "done")


@tagged("post_install", "-at_install")
class TestHighWaterMark(BaseCase):
    """S-25: what is committed late is not missed. Real transactions on a table of their own."""

    def setUp(self):
        super().setUp()
        self.connection = db_connect(get_db_name())
        with self.connection.cursor() as cr:
            cr.execute("CREATE TABLE finance_warehouse_probe (id int PRIMARY KEY, state varchar, balance numeric)")
        self.addCleanup(self.drop)

    def drop(self):
        with self.connection.cursor() as cr:
            cr.execute("DROP TABLE finance_warehouse_probe")

    def execute(self, query):
        with self.connection.cursor() as cr:
            cr.execute(query)

    def extract(self, known=None):
        """:return: mark, ids that are so, ids that are gone"""
        with self.connection.cursor() as cr:
            cr.execute(QUERY)
            now = Mark.of(cr.fetchone())
            since = known.since(now) if known else None
            cr.execute(*PROBE.upserts([], since))
            upserts = [row[1] for row in cr.fetchall()]
            if since is None:
                return now, sorted(upserts), []
            cr.execute(*PROBE.deletions([], since))
            return now, sorted(upserts), sorted(row[1] for row in cr.fetchall())

    def test_s25_late_commits_are_not_missed(self):
        insert = "INSERT INTO finance_warehouse_probe VALUES (%d, 'posted', 1)"
        self.execute(insert % 1)
        with self.connection.cursor() as late, self.connection.cursor() as long_open:
            # begun before, committed after; one of them inside of a savepoint, whose number no snapshot lists
            late.execute(insert % 2)
            late.execute("SAVEPOINT a")
            late.execute(insert % 3)
            late.execute("RELEASE SAVEPOINT a")
            long_open.execute(insert % 4)
            self.execute(insert % 5)
            mark, found, _gone = self.extract()
            self.assertEqual(found, [1, 5])
            late.commit()
            again, found, _gone = self.extract(mark)
            self.assertTrue({2, 3} <= set(found), "committed after the first run")
            self.assertNotIn(4, found)
            self.execute(insert % 6)
            long_open.execute("SAVEPOINT b")
            long_open.execute(insert % 7)
            further, found, _gone = self.extract(again)
            self.assertIn(6, found)
            long_open.commit()
        last, found, _gone = self.extract(further)
        self.assertTrue({4, 7} <= set(found), "open over two runs")
        # other databases of the server may have something open; as if nothing were: exactly what changes
        mark = replace(last, oldest=last.following)
        self.assertEqual(self.extract(mark)[1:], ([], []))
        self.execute("UPDATE finance_warehouse_probe SET balance = 2 WHERE id = 1")
        self.execute("UPDATE finance_warehouse_probe SET state = 'draft' WHERE id = 2")
        self.assertEqual(self.extract(mark)[1:], ([1], [2]))

    def test_a_mark_of_elsewhere_is_no_mark(self):
        mark, _found, _gone = self.extract()
        self.assertEqual(Mark.read(mark.text), mark)
        elsewhere = Mark.read("1" + mark.text)
        self.assertIsNone(elsewhere.since(mark))
