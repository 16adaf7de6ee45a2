from . import api, oauth2, payload, webhook
