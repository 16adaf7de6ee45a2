"""Connections to described systems whose stand-ins run in a thread, for the tests of definitions."""

from odoo.fields import Command

from sandbox.rest.base import Running

from ..const import ADMIN, STEWARD
from .common import FinanceCase


class DefinitionCase(FinanceCase):
    """A company with a chart of accounts, and a connection to one described system."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.load_chart(cls.company)
        cls.env.user.group_ids = [
            Command.link(cls.env.ref(name).id) for name in (ADMIN, STEWARD, "account.group_account_manager")
        ]
        cls.euro = cls.env.ref("base.EUR")
        cls.euro.active = True

    @classmethod
    def described(cls, code):
        """:return: the description in use of that code"""
        return cls.env["finance.connector.definition"].search([("code", "=", code), ("state", "=", "active")])

    @classmethod
    def running(cls, system):
        running = Running(system)
        cls.addClassCleanup(running.stop)
        return running

    @classmethod
    def connect(cls, running, code, *, secrets=None, values="", **more):
        """:return: an active connection to a stand-in"""
        connection = cls.make_connection(
            "finance.adapter.declarative",
            name=code,
            definition_id=cls.described(code).id,
            definition_values_text=values,
            http_base_url=running.url,
            http_networks="127.0.0.0/8",
            http_allow_plain=True,
            **more,
        )
        for key, value in (secrets or {}).items():
            cls.env["finance.secret"]._put(connection, key, value)
        return connection

    @classmethod
    def feed(cls, connection, name, **values):
        return cls.make_flow(
            connection,
            name=name,
            handler="finance.handler.definition.feed",
            definition_feed=name,
            fetch_interval=15,
            **values,
        )

    @classmethod
    def documents(cls, connection, **values):
        return cls.make_flow(
            connection,
            name="Documents",
            handler="finance.handler.received",
            document_post="post",
            held_blocks=False,
            **values,
        )

    def fetch(self, flow):
        """Read a list as the schedule does; :return: the messages that came of it on the document flow"""
        flow._enqueue_fetch(self.env.cr.now())
        before = self.env["finance.message"].search([], limit=1, order="id desc").id
        self.drain()
        return self.env["finance.message"].search(
            [("flow_id", "=", flow._document_flow().id), ("id", ">", before)], order="id"
        )

    @classmethod
    def map(cls, connection, kind, code, record):
        """An approved mapping of a code of the other side."""
        return (
            cls.env["finance.mapping"]
            .sudo()
            .create(
                {
                    "domain_id": cls.env["finance.mapping.domain"].search([("code", "=", kind)]).id,
                    "connection_id": connection.id,
                    "code": code,
                    "res_id": record.id,
                    "state": "active",
                }
            )
        )

    def fixed(self, connection, kind, code, record):
        """Map what a document waits for, as a steward does: it goes on."""
        mapping = self.map(connection, kind, code, record)
        key = self.env["finance.mapping"]._waiting_key(connection, kind, code)
        self.env["finance.message"]._resume_waiting(key)
        return mapping

    def made_of(self, connection, kind, external_id):
        """:return: the record that a document of the other side has become"""
        return self.env["finance.document"]._known(connection, kind, str(external_id))

    @classmethod
    def bank_journal(cls):
        return cls.env["account.journal"].search([("company_id", "=", cls.company.id), ("type", "=", "bank")], limit=1)

    @classmethod
    def sale_tax(cls, amount, name=None):
        return cls.env["account.tax"].create(
            {
                "name": name or f"Sale {amount}",
                "amount": amount,
                "type_tax_use": "sale",
                "company_id": cls.company.id,
                "country_id": cls.company.account_fiscal_country_id.id,
            }
        )
