from . import (
    finance_master_department,
    finance_master_employee,
    finance_master_partner,
)
