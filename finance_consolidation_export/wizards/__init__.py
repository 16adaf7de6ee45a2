from . import finance_consolidation_delivery_wizard
from . import finance_consolidation_load_wizard
from . import finance_reject_wizard
from . import finance_close_reason_wizard
from . import finance_close_pause_wizard
from . import finance_close_onboarding_wizard
from . import finance_consolidation_layout_file
from . import finance_consolidation_layout_import
