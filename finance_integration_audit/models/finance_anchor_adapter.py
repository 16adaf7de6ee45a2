from odoo import api, models


class FinanceAnchorAdapter(models.AbstractModel):
    """One kind of place outside of the database that keeps heads of the trail.

    A new kind is a file of its own: a model that inherits this, with ``_publish``, and ``_heads`` where the place
    can be read; and its line in the selection of ``finance.audit.anchor.kind`` (docs/audit-trail.md).
    """

    _name = "finance.anchor.adapter"
    _description = "Kind of Anchor"

    @api.model
    def _publish(self, anchor, checkpoint):
        """Keep a head outside; the same one may have been kept before.

        :return: the receipt: a text that proves or says where it is
        :raise FinanceError: it is not kept, or nobody knows
        """
        raise NotImplementedError(self._name)

    @api.model
    def _heads(self, anchor):
        """:return: texts of the heads that are kept there (:meth:`~..trail.head.Signed.text`), as far as it can be read

        :raise FinanceError: it cannot be read now
        """
        return []

    @api.model
    def _file_name(self, checkpoint):
        return f"head-{checkpoint.number:010d}.txt"
