from odoo import fields, models

from ..payments import intercompany


class FinanceIntercompanySettlementLine(models.Model):
    """An open item of one company beside the same of the other, or what is different about it."""

    _name = "finance.intercompany.settlement.line"
    _description = "Item of an Intercompany Settlement"
    _order = "settlement_id, direction desc, kind, id"
    _allow_sudo_commands = False

    settlement_id = fields.Many2one(
        "finance.intercompany.settlement", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="settlement_id.company_id", store=True)
    other_company_id = fields.Many2one(related="settlement_id.other_company_id", store=True)
    currency_id = fields.Many2one(related="settlement_id.currency_id")
    direction = fields.Selection([("owed", "We owe"), ("claimed", "Owed to us")], required=True, readonly=True)
    kind = fields.Selection(
        [
            (intercompany.EQUAL, "Same on both sides"),
            (intercompany.AMOUNT, "Other amount"),
            (intercompany.DEBTOR_ONLY, "Only the debtor has it"),
            (intercompany.CREDITOR_ONLY, "Only the creditor has it"),
            (intercompany.AMBIGUOUS, "Several of this number"),
        ],
        string="Compared",
        required=True,
        readonly=True,
    )
    debtor_item_id = fields.Many2one("account.move.line", string="Item of the debtor", readonly=True, index=True)
    creditor_item_id = fields.Many2one("account.move.line", string="Item of the creditor", readonly=True)
    debtor_amount = fields.Monetary(string="Debtor", readonly=True)
    creditor_amount = fields.Monetary(string="Creditor", readonly=True)
    amount = fields.Monetary(string="Agreed", readonly=True)
    offset = fields.Monetary(string="Offset amount", readonly=True)
