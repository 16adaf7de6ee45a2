from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

CHATTER = ("message_", "activity_", "website_message_")
#: what is under way: nothing else goes to the same target meanwhile
UNDER_WAY = ("uploading", "loading", "unknown")
#: what is there
THERE = ("loaded", "reconciled")


class FinanceConsolidationDelivery(models.Model):
    """One approved package to one target, once (S-22, C-12).

    Worked in steps (upload, start, ask, report, read back), each a durable message. The start alone must not happen
    twice: its intent is committed before the call, and where its outcome is unknown the platform is asked.
    """

    _name = "finance.consolidation.delivery"
    _description = "Delivery of a Package"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _allow_sudo_commands = False
    # nobody writes it, everybody concerned may talk about it
    _mail_post_access = "read"

    name = fields.Char(readonly=True, required=True)
    target_id = fields.Many2one(
        "finance.consolidation.target", required=True, readonly=True, ondelete="restrict", index=True
    )
    package_id = fields.Many2one(
        "finance.consolidation.package", required=True, readonly=True, ondelete="restrict", index=True
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    scenario_id = fields.Many2one(related="package_id.scenario_id", store=True, index=True)
    entity_id = fields.Many2one(related="package_id.entity_id", store=True, index=True)
    date_from = fields.Date(related="package_id.date_from", store=True)
    date_to = fields.Date(related="package_id.date_to", store=True, string="Period")
    adapter = fields.Selection(related="target_id.adapter", string="Platform")
    currency_id = fields.Many2one(related="company_id.currency_id")
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("uploading", "Uploading"),
            ("loading", "Loading"),
            ("loaded", "Loaded"),
            ("rejected", "Rejected"),
            ("unknown", "Outcome unknown"),
            ("reconciled", "Reconciled"),
            ("cancelled", "Cancelled"),
        ],
        default="waiting",
        required=True,
        readonly=True,
        index=True,
        tracking=True,
    )
    detail = fields.Text(string="What to do", readonly=True)
    mode = fields.Selection(
        [
            ("whole", "Everything"),
            ("cells", "What has changed, as it is now"),
            ("amounts", "By how much it has changed"),
        ],
        string="Sends",
        readonly=True,
        required=True,
    )
    content_sha256 = fields.Char(
        string="Content",
        readonly=True,
        help="SHA-256 over what its rows say; the same content is not loaded twice into the same place.",
    )
    once_key = fields.Char(readonly=True)
    previous_id = fields.Many2one(
        "finance.consolidation.delivery", string="After", readonly=True, help="What was there before."
    )
    is_same = fields.Boolean(
        string="There already", readonly=True, help="The same content is there; nothing was loaded again."
    )
    payload_id = fields.Many2one("finance.payload", readonly=True, ondelete="restrict")
    file_name = fields.Char(string="File", readonly=True)
    file_size = fields.Integer(string="Size (bytes)", readonly=True, aggregator=None)
    file_sha256 = fields.Char(string="SHA-256 of the file", readonly=True)
    row_count = fields.Integer(string="Rows", readonly=True)
    job = fields.Char(string="Job at the platform", readonly=True, tracking=True)
    known = fields.Json(readonly=True)
    round = fields.Integer(string="Attempt", readonly=True, default=1, aggregator=None)
    polls = fields.Integer(string="Asked", readonly=True, aggregator=None)
    is_intended = fields.Boolean(readonly=True, help="The load was started, or is being started, in this attempt.")
    failed_text = fields.Text(readonly=True)
    report_text = fields.Text(string="In its words", readonly=True)
    rows_loaded = fields.Integer(readonly=True)
    rejected_count = fields.Integer(string="Rows rejected", readonly=True)
    difference_count = fields.Integer(string="Accounts that differ", readonly=True)
    read_back = fields.Selection(
        [
            ("read", "Read back from the platform"),
            ("report", "As the platform has reported"),
            ("none", "The platform tells no figures"),
        ],
        string="Compared with",
        readonly=True,
    )
    delivered_by_id = fields.Many2one("res.users", string="Delivered by", readonly=True)
    started_at = fields.Datetime(string="Load started", readonly=True)
    loaded_at = fields.Datetime(string="Loaded on", readonly=True)
    reconciled_at = fields.Datetime(string="Reconciled on", readonly=True)
    line_ids = fields.One2many(
        "finance.consolidation.delivery.line", "delivery_id", string="Rejected rows", readonly=True
    )
    total_ids = fields.One2many("finance.consolidation.delivery.total", "delivery_id", string="Figures", readonly=True)
    certificate_ids = fields.One2many(
        "finance.consolidation.certificate", "delivery_id", string="Certificates", readonly=True
    )
    certificate_id = fields.Many2one("finance.consolidation.certificate", compute="_compute_certificate_id")

    waits_for_person = fields.Boolean(compute="_compute_waits_for_person")

    _package_once = models.UniqueIndex(
        "(target_id, package_id) WHERE state != 'cancelled'", "This package was delivered there already."
    )
    _content_once = models.UniqueIndex(
        "(once_key) WHERE state NOT IN ('cancelled', 'rejected')", "The same content is delivered there already."
    )

    @api.depends("known", "state")
    def _compute_waits_for_person(self):
        for delivery in self:
            delivery.waits_for_person = delivery.state == "loading" and bool((delivery.known or {}).get("by_hand"))

    @api.depends("certificate_ids")
    def _compute_certificate_id(self):
        for delivery in self:
            delivery.certificate_id = delivery.certificate_ids[:1]

    @api.model
    def _action_view(self, domain):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "finance_consolidation_export.finance_consolidation_delivery_action"
        )
        return {**action, "domain": domain, "context": {}}

    def _action_open(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "view_mode": "form",
            "views": [(False, "form")],
            "res_id": self.id,
        }

    # -- only through the steps ----------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(self.env._("Packages are delivered by their button Deliver."))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and any(not name.startswith(CHATTER) for name in vals):
            raise AccessError(self.env._("Use the buttons of the delivery."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Deliveries are kept as evidence."))
