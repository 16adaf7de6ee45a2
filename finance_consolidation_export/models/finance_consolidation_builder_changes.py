from datetime import timedelta
from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL

from ..const import DIMENSIONS
from .finance_consolidation_builder import ITEM, MEASURES, SUM

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

    Usually entries were added, and nothing else: then only the items that came since are read. That nothing else has
    happened is proved: no older item was written since, and there are as many items as there were then and have come
    since, so none was deleted; both are asked of indexes. Otherwise everything is read, and the versions before are
    subtracted. Amounts that were changed behind Odoo's back, without a trace in the dates, are found when the package
    is prepared, and built again it counts amounts as well.
    """

    _inherit = "finance.consolidation.builder"

    @api.model
    def _control(self, scene):
        """Add up the ledger by account.

        :return: account id -> [items, opening, earlier, debit, credit] with amounts as texts
        """
        return self._by_account(scene, self._ledger_sums(scene.package))

    def _by_account(self, scene, columns, where=None):
        """:return: account id -> [items, then the columns] of the posted items until the end of the period"""
        self.env.cr.execute(
            SQL(
                """
                SELECT account_id, count(*), %s FROM account_move_line item
                 WHERE %s AND parent_state = 'posted' AND date <= %s AND account_id IS NOT NULL%s
              GROUP BY account_id
                """,
                columns,
                scene.of_companies,
                scene.package.date_to,
                SQL(" AND %s", where) if where else SQL(""),
            )
        )
        return {row[0]: list(row[1:]) for row in self.env.cr.fetchall()}

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
            return self._control(scene)
        self.env.cr.execute(
            SQL(
                "SELECT account_id, sum(items)::int, %s FROM %s WHERE NOT is_result GROUP BY account_id",
                SQL(", ").join(SQL("sum(%s)::text", SQL.identifier(name)) for name in MEASURES),
                ITEM,
            )
        )
        return {row[0]: list(row[1:]) for row in self.env.cr.fetchall()}

    def _late(self, scene, is_again=False):
        """Find out whether only items came since the version before.

        :param is_again: compare amounts as well, not only how many items there are
        :return: sums of the ledger today as :meth:`_control`; SQL of the items that came since, or None: there were
            other changes
        """
        package, previous = scene.package, scene.package.previous_id
        if not package._mapped_as(previous):
            return self._control(scene), None
        late = SQL("item.id > %s", previous.highest_item)
        expected = {int(account): list(row) for account, row in previous.control["accounts"].items()}
        for account, (count, *amounts) in self._by_account(scene, self._ledger_sums(package), late).items():
            row = expected.setdefault(account, [0, "0", "0", "0", "0"])
            row[0] += count
            row[1:] = [str(Decimal(was) + Decimal(more)) for was, more in zip(row[1:], amounts, strict=True)]
        counted = previous.control["items"] + self._count(scene, late)
        if self._has_touched(scene, previous) or self._count(scene) != counted:
            return self._control(scene), None
        if not is_again:
            return expected, late
        now = self._control(scene)
        return now, late if package._amounts(expected) == package._amounts(now) else None

    def _has_touched(self, scene, previous):
        """:return: whether an item was written since that the version before may have seen otherwise"""
        self.env.cr.execute(
            SQL(
                "SELECT EXISTS (SELECT FROM account_move_line item WHERE write_date >= %s AND id <= %s AND %s)",
                previous.oldest_transaction,
                previous.highest_item,
                scene.of_companies,
            )
        )
        return self.env.cr.fetchone()[0]

    def _count(self, scene, where=None):
        """:return: how many items there are on the accounts of the company, drafts and other companies' included: an
        index of Odoo can count them"""
        self.env.cr.execute(
            SQL(
                "SELECT count(*) FROM account_move_line item WHERE account_id = ANY(%s) AND date <= %s%s",
                list(scene.accounts),
                scene.package.date_to,
                SQL(" AND %s", where) if where else SQL(""),
            )
        )
        return self.env.cr.fetchone()[0]

    def _count_all(self, scene, control):
        """:return: as :meth:`_count` of all of them; where nobody else books on these accounts, those that were added
        up need not be counted again

        :param control: as of :meth:`_control`, of today
        """
        if self._shares_accounts(scene):
            return self._count(scene)
        posted = sum(row[0] for account, row in control.items() if account in scene.accounts)
        return posted + self._count_unposted(scene)

    def _shares_accounts(self, scene):
        """:return: whether others than the companies of the package may book on their accounts"""
        self.env.cr.execute(
            SQL(
                """
                SELECT EXISTS (SELECT FROM account_account_res_company_rel
                                WHERE account_account_id = ANY(%(accounts)s) AND res_company_id != ALL(%(companies)s))
                    OR EXISTS (SELECT FROM res_company c, res_company own
                                WHERE own.id = ANY(%(companies)s) AND c.id != ALL(%(companies)s)
                                  AND split_part(c.parent_path, '/', 1) = split_part(own.parent_path, '/', 1))
                """,
                accounts=list(scene.accounts),
                companies=scene.companies,
            )
        )
        return self.env.cr.fetchone()[0]

    def _count_unposted(self, scene):
        """:return: how many items of entries that are not posted there are; found by the index of journals, as most
        entries are posted"""
        states = [state for state, _label in self.env["account.move"]._fields["state"].selection if state != "posted"]
        self.env.cr.execute(
            SQL(
                """
                SELECT count(*) FROM account_move move JOIN account_move_line item ON item.move_id = move.id
                 WHERE move.journal_id = ANY(ARRAY(SELECT id FROM account_journal WHERE company_id = ANY(%s)))
                   AND move.state = ANY(%s) AND item.parent_state != 'posted'
                   AND item.account_id = ANY(%s) AND item.date <= %s
                """,
                scene.companies,
                states,
                list(scene.accounts),
                scene.package.date_to,
            )
        )
        return self.env.cr.fetchone()[0]

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
        self.env.cr.execute(SQL("DELETE FROM %s", SUM))
        self._add_sums([package.id])

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
                "control": {
                    "accounts": control or {},
                    "items": self._count_all(scene, control or {}),
                    "mappings": scene.mappings,
                },
                "highest_item": highest or 0,
                "oldest_transaction": fields.Datetime.to_string(begun),
            }
        )
