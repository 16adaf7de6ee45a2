from collections import Counter

from odoo import api, models
from odoo.tools import SQL

from ..matching.candidates import Candidates
from ..matching.names import PartnerNames
from ..matching.open_items import open_item
from ..matching.subset import MAX_ITEMS
from ..matching.tokens import is_identifying

#: open items of one amount that are looked at; more of them identify nothing
SAME_AMOUNT = 5
#: open items of a partner that are read where a booking lists short numbers
DEEP = 400


class FinanceBankCandidates(models.AbstractModel):
    """Finds open items for many bookings at once: a few queries, each of their parts through an index.

    The work grows with the bookings and with what they name, not with the number of open items.
    """

    _name = "finance.bank.candidates"
    _description = "Candidates of Bank Matching"

    @api.model
    def _find(self, company, facts, before=None):
        """Find what some thousand bookings may mean.

        :param facts: list of :class:`~..matching.facts.BookingFacts` (some thousands at most)
        :param before: what the bookings before these were given in the same run: what was read for them is not read
            again, and no more than that is kept
        :return: :class:`~..matching.candidates.Candidates`
        """
        before = before or Candidates()
        names = set().union(*(fact.references | fact.end_to_end for fact in facts))
        names.update(token for token in set().union(*(fact.tokens for fact in facts)) if is_identifying(token))
        names.update(name for fact in facts for name in fact.meant if len(name) > 5)
        amounts = {(str(fact.amount), fact.currency) for fact in facts if fact.partner_id is None}
        if not names and not amounts and not any(map(_partners, facts)):
            return Candidates()
        self.env["account.move"].flush_model(["name", "payment_reference", "ref", "move_type"])
        self.env["account.move.line"].flush_model()
        self.env["account.payment"].flush_model(["memo", "payment_reference"])
        read = self._of_partners(company, facts, before)
        ids = {item for _most, found in read.values() for item in found}
        # of a partner with few open items all of them are read
        wanted = {
            (partner, str(fact.amount))
            for fact in facts
            for partner in _partners(fact)
            if len(read[partner][1]) == read[partner][0]
        }
        ids.update(item for (item,) in self.env.execute_query(self._query(company, names, wanted, amounts)))
        items = {item: before.items[item] for item in ids if item in before.items}
        self.env.cr.execute(self._details(ids - items.keys()))
        for row in self.env.cr.dictfetchall():
            items[row["id"]] = open_item(row)
        count = Counter(item.partner_id for item in items.values())
        crowded = {partner for partner in read if count[partner] > MAX_ITEMS}
        return Candidates(items, facts, crowded=crowded, numbers=self._numbers(company, names), read=read)

    @api.model
    def _has_open_items(self, company):
        """Where nothing is open, no booking can mean anything."""
        self.env["account.move.line"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                SELECT EXISTS (
                    SELECT FROM account_move_line o
                     WHERE o.company_id = %s AND o.reconciled IS NOT TRUE AND o.parent_state = 'posted'
                       AND o.amount_residual_currency <> 0 AND o.statement_line_id IS NULL)
                """,
                company.id,
            )
        )
        return self.env.cr.fetchone()[0]

    @api.model
    def _numbers(self, company, names):
        """:return: which of these are numbers of documents, paid ones too"""
        self.env.cr.execute(
            SQL(
                r"""
                SELECT DISTINCT regexp_replace(upper(m.name), '[^0-9A-Z]+', '', 'g') FROM account_move m
                 WHERE m.company_id = %s AND m.move_type <> 'entry'
                   AND regexp_replace(upper(m.name), '[^0-9A-Z]+', '', 'g') = ANY((SELECT %s::text[])::text[])
                """,
                company.id,
                sorted(names),
            )
        )
        return frozenset(name for (name,) in self.env.cr.fetchall())

    @api.model
    def _of_partners(self, company, facts, before):
        """Some of what is open of each partner that a booking may be of.

        :return: dict partner -> (how many were asked for, their ids)
        """
        most = {partner: MAX_ITEMS + 1 for fact in facts for partner in _partners(fact)}
        # who lists short numbers is asked for more of what is open
        most |= {partner: DEEP for fact in facts if len(fact.called) > 1 for partner in _partners(fact)}
        read = {}
        for partner, wanted in most.items():
            asked, ids = before.read.get(partner, (0, ()))
            if asked >= wanted or len(ids) < asked:
                # fewer count where fewer were asked for: what a booking is given depends on no other page
                read[partner] = (wanted, ids[:wanted])
        missing = sorted(most.keys() - read.keys())
        found = self.env.execute_query(
            SQL(
                """
                SELECT p.id, array_agg(l.id) FROM unnest(%(partners)s::int[], %(most)s::int[]) AS p(id, most)
                 CROSS JOIN LATERAL (
                        SELECT o.id FROM account_move_line o JOIN account_account a ON a.id = o.account_id
                         WHERE o.partner_id = p.id AND o.reconciled IS NOT TRUE AND o.parent_state = 'posted'
                           AND o.amount_residual_currency <> 0 AND o.statement_line_id IS NULL
                           AND o.company_id = %(company)s
                           AND (a.account_type IN ('asset_receivable', 'liability_payable')
                                OR o.payment_id IS NOT NULL AND a.reconcile)
                         LIMIT p.most) l
                 GROUP BY p.id
                """,
                partners=missing,
                most=[most[partner] for partner in missing],
                company=company.id,
            )
        )
        return read | {partner: (most[partner], []) for partner in missing} | {
            partner: (most[partner], ids) for partner, ids in found
        }  # fmt: skip

    @api.model
    def _query(self, company, names, wanted, amounts):
        """Ids of open items that are named, or that have a wanted amount."""
        return SQL(
            r"""
            -- as a result, not as constants: the planner compares each of thousands with its statistics
            WITH names AS MATERIALIZED (
                SELECT %(names)s::text[] AS list
            ), named AS (
                SELECT m.id FROM account_move m
                 WHERE m.company_id = %(company)s
                   AND regexp_replace(upper(m.name), '[^0-9A-Z]+', '', 'g') = ANY((TABLE names)::text[])
                UNION
                SELECT m.id FROM account_move m
                 WHERE m.company_id = %(company)s AND m.payment_reference IS NOT NULL
                   AND regexp_replace(upper(m.payment_reference), '[^0-9A-Z]+', '', 'g') = ANY((TABLE names)::text[])
                UNION
                SELECT m.id FROM account_move m
                 WHERE m.company_id = %(company)s AND m.ref IS NOT NULL AND m.move_type IN ('in_invoice', 'in_refund')
                   AND regexp_replace(upper(m.ref), '[^0-9A-Z]+', '', 'g') = ANY((TABLE names)::text[])
                UNION
                SELECT p.move_id FROM account_payment p
                 WHERE p.company_id = %(company)s AND p.is_matched IS NOT TRUE AND p.move_id IS NOT NULL
                   AND (regexp_replace(upper(p.memo), '[^0-9A-Z]+', '', 'g') = ANY((TABLE names)::text[])
                        OR regexp_replace(upper(p.payment_reference), '[^0-9A-Z]+', '', 'g')
                           = ANY((TABLE names)::text[]))
            ), found AS (
                SELECT l.id FROM named n JOIN account_move_line l ON l.move_id = n.id
                UNION
                SELECT l.id FROM unnest(%(owners)s::int[], %(owed)s::numeric[]) AS w(partner, amount)
                 CROSS JOIN LATERAL (
                        SELECT o.id FROM account_move_line o
                         WHERE o.partner_id = w.partner AND o.amount_residual_currency = w.amount
                           AND o.reconciled IS NOT TRUE AND o.parent_state = 'posted'
                           AND o.amount_residual_currency <> 0 AND o.statement_line_id IS NULL
                           AND o.company_id = %(company)s
                         LIMIT %(same)s) l
                UNION
                SELECT l.id FROM unnest(%(amounts)s::numeric[], %(currencies)s::text[]) AS w(amount, currency)
                  JOIN res_currency c ON c.name = w.currency
                 CROSS JOIN LATERAL (
                        SELECT o.id FROM account_move_line o
                         WHERE o.company_id = %(company)s AND o.amount_residual_currency = w.amount
                           AND o.currency_id = c.id AND o.reconciled IS NOT TRUE AND o.parent_state = 'posted'
                           AND o.amount_residual_currency <> 0 AND o.statement_line_id IS NULL
                         LIMIT %(same)s) l)
            SELECT l.id FROM found f
              JOIN account_move_line l ON l.id = f.id
              JOIN account_account a ON a.id = l.account_id
             WHERE l.company_id = %(company)s AND l.parent_state = 'posted' AND l.reconciled IS NOT TRUE
               AND l.amount_residual_currency <> 0 AND l.statement_line_id IS NULL
               AND (a.account_type IN ('asset_receivable', 'liability_payable')
                    OR l.payment_id IS NOT NULL AND a.reconcile)
            """,
            company=company.id,
            names=sorted(names),
            owners=[partner for partner, _amount in sorted(wanted)],
            owed=[amount for _partner, amount in sorted(wanted)],
            amounts=[amount for amount, _currency in sorted(amounts)],
            currencies=[currency for _amount, currency in sorted(amounts)],
            same=SAME_AMOUNT,
        )

    @api.model
    def _details(self, ids):
        return SQL(
            """
            SELECT l.id, l.amount_residual_currency::text AS residual, l.amount_residual::text AS local,
                   c.name AS currency, l.partner_id, l.account_id, l.date_maturity, m.name,
                   COALESCE(m.invoice_date, m.date) AS day, m.payment_reference,
                   CASE WHEN m.move_type IN ('in_invoice', 'in_refund') THEN m.ref END AS theirs,
                   p.memo, p.payment_reference AS payment, l.discount_date,
                   CASE WHEN l.amount_residual_currency = l.amount_currency
                        THEN l.discount_amount_currency::text END AS discounted
              FROM unnest(%s::int[]) AS f(id)
              JOIN account_move_line l ON l.id = f.id
              JOIN account_move m ON m.id = l.move_id
              JOIN res_currency c ON c.id = l.currency_id
              LEFT JOIN account_payment p ON p.id = l.payment_id
            """,
            sorted(ids),
        )

    @api.model
    def _partner_names(self, company):
        """The names of the partners that owe or are owed something in this company (none: nobody is asked for)."""
        if not company:
            return PartnerNames({})
        self.env["res.partner"].flush_model(["name", "commercial_partner_id", "active"])
        self.env.cr.execute(
            SQL(
                """
                SELECT p.id, p.name FROM res_partner p
                 WHERE p.name IS NOT NULL AND EXISTS (
                        SELECT 1 FROM account_move_line o
                         WHERE o.partner_id = p.id AND o.reconciled IS NOT TRUE AND o.parent_state = 'posted'
                           AND o.amount_residual_currency <> 0 AND o.statement_line_id IS NULL
                           AND o.company_id = %s)
                """,
                company.id,
            )
        )
        return PartnerNames(dict(self.env.cr.fetchall()))


def _partners(fact):
    """:return: whose the booking may be"""
    return {fact.partner_id, *fact.alike} - {None}
