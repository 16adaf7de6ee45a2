from odoo import api, models

#: causes that are mended on the form of the connection
FIXED_ON_CONNECTION = frozenset(
    {
        "auth_needed",
        "connection_incomplete",
        "folder_denied",
        "folder_missing",
        "folder_not_allowed",
        "host_key_changed",
        "host_key_missing",
        "login_refused",
        "secret_broken",
        "secret_missing",
    }
)


class FinanceHandler(models.AbstractModel):
    """Works the messages of a flow. Its technical name is the value stored on the flow.

    A module adds one with two declarations in one file: the AbstractModel itself and a
    ``selection_add`` on ``finance.flow.handler``. The contract test in ``testkit`` walks
    ``registry.descendants`` and compares both.
    """

    _name = "finance.handler"
    _description = "Message Handler"

    @api.model
    def _handle(self, message):
        """Do the work of one message inside the current transaction.

        No commit, no rollback, no call to the outside after something was written: the
        dispatcher commits the effect and the completion together and may run this again
        when the database reports a conflict.

        :param message: one ``finance.message``, in the environment of its company
        :return: an :data:`~..engine.outcome.Outcome`
        :raise FinanceError: see ``engine/errors.py``
        """
        raise NotImplementedError(self._name)

    @api.model
    def _fix_action(self, exception):
        """Give the window action of the button "fix" of an exception, or None.

        Here are the fixes that are the same for every handler; one with fixes of its own asks
        ``super()`` for the causes it does not know.

        :param exception: one ``finance.exception`` of a message of this handler
        """
        if exception.reason_code == "mapping_missing":
            return self.env["finance.mapping"]._action_map(exception.params or {})
        if exception.reason_code in FIXED_ON_CONNECTION:
            return {
                "type": "ir.actions.act_window",
                "name": exception.connection_id.name,
                "res_model": "finance.connection",
                "view_mode": "form",
                "views": [(False, "form")],
                "res_id": exception.connection_id.id,
            }
        return None
