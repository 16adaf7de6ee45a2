from odoo import models

from odoo.addons.finance_connector_base.models.finance_copy_rows import Copies

#: what varies between lines of one shape (keys of ``ledger.row``), and where it is stored
_TYPES = {
    "t_move": "integer",
    "t_line": "integer",
    "t_bank": "integer",
    "t_other": "integer",
    "move_id": "integer",
    "line_id": "integer",
    "bank_id": "integer",
    "other_id": "integer",
    "name": "varchar",
    "sequence_prefix": "varchar",
    "sequence_number": "integer",
    "made_sequence_gap": "boolean",
    "date": "date",
    "partner_id": "integer",
    "commercial_partner_id": "integer",
    "partner_bank_id": "integer",
    "fiscal_position_id": "integer",
    "payment_method_line_id": "integer",
    "partner_display_name": "varchar",
    "narration": "text",
    "total": "numeric",
    "total_unsigned": "numeric",
    "total_balance": "numeric",
    "entry_id": "integer",
    "sequence": "integer",
    "internal_index": "varchar",
    "label": "varchar",
    "partner_name": "varchar",
    "account_number": "varchar",
    "transaction_type": "varchar",
    "amount": "numeric",
    "foreign_amount": "numeric",
    "residual": "float8",
    "is_reconciled": "boolean",
    **{
        f"{side}_{column}": kind
        for side in ("bank", "other")
        for column, kind in (
            ("amount_currency", "numeric"),
            ("balance", "numeric"),
            ("debit", "numeric"),
            ("credit", "numeric"),
            ("residual", "numeric"),
            ("residual_currency", "numeric"),
            ("reconciled", "boolean"),
        )
    },
}
_MOVE = {
    "id": "move_id",
    "statement_line_id": "line_id",
    "name": "name",
    "sequence_prefix": "sequence_prefix",
    "sequence_number": "sequence_number",
    "made_sequence_gap": "made_sequence_gap",
    "date": "date",
    "partner_id": "partner_id",
    "commercial_partner_id": "commercial_partner_id",
    "partner_bank_id": "partner_bank_id",
    "fiscal_position_id": "fiscal_position_id",
    "preferred_payment_method_line_id": "payment_method_line_id",
    "invoice_partner_display_name": "partner_display_name",
    "narration": "narration",
    "amount_total": "total",
    "amount_total_in_currency_signed": "total_unsigned",
    "amount_total_signed": "total_balance",
}
_LINE = {
    "id": "line_id",
    "move_id": "move_id",
    "finance_entry_id": "entry_id",
    "sequence": "sequence",
    "internal_index": "internal_index",
    "payment_ref": "label",
    "partner_id": "partner_id",
    "partner_name": "partner_name",
    "account_number": "account_number",
    "transaction_type": "transaction_type",
    "amount": "amount",
    "amount_currency": "foreign_amount",
    "amount_residual": "residual",
    "is_reconciled": "is_reconciled",
}


def _item(side):
    return {
        "id": f"{side}_id",
        "move_id": "move_id",
        "statement_line_id": "line_id",
        "move_name": "name",
        "name": "label",
        "date": "date",
        "partner_id": "partner_id",
        "amount_currency": f"{side}_amount_currency",
        "balance": f"{side}_balance",
        "debit": f"{side}_debit",
        "credit": f"{side}_credit",
        "amount_residual": f"{side}_residual",
        "amount_residual_currency": f"{side}_residual_currency",
        "reconciled": f"{side}_reconciled",
        "price_subtotal": f"{side}_amount_currency",
        "price_total": f"{side}_amount_currency",
    }


LINES = Copies(
    types=_TYPES,
    targets=(
        ("account_move", "t_move", "move_id", _MOVE),
        ("account_bank_statement_line", "t_line", "line_id", _LINE),
        ("account_move_line", "t_bank", "bank_id", _item("bank")),
        ("account_move_line", "t_other", "other_id", _item("other")),
    ),
    subject="line_id",
)


class FinanceBankLedgerBulkRows(models.AbstractModel):
    """Copies the stored rows of bank lines that the ORM made, changing what varies."""

    _name = "finance.bank.ledger.bulk.rows"
    _inherit = "finance.copy.rows"
    _description = "Rows of Bank Lines"

    _copies = LINES
    _safety = "finance.bank.ledger.bulk.safety"
