import json

from odoo import api, fields, models

from ..trail import keys
from ..trail.canonical import FACTS, moment


class FinanceAuditExport(models.AbstractModel):
    """Writes the trail as lines of JSON, for the verifier that needs no Odoo (``verifier/verify_trail.py``)."""

    _name = "finance.audit.export"
    _description = "Export of the Audit Trail"

    @api.model
    def _lines(self, after=None, until=None):
        """Yield the lines of a part without gaps.

        :param after: begins after this checkpoint; None: with the first entry
        :param until: ends with this checkpoint; None: with the last seal
        """
        checkpoints = self.env["finance.audit.checkpoint"].sudo()  # sudo: the caller has checked who asks
        yield from self._preamble(is_complete=not (after or until))
        if after:
            start = {"seq": after.size, "chain": after._chain().hex(), "frontier": after.frontier.split()}
            yield self._line("start", **start, head=after._signed().text())
        else:
            yield self._line("start", seq=0)
        domain = [("number", ">", after.number if after else 0)]
        if until:
            domain.append(("number", "<=", until.number))
        heads = [(head.size, head._signed().text()) for head in checkpoints.search(domain, order="number")]
        count = 0
        for row in self.env["finance.audit.reader"]._rows(after.size if after else 0, until.size if until else None):
            while heads and heads[0][0] < row.seq:
                yield self._line("head", text=heads.pop(0)[1])
            yield self._line("entry", **self._entry(row))
            count += 1
        for _size, text in heads:
            yield self._line("head", text=text)
        yield from self._anchored()
        yield self._line("end", entries=count)

    @api.model
    def _line(self, what, /, **facts):
        """:return: one line"""
        return json.dumps({"type": what, **facts}, separators=(",", ":")) + "\n"

    @api.model
    def _preamble(self, *, is_complete=True):
        """Yield who says it, and the public keys."""
        # sudo: an id, not a secret
        origin = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        yield self._line("trail", version=1, complete=is_complete, origin=origin, at=moment(fields.Datetime.now()))
        public = self.env["finance.audit.key"].sudo()  # sudo: public halves
        for key in public.search([("purpose", "=", keys.SIGN)], order="id"):
            yield self._line("key", name=key.name, public=key.public)
        for guard in self.env["finance.audit.reader"]._guards():
            yield self._line("guard", **guard._asdict())
        yield self._line("guards")

    @api.model
    def _entry(self, row):
        facts = None
        if row.facts is not None:
            facts = {name: value for name, value in zip(FACTS, row.facts, strict=True) if value is not None}
            facts["at"] = moment(row.facts.at)
        return {
            "seq": row.seq,
            "number": row.number,
            "leaf": row.leaf.hex(),
            "chain": row.chain.hex(),
            "chain_key": row.key,
            "mac": row.mac.hex(),
            "facts": facts,
        }

    @api.model
    def _anchored(self):
        """Yield heads that were kept outside, and what timestamp authorities have signed."""
        for found in self.env["finance.audit.anchor"]._kept_outside():
            if found.head:
                yield self._line("anchor", text=found.head.text())
        yield from self._stamps()

    @api.model
    def _stamps(self, until=None):
        """Yield tokens of timestamp authorities, up to a checkpoint."""
        domain = [("kind", "=", "finance.anchor.timestamp"), ("number", "<=", until.number if until else 2**31 - 1)]
        # sudo: as above
        for receipt in self.env["finance.audit.receipt"].sudo().search(domain, order="id"):
            yield self._line("stamp", number=receipt.number, anchor=receipt.anchor_name, token=receipt.receipt)
