from decimal import Decimal

from odoo import models
from odoo.tools import SQL

from ..balances import assignment
from .finance_consolidation_builder import ITEM, TARGET


class FinanceConsolidationBuilder(models.AbstractModel):
    """Builder, second step: where the balances of each account go, and at which rates."""

    _inherit = "finance.consolidation.builder"

    def _targets(self, scene, cut):
        """Write for every account, with what conditions ask for, where its balances go and at which rates."""
        package = scene.package
        dimensions = package._dimensions_of(cut)
        asked = assignment.asked(scene.parts)
        places = [
            (f"dim{number}", dimension) for number, dimension in enumerate(dimensions, 1) if dimension.code in asked
        ]
        if "partner_entity" in asked:
            places.append(("entity_id", None))
        cr = self.env.cr
        names = SQL("").join(SQL(", %s", SQL.identifier(name)) for name, _dimension in places)
        cr.execute(SQL("SELECT DISTINCT account_id%s FROM %s", names, ITEM))
        found = cr.fetchall()
        keys = list(self._keys(scene, places, found))
        try:
            assigned = assignment.assign(scene.parts, keys, package.date_to)
        except assignment.DivisionError:
            # said by a finding; nothing is divided that does not come to the whole
            assigned = {}
        rows = []
        for key in found:
            _code, _kind, yearly = scene.accounts.get(key[0], ("", "", False))
            for part in assigned.get(key, (None,)):
                rate, period_rate = scene.rates.get(part.account, (None, None)) if part else (None, None)
                rows.append(
                    (
                        *key,
                        yearly,
                        part.account if part else None,
                        part.per_cent / assignment.HUNDRED if part else Decimal(1),
                        part.sign < 0 if part else False,
                        (part.movement or None) if part else None,
                        rate,
                        period_rate,
                    )
                )
        columns = SQL("").join(SQL(", %s int4", SQL.identifier(name)) for name, _dimension in places)
        cr.execute(
            SQL(
                "CREATE TEMP TABLE %s (account_id int4%s, is_yearly boolean, group_account_id int4, share numeric,"
                " is_reversed boolean, movement varchar, rate numeric, period_rate numeric)",
                TARGET,
                columns,
            )
        )
        cr.execute_values("INSERT INTO finance_consolidation_target VALUES %s", rows, page_size=1000)

    def _keys(self, scene, places, found):
        """:return: a key for ``assignment`` of each account with what conditions may ask for"""
        members = {
            place: dimension._named({row[number] for row in found if row[number] is not None})
            for number, (place, dimension) in enumerate(places, 1)
            if dimension
        }
        entities = {entity.id: entity.code for entity in self.env["finance.consolidation.entity"]._all()}
        for row in found:
            code, kind, _yearly = scene.accounts.get(row[0], ("", "", False))
            facts = {"type": kind}
            for number, (place, dimension) in enumerate(places, 1):
                if row[number] is None:
                    continue
                if dimension:
                    facts[dimension.code] = members[place][row[number]][0]
                else:
                    facts["partner_entity"] = entities.get(row[number])
            yield assignment.Key(value=row, code=code, facts=facts)
