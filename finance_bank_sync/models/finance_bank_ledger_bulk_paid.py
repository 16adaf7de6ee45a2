import json
from collections import defaultdict
from decimal import Decimal

from odoo.tools import SQL

from ..ledger.payment import MAGIC, paid_document, paid_item, unexplained
from .finance_bank_ledger_bulk_batch import NotProved

#: an item ``l`` of the entry ``m``, in the currency of the company ``c``, that nothing was reconciled with
UNTOUCHED = SQL(
    """
    l.parent_state = 'posted' AND m.state = 'posted' AND l.company_id = c.id AND m.company_id = c.id
    AND l.currency_id = c.currency_id AND NOT COALESCE(l.reconciled, FALSE) AND l.amount_residual = l.balance
    AND l.amount_residual_currency = l.balance AND l.amount_currency = l.balance AND l.matching_number IS NULL
    AND l.full_reconcile_id IS NULL
    """
)
#: such an item is all that its document leaves open, and neither a bank line nor a payment
DOCUMENT = SQL(
    """
    l.statement_line_id IS NULL AND m.statement_line_id IS NULL AND m.origin_payment_id IS NULL
    AND m.payment_state = 'not_paid'
    AND (m.move_type = 'entry' OR l.display_type = 'payment_term' AND m.amount_residual = abs(l.balance))
    """
)


def reconciled(env, payers):
    """What journal items were reconciled with.

    :param payers: list of ids
    :return: dict id -> (dict id of the other item -> id of the partial reconciliation, id of the full one or None)
    """
    env.cr.execute(
        SQL(
            """
            SELECT o.own, o.other, r.id, r.full_reconcile_id FROM account_partial_reconcile r
             CROSS JOIN LATERAL (VALUES (r.debit_move_id, r.credit_move_id), (r.credit_move_id, r.debit_move_id))
                   AS o(own, other) WHERE o.own = ANY(%s)
            """,
            payers,
        )
    )
    found = {payer: ({}, None) for payer in payers}
    for own, other, partial, full in env.cr.fetchall():
        found[own][0][other] = partial
        found[own] = (found[own][0], full)
    return found


class PaidItems:
    """What becomes of items that are paid in full, and of their documents: learnt from controls, then written.

    :param items: list of :class:`~..ledger.payment.OpenItem` that controls pay, or that pay; nothing is paid yet
    """

    def __init__(self, env, items):
        self.env = env
        self.items = items
        self.before = self._stored()
        # (shape, kind of document) -> its state once it is paid
        self.states = {}
        self.stamped = {}

    def learn(self, paid):
        """Learn what became of documents.

        :param paid: list of (shape, item, id of the full reconciliation), of the controls
        :return: dict shape -> columns that changed otherwise than the rules say
        """
        after = self._stored()
        wrong = defaultdict(set)
        for shape, item, full in paid:
            document = {}
            if item.move_type != "entry":
                state = after["account_move", item.move_id]["payment_state"]
                document = paid_document(self.states.setdefault((shape, item.move_type), state))
            for table, row_id, rules in (
                ("account_move_line", item.id, paid_item(full)),
                ("account_move", item.move_id, document),
            ):
                was, now = self.before[table, row_id], after[table, row_id]
                wrong[shape] |= {f"{table}.{column}" for column in unexplained(was, now, rules)}
                if any(was[column] != now[column] for column in MAGIC):
                    self.stamped[table] = {column: now[column] for column in MAGIC}
        # a bank line whose item pays stays as it was
        for (table, row_id), was in self.before.items():
            if table == "account_bank_statement_line" and was != after[table, row_id]:
                for shape, item, _full in paid:
                    if item.move_id == was["move_id"]:
                        wrong[shape].add(table)
        return wrong

    def pay(self, paid):
        """What was paid is paid, and knows by what.

        :param paid: list of (shape, item, id of the full reconciliation)
        :raise NotProved: rows are missing
        """
        self._update(
            "account_move_line",
            [(item.id, full) for _shape, item, full in paid],
            SQL(
                "amount_residual = 0, amount_residual_currency = 0, reconciled = TRUE,"
                " full_reconcile_id = v.found::int, matching_number = v.found"
            ),
        )
        self._update(
            "account_move",
            [
                (item.move_id, self.states[shape, item.move_type])
                for shape, item, _full in paid
                if item.move_type != "entry"
            ],
            SQL("amount_residual = 0, amount_residual_signed = 0, payment_state = v.found"),
        )

    def _update(self, table, found, assignments):
        """:param found: list of (id, value)"""
        stamps = [
            SQL(", %s = %s", SQL.identifier(column), value) for column, value in self.stamped.get(table, {}).items()
        ]
        self.env.cr.execute(
            SQL(
                "UPDATE %s t SET %s%s FROM unnest(%s::int[], %s::text[]) AS v(id, found) WHERE t.id = v.id",
                SQL.identifier(table),
                assignments,
                SQL().join(stamps),
                [row_id for row_id, _value in found],
                [str(value) for _row_id, value in found],
            )
        )
        if self.env.cr.rowcount != len(found):
            raise NotProved(f"rows of {table} are missing")

    def _stored(self):
        """:return: dict (table, id) -> row, of the items, their entries and bank lines"""
        found = {}
        moves = [item.move_id for item in self.items]
        for table, column, ids in (
            ("account_move_line", "id", [item.id for item in self.items]),
            ("account_move", "id", moves),
            ("account_bank_statement_line", "move_id", moves),
        ):
            self.env.cr.execute(
                SQL(
                    "SELECT id, to_jsonb(t)::text FROM %s t WHERE %s = ANY(%s)",
                    SQL.identifier(table),
                    SQL.identifier(column),
                    ids,
                )
            )
            for row_id, text in self.env.cr.fetchall():
                found[table, row_id] = json.loads(text, parse_float=Decimal)
        return found
