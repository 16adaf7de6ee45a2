import logging

from odoo import api, models

from ..alerting.escalation import level
from .finance_alert import ACKNOWLEDGED, OPEN, RESOLVED

_logger = logging.getLogger(__name__)

#: more alerts for one team at once are told as one
STORM = 5
#: what looks is the scheduled action: one worker at a time
LOCK = 0x46494E41


class FinanceAlertWatch(models.AbstractModel):
    """Looks at all rules, raises and resolves alerts, tells teams and escalates."""

    _name = "finance.alert.watch"
    _description = "Watch"

    @api.model
    def _cron_watch(self):
        self._look()
        self._wake_snoozed()
        self._tell()
        self._escalate()

    # -- looking -------------------------------------------------------------------------------

    @api.model
    def _look(self):
        """Evaluate each rule in a savepoint of its own: one that fails takes no other along, and says so."""
        for rule in self.env["finance.alert.rule"].search([("active", "=", True)]):
            try:
                with self.env.cr.savepoint():
                    self._look_by(rule)
            except Exception as error:
                _logger.exception("alert rule %s", rule.id)
                rule.write({"looked_at": self.env.cr.now(), "error": f"{type(error).__name__}: {error}"[:200]})

    @api.model
    def _look_by(self, rule):
        adapter = rule._adapter()
        if adapter is None:
            raise LookupError(f"the condition {rule.condition} is not there any more")
        alerts = self.env["finance.alert"]
        seen = set()
        for sighting in adapter._look(rule.threshold):
            key = f"{rule.id}:{sighting.key}"
            seen.add(key)
            alerts._note(
                adapter._code,
                key,
                {
                    "rule_id": rule.id,
                    "klass": sighting.klass or adapter._klass,
                    "is_urgent": rule.is_urgent,
                    "text": sighting.text,
                    "res_model": sighting.model,
                    "res_id": sighting.res_id,
                    "company_id": sighting.company_id or False,
                    "connection_id": sighting.connection_id or False,
                    "correlation_id": sighting.correlation_id,
                    "value": sighting.value,
                },
            )
        alerts.search([("rule_id", "=", rule.id), ("state", "!=", RESOLVED), ("key", "not in", list(seen))])._resolve()
        rule.write({"looked_at": self.env.cr.now(), "error": False})

    @api.model
    def _wake_snoozed(self):
        """What was put off and is still there is told again, to everybody from the beginning."""
        due = self.env["finance.alert"].search(
            [("state", "=", ACKNOWLEDGED), ("snoozed_until", "<=", self.env.cr.now())]
        )
        due.write({"state": OPEN, "snoozed_until": False, "told_at": False, "level": 0, "owner_id": False})

    # -- telling -------------------------------------------------------------------------------

    @api.model
    def _tell(self):
        """Tell the teams of what is new; what can wait waits for the end of their quiet time."""
        now = self.env.cr.now()
        by_team = {}
        for alert in self.env["finance.alert"].search([("state", "=", OPEN), ("told_at", "=", False)]):
            team = alert.rule_id.team_id or alert.team_id or alert.team_id._for(alert.klass, alert.company_id.id)
            until = team._quiet_hours().until(now) if team and not alert.is_urgent else now
            if until != now:
                # a team that is always quiet reads the list
                alert.write({"team_id": team.id, "quiet_until": until or False})
                continue
            alert.write({"team_id": team.id, "told_at": now, "quiet_until": False})
            key = (team, self._people(alert, team))
            by_team[key] = by_team.get(key, self.env["finance.alert"]) | alert
        for (team, people), alerts in by_team.items():
            self._notify(alerts, people, team)

    @api.model
    def _people(self, alert, team):
        """:return: who is told first: the team, the owner of the connection, or who administers the integration"""
        admins = self.env.ref("finance_connector_base.finance_group_admin").all_user_ids
        return team.member_ids or alert.connection_id.owner_id or admins.filtered(lambda user: user.active)

    @api.model
    def _notify(self, alerts, people, team):
        """:param alerts: told together; many are one notice that names how many there are"""
        if not people:
            return
        first = alerts[:1]
        subject = first.text
        if len(alerts) > STORM:
            subject = self.env._("%(count)s alerts, the first: %(text)s", count=len(alerts), text=first.text)
            told = first
        else:
            told = alerts
        for alert in told:
            title = subject if alert == first else alert.text
            if not team or team.by_activity:
                for user in people:
                    alert.activity_schedule("mail.mail_activity_data_warning", user_id=user.id, summary=title[:200])
            if team.by_mail:
                alert.message_notify(
                    partner_ids=people.partner_id.ids,
                    subject=title,
                    body=alert.remedy or alert.text,
                )

    # -- escalation ----------------------------------------------------------------------------

    @api.model
    def _escalate(self):
        """Tell the next ones of what nobody has answered (A-11)."""
        now = self.env.cr.now()
        waiting = self.env["finance.alert"].search(
            [("state", "=", OPEN), ("told_at", "!=", False), ("team_id.step_ids", "!=", False)]
        )
        for alert in waiting:
            steps = alert.team_id.step_ids.sorted("minutes")
            due = level(alert.told_at, now, steps.mapped("minutes"))
            if due <= alert.level:
                continue
            people = steps[alert.level : due].user_ids
            alert.level = due
            self._notify(alert, people, alert.team_id)
            self.env["finance.audit"]._record(
                "alert.escalated",
                alert,
                after={"level": due, "told": people.mapped("login")},
                correlation_id=alert.correlation_id or None,
            )
