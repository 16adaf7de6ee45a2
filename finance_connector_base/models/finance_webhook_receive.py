import hashlib
import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from odoo import api, models

from ..engine.envelope import Envelope
from ..engine.work import is_correlation_id
from ..webhooks import SCHEMES, CertificateWanted, Delivery, Refused, read_facts

#: never kept: what logs somebody in, and what is about one hop of the way
_DROPPED = frozenset({"authorization", "cookie", "proxy-authorization", "connection", "host"})
#: what senders may put their id of a business transaction into
_CORRELATION = "x-correlation-id"
#: header of the signature of a sender that tries an address before it delivers
_PINGS = "x-wc-webhook-signature"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a sender is told.

    :param status: HTTP status
    :param word: one word for machines; a refusal never says more than that it is one
    :param retry_after: seconds after which to repeat, or None
    """

    status: int
    word: str
    retry_after: int | None = None


class FinanceWebhook(models.Model):
    """Verifies, stores the bytes, answers; the work is done by the queue (RELIABILITY decision 3)."""

    _inherit = "finance.webhook"

    @api.model
    def _of_slug(self, slug):
        """:return: the webhook of an address, or nothing"""
        webhook = self.with_context(active_test=False).search([("slug", "=", slug)], order="id")
        return webhook if webhook.connection_id.state != "draft" else self.browse()

    def _receive(self, headers, body, address, now):
        """Take a delivery in, or refuse it.

        A serialization error (two deliveries of the same event at once) is not caught: the request is run again
        by Odoo, and sees the other one then.

        :param dict headers: names in lower case
        :param bytes body: as sent
        :param str address: of the sender
        :param float now: seconds since 1970
        :return: :class:`Answer`
        """
        self.ensure_one()
        if not self.active:
            return Answer(status=410, word="gone")
        try:
            self._check_address(address)
            if len(body) > self.max_kb * 1024:
                raise Refused("too_large")
            delivery = Delivery(headers=headers, body=body, target=urlsplit(self.url).path)
            proof = SCHEMES[self.scheme].verify(delivery, self._settings(), now)
        except CertificateWanted as wanted:
            self.env["finance.webhook.certificate"]._want(self, wanted.url)
            return Answer(status=503, word="later", retry_after=60)
        except Refused as refused:
            return self._refused(refused.code, address)
        return self._accept(delivery, proof)

    def _is_ping(self, parameters):
        """Say whether this is how WooCommerce tries an address: an unsigned form with its number of the webhook."""
        return (self.header or "").lower() == _PINGS and [*parameters] == ["webhook_id"]

    def _pinged(self):
        """:return: the answer to a trial; nothing is taken, so that nothing has to be proved"""
        return Answer(status=200, word="ping") if self.active else Answer(status=410, word="gone")

    def _refused(self, reason, address):
        self.env["finance.webhook.refusal"]._note(self, reason, address)
        status = {"address": 403, "too_large": 413, "media_type": 415}.get(reason, 401)
        return Answer(status=status, word="refused")

    def _check_address(self, address):
        networks = self._networks()
        if not networks:
            return
        try:
            given = ipaddress.ip_address(address)
        except ValueError as error:
            raise Refused("address") from error
        given = getattr(given, "ipv4_mapped", None) or given
        if not any(given in network for network in networks):
            raise Refused("address")

    def _accept(self, delivery, proof):
        facts = read_facts(delivery.body, self._paths())
        digest = hashlib.sha256(delivery.body).hexdigest()
        identity = proof.delivery_id or facts.identity or digest
        dedupe_key = f"webhook:{self.id}:{identity}"
        flow = self.flow_id
        messages = self.env["finance.message"]
        known = messages._known_identities(flow, {dedupe_key})
        same_bytes = SCHEMES[self.scheme].same_bytes
        # public: a fingerprint of content, no secret in it
        is_repeated = dedupe_key in known and (not same_bytes or known[dedupe_key][1] == digest)
        # the bytes of a repetition are here already
        payload_id = None if is_repeated else self._keep(delivery, identity).id
        headers = {name: value for name, value in delivery.headers.items() if name not in _DROPPED}
        correlation_id = delivery.headers.get(_CORRELATION)
        envelope = Envelope(
            subject=facts.kind or self.name,
            data={"webhook": self.id, "kind": facts.kind, "sent_at": proof.sent_at, "headers": headers},
            payload_id=payload_id,
            dedupe_key=dedupe_key,
            content_hash=digest if same_bytes else None,
            order_key=f"webhook:{self.id}:{facts.key}" if facts.key else None,
            sequence=facts.rank if facts.key else None,
            business_key=facts.key,
            correlation_id=correlation_id if is_correlation_id(correlation_id) else None,
        )
        messages._enqueue(flow, [envelope])
        return Answer(status=200, word="duplicate" if is_repeated else "accepted")

    def _keep(self, delivery, identity):
        return self.env["finance.payload"]._store(
            delivery.body,
            company=self.company_id,
            name=f"{identity:.80}.json",
            content_type=delivery.headers.get("content-type", "")[:100],
        )
