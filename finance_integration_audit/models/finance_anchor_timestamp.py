import base64

from odoo import api, models

from odoo.addons.finance_connector_base.engine.errors import RejectedError

from ..trail import timestamp
from ..trail.head import parse


class FinanceAnchorTimestamp(models.AbstractModel):
    """A timestamp authority after RFC 3161 signs the hash of the head and the time: a connection that speaks HTTP."""

    _name = "finance.anchor.timestamp"
    _description = "Anchor: Timestamp Authority (RFC 3161)"
    _inherit = ["finance.anchor.adapter"]

    @api.model
    def _publish(self, anchor, checkpoint):
        digest = parse(checkpoint.note).digest()
        question, nonce = timestamp.query(digest)
        with anchor.connection_id._http() as client:
            answer = client.post(
                anchor.path or "",
                body=question,
                headers={"Content-Type": timestamp.QUERY_TYPE},
                accept=timestamp.REPLY_TYPE,
                may_repeat=True,
                max_bytes=1 << 16,
            )
        try:
            stamp = timestamp.reply(answer.body, digest, nonce)
            timestamp.verify(stamp.token, digest, fingerprint=anchor.fingerprint or "")
        except timestamp.StampRefused as error:
            raise RejectedError(self.env._("No timestamp: %s.", error), reason="timestamp_refused") from error
        return base64.b64encode(stamp.token).decode("ascii")
