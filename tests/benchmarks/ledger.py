"""What the benchmarks on the ledger share: a company of their own, and rows that are copied in the database."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

#: rows that a payment which pays documents consists of, in an order in which they may be written
PAYMENT_TABLES = (
    "account_move",
    "account_payment",
    "account_full_reconcile",
    "account_move_line",
    "account_partial_reconcile",
)


def own_company(env: Any, *, currency: str | None = None, **context: Any) -> tuple[Any, Any]:
    """:return: an environment of a new company with a chart of accounts, and the company"""
    company = env["res.company"].create({"name": "Benchmark", "country_id": env.ref("base.us").id})
    env["account.chart.template"].try_loading("generic_coa", company=company, install_demo=False)
    env.cr.commit()  # Odoo loads the chart of a new company once more when it is stored
    if currency:
        found = env.ref(f"base.{currency}")
        found.active = True
        company.currency_id = found
    env.user.write({"company_ids": [(4, company.id)], "company_id": company.id})
    env = env(context={**env.context, "allowed_company_ids": company.ids, **context})
    return env, company.with_env(env)


def copy_rows(cr: Any, table: str, source: str, where: str, record: int, values: dict[str, str]) -> None:
    """Copy the rows of a template once for each row of a source.

    :param source: the source with its alias, as `FROM` takes it; the template is `t`
    :param where: column of the template that is the record
    :param values: column -> SQL expression of what is not copied
    """
    cr.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema AND table_name = %s",
        [table],
    )
    columns = [column for (column,) in cr.fetchall()]
    wanted = ", ".join(values.get(column, f't."{column}"') for column in columns)
    named = ", ".join(f'"{column}"' for column in columns)
    cr.execute(f"INSERT INTO {table} ({named}) SELECT {wanted} FROM {source}, {table} t WHERE {where} = %s", [record])


@contextmanager
def in_bulk(cr: Any, *tables: str) -> Iterator[None]:
    """Copy rows as a restore does: indexes are built afterwards, what is copied refers to what is there.

    Of millions of rows most of the time would go into keeping some twenty indexes and asking a dozen foreign keys.
    """
    cr.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE indrelid = ANY(%s::regclass[]) AND indexrelid NOT IN (SELECT conindid FROM pg_constraint)",
        [list(tables)],
    )
    indexes = cr.fetchall()
    cr.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    [is_superuser] = cr.fetchone()
    for name, _definition in indexes:
        cr.execute(f"DROP INDEX {name}")
    if is_superuser:
        cr.execute("SET LOCAL session_replication_role = replica")
    yield
    if is_superuser:
        cr.execute("SET LOCAL session_replication_role = DEFAULT")
    cr.execute("SET LOCAL maintenance_work_mem = '512MB'")
    for _name, definition in indexes:
        cr.execute(definition)


class Floor:
    """The rows of payments once more, by `COPY` into tables with the same indexes and no foreign keys."""

    def __init__(self, cr: Any, payments: list[int]) -> None:
        self.cr = cr
        moves = "SELECT move_id FROM account_payment WHERE id = ANY(%(ids)s)"
        items = f"SELECT id FROM account_move_line WHERE move_id IN ({moves})"
        queries = {
            "account_move": f"id IN ({moves})",
            "account_payment": "id = ANY(%(ids)s)",
            "account_move_line": f"id IN ({items})",
            "account_partial_reconcile": f"debit_move_id IN ({items}) OR credit_move_id IN ({items})",
            "account_full_reconcile": f"id IN (SELECT full_reconcile_id FROM account_move_line WHERE id IN ({items}))",
        }
        self.rows = {}
        for table in PAYMENT_TABLES:
            cr.execute(f"CREATE TEMP TABLE floor_{table} (LIKE {table} INCLUDING DEFAULTS INCLUDING INDEXES)")
            query = cr.mogrify(f"SELECT * FROM {table} WHERE {queries[table]}", {"ids": payments}).decode()
            self.rows[table] = io.StringIO()
            cr._obj.copy_expert(f"COPY ({query}) TO STDOUT", self.rows[table])
        cr.commit()

    def copy(self) -> None:
        for table, rows in self.rows.items():
            rows.seek(0)
            self.cr._obj.copy_expert(f"COPY floor_{table} FROM STDIN", rows)
        self.cr.commit()
        for table in self.rows:
            self.cr.execute(f"DROP TABLE floor_{table}")
        self.cr.commit()
