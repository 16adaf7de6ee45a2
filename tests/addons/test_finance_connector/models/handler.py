import json
import logging
import os
import signal
import time
from collections import Counter

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.finance_connector_base.engine import errors
from odoo.addons.finance_connector_base.engine.envelope import Envelope
from odoo.addons.finance_connector_base.engine.outcome import Done, Held, Ignored
from odoo.addons.finance_connector_base.engine.work import correlation_headers

#: how often a message has failed on purpose; survives the rollback of the attempt
FAILURES = Counter()
CALLS = []


class FinanceHandlerTest(models.AbstractModel):
    """Does what the message says: ``{"do": "effect"}``, ``{"do": "raise", "error": "TransientError"}`` ..."""

    _name = "finance.handler.test"
    _inherit = "finance.handler"
    _description = "Test Handler"

    _schema_versions = frozenset({1, 2})
    _takes_files = True
    _is_comparable = True

    def _file_business_key(self, flow, name, payload):
        """The part of the name before the first dot, where it says that it is one."""
        return name.partition(".")[0] if name.startswith("statement-") else None

    def _same_content(self, message, other):
        return _text_of(message) == _text_of(other)

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
            raise UserError(self.env._("Odoo refuses this"))
        if kind == "KeyError":
            raise KeyError(data.get("detail", "bug"))
        if kind == "sql":
            self._fail_in_database(data["sqlstate"])
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

    def _do_conflict(self, message, data):
        """Fails so many times with an error of the database, then works."""
        effect = self._effect(message, data)
        self.env.flush_all()
        if FAILURES[message.id] < data["times"]:
            FAILURES[message.id] += 1
            self._fail_in_database(data["sqlstate"])
        return Done(result={"effect": effect.id})

    def _fail_in_database(self, sqlstate):
        self.env.cr.execute(
            SQL("DO $$ BEGIN RAISE EXCEPTION 'injected' USING ERRCODE = %s; END $$", sqlstate),
            log_exceptions=False,
        )

    def _do_status(self, message, data):
        """What is left is the last status written."""
        effects = self.env["test.finance.effect"]
        effect = effects.search([("key", "=", message.order_key)])
        if effect:
            effect.sequence = data["status"]
        else:
            effects.create({"key": message.order_key, "sequence": data["status"]})
        return Done()

    def _do_increment(self, message, data):
        """Read, then write: two at the same time must not lose one."""
        effect = self.env["test.finance.effect"].search([("key", "=", data["key"])])
        effect.sequence += 1
        self.env.flush_all()
        time.sleep(0.01)
        return Done()

    def _do_wait_for_fix(self, message, data):
        """Held until somebody has written the fix."""
        fixed = self.env["test.finance.effect"].search_count([("key", "=", "fixed")])
        time.sleep(data["seconds"])
        if fixed:
            return Done()
        return Held(reason="rejected", detail="not yet", waiting_key="cause")

    def _do_enqueue(self, message, data):
        flow = self.env["finance.flow"].browse(data["flow"])
        child = self.env["finance.message"]._enqueue(
            flow, [Envelope(subject="child", data=data["content"], parent_id=message.id)]
        )
        return Done(result={"child": child.id})

    def _do_headers(self, message, data):
        return Done(result=correlation_headers())

    def _do_call(self, message, data):
        """Call the other system of the connection."""
        connection = self.env["finance.message"].browse(message.id).connection_id
        with connection._http() as client:
            client.get(data.get("path", "echo"))
        return Done()

    def _do_log(self, message, data):
        logging.getLogger(data["logger"]).warning(data["text"], "world")
        return Done()

    def _do_after_commit(self, message, data):
        self._effect(message, data)

        def after():
            if data.get("error"):
                raise RuntimeError("cannot move the file")
            self.env["test.finance.effect"].create({"key": f"{data['key']} after"})

        return Done(after_commit=after)

    def _do_whoami(self, message, data):
        env = self.env
        return Done(result={"su": env.su, "uid": env.uid, "company": env.company.id, "companies": env.companies.ids})

    def _do_kill(self, message, data):
        """Poison: takes its worker down every time."""
        self._effect(message, data)
        self.env.flush_all()
        os.kill(os.getpid(), signal.SIGKILL)

    def _do_map(self, message, data):
        record, mapping = self.env["finance.mapping"]._resolve(
            message.connection_id,
            data["domain"],
            data["code"],
            date=fields.Date.today(),
            qualifiers=data.get("facts", ()),
            label=data.get("label"),
        )
        self._effect(message, data)
        return Done(result={"record": record.id, "mapping_version": mapping.version})


def _text_of(message):
    """What a file says, however it is spaced."""
    if not message.payload_id:
        return None
    with message.payload_id._open() as stream:
        return stream.read().split()


class FinanceHandlerTestEvent(models.AbstractModel):
    """Works events that were delivered: what is left of each thing is the last status written."""

    _name = "finance.handler.test.event"
    _inherit = "finance.handler"
    _description = "Test Handler of Events"

    def _handle(self, message):
        with message.payload_id._open() as stream:
            event = json.loads(stream.read())
        effects = self.env["test.finance.effect"]
        effects.create({"key": event["id"], "message_id": message.id})
        thing = event["data"]["object"]
        state = effects.search([("key", "=", f"state of {thing['id']}")])
        if state:
            state.sequence = thing["status"]
        else:
            effects.create({"key": f"state of {thing['id']}", "sequence": thing["status"]})
        return Done()


class FinanceHandlerTestCall(models.AbstractModel):
    """Talks to an outside that notes who called."""

    _name = "finance.handler.test.call"
    _inherit = "finance.handler"
    _description = "Test Handler that Calls Out"

    _calls_out = True

    def _call(self, message):
        data = message.data or {}
        CALLS.append(message.id)
        _raise(data.get("call_error"))
        return data["answer"]

    def _settle(self, message, answer):
        data = message.data or {}
        if FAILURES[message.id] < data.get("conflicts", 0):
            FAILURES[message.id] += 1
            self.env["finance.handler.test"]._fail_in_database("40001")
        _raise(data.get("settle_error"))
        return Done(result={"answer": answer})

    def _pop_calls(self):
        calls, CALLS[:] = CALLS[:], []
        return calls


class FinanceHandlerTestHttp(models.AbstractModel):
    """Calls the sandbox's HTTP system, and keeps that it did."""

    _name = "finance.handler.test.http"
    _inherit = "finance.handler"
    _description = "Test Handler over HTTP"

    _calls_out = True

    def _call(self, message):
        data = message.data or {}
        with message.connection_id._http() as client:
            answer = client.request(
                data.get("method", "GET"),
                data.get("path", "echo"),
                json=data.get("json"),
                # the same for every attempt
                idempotency_key=message.correlation_id if data.get("keyed") else None,
            )
            if data.get("reads"):
                answer.json()
            return answer.status

    def _settle(self, message, answer):
        self.env["test.finance.effect"].create(
            {"key": message.subject, "message_id": message.id, "sequence": (message.data or {}).get("sequence", 0)}
        )
        return Done(result={"status": answer})


def _raise(name):
    if name:
        builtin = {"KeyError": KeyError, "TimeoutError": TimeoutError, "UserError": UserError}
        raise (builtin.get(name) or getattr(errors, name))("injected")


class FinanceFlow(models.Model):
    _inherit = "finance.flow"

    handler = fields.Selection(
        selection_add=[
            ("finance.handler.test", "Test"),
            ("finance.handler.test.call", "Test calling out"),
            ("finance.handler.test.event", "Test of events"),
            ("finance.handler.test.http", "Test over HTTP"),
        ],
        ondelete={
            "finance.handler.test": "cascade",
            "finance.handler.test.call": "cascade",
            "finance.handler.test.event": "cascade",
            "finance.handler.test.http": "cascade",
        },
    )
