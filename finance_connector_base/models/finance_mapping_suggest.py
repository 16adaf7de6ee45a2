from odoo import api, models
from odoo.exceptions import UserError

from ..engine import likeness

#: records whose names are compared
CANDIDATES = 5000


class FinanceMapping(models.Model):
    """Suggestions for codes without a mapping: from past use, and from names that are alike."""

    _inherit = "finance.mapping"

    @api.model
    def _suggest(self, domain, connection, code, label=None, *, limit=5):
        """Rank records that a code may stand for.

        :return: list of dicts ``res_id``, ``name``, ``score`` (0 to 100), ``reason``; the best first
        """
        return self._suggest_each(domain, connection, [(code, label)], limit=limit)[0]

    @api.model
    def _suggest_each(self, domain, connection, wanted, *, limit=5):
        """Rank records for many codes: past use with one query, names compared with one list of names.

        :param wanted: list of (code, label or None)
        :return: for each of them a list as of :meth:`_suggest`
        """
        if domain.res_model not in self.env or not self.env[domain.res_model].has_access("read"):
            return [[] for _one in wanted]
        records = self.env[domain.res_model]
        fitting = []
        # countries, currencies and the like belong to nobody
        if {"company_id", "company_ids"} & records._fields.keys():
            fitting = records._check_company_domain(connection.company_id or self.env.company)
        used = {}
        for mapping in self.search(
            [
                ("domain_id", "=", domain.id),
                ("code", "in", [code for code, _label in wanted]),
                ("state", "in", ["active", "retired"]),
            ],
            order="id desc",
        ):
            used.setdefault(mapping.code, []).append(mapping)
        past = records.browse([m.res_id for each in used.values() for m in each]).exists().filtered_domain(fitting)
        candidates = records.search(fitting, limit=CANDIDATES)
        names = likeness.Names((record.id, record.display_name or "") for record in candidates)
        return [
            self._ranked(connection, used.get(code, ()), past, names.best(label or code, limit=limit), label or code)[
                :limit
            ]
            for code, label in wanted
        ]

    @api.model
    def _ranked(self, connection, used, past, alike, text):
        """:return: list of offers, the best first"""
        found = {}

        def offer(record, score, reason):
            if record.id not in found or found[record.id]["score"] < score:
                found[record.id] = {"res_id": record.id, "name": record.display_name, "score": score, "reason": reason}

        for mapping in used:
            record = past.filtered(lambda record, mapping=mapping: record.id == mapping.res_id)
            if record:
                own = mapping.connection_id == connection
                offer(
                    record,
                    95 if own else 90,
                    self.env._("this connection used it before")
                    if own
                    else self.env._(
                        "the same code at %s", mapping.connection_id.name or self.env._("every connection")
                    ),
                )
        for record_id, score in alike:
            offer(past.browse(record_id), min(score, 89), self.env._("the names are alike (%s)", text))
        return sorted(found.values(), key=lambda item: (-item["score"], item["res_id"]))

    def action_suggest(self):
        """Fill the record with the best suggestion; the others are told."""
        self._check_governor()
        for mapping in self:
            offers = self._suggest(mapping.domain_id, mapping.connection_id, mapping.code, mapping.label)
            if not offers:
                raise UserError(self.env._("Nothing resembles %s.", mapping.label or mapping.code))
            mapping.res_id = offers[0]["res_id"]
            mapping._message_log(
                body=self.env._(
                    "Suggestions: %s",
                    "; ".join(f"{offer['name']} ({offer['score']} %: {offer['reason']})" for offer in offers),
                )
            )
        return True

    @api.model
    def _action_map(self, params):
        """EXTENDS: the form opens with the best suggestion."""
        action = super()._action_map(params)
        if not action["res_id"]:
            context = action["context"]
            domain = self.env["finance.mapping.domain"].browse(context["default_domain_id"])
            connection = self.env["finance.connection"].browse(params.get("connection_id"))
            offers = self._suggest(domain, connection, params.get("code"), params.get("label"))
            context["default_label"] = params.get("label") or False
            if offers:
                context["default_res_id"] = offers[0]["res_id"]
        return action
