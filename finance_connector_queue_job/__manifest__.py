{
    "name": "Finance Connector Queue Job",
    "summary": "Works the finance queue with the job runner of the OCA add-on queue_job",
    "version": "19.0.1.0.0",
    "license": "LGPL-3",
    "author": "Finance Integration Suite contributors",
    "category": "Accounting/Accounting",
    "depends": ["finance_connector_base", "queue_job"],
    "data": [
        "data/queue_job_data.xml",
        "views/res_config_settings_views.xml",
    ],
    "auto_install": True,
    "post_init_hook": "post_init_hook",
    "uninstall_hook": "uninstall_hook",
}
