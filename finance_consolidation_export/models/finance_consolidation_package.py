from datetime import timedelta
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL
from odoo.tools.misc import clean_context

from ..const import DIMENSIONS

#: what people enter; everything else is written by the steps
ENTERED = {"scenario_id", "entity_id", "date_from", "date_to", "is_preliminary", "note"}
#: what the build writes
BUILT = (*("built_at", "digest", "cut_layout", "stale_since", "control", "is_delta", "source_text", "source_digest"),)
CHATTER = ("message_", "activity_", "website_message_")


class FinanceConsolidationPackage(models.Model):
    """The balances of one company for one period, as they are delivered to the group (C-01, C-14).

    Built from the ledger, proved, then prepared, reviewed and approved by three people (C-07). What was
    prepared does not
    change any more: what is posted later makes another version.
    """

    _name = "finance.consolidation.package"
    _description = "Consolidation Package"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date_to desc, scenario_id, entity_id, version desc"
    _allow_sudo_commands = False

    name = fields.Char(compute="_compute_name", store=True, readonly=True)
    scenario_id = fields.Many2one(
        "finance.consolidation.scenario",
        required=True,
        ondelete="restrict",
        index=True,
        default=lambda self: self.env["finance.consolidation.scenario"].search([], limit=1),
    )
    entity_id = fields.Many2one(
        "finance.consolidation.entity",
        string="Company of the group",
        required=True,
        ondelete="restrict",
        index=True,
        domain="['|', ('company_id', '!=', False), ('keeper_id', '!=', False)]",
        default=lambda self: self.env["finance.consolidation.entity"].search(
            [("company_id", "=", self.env.company.id)], limit=1
        ),
    )
    company_id = fields.Many2one(
        "res.company",
        compute="_compute_company_id",
        store=True,
        readonly=True,
        required=True,
        index=True,
        precompute=True,
    )
    # stored: balances are added up by it in the database
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id", store=True)
    is_received = fields.Boolean(
        string="Received",
        compute="_compute_is_received",
        store=True,
        help="Its balances come from a file or from another database.",
    )
    source_text = fields.Char(string="Received from", readonly=True, copy=False)
    source_digest = fields.Char(string="Digest there", readonly=True, copy=False)
    group_currency_id = fields.Many2one(related="scenario_id.currency_id", string="Group currency")
    date_from = fields.Date(
        string="Period from", required=True, default=lambda self: self._last_month()[0], tracking=True
    )
    date_to = fields.Date(
        string="Period until", required=True, default=lambda self: self._last_month()[1], tracking=True
    )
    fiscal_from = fields.Date(string="Fiscal year from", compute="_compute_fiscal_from", store=True, readonly=True)
    version = fields.Integer(readonly=True, default=1, copy=False, aggregator=None)
    previous_id = fields.Many2one(
        "finance.consolidation.package", string="Replaces", readonly=True, copy=False, index=True
    )
    is_preliminary = fields.Boolean(
        string="Preliminary", tracking=True, help="Delivered before the period is locked; it cannot be final."
    )
    note = fields.Text()
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("prepared", "Prepared"),
            ("reviewed", "Reviewed"),
            ("approved", "Approved"),
            ("superseded", "Superseded"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    built_at = fields.Datetime(string="Read from the ledger", readonly=True, copy=False)
    digest = fields.Char(readonly=True, copy=False, help="SHA-256 of every balance, bound by the approval.")
    mapping_text = fields.Char(string="Mapped by", readonly=True, copy=False)
    cut_layout = fields.Json(readonly=True, copy=False)
    is_delta = fields.Boolean(
        string="Changes only",
        readonly=True,
        copy=False,
        help="Its balances are what has changed since the version before; together they are the whole.",
    )
    control = fields.Json(
        readonly=True, copy=False, help="Sums of the ledger by account, and which mappings counted, when it was built."
    )
    highest_item = fields.Integer(readonly=True, copy=False, aggregator=None)
    oldest_transaction = fields.Datetime(
        readonly=True, copy=False, help="What was begun before may have become visible later."
    )
    stale_since = fields.Datetime(
        string="Ledger differs since",
        readonly=True,
        copy=False,
        help="When it was seen that the ledger has changed since.",
    )
    prepared_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    prepared_at = fields.Datetime(readonly=True, copy=False)
    reviewed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    reviewed_at = fields.Datetime(readonly=True, copy=False)
    approved_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    approved_at = fields.Datetime(readonly=True, copy=False)
    finding_ids = fields.One2many("finance.consolidation.finding", "package_id", string="Findings", readonly=True)
    rate_ids = fields.One2many("finance.consolidation.used.rate", "package_id", string="Rates", readonly=True)
    row_count = fields.Integer(compute="_compute_totals", string="Balances")
    blocking_count = fields.Integer(compute="_compute_blocking_count", string="Blocking findings")
    total_debit = fields.Monetary(compute="_compute_totals", string="Debit of the period")
    total_credit = fields.Monetary(compute="_compute_totals", string="Credit of the period")
    total_closing = fields.Monetary(compute="_compute_totals", string="Sum of closing balances")
    total_group = fields.Monetary(
        compute="_compute_totals", string="Sum in group currency", currency_field="group_currency_id"
    )

    _maker_is_not_checker = models.Constraint(
        "CHECK (reviewed_by_id IS DISTINCT FROM prepared_by_id OR prepared_by_id IS NULL)",
        "Who prepared a package does not review it.",
    )
    _checker_is_not_approver = models.Constraint(
        "CHECK (approved_by_id IS NULL OR (approved_by_id IS DISTINCT FROM prepared_by_id"
        " AND approved_by_id IS DISTINCT FROM reviewed_by_id))",
        "Who prepared or reviewed a package does not approve it.",
    )
    _period = models.Constraint("CHECK (date_to >= date_from)", "The period ends before it begins.")
    _version_once = models.UniqueIndex(
        "(scenario_id, entity_id, date_from, date_to, version) WHERE state != 'cancelled'",
        "There is a package for this company and period already. Open it, and make a new version of it if it "
        "was approved.",
    )

    # -- what it is ----------------------------------------------------------------------------

    @api.model
    def _last_month(self):
        last = fields.Date.context_today(self).replace(day=1) - timedelta(days=1)
        return last.replace(day=1), last

    @api.depends("entity_id")
    def _compute_company_id(self):
        for package in self:
            # sudo: a company of the group may be one the person has no access to; the record rule decides then
            entity = package.entity_id.sudo()
            package.company_id = entity.company_id or entity.keeper_id

    @api.depends("entity_id")
    def _compute_is_received(self):
        for package in self:
            package.is_received = bool(package.entity_id) and not package.entity_id.sudo().company_id  # sudo: as above

    @api.depends("entity_id.currency_id", "company_id.currency_id", "is_received")
    def _compute_currency_id(self):
        for package in self:
            received = package.entity_id.currency_id if package.is_received else False
            package.currency_id = received or package.company_id.currency_id

    @api.depends("company_id", "date_to")
    def _compute_fiscal_from(self):
        for package in self:
            if package.company_id and package.date_to:
                # sudo: the fiscal year of the company
                year = package.company_id.sudo().compute_fiscalyear_dates(package.date_to)
                package.fiscal_from = year["date_from"]

    @api.depends("scenario_id.code", "entity_id.code", "date_from", "date_to", "version")
    def _compute_name(self):
        for package in self:
            whole = package._is_month()
            period = package.date_to.strftime("%Y-%m") if whole else f"{package.date_from}..{package.date_to}"
            package.name = f"{package.scenario_id.code}-{period}-{package.entity_id.code}-v{package.version}"

    def _is_month(self):
        first, last = self.date_from, self.date_to
        return bool(first and last) and first.day == 1 and last == first + relativedelta(months=1, days=-1)

    @api.constrains("entity_id")
    def _check_entity(self):
        for package in self:
            if not package.company_id:
                raise ValidationError(
                    self.env._(
                        "The books of %s are not in this database. Say under Companies of the Group who receives them.",
                        package.entity_id.display_name,
                    )
                )

    @api.depends("finding_ids.severity")
    def _compute_blocking_count(self):
        for package in self:
            package.blocking_count = len(package.finding_ids.filtered(lambda one: one.severity == "blocking"))

    @api.depends("built_at", "cut_layout")
    def _compute_totals(self):
        found = {}
        built = self.filtered("built_at")
        for package in built:
            self.env.cr.execute(
                SQL(
                    """SELECT count(*) FILTER (WHERE package_id = %s), sum(debit), sum(credit), sum(closing),
                    sum(closing_group)
                         FROM finance_consolidation_row WHERE package_id = ANY(%s) AND cut_id = %s""",
                    package.id,
                    package._chain(),
                    package._base().id,
                )
            )
            row = self.env.cr.fetchone()
            found[package.id] = (row[0], *(amount or 0 for amount in row[1:]))
        for package in self:
            rows = found.get(package.id, (0, 0, 0, 0, 0))
            package.row_count = rows[0]
            package.total_debit, package.total_credit, package.total_closing, package.total_group = rows[1:]

    # -- only through the steps ----------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            vals_list = [
                {name: value for name, value in vals.items() if name in ENTERED or name.startswith(CHATTER)}
                for vals in vals_list
            ]
            # smuggled in as defaults of the context, they would count
            self = self.with_env(self.env(context=clean_context(self.env.context)))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            content = {name for name in vals if not name.startswith(CHATTER)}
            if content - ENTERED:
                raise AccessError(self.env._("Use the buttons of the package: build, prepare, review, approve."))
            if content - {"note"} and self.filtered(lambda package: package.state != "draft"):
                raise UserError(self.env._("What was prepared does not change. Return it to its preparer first."))
            if content - {"note"}:
                self._clear()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_drafts(self):
        if self.filtered(lambda package: package.state != "draft"):
            raise UserError(self.env._("What was prepared is kept as evidence. Cancel it instead."))
        self._clear()

    def _clear(self):
        """Take away what was built, of drafts."""
        drafts = self.filtered(lambda package: package.state == "draft" and package.built_at)
        if not drafts:
            return
        self.env.flush_all()
        self.env.cr.execute(SQL("DELETE FROM finance_consolidation_row WHERE package_id = ANY(%s)", drafts.ids))
        kept = drafts.sudo()  # sudo: what the steps write
        for model in (
            "finance.consolidation.member",
            "finance.consolidation.used.rate",
            "finance.consolidation.finding",
        ):
            kept.env[model].search([("package_id", "in", drafts.ids)]).unlink()
        kept.write(dict.fromkeys(BUILT, False))
        self.env["finance.consolidation.row"].invalidate_model()

    # -- what it is made of --------------------------------------------------------------------

    def _cuts(self):
        """:return: its cuts, the balances by account first"""
        self.ensure_one()
        model = self.env["finance.consolidation.cut"].with_context(active_test=False)
        # JSON keys are texts, and jsonb keeps no order
        return (
            model.browse(int(key) for key in self.cut_layout or ()).exists().sorted(lambda cut: (cut.sequence, cut.id))
        )

    def _dimensions_of(self, cut):
        """:return: dimensions of a cut in the order of the columns, as it was built"""
        self.ensure_one()
        ids = (self.cut_layout or {}).get(str(cut.id), [])
        return self.env["finance.consolidation.dimension"].with_context(active_test=False).browse(ids)

    def _chain(self):
        """:return: ids of the packages whose rows together are the whole: itself, and what it is the change of"""
        self.ensure_one()
        chain, package = [], self
        while package:
            chain.append(package.id)
            package = package.previous_id if package.is_delta else self.browse()
        return chain

    def _members_named(self):
        """:return: (dimension id, member id) -> (code, name)"""
        self.ensure_one()
        # sudo: names within a package the person may read
        members = (
            self.env["finance.consolidation.member"]
            .sudo()
            .search([("package_id", "in", self._chain())], order="id desc")
        )
        return {(member.dimension_id.id, member.res_id): (member.code, member.name) for member in members}

    def _mappings(self):
        self.ensure_one()
        return self.env["finance.consolidation.mapping"]._in_force(
            self.scenario_id.chart_id, self.company_id, self.date_to
        )

    def _rates_by_account(self):
        """:return: group account id -> (rate of balances, rate of the period); without rates where there are none"""
        self.ensure_one()
        # sudo: written by the build; read by whoever reads the package
        used = {(rate.kind, rate.group_account_id.id): Decimal(repr(rate.rate)) for rate in self.sudo().rate_ids}
        average = used.get(("average", False))
        found = {}
        for account in self.scenario_id.chart_id.with_context(active_test=False).account_ids:
            kind = account.rate_type
            rate = used.get((kind, account.id)) or used.get((kind, False))
            found[account.id] = (rate, rate if kind == "historical" else average)
        return found

    def _action_rows(self, name, domain):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "finance_consolidation_export.finance_consolidation_row_action"
        )
        return {**action, "name": name, "domain": [("package_id", "in", self._chain()), *domain], "context": {}}

    def action_view_rows(self):
        """Open the balances by account."""
        self.ensure_one()
        self.check_access("read")
        return {
            **self._action_rows(self.env._("Balances of %s", self.name), []),
            "context": {"search_default_cut_id": self._cuts()[:1].id},
        }

    def _domain_of(self, row):
        """:return: domain of the journal items behind a balance of this package"""
        self.ensure_one()
        if self.is_received:
            raise UserError(
                self.env._("The journal items are where the books are: see %s there.", self.source_text or self.name)
            )
        companies = self.entity_id._companies()
        domain = [
            ("company_id", "in", companies.ids),
            ("parent_state", "=", "posted"),
            ("date", "<=", fields.Date.to_string(self.date_to)),
        ]
        scene = self.env["finance.consolidation.builder"]._scene(self)
        yearly = [account for account, (_code, _kind, begins_at_zero) in scene.accounts.items() if begins_at_zero]
        if row.kind == "result":
            domain += [("account_id", "in", yearly), ("date", "<", fields.Date.to_string(self.fiscal_from))]
        else:
            domain.append(("account_id", "=", row.account_id.id))
            if row.account_id.id in yearly:
                domain.append(("date", ">=", fields.Date.to_string(self.fiscal_from)))
        partners = self.env["finance.consolidation.entity"]._by_partner()
        if row.entity_id:
            domain.append(("partner_id", "in", [one for one, entity in partners.items() if entity == row.entity_id.id]))
        else:
            domain.append(("partner_id", "not in", list(partners)))
        return domain + self._domain_of_members(row)

    def _domain_of_members(self, row):
        places = SQL(", ").join(SQL.identifier(f"dim{number}") for number in range(1, DIMENSIONS + 1))
        self.env.cr.execute(SQL("SELECT %s FROM finance_consolidation_row WHERE id = %s", places, row.id))
        members = self.env.cr.fetchone()
        domain = []
        for dimension, member in zip(self._dimensions_of(row.cut_id), members, strict=False):
            match dimension.source:
                case "plan":
                    of_plan = [account for account, plan in dimension._plan_of_accounts().items()]
                    domain.append(
                        ("analytic_distribution", "in", [member])
                        if member
                        else ("analytic_distribution", "not in", of_plan)
                    )
                case "country":
                    domain.append(("partner_id.country_id", "=", member or False))
                case "category":
                    domain.append(("product_id.categ_id", "=", member or False))
                case "field":
                    # sudo: the definition of a field
                    domain.append((dimension.field_id.sudo().name, "=", member or False))
                case _:
                    domain.append((f"{dimension.source}_id", "=", member or False))
        return domain
