from odoo import api, fields, models

from ..const import CONFIDENTIAL
from ..payments import profile

#: what an approver sees as one order leaves as one file or request
STATES = [
    ("draft", "Draft"),
    ("proposed", "Proposed"),
    ("approved", "Approved"),
    ("released", "Released"),
    ("sending", "Sending"),
    ("sent", "Sent"),
    ("accepted", "Accepted"),
    ("settled", "Settled"),
    ("rejected", "Rejected"),
    ("returned", "Returned"),
    ("unknown", "Unknown"),
    ("cancelled", "Cancelled"),
]
#: content may change here and nowhere else
OPEN = ("draft",)
#: changing the content takes the approvals away first
BOUND = ("proposed", "approved")


class FinancePaymentOrder(models.Model):
    """Payments from one own account that leave together: made, approved and released by different people.

    One order is one file or one request to the bank. Its state is written by private methods alone; what follows
    after sending is a function of the facts about its payments (decision 17).
    """

    _name = "finance.payment.order"
    _description = "Payment Order"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _allow_sudo_commands = False

    name = fields.Char(string="Number", readonly=True, copy=False, index="trigram")
    direction = fields.Selection(
        [("transfer", "We pay"), ("debit", "We collect")], required=True, default="transfer", readonly=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, readonly=True, index=True
    )
    journal_id = fields.Many2one(
        "account.journal",
        string="Own account",
        required=True,
        domain="[('type', '=', 'bank'), ('company_id', '=', company_id)]",
        check_company=True,
        index=True,
        tracking=True,
    )
    currency_id = fields.Many2one("res.currency", required=True, default=lambda self: self.env.company.currency_id)
    profile = fields.Selection(
        selection="_selection_profile", required=True, default="sepa_sct", help="What the bank takes.", tracking=True
    )
    version = fields.Char(string="Version of the message", help="Empty: the one that the bank prefers.")
    flow_id = fields.Many2one(
        "finance.flow",
        string="Leaves by",
        domain="[('company_id', '=', company_id)]",
        check_company=True,
        ondelete="restrict",
        help="Empty: the file is downloaded and handed to the bank by a person.",
        tracking=True,
    )
    requested_date = fields.Date(
        string="Execution", required=True, default=fields.Date.context_today, help="Where a payment says nothing else."
    )
    urgency = fields.Selection(
        [("normal", "Normal"), ("urgent", "Urgent"), ("instant", "Instant")], required=True, default="normal"
    )
    charges = fields.Selection(
        [
            ("SLEV", "As the scheme says (SLEV)"),
            ("SHAR", "Shared (SHAR)"),
            ("DEBT", "We bear them (DEBT)"),
            ("CRED", "The payee bears them (CRED)"),
        ],
        help="Empty: as the bank prefers.",
    )
    category_purpose = fields.Char(size=4, help="ISO 20022 code, e.g. SUPP for suppliers, SALA for salaries.")
    batch_booking = fields.Selection(
        [("agreed", "As agreed with the bank"), ("one", "One booking for all"), ("each", "One booking each")],
        required=True,
        default="agreed",
    )
    is_confidential = fields.Boolean(
        string="Confidential", readonly=True, help="Payees and amounts are seen by a few people only, e.g. salaries."
    )
    line_ids = fields.One2many("finance.payment.line", "order_id", string="Payments", copy=True)
    payment_count = fields.Integer(compute="_compute_totals", store=True)
    amount = fields.Monetary(string="Total", compute="_compute_totals", store=True)
    note = fields.Text()

    state = fields.Selection(
        STATES, required=True, default="draft", readonly=True, copy=False, index=True, tracking=True
    )
    attention = fields.Char(readonly=True, copy=False, help="Why a person is needed.")
    message_id_for_bank = fields.Char(string="Message id", readonly=True, copy=False)
    digest = fields.Char(string="Digest of the content", readonly=True, copy=False, help="What approvals are bound to.")
    payload_id = fields.Many2one(
        "finance.payload", string="File", readonly=True, copy=False, ondelete="restrict", groups=CONFIDENTIAL
    )
    file_sha256 = fields.Char(string="SHA-256 of the file", readonly=True, copy=False)
    round = fields.Integer(readonly=True, copy=False, help="How often it was proposed.")
    editor_ids = fields.Many2many(
        "res.users",
        "finance_payment_order_editor_rel",
        "order_id",
        "user_id",
        string="Made by",
        readonly=True,
        copy=False,
        help="Had a hand in what it says: they neither approve nor release it.",
    )
    bank_reference = fields.Char(string="The bank's reference", readonly=True, copy=False, index="btree_not_null")
    proposed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    proposed_at = fields.Datetime(readonly=True, copy=False)
    released_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    released_at = fields.Datetime(readonly=True, copy=False)
    sent_at = fields.Datetime(readonly=True, copy=False)
    finished_at = fields.Datetime(readonly=True, copy=False)
    approval_ids = fields.One2many(
        "finance.payment.approval", "order_id", string="Decisions", readonly=True, copy=False
    )
    message_id = fields.Many2one(
        "finance.message", readonly=True, copy=False, ondelete="restrict", index="btree_not_null"
    )
    correlation_id = fields.Char(readonly=True, copy=False, index=True)

    _message_id_once = models.UniqueIndex(
        "(company_id, message_id_for_bank) WHERE message_id_for_bank IS NOT NULL",
        "An id of a message to a bank is used once.",
    )

    @api.model
    def _selection_profile(self):
        return [(code, one.name) for code, one in profile.profiles().items()]

    @api.depends("line_ids.amount")
    def _compute_totals(self):
        found = {
            order.id: (count, amount)
            for order, count, amount in self.env["finance.payment.line"]._read_group(
                [("order_id", "in", self.ids)], ["order_id"], ["__count", "amount:sum"]
            )
        }
        for order in self:
            order.payment_count, order.amount = found.get(order.id, (0, 0.0))
