"""The launcher's own logic, as far as it needs neither network nor database."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import cast

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tools"))

from suite import bench, database, debian, environment, odoo_source, paths, stamp, template, testing
from suite.console import SuiteError


class TestLinks:
    def test_absolute_link_is_led_inside(self, tmp_path: Path) -> None:
        (tmp_path / "usr").mkdir()
        (tmp_path / "usr" / "font.ttf").write_text("font")
        (tmp_path / "link.ttf").symlink_to("/usr/font.ttf")
        odoo_source.check_links(tmp_path)
        assert (tmp_path / "link.ttf").read_text() == "font"

    def test_broken_link_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "fonts").mkdir()
        (tmp_path / "fonts" / "lost.ttf").symlink_to("../elsewhere/lost.ttf")
        with pytest.raises(SuiteError, match=r"fonts/lost\.ttf -> \.\./elsewhere/lost\.ttf"):
            odoo_source.check_links(tmp_path)


class TestStamps:
    def test_step_is_done_for_its_inputs_only(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(paths, "STAMPS", tmp_path)
        assert not stamp.is_done("step", "a")
        stamp.mark_done("step", "a")
        assert stamp.is_done("step", "a")
        assert not stamp.is_done("step", "b")

    def test_tree_digest_sees_content_and_names(self, tmp_path: Path) -> None:
        one = tmp_path / "one.py"
        one.write_text("x")
        before = stamp.tree_digest([one], tmp_path)
        one.write_text("y")
        assert stamp.tree_digest([one], tmp_path) != before
        one.write_text("x")
        assert stamp.tree_digest([one], tmp_path) == before
        assert stamp.tree_digest([one.rename(tmp_path / "two.py")], tmp_path) != before


class TestOdoo:
    def test_other_series_is_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "odoo").mkdir()
        (tmp_path / "odoo" / "release.py").write_text("version_info = (18, 0, 0, 'final', 0, '')\n")
        monkeypatch.setenv("FIN_ODOO", str(tmp_path))
        with pytest.raises(SuiteError, match="is 18.0"):
            odoo_source.locate()

    @pytest.mark.parametrize("inner", ["", "odoo"])
    def test_named_odoo_is_used_as_it_is(self, inner: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "odoo").mkdir()
        (tmp_path / "odoo" / "release.py").write_text("version_info = (19, 0, 0, 'final', 0, '')\n")
        monkeypatch.setenv("FIN_ODOO", str(tmp_path / inner))
        found = odoo_source.locate()
        assert found and found.folder == tmp_path

    def test_wrong_path_says_so(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("FIN_ODOO", str(tmp_path))
        with pytest.raises(SuiteError, match="FIN_ODOO"):
            odoo_source.locate()

    def test_own_package_is_the_same_on_the_path_of_a_child(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Else each run of the tests would install the templates anew, and so would the next command."""
        (tmp_path / "odoo").mkdir()
        (tmp_path / "odoo" / "release.py").write_text("version_info = (19, 0, 0, 'final', 0, '')\n")
        monkeypatch.delenv("FIN_ODOO", raising=False)
        monkeypatch.setattr(odoo_source, "_package_folder", lambda: tmp_path)
        monkeypatch.setattr(odoo_source, "is_done", lambda *_step: True)
        prints = []
        for on_the_path in (None, tmp_path):
            monkeypatch.setattr(odoo_source, "_importable", lambda found=on_the_path: found)
            found = odoo_source.locate()
            assert found
            prints.append(found.fingerprint)
        assert prints[0] == prints[1]


class TestDebian:
    def test_only_debians_main_archive_is_taken(self, monkeypatch: pytest.MonkeyPatch) -> None:
        listing = (
            "u1|Vendor|Tools|main\nu2|Debian|Debian-Security|main\nu3|Debian|Debian|contrib\nu4|Debian|Debian|main\n"
        )
        monkeypatch.setattr(debian.subprocess, "run", lambda *a, **k: type("Result", (), {"stdout": listing}))
        assert debian._main_archive({}) == "u4"


class TestDatabase:
    def test_named_server_is_used(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PGHOST", "db.example")
        monkeypatch.setenv("PGUSER", "odoo")
        monkeypatch.setenv("PGDATABASE", "other")
        server = database.server()
        assert isinstance(server, database.External)
        assert server.env["PGHOST"] == "db.example"
        assert "PGDATABASE" not in server.env

    def test_own_address_is_the_embedded_server(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for key, value in database.Embedded().env.items():
            monkeypatch.setenv(key, value)
        assert isinstance(database.server(), database.Embedded)

    def test_long_path_moves_the_socket(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(paths, "RUN", Path("/" + "x" * 90))
        assert len(str(database.Embedded().socket)) <= database.LONGEST_SOCKET_FOLDER


class TestPhases:
    def test_path_chooses_the_phase(self) -> None:
        chosen = [phase.name for phase in testing.PHASES if phase.select(["tests/process/test_server.py::test_x"])]
        assert chosen == ["process"]

    def test_each_folder_of_tests_has_one_phase(self) -> None:
        folders = [folder for phase in testing.PHASES for folder in phase.folders()]
        assert len(folders) == len(set(folders))
        every = {path for path in paths.ROOT.glob("finance_*/tests") if not template.foreign(path.parent)}
        assert every <= set(folders)

    def test_without_a_template_the_phases_that_need_it_fail_and_the_others_run(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(_ready: object) -> str:
            raise SuiteError("no room on the disk")

        monkeypatch.setattr(testing, "_private_template", broken)
        monkeypatch.setattr(testing, "_run", lambda _ready, job, *_others: testing.Result(job.name, 0, passed=1))
        monkeypatch.setattr(testing, "_lint", lambda: testing.Result("lint", 0, passed=1))
        results = testing._run_all(cast("environment.Ready", None), list(testing.PHASES), [], [], linted=True)
        parts = {phase: phase.parts if (os.cpu_count() or 1) > 1 else 1 for phase in testing.PHASES}
        assert {result.name: (result.passed, result.failed) for result in results} == {
            "lint": (1, 0),
            **{phase.name: (0, number) if phase.uses_odoo else (number, 0) for phase, number in parts.items()},
        }

    @pytest.mark.parametrize("processors", [1, 2, 16])
    def test_every_test_file_runs_once_however_many_lanes_there_are(
        self, processors: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        ran: list[testing.Job] = []

        def note(_ready: object, job: testing.Job, _options: object, _origin: str, log: Path | None) -> testing.Result:
            ran.append(job)
            if log:
                log.write_text("")
            return testing.Result(job.name, 1, passed=1)

        monkeypatch.setattr(os, "cpu_count", lambda: processors)
        monkeypatch.setattr(testing, "_private_template", lambda _ready: "template")
        monkeypatch.setattr(testing, "_run", note)
        monkeypatch.setattr(testing, "_lint", lambda: testing.Result("lint", 0, passed=1))
        monkeypatch.setattr(testing.chromium, "ensure", lambda: None)
        monkeypatch.setattr(paths, "LOGS", tmp_path)
        results = testing._run_all(cast("environment.Ready", None), list(testing.PHASES), [], [], linted=True)
        assert [result.name for result in results] == ["lint", *(phase.name for phase in testing.PHASES)]
        assert sum(result.passed for result in results) == 1 + len(ran)
        for phase in testing.PHASES:
            files = [
                file
                for job in ran
                if job.phase is phase
                for target in job.targets
                for file in (
                    [paths.ROOT / target] if target.endswith(".py") else (paths.ROOT / target).rglob("test_*.py")
                )
            ]
            assert sorted(files) == sorted(phase.files()), phase.name
        if processors > 1:
            for phase in testing.PHASES:
                parts = [job for job in ran if job.phase is phase and job.part]
                sizes = [sum((paths.ROOT / target).stat().st_size for target in job.targets) for job in parts]
                assert max(sizes, default=0) <= 2 * min(sizes, default=0), "the parts are of about the same length"

    @pytest.mark.parametrize(
        ("outcomes", "code", "narrowed", "expected"),
        [
            (["", "<failure/>", "<failure/><failure/>", "<error/>", "<skipped/>"], 1, False, (1, 3, 1)),
            (["", "", "<properties/>"], 0, False, (3, 0, 0)),
            ([], 5, False, (0, 1, 0)),
            ([], 5, True, (0, 0, 0)),
            ([""], 3, False, (1, 1, 0)),
            (None, 4, False, (0, 1, 0)),
        ],
        ids=["failures", "good", "nothing collected", "nothing chosen", "crash at the end", "no report"],
    )
    def test_result(
        self, outcomes: list[str] | None, code: int, narrowed: bool, expected: tuple[int, int, int], tmp_path: Path
    ) -> None:
        file = tmp_path / "report.xml"
        if outcomes is not None:
            cases = "".join(f"<testcase>{outcome}</testcase>" for outcome in outcomes)
            file.write_text(f"<testsuites><testsuite>{cases}</testsuite></testsuites>")
        result = testing._result("x", 0, file, code, narrowed=narrowed)
        assert (result.passed, result.failed, result.skipped) == expected


class TestBench:
    def test_table_compares_with_peer_and_floor(self) -> None:
        row = dict.fromkeys(bench.KEYS)
        row.update(
            benchmark="parse", size=1000, seconds=0.05, rate=20000.0, peak_mib=140.0, peer="OCA", peer_rate=1000.0
        )
        header, line = bench.table([row]).splitlines()
        assert header.split()[0] == "benchmark"
        assert line.split() == ["parse", "1,000", "0.050", "20,000", "140", "OCA", "1,000", "20.0", "-", "-", "-"]

    def test_peers_are_read_without_importing(self, tmp_path: Path) -> None:
        file = tmp_path / "bench_x.py"
        file.write_text('import does_not_exist\nPEERS = ("queue_job",)\n')
        assert bench.peers_of(file) == ["queue_job"]
