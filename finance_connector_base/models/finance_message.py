from odoo import api, fields, models
from odoo.tools import SQL

from ..const import AUDITOR, OPERATOR
from ..engine import states
from ..engine.errors import FinanceError
from ..safe import masking
from .finance_content_key import ContentBroken
from .sealed_json import SealedJson

#: bytes of a payload shown in the form
PREVIEW_SIZE = 20_000


class FinanceMessage(models.Model):
    """The durable record of one exchange; inbox and outbox are this same model.

    Nobody has write access: rows are made by ``_enqueue`` and changed by the dispatcher and
    by the buttons (``finance_message_actions.py``), so a state cannot be set by RPC.
    """

    _name = "finance.message"
    _description = "Message"
    # for demo data; the queue seals what it inserts itself
    _inherit = ["finance.sealed.content"]
    _order = "id desc"
    _rec_name = "subject"
    _allow_sudo_commands = False

    subject = fields.Char(readonly=True)
    kind = fields.Selection([("exchange", "Exchange"), ("fetch", "Fetch run")], default="exchange", readonly=True)
    flow_id = fields.Many2one("finance.flow", required=True, readonly=True, ondelete="restrict")
    connection_id = fields.Many2one("finance.connection", required=True, readonly=True, ondelete="restrict", index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    direction = fields.Selection(related="flow_id.direction")
    state = fields.Selection(
        [
            (states.QUEUED, "Waiting"),
            (states.PROCESSING, "In progress"),
            (states.RETRY, "Will be retried"),
            (states.UNKNOWN, "Outcome unknown"),
            (states.HELD, "Needs attention"),
            (states.DEAD, "Gave up"),
            (states.DONE, "Done"),
            (states.IGNORED, "Ignored"),
        ],
        required=True,
        readonly=True,
        default=states.QUEUED,
    )
    priority = fields.Integer(aggregator=None, readonly=True, default=50, help="Smaller numbers are worked first.")
    next_at = fields.Datetime(string="Not before", readonly=True)
    order_key = fields.Char(readonly=True, help="Messages with the same key are worked one after the other.")
    dedupe_key = fields.Char(string="Identity", readonly=True)
    business_key = fields.Char(readonly=True, index="btree_not_null", help="What people call the transaction.")
    sequence = fields.Integer(
        readonly=True, aggregator=None, help="Rank in the life of the order key; what arrives too late is ignored."
    )
    content_hash = fields.Char(readonly=True)
    correlation_id = fields.Char(readonly=True, required=True, index=True, copy=False)
    schema_version = fields.Integer(aggregator=None, readonly=True, default=1)
    # unmasked content: seen through finance.disclosure alone
    data = SealedJson(readonly=True, groups=fields.NO_ACCESS)
    result = fields.Json(readonly=True)
    payload_id = fields.Many2one("finance.payload", readonly=True, ondelete="restrict", index="btree_not_null")
    payload_size = fields.Integer(related="payload_id.size", string="Payload size")
    payload_sha256 = fields.Char(related="payload_id.sha256")

    by_hand = fields.Boolean(readonly=True, help="A person brought or delivered it in place of the channel.")
    evidence_id = fields.Many2one("finance.payload", readonly=True, ondelete="restrict", index="btree_not_null")
    parent_id = fields.Many2one("finance.message", readonly=True, ondelete="restrict", index="btree_not_null")
    child_ids = fields.One2many("finance.message", "parent_id", string="Follow-up messages")
    duplicate_of_id = fields.Many2one("finance.message", readonly=True, ondelete="restrict", index="btree_not_null")
    replay_of_id = fields.Many2one("finance.message", readonly=True, ondelete="restrict", index="btree_not_null")
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", readonly=True)

    attempt_id = fields.Many2one("finance.message.attempt", readonly=True, ondelete="set null")
    worker_id = fields.Many2one("finance.worker", readonly=True, ondelete="restrict", index="btree_not_null")
    attempt_count = fields.Integer(string="Attempts", readonly=True, default=0)
    crash_count = fields.Integer(aggregator=None, string="Workers lost", readonly=True, default=0)
    slot = fields.Integer(readonly=True, aggregator=None, help="Place taken among those the connection allows at once.")
    claimed_at = fields.Datetime(readonly=True)
    closed_at = fields.Datetime(readonly=True)
    error_class = fields.Selection(
        [("technical", "Technical"), ("data", "Data quality"), ("business", "Business")], readonly=True
    )
    reason_code = fields.Char(readonly=True)
    detail = fields.Text(readonly=True)
    reason_id = fields.Many2one("finance.reason", string="Cause", compute="_compute_reason_id")
    remedy = fields.Text(string="What to do", compute="_compute_reason_id")
    waiting_key = fields.Char(readonly=True, help="The message resumes by itself once this is fixed.")
    mapping_versions = fields.Json(string="Mapping versions used", readonly=True)
    # what was known of each case: content, hence for nobody's eyes
    mapping_asked = SealedJson(readonly=True, groups=fields.NO_ACCESS)

    attempt_ids = fields.One2many("finance.message.attempt", "message_id", string="Attempts made")
    transition_ids = fields.One2many("finance.message.transition", "message_id", string="Timeline")
    document_ids = fields.One2many("finance.message.document", "message_id", string="Documents")
    exception_ids = fields.One2many("finance.exception", "message_id", string="Exceptions")
    document_count = fields.Integer(compute="_compute_counts")
    child_count = fields.Integer(compute="_compute_counts")
    exception_count = fields.Integer(compute="_compute_counts")
    payload_preview = fields.Text(compute="_compute_payload_preview", string="Payload (masked)")
    data_preview = fields.Text(compute="_compute_payload_preview", string="Content (masked)")
    result_preview = fields.Text(compute="_compute_result_preview", string="Result (masked)")
    is_open = fields.Boolean(compute="_compute_is_open", search="_search_is_open")

    # the queue lives on these; see finance_dispatcher_claim.py
    _ready = models.Index("(flow_id, priority, next_at, id) WHERE order_key IS NULL AND state IN ('queued', 'retry')")
    _ready_keyed = models.Index(
        "(flow_id, priority, next_at, id) WHERE order_key IS NOT NULL AND state IN ('queued', 'retry')"
    )
    _keys = models.Index("(flow_id, order_key) WHERE order_key IS NOT NULL AND state IN ('queued', 'retry')")
    _serial = models.Index(
        "(connection_id, order_key, id) WHERE order_key IS NOT NULL"
        " AND state IN ('queued', 'retry', 'processing', 'unknown', 'held')"
    )
    _one_running_per_key = models.UniqueIndex(
        "(connection_id, order_key) WHERE order_key IS NOT NULL AND state = 'processing'"
    )
    _one_running_per_slot = models.UniqueIndex("(connection_id, slot) WHERE slot IS NOT NULL AND state = 'processing'")
    _dedupe = models.UniqueIndex("(flow_id, dedupe_key) WHERE dedupe_key IS NOT NULL")
    _by_hand = models.Index("(flow_id, priority, next_at, id) WHERE by_hand AND state IN ('queued', 'retry')")
    _waiting = models.Index("(waiting_key) WHERE state = 'held' AND waiting_key IS NOT NULL")
    _overtaken = models.Index(
        "(flow_id, order_key, sequence) WHERE sequence IS NOT NULL AND order_key IS NOT NULL AND state = 'done'"
    )
    _by_document = models.Index("(res_model, res_id) WHERE res_id IS NOT NULL")
    # counts of connections and flows, and what needs attention
    _open = models.Index("(connection_id, flow_id, state) WHERE state NOT IN ('done', 'ignored')")
    _fetches = models.Index("(flow_id, closed_at) WHERE kind = 'fetch'")
    # last success and what was done since yesterday, per connection
    _done = models.Index("(connection_id, closed_at) WHERE state = 'done'")

    def init(self):
        # every message is rewritten several times in its life: clean up early, or claims wade through dead rows
        self.env.cr.execute(
            SQL(
                "ALTER TABLE finance_message SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02,"
                " autovacuum_analyze_scale_factor = 0.02)"
            )
        )

    @api.depends("state")
    def _compute_is_open(self):
        for message in self:
            message.is_open = message.state in states.OPEN

    def _search_is_open(self, operator, value):
        if operator != "in":
            return NotImplemented
        wanted = list(states.OPEN) if True in value else [s for s in states.ALL if s not in states.OPEN]
        return [("state", "in", wanted)]

    @api.depends("reason_code")
    def _compute_reason_id(self):
        reasons = self.env["finance.reason"].search([("code", "in", self.mapped("reason_code"))])
        by_code = {reason.code: reason for reason in reasons}
        for message in self:
            reason = by_code.get(message.reason_code, reasons.browse())
            message.reason_id = reason
            message.remedy = reason.remedy

    @api.depends("document_ids", "child_ids", "exception_ids")
    def _compute_counts(self):
        for field, model, inverse in (
            ("document_count", "finance.message.document", "message_id"),
            ("child_count", "finance.message", "parent_id"),
            ("exception_count", "finance.exception", "message_id"),
        ):
            groups = self.env[model]._read_group([(inverse, "in", self.ids)], [inverse], ["__count"])
            counts = {message.id: count for message, count in groups}
            for message in self:
                message[field] = counts.get(message.id, 0)

    @api.depends("payload_id", "data")
    @api.depends_context("uid")
    def _compute_payload_preview(self):
        # names are for those who work with the content
        hides_names = not any(self.env.user.has_group(group) for group in (OPERATOR, AUDITOR))
        for message in self:
            # sudo: who may read the message sees the masked head of its payload
            payload = message.sudo().payload_id
            head = payload._read_head(PREVIEW_SIZE) if payload else b""
            text = masking.mask_text(masking.printable(head))
            message.payload_preview = masking.mask_names(text) if hides_names else text
            message.data_preview = message._told(lambda data: masking.mask_json(data, names=hides_names))

    def _data_or_none(self):
        """:return: the content to compare; None of what was changed or belongs to another database
        :raise AuthNeededError: the master key is missing
        """
        self.ensure_one()
        try:
            return self.sudo().data  # sudo: compared, not shown
        except ContentBroken:
            return None

    def _asked_or_none(self):
        """:return: what the mappings were asked, as :meth:`_data_or_none`"""
        self.ensure_one()
        try:
            return self.sudo().mapping_asked  # sudo: compared, not shown
        except ContentBroken:
            return None

    def _told(self, show):
        """:param show: makes a text of the content
        :return: that text, or why there is none
        """
        self.ensure_one()
        try:
            # sudo: the right to the message, or to look into it, was checked by the caller
            return show(self.sudo().data)
        except FinanceError as error:
            return error.detail

    @api.depends("result")
    def _compute_result_preview(self):
        for message in self:
            message.result_preview = masking.mask_json(message.result)

    def _message_document(self):
        """:return: the record this message is about, or None when there is none (any more)"""
        self.ensure_one()
        if not self.res_model or self.res_model not in self.env:
            return None
        return self.env[self.res_model].browse(self.res_id).exists() or None
