from odoo import api, fields, models

from .windows import window_of


class FinanceExpenseHandlerReport(models.AbstractModel):
    _inherit = "finance.expense.handler.report"

    @api.model
    def _finish(self, begun):
        """EXTENDS: what reports claim by card is known with them."""
        outcomes = super()._finish(begun)
        reports = self.env["finance.expense.report"].union(*(work.report for _message, work in begun))
        self.env["finance.card.matcher"]._follow(reports)
        return outcomes


class FinanceExpenseHandlerPeriod(models.AbstractModel):
    _inherit = "finance.expense.handler.period"

    @api.model
    def _book(self, policy, works):
        """EXTENDS: as above."""
        moves = super()._book(policy, works)
        reports = self.env["finance.expense.report"].union(*(work.report for work in works))
        self.env["finance.card.matcher"]._follow(reports)
        return moves


class FinanceExpenseReimbursement(models.AbstractModel):
    _inherit = "finance.expense.reimbursement"

    @api.model
    def _look(self, moves):
        """EXTENDS: what is reconciled may be the payment of a card."""
        result = super()._look(moves)
        self.env["finance.card.matcher"]._look(moves)
        return result


class FinanceExpenseReport(models.Model):
    _inherit = "finance.expense.report"

    card_claim_ids = fields.One2many("finance.card.claim", "report_id", string="Card transactions", readonly=True)
    card_count = fields.Integer(string="Number of card transactions", compute="_compute_card_count")

    @api.depends("card_claim_ids.state")
    def _compute_card_count(self):
        for report in self:
            # sudo: how many there are; the button asks for the right
            claims = report.sudo().card_claim_ids.filtered(lambda claim: claim.state != "refused")
            report.card_count = len(claims.transaction_id)

    def _return(self, text):
        """EXTENDS: what is given back claims nothing."""
        result = super()._return(text)
        self.env["finance.card.matcher"]._follow(self)
        return result

    def action_view_cards(self):
        """Show the card transactions that it claims."""
        self.ensure_one()
        self.check_access("read")
        cards = self.card_claim_ids.filtered(lambda claim: claim.state != "refused").transaction_id
        return window_of(cards, self.env._("Card Transactions"))


class FinanceMessage(models.Model):
    _inherit = "finance.message"

    def _discard(self, reason):
        """EXTENDS: a transaction that was given up needs nobody, and a report that was claims nothing."""
        result = super()._discard(reason)
        # sudo: whoever may discard need not see transactions
        cards = self.env["finance.card.transaction"].sudo().search([("message_id", "in", self.ids)])
        waiting = cards.filtered("reason_code")
        waiting.write({"state": "dropped", "reason_code": False, "detail": reason, "match_state": "none"})
        reports = self.env["finance.expense.report"].sudo().search([("message_id", "in", self.ids)])
        self.env["finance.card.matcher"]._follow(reports)
        return result


class AccountMove(models.Model):
    _inherit = "account.move"

    finance_card_posting_ids = fields.One2many("finance.card.posting", "move_id", string="Entries of cards")
    finance_card_reversal_ids = fields.One2many("finance.card.posting", "reversal_id", string="Taken back for cards")
    finance_card_count = fields.Integer(string="Card transactions", compute="_compute_finance_card_count")

    def _finance_cards(self):
        """:return: transactions behind an entry, of its own or through the reports in it"""
        claims = self.env["finance.card.claim"].search(
            [
                (
                    "report_id",
                    "in",
                    self.env["finance.expense.posting"].search([("move_id", "in", self.ids)]).report_id.ids,
                ),
                ("state", "=", "confirmed"),
            ]
        )
        rows = self.env["finance.card.posting"].search(
            ["|", ("move_id", "in", self.ids), ("reversal_id", "in", self.ids)]
        )
        return claims.transaction_id | rows.transaction_id

    def _compute_finance_card_count(self):
        for move in self:
            # sudo: how many there are; the button asks for the right
            move.finance_card_count = len(move._origin.sudo()._finance_cards()) if move._origin.id else 0

    def action_view_finance_cards(self):
        """Show the card transactions behind this entry."""
        self.ensure_one()
        self.check_access("read")
        cards = self._finance_cards()
        return window_of(cards, self.env._("Card Transactions"))
