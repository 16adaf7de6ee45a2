from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from odoo.addons.finance_connector_base.engine.notice import notice

from ..balances.assignment import asked
from ..const import ACCOUNTANT, CONTROLLER, DIMENSIONS


class FinanceConsolidationPackage(models.Model):
    """The way of a package: built, prepared, reviewed, approved, by different people (C-06, C-07, C-17)."""

    _inherit = "finance.consolidation.package"

    def _check_role(self, group):
        if not self.env.su and not self.env.user.has_group(group):
            # sudo: names of roles may be told
            role = self.env.ref(group).sudo().name
            raise AccessError(self.env._("This is done by people with the role %s.", role))
        self.check_access("write")

    def _check_state(self, *states):
        if self.filtered(lambda package: package.state not in states):
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._("This is for packages that are: %s.", ", ".join(labels[state] for state in states))
            )

    def _people(self):
        """:return: who has prepared or reviewed it, as people: one may have several users"""
        package = self.sudo()  # sudo: their users may not be visible to who asks
        return (package.prepared_by_id | package.reviewed_by_id).partner_id

    def _log(self, event, reason=None):
        for package in self:
            self.env["finance.audit"]._record(
                f"consolidation.{event}",
                package,
                reason=reason,
                after={"name": package.name, "digest": package.digest or None, "state": package.state},
            )

    def _ask(self, group, summary):
        for package in self:
            for user in package._askable(group)[:5]:
                package.sudo().activity_schedule(  # sudo: the task is for somebody else
                    "mail.mail_activity_data_todo", user_id=user.id, summary=summary % package.name
                )

    def _askable(self, group):
        people = self._people()
        # sudo: who may do the next step does not depend on which users the person sees
        users = self.env.ref(group).sudo().all_user_ids
        return users.filtered(
            lambda user: (
                user.active and not user.share and user.partner_id not in people and self.company_id in user.company_ids
            )
        )

    # -- build ---------------------------------------------------------------------------------

    def action_build(self):
        """Read the balances from the ledger, once more if there are some, and prove them."""
        self._check_role(ACCOUNTANT)
        self._check_state("draft")
        self._check_own()
        for package in self:
            package._build()
        return True

    def _check_own(self):
        for package in self.filtered("is_received"):
            raise UserError(
                self.env._("The books of %s are kept elsewhere: load its file.", package.entity_id.display_name)
            )

    def _build(self):
        self.ensure_one()
        is_again = bool(self.built_at)
        self._clear()
        builder = self.env["finance.consolidation.builder"]
        mappings = self._mappings()
        layout = {}
        for cut in self.scenario_id.cut_ids:
            dimensions = cut.dimension_ids.sorted(lambda dimension: (dimension.sequence, dimension.id))
            dimensions |= self._asked_dimensions(mappings)
            builder._check_width(dimensions)
            layout[str(cut.id)] = dimensions.ids
        self.sudo().write(  # sudo: what the steps write
            {
                "built_at": self.env.cr.now(),
                "mapping_text": ", ".join(mappings.mapped("display_name")),
                "cut_layout": layout,
                "stale_since": False,
                # with other cuts there is nothing to be the change of
                "is_delta": bool(self.previous_id) and self.previous_id.cut_layout == layout,
            }
        )
        missing = self._read_rates()
        builder._build(self, is_again)
        self._find(missing)
        builder._end_sums()
        self._log("built")

    @api.model
    def _asked_dimensions(self, mappings):
        """:return: dimensions that conditions of the mappings ask for; every cut has them, to be mapped the same way"""
        codes = asked(part for mapping in mappings for part in mapping._parts())
        return self.env["finance.consolidation.dimension"].search([("code", "in", sorted(codes))])

    # -- prepare, review, approve --------------------------------------------------------------

    def action_prepare(self):
        """Say that the package is complete, and hand it to another person for review."""
        self._check_role(ACCOUNTANT)
        self._check_state("draft")
        for package in self:
            if not package.built_at:
                raise UserError(self.env._("Build %s first.", package.name))
            if package.blocking_count:
                raise UserError(
                    self.env._("%(package)s: %(text)s", package=package.name, text=package._first_blocking())
                )
            if package._differs_from_ledger():
                raise UserError(self.env._("The ledger has changed since %s was built. Build it again.", package.name))
            package.sudo().write(  # sudo: what the steps write
                {
                    "state": "prepared",
                    "prepared_by_id": self.env.uid,
                    "prepared_at": self.env.cr.now(),
                    "digest": package._sum_up(),
                }
            )
        self._log("prepared")
        self._ask(ACCOUNTANT, self.env._("Review package %s"))
        return True

    def _first_blocking(self):
        return self.finding_ids.filtered(lambda one: one.severity == "blocking")[:1].text

    def action_review(self):
        """Say that the package was reviewed by another person than its preparer."""
        self._check_role(ACCOUNTANT)
        self._check_state("prepared")
        self._check_other()
        self.sudo().write(  # sudo: what the steps write
            {"state": "reviewed", "reviewed_by_id": self.env.uid, "reviewed_at": self.env.cr.now()}
        )
        self._close_tasks()
        self._log("reviewed")
        self._ask(CONTROLLER, self.env._("Approve package %s"))
        return True

    def action_approve(self):
        """Release the package for delivery; the version before it no longer counts."""
        self._check_role(CONTROLLER)
        self._check_state("reviewed")
        self._check_other()
        for package in self:
            if package._sum_up() != package.digest:  # public: a fingerprint of balances, compared with itself
                raise UserError(self.env._("The balances of %s are not what was prepared.", package.name))
            if not package.is_preliminary and package._differs_from_ledger():
                raise UserError(
                    self.env._("The ledger has changed since %s was built. Return it to its preparer.", package.name)
                )
            package.previous_id.sudo().filtered(  # sudo: what the steps write
                lambda previous: previous.state == "approved"
            ).state = "superseded"
            package.sudo().write(  # sudo: what the steps write
                {"state": "approved", "approved_by_id": self.env.uid, "approved_at": self.env.cr.now()}
            )
            package._attach_files()
        self._close_tasks()
        self._log("approved")
        return True

    def _check_other(self):
        for package in self:
            if self.env.user.partner_id in package._people():
                raise UserError(
                    self.env._("You prepared or reviewed %s; this step is for another person.", package.name)
                )

    def _close_tasks(self):
        # sudo: the tasks of the others are done as well
        self.sudo().activity_ids.action_feedback()

    def action_return(self):
        """Open the dialog that asks why the package goes back to its preparer."""
        self._check_role(ACCOUNTANT)
        self._check_state("prepared", "reviewed")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Return to the preparer"),
            "res_model": "finance.reject.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_res_model": self._name, "default_res_ids": self.ids},
        }

    def _reject(self, reason):
        self._check_role(ACCOUNTANT)
        self._check_state("prepared", "reviewed")
        if not (reason or "").strip():
            raise UserError(self.env._("Give the reason, so that the preparer knows what to change."))
        self._log("returned", reason)
        for package in self:
            package._message_log(body=self.env._("Returned: %s", reason))
        self.sudo().write(  # sudo: what the steps write
            {
                "state": "draft",
                "digest": False,
                **dict.fromkeys(("prepared_by_id", "prepared_at", "reviewed_by_id", "reviewed_at"), False),
            }
        )
        self._close_tasks()

    def action_cancel(self):
        """Take the package out of use; it stays readable."""
        self._check_role(ACCOUNTANT)
        self._check_state("draft", "prepared", "reviewed")
        self.sudo().write({"state": "cancelled"})  # sudo: what the steps write
        self._close_tasks()
        self._log("cancelled")
        return True

    def action_new_version(self):
        """Make the next version of an approved package, from the ledger as it is now."""
        self.ensure_one()
        self._check_role(ACCOUNTANT)
        self._check_state("approved")
        self._check_own()
        following = self.search([("previous_id", "=", self.id), ("state", "!=", "cancelled")], limit=1)
        if not following:
            following = self.sudo().copy(  # sudo: what the steps write
                {"version": self.version + 1, "previous_id": self.id, "is_preliminary": self.is_preliminary}
            )
            following._build()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "view_mode": "form",
            "res_id": following.id,
        }

    # -- stays true ----------------------------------------------------------------------------

    def action_compare(self):
        """See whether the ledger still has these balances."""
        self.ensure_one()
        self.check_access("read")
        differs = self._mark_stale()
        return notice(
            self.env._("The ledger has changed since. Make a new version.")
            if differs
            else self.env._("The ledger still has these balances."),
            "warning" if differs else "success",
        )

    def _mark_stale(self):
        differs = self._differs_from_ledger()
        if differs != bool(self.stale_since):
            self.sudo().stale_since = self.env.cr.now() if differs else False  # sudo: what the steps write
        return differs

    @api.model
    def _cron_compare(self):
        """Look every day whether the ledger has left an approved package behind."""
        for package in self.search([("state", "in", ("prepared", "reviewed", "approved"))]):
            known = bool(package.stale_since)
            if package._mark_stale() and not known:
                package._ask(ACCOUNTANT, self.env._("The ledger has changed since package %s"))

    # -- digest --------------------------------------------------------------------------------

    def _sum_up(self):
        """:return: SHA-256 over every balance of every cut, the same however the rows were written"""
        self.ensure_one()
        self.env.flush_all()
        places = [SQL.identifier(f"dim{number}") for number in range(1, DIMENSIONS + 1)]
        # changes are bound to what they are the change of
        before = self.previous_id.digest if self.is_delta else ""
        self.env.cr.execute(
            SQL(
                """
                SELECT encode(sha256(convert_to(
                           %s || COALESCE(string_agg(line, E'\\n' ORDER BY line COLLATE "C"), ''), 'UTF8')), 'hex')
                  FROM (SELECT concat_ws('|', cut_id, kind, COALESCE(account_id, 0), COALESCE(group_account_id, 0),
                                         COALESCE(entity_id, 0), COALESCE(movement, ''), %s, items, opening, earlier,
                                         debit, credit, COALESCE(closing_group, 0), COALESCE(period_group, 0)) AS line
                          FROM finance_consolidation_row WHERE package_id = %s) s
                """,
                before,
                SQL(", ").join(SQL("COALESCE(%s, 0)", place) for place in places),
                self.id,
            )
        )
        return self.env.cr.fetchone()[0]
