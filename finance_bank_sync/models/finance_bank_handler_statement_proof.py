from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL, format_date

from odoo.addons.finance_connector_base.engine.outcome import Held

from ..proof import balance


class FinanceBankHandlerStatement(models.AbstractModel):
    """Whether a statement is true: what is known of it already, its balances, the bank's own figures, open periods."""

    _inherit = "finance.bank.handler.statement"

    @api.model
    def _check_duplicates(self, statement):
        """Bookings that an earlier file brought vanish; twins stay, their keys count them.

        A collective booking is known as a whole, whether it was posted in one line (its key) or
        in several (``<key>/1`` and so on).
        """
        self.env.cr.execute(
            SQL(
                """
                UPDATE finance_bank_entry e
                   SET state = CASE WHEN p.id IS NULL THEN 'staged' ELSE 'duplicate' END, duplicate_of_id = p.id
                  FROM finance_bank_entry mine
                  LEFT JOIN LATERAL (
                        SELECT known.id FROM finance_bank_entry known
                         WHERE known.posted_journal_id = %(journal)s AND known.state = 'posted'
                           AND known.key IN (
                                mine.key, split_part(mine.key, '/', 1), split_part(mine.key, '/', 1) || '/1')
                         ORDER BY known.key <> mine.key LIMIT 1) p ON TRUE
                 WHERE mine.statement_id = %(statement)s AND mine.state IN ('staged', 'duplicate') AND e.id = mine.id
                   AND ((mine.state = 'staged') <> (p.id IS NULL) OR mine.duplicate_of_id IS DISTINCT FROM p.id)
                """,
                statement=statement.id,
                journal=statement.journal_id.id,
            )
        )
        self.env["finance.bank.entry"].invalidate_model()
        return None

    @api.model
    def _check_proof(self, statement):
        """opening + booked entries = closing, exactly, or a person accepts it with a reason.

        Where there are no balances, the bank's own control figures must be right.
        """
        figures = self._figures(statement)
        proof = balance.prove(figures["opening"], figures["sum"], figures["closing"])
        statement.write({"proof": proof.state, "difference": float(proof.difference or 0)})
        if proof.state == "unprovable":
            return self._check_control(statement)
        if proof.state == "proved" or statement._is_accepted("bank_proof_failed", proof.difference):
            return None
        return Held(
            reason="bank_proof_failed",
            error_class="data",
            detail=self.env._(
                "Opening balance %(opening)s and entries %(sum)s make %(made)s, but the closing balance says "
                "%(closing)s: %(difference)s %(currency)s are missing. %(why)s",
                opening=figures["opening"],
                sum=figures["sum"],
                made=figures["opening"] + figures["sum"],
                closing=figures["closing"],
                difference=proof.difference,
                currency=statement.currency_name,
                why=self.env["finance.bank.explainer"]._sentence(statement, proof.difference),
            ),
            params={"statement_id": statement.id, "difference": str(proof.difference)},
        )

    @api.model
    def _check_control(self, statement):
        wrong = (statement.summary or {}).get("wrong") or []
        found = ", ".join(f"{what} {stated} ({counted})" for what, stated, counted in wrong)
        if not wrong or statement._is_accepted("bank_control_differs", found):
            return None
        return Held(
            reason="bank_control_differs",
            error_class="data",
            detail=self.env._(
                "The statement carries no balances, and the bank's own control figures are not what was counted: %s.",
                found,
            ),
            params={"statement_id": statement.id, "difference": found},
        )

    @api.model
    def _check_period(self, statement):
        """Odoo would silently move a line out of a locked period: hold it instead, date untouched."""
        self.env.cr.execute(
            SQL(
                "SELECT DISTINCT %(date)s FROM finance_bank_entry WHERE statement_id = %(id)s AND state = 'staged'",
                date=_date_column(statement.journal_id),
                id=statement.id,
            )
        )
        days = sorted(row[0] for row in self.env.cr.fetchall() if row[0])
        for day in days:
            locks = statement.company_id._get_violated_lock_dates(day, False, statement.journal_id)
            if locks:
                return Held(
                    reason="bank_period_closed",
                    error_class="business",
                    detail=self.env._(
                        "Entries of %(day)s fall into a closed period: %(locks)s. They keep their date and wait.",
                        day=format_date(self.env, day),
                        locks=statement.company_id._format_lock_dates(locks),
                    ),
                    params={"statement_id": statement.id, "date": fields.Date.to_string(day)},
                    waiting_key=statement.company_id._finance_period_key(),
                )
        return None

    # -- figures ---------------------------------------------------------------------------

    @api.model
    def _figures(self, statement):
        """Exact figures of a statement as Decimal: opening, closing, sum of booked, sum of new."""
        statement.flush_recordset()
        self.env.cr.execute(
            SQL(
                """
                SELECT COALESCE(sum(amount) FILTER (WHERE state <> 'not_booked'), 0)::text,
                       COALESCE(sum(amount) FILTER (WHERE state = 'staged'), 0)::text
                  FROM finance_bank_entry WHERE statement_id = %s
                """,
                statement.id,
            )
        )
        total, new = (balance.trimmed(Decimal(text)) for text in self.env.cr.fetchone())
        return {
            "opening": self._stated(statement, "opening"),
            "closing": self._stated(statement, "closing"),
            "sum": total,
            "new": new,
        }

    @api.model
    def _stated(self, statement, which):
        """A balance as the bank printed it; the stored text, never the float of the display field."""
        if not statement[f"has_{which}"]:
            return None
        statement.flush_recordset()
        self.env.cr.execute(
            SQL(
                "SELECT %(column)s::text FROM finance_bank_statement WHERE id = %(id)s",
                column=SQL.identifier(which),
                id=statement.id,
            )
        )
        return balance.trimmed(Decimal(self.env.cr.fetchone()[0]))


def _date_column(journal):
    if journal.finance_date_basis == "value":
        return SQL("COALESCE(value_date, booking_date)")
    return SQL("COALESCE(booking_date, value_date)")
