from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.finance_connector_base.engine.envelope import Envelope


@tagged("post_install", "-at_install")
class TestTour(HttpCase):
    """What a person does with an exception, in a real browser."""

    def setUp(self):
        super().setUp()
        self.operator = new_test_user(
            self.env, "finance_tour_operator", groups="base.group_user,finance_connector_base.finance_group_operator"
        )
        connection = self.env["finance.connection"].create(
            {
                "name": "Bank of the tour",
                "adapter": "finance.adapter.test",
                "environment": "test",
                "owner_id": self.operator.id,
            }
        )
        connection.action_test()
        connection.action_activate()
        self.flow = self.env["finance.flow"].create(
            {"name": "Statements of the tour", "connection_id": connection.id, "handler": "finance.handler.test"}
        )

    def _work(self):
        self.env.invalidate_all()  # a dispatcher starts with an empty cache
        self.env["finance.dispatcher"]._drain(flows=self.flow)

    def test_operator_retries_an_exception_and_the_message_goes_on(self):
        message = self.env["finance.message"]._enqueue(
            self.flow, [Envelope(subject="statement of the tour", data={"do": "raise", "error": "RejectedError"})]
        )
        self._work()
        self.assertEqual(message.state, "held")
        message.sudo().data = {"do": "effect"}  # the sender has corrected it

        self.start_tour("/odoo/finance-integration", "finance_exception_retry", login=self.operator.login)
        self.env.invalidate_all()  # the browser's requests worked in environments of their own
        self.assertEqual(message.state, "queued")
        self.assertEqual(message.exception_ids.resolution, "retried")
        self.assertEqual(message.exception_ids.solved_by_id, self.operator)

        self._work()
        self.assertEqual(message.state, "done")
        self.start_tour("/odoo/finance-messages", "finance_message_done", login=self.operator.login)
