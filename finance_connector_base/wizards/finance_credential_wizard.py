import base64

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import ADMIN
from ..engine.errors import FinanceError
from ..safe import certificates

#: taken out of the values before anything is stored, cached or logged
TAKEN = ("file", "key_text", "passphrase")


class FinanceCredentialWizard(models.TransientModel):
    """Takes in a certificate with its private key, or a consent. The key is never shown again."""

    _name = "finance.credential.wizard"
    _description = "Load a Certificate or Enter a Consent"

    connection_id = fields.Many2one("finance.connection", required=True, readonly=True)
    kind = fields.Selection(
        selection=lambda self: self.env["finance.credential"]._fields["kind"]._description_selection(self.env),
        required=True,
        default="tls",
    )
    name = fields.Char(help="Empty: called by its kind. A renewal takes the name of what it renews.")
    is_certificate = fields.Boolean(compute="_compute_is_certificate")
    reference = fields.Char(help="What the bank calls the consent.")
    expires_on = fields.Date(string="Ends on", help="Good until the end of this day.")
    file = fields.Binary(
        string="Certificate",
        store=False,
        compute="_compute_taken",
        inverse="_inverse_taken",
        groups="finance_connector_base.finance_group_admin",
    )
    key_text = fields.Text(
        string="Private key",
        store=False,
        compute="_compute_taken",
        inverse="_inverse_taken",
        groups="finance_connector_base.finance_group_admin",
    )
    passphrase = fields.Char(
        store=False,
        compute="_compute_taken",
        inverse="_inverse_taken",
        groups="finance_connector_base.finance_group_admin",
    )

    def _compute_taken(self):
        for name in TAKEN:
            self[name] = False

    def _inverse_taken(self):
        """What was entered is read and sealed in create()."""

    @api.depends("kind")
    def _compute_is_certificate(self):
        for wizard in self:
            wizard.is_certificate = wizard.kind not in ("consent", "other")

    @api.model_create_multi
    def create(self, vals_list):
        taken = [{name: vals.pop(name, None) or "" for name in TAKEN} for vals in vals_list]
        wizards = super().create(vals_list)
        for wizard, values in zip(wizards, taken, strict=True):
            try:
                wizard._keep(values)
            except certificates.CertificateUnreadable as error:
                raise UserError(self.env._("This cannot be used: %s.", error)) from None
            except FinanceError as error:
                raise UserError(error.detail) from None
        return wizards

    def _keep(self, values):
        credentials = self.env["finance.credential"]
        if self.is_certificate:
            if not values["file"]:
                raise UserError(self.env._("Choose the file of the certificate."))
            certificate = certificates.read(
                base64.b64decode(values["file"]),
                private_key=values["key_text"].encode(),
                passphrase=values["passphrase"],
            )
            if self.kind != "encryption" and not certificate.private_key:
                raise UserError(self.env._("The private key is missing: it is needed to log in and to sign."))
            credentials._put(self.connection_id, self.kind, name=self.name, certificate=certificate)
            return
        if not self.expires_on:
            raise UserError(self.env._("Enter the day on which it ends."))
        ends = fields.Datetime.to_datetime(self.expires_on).replace(hour=23, minute=59, second=59)
        credentials._put(self.connection_id, self.kind, name=self.name, expires_at=ends, reference=self.reference)

    def action_confirm(self):
        """Close; what was entered was kept when the dialog was saved."""
        self.env["finance.message"]._check_role(ADMIN)
        return {"type": "ir.actions.act_window_close"}
