import logging
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

import psycopg2

from odoo.tools import SQL

from odoo.addons.finance_connector_base.engine.drafts import draft
from odoo.addons.finance_connector_base.engine.series import Number

from ..ledger.row import Ids, row
from ..ledger.shape import divide, shape_of
from .finance_bank_ledger import QUIET

_logger = logging.getLogger(__name__)
_new_ids = draft(Ids)

#: lines per INSERT
CHUNK = 2000


class NotProved(Exception):
    """Copied rows are not what the ORM makes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A line that the ORM made.

    :param accounts: of its journal items, in the order they were made
    """

    ids: Ids
    accounts: tuple
    number: Number
    is_checked: bool


class Batch:
    """The lines of one statement on their way to the ledger; positions are those of the plans."""

    def __init__(self, env, journal, bank_statement, plans):
        env = env(context={**env.context, **QUIET})
        self.env = env
        self.journal = journal.with_env(env)
        self.bank_statement = bank_statement.with_env(env)
        self.plans = plans
        self.facts = env["finance.bank.ledger.bulk.facts"]
        self.numbers = env["finance.copy.numbers"]
        self.rows = env["finance.bank.ledger.bulk.rows"]
        self.safety = env["finance.bank.ledger.bulk.safety"]
        self.series_of_day = self.numbers._series(journal, {plan.date for plan in plans})
        self.series = [self.series_of_day[plan.date] for plan in plans]
        self.division = divide(plans, self.series, self._odd())
        self.partners = {}
        # what the proof found: the lines to copy from, and the shapes that may be copied
        self.templates = {}
        self.proved = []

    @property
    def first(self):
        """Positions of the lines that the ORM has to make first."""
        controls = [position for positions in self.division.controls.values() for position in positions]
        return sorted(controls + self.division.alone)

    # -- what the rules do not cover -------------------------------------------------------

    def _odd(self):
        own_account = self.journal.default_account_id.id
        company = self.journal.company_id
        foreign = self.facts._foreign_partners(company, {plan.partner_id for plan in self.plans if plan.partner_id})
        kinds = {(plan.partner_id, plan.counterpart_account_id): plan for plan in self.plans}
        pairs = {(plan.partner_id, account) for plan in kinds.values() for account in self._accounts(plan)}
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
            or analytic
            and any((plan.partner_id, account) in analytic for account in self._accounts(plan))
            or plan.counterpart_account_id == own_account
            or not _is_plain_currency(plan, currencies)
        }

    def _accounts(self, plan):
        return (
            self.journal.default_account_id.id,
            plan.counterpart_account_id or self.journal.suspense_account_id.id,
        )

    # -- proof -----------------------------------------------------------------------------

    def prove(self, made):
        """Explain each control line from the first of its shape.

        :param made: dict position -> id of the lines that the ORM made
        :return: positions of the lines that cannot be copied
        """
        self.env.flush_all()
        shapes = self.division.copies
        controls = [made[position] for positions in self.division.controls.values() for position in positions]
        lines = self.env["account.bank.statement.line"].browse(controls)
        satellites = self.safety._satellites(lines, lines.move_id, lines.move_id.line_ids)
        if satellites:
            _logger.warning("bank lines are made by the ORM, it also writes %s", ", ".join(sorted(satellites)))
            self.proved = []
        else:
            wrong = self._unexplained(made)
            for shape, columns in wrong.items():
                _logger.warning("%s is left to the ORM, unexplained: %s", shape, ", ".join(sorted(columns)))
            self.proved = [shape for shape in shapes if shape not in wrong]
        return sorted(position for shape in shapes if shape not in self.proved for position in shapes[shape])

    def _unexplained(self, made):
        """:return: dict shape -> names of the columns for which the rules are wrong"""
        found = self._read(made)
        wrong = {}
        controls = {}
        for shape, positions in self.division.controls.items():
            if any(found[position].accounts != self._accounts(self.plans[position]) for position in positions):
                wrong[shape] = {"account_move_line.account_id"}
            else:
                controls.update(dict.fromkeys(positions, shape))
                self.templates[shape] = found[positions[0]]
        lines = {made[position]: shape for position, shape in controls.items()}
        ids = {position: found[position].ids for position in controls}
        numbers = {position: found[position].number for position in controls}
        for line, column in self.rows._differences(self._rows(sorted(controls), ids, numbers)):
            wrong.setdefault(lines[line], set()).add(column)
        return wrong

    def _read(self, made):
        """:return: dict position -> :class:`Made` of lines that the ORM made"""
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
        return {
            positions[line]: Made(
                ids=Ids(move=move, line=line, bank_item=items[0], counterpart_item=items[-1]),
                accounts=tuple(accounts),
                number=Number(name=name, prefix=prefix, number=number, made_gap=gap),
                is_checked=checked,
            )
            for line, move, items, accounts, name, prefix, number, gap, checked in self.env.cr.fetchall()
        }

    # -- copying ---------------------------------------------------------------------------

    def copy_proved(self, made):
        """Copy what is proved, in a savepoint.

        :param made: dict position -> id of the lines that the ORM made
        :return: dict position -> id of the copied lines; empty when it did not work out
        """
        copies = sorted(position for shape in self.proved for position in self.division.copies[shape])
        if not copies:
            return {}
        self.env.flush_all()
        try:
            with self.env.cr.savepoint(flush=False):
                copied = self._copy(made, copies)
        except (NotProved, psycopg2.IntegrityError) as error:
            # a number taken by somebody who does not ask core for it, or rows that the database changed
            _logger.warning("bank lines are made by the ORM: %s", error)
            copied = {}
        self.env.invalidate_all(flush=False)
        if copied:
            self._follow_up(copied, made)
        return copied

    def _copy(self, made, copies):
        lines = self.env["account.bank.statement.line"].browse(made.values())
        blocks = self.numbers._blocks(lines.move_id, self.series_of_day)
        if not blocks:
            raise NotProved("the numbers do not follow core's series")
        numbers = self._numbered(blocks, [*made, *copies])
        moved = {
            found.ids.move: numbers[position]
            for position, found in self._read(made).items()
            if found.number != numbers[position]
        }
        self.numbers._free(self.env["account.move"].browse(moved))
        ids = self._draw(copies)
        for start in range(0, len(copies), CHUNK):
            rows = self._rows(copies[start : start + CHUNK], ids, numbers)
            if not self.rows._insert(rows):
                raise NotProved("rows are missing")
            differing = self.rows._stored_otherwise(rows)
            if differing:
                raise NotProved(f"stored otherwise than written: {', '.join(sorted(differing))}")
            self.env["finance.bank.statistics"]._refresh()
            self.env["finance.dispatcher"]._heartbeat()
        self.numbers._give(moved)
        return {position: ids[position].line for position in copies}

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
            self.env.cr.execute(SQL("SELECT pg_get_serial_sequence(%s, 'id')", table))
            [sequence] = self.env.cr.fetchone()
            # asked for the sequence by its name, PostgreSQL looks it up for each number
            self.env.cr.execute(SQL("SELECT nextval(%s::regclass) FROM generate_series(1, %s)", sequence, count * many))
            ids.append(sorted(row[0] for row in self.env.cr.fetchall()))
        moves, lines, items = ids
        return {
            position: _new_ids(
                move=moves[index], line=lines[index], bank_item=items[2 * index], counterpart_item=items[2 * index + 1]
            )
            for index, position in enumerate(positions)
        }

    def _rows(self, positions, ids, numbers):
        plans = [self.plans[position] for position in positions]
        company_currency = self.journal.company_id.sudo().currency_id  # sudo: as core reads it for branches
        journal_currency = self.journal.currency_id or company_currency
        pairs = [(plan.partner_id, plan.foreign_currency_id or journal_currency.id) for plan in plans]
        unknown = set(pairs) - self.partners.keys()
        if unknown:
            self.partners.update(self.facts._partners(self.journal, unknown))
        shapes = {}
        rows = []
        balances = self.facts._balances(self.journal, plans)
        texts = self.facts._texts(plans)
        for position, plan, pair, balance, text in zip(positions, plans, pairs, balances, texts, strict=True):
            shape = shape_of(plan)
            template = self.templates[shape]
            if shape not in shapes:
                shapes[shape] = self.facts._shape(self.journal, shape, template.is_checked)
            origin = template.ids
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
                        partner=self.partners[pair],
                        shape=shapes[shape],
                        texts=text,
                        balance=balance,
                    ),
                }
            )
        return rows

    # -- afterwards ------------------------------------------------------------------------

    def _follow_up(self, copied, made):
        """What posting does besides the rows; numbers given again changed the lines of the ORM too."""
        lines = self.env["account.bank.statement.line"].browse(copied.values())
        lines.check_access("create")
        self._rank(copied)
        if self.safety._needs_completion():
            self.safety._complete(lines | lines.browse(made.values()))
        self.env.flush_all()
        # computed when somebody asks, at the latest with the next flush: the balances are written before
        for field in self._statement_fields():
            self.env.add_to_compute(field, self.bank_statement)

    def _rank(self, positions):
        """Partners that pay become customers, partners that are paid vendors, as core counts them."""
        accounts = self.env["account.account"].browse(
            {self.plans[p].counterpart_account_id for p in positions} - {None}
        )
        ranks = {"asset_receivable": "customer_rank", "liability_payable": "supplier_rank"}
        kinds = {account.id: ranks.get(account.account_type) for account in accounts}
        found = Counter(
            (kinds.get(plan.counterpart_account_id), plan.partner_id)
            for plan in map(self.plans.__getitem__, positions)
            if plan.partner_id
        )
        partners = self.env["res.partner"].browse({partner for rank, partner in found if rank})
        commercial = dict(zip(partners.ids, partners.mapped(lambda one: one.commercial_partner_id.id), strict=True))
        counts = Counter()
        for (rank, partner), count in found.items():
            for one in {partner, commercial[partner]} if rank else ():
                counts[rank, one] += count
        partners._count_ranks(counts)

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
