import re

from odoo import api, models
from odoo.tools import SQL

from ..engine.series import Block, are_consecutive


class FinanceCopyNumbers(models.AbstractModel):
    """Numbers of journal entries, from core's own sequence logic.

    A control entry of every series is posted by the ORM: core locks the series for this
    transaction and gives the first number. The others are counted on from there, which is what
    core does too once it holds the lock (see ``sequence.mixin._locked_increment``).
    """

    _name = "finance.copy.numbers"
    _description = "Numbers of Copied Entries"

    @api.model
    def _series(self, journal, days):
        """Ask core in which series each day falls.

        :return: dict date -> key of the series
        """
        move = self.env["account.move"]
        series = {}
        for day in sorted(days):
            entry = move.new(
                {"move_type": "entry", "journal_id": journal.id, "company_id": journal.company_id.id, "date": day}
            )
            template, values = entry._get_next_sequence_format()
            series[day] = template.format(**{**values, "seq": 0})
        return series

    @api.model
    def _blocks(self, moves, series):
        """The blocks that the control entries began.

        :param moves: posted entries of all control entries
        :param series: answer of :meth:`_series`
        :return: dict key of the series -> :class:`~..engine.series.Block`; empty when core numbered differently
        """
        members = {}
        for move in moves:
            members.setdefault(series.get(move.date), []).append(move)
        blocks = {}
        for key, numbered in members.items():
            first = min(numbered, key=lambda move: move.sequence_number)
            template, values = first._get_sequence_format_param(first.name)
            seen = {**values, "seq": 0}
            if template.format(**seen) != key or not are_consecutive(move.sequence_number for move in numbered):
                return {}
            values = {name: value for name, value in values.items() if name != "seq"}
            blocks[key] = Block(
                template=template,
                values=values,
                # as core's _compute_split_sequence
                split=re.compile(first._make_regex_non_capturing(first._sequence_fixed_regex.replace(r"?P<seq>", ""))),
                first=first.sequence_number,
                made_gap=first.made_sequence_gap,
            )
        return blocks

    @api.model
    def _free(self, moves):
        """Take the numbers of the control entries back, to give them out again in the order of dates.

        The lock stays: the deleted versions of these rows belong to this transaction.
        """
        self.env.cr.execute(SQL("UPDATE account_move SET name = '/' WHERE id = ANY(%s)", moves.ids))

    @api.model
    def _give(self, numbers):
        """Write the final numbers of the control entries.

        :param numbers: dict id of an entry -> :class:`~..engine.series.Number`
        """
        self.env.cr.execute_values(
            """
            WITH v(id, name, prefix, number, gap) AS (VALUES %s), entry AS (
                UPDATE account_move m
                   SET name = v.name, sequence_prefix = v.prefix, sequence_number = v.number, made_sequence_gap = v.gap
                  FROM v WHERE m.id = v.id)
            UPDATE account_move_line l SET move_name = v.name FROM v WHERE l.move_id = v.id
            """,
            [(move, n.name, n.prefix, n.number, n.made_gap) for move, n in numbers.items()],
            page_size=1000,
        )
        # later entries of this transaction ask the database again
        self.env["account.move"]._get_sequence_cache().clear()
