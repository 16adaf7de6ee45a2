from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL, groupby

from ..proof import channels

#: beginning of the format of what came over an interface
INTERFACE = "api."


class FinanceBankChannels(models.AbstractModel):
    """The same bookings over two channels: an interface and files, or an interface whose ids have changed.

    What keys do not recognise is paired by day and amount, see ``proof/channels.py``.
    """

    _name = "finance.bank.channels"
    _description = "Bookings over Several Channels"

    @api.model
    def _is_interface(self, statement):
        return (statement.format or "").startswith(INTERFACE)

    @api.model
    def _check(self, statement):
        """Find bookings of a statement that another channel has brought; a check of the statement handler."""
        statement.flush_model()
        days = self._days(statement)
        if days[0] is None:
            return None
        is_interface = self._is_interface(statement)
        if not is_interface:
            if not self._has_other(statement, days):
                return None
            self._repeat(statement)
        new = self._bookings(self._new(statement))
        known = self._bookings(self._known(statement, days, only_interface=not is_interface))
        pairs = channels.pair([booking for booking, _rows in new.values()], [booking for booking, _ in known.values()])
        rows = [(entry_id, known[old][1][0]) for number, old in pairs.items() for entry_id in new[number][1]]
        if rows:
            self.env.cr.execute_values(
                """
                UPDATE finance_bank_entry e SET state = 'duplicate', duplicate_of_id = v.known
                  FROM (VALUES %s) AS v(id, known) WHERE e.id = v.id
                """,
                rows,
                page_size=1000,
            )
            self.env["finance.bank.entry"].invalidate_model()
        return None

    @api.model
    def _days(self, statement):
        self.env.cr.execute(
            SQL(
                """
                SELECT min(COALESCE(booking_date, value_date)), max(COALESCE(booking_date, value_date))
                  FROM finance_bank_entry WHERE statement_id = %s AND state = 'staged'
                """,
                statement.id,
            )
        )
        return self.env.cr.fetchone()

    @api.model
    def _has_other(self, statement, days):
        self.env.cr.execute(
            SQL(
                """
                SELECT EXISTS (
                    SELECT FROM finance_bank_statement s
                      JOIN finance_bank_entry e ON e.statement_id = s.id AND e.state = 'posted'
                     WHERE s.journal_id = %(journal)s AND s.format LIKE 'api.%%' AND s.state = 'posted'
                       AND COALESCE(e.booking_date, e.value_date) BETWEEN %(first)s AND %(last)s)
                """,
                journal=statement.journal_id.id,
                first=days[0],
                last=days[1],
            )
        )
        return self.env.cr.fetchone()[0]

    @api.model
    def _repeat(self, statement):
        """A file that comes again is paired as it was the first time."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE finance_bank_entry e SET state = 'duplicate', duplicate_of_id = p.id
                  FROM finance_bank_entry earlier
                  JOIN finance_bank_entry p ON p.id = earlier.duplicate_of_id AND p.state = 'posted'
                 WHERE e.statement_id = %(id)s AND e.state = 'staged' AND earlier.key = e.key
                   AND earlier.state = 'duplicate' AND earlier.statement_id <> e.statement_id
                   AND p.posted_journal_id = %(journal)s
                """,
                id=statement.id,
                journal=statement.journal_id.id,
            )
        )
        self.env["finance.bank.entry"].invalidate_model()

    @api.model
    def _new(self, statement):
        return SQL("e.statement_id = %s AND e.state = 'staged'", statement.id)

    @api.model
    def _known(self, statement, days, *, only_interface):
        """Bookings on the ledger that nothing has recognised yet: neither this statement by its keys, nor, for a file,
        another file of the same days."""
        return SQL(
            """
            e.posted_journal_id = %(journal)s AND e.state = 'posted'
            AND COALESCE(e.booking_date, e.value_date) BETWEEN %(first)s AND %(last)s
            AND NOT EXISTS (
                SELECT FROM finance_bank_entry d JOIN finance_bank_statement ds ON ds.id = d.statement_id
                 WHERE d.duplicate_of_id = e.id AND d.state = 'duplicate'
                   AND (d.statement_id = %(id)s OR (%(files)s AND ds.format NOT LIKE 'api.%%')))
            AND (NOT %(files)s OR s.format LIKE 'api.%%')
            """,
            journal=statement.journal_id.id,
            first=days[0],
            last=days[1],
            id=statement.id,
            files=only_interface,
        )

    @api.model
    def _bookings(self, condition):
        """Put the rows of collective bookings together.

        :return: dict number -> (:class:`~..proof.channels.Booked`, ids of its rows)
        """
        self.env.cr.execute(
            SQL(
                """
                SELECT e.statement_id, e.position, e.id, COALESCE(e.booking_date, e.value_date), e.amount::text,
                       e.currency_name, e.end_to_end_id, e.bank_reference, e.party_account, upper(e.party_name)
                  FROM finance_bank_entry e JOIN finance_bank_statement s ON s.id = e.statement_id
                 WHERE %s ORDER BY e.statement_id, e.position, e.detail_position
                """,
                condition,
            )
        )
        found = {}
        for _place, rows in groupby(self.env.cr.fetchall(), key=lambda row: row[:2]):
            number, day, currency = rows[0][2], rows[0][3], rows[0][5]
            if day is None:
                continue
            booking = channels.Booked(
                number=number,
                day=day,
                amount=sum(Decimal(row[4]) for row in rows),
                currency=currency,
                marks=frozenset(mark for row in rows for mark in row[6:] if mark),
            )
            found[number] = (booking, [row[2] for row in rows])
        return found
