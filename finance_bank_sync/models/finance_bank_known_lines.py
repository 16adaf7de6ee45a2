from collections import defaultdict
from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL, format_date

from odoo.addons.finance_connector_base.engine.outcome import Held

from ..proof.known_lines import Booking, Line, pairs, whole

#: the fault, as exceptions and the dialog name it
REASON = "bank_lines_known"


class FinanceBankKnownLines(models.AbstractModel):
    """Bank lines that were there before: entered by hand, or brought by another import (K-03).

    No key of a booking says that a statement tells them again. Where amount and day are those of a
    booking, a person says whether both are the same. The line is then the booking's, with what was reconciled on
    it, and nothing is booked a second time.
    """

    _name = "finance.bank.known.lines"
    _description = "Bank Lines That Were There Before"

    @api.model
    def _check(self, statement):
        """Hold a statement with bookings that may be on the ledger already, until a person has said it of each."""
        _same, open_pairs = self._pairs(statement)
        if not open_pairs:
            return None
        first = open_pairs[0][0]
        entry = self.env["finance.bank.entry"].sudo().browse(first.id)  # sudo: read by the engine
        return Held(
            reason=REASON,
            error_class="business",
            detail=self.env._(
                "%(count)s bookings of this statement have the amount and day of lines that are in the journal "
                "already, entered by hand or brought by another import. The first: %(day)s, %(amount)s %(currency)s, "
                "%(label)s. Say which of them are the same.",
                count=len(open_pairs),
                day=format_date(self.env, entry.booking_date or entry.value_date),
                amount=f"{first.amount:.2f}",
                currency=statement.currency_name,
                label=entry.label or "/",
            ),
            params={"statement_id": statement.id, "count": len(open_pairs)},
        )

    @api.model
    def _pairs(self, statement):
        """Pair the bookings of a statement with lines, each once.

        What a person said stays as long as it can be: whatever comes later, the booking keeps the line that it was
        given, and one that is another leaves its line to those that may be it. A collective booking may be one line
        as a whole, where none of its payments is a line.

        :return: (pairs of which a person said that they are the same, pairs that nobody was asked about), each a list
            of (:class:`~..proof.known_lines.Booking`, line id)
        """
        lines = self._strangers(statement)
        if not lines:
            return [], []
        single, collective = self._bookings(statement, {line.amount for line in lines})
        said = statement.known_lines or {}
        by_id = {line.id: line for line in lines}
        same = [
            (booking, line.id)
            for booking in single + collective
            if (line := by_id.get(said.get(booking.name)))
            and line.amount == booking.amount
            and line.day in booking.days
        ]
        settled = {booking.name for booking, _line in same} | {name for name, line in said.items() if not line}
        asked = []
        for bookings in (single, collective):
            given = {line for _booking, line in same + asked}
            taken = {row for booking, _line in same + asked for row in booking.rows or [booking.id]}
            asked += pairs(
                (b for b in bookings if b.name not in settled and taken.isdisjoint(b.rows or [b.id])),
                (line for line in lines if line.id not in given),
            )
        return same, asked

    @api.model
    def _bookings(self, statement, amounts):
        """:return: what is new in a statement: (rows of these amounts, collective bookings whose payments are rows)"""
        self.env.cr.execute(
            SQL(
                """
                SELECT id, position, detail_position, amount::text, booking_date, value_date,
                       concat_ws(' ', label, remittance)
                  FROM finance_bank_entry
                 WHERE statement_id = %s AND state = 'staged' AND (amount = ANY(%s) OR detail_position > 0)
                 ORDER BY position, detail_position
                """,
                statement.id,
                sorted(amounts),
            )
        )
        single, payments = [], defaultdict(list)
        for number, position, detail, amount, booked, value, text in self.env.cr.fetchall():
            days = tuple(dict.fromkeys(day for day in (booked, value) if day))
            booking = Booking(number, Decimal(amount), days, text or "")
            if booking.amount in amounts:
                single.append(booking)
            if detail:
                payments[position].append(booking)
        return single, [whole(found) for found in payments.values() if len(found) > 1]

    @api.model
    def _strangers(self, statement):
        """:return: list of :class:`~..proof.known_lines.Line` of the journal in the days of what is new"""
        self.env["account.bank.statement.line"].flush_model()
        self.env["account.move"].flush_model(["date", "state"])
        self.env["finance.bank.entry"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                SELECT line.id, line.amount::text, move.date, line.payment_ref
                  FROM account_bank_statement_line line
                  JOIN account_move move ON move.id = line.move_id AND move.state = 'posted'
                  JOIN (SELECT min(LEAST(booking_date, value_date)) AS first,
                               max(GREATEST(booking_date, value_date)) AS last
                          FROM finance_bank_entry WHERE statement_id = %(statement)s AND state = 'staged') days
                    ON move.date BETWEEN days.first AND days.last
                  JOIN (SELECT id FROM account_bank_statement_line
                         WHERE journal_id = %(journal)s AND finance_entry_id IS NULL
                         UNION ALL
                        SELECT line_id FROM finance_bank_entry
                         WHERE posted_journal_id = %(journal)s AND state = 'by_hand') stranger ON stranger.id = line.id
                 ORDER BY move.date, line.id
                """,
                statement=statement.id,
                journal=statement.journal_id.id,
            )
        )
        return [Line(number, Decimal(amount), day, text or "") for number, amount, day, text in self.env.cr.fetchall()]

    @api.model
    def _take(self, statement):
        """Give the bookings that a person found in the journal their lines, in the transaction that posts the others.

        :return: number of these lines
        """
        same = self._pairs(statement)[0] if statement.known_lines else []
        if not same:
            return 0
        self.env["finance.bank.batch"]._join([booking.rows for booking, _line in same if booking.rows])
        entries, lines = [booking.id for booking, _line in same], [line for _booking, line in same]
        self.env["finance.bank.by.hand"]._hand_over(entries, lines)
        paired = SQL("unnest(%s::int[], %s::int[]) AS same(entry, line)", entries, lines)
        self.env.cr.execute(
            SQL(
                "UPDATE account_bank_statement_line l SET finance_entry_id = same.entry FROM %s WHERE l.id = same.line",
                paired,
            )
        )
        self.env.cr.execute(
            SQL(
                "UPDATE finance_bank_entry e SET state = 'posted', posted_journal_id = %s, line_id = same.line FROM %s"
                " WHERE e.id = same.entry",
                statement.journal_id.id,
                paired,
            )
        )
        self.env["account.bank.statement.line"].invalidate_model()
        self.env["finance.bank.entry"].invalidate_model()
        self.env["finance.audit"]._record(
            "bank.lines.taken", statement, after={"lines": len(same)}, correlation_id=statement.correlation_id
        )
        return len(same)
