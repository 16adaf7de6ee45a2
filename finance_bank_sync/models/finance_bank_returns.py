from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL

from ..formats.model import RETURNS
from ..matching.received import charges_inside, sanitized
from ..matching.returns import MAX_DAYS, Booked, origins
from ..matching.tokens import normalise, references, tokens

#: origins that are shown to a person
MAX_SHOWN = 3
#: open returns that are looked at again when a statement is posted; the scheduled action has the others
MOST_LATE = 100


class FinanceBankReturns(models.AbstractModel):
    """Finds the payment that a returned booking undoes (K-14, K-35)."""

    _name = "finance.bank.returns"
    _description = "Returns of Bank Matching"

    @api.model
    def _answer(self, company, answers):
        """Say which bank line each return undoes, each line once.

        :param answers: list of :class:`~..matching.answers.Answer`
        """
        back = [answer for answer in answers if answer.fact.is_return and not answer.row["is_difference"]]
        if not back:
            return
        taken = set()
        candidates = self._candidates(company, back)
        for answer in back:
            known = [one for one in candidates if one.id not in taken]
            found = origins(_booked(answer.row, answer.row["id"]), known, most_fee=self._most_fee(answer))
            if found:
                answer.origins = tuple(found[:MAX_SHOWN])
                answer.is_return_automatic = found[0].is_sure
                if found[0].is_sure:
                    taken.add(found[0].id)

    @api.model
    def _match_late(self, statement):
        """A statement that is late brings payments whose return is on the ledger already: look for them again.

        :param statement: the statement that was posted just now
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                SELECT l.id FROM account_bank_statement_line l
                  JOIN finance_bank_entry e ON e.id = l.finance_entry_id
                 WHERE l.company_id = %(company)s AND l.is_reconciled IS NOT TRUE
                   AND e.booking_date >= (SELECT min(booking_date) FROM finance_bank_entry WHERE statement_id = %(id)s)
                   AND e.is_left_to_person IS NOT TRUE AND NOT e.is_difference
                   AND (e.return_code IS NOT NULL OR e.is_reversal
                        OR split_part(e.transaction_code, '-', 3) = ANY(%(families)s))
                 ORDER BY l.id LIMIT %(most)s
                """,
                company=statement.company_id.id,
                id=statement.id,
                families=sorted(RETURNS),
                most=MOST_LATE,
            )
        )
        found = [line for (line,) in self.env.cr.fetchall()]
        if found:
            self.env["finance.bank.rematcher"]._match_again(self.env["account.bank.statement.line"].browse(found))

    @api.model
    def _most_fee(self, answer):
        return Decimal(0)

    @api.model
    def _candidates(self, company, back):
        """Reconciled bank lines of the company that share an id, a reference or an account with a return."""
        rows = [answer.row for answer in back]
        ids = {row["end_to_end_id"] for row in rows if row["end_to_end_id"]}
        bank = {row["bank_reference"] for row in rows if row["bank_reference"]}
        accounts = {row["party_account"] for row in rows if row["party_account"]}
        structured = {ref for row in rows for ref in row["structured_references"] or []}
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                SELECT l.id AS line_id, e.amount::text AS amount, e.currency_name, e.booking_date, e.value_date,
                       e.end_to_end_id, e.bank_reference, e.structured_references, e.document_numbers,
                       e.party_account, e.charges, e.label, e.remittance
                  FROM finance_bank_entry e
                  JOIN account_bank_statement_line l ON l.id = e.line_id AND l.is_reconciled
                 WHERE e.company_id = %(company)s AND e.state = 'posted'
                   AND e.booking_date >= %(since)s::date - %(days)s
                   AND (e.end_to_end_id = ANY(%(ids)s) OR e.bank_reference = ANY(%(bank)s)
                        OR e.party_account = ANY(%(accounts)s)
                        OR e.structured_references IS NOT NULL
                           AND jsonb_exists_any(e.structured_references, %(structured)s))
                   AND NOT EXISTS (SELECT 1 FROM finance_bank_match m
                                    WHERE m.origin_line_id = l.id AND m.state = 'active')
                 ORDER BY e.booking_date DESC, e.id DESC LIMIT 2000
                """,
                company=company.id,
                since=min((row["booking_date"] or row["value_date"]) for row in rows),
                days=MAX_DAYS,
                ids=sorted(ids),
                bank=sorted(bank),
                accounts=sorted(accounts),
                structured=sorted(structured),
            )
        )
        return [_booked(row, row["line_id"]) for row in self.env.cr.dictfetchall()]


def _booked(row, key):
    pieces = tokens([row["remittance"], row["label"]])
    named = references([*(row["structured_references"] or []), *(row["document_numbers"] or [])])
    own = references([row["end_to_end_id"]])
    return Booked(
        id=key,
        amount=Decimal(row["amount"]),
        currency=row["currency_name"],
        date=row["booking_date"] or row["value_date"],
        # the bank of a returned payment often repeats its id in the text only
        end_to_end=own,
        bank_references=frozenset({normalise(row["bank_reference"])} if row["bank_reference"] else ()),
        references=named or frozenset(piece for piece in pieces if len(piece) >= 8),
        account=sanitized(row["party_account"]),
        charges=charges_inside(row),
    )
