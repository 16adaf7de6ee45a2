from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import ACCOUNTANT, CONTROLLER


class FinanceCloseOnboardingTemplate(models.Model):
    """How a new company joins the group: which scenarios, and whose mapping and people it begins with (C-18)."""

    _name = "finance.close.onboarding.template"
    _description = "Template for a New Company of the Group"
    _order = "name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    scenario_ids = fields.Many2many(
        "finance.consolidation.scenario", "finance_close_onboarding_scenario_rel", string="Scenarios", required=True
    )
    like_entity_id = fields.Many2one(
        "finance.consolidation.entity",
        string="Begins like",
        ondelete="restrict",
        help="The company whose own mapping, parts in the close and places in templates it begins with.",
    )

    def _begin(self, company, code):
        """Make the company of the group, and all that the template gives it.

        :return: the onboarding with its checklist
        """
        self.ensure_one()
        self.env["finance.close.period"]._check_role(CONTROLLER)
        entities = self.env["finance.consolidation.entity"]
        entity = entities.search([("company_id", "=", company.id)])
        if not entity:
            entity = entities.create({"code": code, "company_id": company.id, "name": company.name})
        self.scenario_ids.entity_ids |= entity
        like = self.like_entity_id
        if like:
            self._copy_mappings(like, entity)
            self._copy_people(like, entity)
            templates = self.env["finance.close.template"].search([("entity_ids", "in", like.ids)])
            templates.entity_ids |= entity
            tasks = self.env["finance.close.template.task"].search([("entity_ids", "in", like.ids)])
            for task in tasks:
                task.entity_ids |= entity
        onboarding = self.env["finance.close.onboarding"].create(
            {
                "template_id": self.id,
                "entity_id": entity.id,
                "company_id": company.id,
                "user_id": self.env.uid,
                "item_ids": [
                    fields.Command.create({"code": check, "sequence": number})
                    for number, check in enumerate(self.env["finance.close.onboarding.item"]._checks())
                ],
            }
        )
        self.env["finance.audit"]._record(
            "close.onboarding.begun", onboarding, after={"template": self.name, "entity": entity.code}
        )
        return onboarding

    def _copy_mappings(self, like, entity):
        """Give the company drafts of the mappings the other one has for itself; another person approves them."""
        mappings = self.env["finance.consolidation.mapping"]
        for mapping in mappings.search([("company_id", "=", like.company_id.id), ("state", "=", "active")]):
            if not mappings.search_count(
                [("company_id", "=", entity.company_id.id), ("chart_id", "=", mapping.chart_id.id)], limit=1
            ):
                mapping.copy({"company_id": entity.company_id.id, "name": f"{mapping.name} ({entity.code})"})

    def _copy_people(self, like, entity):
        people = self.env["finance.close.role.person"]
        for person in people.search([("entity_id", "=", like.id)]):
            has_access = entity.company_id in person.user_id.company_ids
            taken = people.search_count([("role_id", "=", person.role_id.id), ("entity_id", "=", entity.id)], limit=1)
            if has_access and not taken:
                person.copy({"entity_id": entity.id})

    def action_begin(self):
        """Open the dialog that asks for the company."""
        self.ensure_one()
        self.env["finance.close.period"]._check_role(CONTROLLER)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New company of the group"),
            "res_model": "finance.close.onboarding.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_template_id": self.id},
        }


class FinanceCloseOnboarding(models.Model):
    """A company on its way into the group, with what is still missing (C-18)."""

    _name = "finance.close.onboarding"
    _description = "New Company of the Group"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _rec_name = "entity_id"
    _allow_sudo_commands = False

    template_id = fields.Many2one(
        "finance.close.onboarding.template", required=True, readonly=True, ondelete="restrict"
    )
    entity_id = fields.Many2one(
        "finance.consolidation.entity", string="Company", required=True, readonly=True, ondelete="restrict", index=True
    )
    company_id = fields.Many2one("res.company", string="Books of the company", required=True, readonly=True, index=True)
    user_id = fields.Many2one("res.users", string="Begun by", required=True, readonly=True)
    state = fields.Selection(
        [("open", "Under way"), ("done", "Ready")], default="open", required=True, readonly=True, tracking=True
    )
    item_ids = fields.One2many("finance.close.onboarding.item", "onboarding_id", string="Checklist", readonly=True)
    progress = fields.Integer(string="Done (%)", compute="_compute_progress", aggregator=None)

    @api.depends("item_ids.is_done")
    def _compute_progress(self):
        for onboarding in self:
            items = onboarding.item_ids
            onboarding.progress = 100 * len(items.filtered("is_done")) // len(items) if items else 100

    def action_finish(self):
        """Say that the company is ready; refused while something is missing."""
        self.env["finance.close.period"]._check_role(CONTROLLER)
        for onboarding in self:
            left = onboarding.item_ids.filtered(lambda item: not item.is_done)
            if left:
                raise UserError(self.env._("Still missing: %s", "; ".join(left.mapped("text"))))
        self.state = "done"
        for onboarding in self:
            self.env["finance.audit"]._record(
                "close.onboarding.finished", onboarding, after={"entity": onboarding.entity_id.code}
            )
        return True


class FinanceCloseOnboardingItem(models.Model):
    """One point of the checklist; it looks by itself, and is open again as soon as it is not true any more."""

    _name = "finance.close.onboarding.item"
    _description = "Point of the Checklist of a New Company"
    _order = "sequence, id"
    _rec_name = "code"
    _allow_sudo_commands = False

    onboarding_id = fields.Many2one("finance.close.onboarding", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="onboarding_id.company_id", store=True, index=True)
    sequence = fields.Integer()
    code = fields.Selection(
        [
            ("scenarios", "Delivers to the scenarios"),
            ("books", "Books"),
            ("mapping", "Mapping to the group chart"),
            ("unmapped", "Accounts without group account"),
            ("dimensions", "Dimensions"),
            ("rates", "Rates"),
            ("calendar", "Working days"),
            ("tasks", "Tasks of the close"),
            ("owners", "People of the close"),
            ("three", "Three people for a package"),
            ("targets", "Targets of deliveries"),
        ],
        string="Point",
        required=True,
        readonly=True,
    )
    is_done = fields.Boolean(string="There", compute="_compute_is_done")
    text = fields.Char(string="What is missing", compute="_compute_is_done")

    @api.model
    def _checks(self):
        """:return: codes of the points, in their order; EXTENDS by modules that add one with its ``_missing_*``"""
        return list(self._looks())

    @api.model
    def _looks(self):
        """:return: code -> method that says what is missing, or nothing"""
        cls = type(self)
        return {
            "scenarios": cls._missing_scenarios,
            "books": cls._missing_books,
            "mapping": cls._missing_mapping,
            "unmapped": cls._missing_unmapped,
            "dimensions": cls._missing_dimensions,
            "rates": cls._missing_rates,
            "calendar": cls._missing_calendar,
            "tasks": cls._missing_tasks,
            "owners": cls._missing_owners,
            "three": cls._missing_people,
            "targets": cls._missing_targets,
        }

    @api.depends("onboarding_id", "code")
    def _compute_is_done(self):
        looks = self._looks()
        for item in self:
            # sudo: what is missing is the same for everybody who may see the company
            missing = looks[item.code](item.sudo()) if item.code in looks else None
            item.is_done = not missing
            item.text = missing or False

    def _entity(self):
        return self.onboarding_id.entity_id

    def _scenarios(self):
        return self.onboarding_id.template_id.scenario_ids

    def _missing_scenarios(self):
        left = self._scenarios().filtered(lambda scenario: self._entity() not in scenario.entity_ids)
        return left and self.env._("It is no company of the scenario %s.", left[0].name)

    def _missing_books(self):
        accounts = self.env["account.account"].search([("company_ids", "parent_of", self.company_id.ids)])
        if not accounts:
            return self.env._("%s has no accounts yet.", self.company_id.name)
        if "equity_unaffected" not in accounts.mapped("account_type"):
            return self.env._("There is no account of the type Current Year Earnings.")
        return None

    def _missing_mapping(self):
        today = fields.Date.context_today(self)
        for chart in self._scenarios().chart_id:
            if not self.env["finance.consolidation.mapping"]._in_force(chart, self.company_id, today):
                return self.env._("There is no approved mapping to %s.", chart.name)
        return None

    def _missing_unmapped(self):
        count = sum(
            len(self.env["finance.close.unmapped"]._find(one, self._entity(), fields.Date.context_today(self)))
            for one in self._scenarios()
        )
        return count and self.env._("%s accounts have a balance and no group account.", count)

    def _missing_dimensions(self):
        plans = self._scenarios().cut_ids.dimension_ids.plan_id
        for plan in plans:
            domain = [("root_plan_id", "=", plan.id), ("company_id", "in", [self.company_id.id, False])]
            if not self.env["account.analytic.account"].search_count(domain, limit=1):
                return self.env._("The dimension %s has no members that the company can use.", plan.name)
        return None

    def _missing_rates(self):
        first, last = self.env["finance.consolidation.package"]._last_month()
        for scenario in self._scenarios():
            missing = self.env["finance.close.check.rates"]._missing(scenario, self._entity(), first, last)
            if missing:
                return missing[0]
        return None

    def _missing_calendar(self):
        return not self.company_id.resource_calendar_id and self.env._(
            "The company has no working hours: due days would count Monday to Friday."
        )

    def _tasks(self):
        templates = self.env["finance.close.template"].search([("scenario_id", "in", self._scenarios().ids)])
        mine = templates.filtered(lambda template: self._entity() in template._entities())
        return mine.task_ids.filtered(lambda task: task.scope == "company" and task._applies(self._entity()))

    def _missing_tasks(self):
        return not self._tasks() and self.env._("No template of the close has a task for it.")

    def _missing_owners(self):
        left = self._tasks().filtered(lambda task: not (task.role_id._person(self._entity()) or task.owner_id))
        return left and self.env._("Nobody has the task %s.", left[0].name)

    def _missing_people(self):
        def people(group):
            users = self.env.ref(group).all_user_ids
            return users.filtered(
                lambda user: user.active and not user.share and self.company_id in user.company_ids
            ).partner_id

        if not people(CONTROLLER) or len(people(ACCOUNTANT)) < 3:
            return self.env._(
                "Prepare, review and approve need three people with access to the company, one a controller."
            )
        return None

    def _missing_targets(self):
        targets = self.env["finance.consolidation.target"].search([("scenario_id", "in", self._scenarios().ids)])
        idle = targets.filtered(lambda target: target.connection_id.state != "active")
        return idle and self.env._("The target %s is not active.", idle[0].name)
