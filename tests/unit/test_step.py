"""The thin edge: what a step says, and how it shows that it is still at work."""

import pytest

from pilot_analysis import step as module
from pilot_analysis.errors import UserError
from pilot_analysis.step import step


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    return now


def test_a_user_error_ends_with_status_1_and_no_traceback(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended, step(tmp_path / "x.log"):
        raise UserError("line 7: mend it")
    assert ended.value.code == 1
    assert capsys.readouterr().err == "line 7: mend it\n"
    assert (tmp_path / "x.log").read_text() == "line 7: mend it\n"


def test_short_work_shows_no_bar_and_long_work_one_a_second(tmp_path, capsys, clock):
    with step(tmp_path / "estimate.log") as running:
        for done in range(0, 101, 10):
            running.progress("samples", done, 100)
            clock[0] += 0.5
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "estimate: ████████░░░░░░░░░░░░ 40 of 100 samples",
        "estimate: ████████████░░░░░░░░ 60 of 100 samples",
        "estimate: ████████████████░░░░ 80 of 100 samples",
        "estimate: ████████████████████ 100 of 100 samples",
    ]
    assert (tmp_path / "estimate.log").read_text() == ""


def test_each_piece_of_work_has_its_own_patience(tmp_path, capsys, clock):
    with step(tmp_path / "estimate.log") as running:
        running.progress("first", 0, 2)
        clock[0] += 3
        running.progress("second", 1, 2)  # just begun
        clock[0] += 1
        running.progress("first", 2, 2)
    assert capsys.readouterr().err == "estimate: ████████████████████ 2 of 2 first\n"
