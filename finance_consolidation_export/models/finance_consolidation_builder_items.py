from psycopg2.extras import Json

from odoo import models
from odoo.tools import SQL

from ..balances import distribution
from .finance_consolidation_builder import ITEM, MEASURES


class FinanceConsolidationBuilder(models.AbstractModel):
    """Builder, first step: journal items are added up by what a cut asks for."""

    _inherit = "finance.consolidation.builder"

    def _items(self, scene, cut, late=None):
        """Add up journal items by what the cut asks for, into a table of this transaction.

        :param late: SQL that items must meet besides, or None: all of them
        """
        package = scene.package
        dimensions = package._dimensions_of(cut)
        plans = [dimension for dimension in dimensions if dimension.source == "plan"]
        pieces = self._pieces(scene, plans, late) if plans else None
        columns, joins = [], []
        for number, dimension in enumerate(dimensions, 1):
            place = SQL.identifier(f"dim{number}")
            if dimension in plans:
                columns.append(SQL("piece.%s AS %s", SQL.identifier(f"p{plans.index(dimension)}"), place))
            else:
                columns.append(SQL("%s AS %s", dimension._column(), place))
        if pieces:
            joins.append(
                SQL(
                    "JOIN finance_consolidation_piece piece ON piece.distribution = "
                    "COALESCE(item.analytic_distribution, '{}')"
                )
            )
        share = SQL(" * piece.share") if pieces else SQL("")
        sources = dimensions.mapped("source")
        partners = self.env["finance.consolidation.entity"]._by_partner()
        # account, company of the group and dimensions, by their place in the list
        places = range(2, 4 + len(dimensions))
        if not dimensions or "partner" in sources:
            # found of the sums: an expression that is looked at for each of a million items costs a quarter more
            places = [place for place in places if place != 3]
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMP TABLE %(table)s AS
                SELECT FALSE AS is_result, item.account_id, %(entity)s AS entity_id, %(columns)s
                       %(sums)s, %(currency)s AS amount_currency
                  FROM account_move_line item
                  %(joins)s
                 WHERE %(counted)s
              GROUP BY %(grouped)s
                """,
                table=ITEM,
                entity=self._entity_of(partners) if dimensions else SQL("NULL::int4"),
                columns=SQL("%s, ", SQL(", ").join(columns)) if columns else SQL(""),
                sums=self._sums(package, share),
                currency=SQL("sum(item.amount_currency%s)", share) if "currency" in sources else SQL("NULL::numeric"),
                joins=SQL(" ").join(joins),
                counted=self._counted(scene, late),
                grouped=SQL(", ").join(SQL(str(place)) for place in places),  # sql: numbers
            )
        )
        if pieces:
            self.env.cr.execute("DROP TABLE finance_consolidation_piece")
        if not dimensions and partners:
            self._split_off(scene, partners, late)
        self._results(scene, len(dimensions))

    def _counted(self, scene, late):
        """:return: SQL of the items that belong to the package"""
        return SQL(
            "%s AND item.parent_state = 'posted' AND item.date <= %s AND item.account_id IS NOT NULL%s",
            scene.of_companies,
            scene.package.date_to,
            SQL(" AND %s", late) if late else SQL(""),
        )

    def _sums(self, package, share):
        return SQL(
            """count(*)::int4 AS items,
               COALESCE(sum(item.balance%(share)s) FILTER (WHERE item.date < %(year)s), 0) AS opening,
               COALESCE(sum(item.balance%(share)s)
                        FILTER (WHERE item.date >= %(year)s AND item.date < %(first)s), 0) AS earlier,
               COALESCE(sum(item.debit%(share)s) FILTER (WHERE item.date >= %(first)s), 0) AS debit,
               COALESCE(sum(item.credit%(share)s) FILTER (WHERE item.date >= %(first)s), 0) AS credit""",
            share=share,
            year=package.fiscal_from,
            first=package.date_from,
        )

    def _entity_of(self, partners):
        """:return: SQL of the company of the group that an item is with: looked up for the few that are with one, a
        join would cost every item"""
        return SQL(
            """CASE WHEN item.partner_id = ANY(%(partners)s::int4[])
                    THEN (%(entities)s::int4[])[array_position(%(partners)s::int4[], item.partner_id)] END""",
            partners=list(partners),
            entities=list(partners.values()),
        )

    def _split_off(self, scene, partners, late):
        """Take what is with companies of the group out of the sums by account, into rows of their own.

        Their items are read by the index of partners; sums are exact, so what is left over is what the others come to.
        """
        self.env.cr.execute(
            SQL(
                """
                WITH taken AS (
                    INSERT INTO %(table)s (is_result, account_id, entity_id, items, %(measures)s)
                    SELECT FALSE, item.account_id, %(entity)s, %(sums)s FROM account_move_line item
                     WHERE item.partner_id = ANY(%(partners)s::int4[]) AND %(counted)s
                  GROUP BY 2, 3
                 RETURNING *
                )
                UPDATE %(table)s whole SET items = whole.items - t.items, %(less)s
                  FROM (SELECT account_id, sum(items)::int4 AS items, %(added)s FROM taken GROUP BY account_id) t
                 WHERE whole.account_id = t.account_id
                """,
                table=ITEM,
                measures=SQL(", ").join(map(SQL.identifier, MEASURES)),
                entity=self._entity_of(partners),
                sums=self._sums(scene.package, SQL("")),
                partners=list(partners),
                counted=self._counted(scene, late),
                less=SQL(", ").join(
                    SQL("%(name)s = whole.%(name)s - t.%(name)s", name=SQL.identifier(name)) for name in MEASURES
                ),
                added=SQL(", ").join(SQL("sum(%(name)s) AS %(name)s", name=SQL.identifier(name)) for name in MEASURES),
            )
        )
        self.env.cr.execute(SQL("DELETE FROM %s WHERE items = 0", ITEM))

    def _pieces(self, scene, plans, late):
        """Write how each distribution that occurs is divided by the members of plans (``balances.distribution``).

        :param late: as of :meth:`_items`
        """
        package = scene.package
        self.env.cr.execute(
            SQL(
                "SELECT DISTINCT analytic_distribution FROM account_move_line item WHERE %s AND"
                " parent_state = 'posted' AND date <= %s AND analytic_distribution IS NOT NULL%s",
                scene.of_companies,
                package.date_to,
                SQL(" AND %s", late) if late else SQL(""),
            )
        )
        occurring = [row[0] for row in self.env.cr.fetchall()]
        dimensions = self.env["finance.consolidation.dimension"].union(*plans)
        plan_of = dimensions._plan_of_accounts()
        wanted = [dimension.plan_id.id for dimension in plans]
        # psycopg2 gives a dict, which is written again as jsonb writes it: equal values are equal there
        rows = []
        for found in [*(each for each in occurring if each), {}]:
            for members, share in distribution.shares(found, plan_of, wanted).items():
                rows.append((Json(found), *members, share))
        places = SQL(", ").join(SQL("%s int4", SQL.identifier(f"p{number}")) for number in range(len(plans)))
        cr = self.env.cr
        cr.execute(SQL("CREATE TEMP TABLE finance_consolidation_piece (distribution jsonb, %s, share numeric)", places))
        cr.execute_values("INSERT INTO finance_consolidation_piece VALUES %s", rows, page_size=1000)
        cr.execute("ANALYZE finance_consolidation_piece")
        return True

    def _results(self, scene, width):
        """Results of earlier years belong to equity: accounts of income and expense begin the year at zero."""
        yearly = [account for account, (_code, _kind, begins_at_zero) in scene.accounts.items() if begins_at_zero]
        places = SQL("").join(SQL(", %s", SQL.identifier(f"dim{number}")) for number in range(1, width + 1))
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO %(table)s (is_result, account_id, entity_id%(places)s, items, opening, earlier,
                debit, credit,
                                       amount_currency)
                SELECT TRUE, %(account)s, entity_id%(places)s, 0, sum(opening), 0, 0, 0, NULL
                  FROM %(table)s WHERE account_id = ANY(%(yearly)s) AND opening != 0
              GROUP BY entity_id%(places)s
                """,
                table=ITEM,
                places=places,
                account=scene.result_account,
                yearly=yearly,
            )
        )
