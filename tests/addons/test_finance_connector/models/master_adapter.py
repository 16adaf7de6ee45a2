import dataclasses
from collections import defaultdict

from odoo import fields, models

from odoo.addons.finance_connector_base.canonical import Told, parse
from odoo.addons.finance_connector_base.engine.errors import TransientError

#: connection id -> domain -> external id -> what the other side keeps, as JSON-able data
BOOKS = defaultdict(lambda: defaultdict(dict))
#: connection id -> what it was sent, in order
SENT = defaultdict(list)
#: connection id -> external ids whose fields were asked for
ASKED = defaultdict(list)


class FinanceAdapterTestMaster(models.AbstractModel):
    """Another system with master data of its own, kept in memory."""

    _name = "finance.adapter.test.master"
    _inherit = "finance.adapter"
    _description = "Test Adapter with Master Data"

    _supports = frozenset({"check", "master"})

    def _check(self, connection):
        return "Reached."

    def _send_master(self, connection, obj, *, key, revision=None):
        if "unreachable" in connection.name:
            raise TransientError("Nobody answers.")
        books = BOOKS[connection.id][obj.domain]
        name = obj.external_id
        if name is None:
            known = [key for key, data in books.items() if data.get("source_id") == obj.source_id]
            name = known[0] if known else f"{obj.domain}-{len(books) + 1}"
        books[name] = {**books.get(name, {}), **dataclasses.replace(obj, external_id=name).to_dict()}
        SENT[connection.id].append(parse(books[name]))
        return Told(external_id=name)

    def _master_digests(self, connection, domain, after, limit):
        books = BOOKS[connection.id][domain]
        names = sorted(name for name in books if after is None or name > after)
        page = [(name, parse(books[name]).digest()) for name in names[:limit]]
        if "disorderly" in connection.name:
            page.reverse()
        return page, len(names) <= limit

    def _master_objects(self, connection, domain, external_ids):
        ASKED[connection.id] += external_ids
        return [BOOKS[connection.id][domain][name] for name in external_ids]

    def _asked(self, connection):
        """:return: ids whose fields were asked for since last asked"""
        asked, ASKED[connection.id] = ASKED[connection.id], []
        return asked

    def _books(self, connection):
        return BOOKS[connection.id]

    def _sent(self, connection):
        """:return: what was sent since last asked"""
        sent, SENT[connection.id] = SENT[connection.id], []
        return sent

    def _forget(self):
        BOOKS.clear()
        SENT.clear()
        ASKED.clear()


class FinanceConnection(models.Model):
    _inherit = "finance.connection"

    adapter = fields.Selection(
        selection_add=[("finance.adapter.test.master", "Test with master data")],
        ondelete={"finance.adapter.test.master": "cascade"},
    )
