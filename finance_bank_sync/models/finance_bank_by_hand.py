from odoo import api, models
from odoo.tools import SQL


class FinanceBankByHand(models.AbstractModel):
    """Entries of bank lines that no statement brought: what matching reads of them, and hangs its answers on (K-20).

    The line is what counts: its entry is written anew from it each time it is asked about. When a statement tells
    the same booking later, the entry of the statement takes its place.
    """

    _name = "finance.bank.by.hand"
    _description = "Entries of Lines Entered by Hand"

    @api.model
    def _describe(self, lines):
        """Write the entries of open lines without a statement, as the lines are now.

        Lines that somebody else is working on are left to him.
        """
        lines.flush_model()
        self.env["account.move"].flush_model(["date", "ref", "narration", "state"])
        self.env["finance.bank.entry"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                WITH bare AS MATERIALIZED (
                    SELECT line.id, line.journal_id, line.company_id, line.amount
                      FROM account_bank_statement_line line
                      JOIN account_move move ON move.id = line.move_id AND move.state = 'posted'
                     WHERE line.id = ANY(%(lines)s) AND line.finance_entry_id IS NULL
                       AND line.is_reconciled IS NOT TRUE
                     ORDER BY line.id FOR UPDATE OF line SKIP LOCKED
                ), made AS (
                    INSERT INTO finance_bank_entry (company_id, posted_journal_id, line_id, amount, state, status,
                                                    position, detail_position)
                    SELECT company_id, journal_id, id, amount, 'by_hand', 'BOOK', 0, 0 FROM bare
                    RETURNING id, line_id)
                UPDATE account_bank_statement_line line SET finance_entry_id = made.id
                  FROM made WHERE line.id = made.line_id
                """,
                lines=lines.ids,
            )
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE finance_bank_entry entry
                   SET booking_date = move.date, value_date = move.date, amount = line.amount,
                       currency_name = currency.name, original_currency_name = other.name,
                       original_amount = CASE WHEN other.id IS NOT NULL THEN line.amount_currency END,
                       label = line.payment_ref, party_name = line.partner_name, party_account = line.account_number,
                       transaction_code = line.transaction_type,
                       remittance = concat_ws(' ', line.payment_ref, move.ref,
                                              regexp_replace(move.narration, '<[^>]*>', ' ', 'g'))
                  FROM account_bank_statement_line line
                  JOIN account_move move ON move.id = line.move_id
                  JOIN account_journal journal ON journal.id = line.journal_id
                  JOIN res_company company ON company.id = line.company_id
                  JOIN res_currency currency ON currency.id = COALESCE(journal.currency_id, company.currency_id)
                  LEFT JOIN res_currency other ON other.id = line.foreign_currency_id
                 WHERE line.id = ANY(%(lines)s) AND entry.id = line.finance_entry_id AND entry.state = 'by_hand'
                   AND line.is_reconciled IS NOT TRUE
                """,
                lines=lines.ids,
            )
        )
        lines.invalidate_model(["finance_entry_id"], flush=False)
        self.env["finance.bank.entry"].invalidate_model(flush=False)

    @api.model
    def _hand_over(self, entries, lines):
        """Entries of a statement take the place of those of its lines: what was decided about a line stays decided.

        :param list entries: ids of entries of a statement
        :param list lines: ids of their lines, in the same order
        """
        told = SQL("unnest(%s::int[], %s::int[]) AS told(entry, line)", entries, lines)
        self.env.flush_all()
        self.env.cr.execute(
            SQL("UPDATE finance_bank_match m SET entry_id = told.entry FROM %s WHERE m.line_id = told.line", told)
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE finance_bank_entry e
                   SET is_left_to_person = own.is_left_to_person, match_rule = own.match_rule,
                       match_outcome = CASE WHEN own.match_outcome = 'person' THEN 'person' END
                  FROM %s JOIN finance_bank_entry own ON own.line_id = told.line AND own.state = 'by_hand'
                 WHERE e.id = told.entry
                """,
                told,
            )
        )
        self.env.cr.execute(
            SQL("UPDATE account_bank_statement_line SET finance_entry_id = NULL WHERE id = ANY(%s)", lines)
        )
        self.env.cr.execute(SQL("DELETE FROM finance_bank_entry WHERE state = 'by_hand' AND line_id = ANY(%s)", lines))
        self.env.invalidate_all(flush=False)
