from typing import NamedTuple

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..const import DIMENSIONS

#: amounts of a row, in the order of the columns
MEASURES = ("opening", "earlier", "debit", "credit")
ITEM = SQL.identifier("finance_consolidation_item")
TARGET = SQL.identifier("finance_consolidation_target")
SUM = SQL.identifier("finance_consolidation_sum")
#: for the sums of one cut; with the 4 MB of PostgreSQL twenty thousand of them are put on disk and read again
WORK_MEMORY = "64MB"


class Scene(NamedTuple):
    """What all cuts of one package share.

    :param companies: ids of the company and its branches
    :param accounts: account id -> (code, type, whether it begins each year at zero)
    :param parts: rules of the mappings in force
    :param mappings: ids of these mappings
    :param rates: group account id -> (rate of balances, rate of the period), both Decimal or None
    :param result_account: id of the account that results of earlier years belong to, or 0
    """

    package: models.Model
    companies: list
    accounts: dict
    parts: list
    mappings: list
    rates: dict
    result_account: int

    @property
    def of_companies(self):
        """:return: SQL of items of the companies; one is compared as such, which costs each item less than a list"""
        if len(self.companies) == 1:
            return SQL("item.company_id = %s", self.companies[0])
        return SQL("item.company_id = ANY(%s)", self.companies)


class FinanceConsolidationBuilder(models.AbstractModel):
    """Reads the balances of a company into the rows of a package: one pass over the journal items for each cut.

    Everything is read in one transaction, which sees the ledger as it was when it began (RELIABILITY, fault
    56). Amounts are
    added as exact numbers and rounded once, when they become rows; what rounding of shares leaves is a row of its own,
    so that every cut comes to the balances by account.
    """

    _name = "finance.consolidation.builder"
    _description = "Builder of Packages"

    @api.model
    def _build(self, package, is_again=False):
        """Write the rows of a package that has none: all balances, or what has changed since the version before.

        :param package: one ``finance.consolidation.package`` in draft
        :param is_again: it had been built before
        """
        self.env.flush_all()
        self._give_memory()
        scene = self._scene(package)
        control, late = self._late(scene, is_again) if package.is_delta else (None, None)
        self._begin_sums()
        base, used = None, {}
        for cut in package._cuts():
            self._items(scene, cut, late)
            control = control or self._control_of_items(scene, cut)
            self._targets(scene, cut)
            self._rows(scene, cut)
            self._rounding(scene, cut, base)
            self._difference(scene, cut)
            self._use(scene, cut, used)
            self.env.cr.execute(SQL("DROP TABLE %s, %s", ITEM, TARGET))
            base = base or cut
        if package.is_delta:
            if not late:
                self._subtract(package)
            self._add_sums(package.previous_id._chain(), base, is_before=True)
        self._members(scene, used)
        self._remember(scene, control)
        # what was written without records; the rest of what is known stays known
        package.invalidate_recordset()
        for model in ("finance.consolidation.row", "finance.consolidation.member"):
            self.env[model].invalidate_model()

    def _give_memory(self):
        """Let this transaction add up in memory, if the server would let it have less."""
        self.env.cr.execute(
            "SELECT set_config('work_mem', %(given)s, TRUE)"
            " WHERE pg_size_bytes(current_setting('work_mem')) < pg_size_bytes(%(given)s)",
            {"given": WORK_MEMORY},
        )

    def _scene(self, package):
        companies = package.entity_id._companies()
        company = package.company_id
        known = self._accounts_of(company, companies)
        result = next((account for account, (_code, kind, _yearly) in known.items() if kind == "equity_unaffected"), 0)
        mappings = package._mappings()
        parts = [part for mapping in mappings for part in mapping._parts()]
        return Scene(package, companies.ids, known, parts, mappings.ids, package._rates_by_account(), result)

    def _accounts_of(self, company, companies):
        """:return: accounts of a ``Scene``, in the order of their codes; records of thousands of them cost more than
        adding up their items"""
        # sudo: a package holds all of the books, whoever builds it
        model = self.env["account.account"].sudo().with_company(company).with_context(active_test=False)
        query = model._search([("company_ids", "in", company.root_id.ids + companies.ids)])
        columns = [model._field_to_sql(query.table, name, query) for name in ("id", "code", "account_type")]
        return {
            account: (code or "", kind, kind.partition("_")[0] in ("income", "expense"))
            for account, code, kind in self.env.execute_query(query.select(*columns))
        }

    def _use(self, scene, cut, used):
        """Note which members of dimensions a cut has.

        :param used: dimension -> ids of its members, added to
        """
        for number, dimension in enumerate(scene.package._dimensions_of(cut), 1):
            place = SQL.identifier(f"dim{number}")
            self.env.cr.execute(SQL("SELECT DISTINCT %s FROM %s WHERE %s IS NOT NULL", place, ITEM, place))
            used.setdefault(dimension, set()).update(row[0] for row in self.env.cr.fetchall())

    def _members(self, scene, used):
        """Keep what accounts and members of dimensions are called today.

        :param used: as of :meth:`_use`
        """
        package = scene.package
        named = [(None, account, code or str(account), name) for account, code, name in self._accounts_named(scene)]
        for dimension, ids in used.items():
            named += [(dimension.id, member, *words) for member, words in dimension._named(ids).items()]
        # evidence of the package, written by nobody else: as the rows are, without the cost of records
        self.env.cr.execute(
            """
            INSERT INTO finance_consolidation_member (package_id, company_id, dimension_id, res_id, code, name)
            SELECT %s, %s, * FROM unnest(%s::int4[], %s::int4[], %s::varchar[], %s::varchar[])
            """,
            [package.id, package.company_id.id, *map(list, zip(*named, strict=True))]
            if named
            else [package.id, package.company_id.id, [], [], [], []],
        )

    def _accounts_named(self, scene):
        """:return: (id, code, name) of the accounts that have a balance"""
        self.env.cr.execute(
            SQL("SELECT DISTINCT account_id FROM %s WHERE NOT is_before AND account_id IS NOT NULL", SUM)
        )
        # sudo: names within the package, for those who may read it
        accounts = self.env["account.account"].sudo().browse(row[0] for row in self.env.cr.fetchall())
        accounts.fetch(["name"])
        return [(account.id, scene.accounts.get(account.id, ("",))[0], account.name) for account in accounts]

    @api.model
    def _check_width(self, dimensions):
        """:raise UserError: conditions of the mapping ask for more than a row can hold"""
        if len(dimensions) > DIMENSIONS:
            raise UserError(
                self.env._(
                    "With what the conditions of the mapping ask for, a cut would have %(count)s dimensions; "
                    "%(most)s is the most.",
                    count=len(dimensions),
                    most=DIMENSIONS,
                )
            )
