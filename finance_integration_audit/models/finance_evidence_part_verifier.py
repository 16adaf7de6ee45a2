from pathlib import Path

from odoo import api, models

from ..verifier import verify_trail

README = """Bundle of evidence: {name}

To verify it without Odoo:

    python3 -m pip install cryptography
    python3 verify_trail.py .

Compare the names of the public keys that it prints with those that you were given by another way, and give them as
--trust NAME. With heads that were kept outside (files head-*.txt): --anchors FOLDER.

report.html is for reading. What is proved is in trail.jsonl; manifest.json has the SHA-256 of every file.
"""


class FinanceEvidencePartVerifier(models.AbstractModel):
    """The verifier itself, and how to run it."""

    _name = "finance.evidence.part.verifier"
    _description = "Evidence: Verifier"
    _inherit = ["finance.evidence.part"]

    @api.model
    def _title(self):
        return self.env._("Verifier: verify_trail.py, needs no Odoo")

    @api.model
    def _files(self, bundle, tables):
        yield "verify_trail.py", [Path(verify_trail.__file__).read_bytes()]
        yield "README.txt", [README.format(name=bundle.name).encode()]
