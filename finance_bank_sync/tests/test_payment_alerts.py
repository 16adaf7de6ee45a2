from datetime import timedelta

from odoo.tests import tagged

from .payment_case import PaymentCase


@tagged("post_install", "-at_install")
class TestPaymentAlerts(PaymentCase):
    """What the rules of the audit module see of payments, where that module is there (A-10)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if "finance.alert.rule" in cls.env:
            cls.env["finance.alert.rule"].search([("active", "=", True)]).active = False

    def rule(self, code, threshold):
        return self.env["finance.alert.rule"].create(
            {"name": code, "condition": f"finance.alert.condition.{code}", "threshold": threshold}
        )

    def seen(self, rule):
        self.env.flush_all()
        self.env["finance.alert.watch"]._look()
        self.assertFalse(rule.error)
        return rule.alert_ids.filtered(lambda alert: alert.state != "resolved")

    def test_m07_m09_payments_are_refused_or_nobody_answers(self):
        """M-07, M-09: until a person has seen it; until the bank has said the last word."""
        if "finance.alert.rule" not in self.env:
            self.skipTest("without alerts")
        refused, late = self.rule("payment_rejected", 1), self.rule("payment_late", 24)
        order = self.sent(10.0, 11.0).sudo()
        order.sent_at = self.env.cr.now() - timedelta(hours=30)
        self.assertFalse(self.seen(late), "a bank that never says anything is not late by hours")
        line = order.line_ids[0]
        line.silent_since = self.env.cr.now()
        self.assertIn("1 of 2", self.seen(late).text)
        self.assertEqual((self.seen(late).res_id, self.seen(late).klass), (order.id, "business"))
        line.write({"silent_since": False, "state": "rejected", "reasons": "AC04"})
        self.assertFalse(self.seen(late))
        self.assertFalse(self.seen(refused), "nobody is asked yet")
        order.attention = "refused"
        self.assertIn("AC04", self.seen(refused).text)
        order.attention = False
        self.assertFalse(self.seen(refused))
