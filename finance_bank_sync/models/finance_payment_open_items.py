from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..payments import run

#: what is paid, and on which side of the ledger it stands
BILLS, REFUNDS, SALARIES = "bills", "refunds", "salaries"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which open items are to be paid.

    :param due_until: due by then; None: whenever
    :param discount_until: or with a discount that ends by then; None: discounts choose nothing
    :param day: of the execution: a discount has to be open on it
    :param move_ids: these documents and no others; of salaries: the payroll entries
    :param repeats: also what is in another payment already
    """

    company_id: int
    day: date
    kind: str = BILLS
    due_until: date | None = None
    discount_until: date | None = None
    partner_ids: tuple[int, ...] = ()
    currency_id: int | None = None
    with_credit_notes: bool = True
    with_discounts: bool = True
    move_ids: tuple[int, ...] = ()
    repeats: bool = False


class FinancePaymentOpenItems(models.AbstractModel):
    """Reads what may be paid: one query for any number of open items, with the account of each payee."""

    _name = "finance.payment.open.items"
    _description = "Open Items to Pay"

    @api.model
    def _read_for(self, selection):
        """:return: list of (:class:`~..payments.run.OpenItem`, dict of facts for routing and texts)"""
        rows = self._rows(selection)
        names = self._orders_of(rows)
        return [self._item(row, names) for row in rows]

    @api.model
    def _domain(self, selection):
        domain = Domain("company_id", "=", selection.company_id) & Domain("parent_state", "=", "posted")
        domain &= Domain("reconciled", "=", False) & Domain("amount_residual_currency", "!=", 0)
        domain &= Domain("statement_line_id", "=", False) & Domain("partner_id", "!=", False)
        if selection.kind == SALARIES:
            if not selection.move_ids:
                raise UserError(self.env._("Choose the payroll entry that is to be paid."))
            # what is owed to people, on whatever account the chart has for it; taxes and insurers have bills
            domain &= Domain("account_id.reconcile", "=", True) & Domain("move_id.move_type", "=", "entry")
            domain &= Domain("account_id.internal_group", "=", "liability") & Domain("amount_residual_currency", "<", 0)
        elif selection.kind == REFUNDS:
            domain &= Domain("account_id.account_type", "=", "asset_receivable")
            domain &= Domain("move_id.move_type", "=", "out_refund")
        else:
            types = ["in_invoice", "in_receipt", *(["in_refund"] if selection.with_credit_notes else [])]
            domain &= Domain("account_id.account_type", "=", "liability_payable")
            domain &= Domain("move_id.move_type", "in", types)
        if selection.move_ids:
            domain &= Domain("move_id", "in", selection.move_ids)
        if selection.partner_ids:
            domain &= Domain("partner_id", "child_of", selection.partner_ids)
        if selection.currency_id:
            domain &= Domain("currency_id", "=", selection.currency_id)
        return domain & self._due(selection)

    @api.model
    def _due(self, selection):
        if selection.kind == SALARIES or selection.move_ids or not selection.due_until:
            return Domain.TRUE
        due = Domain("date_maturity", "<=", selection.due_until) | Domain("date_maturity", "=", False)
        if selection.discount_until:
            due |= Domain("discount_date", ">=", selection.day) & Domain(
                "discount_date", "<=", selection.discount_until
            )
        # a credit note is netted whenever it is due
        return due | Domain("move_id.move_type", "=", "in_refund")

    @api.model
    def _rows(self, selection):
        items = self.env["account.move.line"]
        items.check_access("read")
        self.env.flush_all()
        found = items._search(self._domain(selection))
        return (
            self.env.execute_query_dict(
                SQL(
                    """
                SELECT l.id, l.move_id, l.partner_id, l.account_id, l.currency_id, c.name AS currency,
                       (-l.amount_residual_currency)::text AS amount, l.date_maturity AS due,
                       CASE WHEN %(discounts)s AND l.discount_date >= %(day)s AND l.discount_amount_currency <> 0
                                 AND l.amount_residual_currency = l.amount_currency
                            THEN (l.discount_amount_currency - l.amount_currency)::text ELSE '0' END AS discount,
                       m.name, m.ref, m.payment_reference, m.move_type, m.payment_state,
                       b.id AS bank, b.active AS bank_active, b.allow_out_payment AS trusted,
                       b.sanitized_acc_number AS number, k.code AS bank_country, pk.code AS country, p.name AS payee
                  FROM account_move_line l
                  JOIN account_move m ON m.id = l.move_id
                  JOIN res_currency c ON c.id = l.currency_id
                  JOIN res_partner p ON p.id = l.partner_id
                  LEFT JOIN res_country pk ON pk.id = p.country_id
                  LEFT JOIN LATERAL (
                        SELECT o.* FROM res_partner_bank o
                         WHERE (o.id = m.partner_bank_id AND m.move_type <> 'in_refund')
                            OR (o.active AND o.partner_id IN (l.partner_id, p.commercial_partner_id)
                                AND (o.company_id IS NULL OR o.company_id = l.company_id))
                         ORDER BY (o.id = m.partner_bank_id AND m.move_type <> 'in_refund') IS TRUE DESC,
                                  o.allow_out_payment IS TRUE DESC, o.sequence, o.id
                         LIMIT 1) b ON TRUE
                  LEFT JOIN res_bank rb ON rb.id = b.bank_id
                  LEFT JOIN res_country k ON k.id = rb.country
                 WHERE l.id IN %(found)s
                 ORDER BY l.date_maturity, l.id
                """,
                    discounts=selection.with_discounts,
                    day=selection.day,
                    found=found.subselect(),
                )
            )
            if not found.is_empty()
            else []
        )

    @api.model
    def _orders_of(self, rows):
        """:return: dict open item id -> number of the order that pays it already"""
        if not rows:
            return {}
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT i.move_line_id, min(COALESCE(o.name, '#' || o.id))
                      FROM finance_payment_item i
                      JOIN finance_payment_line l ON l.id = i.line_id
                      JOIN finance_payment_order o ON o.id = l.order_id
                     WHERE i.claims AND i.move_line_id = ANY(%s) GROUP BY i.move_line_id
                    """,
                    [row["id"] for row in rows],
                )
            )
        )

    @api.model
    def _item(self, row, names):
        number = row["number"] or ""
        is_iban = number[:2].isalpha() and number[2:4].isdigit()
        item = run.OpenItem(
            id=row["id"],
            partner_id=row["partner_id"],
            account_id=row["account_id"],
            currency=row["currency"],
            amount=Decimal(row["amount"]),
            discount=Decimal(row["discount"]),
            due=row["due"],
            bank_account_id=row["bank"] if row["bank_active"] else None,
            iban=number if is_iban else "",
            document=row["ref"] or row["payment_reference"] or row["name"] or "",
            payment_reference=row["payment_reference"] or "",
            obstacle=self._obstacle(row, names),
        )
        return item, {
            "document": row["name"],
            "payee": row["payee"],
            "move_id": row["move_id"],
            "currency_id": row["currency_id"],
            "order": names.get(row["id"]),
            "country": number[:2] if is_iban else row["bank_country"] or row["country"],
        }

    @api.model
    def _obstacle(self, row, names):
        if row["id"] in names:
            return run.IN_ORDER
        if row["payment_state"] == "blocked":
            return run.BLOCKED
        if row["move_type"] == "in_refund":
            return None
        if not row["bank"] or not row["bank_active"]:
            return run.NO_ACCOUNT
        return None if row["trusted"] else run.UNTRUSTED
