from . import api, monitoring
