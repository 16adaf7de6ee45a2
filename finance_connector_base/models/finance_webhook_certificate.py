import certifi

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine.errors import FinanceError
from ..webhooks.paypal import is_certificate_url

#: certificates asked for at once by one webhook; who sends more invents addresses
MOST_WANTED = 4
#: bytes of a chain
LARGEST = 64 << 10


class FinanceWebhookCertificate(models.Model):
    """A certificate that a sender signs with, fetched once from the sender's own host.

    A delivery that names one we do not have is answered 503 and repeated by the sender; meanwhile the certificate
    is fetched outside of any delivery. Whether it is trusted is checked at every use.
    """

    _name = "finance.webhook.certificate"
    _description = "Certificate of a Sender"
    _order = "id desc"
    _rec_name = "url"
    _allow_sudo_commands = False

    webhook_id = fields.Many2one("finance.webhook", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="webhook_id.company_id", store=True, index=True)
    url = fields.Char(required=True, readonly=True)
    chain = fields.Text(readonly=True)
    problem = fields.Char(readonly=True)
    fetched_at = fields.Datetime(readonly=True)

    _once = models.UniqueIndex("(webhook_id, url)", "This certificate is known already.")

    @api.model
    def _known(self, webhook):
        """:return: dict URL -> chain in PEM"""
        # sudo: public certificates, read while a delivery is verified
        found = self.sudo().search([("webhook_id", "=", webhook.id), ("chain", "!=", False)])
        return {certificate.url: certificate.chain for certificate in found}

    @api.model
    def _want(self, webhook, url):
        """Have a certificate fetched soon."""
        # sudo: written by the delivery of a sender, who has no rights
        certificates = self.sudo()
        wanted = certificates.search([("webhook_id", "=", webhook.id), ("chain", "=", False)])
        if url in wanted.mapped("url") or len(wanted) >= MOST_WANTED:
            return
        certificates.create({"webhook_id": webhook.id, "url": url})
        # sudo: a scheduled action of ours is woken
        self.env.ref("finance_connector_base.ir_cron_webhook_certificates").sudo()._trigger()

    @api.model
    def _cron_fetch(self):
        """Fetch what deliveries have asked for."""
        for certificate in self.search([("chain", "=", False)], order="id"):
            certificate._fetch()
            self.env["ir.cron"]._commit_progress(1)

    def _fetch(self):
        self.ensure_one()
        values = {"fetched_at": self.env.cr.now(), "problem": False}
        try:
            if not is_certificate_url(self.url):
                raise UserError(self.env._("This is no address of the sender."))
            with self.webhook_id.connection_id._http(authorization=None) as client:
                answer = client.get(self.url)
            values["chain"] = answer.body[:LARGEST].decode("ascii", "replace")
        except FinanceError as error:
            values["problem"] = error.detail
        except UserError as error:
            values["problem"] = str(error)
        self.write(values)

    @api.model
    def _web_anchors(self):
        """:return: PEM of the authorities that web browsers trust"""
        with open(certifi.where(), encoding="ascii") as file:
            return file.read()

    @api.autovacuum
    def _gc_never_fetched(self):
        old = fields.Datetime.subtract(fields.Datetime.now(), days=1)
        self.search([("chain", "=", False), ("create_date", "<", old)]).unlink()
