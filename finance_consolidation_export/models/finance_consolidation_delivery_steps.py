from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.finance_connector_base.engine import states
from odoo.addons.finance_connector_base.engine.envelope import Envelope

from ..const import CONTROLLER
from ..targets import lines
from ..targets.contract import NOT_STARTED
from .finance_consolidation_delivery import THERE, UNDER_WAY

#: longest wait between two questions, in seconds
SELDOM = 300
#: how often a platform is asked about a start without an answer before people are
INQUIRIES = 4
#: how often a job is asked for before people are told that it takes long
LONG = 60


class FinanceConsolidationDelivery(models.Model):
    """The way of a delivery: every step is a message, and what it has found out decides about the next."""

    _inherit = "finance.consolidation.delivery"

    # -- begin ---------------------------------------------------------------------------------

    @api.model
    def _deliver(self, package, target):
        """Deliver an approved package to a target; what was delivered there already is given back as it is.

        :raise UserError: the package is not approved, or something else is under way to the same place
        """
        package.ensure_one()
        target = target.sudo()  # sudo: what the steps write
        # two people that press the button at once meet here, also with two packages for one place
        self.env.cr.execute(SQL("SELECT 1 FROM finance_consolidation_target WHERE id = %s FOR UPDATE", target.id))
        deliveries = self.sudo()  # sudo: what the steps write; the caller has checked the role
        there = deliveries.search(
            [("package_id", "=", package.id), ("target_id", "=", target.id), ("state", "!=", "cancelled")]
        )
        if there:
            return there
        if package.state != "approved":
            raise UserError(self.env._("%s is not approved: it is not delivered.", package.name))
        if target.scenario_id != package.scenario_id:
            raise UserError(
                self.env._(
                    "%(target)s takes no packages of %(scenario)s.",
                    target=target.name,
                    scenario=package.scenario_id.name,
                )
            )
        last = deliveries.search(
            [
                ("target_id", "=", target.id),
                ("entity_id", "=", package.entity_id.id),
                ("date_from", "=", package.date_from),
                ("date_to", "=", package.date_to),
                ("state", "!=", "cancelled"),
            ],
            limit=1,
        )
        if last.state in ("waiting", *UNDER_WAY):
            raise UserError(
                self.env._("%s is still under way to the same place. Wait for it, or cancel it.", last.name)
            )
        # of what was rejected nobody knows how much is there
        before = last if last.state in THERE else deliveries.browse()
        is_later = before and package._chain()[1:].count(before.package_id.id)
        delivery = deliveries.create(
            {
                "name": self.env._("%(package)s to %(target)s", package=package.name, target=target.name),
                "target_id": target.id,
                "package_id": package.id,
                "company_id": package.company_id.id,
                "mode": target.later_mode if is_later else "whole",
                "previous_id": before.id,
                "delivered_by_id": self.env.uid,
            }
        )
        delivery._write_content()
        # public: fingerprints of what two files say
        delivery.is_same = bool(before) and before.content_sha256 == delivery.content_sha256
        delivery.once_key = delivery._identity()
        delivery._audit("delivered")
        target._start_next()
        return delivery

    def _audit(self, event, reason=None):
        for delivery in self:
            self.env["finance.audit"]._record(
                f"consolidation.delivery_{event}",
                delivery,
                reason=reason,
                after={"name": delivery.name, "state": delivery.state, "content": delivery.content_sha256},
            )

    def _begin(self):
        """The target is free: go."""
        self.ensure_one()
        if self.is_same:
            self.write({"state": "loaded", "detail": self.env._("The same content is there already.")})
            self._next("totals")
        else:
            self.state = "uploading"
            self._next("upload")

    def _next(self, step, delay=None, number=0):
        """Queue the next step."""
        self.ensure_one()
        self.env["finance.message"]._enqueue(
            self.target_id._delivering_flow(),
            [
                Envelope(
                    subject=f"{self.name}: {step}",
                    data={"step": step, "round": self.round},
                    dedupe_key=f"delivery:{self.id}:{self.round}:{step}:{number}",
                    business_key=self.package_id.name,
                    correlation_id=f"delivery-{self.id}-{self.content_sha256[:16]}",
                    delay=delay,
                    res_model=self._name,
                    res_id=self.id,
                )
            ],
        )

    # -- what the steps have found out ---------------------------------------------------------

    def _uploaded(self, known):
        self.write({"known": {**(self.known or {}), **known}, "state": "loading"})
        if known.get("by_hand"):
            self.detail = self.env._("Download the file, load it at the platform, and say so here.")
            self._call_people(self.env._("Load %s by hand"))
        else:
            self._next("start")

    def _started(self, known):
        self.write(
            {
                "known": {**(self.known or {}), **known},
                "job": known.get("job") or self.job,
                "state": "loading",
                "started_at": self.env.cr.now(),
                "detail": False,
                "polls": 0,
            }
        )
        self._next("poll", delay=float(self.target_id.poll_seconds))

    def _polled(self, progress):
        self.write({"known": {**(self.known or {}), **progress.known}, "polls": self.polls + 1})
        if progress.state in ("running", "unclear"):
            if self.polls == LONG:
                self.detail = self.env._("The job takes long. Look at the platform whether it waits for something.")
                self._call_people(self.env._("Look after the load of %s"))
            wait = min(float(self.target_id.poll_seconds) * 2 ** min(self.polls, 10), SELDOM)
            self._next("poll", delay=wait, number=self.polls)
            return
        self.failed_text = progress.text or self.env._("It has failed.") if progress.state == "failed" else False
        self._next("report")

    def _reported(self, report, rejected):
        """:param rejected: what was rejected, each with the place in our file"""
        self.write(
            {
                "report_text": report.text or False,
                "rows_loaded": report.loaded or 0,
                "rejected_count": len(report.rejected),
            }
        )
        self._keep_rejected(rejected)
        if report.totals is not None:
            self.known = {
                **(self.known or {}),
                "totals": [[*total.key, str(total.amount)] for total in report.totals],
            }
        if self.failed_text or report.rejected:
            self._refused(self.failed_text or self.env._("Rows were not taken."))
        else:
            self.write({"state": "loaded", "loaded_at": self.env.cr.now(), "detail": False})
            self._next("totals")
            self.target_id._start_next()

    def _refused(self, why):
        """The platform did not take it, wholly or in part."""
        todo = (
            self.env._(
                "Create the member at the platform and load again, or correct the mapping and deliver a new version."
            )
            if self.rejected_count
            else self.env._("Mend the cause, then load again.")
        )
        self.write({"state": "rejected", "detail": f"{why.rstrip('. ')}. {todo}"})
        self._call_people(self.env._("%s was rejected"))
        self._audit("rejected", why)
        self.target_id._start_next()

    def _lost(self, why):
        """Nobody knows whether the load was started: the platform is asked, nothing is sent."""
        self.write({"state": "unknown", "detail": why, "polls": 0})
        self._audit("unknown", why)
        self._next("inquire", delay=float(self.target_id.poll_seconds))

    def _inquired(self, found, totals):
        """:param found: what the platform says, :param totals: what it holds, or None"""
        asked = self.polls + 1
        self.polls = asked
        if isinstance(found, dict):
            self._resolve(states.DONE, self.env._("The platform knows the load."))
            self._started(found)
            return
        compared = None if totals is None else lines.compare(self._sums(), totals)
        if compared and not any(one.difference for one in compared):
            # what was to be loaded is there, to the cent
            self._resolve(states.DONE, self.env._("The figures are there."))
            self.write({"state": "loaded", "loaded_at": self.env.cr.now(), "detail": False})
            self._next("totals")
            self.target_id._start_next()
        elif found is NOT_STARTED and asked > 1:
            # said twice: a request that was on its way has had its time
            self._again(self.env._("The platform was asked: it has started nothing."), "start")
        elif asked < INQUIRIES:
            wait = min(float(self.target_id.poll_seconds) * 2**asked, SELDOM)
            self._next("inquire", delay=wait, number=asked)
        else:
            self.detail = self.env._(
                "The platform cannot say whether the load was started. Look there at its jobs for the file %s, and say "
                "here which job it is, or that there is none.",
                self.file_name,
            )
            self._call_people(self.env._("Find out whether %s was loaded"))

    def _compared(self, totals):
        """:param totals: what the platform holds; None: it cannot be read back"""
        source = "read"
        if totals is None:
            told = (self.known or {}).get("totals")
            if told is None:
                self.write(
                    {
                        "read_back": "none",
                        "detail": self.env._(
                            "The platform tells no figures of what it has loaded: nothing is certified. Compare them "
                            "there."
                        ),
                    }
                )
                return
            source, totals = "report", self._totals_of(told)
        compared = lines.compare(self._sums(), totals)
        self._keep_compared(compared)
        count = sum(1 for one in compared if one.difference)
        self.write({"read_back": source, "difference_count": count})
        if count:
            self.detail = self._name_differences([one for one in compared if one.difference])
            self._call_people(self.env._("Figures of %s differ at the platform"))
            self._audit("differs", self.detail)
            return
        self.write({"state": "reconciled", "reconciled_at": self.env.cr.now(), "detail": False})
        self.activity_ids.action_feedback()
        self.env["finance.consolidation.certificate"]._issue(self)
        self._audit("reconciled")

    # -- people --------------------------------------------------------------------------------

    def _call_people(self, summary):
        self.activity_ids.unlink()
        for user in self.package_id._askable_anyone(CONTROLLER)[:3]:
            self.activity_schedule(
                "mail.mail_activity_data_todo", user_id=user.id, summary=summary % self.package_id.name
            )

    def _check_controller(self, *allowed):
        self.ensure_one()
        self.package_id._check_role(CONTROLLER)
        self.check_access("read")
        self.env.cr.execute(SQL("SELECT 1 FROM finance_consolidation_delivery WHERE id = %s FOR UPDATE", self.id))
        self.invalidate_recordset(["state"])
        if self.state not in allowed:
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._("This is for deliveries that are: %s.", ", ".join(labels[state] for state in allowed))
            )

    def _again(self, reason, step):
        """Go on with another attempt; what the last one has left open is closed."""
        self._resolve(states.IGNORED, reason)
        self.activity_ids.action_feedback()
        self.write(
            {
                "round": self.round + 1,
                "is_intended": False,
                "job": False,
                # what was uploaded is there still
                "known": self.known if step == "start" else False,
                "polls": 0,
                "failed_text": False,
                "difference_count": 0,
                "read_back": False,
                "state": "uploading" if step == "upload" else "loading",
                "detail": False,
            }
        )
        self._next(step)

    def _resolve(self, state, why):
        """What earlier messages of this delivery have left open is over."""
        # sudo: messages are changed by nobody directly; the steps decide here
        messages = (
            self.env["finance.message"]
            .sudo()
            .search(
                [("res_model", "=", self._name), ("res_id", "=", self.id), ("state", "in", list(states.NEEDS_PERSON))]
            )
        )
        for message in messages:
            # a dead letter is no more than given up
            after = state if message.state == states.UNKNOWN else states.IGNORED
            message._set_state(after, note="delivery", detail=why, waiting_key=False)
            message.exception_ids._close("resumed")

    def _load_again(self, reason):
        """Load the same file once more, after the cause was mended at the platform."""
        self._check_controller("rejected", "loaded")
        delivery = self.sudo()  # sudo: what the steps write; the role was checked
        busy = delivery.search([("target_id", "=", self.target_id.id), ("state", "in", UNDER_WAY)], limit=1)
        if busy:
            raise UserError(self.env._("%s is under way to this target. Wait for it.", busy.name))
        newer = delivery.search(
            [
                ("target_id", "=", self.target_id.id),
                ("entity_id", "=", self.entity_id.id),
                ("date_from", "=", self.date_from),
                ("date_to", "=", self.date_to),
                ("id", ">", self.id),
                ("state", "!=", "cancelled"),
            ],
            limit=1,
        )
        if newer:
            raise UserError(self.env._("%s was delivered since; what is older is not loaded over it.", newer.name))
        if self.mode == "amounts":
            raise UserError(
                self.env._(
                    "It holds differences, of which some may be there already: they are not added twice. Deliver a new "
                    "version with everything, or mend it at the platform."
                )
            )
        delivery._message_log(body=self.env._("Loaded again: %s", reason))
        delivery._audit("again", reason)
        delivery._again(reason, "upload")

    def _say_started(self, job, reason):
        """A person has found the job at the platform."""
        self._check_controller("unknown")
        delivery = self.sudo()  # sudo: what the steps write; the role was checked
        delivery._message_log(body=self.env._("Found at the platform (%(job)s): %(reason)s", job=job, reason=reason))
        delivery._audit("found", reason)
        delivery._resolve(states.DONE, reason)
        delivery.activity_ids.action_feedback()
        delivery._started({"job": job})

    def _say_not_started(self, reason):
        """A person has seen that nothing was started."""
        self._check_controller("unknown")
        delivery = self.sudo()  # sudo: what the steps write; the role was checked
        delivery._message_log(body=self.env._("Not started: %s", reason))
        delivery._audit("not_started", reason)
        delivery._again(reason, "start")

    def _say_loaded(self, job, reason):
        """A person has loaded the file by hand."""
        self._check_controller("loading")
        if not (self.known or {}).get("by_hand"):
            raise UserError(self.env._("The platform loads this one by itself."))
        delivery = self.sudo()  # sudo: what the steps write; the role was checked
        delivery._message_log(body=self.env._("Loaded by hand (%(job)s): %(reason)s", job=job or "-", reason=reason))
        delivery._audit("by_hand", reason)
        delivery.activity_ids.action_feedback()
        delivery.write(
            {
                "state": "loaded",
                "job": job,
                "loaded_at": self.env.cr.now(),
                "detail": False,
                "delivered_by_id": self.env.uid,
            }
        )
        delivery._next("totals")
        delivery.target_id._start_next()

    def _cancel(self, reason):
        """Give up what has not begun, or what was rejected."""
        self._check_controller("waiting", "rejected")
        delivery = self.sudo()  # sudo: what the steps write; the role was checked
        delivery._resolve(states.IGNORED, reason)
        delivery.activity_ids.action_feedback()
        delivery.state = "cancelled"
        delivery._message_log(body=self.env._("Cancelled: %s", reason))
        delivery._audit("cancelled", reason)

    def action_read_back(self):
        """Read the figures back once more."""
        self._check_controller("loaded")
        delivery = self.sudo()  # sudo: what the steps write; the role was checked
        delivery.polls += 1
        delivery._next("totals", number=delivery.polls)
        return True


class FinanceConsolidationTarget(models.Model):
    _inherit = "finance.consolidation.target"

    def _start_next(self):
        """A target loads one package at a time, in the order they were delivered."""
        self.ensure_one()
        deliveries = self.env["finance.consolidation.delivery"].sudo()  # sudo: of every company of the group
        self.env.cr.execute(SQL("SELECT 1 FROM finance_consolidation_target WHERE id = %s FOR UPDATE", self.id))
        if deliveries.search_count([("target_id", "=", self.id), ("state", "in", UNDER_WAY)], limit=1):
            return
        following = deliveries.search([("target_id", "=", self.id), ("state", "=", "waiting")], order="id")
        for delivery in following:
            delivery._begin()
            if delivery.state in UNDER_WAY:
                return
