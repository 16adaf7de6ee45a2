"""Odoo itself as the launcher set it up: pages, compiled assets, no missing file."""

import re

from odoo.tests import HttpCase, tagged


@tagged("post_install", "-at_install")
class TestWeb(HttpCase):
    def test_web_client_has_compiled_assets(self):
        self.authenticate("admin", "admin")
        page = self.url_open("/odoo")
        self.assertEqual(page.status_code, 200)
        assets = re.findall(r'(?:src|href)="(/web/assets/[^"]+)"', page.text)
        self.assertTrue(any(".js" in asset for asset in assets) and any(".css" in asset for asset in assets), assets)
        for asset in assets:
            answer = self.url_open(asset)
            self.assertEqual(answer.status_code, 200, asset)
            if asset.endswith(".css"):
                self.assertNotIn("css_error", answer.text, asset)

    def test_browser_tours_can_run(self):
        self.browser_js("/odoo", "console.log('test successful')", "odoo.isReady === true", login="admin")
