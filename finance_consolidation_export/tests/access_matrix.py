"""Who may do what on the models of this module; read by tests/odoo/test_security_matrix.py.

The roles are those of the control plane; what the roles of group reporting may is in test_consolidation_access.py.
"""

from odoo.addons.finance_connector_base.tests.access_models import READERS

AUDITORS = {"auditor": "r"}

#: model -> role -> letters of create, read, write, unlink; roles not named have nothing
MODELS = {
    "finance.close.onboarding": AUDITORS,
    "finance.close.onboarding.item": AUDITORS,
    "finance.close.onboarding.template": AUDITORS,
    "finance.close.onboarding.wizard": {},
    "finance.close.pause": AUDITORS,
    "finance.close.pause.wizard": {},
    "finance.close.period": AUDITORS,
    "finance.close.reason.wizard": {},
    "finance.close.role": AUDITORS,
    "finance.close.role.person": AUDITORS,
    "finance.close.snapshot": AUDITORS,
    "finance.close.status": AUDITORS,
    "finance.close.task": AUDITORS,
    "finance.close.template": AUDITORS,
    "finance.close.template.task": READERS,
    "finance.close.unmapped": AUDITORS,
    "finance.consolidation.account": AUDITORS,
    "finance.consolidation.case": AUDITORS,
    "finance.consolidation.certificate": AUDITORS,
    "finance.consolidation.delivery": AUDITORS,
    "finance.consolidation.delivery.line": AUDITORS,
    "finance.consolidation.delivery.total": AUDITORS,
    "finance.consolidation.delivery.wizard": {},
    "finance.consolidation.target": AUDITORS,
    "finance.consolidation.target.parameter": AUDITORS,
    "finance.consolidation.chart": AUDITORS,
    "finance.consolidation.comparison": AUDITORS,
    "finance.consolidation.comparison.line": AUDITORS,
    "finance.consolidation.cut": AUDITORS,
    "finance.consolidation.dimension": AUDITORS,
    "finance.consolidation.entity": AUDITORS,
    "finance.consolidation.file": AUDITORS,
    "finance.consolidation.finding": AUDITORS,
    "finance.consolidation.layout": AUDITORS,
    "finance.consolidation.layout.column": AUDITORS,
    "finance.consolidation.layout.file": AUDITORS,
    "finance.consolidation.layout.import": {},
    "finance.consolidation.load.wizard": {},
    "finance.consolidation.load.wizard.line": {},
    "finance.consolidation.mapping": AUDITORS,
    "finance.consolidation.member": AUDITORS,
    "finance.consolidation.package": AUDITORS,
    "finance.consolidation.pair": AUDITORS,
    "finance.consolidation.rate": AUDITORS,
    "finance.consolidation.row": AUDITORS,
    "finance.consolidation.rule": AUDITORS,
    "finance.consolidation.scenario": AUDITORS,
    "finance.consolidation.used.rate": AUDITORS,
    "finance.statutory.extract": AUDITORS,
    "finance.statutory.file": AUDITORS,
    "finance.statutory.grouping": AUDITORS,
    "finance.statutory.total": AUDITORS,
    "finance.warehouse": AUDITORS,
    "finance.warehouse.feed": AUDITORS,
    "finance.warehouse.file": AUDITORS,
    "finance.warehouse.gone": {},
    "finance.warehouse.run": AUDITORS,
    "finance.warehouse.run.feed": AUDITORS,
    "finance.warehouse.total": AUDITORS,
}

#: the group is one: what is the same for all of its companies
SHARED = (
    "finance.close.onboarding.template",
    "finance.close.period",
    "finance.close.role",
    "finance.close.role.person",
    "finance.close.template",
    "finance.close.template.task",
    "finance.consolidation.account",
    "finance.consolidation.chart",
    "finance.consolidation.comparison",
    "finance.consolidation.cut",
    "finance.consolidation.dimension",
    "finance.consolidation.entity",
    "finance.consolidation.layout",
    "finance.consolidation.layout.column",
    "finance.consolidation.pair",
    "finance.consolidation.scenario",
    "finance.consolidation.target",
    "finance.consolidation.target.parameter",
)

#: model -> public method -> roles that may call it
METHODS = {
    "finance.close.onboarding": {"action_finish": ()},
    "finance.close.onboarding.template": {"action_begin": ()},
    "finance.close.onboarding.wizard": {"action_confirm": ()},
    "finance.close.pause": {
        **dict.fromkeys(("action_reprocess", "action_resume", "action_validate"), ()),
        "action_view_messages": ("auditor",),
    },
    "finance.close.pause.wizard": {"action_confirm": ()},
    "finance.close.period": {
        **dict.fromkeys(
            ("action_cancel", "action_check", "action_final", "action_open", "action_pause", "action_preliminary"), ()
        ),
        **dict.fromkeys(
            ("action_view_cockpit", "action_view_packages", "action_view_pauses", "action_view_tasks", "get_cockpit"),
            ("auditor",),
        ),
    },
    "finance.close.reason.wizard": {"action_confirm": ()},
    "finance.close.status": {"action_view_tasks": ("auditor",)},
    "finance.close.task": {
        **dict.fromkeys(
            ("action_approve", "action_check", "action_done", "action_reopen", "action_review", "action_skip"), ()
        ),
        "action_view_found": ("auditor",),
    },
    "finance.close.unmapped": dict.fromkeys(("action_make_rule", "action_refresh"), ()),
    "finance.consolidation.chart": {"action_view_accounts": ("auditor",)},
    "finance.consolidation.comparison": {"action_compare": ()},
    "finance.consolidation.comparison.line": {"action_view_items": ("auditor",)},
    "finance.consolidation.delivery": {
        **dict.fromkeys(
            (
                "action_again",
                "action_cancel",
                "action_loaded",
                "action_not_started",
                "action_read_back",
                "action_started",
            ),
            (),
        ),
        **dict.fromkeys(("action_download", "action_print", "action_view_messages"), ("auditor",)),
    },
    "finance.consolidation.delivery.line": {"action_view_items": ("auditor",)},
    "finance.consolidation.delivery.total": {"action_view_items": ("auditor",)},
    "finance.consolidation.delivery.wizard": {"action_confirm": ()},
    "finance.consolidation.file": dict.fromkeys(("action_download", "action_download_manifest"), ("auditor",)),
    "finance.consolidation.finding": {"action_view_account": ("auditor",)},
    "finance.consolidation.layout": dict.fromkeys(("action_download", "action_export"), ("auditor",)),
    "finance.consolidation.layout.import": {"action_import": ()},
    "finance.consolidation.load.wizard": {"action_load": ()},
    "finance.consolidation.mapping": {
        **dict.fromkeys(
            (
                "action_approve",
                "action_new_version",
                "action_propose",
                "action_reject",
                "action_retire",
                "action_roll_back",
                "action_withdraw",
            ),
            (),
        ),
        **dict.fromkeys(("action_check", "action_view_versions"), ("auditor",)),
    },
    "finance.consolidation.package": {
        **dict.fromkeys(
            (
                "action_approve",
                "action_build",
                "action_cancel",
                "action_deliver",
                "action_load",
                "action_new_version",
                "action_prepare",
                "action_return",
                "action_review",
            ),
            (),
        ),
        **dict.fromkeys(
            (
                "action_compare",
                "action_download",
                "action_view_close_tasks",
                "action_view_deliveries",
                "action_view_rows",
            ),
            ("auditor",),
        ),
    },
    "finance.consolidation.row": {"action_view_group_items": ("auditor",), "action_view_items": ("auditor",)},
    "finance.consolidation.scenario": dict.fromkeys(("action_view_closes", "action_view_packages"), ("auditor",)),
    "finance.statutory.extract": {"action_produce": ()},
    "finance.statutory.file": {"action_download": ("auditor",)},
    "finance.warehouse": {
        **dict.fromkeys(("action_run", "action_run_full"), ()),
        "action_view_runs": ("auditor",),
    },
    "finance.warehouse.run": {"action_retry": ()},
    "finance.consolidation.target": {"action_view_deliveries": ("auditor",)},
}

#: methods that are called without records
ON_MODEL = {"get_cockpit"}
