from odoo import api, models


class FinanceAdapter(models.AbstractModel):
    """What adapters of expense platforms and of card companies implement; see ``platforms/contract.py``."""

    _inherit = "finance.adapter"

    #: outcomes that the platform wants to be told: ``posted``, ``failed``, ``paid``
    _expense_told = frozenset()

    @api.model
    def _ways_to_fetch(self):
        return super()._ways_to_fetch() | {"expenses", "cards"}

    @api.model
    def _capabilities(self):
        return super()._capabilities() | {
            "expenses": ("_expense_batch", "_expense_read"),
            "cards": ("_card_batch", "_card_read"),
        }

    @api.model
    def _expense_batch(self, connection, flow, position):
        """Ask for one page of reports that are ready.

        :param position: what the last page said; empty the first time
        :return: :class:`~..platforms.contract.Batch`
        :raise FinanceError: when the platform cannot be reached or refuses
        """
        raise NotImplementedError(self._name)

    @api.model
    def _expense_claim(self, connection, handed):
        """Claim what is stored here by now; said again it changes nothing.

        :param handed: list of :class:`~..platforms.contract.Handed`, without their content
        :return: list of :class:`~..platforms.contract.Answer`
        """
        raise NotImplementedError(self._name)

    @api.model
    def _expense_read(self, connection, content):
        """Read what ``_expense_batch`` handed out; calls nobody, writes nothing.

        :param bytes content: of one :class:`~..platforms.contract.Handed`
        :return: :class:`~..canonical.ExpenseReport`
        :raise MalformedError: naming what is wrong, never a value of it
        """
        raise NotImplementedError(self._name)

    @api.model
    def _expense_receipt(self, connection, receipt):
        """Fetch a receipt.

        :param receipt: :class:`~..canonical.Receipt`
        :return: (name, content type, bytes)
        """
        raise NotImplementedError(self._name)

    @api.model
    def _expense_confirm(self, connection, outcome):
        """Tell the platform what became of a report; said again with the same key it changes nothing.

        :param outcome: :class:`~..platforms.contract.Outcome`
        :return: :class:`~..platforms.contract.Answer`
        """
        raise NotImplementedError(self._name)

    @api.model
    def _expense_tells(self, external_id, result):
        """:return: whether the platform wants this outcome of this document, one of ``_expense_told``"""
        return True

    @api.model
    def _card_batch(self, connection, flow, position):
        """As ``_expense_batch``, of transactions of cards."""
        raise NotImplementedError(self._name)

    @api.model
    def _card_read(self, connection, content):
        """As ``_expense_read``; :return: :class:`~..canonical.CardTransaction`"""
        raise NotImplementedError(self._name)
