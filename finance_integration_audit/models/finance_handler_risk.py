from odoo import api, fields, models

from odoo.addons.finance_connector_base.engine.errors import MalformedError, RejectedError
from odoo.addons.finance_connector_base.engine.outcome import Done, Ignored
from odoo.addons.finance_connector_base.safe import strict_json
from odoo.addons.finance_connector_base.safe.errors import SafetyError

from ..risk.hold import OPEN, WORDS


class FinanceHandlerRisk(models.AbstractModel):
    """Announces documents to a risk system, asks for the word about them, and feeds exposures.

    ``POST holds`` is repeated with the same correlation id: the system knows the document already and tells what it
    has said by now. No answer, a broken one or one about something else is no word.
    """

    _name = "finance.handler.risk"
    _inherit = "finance.handler"
    _description = "Risk System"

    _calls_out = True
    _held_blocks = False

    @api.model
    def _is_drivable(self, direction):
        # OVERRIDE
        return False

    @api.model
    def _call(self, message):
        data = message.sudo().data or {}  # sudo: the engine, in the company of the message
        with message.connection_id._http() as client:
            if data.get("do") == "exposure":
                return client.request("PUT", "exposures", json=data["told"], may_repeat=True).body
            hold = self._hold(message)
            if hold.state not in OPEN:
                return None
            return client.post(
                "holds", json=hold._question(), idempotency_key=hold.correlation_id, may_repeat=True
            ).body

    @api.model
    def _hold(self, message):
        data = message.sudo().data or {}  # sudo: as above
        return self.env["finance.risk.hold"].sudo().browse(data.get("hold")).exists()  # sudo: as above

    @api.model
    def _settle(self, message, answer):
        data = message.sudo().data or {}  # sudo: as above
        if data.get("do") == "exposure":
            self.env["finance.risk.exposure"]._note_told(message.company_id, data["told"])
            return Done(result={"rows": len(data["told"]["rows"]), "kind": data["told"]["kind"]})
        if answer is None:
            return Ignored(reason="risk_decided", detail=self.env._("It is decided already, or gone."))
        return self._take(message, answer, self._hold(message).correlation_id)

    @api.model
    def _take(self, message, body, correlation_id=None):
        """Take an answer; :param correlation_id: what was asked about, when something was asked"""
        told = self._read(body)
        if correlation_id and told["correlation_id"] != correlation_id:
            raise MalformedError(
                self.env._("The risk system answers about %s, which was not asked.", told["correlation_id"]),
                reason="risk_other_document",
            )
        hold = self.env["finance.risk.hold"]._hear(
            told["correlation_id"], told["digest"], told["words"], reference=told["reference"], message=message
        )
        if not hold:
            raise RejectedError(
                self.env._("Nothing is held by the correlation id %s with this content.", told["correlation_id"]),
                reason="risk_unknown_document",
            )
        return Done(result={"state": hold.state, "words": len(told["words"])}, documents=((hold._name, hold.id),))

    @api.model
    def _read(self, body):
        try:
            told = strict_json.loads(body) if isinstance(body, bytes) else body
            words = [(str(one["event_id"]), str(one["word"])) for one in told["words"]]
            if not {word for _event, word in words} <= WORDS:
                raise ValueError
            return {
                "correlation_id": str(told["correlation_id"]),
                "digest": str(told["digest"]),
                "reference": str(told.get("reference") or "") or None,
                "words": words,
            }
        except (SafetyError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise MalformedError(
                self.env._("What the risk system says cannot be read; it is no word."), reason="risk_unreadable"
            ) from error


class FinanceHandlerRiskWord(models.AbstractModel):
    """Takes the words that a risk system delivers by itself: by webhook, file or the interface."""

    _name = "finance.handler.risk.word"
    _inherit = "finance.handler"
    _description = "Words of a Risk System"

    _held_blocks = False

    @api.model
    def _handle(self, message):
        message = message.sudo()  # sudo: the engine, in the company of the message
        body = message.data or {}
        if "correlation_id" not in body and message.payload_id:
            body = message.payload_id._read_head(1_000_000)
        return self.env["finance.handler.risk"]._take(message, body)


class FinanceFlow(models.Model):
    _inherit = "finance.flow"

    handler = fields.Selection(
        selection_add=[
            ("finance.handler.risk", "Ask a risk system about documents"),
            ("finance.handler.risk.word", "Take the words of a risk system"),
        ],
        ondelete={"finance.handler.risk": "cascade", "finance.handler.risk.word": "cascade"},
    )


class FinanceAdapterRisk(models.AbstractModel):
    """A risk system over HTTP (docs/risk-hold.md)."""

    _name = "finance.adapter.risk"
    _inherit = "finance.adapter"
    _description = "Risk System"

    _supports = frozenset({"check"})
    _uses_http = True

    @api.model
    def _check(self, connection):
        with connection._http() as client:
            client.get("holds")
        return self.env._("The risk system answers.")


class FinanceConnection(models.Model):
    _inherit = "finance.connection"

    adapter = fields.Selection(
        selection_add=[("finance.adapter.risk", "Risk system (JSON)")], ondelete={"finance.adapter.risk": "cascade"}
    )
