import json

from psycopg2.extras import Json as PsycopgJson

from odoo import fields


class SealedJson(fields.Json):
    """JSON that the database holds as ciphertext as soon as the server has a master key (B-43).

    The column stays jsonb: a text in it is ciphertext (see ``finance.content.key``), anything else was written
    before there was a key. It is opened when it is read, one record at a time, and never searched. A record that
    is made by ``create`` is sealed when it has its number: its model inherits ``finance.sealed.content``.
    """

    def convert_to_record(self, value, record):
        # EXTENDS: the cache has what the database has until somebody reads it
        if isinstance(value, str):
            value = json.loads(record.env["finance.content.key"]._open(record, self.name, value))
            self._update_cache(record, value)
        return super().convert_to_record(value, record)

    def convert_to_column(self, value, record, values=None, validate=True):
        # EXTENDS
        if validate:
            value = self.convert_to_cache(value, record)
        if value is None or isinstance(value, str):
            return None if value is None else PsycopgJson(value)
        text = record.env["finance.content.key"]._close(record, self.name, json.dumps(value))
        return PsycopgJson(text, dumps=str)
