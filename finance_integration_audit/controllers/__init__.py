from . import api, evidence, monitoring
