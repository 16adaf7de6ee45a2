from . import adapter, crash_point, effect, handler, master_adapter, res_users, step
