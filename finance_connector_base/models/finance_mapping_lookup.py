from decimal import Decimal

from odoo import api, models
from odoo.exceptions import UserError

from ..engine import ranking
from ..engine.errors import MalformedError
from ..engine.once import once
from ..engine.work import current_work


class FinanceMapping(models.Model):
    """Translation of codes while messages are worked, and the way out when one is missing."""

    _inherit = "finance.mapping"

    @api.model
    def _action_map(self, params):
        """:return: action that maps the code an exception names; drafts and proposals of it come up again"""
        domain = self.env["finance.mapping.domain"].search([("code", "=", params.get("domain"))], limit=1)
        started = self.search(
            [
                ("domain_id", "=", domain.id),
                ("code", "=", params.get("code")),
                ("connection_id", "in", [params.get("connection_id"), False]),
                ("state", "in", ["draft", "proposed"]),
            ],
            limit=1,
        )
        if not started and not self.has_access("create"):
            raise UserError(
                self.env._("Ask a mapping steward to map %s; the message resumes by itself.", params.get("code"))
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Map the code"),
            "res_model": self._name,
            "view_mode": "form",
            "views": [(False, "form")],
            "res_id": started.id,
            "context": {
                "default_domain_id": domain.id,
                "default_code": params.get("code"),
                "default_connection_id": params.get("connection_id"),
            },
        }

    @api.model
    def _waiting_key(self, connection, domain_code, code):
        return f"mapping:{connection.id}:{domain_code}:{code}"

    @api.model
    def _lookup(self, connection, domain_code, codes, *, date, qualifiers=()):
        """Translate many codes with one query.

        Which of several rules counts is said in ``engine/ranking.py``.

        :param connection: whose codes they are; its company counts
        :param str domain_code: kind of mapping
        :param codes: iterable of external codes
        :param date: day the mapping must be valid on
        :param qualifiers: what is known of the case: a dict of facts (``{"country": "DE"}``), or
            plain words, most specific first
        :return: dict code -> mapping
        """
        codes = list(codes)
        facts, words = ranking.as_facts(qualifiers)
        work = current_work.get()
        pins = {code: ids for code in codes if work and (ids := work.pins.get(f"{domain_code}:{code}"))}
        free = [code for code in codes if code not in pins]
        found = {code: self._pinned(ids, code, facts, date, words) for code, ids in pins.items()}
        if free:
            rules = self._rules_for(connection, domain_code, free)
            chosen = ranking.choose(rules, free, facts, date, words)
            found |= {code: self.sudo().browse(rule.id) for code, rule in chosen.items()}  # sudo: as the candidates
        if work is not None:
            # kept on the message when it is finished
            work.note_question(domain_code, codes, date, facts, words)
            work.versions.update(
                (f"{domain_code}:{code}#{mapping.id}", mapping.version) for code, mapping in found.items()
            )
        return found

    @api.model
    def _rules_for(self, connection, domain_code, codes):
        """Read the rules that may speak of codes; messages that share a transaction read each once.

        :return: list of :class:`~..engine.ranking.Rule`
        """
        # code -> rules that name it; None -> those for many codes
        known = once((self._name, connection.id, domain_code), dict)
        unknown = [code for code in codes if code not in known]
        if unknown:
            for_many = []
            known.update((code, []) for code in unknown)
            for rule in self._candidates(connection, domain_code, unknown)._rules():
                (known[rule.operand] if rule.operation == ranking.EQUALS else for_many).append(rule)
            known[None] = for_many
        return [*known.get(None, ()), *(rule for code in dict.fromkeys(codes) for rule in known[code])]

    @api.model
    def _candidates(self, connection, domain_code, codes):
        """:return: the approved mappings of any day that may speak of these codes"""
        return self.sudo().search(  # sudo: looked up by the engine for one connection and its company
            [
                ("state", "=", "active"),
                ("domain_id.code", "=", domain_code),
                "|",
                ("operation", "!=", "equals"),
                ("code", "in", list(codes)),
                ("connection_id", "in", [connection.id, False]),
                ("company_id", "in", [connection.company_id.id, False]),
            ]
        )

    def _rules(self, *, as_written=False):
        """:return: list of what ranking has to know of them"""
        return [rule for mapping in self if (rule := mapping._rule(as_written=as_written)) is not None]

    @api.model
    def _pinned(self, ids, code, facts, day, words):
        """:return: the mapping a replay keeps; of several that were used for one code the one of this case"""
        mappings = self.sudo().browse(ids)  # sudo: what the message was translated with before
        if len(mappings) > 1:
            rule = ranking.choose(mappings._rules(as_written=True), [code], facts, day, words).get(code)
            mappings = mappings.browse(rule.id) if rule else mappings[:1]
        return mappings

    @api.model
    def _resolve(self, connection, domain_code, code, *, date, qualifiers=(), label=None):
        """Translate one code.

        :param label: what the other system calls it, for suggestions when it is not mapped

        :raise MalformedError: when it is not mapped; the message resumes once it is
        :return: (record, mapping)
        """
        mapping = self._lookup(connection, domain_code, [code], date=date, qualifiers=qualifiers).get(code)
        record = mapping._record(connection.company_id) if mapping else None
        if not record:
            # sudo: the catalogue of kinds
            domain = self.env["finance.mapping.domain"].sudo().search([("code", "=", domain_code)], limit=1)
            raise MalformedError(
                self.env._(
                    "%(code)s has no approved mapping (%(kind)s) for %(connection)s.",
                    code=code,
                    kind=domain.name or domain_code,
                    connection=connection.name,
                ),
                reason="mapping_missing",
                params={
                    "domain": domain_code,
                    "code": code,
                    "connection_id": connection.id,
                    **({"label": label} if label else {}),
                    **self._known_amount(qualifiers),
                },
                waiting_key=self._waiting_key(connection, domain_code, code),
            )
        return record, mapping

    @api.model
    def _known_amount(self, qualifiers):
        """:return: what the case is about in money, if it is known: for the list of codes without mapping"""
        facts, _words = ranking.as_facts(qualifiers)
        amount, currency = facts.get("amount"), facts.get("currency")
        if isinstance(amount, bool) or not isinstance(amount, int | float | Decimal):
            return {}
        return {"amount": float(amount), **({"currency": str(currency)} if currency else {})}

    def _record(self, company):
        """:return: the record, or None when it is gone or belongs to another company"""
        self.ensure_one()
        if self.res_model not in self.env:
            return None
        record = self.env[self.res_model].browse(self.res_id).exists()
        return record.filtered_domain(record._check_company_domain(company)) or None
