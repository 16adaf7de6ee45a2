from odoo import api, models
from odoo.tools import SQL

from ..staging.rows import COLUMNS
from .finance_bank_stager import labels

#: what a booking says of itself, besides day, amount and the bank's own reference
DESCRIPTION = (
    "label",
    "remittance",
    "party_name",
    "party_account",
    "own_account",
    "end_to_end_id",
    "structured_references",
    "document_numbers",
    "return_code",
    "return_text",
    "original_amount",
    "original_currency_name",
    "charges",
    "exchange",
)


class FinanceBankBatch(models.AbstractModel):
    """Details of collective bookings that come in a file of their own (camt.054).

    A statement often tells a collective booking as one amount. Where a notification about the same
    booking told its payments before, the statement is posted with them: each payment is a line, and is
    matched by itself, as if the statement had said it. A single booking gets what the statement leaves empty.
    What comes after the statement is for ``finance.bank.details``.
    """

    _name = "finance.bank.batch"
    _description = "Details before the Statement"

    @api.model
    def _attach(self, statement):
        """Give a staged statement the details that a notification told before.

        Both name the booking by the same key (the bank's reference, amount and day), so the details add
        up to it, and a later delivery of either is known as imported before.

        :return: None, as a check that has passed
        """
        told = [("journal_id", "=", statement.journal_id.id), ("purpose", "!=", "statement")]
        # sudo: statements are read by the engine
        if not self.env["finance.bank.statement"].sudo().search_count(told, limit=1):
            return None
        statement.flush_recordset()
        self.env["finance.bank.entry"].flush_model()
        self._describe(statement)
        if statement.journal_id.finance_split_batches:
            self._split(statement)
        self.env["finance.bank.entry"].invalidate_model(flush=False)
        return None

    @api.model
    def _describe(self, statement):
        """Fill what the statement leaves empty of single bookings with what was told about them before."""
        filled = SQL(", ").join(
            SQL("%(name)s = COALESCE(whole.%(name)s, told.%(name)s)", name=SQL.identifier(name))
            for name in DESCRIPTION
            if name not in ("label", "remittance")
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE finance_bank_entry whole
                   SET %(filled)s, remittance = COALESCE(NULLIF(whole.remittance, ''), told.remittance),
                       label = CASE WHEN COALESCE(whole.remittance, '') = '' AND told.remittance <> ''
                                    THEN told.label ELSE whole.label END
                  FROM finance_bank_entry mine
                  CROSS JOIN LATERAL (
                        SELECT detail.* FROM finance_bank_entry detail
                          JOIN finance_bank_statement notification ON notification.id = detail.statement_id
                         WHERE notification.journal_id = %(journal)s AND notification.purpose <> 'statement'
                           AND notification.state IN ('provisional', 'superseded')
                           AND split_part(detail.key, '/', 1) = mine.key AND detail.detail_position = 0
                           AND detail.state IN ('provisional', 'superseded')
                           AND detail.status = 'BOOK' AND detail.details IS NULL
                           AND detail.currency_name = mine.currency_name
                         ORDER BY (detail.party_name IS NULL), detail.id DESC LIMIT 1) told
                 WHERE mine.statement_id = %(statement)s AND mine.state = 'staged' AND mine.detail_position = 0
                   AND mine.details IS NULL AND whole.id = mine.id
                """,
                filled=filled,
                journal=statement.journal_id.id,
                statement=statement.id,
            )
        )

    @api.model
    def _split(self, statement):
        self.env.cr.execute(
            SQL(
                """
                WITH told AS (
                    SELECT whole.id AS whole_id, whole.position, newest.statement_id
                      FROM finance_bank_entry whole
                      CROSS JOIN LATERAL (
                            SELECT detail.statement_id
                              FROM finance_bank_entry detail
                              JOIN finance_bank_statement notification ON notification.id = detail.statement_id
                             WHERE notification.journal_id = %(journal)s AND notification.purpose <> 'statement'
                               AND notification.state IN ('provisional', 'superseded')
                               AND detail.detail_position > 0 AND split_part(detail.key, '/', 1) = whole.key
                               AND detail.state IN ('provisional', 'superseded')
                               AND detail.currency_name = whole.currency_name
                             GROUP BY detail.statement_id
                            HAVING sum(detail.amount) = whole.amount
                             ORDER BY detail.statement_id DESC LIMIT 1) newest
                     WHERE whole.statement_id = %(statement)s AND whole.state = 'staged'
                       AND whole.detail_position = 0 AND whole.details IS NULL
                ), gone AS (
                    DELETE FROM finance_bank_entry USING told WHERE finance_bank_entry.id = told.whole_id
                    RETURNING finance_bank_entry.id
                )
                INSERT INTO finance_bank_entry (statement_id, position, state, detail_position, %(columns)s)
                SELECT %(statement)s, told.position, 'staged', detail.detail_position, %(detail_columns)s
                  FROM told
                  JOIN finance_bank_entry whole ON whole.id = told.whole_id
                  JOIN finance_bank_entry detail ON detail.statement_id = told.statement_id
                   AND split_part(detail.key, '/', 1) = whole.key
                   AND detail.state IN ('provisional', 'superseded')
                 ORDER BY told.position, detail.detail_position
                """,
                journal=statement.journal_id.id,
                statement=statement.id,
                columns=columns_of("finance_bank_entry", is_named=False),
                detail_columns=columns_of("detail", is_named=True),
            )
        )

    @api.model
    def _join(self, groups):
        """Make one booking again of payments that are rows of their own; its first row stays, as the whole.

        :param groups: list of the ids of the staged rows of each collective booking, in their order
        """
        if not groups:
            return
        entry = self.env["finance.bank.entry"].sudo()  # sudo: the engine's rows
        rows = entry.browse(row for group in groups for row in group)
        payments = set(rows.filtered(lambda row: not row.is_difference).ids)
        texts = labels(self.env, rows[:1].company_id)
        nothing = SQL(", ").join(SQL("%s = NULL", SQL.identifier(name)) for name in DESCRIPTION if name != "label")
        self.env.cr.execute(
            SQL(
                """
                UPDATE finance_bank_entry whole
                   SET detail_position = 0, key = split_part(whole.key, '/', 1), amount = booking.amount,
                       label = named.label, bank_reference = NULL, %(nothing)s, details = booking.details
                  FROM (SELECT part.first, sum(amount) AS amount, jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
                               'money', jsonb_build_object('amount', amount::text, 'currency', currency_name),
                               'counterparty', jsonb_build_object('name', party_name, 'account', party_account),
                               'end_to_end_id', end_to_end_id, 'bank_reference', bank_reference,
                               'remittance', COALESCE(NULLIF(remittance, ''), label)
                               )) ORDER BY detail_position) AS details
                          FROM unnest(%(rows)s::int[], %(first_of_rows)s::int[]) AS part(id, first)
                          JOIN finance_bank_entry payment ON payment.id = part.id
                         GROUP BY part.first) booking
                  JOIN unnest(%(firsts)s::int[], %(labels)s::varchar[]) AS named(first, label)
                    ON named.first = booking.first
                 WHERE whole.id = booking.first
                """,
                nothing=nothing,
                rows=rows.ids,
                first_of_rows=[group[0] for group in groups for _row in group],
                firsts=[group[0] for group in groups],
                labels=[texts.collective(len(payments.intersection(group))) for group in groups],
            )
        )
        others = [row for group in groups for row in group[1:]]
        self.env.cr.execute("DELETE FROM finance_bank_entry WHERE id = ANY(%s)", [others])
        self.env["finance.bank.entry"].invalidate_model(flush=False)


def columns_of(table, *, is_named):
    """What a detail says of itself: everything that is staged, except where it stands."""
    own = [name for name in COLUMNS if name not in ("statement_id", "position", "state", "detail_position")]
    columns = [SQL.identifier(table, name) if is_named else SQL.identifier(name) for name in own]
    return SQL(", ").join(columns)
