from odoo import fields, models


class FinancePaymentLine(models.Model):
    """One payment of an order: to whom, how much, what for, and where it stands.

    ``end_to_end_id`` and ``uetr`` are given once, before anything is sent, and never again to another payment.
    """

    _name = "finance.payment.line"
    _description = "Payment"
    _order = "order_id, sequence, id"
    _rec_name = "end_to_end_id"

    order_id = fields.Many2one("finance.payment.order", required=True, ondelete="cascade", index=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(related="order_id.company_id", store=True, index=True)
    journal_id = fields.Many2one(related="order_id.journal_id", store=True)
    currency_id = fields.Many2one(related="order_id.currency_id", store=True)
    order_state = fields.Selection(related="order_id.state", string="State of the order")
    is_confidential = fields.Boolean(related="order_id.is_confidential", store=True)
    partner_id = fields.Many2one("res.partner", string="Payee", required=True, index=True, ondelete="restrict")
    partner_bank_id = fields.Many2one(
        "res.partner.bank",
        string="Account",
        domain="[('partner_id', 'child_of', partner_id)]",
        ondelete="restrict",
        index="btree_not_null",
    )
    amount = fields.Monetary(required=True)
    date = fields.Date(string="Execution", help="Empty: the day of the order.")
    remittance = fields.Char(string="Text", help="What the payee reads.")
    reference_type = fields.Selection(
        [("SCOR", "Creditor reference (ISO 11649)"), ("QRR", "Swiss QR reference"), ("BBA", "Belgian reference")],
    )
    reference = fields.Char(string="Structured reference")
    purpose = fields.Char(size=4, help="ISO 20022 code of the purpose.")
    end_to_end_id = fields.Char(string="End-to-End ID", readonly=True, copy=False)
    uetr = fields.Char(string="UETR", readonly=True, copy=False)
    digest = fields.Char(readonly=True, copy=False)
    approved_content = fields.Json(
        readonly=True, copy=False, help="What was seen when the order was proposed: to show what has changed since."
    )
    item_ids = fields.One2many("finance.payment.item", "line_id", string="Pays", copy=True)
    payment_id = fields.Many2one(
        "account.payment", readonly=True, copy=False, ondelete="restrict", index="btree_not_null"
    )
    resubmit_of_id = fields.Many2one(
        "finance.payment.line",
        string="Corrects",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
    )
    duplicate_reason = fields.Char(
        readonly=True, copy=False, help="Why it is paid although something like it was paid already."
    )

    # where it stands: written from its facts alone
    state = fields.Selection(
        [
            ("open", "Open"),
            ("sent", "Sent"),
            ("received", "Received"),
            ("pending", "Pending at the bank"),
            ("accepted", "Accepted"),
            ("executing", "Being executed"),
            ("confirmed", "Confirmed by the bank"),
            ("rejected", "Rejected"),
            ("cancelled", "Cancelled"),
            ("recalled", "Recalled"),
            ("unclear", "Contradictory"),
            ("settled", "Settled"),
            ("returned", "Returned"),
        ],
        required=True,
        default="open",
        readonly=True,
        copy=False,
        index=True,
    )
    reasons = fields.Char(string="Reason codes", readonly=True, copy=False)
    problems = fields.Char(readonly=True, copy=False, help="What a person has to decide.")
    fact_ids = fields.One2many("finance.payment.fact", "line_id", string="What is known", readonly=True, copy=False)

    _amount_positive = models.Constraint("CHECK (amount > 0)", "An amount is greater than nothing.")
    _end_to_end_once = models.UniqueIndex(
        "(company_id, end_to_end_id) WHERE end_to_end_id IS NOT NULL", "An end-to-end id is used once."
    )
    _uetr_once = models.UniqueIndex("(uetr) WHERE uetr IS NOT NULL", "A UETR is used once.")
