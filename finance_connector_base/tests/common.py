"""Test kit of the control plane, for the tests of this and of any other module.

    from odoo.addons.finance_connector_base.tests.common import FinanceCase

    class TestMyHandler(FinanceCase):
        def test_invoice_becomes_a_bill(self):
            flow = self.make_flow(handler="my.handler")
            [message] = self.enqueue(flow, {"number": "B-1"})
            self.drain()
            self.assertState(message, "done")

``docs/testing-a-connector.md`` is the longer story.
"""

import base64
import os
import time
from contextlib import contextmanager
from types import SimpleNamespace
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user

from odoo.addons.base.models import res_users

from ..const import ADMIN, AUDITOR, OPERATOR, STEWARD, VIEWER
from ..engine.envelope import Envelope
from ..engine.transaction import NestedSteps
from ..models import step_up
from ..safe import crypto
from ..safe.keys import PREVIOUS_VARIABLE

MASTER_KEY = base64.b64encode(b"a key for the tests, 32 bytes!!!").decode("ascii")

#: role -> groups of the user that stands for it
ROLES = {
    "viewer": f"base.group_user,{VIEWER}",
    "operator": f"base.group_user,{OPERATOR}",
    "steward": f"base.group_user,{STEWARD}",
    "admin": f"base.group_user,{ADMIN}",
    "auditor": f"base.group_user,{AUDITOR}",
    "employee": "base.group_user",
    "portal": "base.group_portal",
    "public": "base.group_public",
}


#: which charts there are: Odoo reads the code of some hundred modules twice for each company that gets one
_CHARTS = {}


@contextmanager
def at_the_screen(user, *, path="/web/dataset/call_button", headers=(), checked=0):
    """The block is called by the web client of a person.

    :param checked: seconds since the person has entered the password; None: never in this session
    """
    checks = {} if checked is None else {"identity-check-last": time.time() - checked}
    fake = SimpleNamespace(
        session=SimpleNamespace(uid=user.id, get=checks.get, debug=""),
        httprequest=SimpleNamespace(path=path, headers=dict(headers)),
    )
    with patch.object(step_up, "request", fake), patch.object(res_users, "request", fake):
        yield


class Trapped:
    """What was enqueued inside ``trap()``: the messages, and the envelopes they were made from."""

    def __init__(self, messages):
        self.messages = messages
        self.envelopes = []


class FinanceCase(TransactionCase):
    """Connections, flows and users in two companies; nothing is worked before ``drain()``.

    Handlers run as they do in production, each step in a savepoint instead of a transaction.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # secrets can be set without a key of the machine that runs the tests
        cls.startClassPatcher(patch.dict(os.environ, {crypto.KEY_VARIABLE: MASTER_KEY}))
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True, "lang": "en_US"})
        cls.company = cls.env["res.company"].create({"name": "Own Company"})
        cls.other_company = cls.env["res.company"].create({"name": "Other Company"})
        cls.env.user.write({"company_ids": [Command.link(cls.company.id), Command.link(cls.other_company.id)]})
        cls.env = cls.env(context={**cls.env.context, "allowed_company_ids": cls.company.ids})
        cls._users = {}

    def with_keys(self, *keys):
        """Give the server these master keys (base64, the current one first), or none, until the test ends."""
        variables = (
            dict(zip((crypto.KEY_VARIABLE, PREVIOUS_VARIABLE), [keys[0], " ".join(keys[1:])], strict=True))
            if keys
            else {}
        )
        kept = {name: value for name, value in os.environ.items() if not name.startswith("FINANCE_MASTER_KEY")}
        patcher = patch.dict(os.environ, {**kept, **variables}, clear=True)
        patcher.start()
        self.addCleanup(patcher.stop)

    # -- people ----------------------------------------------------------------------------

    @classmethod
    def user(cls, role, *, other_company=False, number=1):
        """:return: the user of a role (see :data:`ROLES`), made when first asked for

        :param other_company: of the other company instead of ours
        :param number: a second person of the same role
        """
        key = (role, other_company, number)
        # one made inside a test is gone after it
        if key not in cls._users or not cls._users[key].exists():
            company = cls.other_company if other_company else cls.company
            # a test that watches the audit hook is not told that a user of the kit got a role
            with patch.object(cls.env.registry["finance.audit"], "_record"):
                cls._users[key] = new_test_user(
                    cls.env,
                    login=f"{role}_{company.id}_{number}",
                    groups=ROLES[role],
                    company_id=company.id,
                    company_ids=[Command.set(company.ids)],
                )
        return cls._users[key]

    @classmethod
    def as_user(cls, records, role, **options):
        """:return: the records as a user of that role sees them, in the user's company only"""
        user = cls.user(role, **options)
        context = {**records.env.context, "allowed_company_ids": user.company_ids.ids}
        return records.with_env(cls.env(user=user, su=False, context=context))

    at_the_screen = staticmethod(at_the_screen)

    # -- things ----------------------------------------------------------------------------

    @classmethod
    def load_chart(cls, company):
        """Give a company the accounts of Odoo's generic chart."""
        charts = cls.env["account.chart.template"]
        ask = type(charts)._get_chart_template_mapping

        def known(self, get_all=False):
            if get_all not in _CHARTS:
                _CHARTS[get_all] = ask(self, get_all)
            return _CHARTS[get_all]

        with patch.object(type(charts), "_get_chart_template_mapping", known):
            charts.try_loading("generic_coa", company=company, install_demo=False)

    @classmethod
    def make_connection(cls, adapter="finance.adapter.manual", **values):
        """:return: an active connection of our company"""
        connection = cls.env["finance.connection"].create(
            {
                "name": "Test connection",
                "adapter": adapter,
                "company_id": cls.company.id,
                "environment": "test",
                "state": "active",
                "check_ok": True,
                "max_concurrency": 0,
                **values,
            }
        )
        connection._allow_hosts()
        return connection

    @classmethod
    def make_flow(cls, connection=None, *, handler="finance.handler.test", **values):
        """:return: a flow of a connection, or of a new one"""
        connection = connection or cls.make_connection()
        return cls.env["finance.flow"].create(
            {"name": "Test flow", "connection_id": connection.id, "handler": handler, **values}
        )

    def enqueue(self, flow, *contents, **envelope):
        """Queue one message for each content.

        :param contents: dicts (the ``data`` of a message) or ready envelopes
        :param envelope: fields of the envelopes made from dicts
        """
        envelopes = [
            content
            if isinstance(content, Envelope)
            else Envelope(**{"subject": "message", **envelope, "data": content})
            for content in contents
        ]
        return self.env["finance.message"]._enqueue(flow, envelopes)

    # -- work ------------------------------------------------------------------------------

    def drain(self, flows=None, *, max_messages=None):
        """Work what is due, as the scheduled action does; :return: how many messages were worked"""
        worked = self.env["finance.dispatcher"]._drain(NestedSteps(self.env.cr), flows=flows, max_messages=max_messages)
        self.env.invalidate_all()
        return worked

    def make_due(self, messages):
        """Let the time pass until these messages are due."""
        messages.flush_recordset()
        self.env.cr.execute(
            "UPDATE finance_message SET next_at = clock_timestamp() AT TIME ZONE 'UTC' WHERE id = ANY(%s)",
            (messages.ids,),
        )
        messages.invalidate_recordset()

    @contextmanager
    def trap(self):
        """Note what is enqueued meanwhile; it stays in the queue, unworked, until ``drain()``.

        :return: a :class:`Trapped`
        """
        model = type(self.env["finance.message"])
        original = model._enqueue
        trapped = Trapped(self.env["finance.message"])

        def noting(messages, flow, envelopes):
            enqueued = original(messages, flow, envelopes)
            trapped.messages |= enqueued.with_env(self.env)
            trapped.envelopes += envelopes
            return enqueued

        with patch.object(model, "_enqueue", noting):
            yield trapped

    @contextmanager
    def trap_audit(self):
        """Collect what the audit hook is told.

        :return: a list of dicts with event, record and what else was said (reason, before, after, correlation_id)
        """
        told = []

        def note(_self, event, record, **facts):
            told.append({"event": event, "record": record, **facts})

        with patch.object(self.env.registry["finance.audit"], "_record", note):
            yield told

    # -- assertions ------------------------------------------------------------------------

    def assertState(self, messages, state, reason=None):
        """Every message is in this state, for this reason if one is named."""
        self.env.flush_all()
        messages.invalidate_recordset()
        found = [(message.subject, message.state, message.reason_code or None, message.detail) for message in messages]
        for _subject, given, code, _detail in found:
            self.assertEqual(given, state, found)
            if reason is not None:
                self.assertEqual(code, reason, found)

    def assertAccounted(self, flows):
        """received = done + ignored + held + dead + open, and every change of state has its row."""
        messages = self.env["finance.message"].search([("flow_id", "in", flows.ids)])
        for message in messages:
            rows = message.transition_ids.sorted("id")
            self.assertFalse(rows[0].before, "the first transition is the birth")
            self.assertEqual(rows[-1].after, message.state)
            for earlier, later in zip(rows, rows[1:], strict=False):
                self.assertEqual(earlier.after, later.before)
        for checkpoint in self.env["finance.checkpoint"]._take(self.env.cr.now().date()):
            self.assertTrue(checkpoint.is_proved, checkpoint.difference)
