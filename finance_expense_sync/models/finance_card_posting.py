from odoo import fields, models


class FinanceCardPosting(models.Model):
    """An entry of a transaction that no claim has made; of each kind one counts at a time, whatever is tried again."""

    _name = "finance.card.posting"
    _description = "Entry of a Card Transaction"
    _order = "id"
    _rec_name = "move_id"
    _allow_sudo_commands = False

    transaction_id = fields.Many2one(
        "finance.card.transaction", required=True, readonly=True, ondelete="restrict", index=True
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    kind = fields.Selection(
        [
            ("charge", "Charge"),
            ("personal", "Private, owed by the employee"),
            ("netting", "Set off"),
            ("difference", "Fee or difference"),
        ],
        required=True,
        readonly=True,
    )
    move_id = fields.Many2one("account.move", required=True, readonly=True, ondelete="restrict", index=True)
    reversal_id = fields.Many2one(
        "account.move", string="Taken back by", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    amount = fields.Monetary(readonly=True)

    # a second attempt at the same thing fails here, in whatever process it runs
    _once = models.UniqueIndex("(transaction_id, kind) WHERE reversal_id IS NULL", "This is booked already.")
