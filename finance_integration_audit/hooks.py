"""The trail outlives the module: its tables are put aside when it goes, and found again when it comes back."""

import logging

from odoo.tools import SQL, sql

_logger = logging.getLogger(__name__)

TABLES = (
    "finance_audit_entry",
    "finance_audit_seal",
    "finance_audit_checkpoint",
    "finance_audit_receipt",
    "finance_audit_key",
)
SUFFIX = "_kept"


def put_aside(env):
    """Called before the module is uninstalled: what has other names is not dropped.

    The last entry says so, sealed and signed; the head goes to the log of the server. No anchor is told: what is
    rolled back after all would look like a trail whose end was cut off.
    """
    modules = env["ir.module.module"]
    modules._tell_going("module.uninstalled", modules.search([("state", "=", "to remove")]) & modules._of_suite())
    checkpoint = env["finance.audit.sealer"]._seal_and_sign()
    _logger.warning(
        "the audit trail is put aside; its last head:\n%s",
        checkpoint._signed().text() if checkpoint else "none was signed, the server has no master key",
    )
    env.flush_all()
    for table in TABLES:
        if sql.table_exists(env.cr, table):
            env.cr.execute(SQL("ALTER TABLE %s RENAME TO %s", SQL.identifier(table), SQL.identifier(table + SUFFIX)))


def take_back(env):
    """Called before the module is installed: the trail goes on where it ended."""
    for table in TABLES:
        if sql.table_exists(env.cr, table + SUFFIX) and not sql.table_exists(env.cr, table):
            env.cr.execute(SQL("ALTER TABLE %s RENAME TO %s", SQL.identifier(table + SUFFIX), SQL.identifier(table)))
