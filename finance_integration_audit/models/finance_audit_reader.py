from odoo import api, models
from odoo.tools import SQL

from ..trail.canonical import FACTS, Facts
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
                    _bytes(leaf),
                    _bytes(chain),
                    key or "",
                    Facts(*facts) if facts[0] is not None else None,
                    _bytes(mac),
                )
            if len(found) < PAGE:
                return
            after = found[-1][0]


def _bytes(text):
    """:return: what hexadecimal text says; whatever else was written there says nothing"""
    try:
        return bytes.fromhex(text or "")
    except ValueError:
        return b""
