from collections import Counter, defaultdict

from odoo.tools import SQL

from ..ledger.payment import PaymentIds
from .finance_bank_ledger_bulk_batch import NotProved
from .finance_payment_ledger_bulk_rows import FULLS, PARTIALS, PAYMENTS

#: payments per INSERT
ROWS = 500


class PaymentCopies:
    """Writes the rows of payments that are proved to be copies, and what they change in what they pay.

    :param proof: :class:`PaymentProof`
    :param made: dict position -> id of the payments that the ORM made
    """

    def __init__(self, planned, proof, made):
        self.planned = planned
        self.proof = proof
        self.made = made
        self.env = planned.env
        self.plans = planned.plans
        self.numbers = planned.numbers
        self.series = planned.series

    def book(self, copies):
        """Write the payments of these positions.

        :return: dict position -> :class:`PaymentIds`
        :raise NotProved: what is stored is not what the rules say
        """
        numbers = self._numbered(copies)
        ids = self._draw(copies)
        for start in range(0, len(copies), ROWS):
            part = copies[start : start + ROWS]
            rows = ([], [], [])
            for position in part:
                for target, more in zip(rows, self.proof.rows(position, ids[position], numbers[position]), strict=True):
                    target += more
            for kind, its_rows in ((FULLS, rows[1]), (PAYMENTS, rows[0]), (PARTIALS, rows[2])):
                if its_rows:
                    self._insert(kind, its_rows)
            self._change(part, ids)
            self.env["finance.bank.statistics"]._refresh()
            self.env["finance.dispatcher"]._heartbeat()
        self.env["account.move"]._get_sequence_cache().clear()
        return ids

    def _insert(self, kind, rows):
        if not self.proof.stored._insert(rows, kind):
            raise NotProved("rows are missing")
        differing = self.proof.stored._stored_otherwise(rows, kind)
        if differing:
            raise NotProved(f"stored otherwise than written: {', '.join(sorted(differing))}")

    def _numbered(self, copies):
        """Numbers after those that the ORM gave, in the order in which core numbers what is posted together."""
        made = self.env["account.payment"].browse(self.made.values())
        blocks = self.numbers._blocks(made.move_id, self.planned.series_of_day)
        if not blocks:
            raise NotProved("the numbers do not follow core's series")
        taken = Counter(self.series[position] for position in self.made)
        members = defaultdict(list)
        for position in sorted(copies, key=lambda p: (self.plans[p].date, self.plans[p].memo or "", p)):
            members[self.series[position]].append(position)
        return {
            position: number
            for key, found in members.items()
            for position, number in zip(found, blocks[key].numbers(taken[key] + len(found))[taken[key] :], strict=True)
        }

    def _draw(self, copies):
        """:return: dict position -> :class:`PaymentIds` taken from the sequences of the tables"""
        items = sum(len(self.plans[position].items) for position in copies)
        counts = {
            "account_payment": len(copies),
            "account_move": len(copies),
            "account_move_line": 2 * len(copies),
            "account_full_reconcile": sum(1 for position in copies if self.plans[position].items),
            "account_partial_reconcile": items,
        }
        drawn = {}
        for table, count in counts.items():
            self.env.cr.execute(
                SQL("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", table, count)
            )
            drawn[table] = iter(sorted(row_id for (row_id,) in self.env.cr.fetchall()))
        return {
            position: PaymentIds(
                payment=next(drawn["account_payment"]),
                move=next(drawn["account_move"]),
                liquidity=next(drawn["account_move_line"]),
                counterpart=next(drawn["account_move_line"]),
                full=next(drawn["account_full_reconcile"]) if self.plans[position].items else None,
                partials={item.id: next(drawn["account_partial_reconcile"]) for item in self.plans[position].items},
            )
            for position in copies
        }

    def _change(self, copies, ids):
        """What was paid is paid, and knows by what."""
        cr = self.env.cr
        paid = [
            (self.plans[position].shape, item, ids[position].full)
            for position in copies
            for item in self.plans[position].items
        ]
        self.proof.paid.pay(paid)
        links = [
            (ids[position].payment, item.move_id)
            for position in copies
            for item in self.plans[position].items
            if item.move_type != "entry"
        ]
        if links:
            cr.execute_values(
                "INSERT INTO account_move__account_payment (payment_id, invoice_id) VALUES %s ON CONFLICT DO NOTHING",
                links,
            )
        lines = {self.plans[position].line_id: ids[position].payment for position in copies}
        cr.execute(
            SQL(
                "UPDATE finance_payment_line t SET payment_id = v.payment FROM unnest(%s::int[], %s::int[]) AS"
                " v(id, payment) WHERE t.id = v.id",
                list(lines),
                list(lines.values()),
            )
        )
        if cr.rowcount != len(lines):
            raise NotProved("lines of the order are missing")
        cr.execute(
            SQL(
                "UPDATE finance_payment_item SET claims = FALSE WHERE line_id = ANY(%s) AND claims",
                list(lines),
            )
        )
