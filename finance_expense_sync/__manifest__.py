{
    "name": "Finance Expense Sync",
    "summary": "Approved expense reports and card transactions on the ledger, once, and confirmed back",
    "version": "19.0.1.0.0",
    "license": "LGPL-3",
    "author": "Finance Integration Suite contributors",
    "category": "Accounting/Accounting",
    "depends": ["account", "finance_connector_base"],
    "data": [
        "security/finance_expense_groups.xml",
        "security/finance_expense_security.xml",
        "security/ir.model.access.csv",
        "data/finance_mapping_domain_data.xml",
        "data/finance_reason_data.xml",
        "views/finance_connection_expense_views.xml",
        "views/finance_connection_platforms_views.xml",
    ],
}
