import json
from dataclasses import dataclass

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.finance_connector_base.engine.copying import copy_rows

#: where the varying values of rows wait for the statement that writes them
STAGE = "finance_copied_rows"
#: of so many rows one is read back, where nothing but a mistake of ours could store it otherwise than written
SAMPLE = 40

#: what varies between lines of one shape (keys of ``ledger.row``), and where it is stored
_TYPES = {
    "t_move": "integer",
    "t_line": "integer",
    "t_bank": "integer",
    "t_other": "integer",
    "move_id": "integer",
    "line_id": "integer",
    "bank_id": "integer",
    "other_id": "integer",
    "name": "varchar",
    "sequence_prefix": "varchar",
    "sequence_number": "integer",
    "made_sequence_gap": "boolean",
    "date": "date",
    "partner_id": "integer",
    "commercial_partner_id": "integer",
    "partner_bank_id": "integer",
    "fiscal_position_id": "integer",
    "payment_method_line_id": "integer",
    "partner_display_name": "varchar",
    "narration": "text",
    "total": "numeric",
    "total_unsigned": "numeric",
    "total_balance": "numeric",
    "entry_id": "integer",
    "sequence": "integer",
    "internal_index": "varchar",
    "label": "varchar",
    "partner_name": "varchar",
    "account_number": "varchar",
    "transaction_type": "varchar",
    "amount": "numeric",
    "foreign_amount": "numeric",
    "residual": "float8",
    "is_reconciled": "boolean",
    **{
        f"{side}_{column}": kind
        for side in ("bank", "other")
        for column, kind in (
            ("amount_currency", "numeric"),
            ("balance", "numeric"),
            ("debit", "numeric"),
            ("credit", "numeric"),
            ("residual", "numeric"),
            ("residual_currency", "numeric"),
            ("reconciled", "boolean"),
        )
    },
}
_MOVE = {
    "id": "move_id",
    "statement_line_id": "line_id",
    "name": "name",
    "sequence_prefix": "sequence_prefix",
    "sequence_number": "sequence_number",
    "made_sequence_gap": "made_sequence_gap",
    "date": "date",
    "partner_id": "partner_id",
    "commercial_partner_id": "commercial_partner_id",
    "partner_bank_id": "partner_bank_id",
    "fiscal_position_id": "fiscal_position_id",
    "preferred_payment_method_line_id": "payment_method_line_id",
    "invoice_partner_display_name": "partner_display_name",
    "narration": "narration",
    "amount_total": "total",
    "amount_total_in_currency_signed": "total_unsigned",
    "amount_total_signed": "total_balance",
}
_LINE = {
    "id": "line_id",
    "move_id": "move_id",
    "finance_entry_id": "entry_id",
    "sequence": "sequence",
    "internal_index": "internal_index",
    "payment_ref": "label",
    "partner_id": "partner_id",
    "partner_name": "partner_name",
    "account_number": "account_number",
    "transaction_type": "transaction_type",
    "amount": "amount",
    "amount_currency": "foreign_amount",
    "amount_residual": "residual",
    "is_reconciled": "is_reconciled",
}


def _item(side):
    return {
        "id": f"{side}_id",
        "move_id": "move_id",
        "statement_line_id": "line_id",
        "move_name": "name",
        "name": "label",
        "date": "date",
        "partner_id": "partner_id",
        "amount_currency": f"{side}_amount_currency",
        "balance": f"{side}_balance",
        "debit": f"{side}_debit",
        "credit": f"{side}_credit",
        "amount_residual": f"{side}_residual",
        "amount_residual_currency": f"{side}_residual_currency",
        "reconciled": f"{side}_reconciled",
        "price_subtotal": f"{side}_amount_currency",
        "price_total": f"{side}_amount_currency",
    }


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


LINES = Copies(
    types=_TYPES,
    targets=(
        ("account_move", "t_move", "move_id", _MOVE),
        ("account_bank_statement_line", "t_line", "line_id", _LINE),
        ("account_move_line", "t_bank", "bank_id", _item("bank")),
        ("account_move_line", "t_other", "other_id", _item("other")),
    ),
    subject="line_id",
)


class FinanceBankLedgerBulkRows(models.AbstractModel):
    """Copies the stored rows of a control line in the database, changing what varies.

    Columns that no rule names, those of other modules too, never leave PostgreSQL. The
    expressions that insert are the ones that are compared, so what was proved is what is written.
    """

    _name = "finance.bank.ledger.bulk.rows"
    _description = "Rows of Bank Lines"

    @api.model
    def _insert(self, rows, copies=LINES):
        """Insert the rows of all lines with one statement.

        The entry and its bank line refer to each other: foreign keys are checked at the end of a statement.
        What varies comes by ``COPY``: as a parameter it would be quoted, read, and read once more.

        :param copies: :class:`Copies`
        """
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
                SQL(", ").join(SQL.identifier(column) for column, _expression, _kind in columns),
                SQL(", ").join(expression for _column, expression, _kind in columns),
                SQL.identifier(STAGE),
                SQL.identifier(table),
                sorted({row[template] for row in rows}),
                SQL.identifier(template),
            )
            for position, (table, template, _own, columns) in enumerate(self._targets(copies))
        ]
        counts = SQL(", ").join(
            SQL("(SELECT count(*) FROM %s)", SQL.identifier(f"made_{position}")) for position in range(len(inserts))
        )
        self.env.cr.execute(SQL("WITH %s SELECT %s", SQL(", ").join(inserts), counts))
        written = self.env.cr.fetchone()
        self.env.cr.execute(SQL("DROP TABLE %s", SQL.identifier(STAGE)))
        return set(written) == {len(rows)}

    @api.model
    def _stored_otherwise(self, rows, copies=LINES):
        """Read inserted rows back: all of them where something may change what is written, else some.

        :param rows: what was given to :meth:`_insert`
        :return: set of "table.column"
        """
        if not self._is_changed_on_the_way(copies):
            rows = rows[::SAMPLE]
        return {column for _subject, column in self._differences(rows, copies)}

    @api.model
    def _is_changed_on_the_way(self, copies):
        """Only triggers, rules and columns that round make PostgreSQL store something else than it is told."""
        self.env.cr.execute(
            SQL(
                """
                SELECT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = ANY(%(tables)s::regclass[]) AND NOT tgisinternal)
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
    def _differences(self, rows, copies=LINES):
        """What is stored of lines that does not follow from the template and the rules.

        :param rows: as for :meth:`_insert`; their ids are those of stored rows
        :return: set of (id of the bank line, "table.column")
        """
        found = set()
        later = self._computed_later()
        for table, template, own, columns in self._targets(copies):
            checks = SQL(", ").join(
                SQL(
                    "CASE WHEN %s IS DISTINCT FROM %s THEN %s END",
                    _comparable(expression, kind),
                    _comparable(SQL("a.%s", SQL.identifier(column)), kind),
                    column,
                )
                for column, expression, kind in columns
                if (table, column) not in later
            )
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
                    checks=checks,
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
        return self.env["finance.bank.ledger.bulk.safety"]._computed_later()

    @api.model
    def _targets(self, copies):
        """:return: list of (table, key of the template, own key, [(column, SQL expression, type)])"""
        return [
            (
                table,
                template,
                own,
                [
                    (
                        column,
                        SQL("v.%s", SQL.identifier(changed[column]))
                        if column in changed
                        else SQL("t.%s", SQL.identifier(column)),
                        kind,
                    )
                    for column, kind in self._columns(table, changed)
                ],
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


def _comparable(expression, kind):
    return SQL("(%s)::text", expression) if kind in ("json", "xml", "point") else expression
