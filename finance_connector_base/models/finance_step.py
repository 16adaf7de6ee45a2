from odoo import api, models


class FinanceStep(models.AbstractModel):
    """What a step of a process does. Its technical name is the value stored on the step.

    A module adds one with two declarations in one file: the AbstractModel itself and a
    ``selection_add`` on ``finance.process.step.work`` (docs/adding-a-step.md).
    """

    _name = "finance.step"
    _description = "Work of a Step"

    #: kinds of step it can be
    _kinds = frozenset({"validate", "enrich", "route", "post", "confirm"})
    #: people approve or reject it
    _asks_people = False
    #: ``_compensate`` is written: what the step did is undone when the process is cancelled
    _undoes = False

    @api.model
    def _run(self, step):
        """Do the work inside the current transaction; called again after every wait.

        No commit, no call to the outside: to reach another system, queue a message and wait for
        its answer. Effect and completion of the step commit together.

        :param step: one ``finance.process.run.step``; ``step._record()`` is what it is about
        :return: an :data:`~..engine.step.Answer`
        :raise FinanceError: see ``engine/errors.py``; only a TransientError is tried again by itself
        """
        raise NotImplementedError(self._name)

    @api.model
    def _compensate(self, step):
        """Undo what ``_run`` did; called once, when the process is cancelled after the step was done.

        :return: a :class:`~..engine.step.Finished`
        :raise FinanceError: as above; the process then stops until a person acts
        """
        raise NotImplementedError(self._name)

    @api.model
    def _facts(self, step):
        """What a decision about this step is bound to.

        :return: dict of JSON-able facts, amounts and dates as text; keys are shown to people
        """
        return step._record_facts()
