from collections import defaultdict
from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL

from ..matching.facts import OpenItem
from ..matching.mentions import short_of
from ..matching.names import PartnerNames
from ..matching.structured import variants
from ..matching.subset import MAX_ITEMS
from ..matching.tokens import digits_of, is_identifying, normalise

#: open items of one amount that are looked at; more of them identify nothing
SAME_AMOUNT = 5
#: open items of a partner that are read where a booking lists short numbers
DEEP = 400


class Candidates:
    """Open items of one company that may belong to some bookings, found by what the bookings say.

    :param items: id to :class:`~..matching.facts.OpenItem`
    :param crowded: partners with more open items than were read
    :param numbers: numbers of documents that exist, open or not, among what the bookings say
    """

    def __init__(self, items, crowded, numbers=frozenset()):
        self.items = items
        self.numbers = numbers
        self.crowded = crowded
        self._by_name = defaultdict(set)
        self._by_partner = defaultdict(set)
        self._by_amount = defaultdict(set)
        for item in items.values():
            for name in item.names:
                self._by_name[name].add(item.id)
            self._by_partner[item.partner_id].add(item.id)
            for amount in {item.residual, item.discounted} - {None}:
                self._by_amount[item.currency, amount].add(item.id)

    def names_document(self, fact):
        return not self.numbers.isdisjoint(fact.tokens | fact.references)

    def of(self, fact):
        """:return: the items that this booking may mean, in a stable order"""
        if not self.items:
            return []
        ids = set()
        for name in fact.references | fact.end_to_end | fact.tokens:
            ids |= self._by_name.get(name, set())
        for partner in {fact.partner_id, *fact.alike} - {None}:
            ids |= self._by_partner.get(partner, set())
        if fact.partner_id is None:
            ids |= self._by_amount.get((fact.currency, fact.amount), set())
        return [self.items[item] for item in sorted(ids)]


class FinanceBankCandidates(models.AbstractModel):
    """Finds open items for many bookings at once: one query, each of its parts through an index.

    The work grows with the bookings and with what they name, not with the number of open items.
    """

    _name = "finance.bank.candidates"
    _description = "Candidates of Bank Matching"

    @api.model
    def _find(self, company, facts):
        """:param facts: list of :class:`~..matching.facts.BookingFacts` (some thousands at most)"""
        if not self._has_open_items(company):
            return Candidates({}, set())
        names = set().union(*(fact.references | fact.end_to_end for fact in facts))
        names.update(token for token in set().union(*(fact.tokens for fact in facts)) if is_identifying(token))
        names.update(name for fact in facts for name in fact.meant if len(name) > 5)
        partners = {partner for fact in facts for partner in (fact.partner_id, *fact.alike) if partner}
        wanted = {
            (partner, str(fact.amount)) for fact in facts for partner in (fact.partner_id, *fact.alike) if partner
        }
        # who lists short numbers is asked for more of what is open
        lists = [fact for fact in facts if len(fact.called) > 1]
        deep = {partner for fact in lists for partner in (fact.partner_id, *fact.alike) if partner}
        amounts = {(str(fact.amount), fact.currency) for fact in facts if fact.partner_id is None}
        if not names and not partners and not amounts:
            return Candidates({}, set())
        self.env["account.move"].flush_model(["name", "payment_reference", "ref", "move_type"])
        self.env["account.payment"].flush_model(["memo", "payment_reference"])
        self.env.cr.execute(self._query(company, names, partners, deep, wanted, amounts))
        items = {}
        count = defaultdict(int)
        for row in self.env.cr.dictfetchall():
            items[row["id"]] = self._item(row)
            count[row["partner_id"]] += 1
        crowded = {partner for partner in partners if count[partner] > MAX_ITEMS}
        return Candidates(items, crowded, self._numbers(company, names))

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
    def _query(self, company, names, partners, deep, wanted, amounts):
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
                SELECT l.id FROM (SELECT unnest(%(partners)s::int[]), %(many)s
                                  UNION SELECT unnest(%(deep)s::int[]), %(deepest)s) AS p(id, most)
                 CROSS JOIN LATERAL (
                        SELECT o.id FROM account_move_line o JOIN account_account a ON a.id = o.account_id
                         WHERE o.partner_id = p.id AND o.reconciled IS NOT TRUE AND o.parent_state = 'posted'
                           AND o.amount_residual_currency <> 0 AND o.statement_line_id IS NULL
                           AND o.company_id = %(company)s
                           AND (a.account_type IN ('asset_receivable', 'liability_payable')
                                OR o.payment_id IS NOT NULL AND a.reconcile)
                         LIMIT p.most) l
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
            SELECT l.id, l.amount_residual_currency::text AS residual, l.amount_residual::text AS local,
                   c.name AS currency, l.partner_id, l.account_id, l.date_maturity, m.name,
                   COALESCE(m.invoice_date, m.date) AS day, m.payment_reference,
                   CASE WHEN m.move_type IN ('in_invoice', 'in_refund') THEN m.ref END AS theirs,
                   p.memo, p.payment_reference AS payment, l.discount_date,
                   CASE WHEN l.amount_residual_currency = l.amount_currency
                        THEN l.discount_amount_currency::text END AS discounted
              FROM found f
              JOIN account_move_line l ON l.id = f.id
              JOIN account_account a ON a.id = l.account_id
              JOIN account_move m ON m.id = l.move_id
              JOIN res_currency c ON c.id = l.currency_id
              LEFT JOIN account_payment p ON p.id = l.payment_id
             WHERE l.company_id = %(company)s AND l.parent_state = 'posted' AND l.reconciled IS NOT TRUE
               AND l.amount_residual_currency <> 0 AND l.statement_line_id IS NULL
               AND (a.account_type IN ('asset_receivable', 'liability_payable')
                    OR l.payment_id IS NOT NULL AND a.reconcile)
             ORDER BY l.date_maturity, l.id
            """,
            company=company.id,
            names=sorted(names),
            partners=sorted(partners),
            owners=[partner for partner, _amount in sorted(wanted)],
            owed=[amount for _partner, amount in sorted(wanted)],
            amounts=[amount for amount, _currency in sorted(amounts)],
            currencies=[currency for _amount, currency in sorted(amounts)],
            many=MAX_ITEMS + 1,
            deep=sorted(deep),
            deepest=DEEP,
            same=SAME_AMOUNT,
        )

    @api.model
    def _item(self, row):
        texts = [row["name"], row["payment_reference"], row["theirs"], row["memo"], row["payment"]]
        names = {normalise(text) for text in texts if text}
        for text in (row["payment_reference"], row["payment"]):
            names |= variants(normalise(text)) if text else set()
        is_discounted = row["discounted"] and row["discount_date"] and Decimal(row["discounted"])
        return OpenItem(
            id=row["id"],
            names=frozenset(names - {""}),
            residual=Decimal(row["residual"]),
            currency=row["currency"],
            partner_id=row["partner_id"] or 0,
            account_id=row["account_id"],
            due=row["date_maturity"],
            digits=digits_of(row["name"]) | digits_of(row["theirs"]),
            short=short_of(row["name"], row["day"]) | short_of(row["theirs"], row["day"]),
            discounted=Decimal(row["discounted"]) if is_discounted else None,
            discount_until=row["discount_date"] if is_discounted else None,
            local=Decimal(row["local"]),
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
