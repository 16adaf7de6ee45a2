from . import api, events, oauth2, payload, webhook
