from collections import namedtuple
from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL, format_date

from odoo.addons.finance_connector_base.engine.outcome import Held

#: a posted statement near the one in question; ``follower`` is the one that went on from it
Near = namedtuple("Near", "id day closing continues_from previous follower")
#: where a statement belongs: ``last`` is what a person would call the statement before it
Place = namedtuple("Place", "start earlier previous follower last")


class FinanceBankContinuity(models.AbstractModel):
    """Does a statement continue what is on the ledger? (K-05)

    Every posted statement moved the ledger from one balance (``continues_from``) to another
    (``closing``) and knows the statement it went on from (``previous_id``). A new one fits where
    it goes on from a statement that none went on from yet, or where it closes with the balance
    that a later stretch began with. So the order of arrival does not matter, and nothing is
    continued twice.
    """

    _name = "finance.bank.continuity"
    _description = "Continuity of Statements"

    @api.model
    def _check(self, statement):
        """Hold a statement that does not continue the ledger.

        What it moves the ledger by is what is new in it: without overlap the rule is "opening =
        last closing", with an overlap the bookings known already count once. If that fails
        because bookings look known although the statement begins where the ledger ends, they are
        twins of the known ones, and new.
        """
        figures = self.env["finance.bank.handler.statement"]._figures(statement)
        is_interface = self.env["finance.bank.channels"]._is_interface(statement)
        if figures["closing"] is None or (figures["opening"] is None and not is_interface):
            return None
        place = self._place(statement, figures)
        if place.previous and statement.proof == "unprovable":
            # an interface tells no opening balance: the closing balance before, and what is new, make this one
            statement.write({"proof": "proved", "difference": 0.0})
        if not place.last or place.previous or place.follower:
            return None
        others = self._without_balance(statement, place)
        if statement.proof == "proved" and figures["new"] != figures["sum"] and others is None:
            if self._open_end(self._near(statement, "before"), figures["opening"]):
                self.env["finance.bank.twins"]._count_on(statement)
                return None
        gap = place.start - place.last.closing
        if gap == others:
            return None
        if statement._is_accepted("bank_gap", gap):
            return None
        return self._hold(statement, place, gap)

    @api.model
    def _without_balance(self, statement, place):
        """:return: sum of what an interface has brought since the last balance without telling another one, or None"""
        self.env.cr.execute(
            SQL(
                """
                SELECT sum(e.amount)::text
                  FROM finance_bank_entry e JOIN finance_bank_statement s ON s.id = e.statement_id
                 WHERE e.posted_journal_id = %(journal)s AND e.state = 'posted' AND NOT s.has_closing
                   AND s.format LIKE 'api.%%' AND COALESCE(e.booking_date, e.value_date) > %(after)s
                   AND COALESCE(e.booking_date, e.value_date) <= %(until)s
                """,
                journal=statement.journal_id.id,
                after=place.last.day,
                until=self._day(statement),
            )
        )
        [total] = self.env.cr.fetchone()
        return None if total is None else Decimal(total)

    @api.model
    def _hold(self, statement, place, gap):
        last = self.env["finance.bank.statement"].sudo().browse(place.last.id)  # sudo: read by the engine, one journal
        return Held(
            reason="bank_gap",
            error_class="data",
            detail=self.env._(
                "The last statement on the ledger (%(last)s, %(date)s) closed with %(closing)s, this one continues "
                "from %(start)s: a statement moving %(gap)s %(currency)s is missing between them.",
                last=last.name,
                date=format_date(self.env, last.closing_date),
                closing=f"{place.last.closing:.2f}",
                start=f"{place.start:.2f}",
                gap=f"{gap:.2f}",
                currency=statement.currency_name,
            ),
            params={"statement_id": statement.id, "difference": str(gap), "previous_id": last.id},
            waiting_key=self._key(statement.journal_id),
        )

    @api.model
    def _link(self, statement):
        """Put a statement that is being posted into its place."""
        figures = self.env["finance.bank.handler.statement"]._figures(statement)
        if figures["closing"] is None:
            return
        place = self._place(statement, figures)
        self.env.cr.execute(
            SQL(
                "UPDATE finance_bank_statement SET continues_from = %s, previous_id = %s WHERE id = %s",
                place.start,
                place.previous and place.previous.id,
                statement.id,
            )
        )
        if place.follower:
            self.env.cr.execute(
                SQL("UPDATE finance_bank_statement SET previous_id = %s WHERE id = %s", statement.id, place.follower.id)
            )
        if place.earlier:
            self.env.cr.execute(
                SQL(
                    "UPDATE finance_bank_statement SET continues_from = %s WHERE id = %s",
                    figures["opening"],
                    self._first(statement.journal_id).id,
                )
            )
        statement.invalidate_model(["continues_from", "previous_id"])

    @api.model
    def _place(self, statement, figures):
        earlier = self._earlier(statement, figures)
        start = figures["closing"] - (figures["new"] - earlier)
        before = self._near(statement, "before")
        after = self._near(statement, "after")
        previous, follower = self._open_end(before, start), None
        if start == figures["closing"] and not previous:
            # it moves nothing at the end, so it also fits between two that follow each other
            previous = next((near for near in before if near.closing == start), None)
            follower = next((near for near in after if previous and near.id == previous.follower), None)
        if not follower:
            follower = next(
                (
                    near
                    for near in after
                    if near.previous is None
                    and near.continues_from == figures["closing"]
                    # of one day, what leads back to it cannot also follow it
                    and (previous is None or near.day > self._day(statement))
                ),
                None,
            )
        last = next((near for near in before if near.follower is None), before[0] if before else None)
        return Place(start, earlier, previous, follower, last)

    @api.model
    def _open_end(self, before, balance):
        return next((near for near in before if near.follower is None and near.closing == balance), None)

    @api.model
    def _near(self, statement, side):
        """:return: the posted statements of the same day and of the nearest day before (or after) that has some"""
        other, direction = (SQL("<"), SQL("DESC")) if side == "before" else (SQL(">"), SQL("ASC"))
        statement.flush_model()
        self.env.cr.execute(
            SQL(
                """
                WITH posted AS (
                    SELECT id, closing_date, closing, continues_from, previous_id FROM finance_bank_statement
                     WHERE journal_id = %(journal)s AND state = 'posted' AND has_closing AND id <> %(id)s)
                SELECT p.id, p.closing_date, p.closing::text, p.continues_from::text, p.previous_id,
                       (SELECT f.id FROM finance_bank_statement f
                         WHERE f.previous_id = p.id AND f.state = 'posted' LIMIT 1)
                  FROM posted p
                 WHERE p.closing_date = %(day)s
                    OR p.closing_date = (SELECT o.closing_date FROM posted o WHERE o.closing_date %(other)s %(day)s
                                          ORDER BY o.closing_date %(direction)s LIMIT 1)
                 ORDER BY p.closing_date %(direction)s, p.id DESC
                """,
                journal=statement.journal_id.id,
                id=statement.id,
                day=self._day(statement),
                other=other,
                direction=direction,
            )
        )
        return [
            Near(number, day, Decimal(closing), None if start is None else Decimal(start), previous, follower)
            for number, day, closing, start, previous, follower in self.env.cr.fetchall()
        ]

    @api.model
    def _day(self, statement):
        return statement.closing_date or fields.Date.today()

    @api.model
    def _first(self, journal):
        return (
            self.env["finance.bank.statement"]
            .sudo()
            .search(  # sudo: read by the engine, one journal
                [("journal_id", "=", journal.id), ("state", "=", "posted"), ("has_closing", "=", True)],
                order="closing_date, id",
                limit=1,
            )
        )

    @api.model
    def _earlier(self, statement, figures):
        """Sum of what is new here but older than all that is on the ledger: a month after some of its days.

        It counts only if it leads exactly to the balance that the first of those days began with.
        """
        first = self._first(statement.journal_id)
        if not first or figures["opening"] is None or figures["new"] == figures["sum"]:
            return Decimal(0)
        self.env.cr.execute(
            SQL(
                """
                SELECT COALESCE(sum(e.amount), 0)::text,
                       (SELECT continues_from::text FROM finance_bank_statement WHERE id = %(first)s)
                  FROM finance_bank_entry e
                 WHERE e.statement_id = %(id)s AND e.state = 'staged'
                   AND COALESCE(e.booking_date, e.value_date) <
                       (SELECT min(COALESCE(p.booking_date, p.value_date)) FROM finance_bank_entry p
                         WHERE p.posted_journal_id = %(journal)s AND p.state = 'posted')
                """,
                id=statement.id,
                first=first.id,
                journal=statement.journal_id.id,
            )
        )
        earlier, start = self.env.cr.fetchone()
        leads_there = start is not None and figures["opening"] + Decimal(earlier) == Decimal(start)
        return Decimal(earlier) if leads_there else Decimal(0)

    @api.model
    def _key(self, journal):
        return f"bank.continuity:{journal.id}"
