import logging
from dataclasses import replace

from odoo import api, models

from .finance_bank_ledger_bulk_batch import Batch

_logger = logging.getLogger(__name__)


class FinanceBankLedgerBulk(models.AbstractModel):
    """Writes the lines of a large statement by copying lines that the ORM made.

    A few lines of each shape (``ledger.shape``) are created and posted by the ORM with all its
    checks. The rules of ``ledger.row`` must explain each of them from another one, column by
    column; then the other lines are inserted as copies of the first with these rules, read back
    and compared. Whatever is not proved is left to the ORM. See docs/decisions/0004.
    """

    _name = "finance.bank.ledger.bulk"
    _inherit = "finance.bank.ledger"
    _description = "Bank Ledger Writer for Large Statements"

    @api.model
    def _bulk_is_safe(self, statement, plans):
        """Hook for modules that add something to bank lines which a copied row would miss.

        :return: False leaves the whole statement to the ORM
        """
        return True

    @api.model
    def _create_lines(self, statement, bank_statement, plans):
        obstacle = self.env["finance.bank.ledger.bulk.safety"]._obstacle(statement.journal_id)
        if obstacle is None and not self._bulk_is_safe(statement, plans):
            obstacle = "a module asks for it"
        if obstacle:
            _logger.info("statement %s is written by the ORM: %s", statement.id, obstacle)
            return super()._create_lines(statement, bank_statement, plans)
        self._check_access()
        self._check_periods(statement, plans)
        batch = Batch(self.env, statement.journal_id, bank_statement, _plain(statement, plans))
        made = self._by_orm(statement, bank_statement, plans, batch.first)
        made.update(self._by_orm(statement, bank_statement, plans, batch.prove(made)))
        made.update(batch.copy_proved(made))
        left = [position for position in range(len(plans)) if position not in made]
        made.update(self._by_orm(statement, bank_statement, plans, left))
        return self.env["account.bank.statement.line"].browse(made[position] for position in range(len(plans)))

    @api.model
    def _by_orm(self, statement, bank_statement, plans, positions):
        """:return: dict position -> id of the line that the ORM made"""
        if not positions:
            return {}
        orm = self.env["finance.bank.ledger"]
        lines = orm._create_lines(statement, bank_statement, [plans[position] for position in positions])
        return dict(zip(positions, lines.ids, strict=True))

    @api.model
    def _check_access(self):
        for name in ("account.bank.statement.line", "account.move", "account.move.line"):
            self.env[name].check_access("create")

    @api.model
    def _check_periods(self, statement, plans):
        """Posting would silently move a line out of a locked period; nothing is written then."""
        for day in sorted({plan.date for plan in plans}):
            if statement.company_id._get_violated_lock_dates(day, False, statement.journal_id):
                raise self._period_closed(statement.company_id, day)


def _plain(statement, plans):
    """Plans as core reads them: the journal's own currency is no foreign one, the suspense account no counterpart."""
    journal = statement.journal_id
    currency = (journal.currency_id or statement.company_id.currency_id).id
    suspense = journal.suspense_account_id.id
    found = []
    for plan in plans:
        if plan.foreign_currency_id == currency:
            plan = replace(plan, foreign_currency_id=None, foreign_amount=None)
        if plan.counterpart_account_id == suspense:
            plan = replace(plan, counterpart_account_id=None)
        found.append(plan)
    return found
