from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL

from ..proof import explain


class FinanceBankExplainer(models.AbstractModel):
    """Says in words why a statement may not add up."""

    _name = "finance.bank.explainer"
    _description = "Explanation of Differences"

    @api.model
    def _sentence(self, statement, difference):
        """:return: the smallest explanation of a difference, in words"""
        found = explain.explain(difference, self._entries(statement), self._numbers(statement))
        facts = {
            "amount": f"{abs(found.amount):f}",
            "lines": ", ".join(map(str, found.positions)),
            "numbers": ", ".join(map(str, found.numbers)),
            "direction": self.env._("credit") if found.amount > 0 else self.env._("debit"),
        }
        if found.kind == explain.MISSING_LINE:
            return self.env._("The bank numbers its entries, and number %(numbers)s is not in the file.", **facts)
        if found.kind == explain.DOUBLED:
            return self.env._("It would add up if entry %(lines)s were there once: it repeats an earlier one.", **facts)
        if found.kind == explain.FLIPPED:
            return self.env._("It would add up if entry %(lines)s had the other sign.", **facts)
        if found.kind == explain.EXTRA:
            return self.env._("It would add up without entry %(lines)s.", **facts)
        return self.env._("It would add up with one more %(direction)s of %(amount)s.", **facts)

    @api.model
    def _entries(self, statement):
        """The booked entries as the bank wrote them: details of one booking count together."""
        self.env.cr.execute(
            SQL(
                """
                SELECT position, sum(amount)::text, min(
                       concat_ws('|', booking_date, value_date, party_name, remittance, end_to_end_id, bank_reference))
                  FROM finance_bank_entry WHERE statement_id = %(id)s AND state <> 'not_booked'
                 GROUP BY position ORDER BY position LIMIT %(limit)s
                """,
                id=statement.id,
                limit=explain.MOST_ENTRIES,
            )
        )
        return [(position, Decimal(amount), content) for position, amount, content in self.env.cr.fetchall()]

    @api.model
    def _numbers(self, statement):
        """The bank's own count of the entries, where its references are one."""
        self.env.cr.execute(
            SQL(
                """
                SELECT bank_reference FROM finance_bank_entry
                 WHERE statement_id = %(id)s AND state <> 'not_booked' AND detail_position <= 1
                 ORDER BY position LIMIT %(limit)s
                """,
                id=statement.id,
                limit=explain.MOST_ENTRIES,
            )
        )
        references = [row[0] or "" for row in self.env.cr.fetchall()]
        if len(references) < 2 or not all(text.isdecimal() and len(text) <= 9 for text in references):
            return []
        return [int(text) for text in references]
