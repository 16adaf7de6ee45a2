from . import payload
