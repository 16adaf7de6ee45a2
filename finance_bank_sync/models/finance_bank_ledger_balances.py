from contextlib import contextmanager

from odoo import api, models
from odoo.tools import SQL

#: stored fields of a bank statement that core computes by walking over all of its lines, and how it computes them
COMPUTED = {
    "first_line_index": "_compute_first_line_index",
    "date": "_compute_date",
    "journal_id": "_compute_journal_id",
    "balance_end": "_compute_balance_end",
    "is_complete": "_compute_is_complete",
}


class FinanceBankLedgerBalances(models.AbstractModel):
    """Gives a bank statement of many lines its balances.

    Core reads all lines of the statement for each of its stored fields, and again for each balance that is written:
    a sixth of what a large statement costs in Python. One query says the same.
    """

    _name = "finance.bank.ledger.balances"
    _description = "Balances of Bank Statements"

    @api.model
    def _write(self, bank_statement, values):
        """Write balances that are known, and what core computes from the lines.

        :param dict values: ``balance_start`` and ``balance_end_real``; without them Odoo's own count is taken over
        """
        if not self._is_known():
            self._write_by_core(bank_statement, values)
            return
        found = self._count(bank_statement)
        start = values.get("balance_start", bank_statement.balance_start)
        currency = self._currency(bank_statement, found["journal_id"])
        end = currency.round(start + found.pop("amount"))
        real = values.get("balance_end_real", end)
        is_posted = found.pop("is_posted")
        # what only core computes is not safe from being computed again because of what is written beside it
        with self._protecting(bank_statement, COMPUTED):
            bank_statement.write(
                {
                    **found,
                    "balance_start": start,
                    "balance_end": end,
                    "balance_end_real": real,
                    "is_complete": is_posted and currency.compare_amounts(end, real) == 0,
                }
            )

    @contextmanager
    def _uncounted(self, bank_statement):
        """Let nobody count a bank statement meanwhile: :meth:`_write` does, once its lines are there."""
        if not self._is_known():
            yield
            return
        # the first lines tell the journal, and by it the currency that they themselves are computed with
        names = COMPUTED.keys() - (set() if bank_statement.journal_id else {"journal_id"})
        with self._protecting(bank_statement, names):
            yield

    def _protecting(self, bank_statement, names):
        return self.env.protecting([bank_statement._fields[name] for name in names], bank_statement)

    @api.model
    def _currency(self, bank_statement, journal_id):
        """:return: the currency of the statement, found without asking all of its lines for their journal"""
        if not journal_id:
            return bank_statement.currency_id
        journal = self.env["account.journal"].browse(journal_id)
        return journal.currency_id or journal.company_id.sudo().currency_id  # sudo: as core reads it for branches

    @api.model
    def _is_known(self):
        """:return: only core says how these fields are computed"""
        safety = self.env["finance.bank.ledger.bulk.safety"]
        fields = self.env["account.bank.statement"]._fields
        return all(
            fields[name].compute == method and safety._definers("account.bank.statement", method) == {"account"}
            for name, method in COMPUTED.items()
        )

    @api.model
    def _count(self, bank_statement):
        """:return: dict of what follows from the lines, as core finds it"""
        self.env["account.bank.statement.line"].flush_model(["statement_id", "journal_id", "amount", "internal_index"])
        self.env["account.move"].flush_model(["state", "date"])
        self.env.cr.execute(
            SQL(
                """
                WITH line AS MATERIALIZED (
                    SELECT l.internal_index COLLATE "C" AS place, l.journal_id, l.amount, m.state, m.date
                      FROM account_bank_statement_line l JOIN account_move m ON m.id = l.move_id
                     WHERE l.statement_id = %s)
                SELECT (SELECT min(place) FROM line WHERE place <> ''),
                       (SELECT date FROM line WHERE place <> '' AND state = 'posted' ORDER BY place DESC LIMIT 1),
                       (SELECT min(journal_id) FROM line),
                       (SELECT COALESCE(sum(amount), 0)::float8 FROM line WHERE state = 'posted'),
                       EXISTS (SELECT FROM line WHERE state = 'posted')
                """,
                bank_statement.id,
            )
        )
        names = ("first_line_index", "date", "journal_id", "amount", "is_posted")
        return dict(zip(names, self.env.cr.fetchone(), strict=True))

    @api.model
    def _write_by_core(self, bank_statement, values):
        # read together what Odoo's balances of a statement look at, and not all columns of all lines
        lines = bank_statement.line_ids
        lines.fetch(["move_id", "journal_id", "internal_index", "amount"])
        lines.move_id.fetch(["state", "date"])
        bank_statement.write(values or {"balance_end_real": bank_statement.balance_end})
