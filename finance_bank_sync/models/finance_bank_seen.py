from odoo import api, models
from odoo.tools import SQL


class FinanceBankSeen(models.AbstractModel):
    """Payments that the bank has booked although nobody has matched its line yet.

    They are part of the bank's balance, so they are not on their way any more. A payment is paired with an
    open line, or with an entry of today's report where that is in the balance, of the same account and amount:
    the line names it, or proposes it, or is of the same partner. A line stands for one payment.
    """

    _name = "finance.bank.seen"
    _description = "Payments Seen at the Bank"

    @api.model
    def _ctes(self):
        """Give the tables up to ``seen`` (payment_id, journal_id), for a query that has ``account`` and ``booked``.

        :return: SQL
        """
        return _CTES


_CTES = SQL(
    """
    at_bank AS (
        SELECT line.journal_id, 'line ' || line.id AS key, line.finance_entry_id AS entry_id, line.amount,
               line.foreign_currency_id, line.amount_currency, partner.commercial_partner_id AS partner_id, move.date,
               regexp_replace(upper(concat_ws(' ', line.payment_ref, entry.remittance, entry.end_to_end_id)),
                              '[^0-9A-Z]+', '', 'g') AS text
          FROM account_bank_statement_line line
          JOIN account_move move ON move.id = line.move_id AND move.state = 'posted'
          JOIN account ON account.id = line.journal_id
          LEFT JOIN res_partner partner ON partner.id = line.partner_id
          LEFT JOIN finance_bank_entry entry ON entry.id = line.finance_entry_id
         WHERE line.is_reconciled IS NOT TRUE
         UNION ALL
        SELECT report.journal_id, 'entry ' || entry.id, entry.id, entry.amount, NULL, NULL, NULL, entry.booking_date,
               regexp_replace(upper(concat_ws(' ', entry.label, entry.remittance, entry.end_to_end_id)),
                              '[^0-9A-Z]+', '', 'g')
          FROM finance_bank_entry entry
          JOIN finance_bank_statement report ON report.id = entry.statement_id
          JOIN booked ON booked.journal_id = report.journal_id AND booked.kind = 'ITBD'
         WHERE report.purpose = 'interim' AND report.state = 'provisional' AND entry.state = 'provisional'
           AND entry.status = 'BOOK'
    ), going AS (
        SELECT payment.id, payment.journal_id, payment.currency_id, payment.date,
               payment.currency_id = account.currency_id AS is_own_currency,
               CASE WHEN payment.payment_type = 'outbound' THEN -payment.amount ELSE payment.amount END AS amount,
               partner.commercial_partner_id AS partner_id,
               regexp_replace(upper(payment.name), '[^0-9A-Z]+', '', 'g') AS name,
               regexp_replace(upper(payment.payment_reference), '[^0-9A-Z]+', '', 'g') AS reference
          FROM account_payment payment
          JOIN account ON account.id = payment.journal_id
          LEFT JOIN res_partner partner ON partner.id = payment.partner_id
         WHERE payment.state IN ('in_process', 'paid') AND payment.is_matched IS NOT TRUE
    ), pair AS (
        SELECT going.id AS payment_id, going.journal_id, going.date AS payment_date, going.partner_id, going.amount,
               going.currency_id, at_bank.key, at_bank.date AS line_date,
               (length(going.name) > 5 AND strpos(at_bank.text, going.name) > 0
                OR length(going.reference) > 5 AND strpos(at_bank.text, going.reference) > 0) AS is_named,
               at_bank.partner_id = going.partner_id OR EXISTS (
                   SELECT FROM finance_bank_suggestion proposed
                     JOIN account_move_line_finance_bank_suggestion_rel link
                       ON link.finance_bank_suggestion_id = proposed.id
                     JOIN account_move_line item ON item.id = link.account_move_line_id
                    WHERE proposed.entry_id = at_bank.entry_id AND item.payment_id = going.id) AS is_alike
          FROM going
          JOIN at_bank ON at_bank.journal_id = going.journal_id
           AND CASE WHEN going.is_own_currency THEN at_bank.amount = going.amount
                    ELSE at_bank.foreign_currency_id = going.currency_id AND at_bank.amount_currency = going.amount END
           -- a bank may book a little before the date of the payment
           AND at_bank.date >= going.date - 5
    ), named AS (
        SELECT DISTINCT ON (first.key) first.key, first.payment_id, first.journal_id
          FROM (SELECT DISTINCT ON (payment_id) * FROM pair WHERE is_named ORDER BY payment_id, line_date, key) first
         ORDER BY first.key, first.payment_date, first.payment_id
    ), left_over AS (
        SELECT pair.*,
               dense_rank() OVER (PARTITION BY journal_id, partner_id, amount, currency_id
                                  ORDER BY payment_date, payment_id) AS payment_number,
               dense_rank() OVER (PARTITION BY journal_id, partner_id, amount, currency_id
                                  ORDER BY line_date, key) AS line_number
          FROM pair
         WHERE is_alike AND NOT EXISTS (SELECT FROM named WHERE named.payment_id = pair.payment_id)
           AND NOT EXISTS (SELECT FROM named WHERE named.key = pair.key)
    ), seen AS (
        SELECT payment_id, journal_id FROM named
         UNION
        SELECT payment_id, journal_id FROM left_over WHERE payment_number = line_number
    )
    """
)
