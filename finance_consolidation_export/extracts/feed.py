"""What a feed of the warehouse is, and the SQL that reads it.

A row of a feed depends on the rows of its own tables (``stamps``) alone: what else it joins is what never changes,
such as the code of a currency. Then a row has changed exactly when one of those was written, and PostgreSQL tells
that by the transaction that wrote it (see :mod:`.mark`). A feed that cannot promise it is read whole every time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

#: columns that every file begins with: none of them can hold a comma, a quote or a line break
LEADING = ("op", "id", "company_id", "currency")
#: what ``op`` says: the row is so, or it is no more in the feed
UPSERT, DELETE = "U", "D"
#: kinds of columns, and what they are called in Parquet
KINDS = frozenset({"integer", "decimal", "text", "date", "datetime", "boolean", "json"})


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file.

    :param kind: one of ``KINDS``
    :param source: SQL that gives it; empty: the column of that name of the feed's table
    """

    name: str
    kind: str
    source: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.name}: no kind of column: {self.kind}")

    @property
    def sql(self) -> str:
        return self.source or f"t.{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One kind of record. SQL in it is constant text; ``t`` is the feed's table.

    :param amounts: columns of exact numbers that are added up by company and currency; they follow ``LEADING``
    :param company: SQL of the company of a row; None: rows belong to no company
    :param has_shared: rows without company belong to all
    :param currency: SQL of the code of the currency, or empty
    :param where: which rows are in it; empty: all
    :param stamps: aliases of the tables whose writing changes a row
    :param is_whole: read completely every time
    :param version: raise it when a column means something else; columns themselves are compared
    """

    code: str
    name: str
    table: str
    columns: tuple[Column, ...]
    amounts: tuple[Column, ...] = ()
    company: str | None = "t.company_id"
    has_shared: bool = False
    currency: str = ""
    joins: str = ""
    where: str = ""
    stamps: tuple[str, ...] = ("t",)
    is_whole: bool = False
    version: int = 1
    header: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        names = (*LEADING, *(column.name for column in (*self.amounts, *self.columns)))
        if len(set(names)) < len(names):
            raise ValueError(f"{self.code}: two columns of one name")
        object.__setattr__(self, "header", names)

    @property
    def kinds(self) -> dict[str, str]:
        """:return: column -> kind, in the order of the files"""
        leading = dict(zip(LEADING, ("text", "integer", "integer", "text"), strict=True))
        return leading | {column.name: column.kind for column in (*self.amounts, *self.columns)}

    @property
    def schema(self) -> str:
        """:return: what changes whenever the files do: version and digest of the columns, e.g. ``1-3fa9c2d1``"""
        told = repr((sorted(self.kinds.items()), self.header, self.where))
        return f"{self.version}-{hashlib.sha256(told.encode()).hexdigest()[:8]}"

    # -- SQL -----------------------------------------------------------------------------------

    def upserts(self, companies: Sequence[int], since: int | None) -> tuple[str, dict[str, Any]]:
        """SQL of the rows that are (since then) so.

        :param since: oldest transaction that may not have been seen, as :attr:`.mark.Mark.since` gives it; None: all
        """
        columns = ", ".join(column.sql for column in (*self.amounts, *self.columns))
        changed = f" AND ({self._changed()})" if since is not None else ""
        query = (
            f"SELECT '{UPSERT}', t.id, {self.company or 'NULL::int'}, {self.currency or 'NULL::text'}, {columns}"
            f" FROM {self.table} t {self.joins} WHERE {self._inside()}{changed}"
        )
        return query, self._values(companies, since)

    def deletions(self, companies: Sequence[int], since: int) -> tuple[str, dict[str, Any]]:
        """SQL of the rows that are no more in the feed: nothing but their ids is told."""
        nothing = ", NULL" * (len(self.header) - 2)
        query = (
            f"SELECT '{DELETE}', t.id{nothing} FROM {self.table} t {self.joins}"
            f" WHERE ({self._changed()}) AND NOT ({self._inside()})"
            f" UNION ALL SELECT '{DELETE}', g.res_id{nothing} FROM finance_warehouse_gone g"
            f" WHERE g.table_name = %(table)s AND age(g.xmin) <= age(%(since)s::text::xid)"
            f" AND NOT EXISTS (SELECT FROM {self.table} t WHERE t.id = g.res_id)"
        )
        return query, self._values(companies, since)

    def totals(self, companies: Sequence[int], since: int | None) -> tuple[str, dict[str, Any]]:
        """SQL of what there is: company, currency, rows, rows unchanged, then each amount of all and of unchanged rows.

        Read in the same snapshot as the files: written and unchanged rows together are what there is.
        """
        only = f" FILTER (WHERE NOT ({self._changed()}))"
        # of a run that reads everything nothing is unchanged, whatever is asked of each row
        count = f"count(*){only}" if since is not None else "0::bigint"
        sums = "".join(
            f", COALESCE(sum({column.sql}), 0)::text,"
            + (f" COALESCE(sum({column.sql}){only}, 0)::text" if since is not None else " '0'")
            for column in self.amounts
        )
        query = (
            f"SELECT {self.company or 'NULL::int'}, {self.currency or 'NULL::text'}, count(*), {count}{sums}"
            f" FROM {self.table} t {self.joins} WHERE {self._inside()} GROUP BY 1, 2 ORDER BY 1, 2"
        )
        return query, self._values(companies, since)

    def _values(self, companies: Sequence[int], since: int | None) -> dict[str, Any]:
        return {"companies": list(companies), "since": since, "table": self.table}

    def _changed(self) -> str:
        # age() compares transaction numbers as PostgreSQL does, around their overflow
        return " OR ".join(f"age({alias}.xmin) <= age(%(since)s::text::xid)" for alias in self.stamps)

    def _inside(self) -> str:
        conditions = [self.where] if self.where else []
        if self.company:
            own = f"{self.company} = ANY(%(companies)s)"
            conditions.append(f"({own} OR {self.company} IS NULL)" if self.has_shared else own)
        # a condition that is not known to be true is not true
        return f"COALESCE(({' AND '.join(conditions)}), FALSE)" if conditions else "TRUE"
