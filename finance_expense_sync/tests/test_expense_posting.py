"""Approved reports on the ledger, once (E-01 to E-03)."""

from odoo.tests import tagged

from .common import DAY, ExpenseCase


@tagged("post_install", "-at_install")
class TestExpensePosting(ExpenseCase):
    def test_e01_only_what_is_finally_approved_is_booked(self):
        """E-01: a report that is not final never creates an entry, whatever it is called on the platform."""
        states = ["draft", "submitted", "rejected", "recalled", "deleted"]
        reports = self.bring(*(self.report(f"R-{state}", state=state) for state in states))
        self.assertEqual(reports.mapped("state"), ["received", "received", "dropped", "dropped", "dropped"])
        self.assertFalse(self.moves(reports))
        [approved] = self.bring(self.report("R-submitted", state="approved"))
        self.assertEqual(approved.state, "posted")
        self.assertEqual(len(self.moves(approved)), 1)
        self.assertAccounted(self.reports_flow)

    def test_a_plain_report_becomes_one_entry(self):
        [report] = self.bring(
            self.report(
                "R-1",
                self.line("1", "119.00", tax_code="V19", tax_rate="19", tax_amount="19.00"),
                self.line("2", "30.00", category="MEALS", payment="company_card"),
            )
        )
        self.assertEqual((report.state, report.partner_id, report.total), ("posted", self.ann, 149.0))
        move = self.moves(report)
        self.assertEqual((move.state, move.date, move.ref, move.move_type), ("posted", DAY, "R-1", "entry"))
        self.assertEqual(
            self.legs(move), {"travel": 100.0, "vat": 19.0, "meals": 30.0, "payable": -119.0, "card": -30.0}
        )
        owed = move.line_ids.filtered(lambda line: line.account_id == self.books["payable"])
        self.assertEqual(owed.partner_id, self.ann)
        taxed = move.line_ids.filtered("tax_line_id")
        self.assertEqual((taxed.tax_line_id, taxed.tax_base_amount), (self.books["tax"], 100.0))
        self.assertEqual(
            report.message_id.document_ids.filtered(lambda d: d.res_model == "account.move").res_id, move.id
        )
        self.assertEqual(sum(report.posting_ids.mapped("amount")), report.total)
