from datetime import timedelta

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from ..const import ADMIN, OPERATOR, STEWARD

#: direction -> (field, handler, direction of the flow)
WAYS = {
    "receive": ("finance.handler.master.in", "in"),
    "send": ("finance.handler.master.out", "out"),
}


class FinanceMasterSync(models.Model):
    """A domain of master data that is exchanged with a system: which ways, how often, and what cannot wait."""

    _name = "finance.master.sync"
    _description = "Synchronised Master Data"
    _inherit = ["mail.thread"]
    _order = "connection_id, sequence, domain"
    _rec_name = "domain"

    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, tracking=True)
    connection_id = fields.Many2one("finance.connection", required=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True)
    domain = fields.Selection(
        selection=lambda self: self.env["finance.master"]._selection(),
        string="Master data",
        required=True,
        tracking=True,
    )
    receive = fields.Boolean(tracking=True, help="Changes that the other system reports are worked.")
    send = fields.Boolean(tracking=True, help="Changes in Odoo are reported to the other system.")
    batch_minutes = fields.Integer(
        aggregator=None,
        string="Send every (minutes)",
        default=60,
        required=True,
        help="Changes are collected this long; what cannot wait leaves at once. 0: everything at once.",
    )
    next_batch_at = fields.Datetime(readonly=True, copy=False)
    change_count = fields.Integer(compute="_compute_change_count", string="Waiting for the batch")

    _one_per_connection = models.UniqueIndex(
        "(connection_id, domain)", "This kind of master data is synchronised with the connection already."
    )
    _minutes = models.Constraint("CHECK (batch_minutes >= 0)", "The interval cannot be negative.")

    @api.depends("domain", "connection_id")
    def _compute_display_name(self):
        labels = dict(self.env["finance.master"]._selection())
        for sync in self:
            sync.display_name = f"{labels.get(sync.domain, sync.domain)}: {sync.connection_id.name}"

    def _compute_change_count(self):
        changes = self.env["finance.master.change"].sudo()  # sudo: a count of internal rows
        groups = changes._read_group([("sync_id", "in", self.ids)], ["sync_id"], ["__count"])
        counts = {sync.id: count for sync, count in groups}
        for sync in self:
            sync.change_count = counts.get(sync.id, 0)

    @api.constrains("domain", "connection_id", "send", "receive", "active")
    def _check_answered_for(self):
        """G-01: nobody answers, nothing is synchronised."""
        for sync in self.filtered("active"):
            if not self.env["finance.ownership.register"]._row(sync.domain, sync.company_id):
                raise ValidationError(
                    self.env._(
                        "Nobody answers for %(domain)s of %(company)s yet. Fill in the ownership register first: "
                        "business owner, support, approvers, and who reprocesses.",
                        domain=dict(self._fields["domain"]._description_selection(self.env)).get(sync.domain),
                        company=sync.company_id.name,
                    )
                )

    @api.constrains("send", "connection_id")
    def _check_adapter(self):
        for sync in self:
            if sync._reaches_out() and "master" not in sync.connection_id._adapter()._supports:
                raise ValidationError(
                    self.env._(
                        "%s can only deliver master data: it can neither be sent to nor compared with.",
                        sync.connection_id.name,
                    )
                )

    def _reaches_out(self):
        """:return: whether the other side has to be asked or told. EXTENDS"""
        return self.send

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._make_flows()
        self.env.registry.clear_cache()
        return records

    def write(self, vals):
        result = super().write(vals)
        self._make_flows()
        if vals.keys() - {"next_batch_at"}:
            self.env.registry.clear_cache()
        return result

    @api.ondelete(at_uninstall=True)
    def _unlink_clears_cache(self):
        self.env.registry.clear_cache()

    def _make_flows(self):
        for sync in self:
            for way in WAYS:
                if sync[way] and sync.active:
                    sync._flow(way)

    def _flow(self, way):
        """:return: the flow of the connection that carries master data this way, made when missing"""
        self.ensure_one()
        handler, direction = WAYS[way]
        # sudo: whoever changes a record need not be allowed to read flows; an administrator made the row
        flows = self.env["finance.flow"].sudo()
        flow = flows.search([("connection_id", "=", self.sudo().connection_id.id), ("handler", "=", handler)], limit=1)
        return flow or flows.create(
            {
                "name": dict(flows._fields["handler"]._description_selection(self.env))[handler],
                "connection_id": self.sudo().connection_id.id,
                "handler": handler,
                "direction": direction,
                "held_blocks": self.env[handler]._held_blocks,
            }
        )

    @api.model
    @tools.ormcache()
    def _sending(self):
        """:return: dict domain -> tuple of (sync id, connection id, company id) that are told of changes"""
        found = {}
        # sudo: whoever changes a record need not know who is told
        for sync in self.sudo().search([("send", "=", True)]):
            found.setdefault(sync.domain, []).append((sync.id, sync.connection_id.id, sync.company_id.id))
        return {domain: tuple(rows) for domain, rows in found.items()}

    @api.model
    def _row(self, connection, domain):
        """:return: the row of a domain on a connection, or an empty recordset"""
        # sudo: asked by the engine
        return self.sudo().search([("connection_id", "=", connection.id), ("domain", "=", domain)], limit=1)

    # -- batch ---------------------------------------------------------------------------------

    @api.model
    def _cron_batch(self):
        """Send what was collected, for every row whose time has come."""
        now = self.env.cr.now()
        due = self.search(
            [("send", "=", True), "|", ("next_batch_at", "=", False), ("next_batch_at", "<=", now)]
        ).try_lock_for_update()
        for number, sync in enumerate(due, start=1):
            self.env["finance.master.change"]._send_batch(sync)
            sync.next_batch_at = now + timedelta(minutes=sync.batch_minutes)
            self.env["ir.cron"]._commit_progress(1, remaining=len(due) - number)

    def action_send_now(self):
        """Send what was collected without waiting for the time."""
        self.env["finance.message"]._check_role(OPERATOR, STEWARD, ADMIN)
        self.check_access("read")
        # sudo: the role was checked, and what leaves is what people changed
        return bool(sum(len(self.env["finance.master.change"]._send_batch(sync)) for sync in self.sudo()))
