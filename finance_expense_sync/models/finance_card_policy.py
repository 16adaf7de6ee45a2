from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..cards.chasing import steps_of


class FinanceExpensePolicy(models.Model):
    """What a company does with transactions of its cards."""

    _inherit = "finance.expense.policy"

    card_booking = fields.Selection(
        [("claim", "When it is claimed"), ("settled", "At once when it is charged")],
        string="Charges are booked",
        required=True,
        default="claim",
        tracking=True,
        help="When claimed: the entry of the claim is the only one, against card clearing; what is not claimed at the "
        "end of a month is accrued. At once: card clearing against the account of the card programme; the claim takes "
        "it off card clearing again.",
    )
    card_journal_id = fields.Many2one(
        "account.journal",
        string="Journal of cards",
        check_company=True,
        help="For cards whose programme is not mapped to a journal. Its account is what the card company is owed.",
    )
    card_tolerance = fields.Float(
        string="Tolerance of claims",
        digits=(16, 4),
        default=0.0,
        tracking=True,
        help="Most by which a claim may differ from its charge, in the currency of the card.",
    )
    card_difference_account_id = fields.Many2one(
        "account.account",
        string="Fees and differences",
        check_company=True,
        help="Takes what a card was charged more than was claimed, when a person accepts it.",
    )
    card_days = fields.Integer(
        string="Days around",
        default=7,
        aggregator=None,
        help="Days by which the days of charge, claim and bank line may differ where nothing names the other.",
    )
    card_lapse_days = fields.Integer(
        string="Authorisations lapse after",
        default=30,
        aggregator=None,
        help="Days after which an authorisation without charge has lapsed. A late charge is found all the same.",
    )
    card_net = fields.Boolean(
        string="Set off private spending",
        tracking=True,
        help="What an employee owes for private spending is set off against what the employee is owed.",
    )
    card_reminders = fields.Char(
        string="Reminders",
        default="7, 14, 30",
        help="Days after the charge on which the cardholder is asked for a claim or a receipt. Empty: nobody is asked.",
    )
    card_user_id = fields.Many2one(
        "res.users",
        string="Told in the end",
        help="Gets a task when a cardholder cannot be reached, and with the last reminder.",
    )

    @api.constrains("card_tolerance", "card_days", "card_lapse_days")
    def _check_card_limits(self):
        for policy in self:
            if policy.card_tolerance < 0 or policy.card_days < 0 or policy.card_lapse_days < 1:
                raise ValidationError(self.env._("Tolerance and days of cards are not negative."))

    @api.constrains("card_reminders")
    def _check_card_reminders(self):
        for policy in self:
            try:
                steps_of(policy.card_reminders or "")
            except ValueError:
                raise ValidationError(
                    self.env._("Write reminders as growing numbers of days, e.g. 7, 14, 30.")
                ) from None

    @api.constrains("card_booking", "card_account_id")
    def _check_card_account(self):
        for policy in self:
            if policy.card_booking == "settled" and not policy.card_account_id:
                raise ValidationError(self.env._("Charges that are booked at once need the account of card clearing."))
