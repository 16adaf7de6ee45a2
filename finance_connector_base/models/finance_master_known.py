from odoo import api, fields, models


class FinanceMasterKnown(models.Model):
    """How another system's record was when we last heard of it, or last told it.

    Of the fields only digests are kept: enough to see which of them the other side has changed since,
    so that what it only repeats does not undo what was changed in Odoo meanwhile. An older revision,
    and our own change coming back, are known by the number.
    """

    _name = "finance.master.known"
    _description = "Last Known State of a Record"
    _log_access = False
    _rec_name = "external_id"
    _allow_sudo_commands = False

    connection_id = fields.Many2one("finance.connection", required=True, readonly=True, ondelete="cascade")
    domain = fields.Char(required=True, readonly=True)
    external_id = fields.Char(required=True, readonly=True)
    revision = fields.Integer(readonly=True, aggregator=None)
    marks = fields.Json(readonly=True)

    _one_per_record = models.UniqueIndex("(connection_id, domain, external_id)")

    @api.model
    def _revisions(self, connection, domain, external_ids):
        """:return: dict external id -> last known revision"""
        rows = self._rows(connection, domain, external_ids)
        return {row.external_id: row.revision for row in rows}

    @api.model
    def _changed(self, connection, obj):
        """:return: set of the fields that the other side has changed since, or None when nothing is known of it"""
        row = self._rows(connection, obj.domain, [obj.external_id])
        if not row:
            return None
        return {name for name, mark in obj.marks().items() if row.marks.get(name) != mark}

    @api.model
    def _note(self, connection, obj, revision):
        """Remember an object as it is over there; an older revision changes nothing."""
        row = self._rows(connection, obj.domain, [obj.external_id])
        if not row:
            self.sudo().create(  # sudo: internal rows without access rights
                {
                    "connection_id": connection.id,
                    "domain": obj.domain,
                    "external_id": obj.external_id,
                    "revision": revision,
                    "marks": obj.marks(),
                }
            )
        elif row.revision <= revision:
            # what is not said stays as it was
            row.write({"revision": revision, "marks": {**row.marks, **obj.marks()}})

    @api.model
    def _rows(self, connection, domain, external_ids):
        return self.sudo().search(  # sudo: internal rows without access rights, asked by the engine
            [
                ("connection_id", "=", connection.id),
                ("domain", "=", domain),
                ("external_id", "in", list(external_ids)),
            ]
        )
