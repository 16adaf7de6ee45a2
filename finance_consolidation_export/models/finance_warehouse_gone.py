from odoo import fields, models
from odoo.tools import SQL

from ..extracts.feeds import FEEDS


class FinanceWarehouseGone(models.Model):
    """What was deleted from a table that a feed of the warehouse reads: nothing else remembers it.

    Written by a trigger of each such table, whoever deletes and however; one statement for all rows of a statement.
    """

    _name = "finance.warehouse.gone"
    _description = "Deleted Record of a Feed"
    _auto = False
    _log_access = False
    _order = "id desc"
    _allow_sudo_commands = False

    table_name = fields.Char(readonly=True)
    res_id = fields.Integer(readonly=True)

    def init(self):
        self.env.cr.execute(
            """
            CREATE TABLE IF NOT EXISTS finance_warehouse_gone (
                id bigserial PRIMARY KEY, table_name varchar NOT NULL, res_id int4 NOT NULL)
            """
        )
        # what deletes records must go on when this module is gone
        self.env.cr.execute(
            """
            CREATE OR REPLACE FUNCTION finance_warehouse_gone() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF to_regclass('finance_warehouse_gone') IS NOT NULL THEN
                    INSERT INTO finance_warehouse_gone (table_name, res_id) SELECT TG_TABLE_NAME, id FROM gone;
                END IF;
                RETURN NULL;
            END $$
            """
        )
        for table in self._tables():
            self.env.cr.execute(
                SQL(
                    "CREATE OR REPLACE TRIGGER finance_warehouse_gone AFTER DELETE ON %s REFERENCING OLD TABLE AS gone"
                    " FOR EACH STATEMENT EXECUTE FUNCTION finance_warehouse_gone()",
                    SQL.identifier(table),
                )
            )

    def _tables(self):
        return sorted({feed.table for feed in FEEDS if not feed.is_whole})

    def _sweep(self):
        """Forget what every warehouse has been told, and everything where there is none."""
        marks = []
        for warehouse in (
            self.env["finance.warehouse"].with_context(active_test=False).search([("feed_ids", "!=", False)])
        ):
            # what is read from the beginning needs no word of what is gone
            marks += [mark.oldest for mark in warehouse._marks().values() if mark]
        if not marks:
            self.env.cr.execute("DELETE FROM finance_warehouse_gone")
            return
        self.env.cr.execute(
            SQL(
                "DELETE FROM finance_warehouse_gone WHERE age(xmin) > age(%s::text::xid)",
                min(marks) % (1 << 32),
            )
        )
