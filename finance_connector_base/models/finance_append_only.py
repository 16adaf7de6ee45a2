from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

#: the only change that is let through: a link, named when the trigger was made, whose record has gone
FUNCTION = """
CREATE OR REPLACE FUNCTION finance_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND TG_NARGS > 0 THEN
        IF to_jsonb(NEW) - TG_ARGV[0] = to_jsonb(OLD) - TG_ARGV[0] AND to_jsonb(NEW) ->> TG_ARGV[0] IS NULL THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'Rows of % are evidence: they are added, never changed', TG_TABLE_NAME
          USING ERRCODE = 'restrict_violation';
END $$
"""


class FinanceAppendOnly(models.AbstractModel):
    """Evidence: rows are added and stay as they are, for everybody.

    Code refuses to change them, and so does the database, for its owner and whatever is typed into a console
    (RELIABILITY, attacks on evidence). A model that inherits this keeps its company as a plain field: a stored
    related one would be written after the row.
    """

    _name = "finance.append.only"
    _description = "Rows that are Added, Never Changed"
    _log_access = False

    #: a link that is emptied when what it points to is deleted; what was seen stays
    _append_only_link = None

    def init(self):
        super().init()
        if self._abstract or not self._auto:
            return
        self.env.cr.execute(FUNCTION)
        for query in (
            "CREATE OR REPLACE TRIGGER finance_append_only_rows BEFORE UPDATE OR DELETE ON %s "
            "FOR EACH ROW EXECUTE FUNCTION finance_append_only(%s)",
            "CREATE OR REPLACE TRIGGER finance_append_only_all BEFORE TRUNCATE ON %s "
            "FOR EACH STATEMENT EXECUTE FUNCTION finance_append_only(%s)",
        ):
            link = SQL("%s", self._append_only_link) if self._append_only_link else SQL()
            self.env.cr.execute(SQL(query, SQL.identifier(self._table), link))

    def write(self, vals):  # pylint: disable=method-required-super  # nothing is written
        """OVERRIDE: nobody changes evidence."""
        raise AccessError(self.env._("This is kept as it was written."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise AccessError(self.env._("This is kept as it was written."))
