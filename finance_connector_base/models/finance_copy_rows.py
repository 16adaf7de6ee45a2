import json
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from ..engine.copying import copy_rows

#: where the varying values of rows wait for the statement that writes them
STAGE = "finance_copied_rows"
#: of so many rows one is read back, where nothing but a mistake of ours could store it otherwise than written
SAMPLE = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """What is copied of one thing, and what of it varies.

    :param types: key of a row -> type in the database
    :param targets: (table, key of the template's id, key of the own id, dict column -> key of what is not copied)
    :param subject: key of the id that differences are told of
    """

    types: dict
    targets: tuple
    subject: str


class _Texts(NamedTuple):
    """What SQL says of the columns of a table, composed once: a table has a hundred, and each is named four times.

    :param names: of the columns
    :param values: what a copy has in them
    :param checks: names of those in which a stored row differs from that
    """

    names: SQL
    values: SQL
    checks: SQL


class FinanceCopyRows(models.AbstractModel):
    """Copies stored rows that the ORM made in the database, changing what varies.

    Columns that no rule names, those of other modules too, never leave PostgreSQL. The
    expressions that insert are the ones that are compared, so what was proved is what is written.
    """

    _name = "finance.copy.rows"
    _description = "Copied Rows"

    #: what is copied where a caller does not say it
    _copies = None
    #: model that decides whether copies are safe
    _safety = "finance.copy.safety"

    @api.model
    def _insert(self, rows, copies=None):
        """Insert the rows of all lines with one statement.

        The entry and its bank line refer to each other: foreign keys are checked at the end of a statement.
        What varies comes by ``COPY``: as a parameter it would be quoted, read, and read once more.

        :param copies: :class:`Copies`
        """
        copies = copies or self._copies
        columns = SQL(", ").join(SQL("%s %s", SQL.identifier(key), SQL(kind)) for key, kind in copies.types.items())
        self.env.cr.execute(SQL("CREATE TEMP TABLE %s (%s) ON COMMIT DROP", SQL.identifier(STAGE), columns))
        copy_rows(self.env.cr, STAGE, tuple(copies.types), rows)
        inserts = [
            SQL(
                "%s AS (INSERT INTO %s (%s) SELECT %s FROM %s v"
                # the few that are copied, or a table that is not yet large would be read for them in whole
                " JOIN (SELECT * FROM %s WHERE id = ANY(%s)) t ON t.id = v.%s RETURNING 1)",
                SQL.identifier(f"made_{position}"),
                SQL.identifier(table),
                texts.names,
                texts.values,
                SQL.identifier(STAGE),
                SQL.identifier(table),
                sorted({row[template] for row in rows}),
                SQL.identifier(template),
            )
            for position, (table, template, _own, texts) in enumerate(self._targets(copies))
        ]
        counts = SQL(", ").join(
            SQL("(SELECT count(*) FROM %s)", SQL.identifier(f"made_{position}")) for position in range(len(inserts))
        )
        self.env.cr.execute(SQL("WITH %s SELECT %s", SQL(", ").join(inserts), counts))
        written = self.env.cr.fetchone()
        self.env.cr.execute(SQL("DROP TABLE %s", SQL.identifier(STAGE)))
        return set(written) == {len(rows)}

    @api.model
    def _stored_otherwise(self, rows, copies=None):
        """Read inserted rows back: all of them where something may change what is written, else some.

        :param rows: what was given to :meth:`_insert`
        :return: set of "table.column"
        """
        copies = copies or self._copies
        if not self._is_changed_on_the_way(copies):
            rows = rows[::SAMPLE]
        return {column for _subject, column in self._differences(rows, copies)}

    @api.model
    def _is_changed_on_the_way(self, copies):
        """Only triggers, rules and columns that round make PostgreSQL store something else than it is told.

        A trigger on deleted rows (the warehouse has one) does not fire when rows are inserted: 4 is the bit of INSERT.
        """
        self.env.cr.execute(
            SQL(
                """
                SELECT EXISTS (
                       SELECT FROM pg_trigger
                        WHERE tgrelid = ANY(%(tables)s::regclass[]) AND NOT tgisinternal AND tgtype & 4 <> 0)
                    OR EXISTS (SELECT FROM pg_rewrite WHERE ev_class = ANY(%(tables)s::regclass[]))
                    OR EXISTS (
                       SELECT FROM pg_attribute
                        WHERE attrelid = ANY(%(tables)s::regclass[]) AND atttypid = 'numeric'::regtype
                          AND atttypmod <> -1 AND NOT attisdropped)
                """,
                tables=sorted({target[0] for target in copies.targets}),
            )
        )
        return self.env.cr.fetchone()[0]

    @api.model
    def _differences(self, rows, copies=None):
        """What is stored of lines that does not follow from the template and the rules.

        :param rows: as for :meth:`_insert`; their ids are those of stored rows
        :return: set of (id of the bank line, "table.column")
        """
        copies = copies or self._copies
        found = set()
        for table, template, own, texts in self._targets(copies):
            self.env.cr.execute(
                SQL(
                    """
                    WITH %(values)s, compared AS (
                        SELECT v.%(subject)s AS subject, array_remove(ARRAY[%(checks)s], NULL) AS columns
                          FROM v JOIN %(table)s t ON t.id = v.%(template)s LEFT JOIN %(table)s a ON a.id = v.%(own)s)
                    SELECT subject, columns FROM compared WHERE cardinality(columns) > 0
                    """,
                    values=self._values(rows, copies),
                    subject=SQL.identifier(copies.subject),
                    checks=texts.checks,
                    table=SQL.identifier(table),
                    template=SQL.identifier(template),
                    own=SQL.identifier(own),
                )
            )
            found |= {(line, f"{table}.{column}") for line, differing in self.env.cr.fetchall() for column in differing}
        return found

    @api.model
    def _computed_later(self):
        """:return: set of (table, column) that are not compared: the ORM computes them afterwards"""
        return self.env[self._safety]._computed_later()

    @api.model
    def _relate(self, table, own, pairs):
        """Copy rows of a table of relations.

        :param own: column of the copied side
        :param pairs: list of (id of the template, id of the copy)
        """
        [other] = [name for name, _kind in self._columns(table, {own: own}) if name != own]
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO %(table)s (%(own)s, %(other)s)
                SELECT v.copy, r.%(other)s FROM unnest(%(templates)s, %(copies)s) v(template, copy)
                  JOIN %(table)s r ON r.%(own)s = v.template
                """,
                table=SQL.identifier(table),
                own=SQL.identifier(own),
                other=SQL.identifier(other),
                templates=[template for template, _copy in pairs],
                copies=[copy for _template, copy in pairs],
            )
        )

    @api.model
    def _draw(self, table, count):
        """:return: list of ids taken from the sequence of a table, rising"""
        self.env.cr.execute(SQL("SELECT pg_get_serial_sequence(%s, 'id')", table))
        [sequence] = self.env.cr.fetchone()
        # asked for the sequence by its name, PostgreSQL looks it up for each number
        self.env.cr.execute(SQL("SELECT nextval(%s::regclass) FROM generate_series(1, %s)", sequence, count))
        return sorted(number for (number,) in self.env.cr.fetchall())

    @api.model
    def _targets(self, copies):
        """:return: list of (table, key of the template, own key, :class:`_Texts`)"""
        later = self._computed_later()
        return [
            (
                table,
                template,
                own,
                _texts(
                    tuple(self._columns(table, changed)),
                    tuple(changed.items()),
                    frozenset(column for where, column in later if where == table),
                ),
            )
            for table, template, own, changed in copies.targets
        ]

    @api.model
    def _columns(self, table, needed):
        """:return: list of (column, type) of a table, without columns that the database computes"""
        self.env.cr.execute(
            SQL(
                """
                SELECT attname, format_type(atttypid, NULL) FROM pg_attribute
                 WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
                 ORDER BY attnum
                """,
                table,
            )
        )
        columns = self.env.cr.fetchall()
        missing = needed.keys() - {column for column, _kind in columns}
        if missing:
            raise LookupError(f"{table} has no column {', '.join(sorted(missing))}")
        return columns

    @api.model
    def _values(self, rows, copies):
        return SQL(
            "v AS MATERIALIZED (SELECT * FROM json_to_recordset(%s) AS v(%s))",
            json.dumps(rows, default=str),
            SQL(", ").join(SQL("%s %s", SQL.identifier(key), SQL(kind)) for key, kind in copies.types.items()),
        )


@lru_cache(maxsize=128)
def _texts(columns, changed, later):
    """Compose what SQL says of the columns of a table; nothing in it depends on a database or a user.

    :param columns: tuple of (column, type)
    :param changed: tuple of (column, key of what is not copied)
    :param later: columns that are not compared
    """
    keys = dict(changed)
    values = {
        column: (
            # json comes as text
            SQL("v.%s::jsonb" if kind == "jsonb" else "v.%s", SQL.identifier(keys[column]))
            if column in keys
            else SQL("t.%s", SQL.identifier(column))
        )
        for column, kind in columns
    }
    return _Texts(
        names=SQL(", ").join(map(SQL.identifier, values)),
        values=SQL(", ").join(values.values()),
        checks=SQL(", ").join(
            SQL(
                "CASE WHEN %s IS DISTINCT FROM %s THEN %s END",
                _comparable(values[column], kind),
                _comparable(SQL("a.%s", SQL.identifier(column)), kind),
                column,
            )
            for column, kind in columns
            if column not in later
        ),
    )


def _comparable(expression, kind):
    return SQL("(%s)::text", expression) if kind in ("json", "xml", "point") else expression
