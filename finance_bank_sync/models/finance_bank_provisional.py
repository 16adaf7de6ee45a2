from odoo import api, models
from odoo.tools import SQL

from odoo.addons.finance_connector_base.engine.outcome import Done, Ignored


class FinanceBankProvisional(models.AbstractModel):
    """Reports of a day that goes on (camt.052, MT942) and notifications (camt.054).

    What they tell is shown and never posted: the statement of the day says it again, or has said it
    (then its lines get what is new, see ``finance.bank.details``). An entry is superseded by the newer
    report that repeats it, by the booking with the same key, and by any posted statement that reaches
    its day: what is not in that one was never booked.
    """

    _name = "finance.bank.provisional"
    _description = "Reported but Not Yet Booked"

    @api.model
    def _handle(self, statement):
        if statement.state in ("provisional", "superseded"):
            return Ignored(reason="duplicate", detail=self.env._("The report is shown already."))
        handler = self.env["finance.bank.handler.statement"]
        outcome = handler._check_journal(statement)
        if outcome is not None:
            return outcome
        statement.state = "provisional"
        self.env["finance.bank.balance"]._record_statement(statement)
        statement.flush_recordset()
        self._replace_older(statement)
        if self.env["finance.bank.channels"]._is_interface(statement):
            self._replace_told(statement.journal_id, statement.format, statement)
        completed = self.env["finance.bank.details"]._complete(statement)
        self._supersede(statement.journal_id)
        shown = len(statement.entry_ids.filtered(lambda entry: entry.state == "provisional"))
        return Done(
            result={"shown": shown, **completed},
            documents=(("finance.bank.statement", statement.id),),
        )

    @api.model
    def _replace_older(self, statement):
        """A report repeats what the earlier reports of the day told: the newest one counts."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE finance_bank_entry e SET state = 'superseded', duplicate_of_id = mine.id
                  FROM finance_bank_entry mine, finance_bank_statement older
                 WHERE mine.statement_id = %(id)s AND older.id = e.statement_id AND older.id <> %(id)s
                   AND older.journal_id = %(journal)s AND older.purpose = %(purpose)s
                   AND e.state = 'provisional' AND e.key = mine.key
                """,
                id=statement.id,
                journal=statement.journal_id.id,
                purpose=statement.purpose,
            )
        )
        self._finish(statement.journal_id)

    @api.model
    def _told_nothing(self, account, source):
        """An interface tells all that is pending each time: nothing told is nothing pending."""
        self._replace_told(account.journal_id, source, None)

    @api.model
    def _replace_told(self, journal, source, newest):
        """What an interface told so far is replaced by what it tells now, whatever its ids are now.

        :param newest: the report that stays, or None
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE finance_bank_entry e SET state = 'superseded'
                  FROM finance_bank_statement older
                 WHERE older.id = e.statement_id AND older.journal_id = %(journal)s AND older.purpose = 'interim'
                   AND older.format = %(source)s AND older.id <> %(newest)s AND e.state = 'provisional'
                """,
                journal=journal.id or 0,
                source=source,
                newest=newest.id if newest else 0,
            )
        )
        self._finish(journal)

    @api.model
    def _supersede(self, journal):
        """Take off the list what the posted statements of a journal say, or say that it was not booked."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE finance_bank_entry e SET state = 'superseded', duplicate_of_id = found.posted_id
                  FROM (
                    SELECT p.id, booked.id AS posted_id
                      FROM finance_bank_entry p
                      JOIN finance_bank_statement s ON s.id = p.statement_id
                      LEFT JOIN LATERAL (
                            SELECT known.id FROM finance_bank_entry known
                             WHERE known.posted_journal_id = %(journal)s AND known.state = 'posted'
                               AND known.key IN (
                                    p.key, split_part(p.key, '/', 1), split_part(p.key, '/', 1) || '/1')
                             ORDER BY known.key <> p.key LIMIT 1) booked ON TRUE
                     WHERE s.journal_id = %(journal)s AND p.state = 'provisional'
                       AND (booked.id IS NOT NULL OR COALESCE(p.booking_date, p.value_date) <= (
                            SELECT max(final.closing_date) FROM finance_bank_statement final
                             WHERE final.journal_id = %(journal)s AND final.purpose = 'statement'
                               AND final.state = 'posted'))) found
                 WHERE e.id = found.id
                """,
                journal=journal.id,
            )
        )
        self._finish(journal)

    @api.model
    def _finish(self, journal):
        """A report of which nothing is left to show is done."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE finance_bank_statement s SET state = 'superseded'
                 WHERE s.journal_id = %s AND s.state = 'provisional' AND NOT EXISTS (
                       SELECT FROM finance_bank_entry e WHERE e.statement_id = s.id AND e.state = 'provisional')
                   AND EXISTS (SELECT FROM finance_bank_entry e WHERE e.statement_id = s.id)
                """,
                journal.id,
            )
        )
        self.env["finance.bank.statement"].invalidate_model(["state"])
        self.env["finance.bank.entry"].invalidate_model()
