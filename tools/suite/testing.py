"""`make test`: phases from fast to slow, each with its own kind of test.

lint      linters, types, XML, manifests
unit      pure tests and meta-tests: plain pytest, no Odoo, no database
odoo      tests inside Odoo (pytest-odoo) on a copy of the suite template, HttpCase included
process   crash tests: real servers, real kills, a throw-away database each
browser   Chromium on a real server

Process and browser tests mostly wait for servers, so they run beside the Odoo tests where the
machine has two processors; what they say follows when they are done.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from . import chromium, database, environment, lint, log_scan, paths, template
from .console import SuiteError, complain, say
from .environment import Ready

REPORTS = paths.RUN / "reports"
NO_TESTS_COLLECTED = 5

# pytest-odoo imports Odoo wherever it is loaded: only its own phase has it.
PLAIN = ("-p", "no:odoo")


@dataclass(frozen=True)
class Phase:
    name: str
    targets: tuple[str, ...]
    options: tuple[str, ...] = PLAIN
    uses_odoo: bool = True
    #: may run beside the phases that are not
    waits: bool = False
    prepare: Callable[[], None] = field(default=lambda: None)

    def folders(self) -> list[Path]:
        # modules that are not in the template have their tests run by a process test
        absent = [module for module in paths.modules() if template.foreign(module)]
        found = (path for target in self.targets for path in paths.ROOT.glob(target) if path.is_dir())
        return sorted(path for path in found if path.parent not in absent)

    def has_tests(self) -> bool:
        return any(True for folder in self.folders() for _ in folder.rglob("test_*.py"))

    def select(self, named: list[str]) -> list[str]:
        """The folders to run, or what of `named` lies in them."""
        if not named:
            return [str(folder.relative_to(paths.ROOT)) for folder in self.folders()]
        return [name for name in named if any(_inside(name, folder) for folder in self.folders())]


PHASES = (
    Phase("unit", ("tests/unit", "tests/meta"), uses_odoo=False),
    Phase(
        "odoo",
        ("finance_*/tests", "tests/addons/*/tests", "tests/odoo"),
        ("--odoo-http", "--odoo-log-level=warn"),
        prepare=chromium.ensure,
    ),
    Phase("process", ("tests/process",), waits=True),
    Phase("browser", ("tests/browser",), waits=True, prepare=chromium.ensure),
)


@dataclass
class Result:
    name: str
    seconds: float
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def line(self) -> str:
        return (
            f"{self.name:9}{self.passed:6} passed {self.failed:4} failed {self.skipped:4} skipped {self.seconds:7.0f} s"
        )


def run(arguments: list[str]) -> int:
    """Everything that is tested; arguments go to pytest (paths choose the phases)."""
    named = [argument for argument in arguments if (paths.ROOT / argument.split("::")[0]).exists()]
    options = [argument for argument in arguments if argument not in named]
    phases = [phase for phase in PHASES if phase.has_tests() and phase.select(named)]
    if named and not phases:
        raise SuiteError(f"No test phase covers {' '.join(named)}.")

    ready = environment.ensure()
    results = [] if arguments else [_lint()]
    start = time.time()
    try:
        results += _run_all(ready, phases, named, options)
    finally:
        database.drop(*_databases_of(os.getpid(), ready), env=ready.env)
    results.append(_scan_logs(start))

    say("\n" + "\n".join(result.line() for result in results))
    passed, failed = sum(r.passed for r in results), sum(r.failed for r in results)
    say(f"{passed} passed, {failed} failed, {sum(r.skipped for r in results)} skipped")
    if not passed:
        say("No test ran.")
    return 1 if failed or not passed else 0


def _scan_logs(since: float) -> Result:
    """B-44: no secret that a test planted and no account number is in a log."""
    start = time.monotonic()
    found = log_scan.findings(since)
    for line in found[: log_scan.LINES_SHOWN]:
        complain(f"readable in a log: {line}")
    return Result("logs", time.monotonic() - start, failed=len(found))


def _run_all(ready: Ready, phases: list[Phase], named: list[str], options: list[str]) -> list[Result]:
    """Phases that use no Odoo, then the others in two lanes."""
    results = [_run(ready, phase, phase.select(named), options) for phase in phases if not phase.uses_odoo]
    lanes = [[phase for phase in phases if phase.uses_odoo and phase.waits == waits] for waits in (False, True)]
    if not any(lanes):
        return results
    try:
        origin = _private_template(ready)
        for prepare in {phase.prepare for lane in lanes for phase in lane}:
            prepare()
    except SuiteError as error:
        complain(f"\n{error}")
        return [*results, *(Result(phase.name, 0, failed=1) for lane in lanes for phase in lane)]
    beside = all(lanes) and (os.cpu_count() or 1) > 1

    def run_lane(lane: list[Phase]) -> list[Result]:
        return list(_run_lane(ready, lane, named, options, origin, quiet=beside and lane is lanes[1]))

    with ThreadPoolExecutor(2 if beside else 1) as pool:
        return results + [result for lane in pool.map(run_lane, lanes) for result in lane]


def _run_lane(
    ready: Ready, lane: Iterable[Phase], named: list[str], options: list[str], origin: str, *, quiet: bool
) -> Iterator[Result]:
    for phase in lane:
        log = paths.LOGS / f"test-{phase.name}.log" if quiet else None
        yield _run(ready, phase, phase.select(named), options, origin, log)
        if log:
            say(log.read_text(errors="replace"))


def _lint() -> Result:
    say("\n== lint")
    start = time.monotonic()
    checks = lint.check()
    failed = sum(not ok for ok in checks.values())
    return Result("lint", time.monotonic() - start, len(checks) - failed, failed)


def _run(
    ready: Ready, phase: Phase, targets: list[str], options: list[str], origin: str = "", log: Path | None = None
) -> Result:
    """Run a phase; with a log its output goes there."""
    say(f"\n== {phase.name}{' (beside it, the output follows)' if log else ''}")
    REPORTS.mkdir(parents=True, exist_ok=True)
    report = REPORTS / f"{phase.name}.xml"
    report.unlink(missing_ok=True)
    command = [str(paths.PYTHON), "-m", "pytest", *phase.options, f"--junitxml={report}", *options, *targets]
    env = {**ready.env, "FIN_TEMPLATE": origin}
    start = time.monotonic()
    if phase.name == "odoo":
        name = f"{origin}_odoo"
        template.copy(ready, origin, name)
        command.append(f"--odoo-database={name}")
        # for the scan of the logs
        command += [f"--log-file={paths.LOGS / 'odoo-tests.log'}", "--log-file-level=WARNING"]
    else:
        # Odoo's settings would make pytest load what only the odoo phase needs.
        env.pop("ODOO_RC")
    say("   " + shlex.join(command[1:]))
    if log:
        with log.open("w") as output:
            code = subprocess.run(
                command, env=env, cwd=paths.ROOT, check=False, stdout=output, stderr=subprocess.STDOUT
            ).returncode
    else:
        code = subprocess.run(command, env=env, cwd=paths.ROOT, check=False).returncode
    return _result(phase.name, time.monotonic() - start, report, code, narrowed=bool(options))


def _result(name: str, seconds: float, report: Path, code: int, *, narrowed: bool) -> Result:
    result = Result(name, seconds)
    if report.exists():
        # Not the totals that pytest writes: they count every subtest.
        for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314 - pytest wrote it
            outcomes = {outcome.tag for outcome in case}
            result.failed += bool(outcomes & {"failure", "error"})
            result.skipped += outcomes == {"skipped"}
            result.passed += not outcomes & {"failure", "error", "skipped"}
    # pytest failed without a failed test: nothing collected, broken import of a conftest, killed.
    expected_empty = narrowed and code == NO_TESTS_COLLECTED
    if code and not result.failed and not expected_empty:
        say(f"   pytest ended with code {code}")
        result.failed = 1
    return result


def _private_template(ready: Ready) -> str:
    """A copy for this run: another shell may replace the template while files are edited."""
    for pid in {int(name.split("_")[3]) for name in _databases_of(None, ready)}:
        if not Path(f"/proc/{pid}").exists():
            database.drop(*_databases_of(pid, ready), env=ready.env)
    name = f"{database.PREFIX}test_{os.getpid()}"
    template.copy(ready, template.suite(ready), name)
    return name


def _databases_of(pid: int | None, ready: Ready) -> list[str]:
    prefix = f"{database.PREFIX}test_"
    found = [name for name in database.names(ready.env) if name.startswith(prefix)]
    return [name for name in found if pid is None or name.split("_")[3] == str(pid)]


def _inside(name: str, folder: Path) -> bool:
    path = (paths.ROOT / name.split("::")[0]).resolve()
    return folder == path or folder in path.parents
