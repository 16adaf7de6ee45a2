from odoo import api, models


class FinanceExpenseMeeting(models.AbstractModel):
    """Lets transactions that book what may be the same cost come one after the other (E-13, pain 22).

    Whether a cost is claimed already is looked up, and of two transactions under way neither sees what the other
    books. So each writes the rows of what both have in common: the later one is run again, and sees the first. A lock
    would make it wait, and then book what its old snapshot says.
    """

    _name = "finance.expense.meeting"
    _description = "Meeting of What Books the Same Cost"

    @api.model
    def _reports(self, works):
        """Called in the transaction that books reports.

        :param works: list of :class:`Begun` that nothing is in the way of
        """
        keys = set()
        for work in works:
            if work.policy.check_duplicates:
                keys.add(f"expense_code:{work.connection_id}:{work.document.employee.external_id}")
                keys |= self._people_keys(work.company | work.payer, work.partner)
        self._meet(keys)

    @api.model
    def _people(self, pairs):
        """Called in the transaction that books costs of employees elsewhere.

        :param pairs: iterable of (companies, partners)
        """
        self._meet(key for companies, partners in pairs for key in self._people_keys(companies, partners))

    @api.model
    def _charge(self, likeness):
        """Called in the transaction that takes in a charge; :param likeness: digest of what makes two look like one"""
        self._meet([f"card_alike:{likeness}"])

    @api.model
    def _people_keys(self, companies, partners):
        return {f"expense_person:{company.id}:{partner.id}" for company in companies for partner in partners}

    @api.model
    def _meet(self, keys):
        keys = set(keys)
        if keys:
            self.env["finance.waiting.key"]._meet(keys)
