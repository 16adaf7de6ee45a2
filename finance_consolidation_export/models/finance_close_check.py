from odoo import api, models

from ..closing.finding import Finding


class FinanceCloseCheck(models.AbstractModel):
    """An automatic check of the close (C-08); ``docs/close-calendar.md`` tells how to add one.

    A check is one file with a model that inherits this one and says what it looks at. Its technical name is the value
    that templates keep; it looks with the rights of the system at the companies of the task and writes nothing.
    """

    _name = "finance.close.check"
    _description = "Check of the Close"

    @api.model
    def _title(self):
        """:return: what people choose it by, e.g. *Draft entries*"""
        raise NotImplementedError

    @api.model
    def _examine(self, task):
        """Look whether something is in the way.

        :param task: one ``finance.close.task``
        :return: :class:`~..closing.finding.Finding`
        """
        raise NotImplementedError

    # -- what checks share ---------------------------------------------------------------------

    @api.model
    def _companies(self, task):
        """:return: companies of this database that the task is about: with its branches, or all of the group"""
        entities = task.entity_id or task.close_id.template_id._entities()
        companies = self.env["res.company"]
        for entity in entities.filtered("company_id"):
            companies |= entity._companies()
        return companies

    @api.model
    def _records(self, task, model, domain, text, fine):
        """Find records that are in the way.

        :param text: what to say of them; ``%s`` is how many
        :param fine: what to say when there are none
        """
        count = self.env[model].search_count(domain)
        if not count:
            return Finding(passed=True, text=fine)
        return Finding(passed=False, text=text % count, count=count, model=model, domain=domain)

    @api.model
    def _accounts(self, task, companies):
        """:return: accounts whose codes begin as the task says, of the companies; empty when it says nothing"""
        prefixes = tuple(code.strip() for code in (task.account_codes or "").split(",") if code.strip())
        accounts = self.env["account.account"]
        for company in companies if prefixes else ():
            model = accounts.with_company(company).with_context(active_test=False)
            own = model.search([("company_ids", "parent_of", company.ids)])
            accounts |= own.filtered(lambda one: (one.code or "").startswith(prefixes))
        return accounts
