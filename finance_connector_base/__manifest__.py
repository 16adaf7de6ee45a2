{
    "name": "Finance Connector Base",
    "summary": "Control plane for finance integrations: durable messages, mappings, exceptions",
    "version": "19.0.1.0.0",
    "license": "LGPL-3",
    "author": "Finance Integration Suite contributors",
    "category": "Accounting/Accounting",
    "depends": ["mail"],
    "external_dependencies": {"python": ["cryptography", "lxml", "paramiko"]},
    "data": [
        "security/finance_connector_base_groups.xml",
        "security/finance_connector_base_security.xml",
        "security/ir.model.access.csv",
        "data/finance_reason_data.xml",
        "data/ir_cron_data.xml",
    ],
    "application": True,
}
