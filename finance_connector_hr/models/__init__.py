from . import (
    finance_master_department,
    finance_master_employee,
    finance_master_employee_bank,
    finance_master_partner,
)
