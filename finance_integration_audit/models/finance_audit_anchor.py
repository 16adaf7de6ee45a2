import base64
import logging

from odoo import api, fields, models

from odoo.addons.finance_connector_base.engine.errors import FinanceError

from ..const import AUDITOR
from ..trail import timestamp
from ..trail.head import HeadBroken, parse, signed_text

_logger = logging.getLogger(__name__)

#: what decides where heads go
_SETTINGS = frozenset(("name", "active", "kind", "connection_id", "path", "fingerprint"))


class FinanceAuditAnchor(models.Model):
    """A place outside that is told every head of the trail, so that an end that was cut off is missed."""

    _name = "finance.audit.anchor"
    _description = "Anchor of the Audit Trail"
    _order = "name, id"
    _allow_sudo_commands = False

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    kind = fields.Selection(
        [
            ("finance.anchor.folder", "Folder"),
            ("finance.anchor.sftp", "SFTP"),
            ("finance.anchor.webhook", "Webhook"),
            ("finance.anchor.timestamp", "Timestamp authority (RFC 3161)"),
        ],
        required=True,
        default="finance.anchor.folder",
    )
    connection_id = fields.Many2one("finance.connection", required=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(related="connection_id.company_id")
    path = fields.Char(help="Below the address of the connection, for webhooks and timestamp authorities.")
    fingerprint = fields.Char(
        string="Certificate", help="SHA-256 of the certificate of the timestamp authority. Empty: any is taken."
    )
    last_number = fields.Integer(string="Last checkpoint", readonly=True, aggregator=None)
    last_at = fields.Datetime(string="Last time", readonly=True)
    problem = fields.Char(readonly=True)

    @api.model_create_multi
    def create(self, vals_list):
        anchors = super().create(vals_list)
        for anchor in anchors:
            self.env["finance.audit"]._record("audit.anchor.made", anchor, after=anchor._settings())
        return anchors

    def write(self, vals):
        if not _SETTINGS & vals.keys():
            return super().write(vals)
        before = {anchor: anchor._settings() for anchor in self}
        result = super().write(vals)
        for anchor in self:
            self.env["finance.audit"]._record(
                "audit.anchor.changed", anchor, before=before[anchor], after=anchor._settings()
            )
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_told(self):
        for anchor in self:
            self.env["finance.audit"]._record("audit.anchor.removed", anchor, before=anchor._settings())

    def _settings(self):
        self.ensure_one()
        return {name: self.connection_id.id if name == "connection_id" else self[name] for name in sorted(_SETTINGS)}

    def action_publish(self):
        """Tell the last head now."""
        self.env["finance.message"]._check_role(AUDITOR)
        self.check_access("read")
        self._publish()
        return True

    @api.model
    def _cron_publish(self):
        for anchor in self._in_use():
            anchor._publish()
            self.env["ir.cron"]._commit_progress(1)

    @api.model
    def _in_use(self):
        return self.sudo().search([("active", "=", True)])  # sudo: settings, for the engine

    def _publish(self):
        """Tell the last head to each that does not have it; what fails is tried again the next time."""
        checkpoint = self.env["finance.audit.checkpoint"]._last()
        for anchor in self.sudo():  # sudo: receipts are written by nobody else
            if not checkpoint or anchor.last_number >= checkpoint.number:
                continue
            try:
                receipt = self.env[anchor.kind]._publish(anchor, checkpoint)
            except FinanceError as error:
                _logger.warning("anchor %s does not take head %s: %s", anchor.id, checkpoint.number, error)
                anchor.problem = error.detail or str(error)
                anchor._tell()
                continue
            self.env["finance.audit.receipt"].sudo().create(  # sudo: as above
                {
                    "anchor_ref": anchor.id,
                    "anchor_name": anchor.name,
                    "kind": anchor.kind,
                    "number": checkpoint.number,
                    "at": fields.Datetime.now(),
                    "digest": parse(checkpoint.note).digest().hex(),
                    "receipt": receipt,
                }
            )
            anchor.write({"last_number": checkpoint.number, "last_at": fields.Datetime.now(), "problem": False})

    def _tell(self):
        self.env["finance.alert"]._raise(
            "audit_anchor_failed",
            self,
            klass="technical",
            text=self.env._("%(anchor)s does not take heads: %(why)s", anchor=self.name, why=self.problem),
        )

    @api.model
    def _kept_outside(self):
        """:return: (signed heads that can be read outside, problems of places that cannot be read)"""
        heads, problems = [], []
        for anchor in self._in_use():
            try:
                texts = self.env[anchor.kind]._heads(anchor)
            except FinanceError as error:
                problems.append(f"{anchor.name}: {error.detail or error}")
                continue
            for text in texts:
                try:
                    heads.append(signed_text(text))
                except HeadBroken:
                    continue
        return heads, problems


class FinanceAuditReceipt(models.Model):
    """What a place outside said when it was told a head; added, never changed."""

    _name = "finance.audit.receipt"
    _description = "Receipt of an Anchor"
    _inherit = ["finance.append.only"]
    _order = "id desc"
    _rec_name = "anchor_name"
    _allow_sudo_commands = False

    anchor_ref = fields.Integer(string="Id of the anchor", readonly=True, aggregator=None, index=True)
    anchor_name = fields.Char(string="Anchor", readonly=True)
    kind = fields.Char(readonly=True)
    number = fields.Integer(string="Checkpoint", readonly=True, aggregator=None)
    at = fields.Datetime(string="When", readonly=True)
    digest = fields.Char(string="SHA-256 of the head", readonly=True)
    receipt = fields.Text(readonly=True)

    def _is_about(self, signed):
        """Say whether a timestamp witnesses this head."""
        self.ensure_one()
        try:
            digest = parse(signed.note if signed else "").digest()
            timestamp.verify(base64.b64decode(self.receipt or ""), digest)
        except (HeadBroken, timestamp.StampRefused, ValueError):
            return False
        return True
