"""Once, paid, told, and nothing left over (E-04, E-13, E-17, E-23)."""

from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.finance_connector_base.engine.envelope import Envelope
from odoo.addons.finance_connector_base.engine.errors import TransientError

from ..const import FETCH
from ..platforms.contract import Answer, Batch, Handed
from .common import DAY, ExpenseCase


@tagged("post_install", "-at_install")
class TestExpenseOnce(ExpenseCase):
    def test_e13_a_hundred_retries_crashes_and_duplicates_leave_one_entry(self):
        """E-13: crashes before, in and after the booking, the same file again, the same report in other files, replays
        of the message: one entry, one payable."""
        poster = type(self.env["finance.expense.poster"])
        book = poster._book
        crashes = {"left": 10, "number": 0}

        def crashing(model, works):
            crashes["number"] += 1
            if crashes["left"]:
                crashes["left"] -= 1
                if crashes["left"] % 2:
                    book(model, works)
                raise TransientError("the machine has died")
            return book(model, works)

        rows = self.report("R-1", self.line(merchant="Hotel"))
        with patch.object(poster, "_book", crashing):
            self.bring(rows)
            for _ in range(50):
                message = self.env["finance.message"].search([("flow_id", "=", self.reports_flow.id)])
                if message.state == "done":
                    break
                if message.state in ("held", "dead"):
                    message._retry("again")
                self.make_due(message)
                self.drain()
        self.assertEqual((message.state, crashes["left"]), ("done", 0))
        for number in range(20):
            # other bytes each time, the same report
            self.bring_bytes(self.file(rows) + b"\n" * number)
        copy = Envelope(
            subject="R-1",
            data=message.sudo().data,
            payload_id=message.payload_id.id,
            order_key=message.order_key,
            replay_of_id=message.id,
        )
        copies = self.enqueue(self.reports_flow, *[copy] * 70)
        self.drain()
        self.assertState(copies, "ignored", "duplicate")
        [report] = self.records("R-1")
        self.assertEqual(len(self.moves(report)), 1)
        self.assertEqual(self.legs(self.moves(report)), {"travel": 119.0, "payable": -119.0})
        entries = self.env["account.move"].search([("journal_id", "=", self.books["journal"].id)])
        self.assertEqual(len(entries), 1)
        self.assertAccounted(self.reports_flow | self.flow)

    def test_one_that_fails_does_not_stop_the_others(self):
        """Many share a transaction: what Odoo refuses of one report holds that report alone."""
        self.books["meals"].currency_id = self.usd
        rows = [self.report(f"R-{number}", self.line(category="TRAVEL")) for number in range(5)]
        rows.append(self.report("R-9", self.line(category="MEALS")))
        with mute_logger("odoo.sql_db"):
            reports = self.bring(*rows)
        self.assertEqual(reports.mapped("state"), ["posted"] * 5 + ["exception"], reports.mapped("detail"))
        self.assertEqual(reports[-1].reason_code, "expense_refused")

    def test_platform_totals_are_ledger_and_exceptions_always(self):
        self.map("expense_category", "SOON", self.books["travel"])
        rows = [
            self.report("R-1", self.line("1"), self.line("2", "5.00", personal="yes")),
            self.report("R-2", self.line(category="NONE")),
            self.report("R-3", self.line(amount="30.00"), state="submitted"),
            self.report("R-4", self.line(amount="40.00"), employee_id="E-404"),
        ]

        def totals():
            self.env.flush_all()
            self.env.invalidate_all()
            return self.env["finance.expense.total"].search([("connection_id", "=", self.connection.id)])

        reports = self.bring(*rows)
        total = totals()
        self.assertEqual((total.report_count, total.platform_total, total.ledger_total), (3, 283.0, 119.0))
        self.assertEqual((total.exception_total, total.private_total, total.difference), (159.0, 5.0, 0.0))
        self.assertEqual(total.proof, "proved")
        reports[3].message_id._discard("left the company")
        total = totals()
        self.assertEqual((total.exception_total, total.returned_total, total.proof), (119.0, 40.0, "proved"))
        # an entry that is put back to draft is a difference, whoever does it
        self.moves(reports[0]).button_draft()
        self.assertEqual((totals().difference, totals().proof), (119.0, "difference"))

    def test_e04_what_pays_the_employee_is_told_to_the_platform(self):
        """E-04: paid by anything: the payable is reconciled. Undone, the report is open again."""
        confirmations = self.confirming()
        [report] = self.bring(self.report("R-1"))
        owed = self.moves(report).line_ids.filtered(lambda line: line.account_id == self.books["payable"])
        payment = self.reimburse(report)
        self.assertEqual(report.state, "paid")
        told = self.env["finance.message"].search([("flow_id", "=", confirmations.id)], order="id")
        self.assertEqual([one.sudo().data["result"] for one in told], ["posted", "paid"])
        data = told[1].sudo().data
        self.assertEqual((data["number"], data["amount"], data["day"]), (payment.name, "119.0", str(DAY)))
        owed.remove_move_reconcile()
        self.assertEqual((report.state, report.paid_at), ("posted", False))

    def test_fetch_claims_after_storing_and_asks_on(self):
        """What has to be claimed is stored before, and booked after; what was recalled meanwhile is not booked."""
        adapter = type(self.env["finance.adapter.manual"])
        parts = {name: self.file(self.report(name)) for name in ("R-1", "R-2", "R-3")}
        pages = [
            Batch(handed=(Handed(external_id="R-1", content=parts["R-1"]),), position={"page": 1}, more=True),
            Batch(
                handed=tuple(Handed(external_id=n, content=parts[n], claim=True) for n in ("R-2", "R-3")),
                position={"page": 2},
            ),
        ]
        asked, claimed = [], []

        def batch(_model, _connection, _flow, position):
            asked.append(position)
            return pages[position.get("page", 0)]

        def claim(model, connection, handed):
            stored = model.env["finance.payload"].search_count([("name", "in", [one.external_id for one in handed])])
            claimed.append(stored)
            return [Answer(external_id="R-2", taken=True), Answer(external_id="R-3", taken=False, gone=True)]

        def read(model, connection, content):
            return model.env["finance.expense.csv"]._expense_read(connection, content)

        flow = self.connection._expense_flow(FETCH)
        with (
            patch.object(adapter, "_expense_batch", batch),
            patch.object(adapter, "_expense_claim", claim),
            patch.object(adapter, "_expense_read", read),
        ):
            flow._enqueue_fetch(self.env.cr.now())
            self.drain()
        self.assertEqual((asked, claimed), ([{}, {"page": 1}], [2]))
        self.assertEqual(self.records("R-1", "R-2", "R-3").mapped("external_id"), ["R-1", "R-2"])
        self.assertEqual(flow._cursor("expenses"), {"page": 2})
        self.assertAccounted(flow)

    def test_e23_receipts_are_evidence_that_the_entry_leads_to(self):
        """E-23: kept once with the fingerprint, seen from the entry and the item; a page is never shown as one."""
        [report] = self.bring(self.report("R-1"))
        receipts = self.env["finance.expense.receipt"].sudo()
        kept = [receipts._keep(report, "1", "a.html", "text/html", b"<script>") for _ in range(2)]
        self.assertEqual(kept[0], kept[1])
        self.assertEqual(kept[0].mimetype, "application/x-download")
        self.env.invalidate_all()
        move = self.moves(report)
        self.assertEqual((move.finance_receipt_count, move.finance_expense_count), (1, 1))
        action = move.line_ids[0].action_view_finance_receipts()
        self.assertEqual(self.env[action["res_model"]].search(action["domain"]), kept[0])
        self.assertEqual(move.action_view_finance_expenses()["res_id"], report.id)
