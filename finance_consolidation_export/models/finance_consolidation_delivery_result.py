from decimal import Decimal

from odoo import models

from ..targets.contract import Total

#: rejected rows that are kept, and differences that are named in one sentence
MOST, NAMED = 500, 5


class FinanceConsolidationDelivery(models.Model):
    """What came back: rejected rows with what to do about them, and figures account by account."""

    _inherit = "finance.consolidation.delivery"

    def _completed(self, report):
        """Give rejected rows the account and company that the platform has left out, from our file.

        :return: list of (rejected, dict of entity, account, partner)
        """
        writer, job = self.target_id._writer(), self._job()
        found = []
        for rejected in report.rejected[:MOST]:
            place = {"entity": rejected.entity, "account": rejected.account, "partner": rejected.partner}
            # of a layout it is not known which column is which
            if rejected.row and not (rejected.entity and rejected.account) and not self.target_id.layout_id:
                with self.payload_id._open() as stream:
                    told = writer.row(job, stream, rejected.row)
                place = {name: value or told.get(name, "") for name, value in place.items()}
            found.append((rejected, place))
        return found

    def _keep_rejected(self, completed):
        self.env["finance.consolidation.delivery.line"].create(
            [
                {
                    "delivery_id": self.id,
                    "company_id": self.company_id.id,
                    "round": self.round,
                    "number": rejected.row or 0,
                    "entity_code": place["entity"] or self.entity_id.code,
                    "account_code": place["account"],
                    "partner_code": place["partner"],
                    "dimension": rejected.dimension,
                    "member": rejected.member,
                    "message": rejected.message[:1000] or self.env._("Not taken"),
                    "advice": self._advice(rejected),
                }
                for rejected, place in completed
            ]
        )

    def _advice(self, rejected):
        if rejected.member:
            return self.env._(
                "Create %(member)s in %(dimension)s at the platform and load again; or map to a member that is "
                "there, and deliver a new version.",
                member=rejected.member,
                dimension=rejected.dimension or self.env._("its dimension"),
            )
        return self.env._("Mend what the platform says, then load again.")

    # -- figures -------------------------------------------------------------------------------

    def _totals_of(self, told):
        """:param told: [[company, account, currency, amount]] as it was kept"""
        return [
            Total(entity=entity, account=account, currency=currency, amount=Decimal(amount))
            for entity, account, currency, amount in told
        ]

    def _keep_compared(self, compared):
        currencies = {one.name: one for one in self.env["res.currency"].with_context(active_test=False).search([])}
        rows = {(row.entity_code, row.account_code, row.currency_id.name): row for row in self.total_ids}
        for one in compared:
            values = {
                "there": float(one.there),
                "difference": float(one.difference),
                "is_compared": True,
                "is_different": bool(one.difference),
            }
            entity, account, currency = one.key
            if one.key in rows:
                rows[one.key].write(values)
            else:
                self.env["finance.consolidation.delivery.total"].create(
                    {
                        "delivery_id": self.id,
                        "company_id": self.company_id.id,
                        "entity_code": entity,
                        "account_code": account,
                        "currency_id": currencies.get(currency, self.company_id.currency_id).id,
                        "sent": 0.0,
                        **values,
                    }
                )

    def _name_differences(self, differing):
        named = "; ".join(
            self.env._(
                "%(entity)s %(account)s: %(there)s instead of %(sent)s %(currency)s",
                entity=one.key[0],
                account=one.key[1],
                there=format(one.there, ",f"),
                sent=format(one.sent, ",f"),
                currency=one.key[2],
            )
            for one in differing[:NAMED]
        )
        more = self.env._(" and %s more", len(differing) - NAMED) if len(differing) > NAMED else ""
        return self.env._(
            "The platform holds other figures: %(named)s%(more)s. Find out who has changed them there, then load "
            "again or read back again.",
            named=named,
            more=more,
        )
