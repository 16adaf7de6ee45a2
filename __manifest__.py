{
    "name": "Finance Integration Suite",
    "summary": "Banks, expenses, consolidation and audit on one control plane inside Odoo",
    "version": "19.0.1.0.0",
    "license": "LGPL-3",
    "author": "Finance Integration Suite contributors",
    "category": "Accounting/Accounting",
    "depends": [
        "finance_connector_base",
        "finance_bank_sync",
        "finance_expense_sync",
        "finance_consolidation_export",
        "finance_integration_audit",
    ],
    "application": True,
}
