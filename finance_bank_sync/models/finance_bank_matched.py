import logging

from odoo import api, models

from .finance_reconcile_batch import MatchedBatch

_logger = logging.getLogger(__name__)

#: sets that are looked at and proved together
PIECE = 5000


class FinanceBankMatched(models.AbstractModel):
    """Reconciles many bank lines by copying what Odoo made of a few (K-24, decision 36).

    As with the lines themselves: Odoo reconciles some sets of each shape; the rules of ``ledger.matched`` must explain
    every row that it wrote and every column that it changed, before the others are written by these rules. What is
    not usual (a part, another currency, several bank lines, instalments, taxes on payment) is left to Odoo.
    """

    _inherit = "finance.bank.ledger"

    @api.model
    def _reconcile_sets(self, company, sets):
        # EXTENDS
        if not self._is_many(len(sets)):
            return super()._reconcile_sets(company, sets)
        obstacle = self.env["finance.reconcile.safety"]._obstacle(company)
        if obstacle:
            _logger.info("lines of company %s are reconciled by the ORM: %s", company.id, obstacle)
            return super()._reconcile_sets(company, sets)
        self.env["account.partial.reconcile"].check_access("create")
        self.env["account.full.reconcile"].check_access("create")
        by_orm = super()._reconcile_sets
        for start in range(0, len(sets), PIECE):
            piece = sets[start : start + PIECE]
            self.env.flush_all()
            batch = MatchedBatch(self.env, company, piece)
            by_orm(company, [piece[position] for position in batch.first])
            by_orm(company, [piece[position] for position in batch.prove()])
            if not batch.copy_proved():
                by_orm(company, [piece[position] for position in batch.copies])
        return None
