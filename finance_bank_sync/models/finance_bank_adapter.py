from odoo import api, models


class FinanceAdapter(models.AbstractModel):
    """What adapters of banks' interfaces do: ``reports`` about accounts, and ``consents`` that open them."""

    _inherit = "finance.adapter"

    #: scheme of the webhooks by which the other side tells that there is something new, see ``protocols/events.py``
    _webhook_scheme = ""

    @api.model
    def _ways_to_fetch(self):
        return super()._ways_to_fetch() | {"reports"}

    @api.model
    def _capabilities(self):
        return {
            **super()._capabilities(),
            "reports": ("_bank_accounts", "_bank_report"),
            "consents": ("_consent_begin", "_consent_look", "_consent_revoke"),
        }

    @api.model
    def _bank_accounts(self, connection, person):
        """List the accounts that we may ask about.

        :param person: :class:`~..protocols.access.Person` who waits for the answer
        :return: tuple of :class:`~..protocols.access.OnlineAccount`
        :raise FinanceError: see ``engine/errors.py`` and ``protocols/access.py``
        """
        raise NotImplementedError(self._name)

    @api.model
    def _bank_report(self, connection, account, person):
        """Ask about one account. Write nothing; take each call without a person from the account's day before.

        :param account: one ``finance.bank.online.account``
        :return: a :class:`~..formats.report.reader.Report`, or None: the bank says that there is nothing new
        """
        raise NotImplementedError(self._name)

    @api.model
    def _bank_whole(self, connection, account, told):
        """Make whole days of what :meth:`_bank_report` has brought; OVERRIDE where the other side tells changes only.

        Called in the transaction that keeps the result.

        :return: (:class:`~..formats.report.reader.Report`, count of known bookings that changed)
        """
        return told, 0

    @api.model
    def _webhook_key(self, connection, key_id):
        """Fetch the key that the other side signs its webhooks with; OVERRIDE where ``_webhook_scheme`` is set.

        :return: its PEM, or None: the other side does not know it, or it is over
        """
        raise NotImplementedError(self._name)

    @api.model
    def _consent_begin(self, connection, wish, person):
        """Make a consent that a person is going to say yes to; :return: ``ConsentBegun``"""
        raise NotImplementedError(self._name)

    @api.model
    def _consent_look(self, connection, consent, person):
        """Ask what has become of a ``finance.bank.consent``; :return: ``ConsentFacts``"""
        raise NotImplementedError(self._name)

    @api.model
    def _consent_confirm(self, connection, consent, answer, person):
        """Tell the bank what came back with the person, before it is asked; OVERRIDE where it wants that.

        :param answer: query of the address that the person came back to
        """

    @api.model
    def _consent_revoke(self, connection, consent, person):
        """Take a ``finance.bank.consent`` back at the bank."""
        raise NotImplementedError(self._name)
