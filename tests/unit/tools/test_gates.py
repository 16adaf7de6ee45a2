"""The suite's own rules: each lets the good through and names the bad."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tools"))

from suite import gates, paths

BAD = {
    "sudo": "def f(self):\n    return self.env['x'].sudo().search([])",
    "sudo of another": "def f(self):\n    # sudo: why\n    pass\n\ndef g(self):\n    return self.sudo()",
    "commit": "def f(self):\n    self.env.cr.commit()",
    "http": "import requests",
    "http in a function": "def f():\n    from urllib.request import urlopen",
    "xml": "from lxml import etree\netree.fromstring(data)",
    "xml by name": "from lxml.etree import iterparse",
    "xml of Python": "import xml.etree.ElementTree as ET",
    "compare": "def f(signature, given):\n    return signature == given",
    "compare hex": "def f(h, given):\n    return h.hexdigest() != given",
    "sql": "def f(cr, name):\n    cr.execute(f'SELECT {name} FROM x')",
    "sql by percent": "def f(cr, name):\n    cr.execute('SELECT %s FROM x' % name)",
    "sql by format": "def f(cr, name):\n    cr.execute('SELECT {} FROM x'.format(name))",
    "sql object": "def f(name):\n    return SQL('SELECT ' + name)",
    "evaluate": "from odoo.tools.safe_eval import safe_eval",
    "evaluate call": "def f(text):\n    return eval(text)",
    "constraints": "class A:\n    _sql_constraints = [('a', 'unique(a)', 'A')]",
    "verify": "def f(session):\n    return session.get('x', verify=False)",
    "unreachable": "def f(x):\n    if x:\n        raise ValueError\n        x += 1\n    return x",
    "unreachable in a handler": "try:\n    g()\nexcept ValueError:\n    raise\n    g()",
    "unreachable by exit": "import sys\ndef f():\n    sys.exit(1)\n    return 2",
    "unreachable by annotation": "def f() -> NoReturn:\n    raise ValueError\ndef g():\n    f()\n    return 2",
    "verify context": "import ssl\ncontext.verify_mode = ssl.CERT_NONE",
}
GOOD = {
    "sudo": "def f(self):\n    # sudo: nobody may write messages directly\n    return self.env['x'].sudo().search([])",
    "commit": "def f(self, steps):\n    with steps.step():\n        self.env['ir.cron']._commit_progress(1)",
    "xml": "from lxml import etree\netree.tostring(element)",
    "compare": "def f(signature, given):\n    return hmac.compare_digest(signature, given)",
    "compare public": "def f(digest, row):\n    return digest == row.sha256  # public: of content",
    "compare constant": "def f(token):\n    return token == ''",
    "sql": "TABLE = 'x'\ndef f(cr, name):\n    cr.execute(f'SELECT 1 FROM {TABLE} WHERE name = %s', (name,))",
    "sql joined": "def f(cr, parts):\n    cr.execute(SQL(' UNION ALL ').join(parts))",
    "sql said": "def f(cr, hint):\n    # sql: constants of this file\n    cr.execute(hint + 'SELECT 1')",
    "unreachable": "for y in x:\n    if y:\n        continue\n    break\nelse:\n    print()",
    "evaluate": "import ast\nast.literal_eval(text)",
}


@pytest.mark.parametrize("case", BAD)
def test_bad_is_named(case: str) -> None:
    found = gates.check_python("finance_x/models/x.py", BAD[case])
    assert len(found) == 1, found
    assert f"[{case.split()[0]}]" in found[0]


@pytest.mark.parametrize("case", GOOD)
def test_good_passes(case: str) -> None:
    assert gates.check_python("finance_x/models/x.py", GOOD[case]) == []


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("finance_connector_base/engine/transaction.py", "def f(cr):\n    cr.commit()"),
        ("finance_connector_base/transports/http_wire.py", "import http.client"),
        ("finance_connector_base/safe/xml.py", "from lxml import etree\netree.XMLPullParser()"),
    ],
)
def test_each_has_one_place(place: str, text: str) -> None:
    assert gates.check_python(place, text) == []
    assert gates.check_python("finance_x/models/x.py", text)


def test_access_without_group_is_for_everybody() -> None:
    header = "id,name,model_id:id,group_id:id,perm_read,perm_write,perm_create,perm_unlink"
    assert gates.check_access("a.csv", [header, "a,a,model_a,base.group_user,1,0,0,0"]) == []
    [found] = gates.check_access("a.csv", [header, "a,a,model_a,base.group_user,1,0,0,0", "b,b,model_b,,1,0,0,0"])
    assert found.startswith("a.csv:3: [access] b has no group")


def test_files_named_as_the_one_place_exist() -> None:
    for name in (*gates.COMMITS, *gates.XML_READERS):
        assert (paths.ROOT / name).is_file()
