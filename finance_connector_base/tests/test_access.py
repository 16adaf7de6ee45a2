"""Every role, model, operation and public method, in the own and in another company.

The tables say who may. What is missing from them fails: a new model or method is denied
until somebody has written down whose it is.
"""

from contextlib import suppress
from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.service.model import get_public_method
from odoo.tests import tagged

from ..const import CREDIT
from ..engine.envelope import Envelope
from .common import ROLES
from .fake_case import FakeCase

INTEGRATION = ("viewer", "operator", "steward", "admin", "auditor")
OUTSIDE = ("employee", "portal", "public")
READERS = dict.fromkeys(INTEGRATION, "r")

#: model -> role -> letters of create, read, write, unlink; roles not named have nothing
MODELS = {
    "finance.api.client": {"admin": "crwu", "auditor": "r"},
    "finance.api.key.wizard": {"admin": "crwu"},
    "finance.api.right": READERS,
    "finance.api.answer": {},
    "finance.api.usage": {},
    "finance.by.hand.in": {"operator": "crwu"},
    "finance.by.hand.out": {"operator": "crwu"},
    "finance.calendar": {**READERS, "admin": "crwu"},
    "finance.calendar.holiday": {**READERS, "admin": "crwu"},
    "finance.calendar.window": {**READERS, "admin": "crwu"},
    "finance.change": READERS,
    "finance.checkpoint": READERS,
    "finance.circuit": READERS,
    "finance.circuit.wizard": {"operator": "crwu", "admin": "crwu"},
    "finance.config.change": {**READERS, "admin": "rw"},
    "finance.connection": {**READERS, "admin": "crwu"},
    # of the accounting roles, which none of these has
    "finance.credit.change": {},
    "finance.credit.check": {},
    "finance.credit.exposure": {},
    "finance.connector.definition": {**READERS, "admin": "crwu"},
    "finance.credential": {**READERS, "admin": "rwu"},
    "finance.credential.wizard": {"admin": "crwu"},
    "finance.cursor": {},
    "finance.definition.trial": {"admin": "crwu"},
    "finance.disclosure": {"operator": "r", "admin": "r", "auditor": "r"},
    "finance.disclosure.wizard": {"operator": "crwu", "auditor": "crwu"},
    "finance.duplicate.key": {},
    "finance.duplicate.review": {"operator": "crwu"},
    "finance.duplicate.rule": {**READERS, "admin": "crwu"},
    "finance.event": READERS,
    "finance.event.type": READERS,
    "finance.exception": {**READERS, "operator": "rw", "steward": "rw", "admin": "rw"},
    "finance.external.reference": READERS,
    "finance.flow": {**READERS, "admin": "crwu"},
    "finance.host": {**READERS, "admin": "crwu"},
    "finance.key": {"admin": "r", "auditor": "r"},
    "finance.host.wizard": {"admin": "crwu"},
    "finance.key.wizard": {"admin": "crwu"},
    "finance.limit": {**READERS, "admin": "crwu"},
    "finance.mapping": {**READERS, "steward": "crwu"},
    "finance.mapping.domain": READERS,
    "finance.mapping.impact": READERS,
    "finance.mapping.set": {**READERS, "steward": "crwu"},
    "finance.mapping.sheet": {"steward": "crwu"},
    "finance.mapping.unmapped": READERS,
    "finance.master.change": {},
    "finance.master.known": {},
    "finance.master.drift": READERS,
    "finance.master.drift.wizard": {"steward": "crwu"},
    "finance.master.proposal": READERS,
    "finance.master.sync": {**READERS, "admin": "crwu"},
    "finance.message": READERS,
    "finance.message.attempt": READERS,
    "finance.message.document": READERS,
    "finance.message.reason.wizard": {"operator": "crwu", "admin": "crwu"},
    "finance.message.transition": READERS,
    "finance.oauth2.request": {},
    "finance.oauth2.token": READERS,
    "finance.onboarding": READERS,
    "finance.onboarding.item": READERS,
    "finance.onboarding.sign.wizard": {"operator": "crwu", "steward": "crwu", "admin": "crwu"},
    "finance.onboarding.template": {**READERS, "admin": "crwu"},
    "finance.onboarding.template.item": {**READERS, "admin": "crwu"},
    "finance.onboarding.wizard": {"admin": "crwu"},
    "finance.ownership.decision": READERS,
    "finance.ownership.policy": {**READERS, "steward": "crwu"},
    "finance.ownership.register": {**READERS, "admin": "crwu"},
    "finance.partner.duplicate": READERS,
    "finance.payload": READERS,
    "finance.content.key": {},
    "finance.payload.chunk": {},
    "finance.process": {**READERS, "admin": "crwu"},
    "finance.process.approval": READERS,
    # everybody decides with it; the run checks whether he may
    "finance.process.decision": dict.fromkeys(INTEGRATION, "crw"),
    "finance.process.level": {**READERS, "admin": "crwu"},
    "finance.process.run": READERS,
    "finance.process.run.step": READERS,
    "finance.process.step": {**READERS, "admin": "crwu"},
    "finance.process.verdict": READERS,
    "finance.promotion.import": {"admin": "crwu"},
    "finance.promotion.wizard": {"admin": "crwu"},
    "finance.reason": {**READERS, "admin": "rw"},
    "finance.reject.wizard": {"steward": "crwu", "admin": "crwu"},
    "finance.routing": {**READERS, "steward": "crwu"},
    "finance.routing.case": {**READERS, "steward": "crwu"},
    "finance.routing.row": {**READERS, "steward": "crwu"},
    "finance.record.alias": READERS,
    "finance.secret": {"admin": "ru"},
    "finance.secret.wizard": {"admin": "crwu"},
    "finance.stop": READERS,
    "finance.stop.release.wizard": {"operator": "crwu", "admin": "crwu"},
    "finance.stop.wizard": {"operator": "crwu", "admin": "crwu"},
    "finance.subscription": {**READERS, "admin": "crwu"},
    "finance.subscription.resend": {"operator": "crwu"},
    "finance.subscription.secret": {"admin": "ru"},
    "finance.subscription.secret.wizard": {"admin": "crwu"},
    "finance.waiting.key": {},
    "finance.webhook": {**READERS, "admin": "crwu"},
    "finance.webhook.certificate": {"admin": "ru"},
    "finance.webhook.refusal": READERS,
    "finance.webhook.secret": {"admin": "ru"},
    "finance.webhook.secret.wizard": {"admin": "crwu"},
    "finance.worker": READERS,
}
#: the same for every company
SHARED = {
    "finance.api.right",
    "finance.connector.definition",
    "finance.onboarding.template",
    "finance.onboarding.template.item",
    "finance.key",
    "finance.event.type",
    "finance.mapping.domain",
    "finance.reason",
    "finance.worker",
    "finance.waiting.key",
}
#: AbstractModels: nothing but private methods
ABSTRACT = {
    "finance.adapter",
    "finance.api",
    "finance.booking",
    "finance.audit",
    "finance.checklist.point",
    "finance.configurable",
    "finance.credit.watched",
    "finance.dispatcher",
    "finance.document",
    "finance.governed",
    "finance.governed.line",
    "finance.mapping.impacted",
    "finance.handler",
    "finance.master",
    "finance.portable",
    "finance.portable.rules",
    "finance.promotion",
    "finance.rotating.secret",
    "finance.sealed",
    "finance.sealed.content",
    "finance.sealed.secret",
    "finance.secret.intake",
    "finance.step",
}
#: AbstractModels whose public methods are those of their heirs
MIXINS = {"finance.governed", "finance.mapping.impacted", "finance.secret.intake"}

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


@tagged("post_install", "-at_install")
class TestAccess(FakeCase):
    """B-45, B-53 and fault 59."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = cls.make_everything(cls.company)
        cls.foreign = cls.make_everything(cls.other_company)
        for role in ROLES:
            cls.user(role)
            cls.user(role, other_company=True)

    @classmethod
    def make_everything(cls, company):
        """:return: dict model -> a record of it that belongs to the company"""
        env = cls.env(context={**cls.env.context, "allowed_company_ids": company.ids})
        connection = cls.make_connection("finance.adapter.test", company_id=company.id, name=company.name)
        flow = cls.make_flow(connection)
        payload = env["finance.payload"]._store(b"bytes", company=company)
        envelopes = [
            Envelope(subject="held", data={"do": "raise", "error": "RejectedError"}, payload_id=payload.id),
            Envelope(subject="done", data={"do": "effect", "reference": "R1"}),
        ]
        rule = env["finance.duplicate.rule"].create(
            {"name": "alike", "company_id": company.id, "flow_id": flow.id, "reference_path": "reference"}
        )
        held, done = env["finance.message"]._enqueue(flow, envelopes)
        env["finance.dispatcher"]._drain(flows=flow)
        compared = env["finance.duplicate.key"].search([("message_id", "=", done.id)])
        flow._set_cursor("files", {})
        domain = env["finance.mapping.domain"].create(
            {"name": company.name, "code": f"test.{company.id}", "res_model": "res.partner"}
        )
        partner = env["res.partner"].create({"name": company.name, "company_id": company.id})
        master = cls.make_master_data(env, connection, partner)
        calendar = env["finance.calendar"].create(
            {
                "name": company.name,
                "company_id": company.id,
                "window_ids": [(0, 0, {"weekday": "0"})],
                "holiday_ids": [(0, 0, {"date": "2026-12-25", "name": "Christmas"})],
            }
        )
        mapping = env["finance.mapping"].create(
            {"domain_id": domain.id, "connection_id": connection.id, "code": "c", "res_id": partner.id}
        )
        env["finance.message"]._enqueue(
            flow, [Envelope(subject="unmapped", data={"do": "map", "domain": domain.code, "code": "u"})]
        )
        env["finance.dispatcher"]._drain(flows=flow)
        line = mapping.copy({"code": "d"})
        change = env["finance.mapping.set"].create({"name": company.name, "mapping_ids": [(6, 0, line.ids)]})
        template = env["finance.onboarding.template"].create(
            {
                "name": company.name,
                "adapter": "finance.adapter.test",
                "item_ids": [(0, 0, {"name": "agreed", "role": "operator"})],
            }
        )
        onboarding = env["finance.onboarding"]._begin(template, {"name": "new", "company_id": company.id})
        records = {
            "finance.onboarding": onboarding,
            "finance.onboarding.item": onboarding.item_ids,
            "finance.onboarding.template": template,
            "finance.onboarding.template.item": template.item_ids,
            **cls.make_routing(env, company),
            "finance.calendar": calendar,
            "finance.calendar.holiday": calendar.holiday_ids,
            "finance.calendar.window": calendar.window_ids,
            "finance.change": env["finance.change"]._log(mapping, "approved", before={}, after={}),
            "finance.checkpoint": env["finance.checkpoint"]
            ._take(env.cr.now().date())
            .filtered(lambda c: c.flow_id == flow),
            "finance.circuit": env["finance.circuit"].create(
                {"connection_id": connection.id, "endpoint": "api.example", "state": "open"}
            ),
            "finance.config.change": env["finance.config.change"]._propose_items(
                "change",
                company,
                [{"model": "finance.flow", "id": flow.id, "name": "f", "before": {}, "after": {"retry_max": 3}}],
                "edit",
            ),
            "finance.connection": connection,
            "finance.connector.definition": env["finance.connector.definition"].search([], limit=1),
            "finance.credential": env["finance.credential"]._put(
                connection, "consent", expires_at=env.cr.now() + timedelta(days=90)
            ),
            "finance.cursor": env["finance.cursor"].search([("flow_id", "=", flow.id)]),
            "finance.disclosure": cls.make_disclosure(env, held),
            "finance.duplicate.key": compared,
            "finance.duplicate.rule": rule,
            "finance.exception": held.exception_ids,
            "finance.host": env["finance.host"].create(
                {"name": "bank.example", "environment": "test", "company_id": company.id}
            ),
            "finance.external.reference": env["finance.external.reference"]._link(connection, "x", "1", partner),
            "finance.flow": flow,
            "finance.limit": env["finance.limit"].create({"connection_id": connection.id, "rate": 5}),
            "finance.mapping": mapping,
            "finance.mapping.domain": domain,
            "finance.mapping.impact": env["finance.mapping.impact"]._start(change),
            "finance.mapping.set": change,
            "finance.mapping.unmapped": env["finance.mapping.unmapped"].search([("company_id", "=", company.id)]),
            "finance.content.key": env["finance.content.key"].search([("company_id", "=", company.id)], limit=1),
            "finance.message": held,
            "finance.message.attempt": held.attempt_ids,
            "finance.message.document": done.document_ids,
            "finance.message.transition": held.transition_ids[:1],
            **master,
            "finance.oauth2.token": env["finance.oauth2.token"].create(
                {"connection_id": connection.id, "kind": "client_credentials", "purpose": ""}
            ),
            "finance.payload": payload,
            "finance.payload.chunk": env["finance.payload.chunk"].search([("payload_id", "=", payload.id)]),
            **cls.make_process(env, company, partner),
            "finance.credit.exposure": env["finance.credit.exposure"].create(
                {"company_id": company.id, "partner_id": partner.id}
            ),
            "finance.credit.check": env["finance.credit.check"].create(
                {"company_id": company.id, "checked_at": env.cr.now()}
            ),
            "finance.reason": held.exception_ids.reason_id,
            "finance.secret": env["finance.secret"]._put(connection, "password", "x"),
            "finance.stop": env["finance.stop"]._stop("connection", "x", connection=connection),
            "finance.worker": env["finance.worker"].search([], limit=1),
            **cls.make_webhook(env, flow),
            **cls.make_client(env, company),
            "finance.event": cls.make_event(env, company),
            "finance.event.type": env["finance.event.type"].search([], limit=1),
            **cls.make_subscription(env, company),
        }
        for model, record in records.items():
            assert len(record) == 1, f"{model}: {record}"
        return records

    @classmethod
    def make_client(cls, env, company):
        user = cls.user("viewer", other_company=company == cls.other_company, number=3)
        client = env["finance.api.client"].create(
            {"name": "program", "user_id": user.id, "company_ids": [Command.set(company.ids)]}
        )
        usage = env["finance.api.usage"].create({"client_id": client.id})
        right = env["finance.api.right"].search([], limit=1)
        answer = env["finance.api.answer"].create({"client_id": client.id, "key_digest": "k", "fingerprint": "f"})
        return {
            "finance.api.answer": answer,
            "finance.api.client": client,
            "finance.api.usage": usage,
            "finance.api.right": right,
        }

    @classmethod
    def make_event(cls, env, company):
        event = env["finance.event"]
        cls.classPatch(type(event), "_listeners", lambda self: {company.id: frozenset("*")})
        fact = {"id": event._subject_of("subscription", company.id), "note": company.name}
        event._emit("finance.subscription.tested", [{"subject": fact["id"], "company_id": company.id, "data": fact}])
        return event.search([("company_id", "=", company.id)], limit=1)

    @classmethod
    def make_subscription(cls, env, company):
        connection = cls.make_connection(
            "finance.adapter.webhook", company_id=company.id, http_base_url="https://receiver.example"
        )
        subscription = env["finance.subscription"].create({"name": company.name, "connection_id": connection.id})
        secret = env["finance.subscription.secret"]._put(subscription, "whsec_" + "A" * 32)
        return {"finance.subscription": subscription, "finance.subscription.secret": secret}

    @classmethod
    def make_webhook(cls, env, flow):
        webhook = env["finance.webhook"].create(
            {"name": "events", "connection_id": flow.connection_id.id, "flow_id": flow.id, "scheme": "stripe"}
        )
        env["finance.webhook.certificate"]._want(webhook, "https://paypal.com/c")
        return {
            "finance.webhook": webhook,
            "finance.webhook.secret": env["finance.webhook.secret"]._put(webhook, "x" * 20),
            "finance.webhook.refusal": env["finance.webhook.refusal"].create(
                {"webhook_id": webhook.id, "at": env.cr.now(), "reason": "signature"}
            ),
            "finance.webhook.certificate": env["finance.webhook.certificate"].search([("webhook_id", "=", webhook.id)]),
        }

    @classmethod
    def make_process(cls, env, company, record):
        process = env["finance.process"].create(
            {
                "name": company.name,
                "code": "access",
                "company_id": company.id,
                "step_ids": [
                    Command.create(
                        {
                            "name": "approve",
                            "kind": "approve",
                            "work": "finance.step.approve",
                            "group_id": env.ref(CREDIT).id,
                            "level_ids": [Command.create({"amount_from": 0, "approvals": 1})],
                        }
                    )
                ],
            }
        )
        run = env["finance.process.run"].with_company(company)._start(process, record)
        env["finance.dispatcher"]._drain(flows=env["finance.flow"]._process_flow(company))
        approval = env["finance.process.approval"].create(
            {
                "run_step_id": run.step_ids.id,
                "user_id": env.uid,
                "partner_id": env.user.partner_id.id,
                "decision": "approve",
                "decided_at": env.cr.now(),
                "facts_hash": "x",
            }
        )
        verdict = env["finance.process.verdict"]._give(company, "other", "risk", "cleared")
        records = (process, process.step_ids, process.step_ids.level_ids, run, run.step_ids, approval, verdict)
        return {record._name: record for record in records}

    @classmethod
    def make_disclosure(cls, env, message):
        other = message.company_id != cls.company
        mine = cls.as_user(message, "operator", other_company=other)
        return mine.env["finance.disclosure"]._disclose(mine, "a question of the bank").with_env(env)

    @classmethod
    def make_routing(cls, env, company):
        """:return: a routing table of the company with a row and a test case"""
        table = env["finance.routing"].create(
            {
                "name": company.name,
                "code": "test",
                "company_id": company.id,
                "row_ids": [(0, 0, {"name": "all", "value": "x"})],
                "case_ids": [(0, 0, {"name": "any", "row_name": "all"})],
            }
        )
        return {record._name: record for record in (table, table.row_ids, table.case_ids)}

    @classmethod
    def make_master_data(cls, env, connection, partner):
        company = connection.company_id
        me = cls.user("steward", other_company=company != cls.company)
        people = {"owner_id": me.id, "support_id": me.id, "reprocessor_id": me.id, "approver_ids": [(4, me.id)]}
        register = env["finance.ownership.register"].create({"domain": "tax", "company_id": company.id, **people})
        policy = env["finance.ownership.policy"].create(
            {"domain": "tax", "connection_id": connection.id, "company_id": company.id}
        )
        domain = env["finance.master"]._of("partner")
        env["finance.ownership.decision"]._log(domain, partner, {"name": ("reject", policy.id)}, company)
        env["finance.record.alias"]._merged(env["res.partner"].create({"name": "Gone"}), partner)
        drift = env["finance.master.drift"].create(
            {
                "connection_id": connection.id,
                "company_id": company.id,
                "domain": "tax",
                "kind": "differing",
                "external_id": "1",
                "res_model": "res.partner",
                "res_id": partner.id,
            }
        )
        return {
            "finance.master.drift": drift,
            "finance.master.proposal": env["finance.master.proposal"]._propose(
                domain, partner, {"city": {"city": "Rome"}}, company, connection=connection, policy_id=policy.id
            ),
            "finance.master.sync": env["finance.master.sync"].create(
                {"domain": "tax", "connection_id": connection.id, "receive": True}
            ),
            "finance.ownership.decision": env["finance.ownership.decision"].search([("policy_id", "=", policy.id)]),
            "finance.ownership.policy": policy,
            "finance.ownership.register": register,
            "finance.partner.duplicate": env["finance.partner.duplicate"].create(
                {
                    "first_id": partner.id,
                    "second_id": env["res.partner"].create({"name": "Alike", "company_id": company.id}).id,
                    "company_id": company.id,
                }
            ),
            "finance.record.alias": env["finance.record.alias"].search([("current_id", "=", partner.id)]),
        }

    def suite_models(self):
        return {
            name: model
            for name, model in self.registry.items()
            if name.startswith("finance.") and model._original_module == "finance_connector_base"
        }

    def test_every_model_is_in_the_table(self):
        models = self.suite_models()
        stored = {name for name, model in models.items() if not model._abstract}
        self.assertEqual(stored, MODELS.keys())
        abstract = {name for name, model in models.items() if model._abstract}
        plugins = ("finance.adapter.", "finance.handler.", "finance.master.", "finance.step.")
        plugged = {name for name in abstract if name.startswith(plugins)}
        self.assertEqual(abstract - plugged, ABSTRACT)

    def test_b45_crud_of_every_role_in_the_own_company(self):
        for name, roles in MODELS.items():
            for role in ROLES:
                letters = roles.get(role, "")
                record = self.as_user(self.own.get(name, self.env[name]), role)
                for letter, operation in (("c", "create"), ("r", "read"), ("w", "write"), ("u", "unlink")):
                    with self.subTest(model=name, role=role, operation=operation):
                        target = record.browse() if operation == "create" else record
                        self.assertEqual(target.has_access(operation), letter in letters)

    def test_b53_nobody_reaches_records_of_another_company(self):
        for name, record in self.foreign.items():
            if name in SHARED:
                continue
            for role in ROLES:
                mine = self.as_user(record, role)
                for operation in ("read", "write", "unlink"):
                    with self.subTest(model=name, role=role, operation=operation):
                        self.assertFalse(mine.has_access(operation))
                if "r" in MODELS[name].get(role, ""):
                    self.assertNotIn(record.id, mine.search([]).ids)
                    self.assertFalse(mine.search_count([("id", "=", record.id)]))

    def test_attack_8_another_company_in_the_context_opens_nothing(self):
        record = self.foreign["finance.message"]
        user = self.user("operator")
        smuggled = record.with_user(user).with_context(allowed_company_ids=[self.company.id, self.other_company.id])
        with self.assertRaises(AccessError):
            smuggled.action_retry()

    # -- methods -------------------------------------------------------------------------------

    def public_methods(self, model):
        """What a client may call that this module defines, whatever it calls it."""
        record = self.env[model]
        found = set()
        for cls in type(record).mro():
            if not cls.__module__.startswith("odoo.addons.finance_connector_base"):
                continue
            for name, value in vars(cls).items():
                if name.startswith("_") or not callable(value) or name in ("create", "write", "unlink", "default_get"):
                    continue
                try:
                    get_public_method(record, name)
                except AccessError:
                    continue
                found.add(name)
        return found

    def test_every_public_method_is_in_the_table(self):
        for name in self.suite_models().keys() - MIXINS:
            with self.subTest(name):
                self.assertEqual(self.public_methods(name), METHODS.get(name, {}).keys())

    def call(self, record, method, role):
        """:return: True if the role may call it; that the state of the record forbids it is no matter here"""
        mine = self.as_user(record.browse() if method in ON_MODEL else record, role)
        if record._transient:
            mine = self.wizard(record._name, role)
        try:
            with self.env.cr.savepoint():
                getattr(mine, method)()
                raise _Undo
        except _Undo:
            return True
        except AccessError:
            return False
        except UserError:
            return True

    def wizard(self, name, role):
        values = {
            "finance.by.hand.in": {"flow_id": self.own["finance.flow"].id, "reason": "r"},
            "finance.by.hand.out": {"message_id": self.own["finance.message"].id, "reason": "r"},
            "finance.credential.wizard": {"connection_id": self.own["finance.connection"].id, "kind": "consent"},
            "finance.disclosure.wizard": {"message_id": self.own["finance.message"].id, "reason": "r"},
            "finance.duplicate.review": {"message_id": self.own["finance.message"].id, "reason": "r"},
            "finance.definition.trial": {"definition_id": self.own["finance.connector.definition"].id},
            "finance.circuit.wizard": {"circuit_id": self.own["finance.circuit"].id, "reason": "r"},
            "finance.host.wizard": {"reason": "r"},
            "finance.key.wizard": {"reason": "r"},
            "finance.onboarding.sign.wizard": {"item_id": self.own["finance.onboarding.item"].id, "evidence": "e"},
            "finance.onboarding.wizard": {
                "template_id": self.own["finance.onboarding.template"].id,
                "name": "n",
                "company_id": self.company.id,
                "environment": "test",
                "owner_id": self.env.uid,
            },
            "finance.message.reason.wizard": {
                "operation": "discard",
                "reason": "r",
                "message_ids": [(6, 0, self.own["finance.message"].ids)],
            },
            "finance.process.decision": {
                "run_id": self.own["finance.process.run"].id,
                "operation": "cancel",
                "reason": "r",
            },
            "finance.mapping.sheet": {},
            "finance.promotion.import": {"content": b"e30=", "company_id": self.company.id},
            "finance.promotion.wizard": {"connection_ids": [(6, 0, self.own["finance.connection"].ids)]},
            "finance.reject.wizard": {
                "res_model": "finance.mapping",
                "res_ids": self.own["finance.mapping"].ids,
                "reason": "r",
            },
            "finance.master.drift.wizard": {
                "reason": "r",
                "drift_ids": [(6, 0, self.own["finance.master.drift"].ids)],
            },
            "finance.secret.wizard": {"connection_id": self.own["finance.connection"].id, "key": "password"},
            "finance.webhook.secret.wizard": {"webhook_id": self.own["finance.webhook"].id},
            "finance.subscription.secret.wizard": {"subscription_id": self.own["finance.subscription"].id},
            "finance.subscription.resend": {"subscription_id": self.own["finance.subscription"].id},
            "finance.api.key.wizard": {"client_id": self.own["finance.api.client"].id},
            "finance.stop.release.wizard": {"stop_id": self.own["finance.stop"].id, "reason": "r"},
            "finance.stop.wizard": {"scope": "flow", "flow_id": self.own["finance.flow"].id, "reason": "r"},
        }[name]
        # made with all rights: only the call is in question
        wizards = self.env[name].sudo()
        if name in (
            "finance.credential.wizard",
            "finance.secret.wizard",
            "finance.subscription.secret.wizard",
            "finance.webhook.secret.wizard",
        ):
            return self.as_user(wizards.new(values), role)
        return self.as_user(wizards.create(values), role)

    def test_b45_methods_by_role_in_the_own_company(self):
        for name, methods in METHODS.items():
            for method, allowed in methods.items():
                for role in ROLES:
                    with self.subTest(model=name, method=method, role=role):
                        record = self.own.get(name, self.env[name])
                        self.assertEqual(self.call(record, method, role), role in allowed)

    def test_b53_no_method_reaches_another_company(self):
        for name, methods in METHODS.items():
            if name not in self.foreign or name in SHARED:
                continue
            for method in methods.keys() - ON_MODEL:
                for role in ROLES:
                    with self.subTest(model=name, method=method, role=role):
                        self.assertFalse(self.call(self.foreign[name], method, role))

    def test_dialogs_do_not_reach_messages_of_another_company(self):
        foreign = self.foreign["finance.message"]
        for role, operation in (("operator", "discard"), ("admin", "replay")):
            wizard = self.env["finance.message.reason.wizard"].create(
                {"operation": operation, "reason": "r", "message_ids": [(6, 0, foreign.ids)]}
            )
            with self.subTest(role), self.trap() as trapped:
                with suppress(UserError):
                    self.as_user(wizard, role).action_confirm()
                self.assertState(foreign, "held")
                self.assertFalse(trapped.messages)
            with self.assertRaises(AccessError):
                self.as_user(foreign, "operator")._discard("r")
        with self.assertRaises(AccessError):
            self.as_user(foreign, "admin")._replay("r")

    def test_fault_59_states_cannot_be_written_by_anybody(self):
        """Fault 59: any employee may call any public method over JSON-2; none of them sets a state."""
        for name in ("finance.message", "finance.message.attempt", "finance.message.transition", "finance.checkpoint"):
            field = {"finance.message": "state", "finance.message.transition": "after"}.get(name, "id")
            for role in ROLES:
                mine = self.as_user(self.own[name], role)
                for act in (
                    lambda mine=mine, field=field: mine.write({field: "done"}),
                    lambda mine=mine: mine.create([{}]),
                    lambda mine=mine: mine.unlink(),
                    lambda mine=mine: mine.copy(),
                ):
                    with self.subTest(model=name, role=role), self.assertRaises(UserError):
                        act()


class _Undo(Exception):
    pass
