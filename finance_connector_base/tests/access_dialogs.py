"""What each dialog is opened with, for the question who may press its buttons."""

#: those that keep nothing in the database, not even for the moment
WITHOUT_A_ROW = {
    "finance.credential.wizard",
    "finance.secret.wizard",
    "finance.subscription.secret.wizard",
    "finance.webhook.secret.wizard",
}


def values_of(name, own, env):
    """:return: values for the dialog

    :param own: dict model -> a record of it
    """
    return {
        "finance.by.hand.in": {"flow_id": own["finance.flow"].id, "reason": "r"},
        "finance.by.hand.out": {"message_id": own["finance.message"].id, "reason": "r"},
        "finance.credential.wizard": {"connection_id": own["finance.connection"].id, "kind": "consent"},
        "finance.disclosure.wizard": {"message_id": own["finance.message"].id, "reason": "r"},
        "finance.duplicate.review": {"message_id": own["finance.message"].id, "reason": "r"},
        "finance.definition.trial": {"definition_id": own["finance.connector.definition"].id},
        "finance.circuit.wizard": {"circuit_id": own["finance.circuit"].id, "reason": "r"},
        "finance.host.wizard": {"reason": "r"},
        "finance.key.wizard": {"reason": "r"},
        "finance.onboarding.sign.wizard": {"item_id": own["finance.onboarding.item"].id, "evidence": "e"},
        "finance.onboarding.wizard": {
            "template_id": own["finance.onboarding.template"].id,
            "name": "n",
            "company_id": own["finance.connection"].company_id.id,
            "environment": "test",
            "owner_id": env.uid,
        },
        "finance.message.reason.wizard": {
            "operation": "discard",
            "reason": "r",
            "message_ids": [(6, 0, own["finance.message"].ids)],
        },
        "finance.process.decision": {
            "run_id": own["finance.process.run"].id,
            "operation": "cancel",
            "reason": "r",
        },
        "finance.mapping.sheet": {},
        "finance.promotion.import": {"content": b"e30=", "company_id": own["finance.connection"].company_id.id},
        "finance.promotion.wizard": {"connection_ids": [(6, 0, own["finance.connection"].ids)]},
        "finance.reject.wizard": {
            "res_model": "finance.mapping",
            "res_ids": own["finance.mapping"].ids,
            "reason": "r",
        },
        "finance.master.drift.wizard": {
            "reason": "r",
            "drift_ids": [(6, 0, own["finance.master.drift"].ids)],
        },
        "finance.secret.wizard": {"connection_id": own["finance.connection"].id, "key": "password"},
        "finance.webhook.secret.wizard": {"webhook_id": own["finance.webhook"].id},
        "finance.subscription.secret.wizard": {"subscription_id": own["finance.subscription"].id},
        "finance.subscription.resend": {"subscription_id": own["finance.subscription"].id},
        "finance.api.key.wizard": {"client_id": own["finance.api.client"].id},
        "finance.stop.release.wizard": {"stop_id": own["finance.stop"].id, "reason": "r"},
        "finance.stop.wizard": {"scope": "flow", "flow_id": own["finance.flow"].id, "reason": "r"},
    }[name]
