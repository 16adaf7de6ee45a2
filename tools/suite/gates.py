"""Rules of the suite that no linter knows, read from the syntax tree (`make lint`, line `gates`).

Each finding names its gate, and where there is an honest exception, the comment that states it:
`# sudo: why`, `# sql: why` (built from constants alone), `# public: why` (a digest that is no secret),
`# commit: why`. A comment counts on the line of the finding or, for sudo, anywhere in the function.
"""

from __future__ import annotations

import ast
import csv
import itertools
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

BASE = "finance_connector_base"

#: files that are the one place for something, relative to the checkout
COMMITS = {f"{BASE}/engine/transaction.py"}
HTTP_CLIENTS = (f"{BASE}/transports/http",)
XML_READERS = {f"{BASE}/safe/xml.py"}

HTTP_LIBRARIES = {"requests", "httpx", "aiohttp", "urllib3", "http.client", "urllib.request", "pycurl", "httplib2"}
XML_LIBRARIES = {"xml.etree", "xml.dom", "xml.sax", "xml.parsers", "xmltodict", "minidom"}
XML_CALLS = {"parse", "fromstring", "fromstringlist", "iterparse", "XML", "HTML", "XMLParser", "XMLPullParser", "XMLID"}
EVALUATES = {"safe_eval", "eval", "exec", "test_python_expr"}
NEVER_RETURN = {"exit", "quit", "sys.exit", "os._exit", "os.abort"}
ENDLESS = {"NoReturn", "Never"}
SECRET = re.compile(r"(^|_)(signature|hmac|mac|digest|hexdigest|token|secret|password|passphrase)$", re.IGNORECASE)


@dataclass(frozen=True)
class File:
    """A Python file of a module."""

    name: str
    text: str

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Everything in its syntax tree; walked once for all gates."""
        return list(ast.walk(ast.parse(self.text)))

    @cached_property
    def all_calls(self) -> list[ast.Call]:
        return [node for node in self.nodes if isinstance(node, ast.Call)]

    def calls(self, *names: str) -> Iterator[ast.Call]:
        """Calls of a method of one of these names."""
        return (call for call in self.all_calls if isinstance(call.func, ast.Attribute) and call.func.attr in names)

    @cached_property
    def imports(self) -> list[tuple[int, str]]:
        """Line and full name of what is imported."""
        found: list[tuple[int, str]] = []
        for node in self.nodes:
            if isinstance(node, ast.Import):
                found += ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                found += ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
        return found

    def says(self, node: ast.expr, word: str) -> bool:
        """Whether a comment on the lines of the expression, or on the one before, gives the reason."""
        first, last = node.lineno, node.end_lineno or node.lineno
        return any(f"{word}:" in line.partition("#")[2] for line in self.lines[max(first - 2, 0) : last])


Finding = tuple[int, str]
Gate = Callable[[File], Iterator[Finding]]


def sudo(file: File) -> Iterator[Finding]:
    functions = [node for node in file.nodes if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    for call in file.calls("sudo"):
        around = [node for node in functions if node.lineno <= call.lineno <= (node.end_lineno or 0)]
        inner = max(around, key=lambda node: node.lineno, default=None)
        start, end = (inner.lineno, inner.end_lineno or 0) if inner else (call.lineno - 1, call.lineno)
        if not any("sudo" in line.partition("#")[2] for line in file.lines[max(start - 1, 0) : end]):
            yield call.lineno, "sudo() without its reason: write `# sudo: why` beside it"


def commit(file: File) -> Iterator[Finding]:
    if file.name not in COMMITS:
        for call in file.calls("commit"):
            if not file.says(call, "commit"):
                yield call.lineno, "commit outside engine/transaction.py: work in steps (CommittedSteps)"


def http(file: File) -> Iterator[Finding]:
    if not file.name.startswith(HTTP_CLIENTS):
        for line, name in file.imports:
            if _is_of(name, HTTP_LIBRARIES):
                yield line, f"{name} outside transports/http: the one client checks addresses, limits and redirects"


def xml(file: File) -> Iterator[Finding]:
    if file.name in XML_READERS:
        return
    for line, name in file.imports:
        if _is_of(name, XML_LIBRARIES) or name.startswith("lxml.etree.") and name.rpartition(".")[2] in XML_CALLS:
            yield line, f"{name}: XML from outside is read by safe/xml.py alone"
    for call in file.calls(*XML_CALLS):
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        if isinstance(owner, ast.Name) and owner.id in ("etree", "objectify", "html", "ElementTree", "ET"):
            yield call.lineno, f"{owner.id}.{_name(call.func)}: XML from outside is read by safe/xml.py alone"


def compare(file: File) -> Iterator[Finding]:
    for node in file.nodes:
        if not isinstance(node, ast.Compare) or not any(isinstance(op, (ast.Eq, ast.NotEq)) for op in node.ops):
            continue
        sides = [node.left, *node.comparators]
        if any(isinstance(side, ast.Constant) for side in sides):
            continue
        secret = [side for side in sides if SECRET.search(_name(side.func if isinstance(side, ast.Call) else side))]
        if secret and not file.says(node, "public"):
            yield (
                node.lineno,
                "== tells by its time how much was right: hmac.compare_digest on bytes, or `# public: why`",
            )


def sql(file: File) -> Iterator[Finding]:
    for call in file.all_calls:
        if _name(call.func) not in ("execute", "SQL", "executemany", "execute_values") or not call.args:
            continue
        if _is_built(call.args[0]) and not file.says(call, "sql"):
            yield call.lineno, "SQL put together from text: pass values as parameters, names with SQL.identifier"


def evaluate(file: File) -> Iterator[Finding]:
    for line, name in file.imports:
        if name.rpartition(".")[2] in EVALUATES:
            yield line, f"{name}: nothing that a person or a system sends is run as code"
    for call in file.all_calls:
        if isinstance(call.func, ast.Name) and call.func.id in EVALUATES:
            yield call.lineno, f"{call.func.id}: nothing that a person or a system sends is run as code"


def constraints(file: File) -> Iterator[Finding]:
    for node in file.nodes:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if any(_name(target) == "_sql_constraints" for target in targets):
            yield node.lineno, "_sql_constraints makes no constraint in Odoo 19: use models.Constraint"  # type: ignore[attr-defined]


def verify(file: File) -> Iterator[Finding]:
    for call in file.all_calls:
        for keyword in call.keywords:
            if keyword.arg in ("verify", "check_hostname") and _is_constant(keyword.value, False):
                yield call.lineno, f"{keyword.arg}=False: TLS is checked or there is no connection"
    for node in file.nodes:
        if isinstance(node, ast.Attribute) and node.attr in ("CERT_NONE", "_create_unverified_context"):
            yield node.lineno, f"{node.attr}: TLS is checked or there is no connection"


def unreachable(file: File) -> Iterator[Finding]:
    functions = [node for node in file.nodes if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    ending = NEVER_RETURN | {node.name for node in functions if node.returns and _name(node.returns) in ENDLESS}
    for node in file.nodes:
        for block in ("body", "orelse", "finalbody"):
            statements = getattr(node, block, None)
            if not isinstance(statements, list) or len(statements) == 1:
                continue
            for statement, after in itertools.pairwise(statements):
                call = statement.value if isinstance(statement, ast.Expr) else None
                ends = isinstance(call, ast.Call) and _dotted(call.func) in ending
                if ends or isinstance(statement, (ast.Return, ast.Raise, ast.Continue, ast.Break)):
                    yield after.lineno, "never reached: what stands before it leaves the block"


GATES: dict[str, Gate] = {
    "sudo": sudo,
    "commit": commit,
    "http": http,
    "xml": xml,
    "compare": compare,
    "sql": sql,
    "evaluate": evaluate,
    "constraints": constraints,
    "verify": verify,
    "unreachable": unreachable,
}
#: what holds for tests, too
EVERYWHERE = {"unreachable"}


def check_python(name: str, text: str, gates: Collection[str] = tuple(GATES)) -> list[str]:
    file = File(name, text)
    found = ((line, f"[{gate}] {words}") for gate in gates for line, words in GATES[gate](file))
    return [f"{name}:{line}: {words}" for line, words in sorted(set(found))]


def check_access(name: str, lines: list[str]) -> list[str]:
    """Rows of ir.model.access.csv: a row without a group is for everybody, the public user included."""
    return [
        f"{name}:{number}: [access] {row.get('id')} has no group: everybody has it, also without a login"
        for number, row in enumerate(csv.DictReader(lines), start=2)
        if not (row.get("group_id:id") or row.get("group_id/id") or "").strip()
    ]


def check(root: Path, modules: list[Path]) -> list[str]:
    """All findings: in the files that run in production, and in tests what holds there, too."""
    found: list[str] = []
    for module in modules:
        for path in sorted(module.rglob("*.py")):
            gates = EVERYWHERE if "tests" in path.relative_to(module).parts else GATES
            found += check_python(str(path.relative_to(root)), path.read_text(), gates)
        for path in sorted(module.glob("security/ir.model.access.csv")):
            found += check_access(str(path.relative_to(root)), path.read_text().splitlines())
    return found


# -- reading the tree ----------------------------------------------------------------------


def _is_of(name: str, libraries: set[str]) -> bool:
    return any(name == library or name.startswith(f"{library}.") for library in libraries)


def _name(node: ast.AST) -> str:
    """The last part of a name: `b` of `a.b`; of anything else nothing."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _dotted(node: ast.AST) -> str:
    """`sys.exit` of that; of a method of the object itself its name alone."""
    if not isinstance(node, ast.Attribute):
        return _name(node)
    owner = _name(node.value)
    return node.attr if owner == "self" else f"{owner}.{node.attr}"


def _is_constant(node: ast.AST, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _is_built(node: ast.AST) -> bool:
    """Whether a text is put together; from constants of the file (upper case) it may be."""
    if isinstance(node, ast.JoinedStr):
        return any(not _is_fixed(part.value) for part in node.values if isinstance(part, ast.FormattedValue))
    if isinstance(node, ast.BinOp):
        return not (_is_fixed(node.left) and _is_fixed(node.right))
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    # SQL(" UNION ").join(parts) is Odoo's safe way
    is_safe = isinstance(node.func.value, ast.Call) and _name(node.func.value.func) == "SQL"
    return not is_safe and node.func.attr in ("format", "join", "replace", "format_map")


def _is_fixed(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp):
        return _is_fixed(node.left) and _is_fixed(node.right)
    return isinstance(node, ast.Constant) or (isinstance(node, (ast.Name, ast.Attribute)) and _name(node).isupper())
