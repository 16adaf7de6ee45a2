from decimal import Decimal

from markupsafe import Markup

from odoo import api, models
from odoo.tools import SQL

from ..dual.compare import Comparison, lines, pair
from ..engine import states
from ..matching.duplicates import as_amount, value_at
from ..safe.masking import mask_text

SIDES = ("old", "new")
#: messages read at once
BATCH = 500
#: findings that are kept; all are counted
SHOWN = 2000

# What a side brought is one group a key. A side that brought a key twice is a finding of its own.
_GROUPED = """
    SELECT key,
           count(*) FILTER (WHERE side = 'old') AS olds, count(*) FILTER (WHERE side = 'new') AS news,
           min(message_id) FILTER (WHERE side = 'old') AS old_id,
           min(message_id) FILTER (WHERE side = 'new') AS new_id,
           min(digest) FILTER (WHERE side = 'old') AS old_digest,
           min(digest) FILTER (WHERE side = 'new') AS new_digest,
           count(*) FILTER (WHERE outcome = 'worked' AND side = 'old') AS old_worked,
           count(*) FILTER (WHERE outcome = 'worked' AND side = 'new') AS new_worked,
           count(*) FILTER (WHERE outcome <> 'shadow') AS handled
      FROM finance_dual_row WHERE run_id = %(run)s GROUP BY key
"""
_KINDS = """
    VALUES ('missing_new', news = 0), ('missing_old', olds = 0), ('duplicate_new', news > 1),
           ('duplicate_old', olds > 1), ('double', old_worked > 0 AND new_worked > 0),
           ('neither', olds > 0 AND news > 0 AND handled = 0)
"""


class FinanceDualRun(models.Model):
    """The comparison itself: what came since the last one is read, everything is compared by key in the database."""

    _inherit = "finance.dual.run"

    @api.model
    def _cron_compare(self):
        """Compare all that run side by side."""
        self.search([("state", "in", ("running", "cut_over"))])._compare()

    def _comparison(self):
        self.ensure_one()
        return Comparison(
            pairs=[pair(line) for line in lines(self.compared_paths)],
            ignored=frozenset(lines(self.ignored_paths)),
            tolerance=Decimal(str(self.tolerance or 0)),
        )

    def _compare(self):
        for run in self:
            run._read_messages()
            found = run._find()
            fields_found, agreeing = run._find_fields()
            run._keep(found + fields_found, agreeing)

    def _forget_comparison(self):
        """What is compared has changed: read everything anew."""
        self.env["finance.dual.row"].search([("run_id", "in", self.ids)]).unlink()
        self.env["finance.dual.difference"].search([("run_id", "in", self.ids)]).unlink()
        self.write(
            {"compared_at": False, "matched": 0, "old_count": 0, "new_count": 0, "difference_count": 0, "totals": False}
        )

    # -- reading -------------------------------------------------------------------------------

    def _read_messages(self):
        comparison = self._comparison()
        for side, flow in zip(SIDES, (self.old_flow_id, self.new_flow_id), strict=True):
            ids = self._unread(flow)
            for start in range(0, len(ids), BATCH):
                messages = self.env["finance.message"].browse(ids[start : start + BATCH])
                rows = [row for message in messages if (row := self._row(message, side, comparison))]
                self.env["finance.dual.row"].create(rows)
                self.env.flush_all()
                messages.invalidate_recordset()

    def _unread(self, flow):
        """:return: ids of final messages that were not read yet; duplicates by identity are none of their own"""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                SELECT m.id FROM finance_message m
                 WHERE m.flow_id = %(flow)s AND m.kind = 'exchange' AND m.state = ANY(%(final)s)
                   AND m.duplicate_of_id IS NULL AND (%(since)s::date IS NULL OR m.create_date >= %(since)s::date)
                   AND NOT EXISTS (SELECT 1 FROM finance_dual_row r WHERE r.message_id = m.id AND r.run_id = %(run)s)
                 ORDER BY m.id
                """,
                flow=flow.id,
                final=[states.DONE, states.IGNORED],
                since=self.since or None,
                run=self.id,
            )
        )
        return [message_id for (message_id,) in self.env.cr.fetchall()]

    def _row(self, message, side, comparison):
        """:return: values of the row of a message; None when it is no transaction, or a replay of one"""
        if message.replay_of_id:
            row = self.env["finance.dual.row"].search(
                [("run_id", "=", self.id), ("message_id", "=", self._origin_of(message).id)]
            )
            if message._dual_outcome() != "shadow":
                row.outcome = message._dual_outcome()
            return None
        handler = self.env[message.flow_id.handler]
        content = None if handler._makes_others(message) else handler._compared_content(message)
        if not isinstance(content, dict):
            return None
        number = SIDES.index(side)

        def at(name):
            places = self._pair(name)
            return value_at(content, places[number]) if places else None

        key = at("key_path") if self.key_path else handler._compared_key(message, content)
        return {
            "run_id": self.id,
            "side": side,
            # without a key it finds nothing on the other side, and is reported
            "key": str(key).strip() if key else self.env._("(no key: message %s)", message.id),
            "digest": comparison.digest(content, number),
            "amount": as_amount(at("amount_path")) or 0,
            "currency": str(at("currency_path") or "")[:3] or False,
            "outcome": message._dual_outcome(),
            "message_id": message.id,
        }

    @staticmethod
    def _origin_of(message):
        while message.replay_of_id:
            message = message.replay_of_id
        return message

    # -- comparing -----------------------------------------------------------------------------

    def _find(self):
        """:return: findings that the keys alone tell"""
        self.env.cr.execute(
            SQL(
                "SELECT kind, key, old_id, new_id FROM (%(grouped)s) g"
                " CROSS JOIN LATERAL (%(kinds)s) k(kind, found) WHERE found ORDER BY key, kind",
                grouped=SQL(_GROUPED, run=self.id),
                kinds=SQL(_KINDS),
            )
        )
        return [
            {"kind": kind, "key": key, "old_message_id": old or False, "new_message_id": new or False}
            for kind, key, old, new in self.env.cr.fetchall()
        ]

    def _find_fields(self):
        """:return: (findings in the content of those that both have, how many agree)"""
        self.env.cr.execute(
            SQL(
                "SELECT key, old_id, new_id, old_digest = new_digest FROM (%s) g"
                " WHERE olds = 1 AND news = 1 ORDER BY key",
                SQL(_GROUPED, run=self.id),
            )
        )
        comparison, findings, agreeing = self._comparison(), [], 0
        for key, old, new, is_same in self.env.cr.fetchall():
            found = [] if is_same else self._differing(comparison, key, old, new)
            findings += found
            agreeing += not found
        return findings, agreeing

    def _differing(self, comparison, key, old, new):
        messages = self.env["finance.message"].browse([old, new])
        before, after = (self.env[m.flow_id.handler]._compared_content(m) or {} for m in messages)
        messages.invalidate_recordset()
        return [
            {
                "kind": "field",
                "key": key,
                "path": difference.path,
                "old_value": _masked(difference.old),
                "new_value": _masked(difference.new),
                "amount": difference.amount or 0,
                "old_message_id": old,
                "new_message_id": new,
            }
            for difference in comparison.differences(before, after)
        ]

    def _keep(self, findings, agreeing):
        self.env["finance.dual.difference"].search([("run_id", "=", self.id)]).unlink()
        self.env["finance.dual.difference"].create([{**values, "run_id": self.id} for values in findings[:SHOWN]])
        totals = self._totals()
        self.write(
            {
                "compared_at": self.env.cr.now(),
                "matched": agreeing,
                "difference_count": len(findings),
                "waiting_count": self._open_messages(self.old_flow_id | self.new_flow_id),
                "old_count": sum(line["old_count"] for line in totals),
                "new_count": sum(line["new_count"] for line in totals),
                "totals": totals,
            }
        )

    def _totals(self):
        """:return: list of dicts by currency: counts and sums (exact, as text) of both sides"""
        self.env.cr.execute(
            SQL(
                """
                SELECT COALESCE(currency, '') AS currency,
                       count(*) FILTER (WHERE side = 'old') AS old_count,
                       count(*) FILTER (WHERE side = 'new') AS new_count,
                       COALESCE(sum(amount) FILTER (WHERE side = 'old'), 0)::numeric(30, 2)::text AS old_sum,
                       COALESCE(sum(amount) FILTER (WHERE side = 'new'), 0)::numeric(30, 2)::text AS new_sum
                  FROM finance_dual_row WHERE run_id = %s GROUP BY 1 ORDER BY 1
                """,
                self.id,
            )
        )
        return self.env.cr.dictfetchall()

    @api.depends("totals")
    def _compute_totals_table(self):
        head = [
            self.env._("Currency"),
            self.env._("Old: number"),
            self.env._("New: number"),
            self.env._("Old: sum"),
            self.env._("New: sum"),
            self.env._("New minus old"),
        ]
        for run in self:
            rows = [
                (
                    line["currency"] or "-",
                    line["old_count"],
                    line["new_count"],
                    line["old_sum"],
                    line["new_sum"],
                    Decimal(line["new_sum"]) - Decimal(line["old_sum"]),
                )
                for line in run.totals or []
            ]
            run.totals_table = _table(head, rows) if rows else False

    def _worked_by_other(self, message):
        """:return: id of the message of the other feed that has worked the same transaction, or None"""
        self.ensure_one()
        side = "old" if message.flow_id == self.old_flow_id else "new"
        row = self._row(message, side, self._comparison())
        if not row:
            return None
        other = self.env["finance.dual.row"].search(
            [
                ("run_id", "=", self.id),
                ("key", "=", row["key"]),
                ("side", "=", "new" if side == "old" else "old"),
                ("outcome", "=", "worked"),
            ],
            limit=1,
        )
        return other.message_id.id or None


def _masked(text):
    return mask_text(text)[:200] if text else False


def _table(head, rows):
    """:return: an HTML table, numbers to the right, everything escaped"""
    cells = [
        Markup("").join(
            Markup("<td%s>%s</td>") % (Markup(" class='text-end'") if number else "", cell)
            for number, cell in enumerate(row)
        )
        for row in rows
    ]
    return Markup("<table class='table table-sm w-auto'><thead><tr>%s</tr></thead><tbody>%s</tbody></table>") % (
        Markup("").join(
            Markup("<th%s>%s</th>") % (Markup(" class='text-end'") if number else "", title)
            for number, title in enumerate(head)
        ),
        Markup("").join(Markup("<tr>%s</tr>") % row for row in cells),
    )
