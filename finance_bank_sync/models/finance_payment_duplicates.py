import json
from dataclasses import dataclass

from odoo import api, models
from odoo.tools import SQL

from ..const import CONFIDENTIAL
from ..matching.tokens import normalise

#: shorter texts identify nothing when they are looked for inside another text
SHORTEST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A payment that may be one too many.

    :param text: what the payee reads, normalised
    :param line_id: the payment itself where it exists already
    """

    key: int
    partner_id: int
    number: str
    amount: str
    currency_id: int
    text: str
    line_id: int | None = None
    order_id: int | None = None


class FinancePaymentDuplicates(models.AbstractModel):
    """Finds what was paid already: same payee or account, amount, currency and text, within a window (K-10).

    Compared with payments of the suite, with Odoo's payments and with bookings of the bank. What was rejected,
    cancelled or came back does not count. Confidential payments are compared for those alone who may see them: else
    whoever may make a payment could ask for a salary by guessing.
    """

    _name = "finance.payment.duplicates"
    _description = "Duplicates of Payments"

    @api.model
    def _probe(self, key, *, partner_id, number, amount, currency, text, line=None):
        return Probe(
            key=key,
            partner_id=partner_id,
            number=number or "",
            amount=str(amount),
            currency_id=currency.id,
            text=normalise(text or ""),
            line_id=line.id if line else None,
            order_id=line.order_id.id if line else None,
        )

    @api.model
    def _find(self, company, probes):
        """:return: dict key of the probe -> what it repeats, in words"""
        found = self._within(probes)
        known = [probe for probe in probes if probe.key not in found]
        if known:
            self.env.flush_all()
            for key, kind, name, day in self.env.execute_query(self._query(company, known)):
                found.setdefault(key, self._words(kind, name, day))
        return found

    @api.model
    def _within(self, probes):
        """What stands twice in what is compared: the first of them is paid."""
        seen, found = {}, {}
        for probe in probes:
            key = (probe.number or probe.partner_id, probe.amount, probe.currency_id, probe.text)
            if probe.text and key in seen:
                found[probe.key] = self.env._("the same payee, amount and text twice in this run")
            seen.setdefault(key, probe.key)
        return found

    @api.model
    def _words(self, kind, name, day):
        if kind == "payment":
            return self.env._("payment %(name)s of %(day)s", name=name, day=day)
        if kind == "booking":
            return self.env._("booked by the bank on %(day)s: %(name)s", name=name, day=day)
        return self.env._("order %(name)s of %(day)s", name=name, day=day)

    @api.model
    def _query(self, company, probes):
        rows = [
            {
                "key": probe.key,
                "partner": probe.partner_id,
                "number": probe.number or None,
                "amount": probe.amount,
                "currency": probe.currency_id,
                "text": probe.text,
                "line": probe.line_id,
                "own_order": probe.order_id,
            }
            for probe in probes
        ]
        return SQL(
            """
            WITH probe AS MATERIALIZED (
                SELECT v.*, COALESCE(p.commercial_partner_id, v.partner) AS payee
                  FROM json_to_recordset(%(rows)s) AS v(key int, partner int, number varchar, amount numeric,
                                                       currency int, text text, line int, own_order int)
                  JOIN res_partner p ON p.id = v.partner),
            since AS (SELECT (now() AT TIME ZONE 'UTC')::date - %(days)s AS day)
            SELECT key, kind, name, day FROM (
                SELECT v.key, 'order' AS kind, COALESCE(o.name, '#' || o.id) AS name, l.create_date::date AS day
                  FROM finance_payment_line l
                  JOIN finance_payment_order o ON o.id = l.order_id
                  JOIN res_partner p ON p.id = l.partner_id
                  LEFT JOIN res_partner_bank b ON b.id = l.partner_bank_id
                  JOIN probe v ON v.amount = l.amount AND v.currency = l.currency_id
                   AND (v.payee = COALESCE(p.commercial_partner_id, p.id) OR v.number = b.sanitized_acc_number)
                   AND v.text = %(line_text)s
                 WHERE l.company_id = %(company)s AND o.direction = 'transfer' AND o.state <> 'cancelled'
                   AND l.state NOT IN ('rejected', 'cancelled', 'returned') AND (NOT l.is_confidential OR %(sees)s)
                   AND l.create_date >= (SELECT day FROM since)
                   AND (v.line IS NULL OR l.id <> v.line AND (l.order_id <> v.own_order OR l.id < v.line))
                UNION ALL
                SELECT v.key, 'payment', p.name, p.date
                  FROM account_payment p
                  JOIN res_partner r ON r.id = p.partner_id
                  LEFT JOIN res_partner_bank b ON b.id = p.partner_bank_id
                  JOIN probe v ON v.amount = p.amount AND v.currency = p.currency_id
                   AND (v.payee = COALESCE(r.commercial_partner_id, r.id) OR v.number = b.sanitized_acc_number)
                   AND %(in_memo)s
                 WHERE p.company_id = %(company)s AND p.payment_type = 'outbound'
                   AND p.state IN ('in_process', 'paid') AND p.date >= (SELECT day FROM since)
                   AND NOT EXISTS (SELECT 1 FROM finance_payment_line l WHERE l.payment_id = p.id)
                UNION ALL
                SELECT v.key, 'booking', s.payment_ref, m.date
                  FROM account_bank_statement_line s
                  JOIN account_move m ON m.id = s.move_id AND m.date >= (SELECT day FROM since)
                  LEFT JOIN res_partner r ON r.id = s.partner_id
                  JOIN probe v ON v.amount = -s.amount AND v.currency = s.currency_id
                   AND (v.payee = COALESCE(r.commercial_partner_id, r.id)
                        OR v.number = upper(regexp_replace(s.account_number, '\\W+', '', 'g')))
                   AND %(in_label)s
                 WHERE s.company_id = %(company)s
                   AND NOT EXISTS (SELECT 1 FROM finance_bank_match x
                                    WHERE x.origin_line_id = s.id AND x.state = 'active')
                   AND NOT EXISTS (SELECT 1 FROM finance_payment_fact f WHERE f.statement_line_id = s.id)) found
             ORDER BY key, kind DESC, day DESC
            """,
            rows=json.dumps(rows),
            days=company.finance_duplicate_days,
            company=company.id,
            sees=self.env.user.has_group(CONFIDENTIAL),
            line_text=_normalised(SQL("COALESCE(l.reference, l.remittance, '')")),
            in_memo=_named_in(SQL("COALESCE(p.memo, '')")),
            in_label=_named_in(SQL("COALESCE(s.payment_ref, '')")),
        )


def _normalised(expression):
    # as matching.tokens.normalise
    return SQL("regexp_replace(upper(%s), '[^0-9A-Z]+', '', 'g')", expression)


def _named_in(expression):
    """The text of the probe is the text, or a part of it that is long enough to mean something."""
    text = _normalised(expression)
    return SQL(
        "(v.text <> '' AND v.text = %s OR length(v.text) >= %s AND strpos(%s, v.text) > 0)", text, SHORTEST, text
    )
