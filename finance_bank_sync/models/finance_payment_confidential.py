"""Whom confidential payments pay is told on the matching desk and in forecasts to those alone who may see it (S-18).

Whoever keeps the books settles their bookings like any other: the sum and how many payments it is say enough for that.
"""

from odoo import api, models
from odoo.tools import SQL

from ..const import CONFIDENTIAL


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _finance_confidential(self):
        """:return: those of the items that confidential payments pay, or that they are booked on"""
        if not self:
            return self
        self.env["finance.payment.line"].flush_model(["payment_id", "is_confidential"])
        self.env["finance.payment.item"].flush_model(["move_line_id", "is_confidential"])
        self.flush_recordset(["payment_id"])
        self.env.cr.execute(
            SQL(
                """
                SELECT l.id FROM account_move_line l
                  JOIN finance_payment_line p ON p.payment_id = l.payment_id AND p.is_confidential
                 WHERE l.id = ANY(%(ids)s)
                 UNION
                SELECT i.move_line_id FROM finance_payment_item i
                 WHERE i.move_line_id = ANY(%(ids)s) AND i.is_confidential
                """,
                ids=self.ids,
            )
        )
        found = {item_id for (item_id,) in self.env.cr.fetchall()}
        return self.filtered(lambda item: item.id in found)

    def _finance_hidden(self):
        """:return: those of the items whose partner and amount the user is not told"""
        user = self.env.user
        is_told = user._is_superuser() or user.has_group(CONFIDENTIAL)
        return self.browse() if is_told else self._finance_confidential()


class FinanceBankSuggestion(models.Model):
    _inherit = "finance.bank.suggestion"

    @api.depends_context("uid")
    def _compute_documents(self):
        # EXTENDS: not even the number of an order that the user does not see
        result = super()._compute_documents()
        for suggestion in self:
            # sudo: how many there are, nothing of them
            items = suggestion.sudo().item_ids.with_env(self.env)
            if items and items._finance_hidden():
                suggestion.documents = self.env._("Confidential payments: %s", len(items))
        return result

    @api.depends_context("uid")
    def _compute_partner_id(self):
        # EXTENDS
        result = super()._compute_partner_id()
        for suggestion in self.filtered("partner_id"):
            if suggestion.item_ids._finance_hidden():
                suggestion.partner_id = False
        return result


class FinanceBankDesk(models.AbstractModel):
    _inherit = "finance.bank.desk"

    @api.model
    def find_items(self, line_id=0, text=""):
        # EXTENDS: nothing is found by a name or an amount that is not told
        found = super().find_items(line_id, text)
        items = self.env["account.move.line"].browse([value["id"] for value in found])
        hidden = set(items._finance_hidden().ids)
        return [value for value in found if value["id"] not in hidden]

    @api.model
    def _answer_values(self, suggestion):
        # EXTENDS
        values = super()._answer_values(suggestion)
        items = self.env["account.move.line"].browse([value["id"] for value in values["items"]])
        if items._finance_hidden():
            values["items"] = []
        return values
