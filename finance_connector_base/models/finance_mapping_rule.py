from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine import conditions, ranking


class FinanceMapping(models.Model):
    """Mappings as rules: which codes they name, under which conditions, and who goes first."""

    _inherit = "finance.mapping"

    @api.onchange("operation")
    def _onchange_operation(self):
        if self.operation == "default":
            self.code = "*"

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._canonical(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._canonical(vals))

    @api.model
    def _canonical(self, vals):
        """What means the same is stored the same, or two rules for one thing would not be seen."""
        vals = dict(vals)
        if vals.get("operation") == "default":
            vals["code"] = "*"
        if vals.get("qualifier"):
            try:
                vals["qualifier"] = conditions.canonical(vals["qualifier"])
            except conditions.ConditionError as error:
                raise ValidationError(self._condition_words(error)) from error
        return vals

    @api.model
    def _condition_words(self, error):
        return self.env._(
            "This condition cannot be read: %s. Write for instance country = DE; category in TRAVEL, MEALS; "
            "amount between 1 and 500; bic starts with DEUT; reference matches R[0-9]+; note is set.",
            error.text,
        )

    @api.model
    def _operand_words(self, error):
        words = {
            "list": self.env._("Write the codes one beside the other with commas: A, B, C."),
            "range": self.env._("Write a range as first..last, both with as many characters: 4000..4999."),
            "pattern": self.env._(
                "This pattern cannot be read. Known are characters, . [a-z] [^0-9] \\d \\w ( | ) * + ? {2,4}."
            ),
        }
        return words.get(str(error), self.env._("Enter the code."))

    @api.constrains("operation", "code")
    def _check_operand(self):
        for mapping in self:
            try:
                ranking.check_operand(mapping.operation, mapping.code or "")
            except ranking.RuleError as error:
                raise ValidationError(self._operand_words(error)) from error

    @api.depends("operation", "connection_id", "company_id", "qualifier", "code")
    def _compute_precedence(self):
        labels = dict(self._fields["operation"]._description_selection(self.env))
        for mapping in self:
            rule = mapping._rule()
            parts = [
                f"{ranking.CLOSENESS.index(mapping.operation) + 1}. {labels[mapping.operation]}",
                self.env._("this connection") if mapping.connection_id else self.env._("every connection"),
            ]
            if mapping.company_id:
                parts.append(self.env._("this company"))
            if rule and rule.conditions:
                parts.append(self.env._("%s condition(s)", len(rule.conditions)))
            mapping.precedence = " > ".join(parts)

    def _rule(self, *, as_written=False):
        """:return: what ranking has to know of it, or None when it cannot be read

        :param as_written: with the period of its approval, whatever has replaced it since
        """
        self.ensure_one()
        try:
            return ranking.make_rule(
                id=self.id or 0,
                operation=self.operation,
                operand=self.code or "",
                qualifier=self.qualifier or None,
                has_connection=bool(self.connection_id),
                has_company=bool(self.company_id),
                valid_from=self.valid_from or None,
                valid_to=(self.valid_to or None) if as_written else self._last_day(),
            )
        except (ranking.RuleError, conditions.ConditionError):
            return None

    def _last_day(self):
        last = self._days()[1]
        return None if last == fields.Date.to_date("9999-12-31") else last

    def _resume_waiting(self):
        """Let every message go on that waited for a code this rule names."""
        self.ensure_one()
        mapping = self.sudo()  # sudo: the steward may not see every connection the mapping is for
        connections = mapping.connection_id or self.env["finance.connection"].sudo().search(
            [("company_id", "=", mapping.company_id.id)] if mapping.company_id else []
        )
        keys = []
        for connection in connections:
            if mapping.operation == "equals":
                keys.append(self._waiting_key(connection, mapping.domain_id.code, mapping.code))
                continue
            # a rule for many codes: those that wait now, and whoever is being held at this moment
            prefix = self._waiting_key(connection, mapping.domain_id.code, "")
            keys.append(f"{prefix}*")
            rule = mapping._rule()
            waiting = (
                self.env["finance.message"]
                .sudo()
                ._read_group(
                    [
                        ("state", "=", "held"),
                        ("waiting_key", "=like", prefix.replace("_", r"\_").replace("%", r"\%") + "%"),
                    ],
                    ["waiting_key"],
                )
            )
            keys += [key for [key] in waiting if ranking.names(rule, key.removeprefix(prefix))]
        self.env["finance.message"]._resume_waiting(*keys)

    @api.model
    def _cron_begin(self):
        """Mappings approved earlier that count from today on: what waited for them goes on."""
        today = fields.Date.context_today(self)
        for mapping in self.search([("state", "=", "active"), ("valid_from", "=", today)]):
            mapping._resume_waiting()
