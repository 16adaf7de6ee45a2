import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.finance_connector_base.engine import states
from odoo.addons.finance_connector_base.engine.errors import (
    AmbiguousError,
    FinanceError,
    RejectedError,
    TransientError,
)
from odoo.addons.finance_connector_base.engine.outcome import Done, Ignored

#: step -> states of the delivery in which it has something to do
STEPS = {
    "upload": ("uploading",),
    "start": ("loading",),
    "inquire": ("unknown",),
    "poll": ("loading",),
    "report": ("loading",),
    "totals": ("loaded",),
}


class FinanceConsolidationHandlerDelivery(models.AbstractModel):
    """Works the steps of deliveries.

    The start is the one step that must not be repeated: its intent is committed before the call (``_admit``), and an
    unclear answer, or a worker that is lost, leaves the message ``unknown`` and the platform is asked.
    """

    _name = "finance.consolidation.handler.delivery"
    _inherit = "finance.handler"
    _description = "Deliver Packages"

    _calls_out = True
    _held_blocks = False
    _admits_first = True
    _follows = True

    @api.model
    def _is_drivable(self, direction):
        # OVERRIDE: no program stands between an approved package and its platform
        return False

    @api.model
    def _delivery(self, message):
        """:return: the delivery that a message belongs to, or nothing"""
        # sudo: the engine, in the company of the connection; the package may be of another company of the group
        delivery = self.env["finance.consolidation.delivery"].sudo()
        if message.res_model != delivery._name:
            return delivery
        delivery = delivery.browse(message.res_id).exists()
        return delivery.with_context(allowed_company_ids=delivery.company_id.ids)

    @api.model
    def _step(self, message):
        data = message.sudo().data or {}  # sudo: content of messages is read by the engine alone
        return data.get("step"), data.get("round")

    @api.model
    def _admit(self, message):
        # OVERRIDE: committed by itself before the call
        refusal = super()._admit(message)
        if refusal:
            return refusal
        delivery, (step, attempt) = self._delivery(message), self._step(message)
        if not delivery or attempt != delivery.round or delivery.state not in STEPS.get(step, ()):
            return Ignored(reason="consolidation_overtaken", detail=self.env._("The delivery has gone on without it."))
        if step == "start":
            if delivery.job:
                return Ignored(reason="consolidation_overtaken", detail=self.env._("The load was started already."))
            # within the call's transaction it is the intent of this very attempt
            if delivery.is_intended and not self._is_mine(delivery, message):
                raise AmbiguousError(self.env._("An earlier attempt may have started the load."))
            if not delivery.is_intended:
                delivery.write(
                    {"is_intended": True, "known": {**(delivery.known or {}), "intent": message.attempt_id.id}}
                )
        return None

    @api.model
    def _is_mine(self, delivery, message):
        return (delivery.known or {}).get("intent") == message.attempt_id.id

    @api.model
    def _sent_nothing(self, message):
        # OVERRIDE: all other steps may be repeated; the start was not called without its intent
        if self._step(message)[0] != "start":
            return True
        self.env.cr.execute(
            "SELECT is_intended FROM finance_consolidation_delivery WHERE id = %s FOR UPDATE", [message.res_id]
        )
        row = self.env.cr.fetchone()
        return bool(row) and not row[0]

    @api.model
    def _call(self, message):
        delivery, (step, _round) = self._delivery(message), self._step(message)
        connection = delivery.target_id.connection_id
        adapter = connection._consolidation_adapter()
        try:
            with adapter._consolidation_platform(connection, delivery._job()) as platform:
                answer = getattr(self, f"_{step}")(delivery, platform)
            return answer
        except (AmbiguousError, UserError) as error:
            if step == "start" or isinstance(error, UserError):
                raise
            # it may be repeated
            raise TransientError(error.detail, endpoint=error.endpoint, params=error.params) from error
        except (FinanceError, psycopg2.Error):
            raise
        except ValueError as error:
            raise RejectedError(delivery._words_of(error), reason="consolidation_not_loaded") from error
        except Exception as error:
            if step == "start":
                raise
            raise TransientError(type(error).__name__, reason="unexpected") from error

    @api.model
    def _upload(self, delivery, platform):
        if files := delivery.target_id.file_connection_id:
            with delivery.payload_id._open() as stream:
                pieces = iter(lambda: stream.read(1 << 20), b"")
                done = files._adapter()._send_file(files, delivery.target_id.flow_id, delivery._job().file, pieces)
            return {"file": done.name, "name": done.name, **platform.upload(None)}
        with delivery.payload_id._open() as stream:
            return {"name": delivery._job().file, **platform.upload(stream)}

    @api.model
    def _start(self, delivery, platform):
        return platform.start()

    @api.model
    def _inquire(self, delivery, platform):
        found = platform.inquire()
        return found, None if isinstance(found, dict) else platform.totals()

    @api.model
    def _poll(self, delivery, platform):
        return platform.poll()

    @api.model
    def _report(self, delivery, platform):
        report = platform.report()
        return report, delivery._completed(report)

    @api.model
    def _totals(self, delivery, platform):
        return platform.totals()

    @api.model
    def _settle(self, message, answer):
        delivery, (step, _round) = self._delivery(message), self._step(message)
        match step:
            case "upload":
                delivery._uploaded(answer)
            case "start":
                delivery._started(answer)
            case "inquire":
                delivery._inquired(*answer)
            case "poll":
                delivery._polled(answer)
            case "report":
                delivery._reported(*answer)
            case "totals":
                delivery._compared(answer)
        return Done(
            result={"step": step, "state": delivery.state, "job": delivery.job or None},
            documents=((delivery._name, delivery.id),),
        )

    @api.model
    def _follow(self, message):
        # OVERRIDE
        delivery, (step, attempt) = self._delivery(message), self._step(message)
        if not delivery or attempt != delivery.round:
            return
        if step == "start" and message.state == states.UNKNOWN:
            if delivery.state == "loading":
                delivery._lost(message.detail or self.env._("The start of the load was not answered."))
            return
        if step == "start":
            # nothing was started
            delivery.is_intended = False
        if message.state not in (states.HELD, states.DEAD, states.UNKNOWN):
            return
        if message.state == states.HELD and message.error_class != "technical" and step in ("upload", "start"):
            delivery._refused(message.detail or "")
        else:
            delivery.detail = message.detail


class FinanceFlow(models.Model):
    _inherit = "finance.flow"

    handler = fields.Selection(
        selection_add=[("finance.consolidation.handler.delivery", "Deliver packages")],
        ondelete={"finance.consolidation.handler.delivery": "cascade"},
    )


class FinanceMessage(models.Model):
    _inherit = "finance.message"

    def _check_deliverable(self):
        # EXTENDS: a step is no file
        result = super()._check_deliverable()
        if self.res_model == "finance.consolidation.delivery":
            raise UserError(self.env._("Open the delivery: it says what can be done by hand."))
        return result
