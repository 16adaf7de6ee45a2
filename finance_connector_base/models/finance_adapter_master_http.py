from urllib.parse import quote

from odoo import api, fields, models

from ..canonical import CanonicalError, Page
from ..canonical.exchange import read_digests, read_objects, read_page, read_told
from ..engine.errors import MalformedError, TransientError
from ..transports.http import Bearer

#: secret with the token that proves who we are
TOKEN = "token"


class FinanceAdapterMasterHttp(models.AbstractModel):
    """A system of record that speaks the HTTP form of ``docs/master-data-over-http.md``."""

    _name = "finance.adapter.master.http"
    _inherit = "finance.adapter"
    _description = "Master Data over HTTP"

    _supports = frozenset({"check", "master", "master_changes"})
    _uses_http = True

    @api.model
    def _client(self, connection):
        keys = set(connection.sudo().secret_ids.mapped("key"))  # sudo: which secrets there are, not what they say
        return connection._http(authorization=Bearer(token=connection._secret(TOKEN)) if TOKEN in keys else None)

    @api.model
    def _read(self, connection, read, *arguments, **options):
        """:raise MalformedError: the other side does not keep to the form"""
        try:
            return read(*arguments, **options)
        except CanonicalError as error:
            raise MalformedError(
                self.env._("%(system)s: %(why)s.", system=connection.name, why=error), reason="master_malformed"
            ) from None

    @api.model
    def _check(self, connection):
        with self._client(connection) as client:
            domains = client.get("").json().get("domains")
        known = self.env["finance.master"]._domains()
        if not isinstance(domains, list) or not all(isinstance(name, str) for name in domains):
            raise MalformedError(
                self.env._("%s does not say which master data it has.", connection.name), reason="master_malformed"
            )
        return self.env._(
            "The system answers and has: %s.", ", ".join(name for name in sorted(domains) if name in known) or "-"
        )

    # -- what is there -------------------------------------------------------------------------

    @api.model
    def _master_changes(self, connection, domain, position, limit):
        position = position or {}
        query = {"limit": limit, **({"after": position["after"]} if position.get("after") else {})}
        tag = {"If-None-Match": position["etag"]} if position.get("etag") else {}
        with self._client(connection) as client:
            answer = client.get(f"{domain}/changes", query=query, headers=tag, expect={304, 410})
            if answer.status == 410:
                # it has forgotten the position: from the start, what we know is passed over
                answer = client.get(f"{domain}/changes", query={"limit": limit})
        if answer.status == 304:
            return Page(changes=(), position=position, more=False)
        changes, after, more = self._read(connection, read_page, answer.json())
        etag = answer.headers.get("etag", "")
        return Page(changes=changes, position={"after": after, "etag": "" if changes else etag}, more=more)

    @api.model
    def _master_digests(self, connection, domain, after, limit):
        query = {"limit": limit, **({"after": after} if after else {})}
        with self._client(connection) as client:
            answer = client.get(f"{domain}/digests", query=query)
        return self._read(connection, read_digests, answer.json())

    @api.model
    def _master_objects(self, connection, domain, external_ids):
        with self._client(connection) as client:
            answer = client.post(f"{domain}/lookup", json={"ids": list(external_ids)}, may_repeat=True)
        objects, failed = self._read(connection, read_objects, answer.json())
        if failed:
            raise TransientError(
                self.env._(
                    "%(system)s cannot give %(count)s record(s) just now.", system=connection.name, count=len(failed)
                )
            )
        return objects

    # -- what is told --------------------------------------------------------------------------

    @api.model
    def _send_master(self, connection, obj, *, key, revision=None):
        body = obj.to_dict()
        with self._client(connection) as client:
            if obj.external_id is None:
                # recognised by its source_id, so that it may be repeated
                answer = client.post(f"{obj.domain}/records", json=body, idempotency_key=key, may_repeat=True)
                return self._read(connection, read_told, answer.json())
            answer = client.request(
                "PUT",
                f"{obj.domain}/records/{quote(obj.external_id, safe='')}",
                json=body,
                headers={"If-Match": f'"{revision}"'} if revision else {},
                idempotency_key=key,
                expect={412},
            )
        return self._read(connection, read_told, answer.json(), conflict=answer.status == 412)


class FinanceConnection(models.Model):
    _inherit = "finance.connection"

    adapter = fields.Selection(
        selection_add=[("finance.adapter.master.http", "Master data over HTTP")],
        ondelete={"finance.adapter.master.http": "cascade"},
    )
