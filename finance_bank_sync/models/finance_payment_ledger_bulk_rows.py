from odoo import models

from odoo.addons.finance_connector_base.models.finance_copy_rows import Copies


def _item(side):
    return {
        "id": f"{side}_id",
        "move_id": "move_id",
        "payment_id": "payment_id",
        "move_name": "name",
        "ref": "memo",
        "name": "label",
        "date": "date",
        "date_maturity": "date",
        "partner_id": "partner_id",
        "amount_currency": f"{side}_amount",
        "balance": f"{side}_amount",
        "debit": f"{side}_debit",
        "credit": f"{side}_credit",
        "price_subtotal": f"{side}_amount",
        "price_total": f"{side}_amount",
        "amount_residual": f"{side}_residual",
        "amount_residual_currency": f"{side}_residual",
    }


#: the entry of a payment and the payment; keys are those of ``ledger.payment.payment_row``
PAYMENTS = Copies(
    types={
        "t_move": "integer",
        "t_payment": "integer",
        "t_liquidity": "integer",
        "t_counterpart": "integer",
        "payment_id": "integer",
        "move_id": "integer",
        "liquidity_id": "integer",
        "counterpart_id": "integer",
        "full_id": "integer",
        "matching": "varchar",
        "name": "varchar",
        "sequence_prefix": "varchar",
        "sequence_number": "integer",
        "made_sequence_gap": "boolean",
        "date": "date",
        "memo": "varchar",
        "reference": "varchar",
        "label": "varchar",
        "partner_id": "integer",
        "partner_bank_id": "integer",
        "commercial_partner_id": "integer",
        "fiscal_position_id": "integer",
        "payment_method_line_id": "integer",
        "partner_display_name": "varchar",
        "amount": "numeric",
        **{
            f"{side}_{column}": "numeric"
            for side in ("liquidity", "counterpart")
            for column in ("amount", "debit", "credit", "residual")
        },
    },
    targets=(
        (
            "account_move",
            "t_move",
            "move_id",
            {
                "id": "move_id",
                "origin_payment_id": "payment_id",
                "name": "name",
                "sequence_prefix": "sequence_prefix",
                "sequence_number": "sequence_number",
                "made_sequence_gap": "made_sequence_gap",
                "date": "date",
                "ref": "memo",
                "partner_id": "partner_id",
                "commercial_partner_id": "commercial_partner_id",
                "partner_bank_id": "partner_bank_id",
                "fiscal_position_id": "fiscal_position_id",
                "preferred_payment_method_line_id": "payment_method_line_id",
                "invoice_partner_display_name": "partner_display_name",
                "amount_total": "amount",
                "amount_total_signed": "amount",
                "amount_total_in_currency_signed": "amount",
            },
        ),
        (
            "account_payment",
            "t_payment",
            "payment_id",
            {
                "id": "payment_id",
                "move_id": "move_id",
                "name": "name",
                "date": "date",
                "partner_id": "partner_id",
                "partner_bank_id": "partner_bank_id",
                "memo": "memo",
                "payment_reference": "reference",
                "amount": "amount",
                "amount_company_currency_signed": "liquidity_amount",
            },
        ),
        ("account_move_line", "t_liquidity", "liquidity_id", _item("liquidity")),
        (
            "account_move_line",
            "t_counterpart",
            "counterpart_id",
            {**_item("counterpart"), "full_reconcile_id": "full_id", "matching_number": "matching"},
        ),
    ),
    subject="payment_id",
)

FULLS = Copies(
    types={"t_full": "integer", "full_id": "integer"},
    targets=(("account_full_reconcile", "t_full", "full_id", {"id": "full_id"}),),
    subject="full_id",
)

#: keys are those of ``ledger.payment.partial_rows``
PARTIALS = Copies(
    types={
        "t_partial": "integer",
        "partial_id": "integer",
        "debit_id": "integer",
        "credit_id": "integer",
        "paid": "numeric",
        "max_date": "date",
        "full_id": "integer",
    },
    targets=(
        (
            "account_partial_reconcile",
            "t_partial",
            "partial_id",
            {
                "id": "partial_id",
                "debit_move_id": "debit_id",
                "credit_move_id": "credit_id",
                "amount": "paid",
                "debit_amount_currency": "paid",
                "credit_amount_currency": "paid",
                "max_date": "max_date",
                "full_reconcile_id": "full_id",
            },
        ),
    ),
    subject="full_id",
)


class FinancePaymentLedgerBulkRows(models.AbstractModel):
    """Copies the stored rows of payments that the ORM made, changing what varies."""

    _name = "finance.payment.ledger.bulk.rows"
    _inherit = "finance.copy.rows"
    _description = "Rows of Payments"

    _safety = "finance.payment.ledger.bulk.safety"
