import logging

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..matching.answers import Answer
from ..matching.facts import Decision
from ..matching.received import facts_of
from .finance_bank_batch import DESCRIPTION, columns_of
from .finance_bank_ledger import QUIET

_logger = logging.getLogger(__name__)


class FinanceBankDetails(models.AbstractModel):
    """Details that come after their statement (camt.054): who paid, what for, and of what a booking consists.

    An open line is completed, or becomes one line for each payment; its number, its day and the sum stay.
    A line that somebody or something has settled stays as it is, with a note.
    """

    _name = "finance.bank.details"
    _description = "Details after the Statement"

    @api.model
    def _complete(self, notification):
        """Give the bookings on the ledger what this notification tells about them.

        :param notification: received ``finance.bank.statement`` that is shown and not posted
        :return: dict with the numbers of bookings split, completed and left as they are
        """
        done = {"split": 0, "completed": 0, "left": 0}
        changed = self.env["account.bank.statement.line"]
        for whole, details in self._told(notification):
            is_batch = len(details) > 1
            if not self._is_open(whole.line_id):
                if is_batch:
                    self._note(whole, notification)
                    done["left"] += 1
                continue
            try:
                with self.env.cr.savepoint():
                    lines = self._split(whole, details) if is_batch else self._describe(whole, details)
            except UserError as error:
                _logger.info("bank line %s stays as it is: %s", whole.line_id.id, error)
                self._note(whole, notification)
                done["left"] += 1
                continue
            if lines:
                changed |= lines
                done["split" if is_batch else "completed"] += 1
        if changed:
            self.env["finance.bank.rematcher"]._match_again(changed)
        return {what: count for what, count in done.items() if count}

    # -- what is told about which booking ----------------------------------------------------

    @api.model
    def _told(self, notification):
        """:return: list of (booking on the ledger, its details), where they add up to it"""
        notification.flush_recordset()
        # sudo: entries are written by the engine alone; company isolation is by the notification
        entries = self.env["finance.bank.entry"].sudo()
        entries.flush_model()
        self.env.cr.execute(
            SQL(
                """
                SELECT whole.id, array_agg(detail.id ORDER BY detail.detail_position)
                  FROM finance_bank_entry detail
                  JOIN finance_bank_entry whole ON whole.posted_journal_id = %(journal)s AND whole.state = 'posted'
                   AND whole.key = split_part(detail.key, '/', 1) AND whole.currency_name = detail.currency_name
                 WHERE detail.statement_id = %(id)s AND detail.status = 'BOOK' AND whole.line_id IS NOT NULL
                   AND whole.detail_position = 0 AND whole.details IS NULL
                 GROUP BY whole.id, whole.statement_id, whole.position
                HAVING sum(detail.amount) = whole.amount AND (count(*) = 1 OR %(split)s)
                 ORDER BY whole.statement_id, whole.position
                """,
                journal=notification.journal_id.id,
                id=notification.id,
                split=notification.journal_id.finance_split_batches,
            )
        )
        return [(entries.browse(whole), entries.browse(details)) for whole, details in self.env.cr.fetchall()]

    @api.model
    def _is_open(self, line):
        """Whether nobody has decided about the line, nor is doing so in this moment."""
        if not self.env["finance.bank.rematcher"]._open(line):
            return False
        # sudo: matches and entries are read by the engine
        entry = line.sudo().finance_entry_id
        is_decided = bool(entry.match_ids) or entry.is_left_to_person
        return not is_decided and not line.company_id._get_violated_lock_dates(line.date, False, line.journal_id)

    @api.model
    def _note(self, whole, notification):
        """Tell whoever looks at the line; it is settled, so nothing is wrong that somebody had to work on."""
        whole.line_id.move_id.message_post(
            body=self.env._(
                "The bank told the payments of this collective booking afterwards (%(file)s). The line had been "
                "decided about, so it was left as it is; the payments are listed under Received Entries.",
                file=notification.name,
            )
        )

    # -- one payment -------------------------------------------------------------------------

    @api.model
    def _describe(self, whole, detail):
        """Fill what the statement left empty; what it said stays.

        :return: the line, where something was new
        """
        # the text of a booking without one is what the bank calls it
        is_text_new = bool(detail.remittance) and not whole.remittance
        values = {
            name: detail[name]
            for name in DESCRIPTION
            if detail[name] and (not whole[name] or name == "label" and is_text_new)
        }
        if not values:
            return whole.line_id.browse()
        whole.write(values)
        self._write_line(whole.line_id, self._plan(whole, whole.line_id.sequence))
        return whole.line_id

    # -- several -----------------------------------------------------------------------------

    @api.model
    def _split(self, whole, details):
        """Make the booking its details: the line becomes the first of them, the others follow it.

        :return: the lines
        """
        line, total = whole.line_id, whole.amount
        position, statement = whole.position, whole.statement_id
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO finance_bank_entry (statement_id, position, state, detail_position, %(columns)s)
                SELECT %(statement)s, %(position)s, 'staged', detail.detail_position, %(of_detail)s
                  FROM finance_bank_entry detail WHERE detail.id = ANY(%(details)s)
                 ORDER BY detail.detail_position RETURNING id
                """,
                columns=columns_of("finance_bank_entry", is_named=False),
                of_detail=columns_of("detail", is_named=True),
                statement=statement.id,
                position=position,
                details=details.ids,
            )
        )
        made = whole.browse(entry for (entry,) in self.env.cr.fetchall())
        self.env.invalidate_all(flush=False)
        line.sudo().finance_entry_id = made[0]  # sudo: written by the engine alone
        whole.unlink()
        # lines of one sequence follow each other as they were made: all stand where the booking stood
        mine, *plans = (self._plan(entry, line.sequence) for entry in made)
        self._write_line(line, mine)
        ledger = self.env["finance.bank.ledger"]
        lines = line | ledger._create_lines(statement, line.statement_id, plans)
        ledger._check_dates(lines[1:], plans)
        ledger._mark_posted(statement, lines, [mine, *plans])
        lines.sudo().finance_owner_id = line.sudo().finance_owner_id  # sudo: whoever works the whole works its parts
        if lines.currency_id.compare_amounts(sum(lines.mapped("amount")), total):
            raise UserError(self.env._("The payments do not add up to the booking."))
        self.env["finance.audit"]._record(
            "bank.line.split",
            line,
            after={"lines": len(lines)},
            correlation_id=statement.correlation_id,
        )
        return lines

    @api.model
    def _plan(self, entry, sequence):
        """:return: :class:`~..ledger.plan.LinePlan` of a booking about which nothing is decided"""
        self.env.flush_all()
        matcher = self.env["finance.bank.matcher"]
        rows = matcher._rows(entry)
        statement = entry.statement_id
        knowledge = self.env["finance.bank.knowledge"]._gather(statement.company_id, rows)
        fact = facts_of(rows[0], knowledge)
        answer = Answer(row=rows[0], fact=fact, decision=Decision())
        return matcher._line(statement, answer, matcher._currencies(rows), sequence)

    @api.model
    def _write_line(self, line, plan):
        values = self.env["finance.bank.ledger"]._line_vals(line.finance_statement_id, line.statement_id, plan)
        for name in ("journal_id", "statement_id", "finance_entry_id", "date", "sequence", "counterpart_account_id"):
            values.pop(name)
        line.with_context(**QUIET).write(values)
