from odoo import models
from odoo.tools import float_compare


class FinanceConsolidationPackage(models.Model):
    """Whether the ledger still has the balances of a package (C-17, RELIABILITY fault 56)."""

    _inherit = "finance.consolidation.package"

    def _differs_from_ledger(self):
        """:return: whether the ledger has other balances by account by now (C-17, RELIABILITY fault 56)"""
        self.ensure_one()
        self.env.flush_all()
        now = self._query(
            """SELECT account_id, sum(balance) FILTER (WHERE date <= %s), sum(debit) FILTER (WHERE date BETWEEN
            %s AND %s)
                 FROM account_move_line WHERE company_id = ANY(%s) AND parent_state = 'posted' AND date <= %s
                  AND account_id IS NOT NULL GROUP BY account_id""",
            self.date_to,
            self.date_from,
            self.date_to,
            self.entity_id._companies().ids,
            self.date_to,
        )
        scene = self.env["finance.consolidation.builder"]._scene(self)
        kept = {
            account: (closing, debit)
            for account, closing, debit in self._query(
                """SELECT account_id, sum(closing), sum(debit) FROM finance_consolidation_row
                    WHERE package_id = %s AND cut_id = %s AND kind IN ('balance', 'rounding') GROUP BY account_id""",
                self.id,
                self._base().id,
            )
        }
        years = dict(
            self._query(
                """SELECT account_id, sum(balance) FROM account_move_line WHERE company_id = ANY(%s) AND
                parent_state = 'posted'
                      AND date < %s AND account_id = ANY(%s) GROUP BY account_id""",
                self.entity_id._companies().ids,
                self.fiscal_from,
                [account for account, known in scene.accounts.items() if known[2]],
            )
        )
        digits = self.currency_id.decimal_places
        for account, closing, debit in now:
            was = kept.pop(account, (0.0, 0.0))
            pairs = ((closing - years.get(account, 0), was[0]), (debit or 0, was[1]))
            if any(float_compare(one, other, precision_digits=digits) for one, other in pairs):
                return True
        return any(closing or debit for closing, debit in kept.values())
