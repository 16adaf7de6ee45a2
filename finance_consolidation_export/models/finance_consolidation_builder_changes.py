from datetime import timedelta
from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL

from ..const import DIMENSIONS
from .finance_consolidation_builder import ITEM, MEASURES

#: longer than any request or scheduled action may run
UNSEEN = timedelta(hours=1)
#: what makes two rows the same balance
KEY = (
    *("cut_id", "kind", "account_id", "group_account_id", "entity_id", "movement", "is_reversed"),
    *(f"dim{number}" for number in range(1, DIMENSIONS + 1)),
)
#: what is added up of them
SUMS = ("items", *MEASURES, "closing_group", "period_group", "amount_currency")


class FinanceConsolidationBuilder(models.AbstractModel):
    """Builder of later versions: only what has changed (C-17).

    Usually entries were added, and nothing else: then only the items that came since are read. That nothing
    else has happened
    is proved by the sums of the ledger by account: those of then and the new items come to those of today, item by item
    counted, and no older item was written since. Otherwise everything is read, and the versions before are subtracted.
    """

    _inherit = "finance.consolidation.builder"

    @api.model
    def _control(self, scene, previous=None):
        """Add up the ledger by account.

        :param previous: a package; then it is also told which accounts have items that it may have seen otherwise
        :return: account id -> [items, opening, earlier, debit, credit] with amounts as texts, set of account ids
        """
        package = scene.package
        touched = SQL("FALSE")
        if previous:
            touched = SQL("bool_or(id <= %s AND write_date >= %s)", previous.highest_item, previous.oldest_transaction)
        self.env.cr.execute(
            SQL(
                """
                SELECT account_id, count(*), %(sums)s, %(touched)s FROM account_move_line
                 WHERE company_id = ANY(%(companies)s) AND parent_state = 'posted' AND date <= %(last)s
                   AND account_id IS NOT NULL
              GROUP BY account_id
                """,
                sums=self._ledger_sums(package),
                touched=touched,
                companies=scene.companies,
                last=package.date_to,
            )
        )
        rows = self.env.cr.fetchall()
        return {row[0]: list(row[1:6]) for row in rows}, {row[0] for row in rows if row[6]}

    def _ledger_sums(self, package):
        year, first = package.fiscal_from, package.date_from
        return SQL(
            """
            COALESCE(sum(balance) FILTER (WHERE date < %s), 0)::text,
            COALESCE(sum(balance) FILTER (WHERE date >= %s AND date < %s), 0)::text,
            COALESCE(sum(debit) FILTER (WHERE date >= %s), 0)::text,
            COALESCE(sum(credit) FILTER (WHERE date >= %s), 0)::text
            """,
            *(year, year, first, first, first),
        )

    def _control_of_items(self, scene, cut):
        """:return: as :meth:`_control`, from the sums of a cut where it does not divide items, else from the ledger"""
        if any(dimension.source == "plan" for dimension in scene.package._dimensions_of(cut)):
            return self._control(scene)[0]
        self.env.cr.execute(
            SQL(
                "SELECT account_id, sum(items)::int, %s FROM %s WHERE NOT is_result GROUP BY account_id",
                SQL(", ").join(SQL("sum(%s)::text", SQL.identifier(name)) for name in MEASURES),
                ITEM,
            )
        )
        return {row[0]: list(row[1:]) for row in self.env.cr.fetchall()}

    def _late(self, scene):
        """:return: sums of the ledger today; SQL of the items that came since, or None: there were other changes"""
        package, previous = scene.package, scene.package.previous_id
        now, touched = self._control(scene, previous)
        if touched or not package._mapped_as(previous):
            return now, None
        late = SQL("item.id > %s", previous.highest_item)
        self.env.cr.execute(
            SQL(
                """
                SELECT account_id, count(*), %s FROM account_move_line item
                 WHERE company_id = ANY(%s) AND parent_state = 'posted' AND date <= %s AND account_id IS NOT NULL AND %s
              GROUP BY account_id
                """,
                self._ledger_sums(package),
                scene.companies,
                package.date_to,
                late,
            )
        )
        expected = {int(account): list(row) for account, row in previous.control["accounts"].items()}
        for account, count, *amounts in self.env.cr.fetchall():
            row = expected.setdefault(account, [0, "0", "0", "0", "0"])
            row[0] += count
            row[1:] = [str(Decimal(was) + Decimal(more)) for was, more in zip(row[1:], amounts, strict=True)]

        def exact(control):
            return {account: (row[0], *map(Decimal, row[1:])) for account, row in control.items() if row[0]}

        return now, late if exact(expected) == exact(now) else None

    def _subtract(self, package):
        """Leave of the rows of a package what is new against the versions before."""
        key = SQL(", ").join(map(SQL.identifier, KEY))
        columns = SQL(", ").join(map(SQL.identifier, SUMS))
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMP TABLE finance_consolidation_change ON COMMIT DROP AS
                SELECT %(key)s, %(sums)s
                  FROM (SELECT %(key)s, 1 AS sign, %(columns)s FROM finance_consolidation_row WHERE package_id
                  = %(package)s
                         UNION ALL
                        SELECT %(key)s, -1, %(columns)s FROM finance_consolidation_row WHERE package_id =
                        ANY(%(before)s)) s
              GROUP BY %(key)s
                HAVING %(changed)s
                """,
                key=key,
                columns=columns,
                sums=SQL(", ").join(
                    SQL("sum(sign * %(name)s) AS %(name)s", name=SQL.identifier(name)) for name in SUMS
                ),
                changed=SQL(" OR ").join(
                    SQL("sum(sign * COALESCE(%s, 0)) != 0", SQL.identifier(name)) for name in SUMS[1:]
                ),
                package=package.id,
                before=package.previous_id._chain(),
            )
        )
        self.env.cr.execute(SQL("DELETE FROM finance_consolidation_row WHERE package_id = %s", package.id))
        self.env.cr.execute(
            SQL(
                """INSERT INTO finance_consolidation_row (package_id, company_id, %(key)s, %(columns)s)
                   SELECT %(package)s, %(company)s, %(key)s, %(columns)s FROM finance_consolidation_change""",
                key=key,
                columns=columns,
                package=package.id,
                company=package.company_id.id,
            )
        )
        self.env.cr.execute("DROP TABLE finance_consolidation_change")

    def _remember(self, scene, control):
        """Write what the next version needs, to see what has changed."""
        self.env.cr.execute(
            """SELECT (SELECT max(id) FROM account_move_line),
                      (SELECT min(xact_start) AT TIME ZONE 'UTC' FROM pg_stat_activity WHERE datname =
                      current_database())"""
        )
        highest, oldest = self.env.cr.fetchone()
        # a transaction that had begun before this one and ended meanwhile is no longer listed: what was written in the
        # hour before counts as maybe unseen, which costs a whole reading and never a wrong balance
        begun = min(oldest or self.env.cr.now(), self.env.cr.now()) - UNSEEN
        scene.package.sudo().write(  # sudo: what the steps write
            {
                "control": {"accounts": control or {}, "mappings": scene.package._mappings().ids},
                "highest_item": highest or 0,
                "oldest_transaction": fields.Datetime.to_string(begun),
            }
        )
