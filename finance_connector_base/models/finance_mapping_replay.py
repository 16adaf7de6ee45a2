from collections import Counter
from typing import NamedTuple

from markupsafe import Markup

from odoo import fields, models
from odoo.tools import split_every

from ..engine import ranking

#: messages compared at once
PAGE = 1000


class Shift(NamedTuple):
    """A code that today's mappings translate otherwise than those that were used.

    :param before: ids of the mappings used, :param now: those of today, none: the code is not mapped any more
    """

    kind: str
    code: str
    before: tuple
    now: tuple


class FinanceMessage(models.Model):
    """Replays when mappings have changed meanwhile: which version counts is asked and kept (fault 51)."""

    _inherit = "finance.message"

    mapping_choice = fields.Selection(
        [("before", "As used before"), ("today", "As in use today")],
        string="Mappings of the replay",
        readonly=True,
    )

    def _mapping_pins(self):
        """:return: dict "kind:code" -> ids of the mappings that a replay keeps instead of today's"""
        self.ensure_one()
        message = self.sudo()  # sudo: asked by the engine, of the message it works
        pins = {}
        if message.mapping_choice == "before":
            for key in message.replay_of_id.mapping_versions or {}:
                name, _hash, mapping_id = key.rpartition("#")
                pins.setdefault(name, []).append(int(mapping_id))
        return pins

    def _mapping_shifts(self):
        """Compare what was used with what would be used today.

        Whether conditions hold is known from what the message had asked; a message of before that was kept is
        compared as if nothing had been known of the case.

        :return: dict :class:`Shift` -> number of messages, the most frequent first
        """
        shifts = Counter()
        for ids in split_every(PAGE, self.ids):
            # sudo: what was known of a case is compared without being shown
            messages = self.sudo().browse(ids).filtered("mapping_versions")
            answers = messages._ask_again()
            for message in messages:
                used = {}
                for kind, code, mapping_id in message._mapping_keys():
                    used.setdefault((kind, code), set()).add(mapping_id)
                for (kind, code), before in used.items():
                    now = answers[message.id].get((kind, code), set())
                    if self._mapping_targets(before) != self._mapping_targets(now):
                        shifts[Shift(kind, code, tuple(sorted(before)), tuple(sorted(now)))] += 1
            messages.invalidate_recordset(["mapping_asked", "mapping_versions"], flush=False)
        return dict(shifts.most_common())

    def _mapping_keys(self):
        """:return: list of (kind, code, mapping id) of what was used"""
        self.ensure_one()
        keys = []
        for key in self.mapping_versions or {}:
            name, _hash, mapping_id = key.rpartition("#")
            kind, _colon, code = name.partition(":")
            keys.append((kind, code, int(mapping_id)))
        return keys

    def _mapping_questions(self):
        """:return: list of (kind, codes, day, facts, words) as they would be asked today"""
        self.ensure_one()
        worked = (self.closed_at or self.create_date).date()
        asked = self._asked_or_none() or [
            {"kind": kind, "codes": [code], "day": worked.isoformat()} for kind, code, _id in self._mapping_keys()
        ]
        today = fields.Date.context_today(self)
        questions = []
        for question in asked:
            day = fields.Date.to_date(question["day"])
            facts, words = question.get("facts") or {}, tuple(question.get("words") or ())
            # what was asked of the day itself may be a question of today when it is asked again
            for date in {day, today} if day == worked else {day}:
                questions.append(
                    (question["kind"], question["codes"], date, {"words": words} if words else facts, words)
                )
        return questions

    def _ask_again(self):
        """:return: dict message id -> {(kind, code): ids of today's mappings}; one query a connection and kind"""
        questions = {message.id: message._mapping_questions() for message in self}
        codes = {}
        for message in self:
            for kind, asked, *_case in questions[message.id]:
                codes.setdefault((message.connection_id, kind), set()).update(asked)
        mappings = self.env["finance.mapping"]
        rules = {
            (connection, kind): mappings._candidates(connection, kind, wanted)._rules()
            for (connection, kind), wanted in codes.items()
        }
        answers = {message.id: {} for message in self}
        for message in self:
            for kind, asked, day, facts, words in questions[message.id]:
                found = ranking.choose(rules[message.connection_id, kind], asked, facts, day, words)
                for code, rule in found.items():
                    answers[message.id].setdefault((kind, code), set()).add(rule.id)
        return answers

    def _mapping_targets(self, ids):
        # sudo: who may replay is told what a code stands for
        return {(m.res_model, m.res_id) for m in self.env["finance.mapping"].sudo().browse(ids)}

    def _mapping_shift_table(self, shifts):
        """:return: HTML: code, what it stood for, what it stands for today, version and who approved it"""
        env = self.env
        mappings = env["finance.mapping"].sudo()  # sudo: as above
        kinds = {kind.code: kind.name for kind in env["finance.mapping.domain"].sudo().search([])}
        cell = Markup("<td>%s</td>")
        rows = Markup("").join(
            Markup("<tr>%s</tr>")
            % Markup("").join(
                cell % value
                for value in (
                    kinds.get(shift.kind, shift.kind),
                    shift.code,
                    mappings.browse(shift.before)._told_for_replay(),
                    mappings.browse(shift.now)._told_for_replay() or env._("not mapped: the replay would wait"),
                    count,
                )
            )
            for shift, count in shifts.items()
        )
        heads = (env._("Kind"), env._("Code"), env._("Used before"), env._("In use today"), env._("Messages"))
        return Markup("<table class='table table-sm'><thead><tr>%s</tr></thead><tbody>%s</tbody></table>") % (
            Markup("").join(Markup("<th>%s</th>") % head for head in heads),
            rows,
        )


class FinanceMapping(models.Model):
    _inherit = "finance.mapping"

    def _told_for_replay(self):
        """:return: HTML: record, version, who approved it and when, one line a mapping"""
        return Markup("<br/>").join(
            self.env._(
                "%(record)s (version %(version)s, approved by %(who)s on %(day)s)",
                record=mapping._record_label() or "-",
                version=mapping.version,
                who=mapping.approved_by_id.name or "-",
                day=fields.Date.to_string(mapping.approved_at) or "-",
            )
            for mapping in self
        )
