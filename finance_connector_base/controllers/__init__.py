from . import oauth2, payload, webhook
