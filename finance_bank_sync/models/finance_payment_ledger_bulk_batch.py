import json
import logging
from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import Decimal

import psycopg2

from odoo.tools import SQL, float_repr

from ..ledger.payment import (
    MAGIC,
    OpenItem,
    PaymentIds,
    PaymentPlan,
    paid_document,
    paid_item,
    partial_rows,
    payment_row,
    shared_items,
    unexplained,
)
from ..ledger.series import Number
from ..ledger.shape import divide_by
from .finance_bank_ledger_bulk_batch import NotProved
from .finance_payment_ledger_bulk_rows import FULLS, PARTIALS, PAYMENTS

_logger = logging.getLogger(__name__)

#: payments per INSERT
ROWS = 500
#: what of the item and of its document makes a payment that is not usual
UNTOUCHED = SQL(
    """
    l.parent_state = 'posted' AND m.state = 'posted' AND l.company_id = p.company_id AND m.company_id = p.company_id
    AND l.currency_id = p.currency_id AND NOT COALESCE(l.reconciled, FALSE) AND l.amount_residual = l.balance
    AND l.amount_residual_currency = l.balance AND l.amount_currency = l.balance AND l.matching_number IS NULL
    AND l.full_reconcile_id IS NULL AND l.statement_line_id IS NULL AND m.statement_line_id IS NULL
    AND m.origin_payment_id IS NULL AND m.payment_state = 'not_paid' AND COALESCE(i.discount, 0) = 0
    AND (m.move_type = 'entry' OR l.display_type = 'payment_term' AND m.amount_residual = abs(l.balance))
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A payment that the ORM made.

    :param accounts: of its journal items, in the order they were made
    """

    ids: PaymentIds
    accounts: tuple
    number: Number


class PaymentBatch:
    """Payments of one order on their way to the ledger; positions are those of the lines."""

    def __init__(self, ledger, lines, method, outstanding):
        self.ledger = ledger
        self.lines = lines
        self.method = method
        self.outstanding = outstanding
        self.order = lines.order_id
        self.company = self.order.company_id
        self.journal = self.order.journal_id
        self.env = lines.env(context={**lines.env.context, **ledger._numbering(self.journal)})
        self.numbers = self.env["finance.bank.ledger.bulk.numbers"]
        self.facts = self.env["finance.bank.ledger.bulk.facts"]
        self.rows = self.env["finance.payment.ledger.bulk.rows"]
        self.safety = self.env["finance.payment.ledger.bulk.safety"]
        self.plans = self._plans()
        self.series_of_day = self.numbers._series(self.journal, {plan.date for plan in self.plans})
        self.series = [self.series_of_day[plan.date] for plan in self.plans]
        self.division = divide_by(
            [plan.shape for plan in self.plans],
            [plan.traits(series) for plan, series in zip(self.plans, self.series, strict=True)],
            self._odd(),
        )
        # what the ORM made, by position, and what was there before
        self.made = {}
        self.before = self._stored(self.division.controls)
        # what the proof found: the payments to copy from, what becomes of documents, the shapes that may be copied
        self.templates = {}
        self.states = {}
        self.stamped = {}
        self.proved = []
        self.partners = {}

    @property
    def first(self):
        """Positions of the payments that the ORM has to make first."""
        controls = [position for positions in self.division.controls.values() for position in positions]
        return sorted(controls + self.division.alone)

    @property
    def copies(self):
        """Positions of the payments that are proved to be copies."""
        return sorted(position for shape in self.proved for position in self.division.copies[shape])

    # -- what is to be booked ----------------------------------------------------------------

    def _plans(self):
        currency = self.company.currency_id
        self.lines.item_ids.move_line_id.fetch(["account_id"])
        items = self._items()
        payment, item = self.env["account.payment"], self.env["account.move.line"]

        def text(records, name, value):
            return records._fields[name].convert_to_column_insert(value, records) if value else None

        plans = []
        for line in self.lines:
            values = self.ledger._values(line, self.method)
            plans.append(
                PaymentPlan(
                    line_id=line.id,
                    outbound=values["payment_type"] == "outbound",
                    partner_type=values["partner_type"],
                    partner_id=values["partner_id"],
                    partner_bank_id=values["partner_bank_id"] or None,
                    date=values["date"],
                    amount=Decimal(float_repr(values["amount"], currency.decimal_places)),
                    memo=text(payment, "memo", values["memo"]),
                    reference=text(payment, "payment_reference", values["payment_reference"]),
                    label=text(item, "name", self.ledger._label(self.method, values)),
                    account_id=values["destination_account_id"],
                    items=tuple(items.get(line.id, ())),
                )
            )
        return plans

    def _items(self):
        """:return: dict id of a payment line -> its open items"""
        self.env.cr.execute(
            SQL(
                """
                SELECT i.line_id, l.id, l.move_id, m.move_type, l.account_id, l.date, l.amount_residual::text,
                       i.amount::text, COALESCE(%s, FALSE)
                  FROM finance_payment_item i
                  JOIN finance_payment_line p ON p.id = i.line_id
                  JOIN account_move_line l ON l.id = i.move_line_id
                  JOIN account_move m ON m.id = l.move_id
                 WHERE i.line_id = ANY(%s) ORDER BY i.id
                """,
                UNTOUCHED,
                self.lines.ids,
            )
        )
        found = defaultdict(list)
        rows = self.env.cr.fetchall()
        taxed = self.safety._taxed_on_payment(self.company, {row[2] for row in rows})
        for line_id, item_id, move_id, kind, account_id, day, amount, paid, untouched in rows:
            found[line_id].append(
                OpenItem(
                    id=item_id,
                    move_id=move_id,
                    move_type=kind,
                    account_id=account_id,
                    date=day,
                    amount=Decimal(amount),
                    paid=Decimal(paid),
                    untouched=untouched and move_id not in taxed,
                )
            )
        return found

    def _odd(self):
        """:return: positions that the rules do not cover"""
        lines = self.lines
        foreign = self.facts._foreign_partners(self.company, {plan.partner_id for plan in self.plans})
        pairs = {(plan.partner_id, account) for plan in self.plans for account in self._accounts(plan)}
        analytic = self.facts._analytic_pairs(self.company, pairs)
        shared = shared_items(self.plans)
        closed = {
            day
            for day in {plan.date for plan in self.plans}
            if self.company._get_violated_lock_dates(day, False, self.journal)
        }
        banks = lines.partner_bank_id
        strange = banks.filtered(lambda bank: bank.company_id and bank.company_id != self.company)
        return {
            position
            for position, (line, plan) in enumerate(zip(lines, self.plans, strict=True))
            if not plan.is_usual
            or line.currency_id != self.company.currency_id
            or plan.date in closed
            or plan.partner_id in foreign
            or plan.partner_bank_id in strange.ids
            or any((plan.partner_id, account) in analytic for account in self._accounts(plan))
            or any(item.id in shared for item in plan.items)
        }

    def _accounts(self, plan):
        return (self.outstanding.id, plan.account_id)

    # -- made by the ORM ---------------------------------------------------------------------

    def by_orm(self, positions):
        """:return: payments that the ORM made, posted and reconciled"""
        payments = self.env["account.payment"]
        if positions:
            lines = self.lines.browse([self.lines.ids[position] for position in positions])
            lines = lines.with_prefetch(self.lines._prefetch_ids)
            made = self.ledger._book_by_orm(lines, self.method)
            self.made.update(zip(positions, made.ids, strict=True))
            payments |= made
        return payments

    # -- proof -------------------------------------------------------------------------------

    def prove(self):
        """Explain each control payment from the first of its shape.

        :return: positions of the payments that cannot be copied
        """
        self.env.flush_all()
        copies = self.division.copies
        controls = [position for positions in self.division.controls.values() for position in positions]
        if not controls:
            return []
        payments = self.env["account.payment"].browse([self.made[position] for position in controls])
        items = payments.move_id.line_ids
        partials = items.matched_debit_ids | items.matched_credit_ids
        made = (payments, payments.move_id, items, partials, partials.full_reconcile_id)
        satellites = self.safety._satellites(*(records for records in made if records))
        if satellites:
            _logger.warning("payments are made by the ORM, it also writes %s", ", ".join(sorted(satellites)))
        else:
            wrong = self._unexplained()
            for shape, columns in wrong.items():
                _logger.warning("%s is left to the ORM, unexplained: %s", shape, ", ".join(sorted(columns)))
            self.proved = [shape for shape in copies if shape not in wrong]
        return sorted(position for shape in copies if shape not in self.proved for position in copies[shape])

    def _unexplained(self):
        """:return: dict shape -> names of the columns for which the rules are wrong"""
        found = self._read([p for positions in self.division.controls.values() for p in positions])
        after = self._stored(self.division.controls)
        wrong = defaultdict(set)
        rows = ([], [], [])
        shapes = {}
        for shape, positions in self.division.controls.items():
            template = found[positions[0]]
            self.templates[shape] = template
            for position in positions:
                made, plan = found[position], self.plans[position]
                if made.accounts != self._accounts(plan) or made.ids.partials.keys() != {i.id for i in plan.items}:
                    wrong[shape].add("account_move_line.account_id")
                    continue
                shapes[made.ids.payment] = shapes[made.ids.full] = shape
                for target, more in zip(rows, self._rows(position, made.ids, made.number), strict=True):
                    target += more
                wrong[shape] |= self._changes(shape, plan, made.ids, after)
        for copies, its_rows in zip((PAYMENTS, FULLS, PARTIALS), rows, strict=True):
            for subject, column in self.rows._differences(its_rows, copies) if its_rows else ():
                wrong[shapes[subject]].add(column)
        return {shape: columns for shape, columns in wrong.items() if columns}

    def _changes(self, shape, plan, ids, after):
        """Learn what becomes of documents. :return: columns of what was paid that changed otherwise"""
        wrong = set()
        for item in plan.items:
            key = ("account_move", item.move_id)
            state = self.states.setdefault((shape, item.move_type), after[key]["payment_state"])
            document = paid_document(state) if item.move_type != "entry" else {}
            for table, row_id, rules in (
                ("account_move_line", item.id, paid_item(ids.full)),
                ("account_move", item.move_id, document),
            ):
                was, now = self.before[table, row_id], after[table, row_id]
                wrong |= {f"{table}.{column}" for column in unexplained(was, now, rules)}
                if any(was[column] != now[column] for column in MAGIC):
                    self.stamped[table] = {column: now[column] for column in MAGIC}
        return wrong

    def _stored(self, controls):
        """:return: dict (table, id) -> row, of what control payments pay"""
        items = [i for positions in controls.values() for p in positions for i in self.plans[p].items]
        found = {}
        for table, ids in (
            ("account_move_line", [item.id for item in items]),
            ("account_move", [item.move_id for item in items]),
        ):
            self.env.cr.execute(
                SQL("SELECT id, to_jsonb(t)::text FROM %s t WHERE id = ANY(%s)", SQL.identifier(table), ids)
            )
            for row_id, text in self.env.cr.fetchall():
                found[table, row_id] = json.loads(text, parse_float=Decimal)
        return found

    def _read(self, positions):
        """:return: dict position -> :class:`Made`"""
        self.env.cr.execute(
            SQL(
                """
                SELECT p.id, p.move_id, array_agg(l.id ORDER BY l.id), array_agg(l.account_id ORDER BY l.id),
                       m.name, m.sequence_prefix, m.sequence_number, m.made_sequence_gap
                  FROM account_payment p
                  JOIN account_move m ON m.id = p.move_id
                  JOIN account_move_line l ON l.move_id = m.id
                 WHERE p.id = ANY(%s) GROUP BY p.id, m.id
                """,
                [self.made[position] for position in positions],
            )
        )
        found = {payment: (move, items, *rest) for payment, move, items, *rest in self.env.cr.fetchall()}
        self.env.cr.execute(
            SQL(
                """
                SELECT o.own, o.other, r.id, r.full_reconcile_id FROM account_partial_reconcile r
                 CROSS JOIN LATERAL (VALUES (r.debit_move_id, r.credit_move_id), (r.credit_move_id, r.debit_move_id))
                       AS o(own, other) WHERE o.own = ANY(%s)
                """,
                [items[-1] for _move, items, *_rest in found.values()],
            )
        )
        partials = defaultdict(dict)
        fulls = {}
        for own, other, partial, full in self.env.cr.fetchall():
            partials[own][other] = partial
            fulls[own] = full
        made = {}
        for position in positions:
            payment = self.made[position]
            move, items, accounts, name, prefix, number, gap = found[payment]
            made[position] = Made(
                ids=PaymentIds(
                    payment=payment,
                    move=move,
                    liquidity=items[0],
                    counterpart=items[-1],
                    full=fulls.get(items[-1]),
                    partials=partials[items[-1]],
                ),
                accounts=tuple(accounts),
                number=Number(name=name, prefix=prefix, number=number, made_gap=gap),
            )
        return made

    def _rows(self, position, ids, number):
        """:return: rows of the payment, of its full reconciliation, of its partial ones"""
        plan = self.plans[position]
        template = self.templates[plan.shape].ids
        row = payment_row(
            plan,
            ids=ids,
            number=number,
            partner=self._partner(plan.partner_id),
            digits=self.company.currency_id.decimal_places,
            keeps_residual=self._keeps_residual,
        )
        payment = {
            "t_move": template.move,
            "t_payment": template.payment,
            "t_liquidity": template.liquidity,
            "t_counterpart": template.counterpart,
            **row,
        }
        if not plan.items:
            return [payment], [], []
        partial = next(iter(template.partials.values()))
        return (
            [payment],
            [{"t_full": template.full, "full_id": ids.full}],
            [{"t_partial": partial, **one} for one in partial_rows(plan, ids=ids)],
        )

    @property
    def _keeps_residual(self):
        # as core's account.move.line._compute_amount_residual
        account = self.outstanding
        return account.reconcile or account.account_type in ("asset_cash", "liability_credit_card")

    def _partner(self, partner_id):
        if not self.partners:
            currency = self.company.currency_id.id
            pairs = {(plan.partner_id, currency) for plan in self.plans}
            found = self.facts._partners(self.journal, pairs)
            self.partners = {partner: facts for (partner, _currency), facts in found.items()}
        return self.partners[partner_id]

    # -- copying -----------------------------------------------------------------------------

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
                ids = self._copy(copies)
        except (NotProved, psycopg2.IntegrityError) as error:
            # a number taken by somebody who does not ask core for it, or rows that the database changed
            _logger.warning("payments are made by the ORM: %s", error)
            self.env.invalidate_all(flush=False)
            return payments
        self.env.invalidate_all(flush=False)
        self._follow_up(copies, ids)
        return payments.browse([ids[position].payment for position in copies])

    def _copy(self, copies):
        """:return: dict position -> :class:`PaymentIds`"""
        numbers = self._numbered(copies)
        ids = self._draw(copies)
        for start in range(0, len(copies), ROWS):
            part = copies[start : start + ROWS]
            rows = ([], [], [])
            for position in part:
                for target, more in zip(rows, self._rows(position, ids[position], numbers[position]), strict=True):
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
        if not self.rows._insert(rows, kind):
            raise NotProved("rows are missing")
        differences = self.rows._differences(rows, kind)
        if differences:
            columns = {column for _subject, column in differences}
            raise NotProved(f"stored otherwise than written: {', '.join(sorted(columns))}")

    def _numbered(self, copies):
        """Numbers after those that the ORM gave, in the order in which core numbers what is posted together."""
        made = self.env["account.payment"].browse(self.made.values())
        blocks = self.numbers._blocks(made.move_id, self.series_of_day)
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
        items, moves, links = [], [], []
        lines = [(self.plans[position].line_id, ids[position].payment) for position in copies]
        for position in copies:
            plan = self.plans[position]
            for item in plan.items:
                items.append((item.id, ids[position].full))
                if item.move_type != "entry":
                    moves.append((item.move_id, self.states[plan.shape, item.move_type]))
                    links.append((ids[position].payment, item.move_id))
        self._update(
            "account_move_line",
            items,
            SQL(
                "amount_residual = 0, amount_residual_currency = 0, reconciled = TRUE,"
                " full_reconcile_id = v.found::int, matching_number = v.found"
            ),
        )
        self._update(
            "account_move",
            moves,
            SQL("amount_residual = 0, amount_residual_signed = 0, payment_state = v.found"),
        )
        if links:
            cr.execute_values(
                "INSERT INTO account_move__account_payment (payment_id, invoice_id) VALUES %s ON CONFLICT DO NOTHING",
                links,
            )
        self._update("finance_payment_line", lines, SQL("payment_id = v.found::int"))
        cr.execute(
            SQL(
                "UPDATE finance_payment_item SET claims = FALSE WHERE line_id = ANY(%s) AND claims",
                [self.plans[position].line_id for position in copies],
            )
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

    # -- afterwards --------------------------------------------------------------------------

    def _follow_up(self, copies, ids):
        """What posting and reconciling do besides the rows."""
        env = self.env
        mine = [ids[position] for position in copies]
        payments = env["account.payment"].browse([i.payment for i in mine])
        moves = env["account.move"].browse([i.move for i in mine])
        lines = env["account.move.line"].browse([item for i in mine for item in (i.liquidity, i.counterpart)])
        partials = env["account.partial.reconcile"].browse([p for i in mine for p in i.partials.values()])
        fulls = env["account.full.reconcile"].browse([i.full for i in mine if i.full])
        items = [(self.plans[position].shape, item) for position in copies for item in self.plans[position].items]
        paid = env["account.move.line"].browse([item.id for _shape, item in items])
        documents = env["account.move"].browse([item.move_id for _shape, item in items if item.move_type != "entry"])
        changes = env["finance.credit.change"]
        changes._note("account_move_line", [*lines.ids, *paid.ids])
        changes._note("account_payment", payments.ids)
        self._rank(copies)
        made = (payments, moves, lines, partials, fulls)
        self.safety._follow_up([records for records in made if records], [r for r in (paid, documents) if r])
        self.safety._tell(moves | moves.browse([item.move_id for _shape, item in items]))
        closed = [item.move_id for shape, item in items if self.states.get((shape, item.move_type)) in _CLOSED]
        if closed:
            done = documents.browse(closed)
            done.fetch(["payment_state", "move_type"])
            done._invoice_paid_hook()
        env.flush_all()
        env.invalidate_all(flush=False)

    def _rank(self, positions):
        """Who pays becomes a customer, who is paid a vendor, as core counts them."""
        accounts = self.env["account.account"].browse({plan.account_id for plan in self.plans})
        ranks = {"asset_receivable": "customer_rank", "liability_payable": "supplier_rank"}
        kinds = {account.id: ranks.get(account.account_type) for account in accounts}
        counts = Counter()
        partners = self.env["res.partner"].browse({self.plans[position].partner_id for position in positions})
        partners.fetch(["commercial_partner_id", *ranks.values()])
        commercial = {partner.id: partner.commercial_partner_id.id for partner in partners}
        for position in positions:
            plan = self.plans[position]
            if kinds[plan.account_id]:
                for partner in {plan.partner_id, commercial[plan.partner_id]}:
                    counts[kinds[plan.account_id], partner] += 1
        together = defaultdict(list)
        for (rank, partner), count in counts.items():
            together[rank, count].append(partner)
        for (rank, count), ids in together.items():
            partners.browse(ids)._increase_rank(rank, count)


#: a document in one of these states was told that it is paid
_CLOSED = ("paid", "in_payment")
