from odoo import models

from odoo.addons.finance_connector_base.canonical import Employee
from odoo.addons.finance_connector_base.models.finance_master_guard import Mastered


class FinanceMasterEmployee(models.AbstractModel):
    """What a finance system needs of an employee, and nothing private: who it is, where, and to whom they report.

    Who leaves is archived, here and there; their external id stays theirs when they come back.
    """

    _name = "finance.master.employee"
    _inherit = "finance.master"
    _description = "Employees"

    _canonical = Employee
    _records = "hr.employee"
    _pairs = {
        "name": "name",
        "email": "work_email",
        "job_title": "job_title",
        "department": "department_id",
        "manager": "parent_id",
    }
    _later = frozenset({"manager"})
    _confidential = True


class HrEmployee(Mastered, models.Model):
    _inherit = "hr.employee"
    _master = "finance.master.employee"

    def _create_work_contacts(self):
        # EXTENDS: the contact of a colleague is made with the employee, whoever owns customers and vendors
        engine = self.env["res.partner"]._as_engine().env
        return super(HrEmployee, self.with_env(engine))._create_work_contacts()
