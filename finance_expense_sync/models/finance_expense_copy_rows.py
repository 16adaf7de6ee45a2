from odoo import models

from odoo.addons.finance_connector_base.models.finance_copy_rows import Copies

#: keys are those of ``posting.copying.entry_row``
ENTRIES = Copies(
    types={
        "t_move": "integer",
        "move_id": "integer",
        "name": "varchar",
        "sequence_prefix": "varchar",
        "sequence_number": "integer",
        "made_sequence_gap": "boolean",
        "date": "date",
        "ref": "varchar",
        "total": "numeric",
        "total_in_currency": "numeric",
        "total_signed": "numeric",
    },
    targets=(
        (
            "account_move",
            "t_move",
            "move_id",
            {
                "id": "move_id",
                "name": "name",
                "sequence_prefix": "sequence_prefix",
                "sequence_number": "sequence_number",
                "made_sequence_gap": "made_sequence_gap",
                "date": "date",
                "ref": "ref",
                "amount_total": "total",
                "amount_total_in_currency_signed": "total_in_currency",
                "amount_total_signed": "total_signed",
            },
        ),
    ),
    subject="move_id",
)

#: keys are those of ``posting.copying.item_row``
ITEMS = Copies(
    types={
        "t_item": "integer",
        "item_id": "integer",
        "move_id": "integer",
        "name": "varchar",
        "ref": "varchar",
        "label": "varchar",
        "date": "date",
        "partner_id": "integer",
        "amount": "numeric",
        "balance": "numeric",
        "debit": "numeric",
        "credit": "numeric",
        "residual": "numeric",
        "residual_currency": "numeric",
        "base_amount": "numeric",
        "subtotal": "numeric",
        "total": "numeric",
        "analytic": "text",
    },
    targets=(
        (
            "account_move_line",
            "t_item",
            "item_id",
            {
                "id": "item_id",
                "move_id": "move_id",
                "move_name": "name",
                "ref": "ref",
                "name": "label",
                "date": "date",
                "partner_id": "partner_id",
                "amount_currency": "amount",
                "balance": "balance",
                "debit": "debit",
                "credit": "credit",
                "amount_residual": "residual",
                "amount_residual_currency": "residual_currency",
                "tax_base_amount": "base_amount",
                "price_subtotal": "subtotal",
                "price_total": "total",
                "analytic_distribution": "analytic",
            },
        ),
    ),
    subject="item_id",
)


class FinanceExpenseCopyRows(models.AbstractModel):
    """Copies the stored rows of entries of expenses that the ORM made, changing what varies."""

    _name = "finance.expense.copy.rows"
    _inherit = "finance.copy.rows"
    _description = "Rows of Entries of Expenses"

    _safety = "finance.expense.copy.safety"
