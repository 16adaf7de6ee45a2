{
    "name": "Finance Expense Sync",
    "summary": "Approved expense reports and card transactions on the ledger, once, and confirmed back",
    "version": "19.0.1.0.0",
    "license": "LGPL-3",
    "author": "Finance Integration Suite contributors",
    "category": "Accounting/Accounting",
    "depends": ["account", "finance_connector_base"],
}
