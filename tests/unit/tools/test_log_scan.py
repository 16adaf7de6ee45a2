from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tools"))

from suite import log_scan, paths


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("account DE89370400440532013000 refused", 1),
        ("account DE89…3000 refused", 0),
        ("not an account: DE89370400440532013001, AB12CDEFGHIJKLMNOP", 0),
        ("password canary-password-90210", 1),
        ("canary-password of test_canary", 0),
        ("partner Ada Byron was not found", 1),
        ("partner A… was not found", 0),
    ],
)
def test_b44_what_is_found_in_a_log(line: str, count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "LOGS", tmp_path)
    (tmp_path / "server.log").write_text(f"first\n{line}\n")
    found = log_scan.findings(0.0)
    assert len(found) == count
    assert all("3704" not in told and "90210" not in told and "Byron" not in told for told in found)
