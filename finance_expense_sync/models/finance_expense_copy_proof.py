from dataclasses import dataclass, field

from odoo.tools import SQL

from ..posting.copying import Template, shape_of
from .finance_expense_copy_rows import ENTRIES, ITEMS


@dataclass
class Templates:
    """What is copied from: shape -> template of lines, shape -> id of an entry."""

    items: dict = field(default_factory=dict)
    entries: dict = field(default_factory=dict)


class EntryProof:
    """Explains each entry that Odoo made from the first of its shape.

    :param facts: :class:`~.finance_expense_copy_facts.EntryFacts`
    """

    def __init__(self, facts):
        self.env, self.facts, self.templates = facts.env, facts, Templates()
        self.rows = self.env["finance.expense.copy.rows"]

    def unexplained(self, made, copies):
        """Find what the rules do not explain.

        :param made: dict position -> id of the entries that Odoo made
        :param copies: positions of what is to be copied
        :return: set of names, empty: it is proved
        """
        self.env.flush_all()
        facts = self.facts
        copied = frozenset().union(*(facts.shapes[place] for place in copies))
        covered = {
            place: move for place, move in made.items() if place not in facts.odd and facts.shapes[place] <= copied
        }
        moves = self.env["account.move"].browse(covered.values())
        return facts.safety._satellites(moves, moves.line_ids) or self._differences(covered)

    def _differences(self, made):
        """:return: set of "table.column" for which the rules are wrong"""
        stored = self._read_items(made.values())
        numbers = read_numbers(self.env, made.values())
        items = {}
        for place, move in made.items():
            draft = self.facts.drafts[place]
            found = stored[move]
            if [item["account_id"] for item in found] != [leg.account for leg in draft.legs]:
                return {"account_move_line.account_id"}
            for leg, item in zip(draft.legs, found, strict=True):
                if item["taxes"] != sorted(leg.base_of) or item["tags"] != sorted(leg.tags):
                    return {"account_move_line.tax_ids"}
                self.templates.items.setdefault(
                    shape_of(leg, draft.currency), Template(item=item["id"], base_amount=item["tax_base_amount"])
                )
            items[place] = [item["id"] for item in found]
            self.templates.entries.setdefault(self.facts.shape_of_entry(place), move)
        entries, lines = self.facts.rows(list(made), made, items, numbers, self.templates)
        return {
            column
            for rows, copies in ((entries, ENTRIES), (lines, ITEMS))
            for _subject, column in self.rows._differences(rows, copies)
        }

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


def read_numbers(env, moves):
    """:return: dict id of an entry -> dict of its number, as it is stored"""
    env.cr.execute(
        SQL(
            """
            SELECT id, name, sequence_prefix, sequence_number, made_sequence_gap
              FROM account_move WHERE id = ANY(%s)
            """,
            list(moves),
        )
    )
    return {row.pop("id"): row for row in env.cr.dictfetchall()}
