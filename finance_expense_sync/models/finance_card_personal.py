from odoo import api, models
from odoo.exceptions import UserError


class FinanceCardPersonal(models.AbstractModel):
    """Private spending by company card: owed by the employee, set off against what the employee is owed (E-06).

    What a claim calls private is booked by the claim. What nobody claims can be called private by hand; when a claim
    comes all the same, the claim is the truth and the entry by hand is taken back.
    """

    _name = "finance.card.personal"
    _description = "Private Spending by Card"

    @api.model
    def _book(self, card, day):
        ledger = self.env["finance.card.ledger"]
        policy = ledger._policy(card)
        if not policy.personal_account_id or not policy.card_account_id:
            raise UserError(self.env._("The policy needs the accounts of card clearing and of what employees owe."))
        accounts = (policy.personal_account_id, policy.card_account_id)
        ledger._book(card, "personal", accounts, card.amount, day, policy.journal_id, partner=card.partner_id)
        self.env["finance.card.setoff"]._net(card, policy)

    @api.model
    def _follow(self, cards):
        """Keep what was called private in line with the claims that have come since."""
        ledger = self.env["finance.card.ledger"]
        for card in cards:
            rows = ledger._live(card, "personal", "netting")
            if not rows and not card.claim_ids:
                continue
            is_by_hand = bool(rows.filtered(lambda row: row.kind == "personal"))
            claims = card.claim_ids._counts()
            if is_by_hand and (claims or card.state != "settled"):
                ledger._take_back(rows.sorted("id", reverse=True))
                card.message_post(
                    body=self.env._("It is claimed now: what made it private is taken back.")
                    if claims
                    else self.env._("It is no charge any more: what made it private is taken back.")
                )
                self.env["finance.card.matcher"]._note(card)
            elif card.match_state == "personal" and not is_by_hand and not rows:
                policy = ledger._policy(card)
                if policy:
                    self.env["finance.card.setoff"]._net(card, policy)
