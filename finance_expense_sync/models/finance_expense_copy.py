import json
import logging
from decimal import Decimal

import psycopg2

from odoo import api, models
from odoo.tools import SQL

from ..posting.copying import (
    AccountFacts,
    Template,
    divide_entries,
    entry_row,
    entry_shape,
    is_balanced,
    item_row,
    shape_of,
    shapes_of,
)
from .finance_expense_copy_rows import ENTRIES, ITEMS

_logger = logging.getLogger(__name__)

#: fewer entries are made by Odoo: the proof has a price of its own
MANY = 40
#: entries whose rows are written with one statement
CHUNK = 1000


class NotProved(Exception):
    """Copied rows are not what the ORM makes."""


class FinanceExpensePoster(models.AbstractModel):
    """Makes most of many entries by copying a few that Odoo made (docs/decisions/0020).

    A few entries of each shape (``posting.copying``) are created and posted by Odoo. The rules have to explain every
    column of them before the others are inserted as copies by the same rules. What is not covered or not proved is
    left to Odoo: bills, entries of a company with distribution models, taxes that no percentage says.
    """

    _inherit = "finance.expense.poster"

    @api.model
    def _make(self, company, planned):
        """OVERRIDE"""
        if len(planned) < MANY:
            return super()._make(company, planned)
        groups = {}
        for place, (work, draft) in enumerate(planned):
            journal = self.env["account.journal"] if self._is_bill(work, draft) else self._journal(work, draft)
            groups.setdefault(journal, []).append(place)
        safety = self.env["finance.expense.copy.safety"]
        obstacle = safety._obstacle(company, [journal for journal in groups if journal])
        if obstacle:
            _logger.info("%s entries of expenses are made by the ORM: %s", len(planned), obstacle)
            return super()._make(company, planned)
        made = {}
        for journal, places in groups.items():
            mine = [planned[place] for place in places]
            if journal and len(mine) >= MANY:
                ids = EntryBatch(self, company, journal, mine).make()
            else:
                ids = super()._make(company, mine).ids
            made.update(zip(places, ids, strict=True))
        return self.env["account.move"].sudo().browse(made[place] for place in range(len(planned)))  # sudo: the engine


class EntryBatch:
    """Entries of one company and journal on their way to the ledger; positions are those of the plans."""

    def __init__(self, poster, company, journal, planned):
        env = poster.env
        self.env, self.poster, self.company, self.planned = env, poster, company, planned
        self.safety = env["finance.expense.copy.safety"]
        self.rows = env["finance.expense.copy.rows"]
        self.numbers = env["finance.copy.numbers"]
        self.drafts = [draft for _work, draft in planned]
        self.references = [poster._reference(work, draft) for work, draft in planned]
        self.series_of_day = self.numbers._series(journal, {draft.day for draft in self.drafts})
        self.accounts = self._accounts()
        self.decimals = self._decimals()
        self.rates = self._rates()
        self.shapes = [shapes_of(draft, self.series_of_day[draft.day], self.accounts) for draft in self.drafts]
        self.odd = self._odd()
        self.division = divide_entries(self.shapes, self.odd)
        # what the proof found: shape -> template of lines, id of an entry
        self.items = {}
        self.entries = {}

    # -- facts -----------------------------------------------------------------------------

    def _accounts(self):
        # sudo: the engine books for companies
        accounts = self.env["account.account"].sudo().browse({leg.account for d in self.drafts for leg in d.legs})
        return {
            account.id: AccountFacts(
                # as core's account.move.line._compute_amount_residual
                keeps_residual=account.reconcile or account.account_type in ("asset_cash", "liability_credit_card"),
                is_term=account.account_type in ("asset_receivable", "liability_payable"),
            )
            for account in accounts
        }

    def _decimals(self):
        """:return: dict code -> decimals of the currencies that the rules know"""
        found = [self.env["finance.expense.record"]._currency(code) for code in {d.currency for d in self.drafts}]
        return {one.name: one.decimal_places for one in found if one.active and self.safety._is_decimal(one)}

    def _rates(self):
        """:return: dict id of a tax -> per cent, of the taxes whose amount no more than that says"""
        ids = {tax for draft in self.drafts for leg in draft.legs for tax in leg.base_of}
        found = {}
        # sudo: the engine books for companies
        for tax in self.env["account.tax"].sudo().browse(ids):
            slices = tax.invoice_repartition_line_ids | tax.refund_repartition_line_ids
            factors = slices.filtered(lambda line: line.repartition_type == "tax").mapped("factor_percent")
            if tax.amount_type == "percent" and not tax.price_include and all(factor > 0 for factor in factors):
                found[tax.id] = Decimal(repr(tax.amount))
        return found

    def _odd(self):
        """:return: positions of what the rules do not cover"""
        # sudo: only to compare companies
        partners = self.env["res.partner"].sudo().browse({leg.partner for d in self.drafts for leg in d.legs} - {None})
        foreign = set((partners - partners.filtered_domain(partners._check_company_domain(self.company))).ids)
        return {
            place
            for place, draft in enumerate(self.drafts)
            if draft.currency not in self.decimals
            or not is_balanced(draft)
            or any(leg.partner in foreign or not self.rates.keys() >= set(leg.base_of) for leg in draft.legs)
        }

    # -- making ----------------------------------------------------------------------------

    def make(self):
        """:return: list of ids of the entries"""
        made = self._by_odoo(self.division.by_odoo)
        copies = self.division.copies
        if copies:
            copied = self._copy_proved(made, copies) if self._is_proved(made) else {}
            made |= copied or self._by_odoo(copies)
        return [made[place] for place in range(len(self.planned))]

    def _by_odoo(self, places):
        """:return: dict position -> id of the entry"""
        if not places:
            return {}
        moves = self.poster._make_by_odoo(self.company, [self.planned[place] for place in places])
        return dict(zip(places, moves.ids, strict=True))

    # -- proof -----------------------------------------------------------------------------

    def _is_proved(self, made):
        """Explain each entry that Odoo made from the first of its shape.

        :param made: dict position -> id
        """
        self.env.flush_all()
        copied = frozenset().union(*(self.shapes[place] for place in self.division.copies))
        covered = {
            place: move for place, move in made.items() if place not in self.odd and self.shapes[place] <= copied
        }
        moves = self.env["account.move"].browse(covered.values())
        unexplained = self.safety._satellites(moves, moves.line_ids) or self._unexplained(covered)
        if unexplained:
            _logger.warning("entries of expenses are made by the ORM, unexplained: %s", ", ".join(sorted(unexplained)))
        return not unexplained

    def _unexplained(self, made):
        """:return: set of "table.column" for which the rules are wrong"""
        stored = self._read_items(made.values())
        numbers = self._read_numbers(made.values())
        items = {}
        for place, move in made.items():
            draft = self.drafts[place]
            found = stored[move]
            if [item["account_id"] for item in found] != [leg.account for leg in draft.legs]:
                return {"account_move_line.account_id"}
            for leg, item in zip(draft.legs, found, strict=True):
                if item["taxes"] != sorted(leg.base_of) or item["tags"] != sorted(leg.tags):
                    return {"account_move_line.tax_ids"}
                self.items.setdefault(shape_of(leg, draft.currency), _template(item))
            items[place] = [item["id"] for item in found]
            self.entries.setdefault(self._entry_shape(place), move)
        entries, lines = self._rows(list(made), made, items, numbers)
        return {
            column
            for rows, copies in ((entries, ENTRIES), (lines, ITEMS))
            for _subject, column in self.rows._differences(rows, copies)
        }

    def _entry_shape(self, place):
        draft = self.drafts[place]
        return entry_shape(draft, self.series_of_day[draft.day], self.accounts)

    def _read_items(self, moves):
        """:return: dict id of an entry -> list of dicts of its lines, in the order they were made"""
        self.env.cr.execute(
            SQL(
                """
                SELECT l.move_id, l.id, l.account_id, l.tax_base_amount,
                       ARRAY(SELECT account_tax_id FROM account_move_line_account_tax_rel
                              WHERE account_move_line_id = l.id ORDER BY 1) AS taxes,
                       ARRAY(SELECT account_account_tag_id FROM account_account_tag_account_move_line_rel
                              WHERE account_move_line_id = l.id ORDER BY 1) AS tags
                  FROM account_move_line l WHERE l.move_id = ANY(%s) ORDER BY l.id
                """,
                list(moves),
            )
        )
        found = {}
        for row in self.env.cr.dictfetchall():
            found.setdefault(row["move_id"], []).append(row)
        return found

    def _read_numbers(self, moves):
        """:return: dict id of an entry -> dict of its number, as it is stored"""
        self.env.cr.execute(
            SQL(
                """
                SELECT id, name, sequence_prefix, sequence_number, made_sequence_gap
                  FROM account_move WHERE id = ANY(%s)
                """,
                list(moves),
            )
        )
        return {row.pop("id"): row for row in self.env.cr.dictfetchall()}

    # -- copying ---------------------------------------------------------------------------

    def _copy_proved(self, made, copies):
        """Copy what is proved, in a savepoint.

        :param made: dict position -> id of the entries that Odoo made
        :return: dict position -> id of the copies; empty when it did not work out
        """
        try:
            with self.env.cr.savepoint(flush=False):
                moves, items = self._copy(made, copies)
        except (NotProved, psycopg2.IntegrityError) as error:
            # a number taken by somebody who does not ask core for it, or rows that the database changed
            _logger.warning("entries of expenses are made by the ORM: %s", error)
            self.env.invalidate_all(flush=False)
            return {}
        self.env.invalidate_all(flush=False)
        # sudo: the engine books for companies
        entries = self.env["account.move"].sudo().with_company(self.company).browse(moves.values())
        lines = entries.line_ids.browse(item for place in copies for item in items[place])
        self.safety._follow_up(entries, lines)
        if self.safety._needs_completion():
            every = entries.browse([*made.values(), *moves.values()])
            self.safety._complete_all(every, every.line_ids)
        return moves

    def _copy(self, made, copies):
        numbers = self._numbered(made, copies)
        moves = dict(zip(copies, self.rows._draw("account_move", len(copies)), strict=True))
        ids = iter(self.rows._draw("account_move_line", sum(len(self.drafts[place].legs) for place in copies)))
        items = {place: [next(ids) for _leg in self.drafts[place].legs] for place in copies}
        of_moves = {moves[place]: numbers[place] for place in copies}
        for start in range(0, len(copies), CHUNK):
            entries, lines = self._rows(copies[start : start + CHUNK], moves, items, of_moves)
            for rows, what in ((entries, ENTRIES), (lines, ITEMS)):
                if not self.rows._insert(rows, what):
                    raise NotProved("rows are missing")
            self._relate(lines)
            for rows, what in ((entries, ENTRIES), (lines, ITEMS)):
                differing = self.rows._stored_otherwise(rows, what)
                if differing:
                    raise NotProved(f"stored otherwise than written: {', '.join(sorted(differing))}")
        return moves, items

    def _relate(self, lines):
        fields = self.env["account.move.line"]._fields
        pairs = [(row["t_item"], row["item_id"]) for row in lines]
        for name in ("tax_ids", "tax_tag_ids"):
            self.rows._relate(fields[name].relation, fields[name].column1, pairs)

    def _numbered(self, made, copies):
        """Give all numbers in core's order; entries that Odoo made may change theirs.

        :return: dict position -> dict of the number of an entry, as it is stored
        """
        blocks = self.numbers._blocks(self.env["account.move"].browse(made.values()), self.series_of_day)
        if not blocks:
            raise NotProved("the numbers do not follow core's series")
        members = {}
        for place in sorted([*made, *copies], key=lambda place: self._order(place, made)):
            members.setdefault(self.series_of_day[self.drafts[place].day], []).append(place)
        found = {
            place: number
            for series, places in members.items()
            for place, number in zip(places, blocks[series].numbers(len(places)), strict=True)
        }
        now = self._read_numbers(made.values())
        moved = {move: found[place] for place, move in made.items() if now[move] != _stored(found[place])}
        self.numbers._free(self.env["account.move"].browse(moved))
        if moved:
            self.numbers._give(moved)
        return {place: _stored(number) for place, number in found.items()}

    def _order(self, place, made):
        # as core's account.move._compute_name
        return self.drafts[place].day, self.references[place] or "", place

    def _rows(self, places, moves, items, numbers):
        """:return: (rows of entries, rows of their lines)"""
        entries, lines = [], []
        for place in places:
            draft, move = self.drafts[place], moves[place]
            number = numbers[move]
            entry = entry_row(draft, self.references[place])
            entries.append({"t_move": self.entries[self._entry_shape(place)], "move_id": move, **number, **entry})
            shared = {"move_id": move, "name": number["name"], "ref": entry["ref"], "date": entry["date"]}
            for leg, item in zip(draft.legs, items[place], strict=True):
                template = self.items[shape_of(leg, draft.currency)]
                row = item_row(leg, template, self.accounts[leg.account], self.rates, self.decimals[draft.currency])
                row["analytic"] = json.dumps(row["analytic"]) if row["analytic"] else None
                lines.append({"t_item": template.item, "item_id": item, **shared, **row})
        return entries, lines


def _template(item):
    return Template(
        item=item["id"],
        base_amount=item["tax_base_amount"],
    )


def _stored(number):
    return {
        "name": number.name,
        "sequence_prefix": number.prefix,
        "sequence_number": number.number,
        "made_sequence_gap": number.made_gap,
    }
