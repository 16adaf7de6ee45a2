from contextlib import nullcontext
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, build_opener

from odoo.tests import HttpCase


class Stay(HTTPRedirectHandler):
    """A browser that looks where it is sent and does not go."""

    def redirect_request(self, request, file, code, message, headers, url):
        return None


class BrowserCase(HttpCase):
    """A person who is sent to another side and comes back."""

    def enter_registry_test_mode(self):
        """HttpCase is in it from the beginning."""
        return nullcontext()

    def log_in(self, role, **options):
        login = self.user(role, **options).login
        self.authenticate(login, login + "x" * (8 - len(login)))

    def say_yes(self, url):
        """:return: the path that the other side sends the browser back to"""
        with self.assertRaises(HTTPError) as caught:
            build_opener(Stay()).open(url)
        location = urlsplit(caught.exception.headers["Location"])
        self.assertEqual(f"{location.scheme}://{location.netloc}", self.base_url())
        return f"{location.path}?{location.query}"

    def come_back(self, path):
        answer = self.url_open(path, allow_redirects=False)
        self.env.invalidate_all()
        return answer
