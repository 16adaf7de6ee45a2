from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..targets import lines

HANDLER = "finance.consolidation.handler.delivery"


class FinanceConsolidationTarget(models.Model):
    """Where the packages of a scenario are delivered, and how (S-22)."""

    _name = "finance.consolidation.target"
    _description = "Target of Packages"
    _inherit = ["mail.thread"]
    _order = "sequence, id"

    name = fields.Char(required=True, tracking=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    scenario_id = fields.Many2one(
        "finance.consolidation.scenario", required=True, ondelete="cascade", index=True, tracking=True
    )
    connection_id = fields.Many2one(
        "finance.connection",
        required=True,
        ondelete="restrict",
        index=True,
        tracking=True,
        help="Of the platform, or one that delivers files.",
    )
    # sudo of the related field: who reads targets reads their kind; what else a connection holds has rights of its own
    adapter = fields.Selection(related="connection_id.adapter", string="Platform")
    flow_id = fields.Many2one("finance.flow", readonly=True, copy=False, ondelete="set null")
    file_connection_id = fields.Many2one(
        "finance.connection",
        string="Files go by",
        ondelete="restrict",
        tracking=True,
        help="Where the platform takes files from a folder instead of by its interface.",
    )
    layout_id = fields.Many2one(
        "finance.consolidation.layout",
        ondelete="restrict",
        tracking=True,
        help="In place of the neutral trial balance, where files are delivered.",
    )
    cut_id = fields.Many2one(
        "finance.consolidation.cut",
        required=True,
        ondelete="restrict",
        domain="[('scenario_id', '=', scenario_id)]",
        compute="_compute_cut_id",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
        help="Which balances are delivered.",
    )
    later_mode = fields.Selection(
        [
            ("whole", "Everything again"),
            ("cells", "What has changed, as it is now"),
            ("amounts", "By how much it has changed"),
        ],
        string="Later versions",
        required=True,
        default="whole",
        tracking=True,
        help="A platform that overwrites needs what is there now; one that adds needs the difference.",
    )
    poll_seconds = fields.Integer(
        string="Ask after (seconds)",
        default=10,
        required=True,
        aggregator=None,
        help="How long a load may run before it is asked for the first time; then less and less often.",
    )
    parameter_ids = fields.One2many("finance.consolidation.target.parameter", "target_id", string="Settings", copy=True)
    delivery_count = fields.Integer(compute="_compute_delivery_count", string="Deliveries")

    _poll_positive = models.Constraint("CHECK (poll_seconds >= 0)", "Seconds are not negative.")

    @api.depends("scenario_id")
    def _compute_cut_id(self):
        for target in self:
            if target.cut_id.scenario_id != target.scenario_id:
                target.cut_id = target.scenario_id.cut_ids[:1]

    def _compute_delivery_count(self):
        counts = dict(
            self.env["finance.consolidation.delivery"]._read_group(
                [("target_id", "in", self.ids)], ["target_id"], ["__count"]
            )
        )
        for target in self:
            target.delivery_count = counts.get(target, 0)

    @api.model_create_multi
    def create(self, vals_list):
        targets = super().create(vals_list)
        targets._sync_parameters()
        return targets

    def write(self, vals):
        result = super().write(vals)
        if "connection_id" in vals:
            self.flow_id = False
            self._sync_parameters()
        return result

    @api.constrains("connection_id", "file_connection_id", "layout_id", "later_mode")
    def _check_connections(self):
        for target in self:
            adapter = target.connection_id._consolidation_adapter()
            if adapter is None:
                raise ValidationError(
                    self.env._("%s delivers no packages. Choose another one.", target.connection_id.display_name)
                )
            modes = adapter._consolidation_writer().MODES
            if target.later_mode not in modes:
                labels = dict(self._fields["later_mode"]._description_selection(self.env))
                raise ValidationError(
                    self.env._(
                        "%(target)s takes later versions as: %(modes)s.",
                        target=target.name,
                        modes=", ".join(labels[mode] for mode in modes),
                    )
                )
            if target.layout_id and adapter._name != "finance.consolidation.files":
                raise ValidationError(self.env._("%s has a file of its own: choose no layout.", target.name))
            files = target.file_connection_id
            if files and not adapter._consolidation_writer().BY_FOLDER:
                raise ValidationError(self.env._("%s takes its files itself: choose no folder for them.", target.name))
            # sudo: which adapter a connection has is no secret
            if files and "send_files" not in files.sudo()._adapter()._supports:
                raise ValidationError(self.env._("%s delivers no files. Choose another one.", files.display_name))

    # -- settings ------------------------------------------------------------------------------

    def _writer(self):
        self.ensure_one()
        return self.connection_id._consolidation_adapter()._consolidation_writer()

    def _declared(self):
        """:return: name -> :class:`~..targets.contract.Parameter`, of the platform first"""
        return {one.name: one for one in (*self._writer().PARAMETERS, *lines.PARAMETERS)}

    def _sync_parameters(self):
        """Have a row for each setting that the platform knows, and none for others."""
        for target in self:
            declared = target._declared()
            target.parameter_ids.filtered(lambda row, known=declared: row.name not in known).unlink()
            there = set(target.parameter_ids.mapped("name"))
            self.env["finance.consolidation.target.parameter"].create(
                [
                    {"target_id": target.id, "name": name, "value": one.default, "sequence": number}
                    for number, (name, one) in enumerate(declared.items())
                    if name not in there
                ]
            )

    def _parameters(self):
        """:return: name -> value, with the defaults of what nobody has entered
        :raise UserError: one that is needed is missing
        """
        self.ensure_one()
        declared = self._declared()
        said = {row.name: row.value or "" for row in self.parameter_ids}
        values = {name: said.get(name, one.default) for name, one in declared.items()}
        missing = [name for name, one in declared.items() if one.needed and not values[name].strip()]
        if missing:
            raise UserError(
                self.env._(
                    "%(target)s needs more settings: %(names)s. Enter them on the target.",
                    target=self.name,
                    names=", ".join(missing),
                )
            )
        return values

    def _delivering_flow(self):
        """:return: the flow of its connection that delivers packages, made when missing"""
        self.ensure_one()
        target = self.sudo()  # sudo: who delivers need not be allowed to configure flows
        if not target.flow_id:
            connection = target.connection_id
            target.flow_id = connection.flow_ids.filtered(lambda flow: flow.handler == HANDLER)[:1] or self.env[
                "finance.flow"
            ].sudo().create(  # sudo: as above
                {
                    "name": self.env._("Deliver packages"),
                    "connection_id": connection.id,
                    "handler": HANDLER,
                    "direction": "out",
                    "at_most_once": True,
                    "commit_size": 1,
                    "held_blocks": False,
                    "lease_seconds": 900,
                }
            )
        return target.flow_id

    def action_view_deliveries(self):
        """Open what was delivered there."""
        self.ensure_one()
        self.check_access("read")
        return self.env["finance.consolidation.delivery"]._action_view([("target_id", "=", self.id)])
