from . import finance_reject_wizard
