from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.finance_connector_base.engine.errors import RejectedError
from odoo.addons.finance_connector_base.models.finance_booking import QUIET


class FinanceExpenseCorrection(models.AbstractModel):
    """Takes back what was booked of a report when a later revision of it is booked, or when it was recalled.

    What was booked stays: an entry of the opposite amounts follows it, and the new one follows that.
    """

    _name = "finance.expense.correction"
    _description = "Corrections of Expense Reports"

    @api.model
    def _take_back(self, begun, earlier):
        """Take back postings of reports that are booked anew, or not at all any more.

        :param begun: list of (message, :class:`Begun`), saved
        :param earlier: dict id of the message -> postings that still count
        """
        for _message, work in begun:
            rows = earlier.get(work.message_id)
            if not rows or work.fault:
                continue
            if work.ignored and work.ignored[0] != "expense_gone":
                continue
            self._reverse(work.report, rows, self._day(work, rows))

    @api.model
    def _day(self, work, rows):
        """:return: day of the opposite entry: that of the new one, so that both stand in one period"""
        return work.drafts[0].day if work.drafts else self.env.cr.now().date()

    @api.model
    def _reverse(self, report, rows, day):
        moves = rows.move_id
        if not moves:
            return
        if moves.finance_expense_posting_ids.report_id != report:
            raise RejectedError(
                self.env._("It is in an entry together with other reports: %s.", ", ".join(moves.mapped("name"))),
                reason="expense_correct_by_hand",
            )
        # what is of months to come is taken back in these months
        days = {move: max(day, move.date) for move in moves.sudo()}
        try:
            # sudo: the engine books; in the company of each entry
            reversals = (
                moves.sudo()
                .with_context(**QUIET)
                ._reverse_moves(
                    [
                        {
                            "date": days[move],
                            "invoice_date": days[move],
                            "ref": self.env._("Taken back: %s", move.ref or move.name),
                        }
                        for move in moves
                    ],
                    cancel=False,
                )
            )
            reversals._post(soft=False)
        except UserError as error:
            raise RejectedError(str(error), reason="expense_refused") from None
        if any(move.date != days[move.reversed_entry_id] for move in reversals):
            company = reversals[0].company_id
            raise RejectedError(
                self.env._("The period of %s is closed.", day),
                reason="expense_period_closed",
                params={"day": str(day), "following": str(reversals[0].date), "company_id": company.id},
                waiting_key=f"expense_period:{company.root_id.id}",
            )
        by_move = {move.reversed_entry_id: move for move in reversals}
        self.env["finance.expense.posting"].sudo().create(  # sudo: nobody writes postings but the engine
            [
                {
                    "report_id": report.id,
                    "company_id": row.company_id.id,
                    "revision": row.revision,
                    "kind": "reversed",
                    "key": row.key,
                    "move_id": by_move[row.move_id].id,
                    "reverses_id": row.id,
                    "currency_id": row.currency_id.id,
                    "amount": -row.amount,
                }
                for row in rows
            ]
        )
        self._settle(moves, reversals)

    @api.model
    def _settle(self, moves, reversals):
        """What is still open of the first is closed by its opposite."""
        lines = (
            (moves | reversals)
            .sudo()
            .line_ids.filtered(  # sudo: as above
                lambda line: line.account_id.reconcile and not line.reconciled and line.parent_state == "posted"
            )
        )
        for (_account, _partner), mine in lines.grouped(lambda line: (line.account_id, line.partner_id)).items():
            if len(mine.move_id) > 1:
                mine.reconcile()
