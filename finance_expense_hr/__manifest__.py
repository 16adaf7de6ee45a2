{
    "name": "Finance Expense HR",
    "summary": "Claims in Odoo and claims of expense platforms: booked once, matched with company cards together",
    "version": "19.0.1.0.0",
    "license": "LGPL-3",
    "author": "Finance Integration Suite contributors",
    "category": "Accounting/Accounting",
    "depends": ["finance_expense_sync", "hr_expense"],
    "data": [
        "views/hr_expense_views.xml",
        "views/hr_employee_views.xml",
        "views/finance_expense_views.xml",
    ],
    "auto_install": True,
}
