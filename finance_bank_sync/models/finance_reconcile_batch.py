import logging
from collections import defaultdict
from decimal import Decimal

import psycopg2

from odoo.tools import SQL

from ..ledger.matched import MatchedIds, MatchedSet, partial_rows
from ..ledger.payment import OpenItem, shared_items
from ..ledger.shape import divide_by
from .finance_bank_ledger_bulk_batch import NotProved
from .finance_bank_ledger_bulk_paid import DOCUMENT, UNTOUCHED, PaidItems, reconciled
from .finance_payment_ledger_bulk_follow_up import CLOSED
from .finance_payment_ledger_bulk_rows import FULLS, PARTIALS

_logger = logging.getLogger(__name__)

#: reconciliations per INSERT
ROWS = 1000


class MatchedBatch:
    """Sets of items that are reconciled: which are usual, and which of them may be copies of which.

    :param sets: list of sets of ids of journal items; positions are those of this list
    """

    def __init__(self, env, company, sets):
        self.env = env
        self.company = company
        self.safety = env["finance.reconcile.safety"]
        self.stored = env["finance.payment.ledger.bulk.rows"]
        self.plans = self._plans(sets)
        odd = self._odd()
        self.division = divide_by(
            [None if plan is None else plan.shape for plan in self.plans],
            [() if plan is None else plan.traits for plan in self.plans],
            odd,
        )
        self.paid = PaidItems(env, [item for position in self.controls for item in self._items(position)])
        self.templates = {}
        self.proved = []

    @property
    def controls(self):
        """Positions of the sets that prove something."""
        return [position for positions in self.division.controls.values() for position in positions]

    @property
    def first(self):
        """Positions of the sets that the ORM has to reconcile first."""
        return sorted(self.controls + self.division.alone)

    @property
    def copies(self):
        """Positions of the sets that are proved to be copies."""
        return sorted(position for shape in self.proved for position in self.division.copies[shape])

    def _items(self, position):
        plan = self.plans[position]
        return (plan.payer, *plan.items)

    # -- what they are -----------------------------------------------------------------------

    def _plans(self, sets):
        """:return: list of :class:`MatchedSet`; None where not one bank line pays"""
        found = self._read({item for ids in sets for item in ids})
        plans = []
        for ids in sets:
            payers = [found[item] for item in ids if found[item][1]]
            paid = [found[item][0] for item in ids if not found[item][1]]
            # the order in which core pays them
            items = tuple(sorted(paid, key=lambda item: (item.date, item.amount, item.id)))
            plans.append(MatchedSet(payer=payers[0][0], items=items) if len(payers) == 1 else None)
        return plans

    def _read(self, ids):
        """:return: dict id -> (item, whether it is the item of a bank line)"""
        self.env.cr.execute(
            SQL(
                """
                SELECT l.id, l.move_id, m.move_type, l.account_id, l.date, l.amount_residual::text,
                       l.statement_line_id IS NOT NULL,
                       COALESCE(a.reconcile AND %s AND (l.statement_line_id IS NOT NULL OR %s), FALSE)
                  FROM account_move_line l
                  JOIN account_move m ON m.id = l.move_id
                  JOIN account_account a ON a.id = l.account_id
                  JOIN res_company c ON c.id = %s
                 WHERE l.id = ANY(%s)
                """,
                UNTOUCHED,
                DOCUMENT,
                self.company.id,
                list(ids),
            )
        )
        rows = self.env.cr.fetchall()
        taxed = self.safety._taxed_on_payment(self.company, {row[1] for row in rows})
        return {
            item_id: (
                OpenItem(
                    id=item_id,
                    move_id=move_id,
                    move_type=kind,
                    account_id=account_id,
                    date=day,
                    amount=Decimal(amount or 0),
                    paid=abs(Decimal(amount or 0)),
                    untouched=untouched and move_id not in taxed,
                ),
                is_payer,
            )
            for item_id, move_id, kind, account_id, day, amount, is_payer, untouched in rows
        }

    def _odd(self):
        """:return: positions that the rules do not cover"""
        shared = shared_items(plan for plan in self.plans if plan is not None)
        return {
            position
            for position, plan in enumerate(self.plans)
            if plan is None or not plan.is_usual or any(item.id in shared for item in plan.items)
        }

    # -- proof -------------------------------------------------------------------------------

    def prove(self):
        """Explain each control set from the first of its shape; the ORM has reconciled them.

        :return: positions of the sets that cannot be copied
        """
        self.env.flush_all()
        copies = self.division.copies
        if not self.controls:
            return []
        made = self._made()
        partials = self.env["account.partial.reconcile"].browse(
            [partial for ids in made.values() for partial in ids.partials.values()]
        )
        fulls = self.env["account.full.reconcile"].browse([ids.full for ids in made.values() if ids.full])
        satellites = self.safety._satellites(*(records for records in (partials, fulls) if records))
        if satellites:
            _logger.warning("bank lines are reconciled by the ORM, it also writes %s", ", ".join(sorted(satellites)))
        else:
            wrong = self._unexplained(made)
            for shape, columns in wrong.items():
                _logger.warning("%s is left to the ORM, unexplained: %s", shape, ", ".join(sorted(columns)))
            self.proved = [shape for shape in copies if shape not in wrong]
        return sorted(position for shape in copies if shape not in self.proved for position in copies[shape])

    def _made(self):
        """:return: dict position of a control -> :class:`MatchedIds`"""
        payers = {self.plans[position].payer.id: position for position in self.controls}
        return {
            payers[payer]: MatchedIds(full=full, partials=partials)
            for payer, (partials, full) in reconciled(self.env, list(payers)).items()
        }

    def _unexplained(self, made):
        """:return: dict shape -> names of the columns for which the rules are wrong"""
        wrong = defaultdict(set)
        rows = ([], [])
        paid = []
        shapes = {}
        for shape, positions in self.division.controls.items():
            self.templates[shape] = made[positions[0]]
            for position in positions:
                ids, plan = made[position], self.plans[position]
                if not ids.full or ids.partials.keys() != {item.id for item in plan.items}:
                    wrong[shape].add("account_full_reconcile.id")
                    continue
                shapes[ids.full] = shape
                for target, more in zip(rows, self._rows(position, ids), strict=True):
                    target += more
                paid += [(shape, item, ids.full) for item in self._items(position)]
        for shape, columns in self.paid.learn(paid).items():
            wrong[shape] |= columns
        for copies, its_rows in zip((FULLS, PARTIALS), rows, strict=True):
            for full, column in self.stored._differences(its_rows, copies) if its_rows else ():
                wrong[shapes[full]].add(column)
        return {shape: columns for shape, columns in wrong.items() if columns}

    def _rows(self, position, ids):
        """:return: rows of the full reconciliation, of the partial ones"""
        plan = self.plans[position]
        template = self.templates[plan.shape]
        partial = next(iter(template.partials.values()), None)
        return (
            [{"t_full": template.full, "full_id": ids.full}],
            [{"t_partial": partial, **row} for row in partial_rows(plan, ids=ids)],
        )

    # -- copying -----------------------------------------------------------------------------

    def copy_proved(self):
        """Reconcile what is proved, in a savepoint.

        :return: whether it worked out
        """
        copies = self.copies
        if not copies:
            return True
        self.env.flush_all()
        try:
            with self.env.cr.savepoint(flush=False):
                ids = self._copy(copies)
        except (NotProved, psycopg2.IntegrityError) as error:
            _logger.warning("bank lines are reconciled by the ORM: %s", error)
            self.env.invalidate_all(flush=False)
            return False
        self.env.invalidate_all(flush=False)
        self._follow_up(ids)
        return True

    def _copy(self, copies):
        ids = {}
        for start in range(0, len(copies), ROWS):
            part = copies[start : start + ROWS]
            ids.update(self._draw(part))
            rows = ([], [])
            for position in part:
                for target, more in zip(rows, self._rows(position, ids[position]), strict=True):
                    target += more
            for kind, its_rows in zip((FULLS, PARTIALS), rows, strict=True):
                self._insert(kind, its_rows)
            self.paid.pay(
                [
                    (self.plans[position].shape, item, ids[position].full)
                    for position in part
                    for item in self._items(position)
                ]
            )
            self.env["finance.bank.statistics"]._refresh()
            self.env["finance.dispatcher"]._heartbeat()
        return ids

    def _insert(self, kind, rows):
        if not self.stored._insert(rows, kind):
            raise NotProved("rows are missing")
        differing = self.stored._stored_otherwise(rows, kind)
        if differing:
            raise NotProved(f"stored otherwise than written: {', '.join(sorted(differing))}")

    def _draw(self, positions):
        """:return: dict position -> :class:`MatchedIds` taken from the sequences of the tables"""
        fulls = iter(self.stored._draw("account_full_reconcile", len(positions)))
        count = sum(len(self.plans[position].items) for position in positions)
        partials = iter(self.stored._draw("account_partial_reconcile", count))
        return {
            position: MatchedIds(
                full=next(fulls), partials={item.id: next(partials) for item in self.plans[position].items}
            )
            for position in positions
        }

    def _follow_up(self, ids):
        """What reconciling does besides the rows: computed fields of others, calls of other modules."""
        env = self.env
        paid = [(self.plans[position].shape, item) for position in ids for item in self._items(position)]
        items = env["account.move.line"].browse([item.id for _shape, item in paid])
        moves = env["account.move"].browse([item.move_id for _shape, item in paid])
        documents = moves.browse([item.move_id for _shape, item in paid if item.move_type != "entry"])
        partials = env["account.partial.reconcile"].browse([p for one in ids.values() for p in one.partials.values()])
        fulls = env["account.full.reconcile"].browse([one.full for one in ids.values()])
        env["finance.credit.change"]._note("account_move_line", items.ids)
        self.safety._follow_up([partials, fulls], [records for records in (items, documents) if records])
        partials._finance_meet_orders()
        self.safety._tell(moves)
        closed = [item.move_id for shape, item in paid if self.paid.states.get((shape, item.move_type)) in CLOSED]
        done = documents.browse(closed)
        done.fetch(["payment_state", "move_type"])
        done._invoice_paid_hook()
        env.flush_all()
        env.invalidate_all(flush=False)
