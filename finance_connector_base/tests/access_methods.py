"""Who may call what the models of the control plane offer to clients (docs/testing-security.md)."""

from .access_models import INTEGRATION

#: steps of everything that is governed
GOVERNED = {
    "action_approve": ("steward",),
    "action_new_version": ("steward",),
    "action_propose": ("steward",),
    "action_reject": ("steward",),
    "action_retire": ("steward",),
    "action_roll_back": ("steward",),
    "action_view_versions": INTEGRATION,
    "action_withdraw": ("steward",),
}
#: those of changes of mappings
IMPACTED = {
    "action_cancel_impact": ("steward",),
    "action_preview_impact": ("steward",),
    "action_refresh_impact": INTEGRATION,
}
#: model -> public method -> roles that may call it
METHODS = {
    "finance.api.client": {"action_drop_key": ("admin",), "action_make_key": ("admin",)},
    "finance.api.key.wizard": {"action_confirm": ("admin",)},
    "finance.by.hand.in": {"action_bring": ("operator",)},
    "finance.by.hand.out": {
        "action_confirm": ("operator",),
        "action_delivered": ("operator",),
        "action_download": ("operator",),
        "action_evidence": ("operator",),
        "action_give_back": ("operator",),
        "action_refute": ("operator",),
        "action_take": ("operator",),
    },
    "finance.checkpoint": {
        "action_take_now": INTEGRATION,
        "action_view_messages": INTEGRATION,
    },
    "finance.dual.run": {
        "action_approve": ("admin",),
        "action_cancel": ("admin",),
        "action_close": ("admin",),
        "action_compare": ("operator", "admin"),
        "action_propose_back": ("admin",),
        "action_propose_cut_over": ("admin",),
        "action_start": ("admin",),
        "action_view_differences": INTEGRATION,
        "action_withdraw": ("admin",),
    },
    "finance.circuit": {
        "action_close": ("operator", "admin"),
        "action_probe": ("operator", "admin"),
        "action_view_messages": INTEGRATION,
    },
    "finance.circuit.wizard": {"action_confirm": ("operator", "admin")},
    "finance.config.change": {
        method: tuple(role.replace("steward", "admin") for role in roles) if len(roles) == 1 else roles
        for method, roles in GOVERNED.items()
    },
    "finance.connection": {
        "action_activate": ("admin",),
        "action_allow_hosts": ("admin",),
        "action_confirm_database": ("admin",),
        "action_drain": ("operator", "admin"),
        "action_emergency_stop": ("operator", "admin"),
        "action_fetch_now": ("operator",),
        "action_oauth2_authorise": ("admin",),
        "action_pause": ("operator", "admin"),
        "action_resume": ("operator", "admin"),
        "action_test": ("admin",),
        "action_view_circuits": INTEGRATION,
        "action_view_credentials": INTEGRATION,
        "action_view_exceptions": INTEGRATION,
        "action_view_messages": INTEGRATION,
        "action_view_waiting": INTEGRATION,
        "action_view_webhooks": INTEGRATION,
    },
    "finance.connector.definition": {
        **{
            method: tuple(role.replace("steward", "admin") for role in roles) if len(roles) == 1 else roles
            for method, roles in GOVERNED.items()
        },
        "action_try": ("admin",),
    },
    "finance.definition.trial": {"action_examples": ("admin",), "action_try": ("admin",)},
    "finance.credit.exposure": {"action_view_items": (), "action_view_runs": ()},
    "finance.credential.wizard": {"action_confirm": ("admin",)},
    "finance.disclosure": {
        "action_download_evidence": ("operator",),
        "action_download": ("operator",),
        "action_view_message": ("operator", "admin", "auditor"),
    },
    "finance.disclosure.wizard": {"action_confirm": ("operator", "auditor")},
    "finance.duplicate.review": {"action_another": ("operator",), "action_same": ("operator",)},
    "finance.exception": {
        "action_discard": ("operator",),
        "action_fix": ("operator", "steward", "admin"),
        "action_retry": ("operator",),
        "action_take": ("operator", "steward", "admin"),
    },
    "finance.flow": {
        "action_bring_by_hand": ("operator",),
        "action_drain": ("operator", "admin"),
        "action_emergency_stop": ("operator", "admin"),
        "action_fetch_now": ("operator",),
        "action_pause": ("operator", "admin"),
        "action_resume": ("operator", "admin"),
        "action_view_messages": INTEGRATION,
    },
    "finance.key": {"action_open": ("admin",), "action_refresh": ("admin",)},
    "finance.host.wizard": {"action_allow": ("admin",)},
    "finance.key.wizard": {"action_rotate": ("admin",)},
    "finance.mapping": {
        **GOVERNED,
        **IMPACTED,
        "action_make_set": ("steward",),
        "action_suggest": ("steward",),
    },
    "finance.mapping.set": {**GOVERNED, **IMPACTED},
    "finance.mapping.unmapped": {
        "action_map": ("steward",),
        "action_propose": ("steward",),
        "action_view_messages": INTEGRATION,
    },
    "finance.mapping.sheet": {
        "action_export": ("steward",),
        "action_export_csv": ("steward",),
        "action_import": ("steward",),
    },
    "finance.routing": {**GOVERNED, "action_check": INTEGRATION},
    "finance.message": {
        "action_deliver_by_hand": ("operator",),
        "action_discard": ("operator",),
        "action_fix": ("operator", "steward", "admin"),
        "action_show_original": ("operator", "auditor"),
        "action_process_now": ("operator",),
        "action_replay": ("admin",),
        "action_retry": ("operator",),
        "action_review_duplicate": ("operator",),
        "action_send_again": ("operator",),
        "action_view_children": INTEGRATION,
        "action_view_correlated": INTEGRATION,
        "action_view_documents": INTEGRATION,
        "action_view_exceptions": INTEGRATION,
    },
    "finance.process": {"action_view_runs": INTEGRATION},
    "finance.process.decision": {"action_confirm": ("operator",)},
    "finance.promotion.import": {"action_import": ("admin",)},
    "finance.promotion.wizard": {"action_export": ("admin",), "action_propose": ("admin",)},
    "finance.process.run": {
        # of the role that the step names, which none of these has
        "action_approve": (),
        "action_reject": (),
        "action_cancel": ("operator",),
        "action_retry": ("operator",),
        "action_skip": ("operator",),
        "action_view_messages": INTEGRATION,
        "action_view_record": INTEGRATION,
    },
    "finance.onboarding": {
        "action_activate": ("admin",),
        "action_finish": ("admin",),
        "action_test": ("admin",),
        "action_view_connection": INTEGRATION,
    },
    "finance.onboarding.item": {"action_sign_off": ("operator",)},
    "finance.onboarding.sign.wizard": {"action_confirm": ("operator",)},
    "finance.onboarding.template": {"action_use": INTEGRATION},
    "finance.onboarding.wizard": {"action_confirm": ("admin",)},
    "finance.master.proposal": {
        "action_approve": ("steward",),
        "action_reject": ("steward",),
        "action_view_record": INTEGRATION,
    },
    "finance.master.drift": {
        "action_ignore": ("steward",),
        "action_send_ours": ("steward",),
        "action_take_theirs": ("steward",),
        "action_view_record": INTEGRATION,
    },
    "finance.master.drift.wizard": {"action_confirm": ("steward",)},
    "finance.master.sync": {
        "action_compare_now": ("operator", "steward", "admin"),
        "action_poll_now": ("operator", "steward", "admin"),
        "action_send_now": ("operator", "steward", "admin"),
        "action_view_drift": INTEGRATION,
    },
    "finance.ownership.policy": GOVERNED,
    "finance.ownership.register": {"action_view_syncs": INTEGRATION},
    "finance.partner.duplicate": {"action_dismiss": ("steward",), "action_merge": ()},
    # of a discard; a replay is the administrator's
    "finance.message.reason.wizard": {"action_confirm": ("operator",), "action_dry_run": ("admin",)},
    "finance.reject.wizard": {"action_confirm": ("steward",)},
    "finance.secret.wizard": {"action_confirm": ("admin",)},
    "finance.stop": {"action_release": ("operator", "admin"), "get_banner": INTEGRATION},
    "finance.stop.release.wizard": {"action_confirm": ("operator", "admin")},
    "finance.stop.wizard": {"action_confirm": ("operator", "admin")},
    "finance.webhook": {
        "action_set_secret": ("admin",),
        "action_view_deliveries": INTEGRATION,
        "action_view_refusals": INTEGRATION,
    },
    "finance.webhook.secret.wizard": {"action_confirm": ("admin",)},
    "finance.subscription": {
        "action_pause": ("operator", "admin"),
        "action_resend": ("operator",),
        "action_resume": ("operator", "admin"),
        "action_send_test": ("operator", "admin"),
        "action_set_secret": ("admin",),
        "action_start": ("admin",),
        "action_view_deliveries": INTEGRATION,
    },
    "finance.subscription.resend": {"action_confirm": ("operator",)},
    "finance.subscription.secret.wizard": {"action_confirm": ("admin",)},
}
#: methods of one row that need no record
ON_MODEL = {"action_open", "action_process_now", "get_banner"}
