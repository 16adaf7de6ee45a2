import csv
from collections import defaultdict
from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.finance_connector_base.engine.fetching import fetched
from odoo.addons.finance_connector_base.engine.spreadsheet import guard

#: columns that hold what people have entered: key, entry, journal, account, label
TEXTS = frozenset({0, 2, 5, 6, 8})

#: what an entry is beyond an ordinary one (C-23), from what Odoo keeps on it
TYPE = SQL(
    """CASE WHEN m.reversed_entry_id IS NOT NULL THEN 'reversal'
            WHEN m.tax_cash_basis_origin_move_id IS NOT NULL THEN 'cash basis tax'
            WHEN m.auto_post_origin_id IS NOT NULL THEN 'recurring'
            WHEN m.journal_id = o.currency_exchange_journal_id THEN 'exchange'
            ELSE 'normal' END"""
)
#: the message that made the entry
EVENT = SQL(
    "(SELECT min(d.message_id) FROM finance_message_document d WHERE d.res_model = 'account.move' AND d.res_id = m.id)"
)


class FinanceStatutoryTable(models.AbstractModel):
    """Extracts that are a table of posted journal items, with totals by a key that equal the ledger (C-22)."""

    _name = "finance.statutory.table"
    _description = "Table of Posted Items"

    _label = ""

    @api.model
    def _key(self):
        """OVERRIDE: SQL of what totals are kept by"""
        raise NotImplementedError(self._name)

    @api.model
    def _from(self):
        """OVERRIDE: SQL that joins more, and says which items"""
        raise NotImplementedError(self._name)

    @api.model
    def _produce(self, extract, folder):
        """Write the table.

        :return: paths, (label, in the file, in the ledger)
        """
        path = folder / f"{self._label}-{extract.date_from}-{extract.date_to}.csv"
        sums = defaultdict(Decimal)
        with path.open("w", newline="", encoding="utf-8") as stream:
            table = csv.writer(stream)
            table.writerow(
                "key,date,entry,type,source_event,journal,account,partner_id,label,currency,amount_currency,debit,"
                "credit,balance,item_id".split(",")
            )
            for row in extract._counted(self._rows(extract), self._row_count(extract)):
                sums[row[0]] += Decimal(row[13])
                table.writerow([guard(value) if place in TEXTS and value else value for place, value in enumerate(row)])
        self.env.cr.execute(
            SQL("SELECT %s, sum(l.balance)::text %s GROUP BY 1 ORDER BY 1", self._key(), self._posted(extract))
        )
        ledger = {key: Decimal(amount) for key, amount in self.env.cr.fetchall()}
        zero = Decimal(0)
        return [path], [
            (str(key), sums.get(key, zero), ledger.get(key, zero)) for key in sorted({*sums, *ledger}, key=str)
        ]

    @api.model
    def _row_count(self, extract):
        self.env.cr.execute(SQL("SELECT count(*) %s", self._posted(extract)))
        return self.env.cr.fetchone()[0]

    @api.model
    def _posted(self, extract):
        return SQL(
            """FROM account_move_line l JOIN account_move m ON m.id = l.move_id
               JOIN res_company o ON o.id = l.company_id JOIN account_account a ON a.id = l.account_id
               JOIN account_journal j ON j.id = l.journal_id JOIN res_currency c ON c.id = l.currency_id
               %s AND l.company_id = ANY(%s) AND l.parent_state = 'posted' AND l.date BETWEEN %s AND %s""",
            self._from(),
            extract._companies(),
            extract.date_from,
            extract.date_to,
        )

    @api.model
    def _rows(self, extract):
        return fetched(
            self.env.cr,
            SQL(
                """
                SELECT %s, l.date, m.name, %s, %s, j.code, a.code_store ->> split_part(o.parent_path, '/', 1),
                       l.partner_id, l.name, c.name, l.amount_currency::text, l.debit::text, l.credit::text,
                       l.balance::text, l.id %s ORDER BY 1, l.date, l.id
                """,
                self._key(),
                TYPE,
                EVENT,
                self._posted(extract),
            ),
        )


class FinanceStatutoryTax(models.AbstractModel):
    """Tax report: posted items by tax tag."""

    _name = "finance.statutory.tax"
    _inherit = "finance.statutory.table"
    _description = "Tax Report by Tag"

    _label = "tax-report"

    @api.model
    def _key(self):
        return SQL("g.name ->> 'en_US'")

    @api.model
    def _from(self):
        return SQL(
            "JOIN account_account_tag_account_move_line_rel r ON r.account_move_line_id = l.id"
            " JOIN account_account_tag g ON g.id = r.account_account_tag_id WHERE g.applicability = 'taxes'"
        )


class FinanceStatutoryRevenue(models.AbstractModel):
    """Revenue: posted items of accounts of income, and of what is deferred."""

    _name = "finance.statutory.revenue"
    _inherit = "finance.statutory.table"
    _description = "Revenue by Account"

    _label = "revenue"

    @api.model
    def _key(self):
        return SQL("a.code_store ->> split_part(o.parent_path, '/', 1)")

    @api.model
    def _from(self):
        return SQL("WHERE a.account_type IN ('income', 'income_other', 'liability_current')")


class FinanceStatutoryExtract(models.Model):
    _inherit = "finance.statutory.extract"

    kind = fields.Selection(
        selection_add=[
            ("finance.statutory.tax", "Tax report by tag"),
            ("finance.statutory.revenue", "Revenue and current liabilities by account"),
        ],
        ondelete={"finance.statutory.tax": "cascade", "finance.statutory.revenue": "cascade"},
    )
