"""Approval, refusal and release: each binds the person to what was seen (RELIABILITY decisions 10 and 11)."""

from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from ..const import APPROVER, RELEASER


class FinancePaymentOrder(models.Model):
    _inherit = "finance.payment.order"

    def _decided(self, decision, reason=None):
        """Note a decision of the user about the order as it is proposed now; such rows are never changed."""
        self.ensure_one()
        user = self.env.user
        # the database compares the row with the order
        self.flush_recordset()
        # sudo: rows are made here alone
        return (
            self.env["finance.payment.approval"]
            .sudo()
            .create(
                {
                    "order_id": self.id,
                    "company_id": self.company_id.id,
                    "is_confidential": self.is_confidential,
                    "round": self.round,
                    "decision": decision,
                    "user_id": user.id,
                    "partner_id": user.partner_id.id,
                    "at": self.env.cr.now(),
                    "digest": self.digest,
                    "reason": reason or False,
                }
            )
        )

    def _approval_facts(self):
        """:return: what the rules look at; amounts in the currency of the company"""
        self.ensure_one()
        order = self.sudo()  # sudo: the rules look at the whole
        own, day = order.company_id.currency_id, fields.Date.context_today(self)
        amounts = order.line_ids.mapped("amount")
        return {
            "direction": order.direction,
            "journal": order.journal_id,
            "currency": order.currency_id,
            "total": order.currency_id._convert(sum(amounts), own, order.company_id, day),
            "largest": order.currency_id._convert(max(amounts, default=0.0), own, order.company_id, day),
            "new_accounts": order._new_accounts(),
        }

    def _new_accounts(self):
        """:return: accounts of payees that were entered or changed lately"""
        order = self.sudo()  # sudo: whoever may see the accounts
        return order.line_ids.partner_bank_id._payment_is_new(order.company_id)

    def _demands(self):
        """What the rules ask for; all of it has to be there.

        :return: list of (rule or nothing, number of different persons, users who count or nothing: all)
        """
        self.ensure_one()
        facts = self._approval_facts()
        # sudo: rules hold for whoever may not see them
        rules = self.env["finance.payment.rule"].sudo().search([("company_id", "=", self.company_id.id)])
        fitting = rules.filtered(lambda rule: rule._fits(facts))
        demands = [(rule, rule.approvals, rule.user_ids) for rule in fitting] or [
            (rules.browse(), 1, rules.user_ids.browse())
        ]
        if facts["new_accounts"]:
            most = max(count for _rule, count, _users in demands)
            demands.append((rules.browse(), most + 1, rules.user_ids.browse()))
        return demands

    def _needed_approvals(self):
        """:return: how many people have to approve, and who they may be (none: every approver)"""
        demands = self._demands()
        users = self.env["res.users"]
        if all(counting for _rule, _count, counting in demands):
            users = users.union(*(counting for _rule, _count, counting in demands))
        return max(count for _rule, count, _users in demands), users

    def _is_approved(self):
        given = self._deciders("approve")
        return all(len(given & users if users else given) >= count for _rule, count, users in self._demands())

    def _check_approver(self):
        """:raise AccessError: the user may not approve this order"""
        self._check_decider(APPROVER, *self._makers(), *self._deciders("approve"), *self._account_changers())
        _count, users = self._needed_approvals()
        if users and self.env.user not in users:
            raise AccessError(
                # sudo: names of colleagues
                self.env._("The rules name others to approve this: %s.", ", ".join(users.sudo().mapped("name")))
            )

    def _check_releaser(self):
        """:raise AccessError: the user may not release this order"""
        self._check_decider(RELEASER, *self._makers(), *self._deciders("approve"), *self._account_changers())

    def _account_changers(self):
        """:return: users who lately changed where this money goes"""
        return self._new_accounts().payment_changed_by_id - self.env.ref("base.user_root")

    def _still_as_seen(self):
        """:return: False when it says something else by now than what was proposed: then it is void (fault 40)"""
        self.ensure_one()
        bound = self.sudo().digest  # sudo: compared, not shown
        if self._digest() == bound:  # public: a fingerprint of content, no secret
            return True
        self._void(self.env._("It says something else by now than what was proposed."))
        return False

    def _approve(self, reason=None):
        """The user approves what the order says now.

        :return: False when it was void
        """
        self._lock_state("proposed")
        self._check_approver()
        if not self._still_as_seen():
            return False
        self._decided("approve", reason)
        if self._is_approved():
            self.sudo().state = "approved"  # sudo: written by steps alone
        self._audit("payment.approved", reason)
        self._tell_next()
        return True

    def _refuse(self, reason):
        """An approver or releaser sends it back to whoever made it."""
        self._lock_state("proposed", "approved")
        if not (reason or "").strip():
            raise UserError(self.env._("Say why it is refused."))
        self._decided("refuse", reason)
        self._back_to_draft()
        self.sudo().attention = self.env._("Refused: %s", reason)  # sudo: written by steps alone
        self._audit("payment.refused", reason)
        self._tell_next()

    def _release_checks(self):
        """Raise when something stands against release; EXTENDS by verdicts, duplicates, items that are paid already."""
        self.ensure_one()
        order = self.sudo()  # sudo: whether it is stopped, whoever may see the stop
        if (
            self.env["finance.stop"]
            .sudo()
            ._covers(order.flow_id.id or None, order.flow_id.connection_id.id or None, order.company_id.id)
        ):
            raise UserError(self.env._("An emergency stop holds %s.", order.display_name))
        if order.flow_id and not order.flow_id.active:
            raise UserError(self.env._("%s does not run: nothing leaves by it now.", order.flow_id.display_name))

    def _release(self):
        """The user lets it go to the bank.

        :return: False when it was void
        """
        self._lock_state("approved")
        self._check_releaser()
        if not self._still_as_seen():
            return False
        if not self._is_approved():
            self._void(self.env._("The rules ask for more approvals by now."))
            return False
        self._release_checks()
        self._decided("release")
        # sudo: written by steps alone
        self.sudo().write(
            {"state": "released", "released_by_id": self.env.uid, "released_at": self.env.cr.now(), "attention": False}
        )
        self._audit("payment.released")
        self._tell_next()
        self._after_release()
        return True

    def _after_release(self):
        """It was released; EXTENDS by the message to the bank and the payments in the ledger."""

    def _take_back(self, reason):
        """It was released and does not leave; EXTENDS by undoing what :meth:`_after_release` did.

        :param str reason: for people
        """

    def _audit(self, event, reason=None):
        order = self.sudo()  # sudo: what was decided about
        self.env["finance.audit"]._record(
            event,
            self,
            reason=reason,
            after={"state": order.state, "digest": order.digest, "payments": order.payment_count},
            correlation_id=order.correlation_id,
        )
