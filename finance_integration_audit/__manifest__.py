{
    "name": "Finance Integration Audit",
    "summary": "What happened, proved; what is happening, seen; what should not happen, told",
    "version": "19.0.1.0.0",
    "license": "LGPL-3",
    "author": "Finance Integration Suite contributors",
    "category": "Accounting/Accounting",
    "depends": ["account", "finance_connector_base"],
    "data": [
        "security/finance_audit_security.xml",
        "security/finance_metric_security.xml",
        "security/ir.model.access.csv",
        "data/finance_metric_cron_data.xml",
        "security/finance_audit_trail_security.xml",
        "views/finance_audit_entry_views.xml",
        "views/finance_audit_menus.xml",
        "views/finance_trail_menus.xml",
    ],
}
