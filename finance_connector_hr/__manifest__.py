{
    "name": "Finance Connector HR",
    "summary": "Departments, employees and their bank accounts, exchanged with HR systems, for HR's eyes only",
    "version": "19.0.1.0.0",
    "license": "LGPL-3",
    "author": "Finance Integration Suite contributors",
    "category": "Accounting/Accounting",
    "depends": ["finance_connector_base", "hr"],
    "data": [
        "security/finance_connector_hr_security.xml",
    ],
    "auto_install": True,
}
