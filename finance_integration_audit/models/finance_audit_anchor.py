import logging
from typing import NamedTuple

from odoo import api, fields, models

from odoo.addons.finance_connector_base.engine.errors import FinanceError
from odoo.addons.finance_connector_base.engine.notice import notice

from ..const import AUDITOR
from ..trail.head import HeadBroken, Signed, parse, signed_text

_logger = logging.getLogger(__name__)

#: what decides where heads go
_SETTINGS = frozenset(("name", "active", "kind", "connection_id", "path", "fingerprint"))


class Kept(NamedTuple):
    """A head that is kept outside, or why a place cannot be read."""

    head: Signed | None
    problem: str = ""


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
    asked_number = fields.Integer(
        string="Checkpoint being told",
        readonly=True,
        aggregator=None,
        help="Noted before the place is called. Where it is not the last one that was taken, nobody knows whether it "
        "arrived: it is told again.",
    )
    asked_at = fields.Datetime(string="Being told since", readonly=True)
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
        """Have the last head told now, in the background: what calls out has noted before that it will."""
        self.env["finance.message"]._check_role(AUDITOR)
        self.check_access("read")
        self.env.ref("finance_integration_audit.ir_cron_audit_anchor").sudo()._trigger()  # sudo: woken, not changed
        return notice(self.env._("The last checkpoint is being told. Reload in a moment."))

    @api.model
    def _cron_publish(self):
        self._in_use()._publish(self.env["ir.cron"])

    @api.model
    def _in_use(self):
        return self.sudo().search([("active", "=", True)])  # sudo: settings, for the engine

    def _publish(self, progress=None):
        """Tell the last head to each that does not have it; what fails is tried again the next time.

        With ``progress`` of the scheduled action the intent is committed before the call, and the receipt after it.
        """
        checkpoint = self.env["finance.audit.checkpoint"]._last()
        for anchor in self.sudo():  # sudo: receipts are written by nobody else
            if not checkpoint or anchor.last_number >= checkpoint.number:
                continue
            anchor.write({"asked_number": checkpoint.number, "asked_at": fields.Datetime.now()})
            if progress is not None:
                progress._commit_progress()
            anchor._publish_one(checkpoint)
            if progress is not None:
                progress._commit_progress(1)

    def _publish_one(self, checkpoint):
        try:
            receipt = self.env[self.kind]._publish(self, checkpoint)
        except FinanceError as error:
            _logger.warning("anchor %s does not take head %s: %s", self.id, checkpoint.number, error)
            self.problem = error.detail or str(error)
            self._tell()
            return
        self.env["finance.audit.receipt"].sudo().create(  # sudo: as above
            {
                "anchor_ref": self.id,
                "anchor_name": self.name,
                "kind": self.kind,
                "number": checkpoint.number,
                "at": fields.Datetime.now(),
                "digest": parse(checkpoint.note).digest().hex(),
                "receipt": receipt,
            }
        )
        self.write({"last_number": checkpoint.number, "last_at": fields.Datetime.now(), "problem": False})
        self.env["finance.alert"]._over("audit_anchor_failed", self)

    def _tell(self):
        self.env["finance.alert"]._raise(
            "audit_anchor_failed",
            self,
            klass="technical",
            text=self.env._("%(anchor)s does not take heads: %(why)s", anchor=self.name, why=self.problem),
        )

    @api.model
    def _kept_outside(self):
        """Yield each :class:`Kept` head that can be read outside, and the problems of places that cannot be read."""
        for anchor in self._in_use():
            try:
                texts = self.env[anchor.kind]._heads(anchor)
            except FinanceError as error:
                yield Kept(None, f"{anchor.name}: {error.detail or error}")
                continue
            for text in texts:
                try:
                    yield Kept(signed_text(text))
                except HeadBroken:
                    continue
