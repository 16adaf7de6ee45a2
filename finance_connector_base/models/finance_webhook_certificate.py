import certifi

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine.errors import FinanceError
from ..webhooks import SCHEMES
from ..webhooks.paypal import is_certificate_url

#: certificates asked for at once by one webhook; who sends more invents addresses
MOST_WANTED = 4
#: days after which a key is looked at again, minutes after which one that was not found may be asked for again
FRESH_DAYS, AGAIN_MINUTES = 1, 10
#: bytes of a chain
LARGEST = 64 << 10


class FinanceWebhookCertificate(models.Model):
    """A certificate or key that a sender signs with, fetched from the sender's own host, or by its adapter.

    A delivery that names one we do not have is answered 503 and repeated by the sender; meanwhile it is fetched
    outside of any delivery. Whether a certificate is trusted is checked at every use; a key is looked at again
    every day, and over here when it is over there.
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
        if webhook._fetches_keys():
            # ids that somebody has invented do not stand in the way of a real one for long
            old = fields.Datetime.subtract(self.env.cr.now(), minutes=AGAIN_MINUTES)
            missed = wanted.filtered(lambda key: key.fetched_at and key.fetched_at < old)
            wanted -= missed
            missed.unlink()
        if url in wanted.mapped("url") or len(wanted) >= MOST_WANTED:
            return
        certificates.create({"webhook_id": webhook.id, "url": url})
        # sudo: a scheduled action of ours is woken
        self.env.ref("finance_connector_base.ir_cron_webhook_certificates").sudo()._trigger()

    @api.model
    def _cron_fetch(self):
        """Fetch what deliveries have asked for, and look again at the keys that are a day old."""
        schemes = [code for code, scheme in SCHEMES.items() if "keys" in scheme.uses]
        old = fields.Datetime.subtract(self.env.cr.now(), days=FRESH_DAYS)
        stale = [("webhook_id.scheme", "in", schemes), ("chain", "!=", False), ("fetched_at", "<", old)]
        for certificate in self.search(["|", ("chain", "=", False), "&", "&", *stale], order="id"):
            certificate._fetch()
            self.env["ir.cron"]._commit_progress(1)

    def _fetch(self):
        self.ensure_one()
        values = {"fetched_at": self.env.cr.now(), "problem": False}
        try:
            values["chain"] = self._key() if self.webhook_id._fetches_keys() else self._certificate()
        except FinanceError as error:
            # what cannot be asked for now stays as it is
            values["problem"] = error.detail
        except UserError as error:
            values["problem"] = str(error)
        self.write(values)

    def _certificate(self):
        if not is_certificate_url(self.url):
            raise UserError(self.env._("This is no address of the sender."))
        with self.webhook_id.connection_id._http(authorization=None) as client:
            return client.get(self.url).body[:LARGEST].decode("ascii", "replace")

    def _key(self):
        connection = self.webhook_id.connection_id
        key = connection._adapter()._webhook_key(connection, self.url)
        if not key:
            # over at its sender, so over here
            self.chain = False
            raise UserError(self.env._("The sender does not know this key, or it is over."))
        return key

    @api.model
    def _web_anchors(self):
        """:return: PEM of the authorities that web browsers trust"""
        with open(certifi.where(), encoding="ascii") as file:
            return file.read()

    @api.autovacuum
    def _gc_never_fetched(self):
        old = fields.Datetime.subtract(fields.Datetime.now(), days=1)
        self.search([("chain", "=", False), ("create_date", "<", old)]).unlink()


class FinanceAdapter(models.AbstractModel):
    _inherit = "finance.adapter"

    @api.model
    def _webhook_key(self, connection, key_id):
        """Ask a sender for a key of its webhooks; OVERRIDE by adapters whose scheme has keys that are fetched.

        :param key_id: what the delivery, or its scheme, calls the key
        :return: PEM, or None: there is no such key, or it is over
        """
        return None
