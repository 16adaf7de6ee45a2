"""The trail outlives the module: its tables are put aside when it goes, and found again when it comes back."""

from odoo.tools import SQL, sql

TABLES = (
    "finance_audit_entry",
    "finance_audit_seal",
    "finance_audit_checkpoint",
    "finance_audit_receipt",
    "finance_audit_key",
)
SUFFIX = "_kept"


def put_aside(env):
    """Called before the module is uninstalled: what has other names is not dropped."""
    env.flush_all()
    for table in TABLES:
        if sql.table_exists(env.cr, table):
            env.cr.execute(SQL("ALTER TABLE %s RENAME TO %s", SQL.identifier(table), SQL.identifier(table + SUFFIX)))


def take_back(env):
    """Called before the module is installed: the trail goes on where it ended."""
    for table in TABLES:
        if sql.table_exists(env.cr, table + SUFFIX) and not sql.table_exists(env.cr, table):
            env.cr.execute(SQL("ALTER TABLE %s RENAME TO %s", SQL.identifier(table + SUFFIX), SQL.identifier(table)))
