from odoo import models
from odoo.exceptions import UserError

from .finance_card_claim import CLAIMING


class FinanceCardTransaction(models.Model):
    _inherit = "finance.card.transaction"

    def _claimed_by_expense(self, expense, reason):
        """Say that an expense entered in Odoo claims a charge."""
        self.ensure_one()
        if self.state != "settled" or self.reason_code == "card_duplicate":
            raise UserError(self.env._("%s is no charge.", self.display_name))
        mine = expense.sudo()  # sudo: whoever decides about cards need not work with employees' expenses
        if mine.payment_mode != "company_account" or mine.state not in CLAIMING or mine.company_id != self.company_id:
            raise UserError(self.env._("%s is no approved expense that the company has paid.", mine.display_name))
        matcher = self.env["finance.card.matcher"]
        [claim, *_others] = matcher._claims_of(mine) or [None]
        amount = self.env["finance.card.ledger"]._covered(matcher._charge(self), claim) if claim else self.amount
        # sudo: nobody writes claims directly; the role was checked
        claims = self.env["finance.card.claim"].sudo()
        known = claims.search([("transaction_id", "=", self.id), ("hr_expense_id", "=", mine.id)])
        values = {"state": "confirmed", "origin": "person", "amount": amount}
        if known:
            known.write(values)
        else:
            claims.create(
                {"transaction_id": self.id, "hr_expense_id": mine.id, "line_key": f"hr.expense,{mine.id}", **values}
            )
        self.env["finance.audit"]._record("card.claimed", self, reason=reason)
        matcher._refresh(self.sudo())  # sudo: as above
