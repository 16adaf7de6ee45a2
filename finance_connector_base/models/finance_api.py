import hashlib
import json
from datetime import datetime

from odoo import api, models, tools

from ..api.contract import Page
from ..api.cursor import Cursors
from ..api.endpoints import BASE, ENDPOINTS
from ..api.identifiers import PublicNames
from ..api.openapi import document
from ..api.problem import Problem


class FinanceApi(models.AbstractModel):
    """What the interface answers. A module adds endpoints by ``_endpoints`` and a method for each.

    The method of an endpoint is its name in words with ``_do_`` before it: ``listInvoices`` is ``_do_list_invoices``.
    It runs as the user of the program, in the companies of the program, and returns the contract of the answer.
    """

    _name = "finance.api"
    _description = "Interface for Programs"

    @api.model
    def _endpoints(self):
        """:return: dict name -> :class:`~..api.endpoints.Endpoint`; EXTENDS by modules"""
        return dict(ENDPOINTS)

    @api.model
    def _described(self, server):
        """:return: the document of the interface, at an address such as ``https://erp.example.com``

        It is made once: everybody may ask for it, and making it takes longer than most answers.
        """
        described = json.loads(self._document(hashlib.sha256(repr(self._endpoints()).encode()).hexdigest()))
        described["servers"] = [{"url": server.rstrip("/") + BASE}]
        return described

    @api.model
    @tools.ormcache("version")
    def _document(self, version):
        return json.dumps(document(self._endpoints(), rights=self.env["finance.api.right"]._known()))

    @api.model
    def _secret(self):
        # sudo: the secret of this database, for names and cursors only
        return self.env["ir.config_parameter"].sudo().get_param("database.secret")

    @api.model
    def _names(self):
        """:return: :class:`~..api.identifiers.PublicNames` of this database"""
        return PublicNames(self._secret())

    @api.model
    def _named(self, model, kind, name, domain=()):
        """:return: the record of a public name
        :raise Problem: ``not_found``: there is none, or none for this program; it is not said which
        """
        number = self._names().read(kind, name)
        record = self.env[model].search([("id", "=", number), *domain], limit=1) if number else None
        if not record:
            raise Problem("not_found")
        return record

    @api.model
    def _page(self, name, model, domain, query: Page, order):
        """Read a part of a list, from the place where the part before ended.

        :param order: names of two fields; the second one is ``id``
        :return: (records, cursor of the next part or None)
        """
        filters = json.loads(query.model_dump_json(exclude={"cursor", "limit"}))
        cursors = Cursors(self._secret())
        field = order[0]
        if field == "write_date":
            domain = [*domain, ("write_date", "<", self._settled_until())]
        if query.cursor:
            value, last = cursors.read(name, filters, query.cursor)
            value = value if isinstance(value, int) else datetime.fromisoformat(value)
            domain = [*domain, "|", (field, ">", value), "&", (field, "=", value), ("id", ">", last)]
        records = self.env[model].search(domain, order=f"{field}, id", limit=query.limit + 1)
        if len(records) <= query.limit:
            return records, None
        records = records[: query.limit]
        value = records[-1][field]
        place = [value if isinstance(value, int) else value.isoformat(), records[-1].id]
        return records, cursors.write(name, filters, place)

    @api.model
    def _settled_until(self):
        """Records are dated by the beginning of the transaction that changes them, and seen when it ends: one that is
        under way may bring something before what a program has read already.

        :return: the time up to which nothing can come any more
        """
        self.env.cr.execute(
            """
            SELECT COALESCE(min(xact_start), clock_timestamp()) AT TIME ZONE 'UTC' FROM pg_stat_activity
             WHERE datname = current_database() AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()
            """
        )
        return self.env.cr.fetchone()[0]
