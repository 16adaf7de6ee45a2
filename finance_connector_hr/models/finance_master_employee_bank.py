from odoo import api, models
from odoo.fields import Command

from odoo.addons.finance_connector_base.canonical import EmployeeBank
from odoo.addons.finance_connector_base.engine.errors import MalformedError


class FinanceMasterEmployeeBank(models.AbstractModel):
    """Where employees are paid: an approval of its own, like the accounts of vendors, for HR's eyes only.

    Odoo keeps these accounts with the work contact of the employee.
    """

    _name = "finance.master.employee.bank"
    _inherit = "finance.master._bank"
    _description = "Bank Accounts of Employees"

    _canonical = EmployeeBank
    _pairs = {
        "employee": "partner_id",
        "account_number": "acc_number",
        "holder": "acc_holder_name",
        "currency": ("currency_id", "name"),
    }
    _party = "employee"
    _identity = frozenset({"employee", "account_number", "holder", "currency"})
    _urgent = frozenset({"active", *_identity})
    _confidential = True

    @api.model
    def _scope(self, records):
        return records._of_employees()

    @api.model
    def _company_of(self, record):
        # EXTENDS: the account belongs to nobody, the employee to a company
        return super()._company_of(record) or record._paid_employee().company_id

    @api.model
    def _belongs(self, records, company):
        # EXTENDS
        mine = super()._belongs(records, company)
        return mine.filtered(lambda bank: bank._paid_employee().company_id in (company, company.browse()))

    @api.model
    def _spoken(self, record, connection):
        values = super()._spoken(record, connection)
        return {**values, "employee": record.with_company(connection.company_id)._paid_employee()}

    @api.model
    def _value_of(self, name, kind, value, connection):
        if name != "employee":
            return super()._value_of(name, kind, value, connection)
        employee = self._linked(kind.domain, value, connection)
        if not employee.work_contact_id:
            raise MalformedError(
                self.env._("Employee %s has no work contact in Odoo: accounts are kept with it.", value),
                reason="master_incomplete",
            )
        return {"partner_id": employee.work_contact_id.id}

    @api.model
    def _create_record(self, vals, connection):
        record = super()._create_record(vals, connection)
        # in the list from which HR chooses where the salary goes; the shares are theirs
        employee = self._engine(record.with_company(connection.company_id)._paid_employee(), connection)
        employee.write({"bank_account_ids": [Command.link(record.id)]})
        return record


class ResPartnerBank(models.Model):
    _inherit = "res.partner.bank"

    @api.model_create_multi
    def create(self, vals_list):
        kinds = [self._is_for_employee(vals) for vals in vals_list]
        if len(set(kinds)) < 2:
            return super().create(vals_list)
        # each kind of account is judged by its own policies
        made = {}
        for kind in (False, True):
            places = [place for place, is_employee in enumerate(kinds) if is_employee == kind]
            records = super().create([vals_list[place] for place in places])
            made.update(zip(places, records, strict=True))
        return self.browse([made[place].id for place in range(len(vals_list))])

    def write(self, vals):
        mine = self._of_employees()
        if mine and mine != self:
            return super(ResPartnerBank, mine).write(vals) and super(ResPartnerBank, self - mine).write(vals)
        return super().write(vals)

    def unlink(self):
        mine = self._of_employees()
        if mine and mine != self:
            return super(ResPartnerBank, mine).unlink() and super(ResPartnerBank, self - mine).unlink()
        return super().unlink()

    def _mastered_by(self, vals_list=()):
        # EXTENDS
        is_employee = self._is_for_employee(vals_list[0]) if vals_list else bool(self._of_employees())
        return self.env["finance.master.employee.bank"] if is_employee else super()._mastered_by(vals_list)

    def _approving_company(self):
        # EXTENDS
        return self.company_id or self._paid_employee().company_id or super()._approving_company()

    @api.model
    def _is_for_employee(self, vals):
        # sudo: whether a partner is an employee's contact decides who judges, and is told to nobody
        partner = self.env["res.partner"].sudo().browse(vals.get("partner_id") or ())
        return bool(partner._is_work_contact())

    def _of_employees(self):
        """:return: those of the accounts to which employees are paid"""
        return self.filtered(lambda bank: bank.sudo().partner_id._is_work_contact())  # sudo: as above

    def _paid_employee(self):
        """:return: whose it is; of several employments the one of the company"""
        self.ensure_one()
        employees = self.sudo().partner_id.with_context(active_test=False).employee_ids  # sudo: named to the engine
        return employees.filtered(lambda employee: employee.company_id == self.env.company)[:1] or employees[:1]


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _is_work_contact(self):
        """:return: whether it is the contact of somebody who works here, or did"""
        return bool(self.sudo().with_context(active_test=False).employee_ids)  # sudo: as above
