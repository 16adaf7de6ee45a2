import time

from odoo import api, fields, models

from ..engine.errors import AuthNeededError, RejectedError, TransientError
from ..events.cloud import MEDIA_TYPE
from ..webhooks.standard import signed_headers

#: bytes of an answer that are read; nobody looks at them
ANSWER_BYTES = 1 << 20


class FinanceAdapter(models.AbstractModel):
    _inherit = "finance.adapter"

    #: deliveries are signed with the secret of the subscription
    _signs_events = False

    @api.model
    def _capabilities(self):
        return {**super()._capabilities(), "events": ("_deliver_event",)}

    @api.model
    def _deliver_event(self, connection, subscription, event):
        """Deliver one event; the same one may have been delivered before.

        :param event: :class:`~..events.CloudEvent`
        :return: JSON-able facts about the delivery; ``{"gone": True}``: the receiver wants no more of them
        :raise FinanceError: it has not arrived
        """
        raise NotImplementedError(self._name)


class FinanceAdapterWebhook(models.AbstractModel):
    """Tells a receiver by HTTP: Standard Webhooks 1.0 around a CloudEvent in structured mode."""

    _name = "finance.adapter.webhook"
    _inherit = "finance.adapter"
    _description = "Webhook"

    _supports = frozenset({"check", "events"})
    _uses_http = True
    _signs_events = True

    @api.model
    def _check(self, connection):
        """Whether somebody answers there; what receivers say to a question they do not know is no matter."""
        with connection._http() as client:
            answer = client.request("OPTIONS", expect=range(200, 500), accept="*/*", max_bytes=ANSWER_BYTES)
        return self.env._("The receiver answers (%s).", answer.status)

    @api.model
    def _deliver_event(self, connection, subscription, event):
        body = event.model_dump_json(exclude_none=True).encode()
        secrets = subscription.sudo().secret_ids._valid()._clear()  # sudo: for the call under way
        if not secrets:
            raise AuthNeededError(
                self.env._("%s has no secret to sign with. Set it on the subscription.", subscription.name),
                reason="secret_missing",
            )
        headers = {
            "Content-Type": f"{MEDIA_TYPE}; charset=UTF-8",
            **signed_headers(secrets, event.id, int(time.time()), body),
        }
        try:
            with connection._http() as client:
                answer = client.post(
                    subscription.path or "",
                    body=body,
                    headers=headers,
                    accept="*/*",
                    # the receiver knows the event by its id
                    may_repeat=True,
                    expect={410},
                    max_bytes=ANSWER_BYTES,
                )
        except (RejectedError, AuthNeededError) as error:
            if "http_status" not in error.params:
                raise
            # whatever a receiver has against it, it may be mended there within days: nobody is asked before
            raise TransientError(error.detail, reason=error.reason, params=error.params) from error
        return {"gone": True} if answer.status == 410 else {"http_status": answer.status}


class FinanceConnection(models.Model):
    _inherit = "finance.connection"

    adapter = fields.Selection(
        selection_add=[("finance.adapter.webhook", "Webhook out (events)")],
        ondelete={"finance.adapter.webhook": "cascade"},
    )
