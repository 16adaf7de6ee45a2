"""`make test`: phases from fast to slow, each with its own kind of test.

lint      linters, types, XML, manifests
unit      pure tests and meta-tests: plain pytest, no Odoo, no database
odoo      tests of the control plane inside Odoo (pytest-odoo) on a copy of the suite template, HttpCase included
across    the same for what crosses the modules: every model and method by role and channel, every screen
modules   the same of all other modules
process   crash tests: real servers, real kills, a throw-away database each
browser   Chromium on a real server

Where the machine has two processors three lanes work side by side. They begin with lint, process and browser; whoever
is done takes what comes next, and what is long comes in parts, so that all are done at about the same time. What a
person watches is the first lane; what the others say follows when a phase is done.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import time
import xml.etree.ElementTree as ElementTree
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from . import broker, chromium, database, environment, lint, log_scan, paths, template
from .console import SuiteError, complain, say
from .environment import Ready

REPORTS = paths.RUN / "reports"
NO_TESTS_COLLECTED = 5

# pytest-odoo imports Odoo wherever it is loaded: only its own phase has it.
PLAIN = ("-p", "no:odoo")


LANES = 3


@dataclass(frozen=True)
class Phase:
    name: str
    targets: tuple[str, ...]
    options: tuple[str, ...] = PLAIN
    #: globs of what another phase tests
    without: tuple[str, ...] = ()
    uses_odoo: bool = True
    #: its tests run inside Odoo
    inside_odoo: bool = False
    #: into how many parts it is cut where lanes share the work
    parts: int = 1
    #: a lane begins with it: it is long and cannot be cut
    early: bool = False
    prepare: Callable[[], None] = field(default=lambda: None)
    #: the test that asks a message broker
    asks_broker: str | None = None

    def folders(self) -> list[Path]:
        # modules that are not in the template have their tests run by a process test
        absent = [module for module in paths.modules() if template.foreign(module)]
        found = {path for target in self.targets for path in paths.ROOT.glob(target) if path.is_dir()}
        found -= {path for other in self.without for path in paths.ROOT.glob(other)}
        return sorted(path for path in found if path.parent not in absent)

    def files(self) -> list[Path]:
        return [file for folder in self.folders() for file in sorted(folder.rglob("test_*.py"))]

    def has_tests(self) -> bool:
        return bool(self.files())

    def select(self, named: list[str]) -> list[str]:
        """The folders to run, or what of `named` lies in them."""
        if not named:
            return [str(folder.relative_to(paths.ROOT)) for folder in self.folders()]
        return [name for name in named if any(_inside(name, folder) for folder in self.folders())]


INSIDE = ("--odoo-http", "--odoo-log-level=warn")
ENGINE = ("finance_connector_*/tests", "tests/addons/*/tests")

PHASES = (
    Phase("unit", ("tests/unit", "tests/meta"), uses_odoo=False, parts=2),
    Phase(
        "odoo",
        ENGINE,
        INSIDE,
        inside_odoo=True,
        parts=2,
        prepare=chromium.ensure,
        asks_broker="finance_connector_base/tests/test_amqp.py",
    ),
    Phase("process", ("tests/process",), early=True),
    Phase("browser", ("tests/browser",), early=True, prepare=chromium.ensure),
    Phase("across", ("tests/odoo",), INSIDE, inside_odoo=True, prepare=chromium.ensure),
    Phase(
        "modules",
        ("finance_*/tests",),
        INSIDE,
        without=ENGINE,
        inside_odoo=True,
        parts=5,
        prepare=chromium.ensure,
    ),
)


@dataclass(frozen=True)
class Job:
    """A phase, or a part of one, on a lane."""

    phase: Phase
    targets: tuple[str, ...]
    #: tells the parts of a phase apart
    part: str = ""

    @property
    def name(self) -> str:
        return self.phase.name + self.part

    def asks_broker(self, options: list[str]) -> bool:
        """Whether the test that asks a message broker is sure to run: it is named, or nothing is left out."""
        test = self.phase.asks_broker
        everything = not options and not self.part and self.targets == tuple(self.phase.select([]))
        return test is not None and (everything or any(target.startswith(test) for target in self.targets))


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
    mistyped = [option for option in options if ".py" in option and not option.startswith("-")]
    if mistyped:
        # without them everything would run
        raise SuiteError(f"There is no {' and no '.join(mistyped)}.")
    phases = [phase for phase in PHASES if phase.has_tests() and phase.select(named)]
    if named and not phases:
        raise SuiteError(f"No test phase covers {' '.join(named)}.")

    ready = environment.ensure()
    start = time.time()
    try:
        results = _run_all(ready, phases, named, options, linted=not arguments)
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


def _run_all(ready: Ready, phases: list[Phase], named: list[str], options: list[str], *, linted: bool) -> list[Result]:
    """The phases on lanes, side by side where the machine can; what is early is begun by a lane of its own."""
    single = (os.cpu_count() or 1) == 1
    jobs = [job for phase in phases for job in _jobs(phase, named, whole=single or bool(named or options))]
    lanes = 1 if single or len(jobs) == 1 else LANES
    early = [job for job in jobs if job.phase.early][: lanes - 1]
    waiting = deque(job for job in jobs if job not in early)
    # what the Odoo phases start from is made while linters and unit tests run
    with ThreadPoolExecutor(1) as maker, ThreadPoolExecutor(lanes) as pool:
        making = maker.submit(_prepare, ready, [phase for phase in phases if phase.uses_odoo])

        def run_lane(number: int) -> list[Result]:
            watched = number == 0
            results = [_lint()] if linted and watched else []
            job = early[number - 1] if 0 < number <= len(early) else _next(waiting)
            while job:
                results.append(_run_made(ready, job, options, making, quiet=not watched))
                job = _next(waiting)
            return results

        found = [result for lane in pool.map(run_lane, range(lanes)) for result in lane]
    return _by_phase(found, ["lint", *(phase.name for phase in PHASES)])


def _next(waiting: deque[Job]) -> Job | None:
    try:
        return waiting.popleft()
    except IndexError:
        return None


def _jobs(phase: Phase, named: list[str], *, whole: bool) -> list[Job]:
    if whole or phase.parts == 1:
        return [Job(phase, tuple(phase.select(named)))]
    return [Job(phase, part, f"-{number}") for number, part in enumerate(_parts(phase.files(), phase.parts), start=1)]


def _parts(files: list[Path], count: int) -> list[tuple[str, ...]]:
    """:return: the files in parts of about the same length, by their size; the same whenever it is asked"""
    parts: list[list[Path]] = [[] for _ in range(count)]
    for file in sorted(files, key=lambda path: (-path.stat().st_size, path)):
        min(parts, key=lambda part: sum(path.stat().st_size for path in part)).append(file)
    return [tuple(str(file.relative_to(paths.ROOT)) for file in sorted(part)) for part in parts if part]


def _by_phase(results: list[Result], order: list[str]) -> list[Result]:
    """Add up the parts of a phase."""
    merged: dict[str, Result] = {}
    for result in results:
        name = result.name.partition("-")[0]
        whole = merged.setdefault(name, Result(name, 0))
        whole.seconds += result.seconds
        whole.passed += result.passed
        whole.failed += result.failed
        whole.skipped += result.skipped
    return [merged[name] for name in order if name in merged]


def _prepare(ready: Ready, phases: list[Phase]) -> str:
    """:return: name of this run's template; empty without a phase that needs one"""
    if not phases:
        return ""
    origin = _private_template(ready)
    for prepare in {phase.prepare for phase in phases}:
        prepare()
    return origin


def _run_made(ready: Ready, job: Job, options: list[str], making: Future[str], *, quiet: bool) -> Result:
    """Run a phase once what it starts from is there."""
    origin = ""
    if job.phase.uses_odoo:
        try:
            origin = making.result()
        except SuiteError as error:
            complain(f"\n{job.name}: {error}")
            return Result(job.name, 0, failed=1)
    log = paths.LOGS / f"test-{job.name}.log" if quiet else None
    result = _run(ready, job, options, origin, log)
    if log:
        say(log.read_text(errors="replace"))
    return result


def _lint() -> Result:
    say("\n== lint")
    start = time.monotonic()
    checks = lint.check()
    failed = sum(not ok for ok in checks.values())
    return Result("lint", time.monotonic() - start, len(checks) - failed, failed)


def _run(ready: Ready, job: Job, options: list[str], origin: str = "", log: Path | None = None) -> Result:
    """Run a phase; with a log its output goes there."""
    say(f"\n== {job.name}{' (beside it, the output follows)' if log else ''}")
    REPORTS.mkdir(parents=True, exist_ok=True)
    report = REPORTS / f"{job.name}.xml"
    report.unlink(missing_ok=True)
    command = [str(paths.PYTHON), "-m", "pytest", *job.phase.options, f"--junitxml={report}", *options, *job.targets]
    env = {**ready.env, "FIN_TEMPLATE": origin}
    start = time.monotonic()
    if job.phase.inside_odoo:
        name = f"{origin}_{job.name.replace('-', '')}"
        template.copy(ready, origin, name)
        command.append(f"--odoo-database={name}")
        # for the scan of the logs
        command += [f"--log-file={paths.LOGS / f'{job.name}-tests.log'}", "--log-file-level=WARNING"]
    else:
        # Odoo's settings would make pytest load what only the odoo phase needs.
        env.pop("ODOO_RC")
    say("   " + shlex.join(command[1:]))
    with broker.beside(job.asks_broker(options)) as more:
        env |= more
        if log:
            with log.open("w") as output:
                code = subprocess.run(
                    command, env=env, cwd=paths.ROOT, check=False, stdout=output, stderr=subprocess.STDOUT
                ).returncode
        else:
            code = subprocess.run(command, env=env, cwd=paths.ROOT, check=False).returncode
    return _result(job.name, time.monotonic() - start, report, code, narrowed=bool(options))


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
