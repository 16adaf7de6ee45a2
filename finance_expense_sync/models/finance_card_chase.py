from markupsafe import Markup

from odoo import api, fields, models

from ..cards import chasing

TODO = "mail.mail_activity_data_todo"


class FinanceCardChase(models.AbstractModel):
    """Asks cardholders for claims and receipts that are missing, and accountants where nobody answers (E-06)."""

    _name = "finance.card.chase"
    _description = "Reminders to Cardholders"

    @api.model
    def _cron_chase(self):
        """Send the reminders that are due: one mail for each cardholder, whatever is missing."""
        today = self.env.cr.now().date()
        # sudo: the scheduled action
        policies = self.env["finance.expense.policy"].sudo().search([("card_account_id", "!=", False)])
        for company, mine in policies.grouped("company_id").items():
            for policy in mine:
                cards = self._missing(company).filtered(
                    lambda card, policy=policy: self.env["finance.card.ledger"]._policy(card) == policy
                )
                self._chase(policy, cards, today)

    @api.model
    def _missing(self, company):
        """:return: charges without claim, or without receipt"""
        # sudo: as above
        cards = self.env["finance.card.transaction"].sudo()
        return cards.search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "settled"),
                ("reason_code", "!=", "card_duplicate"),
                ("amount", ">", 0),
                "|",
                ("match_state", "in", ("unclaimed", "proposed")),
                ("is_receipt_missing", "=", True),
            ],
            order="partner_id, settled_on, id",
        )

    @api.model
    def _chase(self, policy, cards, today):
        steps = chasing.steps_of(policy.card_reminders or "")
        due = cards.browse()
        for card in cards:
            step = chasing.due_step((today - card.settled_on).days, steps, card.reminder_step)
            if step is None:
                continue
            card.write({"reminder_step": step, "reminded_at": self.env.cr.now()})
            due |= card
        for partner, mine in due.grouped("partner_id").items():
            is_told = bool(partner.email or partner.user_ids) and self._tell(policy, partner, mine)
            last = mine.filtered(lambda card: card.reminder_step == len(steps))
            self._escalate(policy, last if is_told else mine)

    @api.model
    def _tell(self, policy, partner, cards):
        """Write to a cardholder; :return: True"""
        language = self.with_context(lang=partner.lang or self.env.lang)
        text = language.env._
        rows = Markup().join(
            Markup("<li>%s</li>")
            % text(
                "%(day)s, %(merchant)s, %(amount)s: %(what)s",
                day=fields.Date.to_string(card.date),
                merchant=card.merchant or card.card,
                amount=card.currency_id.format(card.amount),
                what=text("receipt is missing") if card.is_claimed else text("not claimed yet"),
            )
            for card in cards
        )
        self.env["mail.thread"].sudo().message_notify(  # sudo: the scheduled action
            partner_ids=partner.ids,
            subject=text("%s payment(s) by company card wait for you", len(cards)),
            body=Markup("<p>%s</p><ul>%s</ul>")
            % (text("Please claim these payments, or add their receipts, on your expense platform:"), rows),
        )
        for card in cards:
            card._message_log(body=self.env._("The cardholder was asked, for the %s. time.", card.reminder_step))
        return True

    @api.model
    def _escalate(self, policy, cards):
        user = policy.card_user_id
        if not user or not user.active:
            return
        for card in cards:
            if card.activity_ids.filtered(lambda one: one.user_id == user):
                continue
            card.activity_schedule(
                TODO,
                user_id=user.id,
                summary=self.env._("Receipt is missing") if card.is_claimed else self.env._("Payment is not claimed"),
            )


class FinanceCardTransaction(models.Model):
    _inherit = "finance.card.transaction"

    def write(self, vals):
        """EXTENDS: what was asked for and has come needs nobody any more."""
        result = super().write(vals)
        if vals.keys() & {"match_state", "is_receipt_missing", "state"}:
            done = self.filtered(
                lambda card: (
                    card.activity_ids
                    and not (card.state == "settled" and card.match_state in ("unclaimed", "proposed"))
                    and not card.is_receipt_missing
                )
            )
            if done:
                # sudo: whoever brings the claim need not have the task
                done.sudo().activity_feedback([TODO], feedback=self.env._("It has come."))
        return result
