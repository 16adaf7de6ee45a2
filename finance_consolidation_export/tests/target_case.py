"""What the tests of targets share: an approved package, a stand-in in a thread, a target with it."""

from datetime import date

from odoo.fields import Command

from sandbox.rest.base import Running

from ..const import CONTROLLER
from .common import LAST, ConsolidationCase


class TargetCase(ConsolidationCase):
    """A package of October 2026 with three accounts, approved as far as a delivery looks."""

    #: class of the stand-in and technical name of its adapter
    stand_in = None
    adapter = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.post(date(2026, 10, 5), ("bank", 300), ("sales", -200), ("capital", -100))
        cls.controller = cls.env["res.users"].create(
            {
                "name": "Carla",
                "login": "carla",
                "company_id": cls.company.id,
                "company_ids": [Command.set(cls.company.ids)],
                "group_ids": [Command.set([cls.env.ref("base.group_user").id, cls.env.ref(CONTROLLER).id])],
            }
        )
        cls.first = cls.approve(cls.package())
        cls.running = Running(cls.stand_in()) if cls.stand_in else None
        if cls.running:
            cls.addClassCleanup(cls.running.stop)
            cls.connection = cls.make_connection(
                cls.adapter,
                **{
                    "http_base_url": cls.running.url,
                    "http_networks": "127.0.0.0/8",
                    "http_allow_plain": True,
                    **cls.settings(),
                },
            )
            cls.target = cls.make_target(cls.connection, **cls.parameters())

    @classmethod
    def settings(cls):
        """:return: more values of the connection"""
        return {}

    @classmethod
    def parameters(cls):
        """:return: settings of the target"""
        return {}

    @classmethod
    def make_target(cls, connection, *, later_mode="whole", **parameters):
        target = cls.env["finance.consolidation.target"].create(
            {
                "name": "Platform",
                "scenario_id": cls.scenario.id,
                "connection_id": connection.id,
                "poll_seconds": 0,
                "later_mode": later_mode,
            }
        )
        cls.tune(target, **parameters)
        return target

    @classmethod
    def tune(cls, target, **parameters):
        for row in target.parameter_ids.filtered(lambda row: row.name in parameters):
            row.value = parameters.pop(row.name)
        assert not parameters, f"unknown settings {sorted(parameters)}"

    @classmethod
    def approve(cls, package):
        """The three people have their tests elsewhere."""
        package.previous_id.state = "superseded"
        package.write({"state": "approved", "digest": package._sum_up(), "approved_by_id": cls.controller.id})
        return package

    def later(self, *lines):
        """:return: the next version of the package, with one more entry of October"""
        self.post(LAST, *lines)
        action = self.env["finance.consolidation.package"].search([("state", "=", "approved")]).action_new_version()
        return self.approve(self.env["finance.consolidation.package"].browse(action["res_id"]))

    def setUp(self):
        super().setUp()
        if self.running:
            self.there = self.running.begin_anew(self.stand_in())

    def deliver(self, package=None):
        """:return: the delivery of a package as the controller's button makes it"""
        package = package or self.first
        package.with_user(self.controller).action_deliver()
        return package.delivery_ids[:1]

    def work(self):
        """Everything that is due or waits for its time."""
        for _time in range(12):
            self.make_due(self.waiting())
            if not self.drain():
                break

    def waiting(self):
        return self.env["finance.message"].search(
            [("res_model", "=", "finance.consolidation.delivery"), ("state", "in", ("queued", "retry"))]
        )

    def decide(self, delivery, decision, **values):
        wizard = self.env["finance.consolidation.delivery.wizard"].with_user(self.controller)
        wizard.create(
            {"delivery_id": delivery.id, "decision": decision, "reason": "It was looked at", **values}
        ).action_confirm()

    def steps(self, delivery, step):
        messages = self.env["finance.message"].search([("res_id", "=", delivery.id)], order="id")
        return messages.filtered(
            lambda message: message.res_model == delivery._name and message.sudo().data.get("step") == step
        )

    def assertReconciled(self, delivery):
        self.assertEqual(
            (delivery.state, delivery.difference_count), ("reconciled", 0), delivery.detail or delivery.report_text
        )
        self.assertTrue(delivery.certificate_id.is_genuine)
