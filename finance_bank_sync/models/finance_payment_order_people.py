"""Who may decide about an order: makers, approvers and releasers are different persons (K-08)."""

from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.http import request

from ..const import CONFIDENTIAL


class ResUsers(models.Model):
    _inherit = "res.users"

    def _payment_persons(self):
        """What tells that two users are the same human; EXTENDS where employees are known.

        :return: set of (kind, id); two users that share one of them are one person
        """
        # sudo: who somebody is, not what they may do
        users = self.sudo()
        persons = {("user", user.id) for user in users} | {("partner", user.partner_id.id) for user in users}
        # where employees are known: one human may have a user in each company
        if "employee_ids" in users._fields:
            for employee in users.with_context(active_test=False).employee_ids:
                persons.add(("partner", employee.work_contact_id.id))
                persons.add(("identification", employee.identification_id))
        return {(kind, which) for kind, which in persons if which}


class FinancePaymentOrder(models.Model):
    _inherit = "finance.payment.order"

    def _makers(self):
        """:return: users who made the order or had a hand in what it says"""
        self.ensure_one()
        order = self.sudo()  # sudo: who it was, not what they may do
        return (order.create_uid | order.editor_ids | order.proposed_by_id) - self.env.ref("base.user_root")

    def _deciders(self, *decisions):
        """:return: users who decided so about the order as it is proposed now"""
        self.ensure_one()
        rows = self.sudo().approval_ids  # sudo: who it was, not what they may do
        return rows.filtered(lambda row: row.round == self.round and row.decision in decisions).user_id

    def _check_decider(self, group, *others):
        """:param others: users who must be other persons
        :raise AccessError: the user may not decide about this order
        """
        self.ensure_one()
        if self.env.su or self.env.user._is_superuser() or (request and request.session.uid != self.env.uid):
            # also one that takes the name of somebody else, such as the code of a server action
            raise AccessError(self.env._("A program does not decide about payments."))
        self.check_access("read")
        if not self.env.user.has_group(group):
            needed = self.env.ref(group).sudo().display_name  # sudo: the name of a role
            raise AccessError(self.env._("Your role does not allow this: it needs %s.", needed))
        if self.is_confidential and not self.env.user.has_group(CONFIDENTIAL):
            raise AccessError(self.env._("The order is confidential: whoever decides about it has to see it."))
        mine = self.env.user._payment_persons()
        for user in others:
            if mine & user._payment_persons():
                name = user.sudo().name  # sudo: the name of a colleague
                raise AccessError(
                    self.env._(
                        "Another person than %s has to do this: nobody makes, approves and releases the same payments.",
                        name,
                    )
                )

    def _lock_state(self, *states):
        """Wait for whoever decides about the order now, then see that it still can be (fault 39).

        :raise UserError: somebody else was first
        """
        self.ensure_one()
        self.flush_recordset()
        self.env.cr.execute("SELECT state FROM finance_payment_order WHERE id = %s FOR UPDATE", [self.id])
        self.invalidate_recordset()
        if self.state not in states:
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(order)s is %(state)s: there is nothing to do here any more. Somebody may have been faster.",
                    order=self.display_name,
                    state=labels[self.state],
                )
            )
