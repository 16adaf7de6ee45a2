import logging

import psycopg2

from .finance_bank_ledger_bulk_batch import NotProved
from .finance_payment_ledger_bulk_copies import PaymentCopies
from .finance_payment_ledger_bulk_follow_up import PaymentFollowUp
from .finance_payment_ledger_bulk_planned import PlannedPayments
from .finance_payment_ledger_bulk_proof import PaymentProof

_logger = logging.getLogger(__name__)


class PaymentBatch:
    """Payments of one order on their way to the ledger; positions are those of the lines."""

    def __init__(self, ledger, lines, method, outstanding):
        self.planned = PlannedPayments(ledger, lines, method, outstanding)
        self.proof = PaymentProof(self.planned)
        self.env = self.planned.env
        # what the ORM made, by position
        self.made = {}

    @property
    def first(self):
        """Positions of the payments that the ORM has to make first."""
        return sorted(self.planned.controls + self.planned.division.alone)

    @property
    def copies(self):
        """Positions of the payments that are proved to be copies."""
        return self.proof.copies

    def by_orm(self, positions):
        """:return: payments that the ORM made, posted and reconciled"""
        payments = self.env["account.payment"]
        if positions:
            mine = self.planned.lines
            lines = mine.browse([mine.ids[position] for position in positions]).with_prefetch(mine._prefetch_ids)
            made = self.planned.ledger._book_by_orm(lines, self.planned.method)
            self.made.update(zip(positions, made.ids, strict=True))
            payments |= made
        return payments

    def prove(self):
        """:return: positions of the payments that cannot be copied"""
        return self.proof.prove(self.made)

    def copy_proved(self):
        """Copy what is proved, in a savepoint.

        :return: the copied payments; none when it did not work out
        """
        payments = self.env["account.payment"]
        copies = self.copies
        if not copies:
            return payments
        self.env.flush_all()
        try:
            with self.env.cr.savepoint(flush=False):
                ids = PaymentCopies(self.planned, self.proof, self.made).book(copies)
        except (NotProved, psycopg2.IntegrityError) as error:
            # a number taken by somebody who does not ask core for it, or rows that the database changed
            _logger.warning("payments are made by the ORM: %s", error)
            self.env.invalidate_all(flush=False)
            return payments
        self.env.invalidate_all(flush=False)
        PaymentFollowUp(self.planned, self.proof, ids).do()
        return payments.browse([ids[position].payment for position in copies])
