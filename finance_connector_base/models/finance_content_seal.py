import json

from odoo import api, models
from odoo.tools import SQL

from .sealed_json import SealedJson

#: rows looked at per transaction
BATCH = 500
#: how far each column is sealed
POSITIONS = "finance_connector_base.content_sealed_until"


class FinanceContentKey(models.Model):
    """What was stored in clear before there was a master key is sealed in the background."""

    _inherit = "finance.content.key"

    @api.model
    def _content_columns(self):
        """:return: list of (model, field) of everything that holds sealed content"""
        return [
            (name, field.name)
            for name, model in sorted(self.env.registry.items())
            if not model._abstract
            for field in model._fields.values()
            if isinstance(field, SealedJson) and field.store
        ]

    @api.model
    def _positions(self):
        # sudo: numbers of rows
        return json.loads(self.env["ir.config_parameter"].sudo().get_param(POSITIONS) or "{}")

    @api.model
    def _waits_for_sealing(self):
        """Say whether there is a column that nobody has begun to seal."""
        positions = self._positions()
        return self._is_sealing() and any(f"{name}.{field}" not in positions for name, field in self._content_columns())

    @api.model
    def _seal_earlier(self, name, field, after=None, limit=BATCH):
        """Seal one batch of a column; how far all is sealed is kept with it.

        What a worker has in hand is left alone and looked at again by the next run: its transaction must not meet
        ours.

        :param after: id where the batch before ended
        :return: (rows sealed, rows left alone, last id or None at the end)
        """
        positions = self._positions()
        key = f"{name}.{field}"
        position = positions.get(key, 0)
        after = position if after is None else after
        records = self.env[name].sudo()  # sudo: sealed without being shown
        records.flush_model()
        table, column = SQL.identifier(records._table), SQL.identifier(field)
        self.env.cr.execute(
            SQL(
                "SELECT id, jsonb_typeof(%s) IN ('object', 'array') FROM %s WHERE id > %s ORDER BY id LIMIT %s",
                column,
                table,
                after,
                limit,
            )
        )
        page = self.env.cr.fetchall()
        clear = [number for number, is_clear in page if is_clear]
        done = self._seal_rows(records, field, table, column, clear)
        left = sorted(set(clear) - set(done))
        end = page[-1][0] if page else after
        if after == position:
            positions[key] = left[0] - 1 if left else end
            # sudo: as above
            self.env["ir.config_parameter"].sudo().set_param(POSITIONS, json.dumps(positions, sort_keys=True))
        return len(done), len(left), end if len(page) == limit else None

    @api.model
    def _seal_rows(self, records, field, table, column, ids):
        if not ids:
            return []
        self.env.cr.execute(
            SQL(
                "SELECT id, %s::text FROM %s WHERE id = ANY(%s) AND %s ORDER BY id FOR NO KEY UPDATE SKIP LOCKED",
                column,
                table,
                ids,
                SQL("state <> 'processing'") if records._name == "finance.message" else SQL("TRUE"),
            ),
            log_exceptions=False,
        )
        rows = self.env.cr.fetchall()
        batch = records.browse([number for number, _text in rows])
        sealers, sealed = {}, []
        for record, (_number, text) in zip(batch, rows, strict=True):
            belongs = (record.company_id.id, self._environment_of(record))
            if belongs not in sealers:
                sealers[belongs] = self._sealer(*belongs)
            sealed.append(sealers[belongs](text, self._place_of(record, field)))
        self.env.cr.execute(
            SQL(
                "UPDATE %s t SET %s = v.sealed::jsonb FROM unnest(%s::int[], %s::text[]) v (id, sealed)"
                " WHERE t.id = v.id",
                table,
                column,
                batch.ids,
                sealed,
            ),
            log_exceptions=False,
        )
        batch.invalidate_recordset(flush=False)
        return batch.ids
