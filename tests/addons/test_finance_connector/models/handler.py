import os
import signal
import time

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.finance_connector_base.engine import errors
from odoo.addons.finance_connector_base.engine.outcome import Done, Held, Ignored


class FinanceHandlerTest(models.AbstractModel):
    """Does what the message says: ``{"do": "effect"}``, ``{"do": "raise", "error": "TransientError"}`` ..."""

    _name = "finance.handler.test"
    _inherit = "finance.handler"
    _description = "Test Handler"

    def _handle(self, message):
        data = message.data or {}
        return getattr(self, f"_do_{data.get('do', 'nothing')}")(message, data)

    def _do_nothing(self, message, data):
        return Done()

    def _do_effect(self, message, data):
        effect = self._effect(message, data)
        return Done(result={"effect": effect.id}, documents=(("test.finance.effect", effect.id),))

    def _effect(self, message, data):
        return self.env["test.finance.effect"].create(
            {"key": data.get("key") or message.subject, "message_id": message.id, "sequence": data.get("sequence", 0)}
        )

    def _do_raise(self, message, data):
        self._effect(message, data)
        self.env.flush_all()
        kind = data["error"]
        if kind == "UserError":
            raise UserError("Odoo refuses this")
        if kind == "KeyError":
            raise KeyError("bug")
        if kind == "sql":
            self.env.cr.execute("DO $$ BEGIN RAISE EXCEPTION 'injected' USING ERRCODE = '%s'; END $$" % data["sqlstate"])
        raise getattr(errors, kind)(data.get("detail", "injected"), **data.get("arguments", {}))

    def _do_raise_until(self, message, data):
        if message.attempt_count < data["attempts"]:
            raise errors.TransientError("not yet")
        return self._do_effect(message, data)

    def _do_hold(self, message, data):
        self._effect(message, data)
        return Held(
            reason=data.get("reason", "rejected"),
            detail=data.get("detail", "needs a person"),
            params=data.get("params", {}),
            waiting_key=data.get("waiting_key"),
        )

    def _do_ignore(self, message, data):
        return Ignored(reason="out_of_policy", detail="not ours")

    def _do_sleep(self, message, data):
        effect = self._effect(message, data)
        self.env.flush_all()
        time.sleep(data["seconds"])
        return Done(result={"effect": effect.id})

    def _do_kill(self, message, data):
        """Poison: takes its worker down every time."""
        self._effect(message, data)
        self.env.flush_all()
        os.kill(os.getpid(), signal.SIGKILL)

    def _do_map(self, message, data):
        record, mapping = self.env["finance.mapping"]._resolve(
            message.connection_id, data["domain"], data["code"], date=fields.Date.today()
        )
        self._effect(message, data)
        return Done(result={"record": record.id, "mapping_version": mapping.version})


class FinanceFlow(models.Model):
    _inherit = "finance.flow"

    handler = fields.Selection(
        selection_add=[("finance.handler.test", "Test")], ondelete={"finance.handler.test": "cascade"}
    )
