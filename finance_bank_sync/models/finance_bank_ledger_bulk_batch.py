import logging
from collections import Counter
from decimal import Decimal

import psycopg2

from odoo.tools import SQL

from ..ledger.row import Ids, row
from ..ledger.series import Number
from ..ledger.shape import divide, shape_of

_logger = logging.getLogger(__name__)

#: lines per INSERT
CHUNK = 1000


class NotProved(Exception):
    """Copied rows are not what the ORM makes."""


class Batch:
    """The lines of one statement on their way to the ledger; positions are those of the plans."""

    def __init__(self, env, journal, bank_statement, plans):
        self.env = env
        self.journal = journal
        self.bank_statement = bank_statement
        self.plans = plans
        self.facts = env["finance.bank.ledger.bulk.facts"]
        self.numbers = env["finance.bank.ledger.bulk.numbers"]
        self.rows = env["finance.bank.ledger.bulk.rows"]
        self.safety = env["finance.bank.ledger.bulk.safety"]
        self.series_of_day = self.numbers._series(journal, {plan.date for plan in plans})
        self.series = [self.series_of_day[plan.date] for plan in plans]
        self.division = divide(plans, self.series, self._odd())

    @property
    def controls(self):
        """Positions of the lines that the ORM has to make first."""
        return sorted(position for positions in self.division.controls.values() for position in positions)

    # -- what the rules do not cover -------------------------------------------------------

    def _odd(self):
        company = self.journal.company_id
        foreign = self.facts._foreign_partners(company, {plan.partner_id for plan in self.plans if plan.partner_id})
        pairs = {(plan.partner_id, account) for plan in self.plans for account in self._accounts(plan)}
        analytic = self.facts._analytic_pairs(company, pairs)
        currencies = {
            currency.id: currency.decimal_places
            for currency in self.env["res.currency"].browse({p.foreign_currency_id for p in self.plans} - {None})
            if currency.active and self.safety._is_decimal(currency)
        }
        return {
            position
            for position, plan in enumerate(self.plans)
            if plan.partner_id in foreign
            or any((plan.partner_id, account) in analytic for account in self._accounts(plan))
            or plan.counterpart_account_id == self.journal.default_account_id.id
            or not _is_plain_currency(plan, currencies)
        }

    def _accounts(self, plan):
        return (
            self.journal.default_account_id.id,
            plan.counterpart_account_id or self.journal.suspense_account_id.id,
        )

    # -- copying ---------------------------------------------------------------------------

    def copy(self, made):
        """Copy lines from those the ORM made, in a savepoint.

        :param made: dict position -> id of the control lines
        :return: dict position -> id of the copied lines; empty when nothing could be proved
        """
        if not made:
            return {}
        try:
            with self.env.cr.savepoint(flush=False):
                copied = self._copy(made)
        except (NotProved, psycopg2.IntegrityError) as error:
            # the number taken by somebody who does not ask core for it, or a column nobody knew
            _logger.warning("bank statement %s is written by the ORM: %s", self.bank_statement.id, error)
            copied = {}
        self.env.invalidate_all(flush=False)
        if copied:
            self._follow_up(copied)
        return copied

    def _copy(self, made):
        self.env.flush_all()
        lines = self.env["account.bank.statement.line"].browse(made.values())
        satellites = self.safety._satellites(lines)
        if satellites:
            raise NotProved(f"the ORM also writes {', '.join(sorted(satellites))}")
        blocks = self.numbers._blocks(lines.move_id, self.series_of_day)
        if not blocks:
            raise NotProved("the numbers do not follow core's series")
        self.templates = self._templates(made)
        proved = self._prove(made)
        copies = [position for shape in proved for position in self.division.copies[shape]]
        if not copies:
            return {}
        numbers = self._numbered(blocks, sorted([*made, *copies]))
        moved = {
            self.templates[position].move: numbers[position]
            for position in made
            if self.current[position] != numbers[position]
        }
        self.numbers._free(self.env["account.move"].browse(moved))
        ids = self._draw(sorted(copies))
        for start in range(0, len(copies), CHUNK):
            chunk = copies[start : start + CHUNK]
            rows = self._rows(chunk, ids, numbers)
            if not self.rows._insert(rows):
                raise NotProved("rows are missing")
            self._compare(rows)
            self.env["finance.dispatcher"]._heartbeat()
        self.numbers._give(moved)
        return {position: ids[position].line for position in copies}

    def _templates(self, made):
        """:return: dict position -> :class:`Ids` of the lines that the ORM made"""
        self.env.cr.execute(
            SQL(
                """
                SELECT s.id, s.move_id, array_agg(l.id ORDER BY l.id), array_agg(l.account_id ORDER BY l.id),
                       m.name, m.sequence_prefix, m.sequence_number, m.made_sequence_gap, m.checked
                  FROM account_bank_statement_line s
                  JOIN account_move m ON m.id = s.move_id
                  JOIN account_move_line l ON l.move_id = m.id
                 WHERE s.id = ANY(%s) GROUP BY s.id, m.id
                """,
                list(made.values()),
            )
        )
        positions = {line: position for position, line in made.items()}
        found = {}
        self.current = {}
        self.checked = {}
        for line, move, items, accounts, name, prefix, number, gap, checked in self.env.cr.fetchall():
            position = positions[line]
            if accounts != list(self._accounts(self.plans[position])):
                raise NotProved("the ORM posts on other accounts")
            found[position] = Ids(move=move, line=line, bank_item=items[0], counterpart_item=items[1])
            self.current[position] = Number(name=name, prefix=prefix, number=number, made_gap=gap)
            self.checked[position] = checked
        return found

    def _prove(self, made):
        """:return: shapes whose control lines all follow from their first one"""
        rows = self._rows(sorted(made), self.templates, self.current)
        wrong = {}
        shape_of_line = {made[position]: shape_of(self.plans[position]) for position in made}
        for line, column in self.rows._differences(rows):
            wrong.setdefault(shape_of_line[line], set()).add(column)
        for shape, columns in wrong.items():
            _logger.warning("%s is written by the ORM, unexplained: %s", shape, ", ".join(sorted(columns)))
        return [shape for shape in self.division.controls if shape not in wrong]

    def _numbered(self, blocks, positions):
        """Numbers in the order of dates, as core numbers a batch."""
        members = {}
        for position in sorted(positions, key=lambda position: (self.plans[position].date, position)):
            members.setdefault(self.series[position], []).append(position)
        return {
            position: number
            for key, found in members.items()
            for position, number in zip(found, blocks[key].numbers(len(found)), strict=True)
        }

    def _draw(self, positions):
        """:return: dict position -> :class:`Ids` taken from the sequences of the tables"""
        count = len(positions)
        ids = []
        for table, many in (("account_move", 1), ("account_bank_statement_line", 1), ("account_move_line", 2)):
            self.env.cr.execute(
                SQL(
                    "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", table, count * many
                )
            )
            ids.append(sorted(row[0] for row in self.env.cr.fetchall()))
        moves, lines, items = ids
        return {
            position: Ids(
                move=moves[index], line=lines[index], bank_item=items[2 * index], counterpart_item=items[2 * index + 1]
            )
            for index, position in enumerate(positions)
        }

    def _rows(self, positions, ids, numbers):
        plans = [self.plans[position] for position in positions]
        company_currency = self.journal.company_id.sudo().currency_id  # sudo: as core reads it for branches
        journal_currency = self.journal.currency_id or company_currency
        pairs = [(plan.partner_id, plan.foreign_currency_id or journal_currency.id) for plan in plans]
        partners = self.facts._partners(self.journal, set(pairs))
        shapes = {}
        rows = []
        balances = self.facts._balances(self.journal, plans)
        for position, plan, pair, balance in zip(positions, plans, pairs, balances, strict=True):
            shape = shape_of(plan)
            template = self.division.controls[shape][0]
            if shape not in shapes:
                shapes[shape] = self.facts._shape(self.journal, shape, self.checked[template])
            origin = self.templates[template]
            rows.append(
                {
                    "t_move": origin.move,
                    "t_line": origin.line,
                    "t_bank": origin.bank_item,
                    "t_other": origin.counterpart_item,
                    **row(
                        plan,
                        ids=ids[position],
                        number=numbers[position],
                        partner=partners[pair],
                        shape=shapes[shape],
                        texts=self.facts._texts(plan),
                        balance=balance,
                    ),
                }
            )
        return rows

    def _compare(self, rows):
        differences = self.rows._differences(rows)
        if differences:
            raise NotProved(f"stored otherwise than written: {', '.join(sorted({c for _line, c in differences}))}")

    # -- afterwards ------------------------------------------------------------------------

    def _follow_up(self, copied):
        """What posting does besides the rows."""
        lines = self.env["account.bank.statement.line"].browse(copied.values())
        lines.check_access("create")
        self._rank(copied)
        for field in self._statement_fields():
            self.env.add_to_compute(field, self.bank_statement)
        if self.safety._needs_completion():
            self.safety._complete(lines)
        self.env.flush_all()

    def _rank(self, positions):
        """Partners that pay become customers, partners that are paid vendors, as core counts them."""
        accounts = self.env["account.account"].browse({self.plans[p].counterpart_account_id for p in positions} - {None})
        ranks = {"asset_receivable": "customer_rank", "liability_payable": "supplier_rank"}
        kinds = {account.id: ranks.get(account.account_type) for account in accounts}
        counts = Counter(
            (plan.partner_id, kinds.get(plan.counterpart_account_id))
            for plan in map(self.plans.__getitem__, positions)
            if plan.partner_id
        )
        for (partner_id, rank), count in counts.items():
            if rank:
                partner = self.env["res.partner"].browse(partner_id)
                (partner | partner.commercial_partner_id)._increase_rank(rank, count)

    def _statement_fields(self):
        """Stored fields of the bank statement that Odoo computes from its lines."""
        registry = self.env.registry
        line = registry["account.bank.statement.line"]
        return {
            field
            for name in ("statement_id", "amount", "internal_index")
            for field in registry.get_dependent_fields(line._fields[name])
            if field.model_name == "account.bank.statement" and field.store and field.compute
        }


def _is_plain_currency(plan, digits):
    """The amounts of a plan fit together, so that no rounding or refusal of core is in play."""
    if plan.foreign_currency_id is None:
        return plan.foreign_amount is None
    if plan.foreign_currency_id not in digits or not plan.foreign_amount or not plan.amount:
        return False
    return (plan.foreign_amount > 0) == (plan.amount > 0) and not plan.foreign_amount % Decimal(1).scaleb(
        -digits[plan.foreign_currency_id]
    )
