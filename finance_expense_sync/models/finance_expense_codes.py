from odoo import api, models

from odoo.addons.finance_connector_base.engine.errors import MalformedError, RejectedError
from odoo.addons.finance_connector_base.engine.once import once

EMPLOYEE, CATEGORY, TAX, ENTITY = "employee", "expense_category", "expense_tax", "expense_entity"
#: domain -> reason of a code without mapping; the rest are dimensions
UNMAPPED = {
    EMPLOYEE: "expense_employee_unknown",
    CATEGORY: "expense_unmapped_account",
    TAX: "expense_unmapped_tax",
    ENTITY: "expense_unmapped_entity",
    "cost_center": "expense_unmapped_cost_center",
    "department": "expense_unmapped_department",
    "project": "expense_unmapped_project",
}


class FinanceExpenseCodes(models.AbstractModel):
    """Turns codes of a platform into records, by the mappings (E-02)."""

    _name = "finance.expense.codes"
    _description = "Codes of Expenses"

    @api.model
    def _mapped(self, connection, company, domain, codes, *, day, facts, labels=None):
        """Translate codes with one query.

        :param company: the records have to be usable in
        :return: dict code -> record
        :raise FinanceError: one is not mapped, or leads to what is archived
        """
        mappings = self.env["finance.mapping"]
        codes = list(dict.fromkeys(codes))
        if not codes:
            return {}
        found = mappings._lookup(connection, domain, codes, date=day, qualifiers=facts)
        records = {}
        for code in codes:
            mapping = found.get(code)
            record = self._known_record(mapping, company) if mapping else None
            if not record:
                raise self._unmapped(connection, domain, code, mapping, (labels or {}).get(code), facts)
            self._check_active(record, code)
            records[code] = record
        return records

    @api.model
    def _known_record(self, mapping, company):
        return once((self._name, mapping.id, company.id), lambda: self._record(mapping, company))

    @api.model
    def _record(self, mapping, company):
        if mapping.res_model == "res.company":
            # sudo: of which company the report is, is the engine's to find out
            return self.env["res.company"].sudo().browse(mapping.res_id).exists()
        # archived records are found, and named as such
        record = mapping.with_context(active_test=False)._record(company)
        # sudo: as the lookup; entries are booked in the company of the record
        return record.sudo().with_company(company) if record else None

    @api.model
    def _unmapped(self, connection, domain, code, mapping, label, facts):
        kind = self.env["finance.mapping.domain"].sudo().search([("code", "=", domain)], limit=1)  # sudo: catalogue
        words = {"code": code, "kind": kind.name or domain, "connection": connection.name}
        return MalformedError(
            self.env._("%(code)s is mapped to what this company cannot use (%(kind)s).", **words)
            if mapping
            else self.env._("%(code)s has no approved mapping (%(kind)s) for %(connection)s.", **words),
            reason=UNMAPPED.get(domain, "expense_unmapped_dimension"),
            params={
                "domain": domain,
                "code": code,
                "connection_id": connection.id,
                "unmapped": True,
                **({"label": label} if label else {}),
                "amount": float(facts["amount"]),
                "currency": facts["currency"],
            },
            waiting_key=self.env["finance.mapping"]._waiting_key(connection, domain, code),
        )

    @api.model
    def _check_active(self, record, code):
        if "active" in record._fields and not record.active:
            is_account = record._name == "account.account"
            raise RejectedError(
                self.env._(
                    "%(code)s leads to %(record)s, which is archived.",
                    code=code,
                    # a person is named by its code alone
                    record=record.display_name if record._name != "res.partner" else self.env._("a contact"),
                ),
                reason="expense_account_inactive" if is_account else "expense_record_inactive",
                params={"model": record._name, "id": record.id, "code": code},
                waiting_key=self._active_key(record),
            )

    @api.model
    def _active_key(self, record):
        return f"expense_active:{record._name}:{record.id}"

    @api.model
    def _has_mappings(self, connection, domain):
        # sudo: as the lookup
        mappings = self.env["finance.mapping"].sudo()
        mine = [
            ("state", "=", "active"),
            ("domain_id.code", "=", domain),
            ("connection_id", "in", [connection.id, False]),
        ]
        return once((self._name, connection.id, domain), lambda: bool(mappings.search_count(mine, limit=1)))
