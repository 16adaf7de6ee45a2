from decimal import Decimal

from odoo import models


class FinanceConsolidationPackage(models.Model):
    """Whether the ledger still has the balances of a package, and what the next version needs to know (C-17)."""

    _inherit = "finance.consolidation.package"

    def _differs_from_ledger(self):
        """:return: whether the ledger has other balances by account by now (RELIABILITY, fault 56)"""
        self.ensure_one()
        if self.is_received:
            # whose books they are compares them
            return False
        self.env.flush_all()
        builder = self.env["finance.consolidation.builder"]
        now = builder._control(builder._scene(self))
        return self._amounts(now) != self._amounts(self.control["accounts"])

    def _amounts(self, control):
        """:return: account id -> amounts, of accounts that have any"""
        found = {int(account): tuple(map(Decimal, row[1:])) for account, row in control.items()}
        return {account: amounts for account, amounts in found.items() if any(amounts)}

    def _mapped_as(self, previous):
        """:return: whether the same rules and rates count as for the version before"""
        self.ensure_one()

        def rates(package):
            return sorted((rate.kind, rate.group_account_id.id, rate.rate) for rate in package.rate_ids)

        return self._mappings().ids == (previous.control or {}).get("mappings") and rates(self) == rates(previous)
