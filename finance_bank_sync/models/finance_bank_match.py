import json

from odoo import api, fields, models
from odoo.tools import SQL

from ..matching.precision import measure
from .finance_bank_words import explain


class FinanceBankMatch(models.Model):
    """What settled a bank line: who or what decided, why, and whether it was taken back.

    Kept for good: it explains each match, and it is the history in which the precision of the
    engine is measured.
    """

    _name = "finance.bank.match"
    _description = "Bank Match"
    _order = "id desc"
    _log_access = False
    _allow_sudo_commands = False

    line_id = fields.Many2one(
        "account.bank.statement.line", string="Bank line", readonly=True, ondelete="cascade", index=True
    )
    entry_id = fields.Many2one("finance.bank.entry", string="Received entry", readonly=True, ondelete="cascade",
                               index="btree_not_null")  # fmt: skip
    company_id = fields.Many2one("res.company", readonly=True, required=True, index=True)
    journal_id = fields.Many2one("account.journal", readonly=True, required=True, index=True)
    decided_on = fields.Datetime(readonly=True)
    mode = fields.Selection(
        [("automatic", "Without asking"), ("person", "By a person")], readonly=True, required=True, string="Decided"
    )
    user_id = fields.Many2one("res.users", string="Decided by", readonly=True)
    code = fields.Char(string="Rule", readonly=True)
    rule_id = fields.Many2one("finance.bank.rule", string="Own rule", readonly=True, ondelete="set null",
                              index="btree_not_null")  # fmt: skip
    score = fields.Integer(
        string="Certainty", readonly=True, aggregator="avg", help="Of the best answer of the engine."
    )
    parts = fields.Json(readonly=True)
    explanation = fields.Char(compute="_compute_explanation", string="Why")
    agreed = fields.Boolean(string="Best answer", readonly=True, help="What was done is the engine's best answer.")
    documents = fields.Char(readonly=True)
    difference = fields.Selection(
        [
            ("discount", "Early payment discount"),
            ("charges", "Charges"),
            ("tolerance", "Difference within the tolerance"),
            ("exchange", "Exchange difference"),
            ("write_off", "Written off by a person"),
        ],
        readonly=True,
    )
    difference_amount = fields.Float(readonly=True, digits=(23, 5))
    origin_line_id = fields.Many2one(
        "account.bank.statement.line", string="Payment that came back", readonly=True, ondelete="cascade",
        index="btree_not_null",
    )  # fmt: skip
    item_ids = fields.Json(readonly=True, groups=fields.NO_ACCESS)
    amount = fields.Float(related="entry_id.amount")
    label = fields.Char(related="entry_id.label")
    date = fields.Date(related="entry_id.booking_date")
    state = fields.Selection(
        [("active", "In force"), ("undone", "Taken back"), ("returned", "The payment came back")],
        readonly=True,
        required=True,
        default="active",
        index=True,
    )
    undone_by_id = fields.Many2one("res.users", readonly=True, string="Taken back by")
    undone_on = fields.Datetime(readonly=True, string="Taken back on")

    _active = models.UniqueIndex("(line_id) WHERE state = 'active'")
    _history = models.Index("(journal_id, score)")

    @api.depends("parts")
    def _compute_explanation(self):
        for match in self:
            match.explanation = explain(self.env, match.parts)

    @api.depends("documents", "label")
    def _compute_display_name(self):
        for match in self:
            match.display_name = match.documents or match.label or f"#{match.id}"

    @api.model
    def _record(self, found, *, mode):
        """Write down what was settled.

        :param found: list of (line, :class:`~..ledger.plan.LinePlan`, whether it is the best answer, best score)
        """
        if not found:
            return
        numbers = self._numbers({item for _line, plan, *_ in found for item in self._items_of(plan)})
        rows = []
        for line, plan, agreed, score in found:
            settlement = plan.settlement
            items = self._items_of(plan)
            rows.append(
                (
                    line.id,
                    plan.entry_id or None,
                    line.company_id.id,
                    line.journal_id.id,
                    mode,
                    self.env.uid if mode == "person" else None,
                    plan.rule,
                    plan.rule_id,
                    score,
                    json.dumps([list(part) for part in plan.parts]),
                    agreed,
                    ", ".join(dict.fromkeys(numbers[item] for item in items if item in numbers)) or None,
                    settlement.difference if settlement else None,
                    settlement.difference_amount if settlement else 0,
                    settlement.origin_line_id if settlement else None,
                    json.dumps(list(items)),
                    "active",
                )
            )
        self.env.cr.execute_values(
            """
            INSERT INTO finance_bank_match
                   (line_id, entry_id, company_id, journal_id, mode, user_id, code, rule_id, score, parts, agreed,
                    documents, difference, difference_amount, origin_line_id, item_ids, state, decided_on)
            VALUES %s
            """,
            rows,
            template="(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s, %s, %s, %s, %s, %s::jsonb, %s,"
            " now() AT TIME ZONE 'UTC')",
            page_size=1000,
        )
        self.invalidate_model(flush=False)

    @api.model
    def _items_of(self, plan):
        return plan.item_ids or (plan.settlement.item_ids if plan.settlement else ())

    @api.model
    def _numbers(self, items):
        """:return: dict item id -> number of its document"""
        if not items:
            return {}
        self.env.cr.execute(SQL("SELECT id, move_name FROM account_move_line WHERE id = ANY(%s)", sorted(items)))
        return {item: name for item, name in self.env.cr.fetchall() if name}

    @api.model
    def _of(self, lines):
        """:return: the matches in force of these bank lines"""
        # sudo: matches are written by nobody by hand
        return self.sudo().search([("line_id", "in", lines.ids), ("state", "=", "active")])

    @api.model
    def _mark_returned(self, origin, back):
        self._of(origin).write({"state": "returned", "undone_on": self.env.cr.now()})
        self.env["finance.audit"]._record(
            "bank.line.returned", origin, after={"by": back.id}, correlation_id=origin.sudo().finance_correlation_id
        )  # sudo: the id of the business transaction alone

    def _take_back(self):
        """Mark as taken back; a payment that had come back is what it was before its return."""
        self.write({"state": "undone", "undone_by_id": self.env.uid, "undone_on": self.env.cr.now()})
        for match in self.filtered("origin_line_id"):
            former = self.search([("line_id", "=", match.origin_line_id.id), ("state", "=", "returned")], limit=1)
            if not former:
                continue
            former._revive()

    def _revive(self):
        """Reconcile again what was reconciled before the payment came back, as far as it is still open."""
        self.ensure_one()
        _liquidity, _suspense, counterpart = self.line_id._seek_for_lines()
        items = self.env["account.move.line"].browse(self.item_ids or []).exists()
        items = items.filtered(lambda item: not item.reconciled and item.account_id in counterpart.account_id)
        counterpart = counterpart.filtered(lambda item: item.account_id in items.account_id)
        if items and counterpart:
            (counterpart | items).reconcile()
        self.write({"state": "active", "undone_on": False})

    @api.model
    def _measured(self, journals):
        """:return: dict journal id -> list of :class:`~..matching.precision.Measured`, what people made of it"""
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                SELECT journal_id, score, CASE WHEN mode = 'automatic' THEN state <> 'undone' ELSE agreed END, count(*)
                  FROM finance_bank_match
                 WHERE journal_id = ANY(%s) AND score > 0 AND (mode = 'automatic' OR state <> 'undone')
                 GROUP BY 1, 2, 3
                """,
                journals.ids,
            )
        )
        history = {}
        for journal, score, right, count in self.env.cr.fetchall():
            history.setdefault(journal, []).append((score, bool(right), count))
        return {journal: measure(history.get(journal, [])) for journal in journals.ids}

    def action_undo(self):
        """Take the match back; the line is open again and left to a person."""
        self.env["finance.bank.statement"]._check_accountant()
        self.check_access("read")
        lines = self.filtered(lambda match: match.state == "active").line_id
        lines.check_access("read")
        lines.action_undo_reconciliation()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_open_line(self):
        """Show the received entry of the line."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "finance.bank.entry",
            "view_mode": "form",
            "res_id": self.entry_id.id,
        }
