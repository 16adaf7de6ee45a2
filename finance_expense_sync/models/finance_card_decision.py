from odoo import api, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.finance_connector_base.engine.errors import FinanceError

from ..const import ACCOUNTANT
from .windows import window_of


class FinanceCardTransaction(models.Model):
    """What people decide about a transaction that is on the card already."""

    _inherit = "finance.card.transaction"

    def _check_decider(self):
        """:raise AccessError: who decides has the role, sees the transaction, and does not hold the card"""
        self.env["finance.message"]._check_role(ACCOUNTANT)
        self.check_access("read")
        mine = self.env.user.partner_id.commercial_partner_id | self.env.user.partner_id
        if not self.env.su and any(card.partner_id in mine for card in self if card.partner_id):
            raise AccessError(self.env._("Nobody decides about an own card."))

    def _dialog(self, operation, name):
        self._check_decider()
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "finance.card.decision.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_operation": operation, "default_transaction_ids": self.ids},
        }

    def action_personal(self):
        """Open the dialog that makes charges private spending."""
        return self._dialog("personal", self.env._("Private Spending"))

    def action_not_personal(self):
        """Open the dialog that takes that back."""
        return self._dialog("undo", self.env._("Not Private"))

    def action_accept_difference(self):
        """Open the dialog that accepts what a card was charged more than was claimed."""
        return self._dialog("difference", self.env._("Accept the Difference"))

    def action_choose_claim(self):
        """Open the dialog that says which expense claims it."""
        self.ensure_one()
        return self._dialog("claim", self.env._("Choose the Claim"))

    def action_book_on(self):
        """Open the dialog that books a charge of a closed period on another day."""
        return self._dialog("date", self.env._("Book in an Open Period"))

    def _personal(self, day, reason):
        for card in self:
            if card.match_state not in ("unclaimed", "proposed"):
                raise UserError(self.env._("%s is claimed, or no charge.", card.display_name))
            if card.reason_code or not card.partner_id:
                raise UserError(self.env._("Correct first what is in the way of %s.", card.display_name))
            mine = card.sudo()  # sudo: nobody writes transactions directly; the role was checked
            self._booked(lambda mine=mine: self.env["finance.card.personal"]._book(mine, day or mine.settled_on))
            self.env["finance.audit"]._record("card.personal", mine, reason=reason)
            mine.message_post(body=self.env._("Private: %s", reason))
            self.env["finance.card.matcher"]._refresh(mine)

    def _not_personal(self, reason):
        ledger = self.env["finance.card.ledger"]
        for card in self:
            mine = card.sudo()  # sudo: as above
            rows = ledger._live(mine, "personal", "netting")
            if not rows.filtered(lambda row: row.kind == "personal"):
                raise UserError(self.env._("Nobody has made %s private by hand.", card.display_name))
            ledger._take_back(rows.sorted("id", reverse=True))
            self.env["finance.audit"]._record("card.not_personal", mine, reason=reason)
            mine.message_post(body=self.env._("Not private: %s", reason))
            self.env["finance.card.matcher"]._match(mine)

    def _accept_difference(self, day, reason):
        ledger = self.env["finance.card.ledger"]
        for card in self:
            mine = card.sudo()  # sudo: as above
            policy = ledger._policy(mine)
            if card.match_state != "difference" or card.state != "settled":
                raise UserError(self.env._("%s does not differ from its claim.", card.display_name))
            if not policy.card_difference_account_id:
                raise UserError(self.env._("The policy needs an account of fees and differences."))
            accounts = (policy.card_difference_account_id, policy.card_account_id)
            self._booked(
                lambda mine=mine, accounts=accounts, policy=policy: ledger._book(
                    mine, "difference", accounts, mine.difference, day or mine.settled_on, policy.journal_id
                )
            )
            self.env["finance.audit"]._record("card.difference", mine, reason=reason)
            mine.message_post(body=self.env._("The difference is accepted: %s", reason))
            self.env["finance.card.matcher"]._refresh(mine)

    def _claimed_by(self, line, reason):
        self.ensure_one()
        if self.state != "settled" or self.reason_code == "card_duplicate":
            raise UserError(self.env._("%s is no charge.", self.display_name))
        # sudo: nobody writes claims directly; the role was checked
        claims = self.env["finance.card.claim"].sudo()
        charge, claim = self.env["finance.card.matcher"]._charge(self), self.env["finance.card.matcher"]._claim(line)
        amount = self.env["finance.card.ledger"]._covered(charge, claim)
        values = {"state": "confirmed", "origin": "person", "amount": amount}
        keys = {"transaction_id": self.id, "report_id": line.report_id.id, "line_key": line.external_id}
        known = claims.search([(name, "=", value) for name, value in keys.items()])
        if known:
            known.write(values)
        else:
            claims.create({**keys, **values})
        self.env["finance.audit"]._record("card.claimed", self, reason=reason)
        self.env["finance.card.matcher"]._refresh(self.sudo())  # sudo: as above

    @api.model
    def _booked(self, book):
        try:
            book()
        except FinanceError as error:
            raise UserError(error.detail) from None

    def _booking_date(self, day, reason):
        for card in self:
            if card.reason_code != "expense_period_closed":
                raise UserError(self.env._("%s does not wait for a period.", card.display_name))
            card._decide("card.redated", reason, decided_date=day)
            card.sudo().message_post(  # sudo: the role was checked
                body=self.env._("To be booked on %(day)s: %(why)s", day=day, why=reason)
            )

    def action_view_claims(self):
        """Show the reports that claim it."""
        self.ensure_one()
        self.check_access("read")
        reports = self.claim_ids.filtered(lambda claim: claim.state != "refused").report_id
        return window_of(reports, self.env._("Claimed In"))

    def action_view_moves(self):
        """Show its entries: of its claims and its own."""
        self.ensure_one()
        self.check_access("read")
        moves = self.claim_ids.report_id.posting_ids.move_id | self.posting_ids.move_id | self.posting_ids.reversal_id
        return window_of(moves, self.env._("Entries"))
