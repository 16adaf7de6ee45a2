from . import adapter, crash_point, effect, handler, step
