from . import test_master_hr
