from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

#: what a mapping may lead to -> where journal items have it
COLUMNS = {
    "account.account": "account_id",
    "account.journal": "journal_id",
    "account.tax": "tax_line_id",
    "res.partner": "partner_id",
}
#: documents named as examples
EXAMPLES = 50


class Booked(NamedTuple):
    """Journal items that a changed mapping touches.

    :param was: id of the record they have, :param becomes: id of the one they would have, 0: the code is not mapped
    :param documents: how many entries, :param examples: ids of some of them
    """

    model: str
    was: int
    becomes: int
    account_id: int
    currency_id: int
    balance: float
    documents: int
    examples: list


class FinanceHandler(models.AbstractModel):
    """What a change of mappings would mean for the documents of its messages."""

    _inherit = "finance.handler"

    @api.model
    def _impact(self, changes):
        """Find what is on the ledger and would not be so after a change; EXTENDS by handlers with other documents.

        :param changes: list of (message id, model, id now, id then, 0: none)
        :return: list of :class:`Booked`
        """
        found = []
        for model, column in COLUMNS.items():
            rows = [(message, was, becomes) for message, name, was, becomes in changes if name == model]
            if not rows:
                continue
            booked = self.env.execute_query(
                SQL(
                    """
                    SELECT v.was, v.becomes, l.account_id, l.company_currency_id, SUM(l.balance),
                           COUNT(DISTINCT l.move_id), (array_agg(DISTINCT l.move_id))[1:%s]
                      FROM (SELECT DISTINCT d.res_id, u.was, u.becomes
                              FROM unnest(%s::int[], %s::int[], %s::int[]) AS u(message_id, was, becomes)
                              JOIN finance_message_document d
                                ON d.message_id = u.message_id AND d.res_model = 'account.move') v
                      JOIN account_move_line l ON l.move_id = v.res_id AND %s = v.was
                     WHERE l.parent_state <> 'cancel'
                     GROUP BY v.was, v.becomes, l.account_id, l.company_currency_id
                    """,
                    EXAMPLES,
                    *(list(values) for values in zip(*rows, strict=True)),
                    SQL.identifier("l", column),
                )
            )
            found += [Booked(model, *row) for row in booked]
        return found
