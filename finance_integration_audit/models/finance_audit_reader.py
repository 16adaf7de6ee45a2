from odoo import api, models
from odoo.tools import SQL

from ..trail import guards
from ..trail.canonical import FACTS, Facts
from ..trail.chain import read_hex
from ..trail.examine import Row

#: rows read at once
PAGE = 2000


class FinanceAuditReader(models.AbstractModel):
    """Reads the trail in the order of its seals, some rows at a time."""

    _name = "finance.audit.reader"
    _description = "Reader of the Audit Trail"

    @api.model
    def _rows(self, after, until=None):
        """Yield each :class:`~..trail.examine.Row` after this place, and up to that one."""
        columns = SQL(", ").join(SQL.identifier("e", "id" if name == "number" else name) for name in FACTS)
        while True:
            self.env.cr.execute(
                SQL(
                    "SELECT s.id, s.number, s.leaf, s.chain, s.key, e.mac, %s"
                    " FROM finance_audit_seal s LEFT JOIN finance_audit_entry e ON e.id = s.number"
                    " WHERE s.id > %s AND s.id <= %s ORDER BY s.id LIMIT %s",
                    columns,
                    after,
                    2**31 - 1 if until is None else until,
                    PAGE,
                )
            )
            found = self.env.cr.fetchall()
            for seq, number, leaf, chain, key, mac, *facts in found:
                yield Row(
                    seq,
                    number,
                    read_hex(leaf),
                    read_hex(chain),
                    key or "",
                    Facts(*facts) if facts[0] is not None else None,
                    read_hex(mac),
                )
            if len(found) < PAGE:
                return
            after = found[-1][0]

    @api.model
    def _leaves(self, until, after=0):
        """Yield the leaf of each place after that one, up to this one."""
        while after < until:
            self.env.cr.execute(
                "SELECT id, leaf FROM finance_audit_seal WHERE id > %s AND id <= %s ORDER BY id LIMIT %s",
                (after, until, PAGE),
            )
            if not (found := self.env.cr.fetchall()):
                return
            yield from (read_hex(leaf) for _seq, leaf in found)
            after = found[-1][0]

    @api.model
    def _guards(self):
        """:return: what the catalog says about the tables of the trail, as :class:`~..trail.guards.Guard`"""
        self.env.cr.execute(guards.QUERY, (list(guards.TABLES),))
        return [guards.guard(*row) for row in self.env.cr.fetchall()]
