from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..ledger.plan import LinePlan, Settlement
from .finance_bank_words import explain

#: what makes a suggestion the one it is; the rest may change while it is looked at
WHAT = frozenset({"entry_id", "item_ids", "origin_line_id", "account_id"})


class FinanceBankSuggestion(models.Model):
    """A ranked answer for a booking that could not be settled without doubt."""

    _name = "finance.bank.suggestion"
    _description = "Reconciliation Suggestion"
    _order = "score desc, id"
    _log_access = False

    entry_id = fields.Many2one("finance.bank.entry", required=True, ondelete="cascade", index=True, readonly=True)
    company_id = fields.Many2one(related="entry_id.company_id", store=True)
    item_ids = fields.Many2many(
        "account.move.line",
        string="Open items",
        readonly=True,
        # whoever may see what the bank sent need not be allowed to see journal items
        groups="account.group_account_readonly,account.group_account_invoice",
    )
    account_id = fields.Many2one("account.account", readonly=True, ondelete="cascade")
    booked_partner_id = fields.Many2one("res.partner", readonly=True, ondelete="cascade")
    rule_id = fields.Many2one("finance.bank.rule", string="Own rule", readonly=True, ondelete="cascade")
    lesson_id = fields.Many2one("finance.bank.lesson", readonly=True, ondelete="cascade")
    origin_line_id = fields.Many2one(
        "account.bank.statement.line", string="Payment that came back", readonly=True, ondelete="cascade"
    )
    difference = fields.Char(readonly=True)
    difference_amount = fields.Float(readonly=True, digits=(23, 5))
    documents = fields.Char(compute="_compute_documents")
    partner_id = fields.Many2one("res.partner", compute="_compute_partner_id", compute_sudo=True)
    score = fields.Integer(string="Certainty", readonly=True)
    parts = fields.Json(readonly=True)
    why = fields.Char(string="Codes of the reasons", readonly=True)
    explanation = fields.Char(compute="_compute_explanation", string="Why")

    @api.depends("parts")
    def _compute_explanation(self):
        for suggestion in self:
            suggestion.explanation = explain(self.env, suggestion.parts)

    @api.depends("item_ids", "account_id", "origin_line_id")
    def _compute_documents(self):
        for suggestion in self:
            # sudo: the numbers of the documents are for every reader of the booking
            known = suggestion.sudo()
            orders = known.item_ids.payment_id.finance_line_ids.order_id if len(known.item_ids) > 1 else ()
            if len(orders) == 1 and all(item.payment_id for item in known.item_ids):
                suggestion.documents = self.env._(
                    "%(order)s: %(count)s payments", order=orders.display_name, count=len(known.item_ids)
                )
            elif known.item_ids:
                suggestion.documents = ", ".join(known.item_ids.move_id.mapped("name"))
            elif known.account_id:
                suggestion.documents = known.account_id.display_name
            else:
                suggestion.documents = self.env._("return of %s", known.origin_line_id.move_id.name)

    @api.depends("item_ids", "booked_partner_id")
    def _compute_partner_id(self):
        for suggestion in self:
            payees = suggestion.item_ids.partner_id
            suggestion.partner_id = payees if len(payees) == 1 else suggestion.booked_partner_id

    @api.depends("documents", "score")
    def _compute_display_name(self):
        for suggestion in self:
            suggestion.display_name = f"{suggestion.documents} ({suggestion.score})"

    @api.model
    def _store(self, answers):
        """Replace the suggestions of these bookings: none for those that are settled without asking.

        What is suggested still stays the row it was: somebody may be looking at it, and accept it.
        """
        # sudo: suggestions are written by the engine
        self = self.sudo()
        known = self.search([("entry_id", "in", [answer.row["id"] for answer in answers])])
        wanted = [vals for answer in answers if answer.outcome == "proposed" for vals in self._values(answer)]
        if known:
            same = {suggestion._what(): suggestion for suggestion in known}
            fresh = []
            for vals in wanted:
                suggestion = same.pop(_what(vals), None)
                if suggestion:
                    known -= suggestion
                    suggestion.write({name: value for name, value in vals.items() if name not in WHAT})
                else:
                    fresh.append(vals)
            known.unlink()
            wanted = fresh
        self.create(wanted)

    def _what(self):
        """:return: what it suggests for which booking, as :func:`_what` gives it of values"""
        self.ensure_one()
        return (self.entry_id.id, frozenset(self.item_ids.ids), self.origin_line_id.id, self.account_id.id)

    @api.model
    def _values(self, answer):
        entry = answer.row["id"]
        values = [
            {
                "entry_id": entry,
                "item_ids": [(6, 0, found.item_ids)],
                "difference": found.difference.kind if found.difference else False,
                "difference_amount": float(found.difference.amount) if found.difference else 0.0,
                **_reasons(found.score, found.parts),
            }
            for found in answer.decision.suggestions
        ]
        values += [
            {
                "entry_id": entry,
                "origin_line_id": origin.id,
                "difference_amount": float(origin.fee),
                **_reasons(origin.score, origin.parts),
            }
            for origin in answer.origins
        ]
        if answer.booked:
            booked = answer.booked
            values.append(
                {
                    "entry_id": entry,
                    "account_id": booked.account_id,
                    "booked_partner_id": booked.partner_id,
                    "rule_id": booked.rule_id,
                    "lesson_id": booked.lesson_id,
                    **_reasons(booked.score, booked.parts),
                }
            )
        return values

    def _settlement(self):
        """:return: what accepting this suggestion does"""
        self.ensure_one()
        known = self.sudo()  # sudo: the engine's own rows; what they do is checked by who accepts
        rule = known.rule_id
        is_return = bool(known.origin_line_id)
        amount = Decimal(repr(known.difference_amount or 0.0))
        return Settlement(
            item_ids=tuple(known.item_ids.ids),
            account_id=known.account_id.id or None,
            partner_id=known.booked_partner_id.id or None,
            tax_ids=tuple(rule.tax_ids.ids),
            analytic=rule.analytic_distribution or None,
            label=rule.entry_label or None,
            difference=known.difference or None,
            difference_amount=Decimal(0) if is_return else amount,
            origin_line_id=known.origin_line_id.id or None,
            fee=amount if is_return else Decimal(0),
        )

    def _accept(self):
        """Settle the bank line of this suggestion as it says.

        :raise UserError: when it is not open any more
        """
        self.ensure_one()
        entry = self.entry_id
        line = entry.line_id
        if not line:
            raise UserError(self.env._("The booking is not on the ledger."))
        settlement = self._settlement()
        best = entry.suggestion_ids.sorted(lambda found: (-found.score, found.id))[:1]
        plan = LinePlan(
            entry_id=entry.id,
            sequence=0,
            date=line.date,
            amount=Decimal(0),
            label=line.payment_ref or "",
            settlement=settlement,
            rule=(self.why or "").split(",")[0] or None,
            rule_id=self.rule_id.id or None,
            score=self.score,
            parts=tuple(tuple(part) for part in self.parts or []),
        )
        self.env["finance.bank.decision"]._decide(
            line, plan, agreed=self == best, score=best.score, partner=self.sudo().item_ids.partner_id
        )  # sudo: the partner of the engine's own suggestion

    def action_accept(self):
        """Accept this answer."""
        self.env["finance.bank.statement"]._check_accountant()
        self.check_access("read")
        self.entry_id.line_id.check_access("read")
        for suggestion in self:
            suggestion._accept()
        return {"type": "ir.actions.client", "tag": "soft_reload"}


def _reasons(score, parts):
    return {
        "score": score,
        "parts": [list(part) for part in parts],
        "why": ",".join(code for code, _points in parts),
    }


def _what(vals):
    """:return: what a suggestion with these values says: it is the same one as long as this is the same"""
    items = frozenset(vals["item_ids"][0][2]) if vals.get("item_ids") else frozenset()
    return (vals["entry_id"], items, vals.get("origin_line_id") or False, vals.get("account_id") or False)
