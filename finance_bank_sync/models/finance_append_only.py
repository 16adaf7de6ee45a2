from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import SQL


class FinanceAppendOnly(models.AbstractModel):
    """Evidence: rows are added and stay as they are, for everybody.

    Code refuses to change them, and so does the database, for its owner and whatever is typed into a console
    (RELIABILITY, attacks on evidence). A model that inherits this keeps its company as a plain field: a stored
    related one would be written after the row.
    """

    _name = "finance.append.only"
    _description = "Rows that are Added, Never Changed"
    _log_access = False

    def init(self):
        super().init()
        if self._abstract or not self._auto:
            return
        self.env.cr.execute(
            """
            CREATE OR REPLACE FUNCTION finance_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'Rows of % are evidence: they are added, never changed', TG_TABLE_NAME
                      USING ERRCODE = 'insufficient_privilege';
            END $$
            """
        )
        for query in (
            "CREATE OR REPLACE TRIGGER finance_append_only_rows BEFORE UPDATE OR DELETE ON %s "
            "FOR EACH ROW EXECUTE FUNCTION finance_append_only()",
            "CREATE OR REPLACE TRIGGER finance_append_only_all BEFORE TRUNCATE ON %s "
            "FOR EACH STATEMENT EXECUTE FUNCTION finance_append_only()",
        ):
            self.env.cr.execute(SQL(query, SQL.identifier(self._table)))

    def write(self, vals):  # pylint: disable=method-required-super  # nothing is written
        """OVERRIDE: nobody changes evidence."""
        raise AccessError(self.env._("This is kept as it was written."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise AccessError(self.env._("This is kept as it was written."))
