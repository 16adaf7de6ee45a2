from odoo import api, models
from odoo.tools import SQL

from ..formats.rewritten import camt_digest


class FinanceBankAgain(models.AbstractModel):
    """Knows a statement file that the bank wrote once more without reading all of it (K-03).

    That is only said of a file whose every booking is on the ledger still. Any doubt is no answer: then the file is
    read, proved and compared booking by booking, as any other.
    """

    _name = "finance.bank.again"
    _description = "Statement Files Written Once More"

    @api.model
    def _digest(self, stream, statement_format):
        """:return: what the file says, or None where it cannot be told from its bytes"""
        if statement_format.code != "camt.053":
            return None
        digest = camt_digest(stream)
        stream.seek(0)
        return digest

    @api.model
    def _earlier(self, message, digest):
        """Find the statements of an earlier file that said the same and are on the ledger with all their bookings.

        They have a name and a closing balance: without these, the time of creation is part of what they are.

        :param message: the ``finance.message`` of the file; a replay is read in any case
        :return: ``finance.bank.statement`` records of one file
        """
        statements = self.env["finance.bank.statement"].sudo()  # sudo: asked by the engine, limited to one company
        if not digest or message.replay_of_id:
            return statements
        statements.flush_model()
        self.env.cr.execute(
            SQL(
                """
                SELECT array_agg(s.id) FROM finance_bank_statement s
                 WHERE s.file_digest = %(digest)s AND s.company_id = %(company)s AND s.file_message_id <> %(message)s
                 GROUP BY s.file_message_id
                HAVING bool_and(s.purpose = 'statement' AND s.state = 'posted' AND s.has_closing
                                AND s.identification IS NOT NULL)
                 LIMIT 1
                """,
                digest=digest,
                company=message.company_id.id,
                message=message.id,
            )
        )
        found = self.env.cr.fetchone()
        if not found or not self._is_booked(found[0]):
            return statements
        return statements.browse(found[0])

    @api.model
    def _is_booked(self, statement_ids):
        """:return: each booking of these statements is on the ledger, by itself or by the one it repeats"""
        self.env["finance.bank.entry"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                SELECT NOT EXISTS (
                       SELECT FROM finance_bank_entry e
                         LEFT JOIN finance_bank_entry known ON known.id = e.duplicate_of_id
                        WHERE e.statement_id = ANY(%s)
                          AND CASE e.state
                              WHEN 'posted' THEN e.line_id IS NULL
                              WHEN 'duplicate' THEN known.state IS DISTINCT FROM 'posted' OR known.line_id IS NULL
                              ELSE e.state <> 'not_booked' END)
                """,
                statement_ids,
            )
        )
        return self.env.cr.fetchone()[0]
