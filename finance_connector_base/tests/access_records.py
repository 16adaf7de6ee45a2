"""One record of every model, in each of two companies, and the dialogs: what the tests of access try their hands on."""

from datetime import timedelta

from odoo.fields import Command

from ..const import CREDIT
from ..engine.envelope import Envelope
from .fake_case import FakeCase


class AccessRecords(FakeCase):
    """Makes them, whichever role tries its hands on them."""

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
        dual = env["finance.dual.run"].create(
            {"name": "run", "domain": "other", "old_flow_id": flow.id, "new_flow_id": cls.make_flow(connection).id}
        )
        difference = env["finance.dual.difference"].create({"run_id": dual.id, "kind": "missing_old", "key": "k"})
        row = env["finance.dual.row"].create(
            {"run_id": dual.id, "side": "old", "key": "k", "digest": "d", "outcome": "worked", "message_id": done.id}
        )
        records = {
            "finance.dual.run": dual,
            "finance.dual.difference": difference,
            "finance.dual.row": row,
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
