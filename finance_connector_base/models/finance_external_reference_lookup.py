from odoo import api, models
from odoo.tools import SQL


class FinanceExternalReference(models.Model):
    """References from both ends, through merges: the reference stays, its record may have become another."""

    _inherit = "finance.external.reference"

    @api.model
    def _find(self, connection, object_type, external_ids):
        # EXTENDS: follow what was merged since
        found = super()._find(connection, object_type, external_ids)
        aliases = self.env["finance.record.alias"]._current(found.values())
        return {external_id: aliases.get(target, target) for external_id, target in found.items()}

    @api.model
    def _external_ids(self, connection, object_type, res_model, res_ids):
        """:return: dict record id -> its (latest) external id over there"""
        if not res_ids:
            return {}
        self.flush_model()
        self.env["finance.record.alias"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT COALESCE(a.current_id, r.res_id), r.external_id
                  FROM finance_external_reference r
             LEFT JOIN finance_record_alias a ON a.res_model = r.res_model AND a.old_id = r.res_id
                 WHERE r.connection_id = %s AND r.object_type = %s AND r.res_model = %s
                   AND (r.res_id = ANY(%s) OR a.current_id = ANY(%s))
              ORDER BY a.current_id IS NULL, r.id
                """,
                connection.id,
                object_type,
                res_model,
                list(res_ids),
                list(res_ids),
            )
        )
        # its own reference wins over those of records merged into it
        return {res_id: external_id for res_id, external_id in rows if res_id in set(res_ids)}

    @api.model
    def _linking(self, res_model, res_ids):
        """:return: dict record id -> set of (connection id, company id) that know the record"""
        found = {res_id: set() for res_id in res_ids}
        if not found:
            return found
        self.flush_model()
        self.env["finance.record.alias"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT COALESCE(a.current_id, r.res_id), r.connection_id, r.company_id
                  FROM finance_external_reference r
             LEFT JOIN finance_record_alias a ON a.res_model = r.res_model AND a.old_id = r.res_id
                 WHERE r.res_model = %s AND (r.res_id = ANY(%s) OR a.current_id = ANY(%s))
                """,
                res_model,
                list(found),
                list(found),
            )
        )
        for res_id, connection_id, company_id in rows:
            if res_id in found:
                found[res_id].add((connection_id, company_id))
        return found
