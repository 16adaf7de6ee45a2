import logging

from odoo import api, models
from odoo.exceptions import AccessError, MissingError
from odoo.tools import SQL

from odoo.addons.finance_connector_base.safe import crypto, masking
from odoo.addons.finance_connector_base.safe import keys as master_keys

from ..trail import keys
from ..trail.canonical import FACTS, VERSION, Facts, clean, digest, plain_json

_logger = logging.getLogger(__name__)

#: where a record says which company it belongs to, the first that is there
_COMPANY_PATHS = ("company_id", "connection_id.company_id", "flow_id.company_id", "message_id.company_id")


class FinanceAudit(models.AbstractModel):
    _inherit = "finance.audit"

    @api.model
    def _record(self, event, record, *, reason=None, before=None, after=None, correlation_id=None):
        """OVERRIDE: write the entry into the trail, in the transaction of what it is about.

        No lock, no chain, no read of other entries: writers never wait for each other (docs/audit-trail.md).
        """
        key, name = self._row_key()
        numbers = self._draw_numbers(max(len(record), 1))
        texts = {"reason": clean(reason), "before": plain_json(before), "after": plain_json(after)}
        rows = [
            Facts(
                number=number,
                at=self.env.cr.now(),
                event=event,
                user_ref=record.env.uid,
                user_login=clean(record.env.user.login),
                correlation_id=clean(correlation_id),
                key=name,
                **self._snapshot(one),
                **texts,
            )
            for number, one in zip(numbers, record or [record], strict=True)
        ]
        self._insert(rows, key)

    @api.model
    def _row_key(self):
        """:return: (key that protects rows, its name), or twice None when the server has no master key"""
        try:
            key = keys.derive(master_keys.load_ring().current, keys.ROW)
        except crypto.KeyMissing as error:
            _logger.warning("audit entries are written WITHOUT protection, the server has no master key: %s", error)
            return None, None
        return key, keys.name_of(key, keys.ROW)

    @api.model
    def _draw_numbers(self, count):
        # the transaction gets its number first: the sealer concludes from it what may still be on its way
        self.env.cr.execute(
            "SELECT pg_current_xact_id(), nextval('finance_audit_entry_id_seq') FROM generate_series(1, %s)", (count,)
        )
        return [number for _transaction, number in self.env.cr.fetchall()]

    @api.model
    def _snapshot(self, record):
        """:return: what the record is called now: it may be renamed, archived or deleted later"""
        # sudo: facts about what was done, whoever did it
        record = record.sudo()
        facts = {"model": record._name, "res_id": None, "record_name": None, "company_ref": None}
        if not record or not record._origin:
            return facts
        try:
            facts |= {
                "res_id": record._origin.id,
                "record_name": clean(self._name_of(record)),
                "company_ref": self._company_of(record),
            }
        except (AccessError, MissingError):
            facts["res_id"] = record._origin.id
        return facts

    @api.model
    def _name_of(self, record):
        """:return: what people call it; an account number as it may be shown to anybody"""
        if record._name == "res.partner.bank":
            return masking.mask_account(record.acc_number or "")
        return masking.mask_text(record.display_name or "")

    @api.model
    def _company_of(self, record):
        if record._name == "res.company":
            return record.id
        for path in _COMPANY_PATHS:
            names = path.split(".")
            if names[0] in record._fields:
                return record.mapped(path)[:1].id or None
        return None

    @api.model
    def _insert(self, rows, key):
        values = []
        for facts in rows:
            content = digest(facts)
            values.append(
                SQL(
                    "(%s)",
                    SQL(", ").join(
                        [
                            *(SQL("%s", value) for value in facts),
                            SQL("%s", VERSION),
                            SQL("%s", content.hex()),
                            SQL("%s", keys.mac(key, content).hex() if key else None),
                        ]
                    ),
                )
            )
        columns = ["id" if name == "number" else name for name in FACTS]
        self.env.cr.execute(
            SQL(
                "INSERT INTO finance_audit_entry (%s) VALUES %s",
                SQL(", ").join(SQL.identifier(name) for name in [*columns, "version", "digest", "mac"]),
                SQL(", ").join(values),
            )
        )
