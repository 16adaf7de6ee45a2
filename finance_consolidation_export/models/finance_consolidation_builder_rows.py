from odoo import models
from odoo.tools import SQL

from ..balances import assignment
from .finance_consolidation_builder import ITEM, MEASURES, SUM, TARGET


class FinanceConsolidationBuilder(models.AbstractModel):
    """Builder, third step: sums become rows, rounded once, and come to the whole."""

    _inherit = "finance.consolidation.builder"

    # -- sums of rows --------------------------------------------------------------------------

    def _begin_sums(self):
        """Make a table of this transaction for the sums of rows, by account: what rounding and proofs ask for.

        Rows themselves are not asked: what was written a moment ago is not in the statistics of a large table, and
        joins that are planned for one row take minutes with thousands.
        """
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMP TABLE %s (is_before boolean NOT NULL, cut_id int4, kind varchar, account_id int4,
                       group_account_id int4, is_outside boolean, opening numeric, earlier numeric, debit numeric,
                       credit numeric, closing numeric, gross numeric, closing_group numeric, period_group numeric,
                       is_open boolean)
                """,
                SUM,
            )
        )

    def _end_sums(self):
        self.env.cr.execute(SQL("DROP TABLE %s", SUM))

    def _write_rows(self, query):
        """:param query: INSERT of rows; their sums are added to the table of sums"""
        self.env.cr.execute(
            SQL(
                """
                WITH made AS (
                    %s
                  RETURNING cut_id, kind, account_id, group_account_id, entity_id, opening, earlier, debit, credit,
                            closing, closing_group, period_group
                )
                INSERT INTO %s %s
                """,
                query,
                SUM,
                self._summed_rows(SQL("made"), is_before=False),
            )
        )

    def _add_sums(self, packages, cut=None, *, is_before=False):
        """Add rows that were written before to the table of sums.

        :param packages: ids
        :param cut: only of this one
        :param is_before: they are of versions that a package is the change of
        """
        self.env.cr.execute(
            SQL(
                "INSERT INTO %s %s",
                SUM,
                self._summed_rows(
                    SQL(
                        "finance_consolidation_row WHERE package_id = ANY(%s)%s",
                        list(packages),
                        SQL(" AND cut_id = %s", cut.id) if cut else SQL(""),
                    ),
                    is_before=is_before,
                ),
            )
        )

    def _summed_rows(self, source, *, is_before):
        return SQL(
            """
            SELECT %s, cut_id, kind, account_id, group_account_id, entity_id IS NULL, sum(opening), sum(earlier),
                   sum(debit), sum(credit), sum(closing), sum(abs(closing)), sum(closing_group), sum(period_group),
                   bool_or(closing_group IS NULL AND closing != 0)
              FROM %s GROUP BY cut_id, kind, account_id, group_account_id, entity_id IS NULL
            """,
            is_before,
            source,
        )

    # -- rows ----------------------------------------------------------------------------------

    def _rows(self, scene, cut):
        package = scene.package
        dimensions = package._dimensions_of(cut)
        asked = assignment.asked(scene.parts)
        matched = [f"dim{number}" for number, dimension in enumerate(dimensions, 1) if dimension.code in asked]
        if "partner_entity" in asked:
            matched.append("entity_id")
        on = SQL("").join(
            SQL(
                " AND COALESCE(t.%(name)s, 0) = COALESCE(i.%(name)s, 0)",
                name=SQL.identifier(name),
            )
            for name in matched
        )
        places = SQL("").join(SQL(", %s", SQL.identifier(f"dim{number}")) for number in range(1, len(dimensions) + 1))
        given = SQL("").join(SQL(", i.%s", SQL.identifier(f"dim{number}")) for number in range(1, len(dimensions) + 1))
        self._write_rows(
            SQL(
                """
                INSERT INTO finance_consolidation_row (package_id, company_id, cut_id, kind, account_id,
                group_account_id,
                       entity_id, movement%(places)s, items, opening, earlier, debit, credit, closing_group,
                       period_group,
                       amount_currency, is_reversed)
                SELECT %(package)s, %(company)s, %(cut)s, CASE WHEN i.is_result THEN 'result' ELSE 'balance' END,
                       NULLIF(i.account_id, 0), t.group_account_id, i.entity_id, t.movement%(given)s, i.items,
                       round(o.opening * t.share, %(decimals)s), round(i.earlier * t.share, %(decimals)s),
                       round(i.debit * t.share, %(decimals)s), round(i.credit * t.share, %(decimals)s),
                       round((o.opening + i.earlier + i.debit - i.credit) * t.share * t.rate, %(group_decimals)s),
                       round((i.debit - i.credit) * t.share * t.period_rate, %(group_decimals)s),
                       i.amount_currency * t.share, t.is_reversed
                  FROM %(item)s i
                  JOIN %(target)s t ON t.account_id = i.account_id%(on)s
                 CROSS JOIN LATERAL (
                       SELECT CASE WHEN t.is_yearly AND NOT i.is_result THEN 0 ELSE i.opening END AS opening) o
                 WHERE o.opening != 0 OR i.earlier != 0 OR i.debit != 0 OR i.credit != 0
              ORDER BY i.account_id
                """,
                package=package.id,
                company=package.company_id.id,
                cut=cut.id,
                places=places,
                given=given,
                decimals=package.currency_id.decimal_places,
                group_decimals=package.group_currency_id.decimal_places,
                item=ITEM,
                target=TARGET,
                on=on,
            )
        )

    def _rounding(self, scene, cut, base):
        """Add what rounding of shares left, so that the cut comes to the balances by account.

        No account is 0 where both sides are joined: IS NOT DISTINCT FROM would compare every account with every other.

        :param base: the cut by account that others must come to, by group account as well; None: this is it, and the
            sums themselves count
        """
        package = scene.package
        measures = [*MEASURES, "closing_group", "period_group"]
        group = SQL("group_account_id") if base else SQL("min(group_account_id)")
        self._write_rows(
            SQL(
                """
                INSERT INTO finance_consolidation_row (package_id, company_id, cut_id, kind, account_id,
                       group_account_id, items, opening, earlier, debit, credit, closing_group, period_group)
                SELECT %(package)s, %(company)s, %(cut)s, found.kind, found.account_id, found.group_account_id, 0,
                       opening, earlier, debit, credit,
                       COALESCE(closing_group,
                                round((opening + earlier + debit - credit) * r.rate, %(group_decimals)s)),
                       COALESCE(period_group, round((debit - credit) * r.period_rate, %(group_decimals)s))
                  FROM (
                    SELECT CASE WHEN h.is_result THEN 'result' ELSE 'rounding' END AS kind, h.account_id,
                           h.group_account_id, %(differences)s
                      FROM (%(wanted)s) w
                      JOIN (SELECT account_id, kind = 'result' AS is_result, %(group)s AS group_account_id, %(sums)s
                              FROM %(table)s WHERE cut_id = %(cut)s
                          GROUP BY account_id, kind = 'result'%(grouped)s) h
                        ON COALESCE(w.account_id, 0) = COALESCE(h.account_id, 0) AND w.is_result = h.is_result%(same)s
                  ) found
                  LEFT JOIN unnest(%(accounts)s::int4[], %(rates)s::numeric[], %(period_rates)s::numeric[])
                       AS r(account_id, rate, period_rate) ON r.account_id = found.group_account_id
                 WHERE opening != 0 OR earlier != 0 OR debit != 0 OR credit != 0
                    OR closing_group != 0 OR period_group != 0
                """,
                package=package.id,
                company=package.company_id.id,
                cut=cut.id,
                differences=SQL(", ").join(
                    SQL("COALESCE(w.%(name)s - h.%(name)s, 0) AS %(name)s", name=SQL.identifier(name))
                    for name in measures
                ),
                wanted=self._sums_of_cut(base, measures) if base else self._sums_of_items(package),
                group=group,
                group_decimals=package.group_currency_id.decimal_places,
                accounts=list(scene.rates),
                rates=[rate for rate, _period in scene.rates.values()],
                period_rates=[period for _rate, period in scene.rates.values()],
                sums=self._summed(measures),
                table=SUM,
                grouped=SQL(", group_account_id") if base else SQL(""),
                same=SQL(" AND COALESCE(w.group_account_id, 0) = COALESCE(h.group_account_id, 0)") if base else SQL(""),
            )
        )

    def _summed(self, measures):
        return SQL(", ").join(SQL("sum(%(name)s) AS %(name)s", name=SQL.identifier(name)) for name in measures)

    def _sums_of_cut(self, cut, measures):
        """:return: query of the sums of a cut by account and group account"""
        return SQL(
            """SELECT account_id, kind = 'result' AS is_result, group_account_id, %s FROM %s
                WHERE cut_id = %s AND kind != 'translation' GROUP BY 1, 2, 3""",
            self._summed(measures),
            SUM,
            cut.id,
        )

    def _sums_of_items(self, package):
        """:return: query of the sums of journal items by account, before they were divided; not in group currency"""
        return SQL(
            """SELECT NULLIF(i.account_id, 0) AS account_id, i.is_result, %(sums)s,
                      NULL::numeric AS closing_group, NULL::numeric AS period_group
                 FROM (SELECT *, CASE WHEN is_yearly AND NOT is_result THEN 0 ELSE opening END AS begun
                         FROM %(item)s
                         JOIN (SELECT DISTINCT account_id, is_yearly FROM %(target)s) t USING (account_id)) i
             GROUP BY 1, 2""",
            sums=SQL(", ").join(
                SQL(
                    "round(sum(i.%(column)s), %(decimals)s) AS %(name)s",
                    column=SQL.identifier("begun" if name == "opening" else name),
                    name=SQL.identifier(name),
                    decimals=package.currency_id.decimal_places,
                )
                for name in MEASURES
            ),
            item=ITEM,
            target=TARGET,
        )

    def _difference(self, scene, cut):
        """Add the translation difference: what makes the books come to zero in the currency of the group."""
        package = scene.package
        account = package.scenario_id.difference_account_id
        self._write_rows(
            SQL(
                """
                INSERT INTO finance_consolidation_row (package_id, company_id, cut_id, kind, group_account_id,
                       items, opening, earlier, debit, credit, closing_group, period_group)
                SELECT %(package)s, %(company)s, %(cut)s, 'translation', %(account)s, 0, 0, 0, 0, 0, -closing, -period
                  FROM (SELECT COALESCE(sum(closing_group), 0) AS closing, COALESCE(sum(period_group), 0) AS period,
                               sum(closing) AS books
                          FROM %(table)s WHERE cut_id = %(cut)s) s
                 WHERE books = 0 AND (closing != 0 OR period != 0)
                """,
                package=package.id,
                company=package.company_id.id,
                cut=cut.id,
                account=account.id or None,
                table=SUM,
            )
        )
