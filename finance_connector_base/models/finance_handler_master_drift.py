from odoo import api, fields, models

from ..canonical import CanonicalError, parse
from ..engine.envelope import Envelope
from ..engine.errors import MalformedError
from ..engine.outcome import Done

#: records asked for and compared together
PAGE = 500


class FinanceHandlerMasterDrift(models.AbstractModel):
    """Compares one page of a domain with the other side; the next page is a message of its own.

    A page is a run of external ids in ascending order, so what is missing over there is what we
    know between its first and its last id: nothing has to be remembered between pages, and a
    comparison goes on where it stopped.
    """

    _name = "finance.handler.master.drift"
    _inherit = "finance.handler"
    _description = "Compare Master Data"

    _calls_out = True
    _held_blocks = False

    @api.model
    def _call(self, message):
        data = message.data
        connection = message.connection_id
        adapter = connection._adapter()
        digests, is_last = adapter._master_digests(connection, data["domain"], data.get("after"), PAGE)
        names = [name for name, _digest in digests]
        if names != sorted(set(names)) or (names and data.get("after") and names[0] <= data["after"]):
            raise MalformedError(
                self.env._("%s does not list its records in the order of their ids.", connection.name),
                reason="master_malformed",
            )
        master = self.env["finance.master"]._of(data["domain"])
        ours = self._ours(master, connection, names)
        # public: digests tell what differs, they keep nobody out
        wanted = [name for name, digest in digests if name not in ours or ours[name][1].digest() != digest]
        theirs = adapter._master_objects(connection, data["domain"], wanted) if wanted else []
        return {"names": names, "is_last": is_last, "theirs": theirs}

    @api.model
    def _ours(self, master, connection, names):
        """:return: dict external id -> (record id, object) of those that Odoo has"""
        found = self.env["finance.external.reference"]._find(connection, master._code(), names)
        ids = {name: res_id for name, (_model, res_id) in found.items()}
        records = self.env[master._records].with_context(active_test=False).browse(ids.values()).exists()
        objects = master._export(records, connection)
        return {name: (res_id, objects[res_id]) for name, res_id in ids.items() if res_id in objects}

    @api.model
    def _settle(self, message, answer):
        data = message.data
        master = self.env["finance.master"]._of(data["domain"])
        connection = message.connection_id
        drift = self.env["finance.master.drift"]
        names = answer["names"]
        ours = self._ours(master, connection, [item.get("external_id") for item in answer["theirs"]])
        counts = dict.fromkeys(("differing", "missing_here", "missing_there"), 0)
        for item in answer["theirs"]:
            obj = master._normalise(self._parse(item))
            if obj.external_id not in ours:
                counts["missing_here"] += drift._found(message, master, obj, None, "missing_here", [])
                continue
            record_id, mine = ours[obj.external_id]
            differences = mine.differences(obj)
            if differences:
                counts["differing"] += drift._found(message, master, obj, record_id, "differing", differences)
        last = None if answer["is_last"] else names[-1]
        counts["missing_there"] = drift._find_missing_there(message, master, data.get("after"), last, names)
        drift._settled(message, master, data.get("after"), last, data["run"])
        if answer["is_last"]:
            self._settle_earlier(message, [("order_key", "=", message.order_key)])
        else:
            self._enqueue(message.flow_id, data["domain"], after=last, run=data["run"])
        return Done(result={"compared": len(names), **counts})

    @api.model
    def _parse(self, item):
        try:
            return parse(item)
        except CanonicalError as error:
            raise MalformedError(self.env._("The data cannot be read: %s.", error), reason="master_malformed") from None

    @api.model
    def _enqueue(self, flow, domain, *, after=None, run):
        return self.env["finance.message"]._enqueue(
            flow,
            [
                Envelope(
                    subject=self.env._("Compare %(domain)s after %(name)s", domain=domain, name=after or "-"),
                    data={"domain": domain, "after": after, "run": run},
                    order_key=f"drift:{domain}",
                    dedupe_key=f"drift:{domain}:{run}:{after or ''}",
                )
            ],
        )


class FinanceFlow(models.Model):
    _inherit = "finance.flow"

    handler = fields.Selection(
        selection_add=[("finance.handler.master.drift", "Compare master data")],
        ondelete={"finance.handler.master.drift": "cascade"},
    )


class FinanceAdapter(models.AbstractModel):
    _inherit = "finance.adapter"

    @api.model
    def _master_digests(self, connection, domain, after, limit):
        """Say what the other side has, a page at a time, in ascending order of code points.

        :param after: external id the page begins after, or None
        :return: (list of (external id, digest of the canonical object or None), whether this is the last page)
        """
        raise NotImplementedError(self._name)

    @api.model
    def _master_objects(self, connection, domain, external_ids):
        """:return: list of canonical objects as dicts, of those that exist"""
        raise NotImplementedError(self._name)
