from odoo import models

from odoo.addons.finance_connector_base.canonical import Department
from odoo.addons.finance_connector_base.models.finance_master_guard import Mastered


class FinanceMasterDepartment(models.AbstractModel):
    _name = "finance.master.department"
    _inherit = "finance.master"
    _description = "Departments"

    _canonical = Department
    _records = "hr.department"
    _pairs = {"name": "name", "parent": "parent_id"}
    _later = frozenset({"parent"})


class HrDepartment(Mastered, models.Model):
    _inherit = "hr.department"
    _master = "finance.master.department"
