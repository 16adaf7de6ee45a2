from odoo import api, models


class FinanceAlertCondition(models.AbstractModel):
    """Something that should not be; ``docs/alerts.md`` tells how to add one.

    A condition is one file with a model that inherits this one. Its technical name is the value that rules keep, its
    code the name of its page in ``runbooks``. It looks with the rights of the system and writes nothing.
    """

    _name = "finance.alert.condition"
    _description = "Condition of an Alert"

    #: stable, e.g. ``queue_age``: the runbook is ``runbooks/alert-queue_age.md``
    _code = ""
    #: class of what is seen, where a sighting does not say it itself
    _klass = "technical"

    @api.model
    def _conditions(self):
        """:return: technical names of the conditions that are there"""
        return sorted(self.env.registry.descendants(["finance.alert.condition"], "_inherit") - {self._name})

    @api.model
    def _title(self):
        """:return: what people choose it by"""
        raise NotImplementedError

    @api.model
    def _unit(self):
        """:return: what the threshold counts, e.g. *minutes*; empty where there is none"""
        return ""

    @api.model
    def _remedy(self):
        """:return: the first thing to do, in one or two sentences; the runbook has the rest"""
        raise NotImplementedError

    @api.model
    def _look(self, threshold):
        """Look whether something is wrong now.

        :param float threshold: of the rule, in ``_unit``
        :return: list of :class:`~..alerting.sighting.Sighting`
        """
        raise NotImplementedError
