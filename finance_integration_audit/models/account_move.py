from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.finance_connector_base.engine.notice import notice

from ..risk.hold import OPEN, PASSING


class AccountMove(models.Model):
    """What a risk policy is about stays a draft until it is released; by no way into the ledger is it passed (R-01)."""

    _inherit = "account.move"

    finance_risk_hold_id = fields.Many2one("finance.risk.hold", compute="_compute_finance_risk", string="Risk hold")
    finance_risk_text = fields.Char(compute="_compute_finance_risk", string="Why a risk system holds it")

    @api.depends("state")
    def _compute_finance_risk(self):
        # sudo: whoever sees the document sees that it is held
        holds = self.env["finance.risk.hold"].sudo()
        found = holds.search([("move_id", "in", self.ids), ("state", "!=", "ended")], order="id").grouped("move_id")
        labels = dict(holds._fields["state"]._description_selection(self.env))
        for move in self:
            hold = found.get(move._origin, holds)[-1:]
            move.finance_risk_hold_id = hold
            move.finance_risk_text = labels.get(hold.state, False)

    def _post(self, soft=True):
        """EXTENDS account: what is held stays a draft, and the risk system is asked."""
        held = self._risk_held(soft)
        stopped = self.browse([move.id for move in held])
        posted = super(AccountMove, self - stopped)._post(soft=soft)
        for move, policy in held.items():
            self.env["finance.risk.hold"]._begin(policy, move)
        return posted

    def write(self, vals):
        """EXTENDS account: nobody makes an entry posted that is held, whatever the way."""
        if vals.get("state") == "posted":
            held = self._risk_held(soft=False)
            if held:
                names = ", ".join(move.display_name for move in held)
                raise UserError(self.env._("A risk system has not released this: %s.", names))
        return super().write(vals)

    def _risk_held(self, soft):
        """:return: dict move -> policy that keeps it back"""
        policies = self.env["finance.risk.policy"]._in_force(self.company_id)
        holds = self.env["finance.risk.hold"]
        # sudo: what is held does not depend on who posts, nor on whether its policy is still in force
        known = holds.sudo().search([("move_id", "in", self.ids), ("state", "!=", "ended")])
        if not policies and not known:
            return {}
        today = fields.Date.context_today(self)
        held = {}
        for move in self:
            if move.state != "draft" or (soft and move.date > today):
                continue
            hold, policy = holds._of(move), policies._for(move)
            if hold.state in OPEN or (policy and hold.state not in PASSING):
                held[move] = policy or hold.policy_id
            else:
                # what was asked when the document said something else
                (known.filtered(lambda one, move=move: one.move_id == move and one.state in OPEN) - hold)._set("ended")
        return held

    def action_post(self):
        """EXTENDS account: say that it was held, else the button would seem to do nothing."""
        result = super().action_post()
        held = self.filtered(lambda move: move.state == "draft" and move.finance_risk_hold_id)
        if not held or result:
            return result
        return notice(
            self.env._("Documents that wait for the risk system: %s.", len(held)), "warning", title=self.env._("Held")
        )

    def button_cancel(self):
        """EXTENDS account: a cancelled document needs no word."""
        result = super().button_cancel()
        # sudo: written by the engine alone
        holds = self.env["finance.risk.hold"].sudo().search([("move_id", "in", self.ids), ("state", "!=", "ended")])
        holds._set("ended")
        return result


class FinanceCopySafety(models.AbstractModel):
    _inherit = "finance.copy.safety"

    @api.model
    def _trusted_modules(self):
        # EXTENDS: rows are copied only where no policy could keep them back
        trusted = super()._trusted_modules()
        # sudo: whether there is one, whoever posts
        if self.env["finance.risk.policy"].sudo().search_count([("active", "=", True)], limit=1):
            return trusted
        return trusted | {"finance_integration_audit"}
