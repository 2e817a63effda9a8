"""pyproject.toml, requirements.lock and environment.yml state the same environment, without addresses."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.markers import Marker
from packaging.requirements import Requirement

PROJECT = Path(__file__).parents[2]
CONDA_NAMES = {
    "snakemake": "snakemake-minimal",
    "matplotlib": "matplotlib-base",
    "pandera": "pandera-pandas",
    "typst": "typst-py",
}


def requirements() -> list[Requirement]:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    return [Requirement(line) for line in project["dependencies"] + project["optional-dependencies"]["dev"]]


def locked() -> dict[str, list[tuple[str, str]]]:
    """Name -> (version, marker) of each pin in the lock."""
    pins: dict[str, list[tuple[str, str]]] = {}
    for line in (PROJECT / "requirements.lock").read_text().splitlines():
        if match := re.match(r"^([a-z0-9-]+)==([^\s;\\]+)(?:\s*;\s*([^\\]+))?", line):
            pins.setdefault(match[1], []).append((match[2], (match[3] or "").strip()))
    return pins


def locked_for(name: str, python: str) -> list[str]:
    where = {"python_version": python, "python_full_version": f"{python}.0", "sys_platform": "linux"}
    return [version for version, marker in locked()[name] if not marker or Marker(marker).evaluate(where)]


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_the_lock_holds_one_allowed_version_of_every_declared_package(python):
    for requirement in requirements():
        versions = locked_for(requirement.name, python)
        assert len(versions) == 1, requirement.name
        assert requirement.specifier.contains(versions[0]), requirement.name


def test_conda_states_the_same_versions():
    environment = yaml.safe_load((PROJECT / "environment.yml").read_text())["dependencies"]
    stated = dict(line.split("=") for line in environment if isinstance(line, str) and "=" in line)
    python = stated.pop("python")
    assert Requirement(
        f"python{tomllib.loads((PROJECT / 'pyproject.toml').read_text())['project']['requires-python']}"
    ).specifier.contains(python)
    assert stated == {CONDA_NAMES.get(r.name, r.name): locked_for(r.name, python)[0] for r in requirements()}


def test_the_lock_is_hashed_and_names_no_address():
    lock = (PROJECT / "requirements.lock").read_text()
    assert "://" not in lock + (PROJECT / "environment.yml").read_text()
    pins = re.split(r"\n(?=[a-z])", lock)
    assert len(pins) > 50
    assert all("--hash=sha256:" in pin for pin in pins)


def test_the_installed_environment_is_the_locked_one():
    from importlib import metadata

    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    for requirement in requirements():
        assert metadata.version(requirement.name) in locked_for(requirement.name, here), requirement.name


def test_an_old_python_is_told_in_one_sentence(tmp_path):
    """run.py is read by the old Python itself: it may only use what Python 3.6 can parse, and must refuse."""
    import ast

    source = (PROJECT / "run.py").read_text()
    ast.parse(source, feature_version=(3, 6))
    (tmp_path / "run.py").write_text(source.replace("OLDEST_PYTHON = (3, 11)", "OLDEST_PYTHON = (99, 0)"))
    done = subprocess.run([sys.executable, str(tmp_path / "run.py")], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "Python 99.0 or newer is needed" in done.stderr


def test_a_failed_download_is_one_sentence(tmp_path, monkeypatch):
    """An unreachable registry: status 1, one sentence after the notice, no traceback, no half-made environment."""
    for name in ("run.py", "pyproject.toml"):
        (tmp_path / name).write_text((PROJECT / name).read_text())
    (tmp_path / "requirements.lock").write_text("setuptools==1.0 \\\n    --hash=sha256:" + "0" * 64 + "\n")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    done = subprocess.run([sys.executable, str(tmp_path / "run.py")], capture_output=True, text=True)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith("run.py: A package could not be downloaded or installed (")
    assert not (tmp_path / ".venv" / "made-from").exists()
