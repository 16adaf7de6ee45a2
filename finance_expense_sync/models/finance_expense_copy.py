import logging

import psycopg2

from odoo import api, models

from ..posting.copying import divide_entries
from .finance_expense_copy_facts import EntryFacts
from .finance_expense_copy_proof import EntryProof, read_numbers
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
        self.env, self.poster, self.company, self.planned = poster.env, poster, company, planned
        self.rows = self.env["finance.expense.copy.rows"]
        self.numbers = self.env["finance.copy.numbers"]
        self.facts = EntryFacts(poster, company, journal, planned)
        self.proof = EntryProof(self.facts)
        self.division = divide_entries(self.facts.shapes, self.facts.odd)

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

    def _is_proved(self, made):
        unexplained = self.proof.unexplained(made, self.division.copies)
        if unexplained:
            _logger.warning("entries of expenses are made by the ORM, unexplained: %s", ", ".join(sorted(unexplained)))
        return not unexplained

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
        self.facts.safety._follow_up(entries, lines)
        if self.facts.safety._needs_completion():
            every = entries.browse([*made.values(), *moves.values()])
            self.facts.safety._complete_all(every, every.line_ids)
        return moves

    def _copy(self, made, copies):
        numbers = self._numbered(made, copies)
        moves = dict(zip(copies, self.rows._draw("account_move", len(copies)), strict=True))
        ids = iter(self.rows._draw("account_move_line", sum(len(self.facts.drafts[place].legs) for place in copies)))
        items = {place: [next(ids) for _leg in self.facts.drafts[place].legs] for place in copies}
        of_moves = {moves[place]: numbers[place] for place in copies}
        for start in range(0, len(copies), CHUNK):
            entries, lines = self.facts.rows(
                copies[start : start + CHUNK], moves, items, of_moves, self.proof.templates
            )
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
        blocks = self.numbers._blocks(self.env["account.move"].browse(made.values()), self.facts.series_of_day)
        if not blocks:
            raise NotProved("the numbers do not follow core's series")
        members = {}
        for place in sorted([*made, *copies], key=self.facts.order):
            members.setdefault(self.facts.series_of_day[self.facts.drafts[place].day], []).append(place)
        found = {
            place: number
            for series, places in members.items()
            for place, number in zip(places, blocks[series].numbers(len(places)), strict=True)
        }
        now = read_numbers(self.env, made.values())
        moved = {move: found[place] for place, move in made.items() if now[move] != _stored(found[place])}
        self.numbers._free(self.env["account.move"].browse(moved))
        if moved:
            self.numbers._give(moved)
        return {place: _stored(number) for place, number in found.items()}


def _stored(number):
    return {
        "name": number.name,
        "sequence_prefix": number.prefix,
        "sequence_number": number.number,
        "made_sequence_gap": number.made_gap,
    }
