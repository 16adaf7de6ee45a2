from odoo import api, models
from odoo.fields import Domain


class FinanceMessage(models.Model):
    """Everything that belongs to one business transaction, found by any of its names."""

    _inherit = "finance.message"

    @api.model
    def _lifecycle(self, key):
        """Find the life of a business transaction, as far as the user may see it.

        :param key: business key, correlation id or identity of one of its messages, or a record
            (a recordset of one) that one of them made or is about
        :return: dict with ``messages``, ``transitions``, ``attempts``, ``exceptions``,
            ``references`` (recordsets, oldest first) and ``documents`` (list of (model, id))
        """
        if isinstance(key, models.BaseModel):
            links = self.env["finance.message.document"].search(
                [("res_model", "=", key._name), ("res_id", "=", key.id)]
            )
            start = links.message_id | self.search([("res_model", "=", key._name), ("res_id", "=", key.id)])
        else:
            start = self.search(
                Domain("business_key", "=", key) | Domain("correlation_id", "=", key) | Domain("dedupe_key", "=", key)
            )
        messages = self.search(
            Domain("correlation_id", "in", start.mapped("correlation_id"))
            | Domain("business_key", "in", [name for name in start.mapped("business_key") if name]),
            order="id",
        )
        links = messages.document_ids
        documents = dict.fromkeys((link.res_model, link.res_id) for link in links)
        documents.update(dict.fromkeys((m.res_model, m.res_id) for m in messages if m.res_model and m.res_id))
        return {
            "messages": messages,
            "transitions": messages.transition_ids.sorted("id"),
            "attempts": messages.attempt_ids.sorted("id"),
            "exceptions": messages.exception_ids.sorted("id"),
            "references": self.env["finance.external.reference"].search(
                [("message_id", "in", messages.ids)], order="id"
            ),
            "documents": list(documents),
        }
