from . import finance_consolidation_delivery_wizard
from . import finance_reject_wizard
