from . import finance_dispatcher
from . import finance_dispatcher_jobs
from . import res_config_settings
