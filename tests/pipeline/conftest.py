"""A copy of the project in a temporary folder, in which the whole workflow is run for real."""

import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
PARTS = ("Snakefile", "workflow", "src", "config", "profiles", "environment.yml")


@dataclass
class Copy:
    """One copy of the project; its own modules are the ones that run."""

    folder: Path

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess:
        """Type `snakemake` in the copy."""
        environment = {**os.environ, "PYTHONPATH": str(self.folder / "src"), **variables}
        command = [sys.executable, "-m", "snakemake", "--cores", "2", *arguments]
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=600)

    def jobs(self, *arguments: str) -> set[str]:
        """Rules that would run now."""
        done = self.run("--dry-run", "--quiet", "host", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        text = done.stdout + done.stderr
        if "Nothing to be done" in text:
            return set()
        table = text.split("Job stats:")[1].split("\n\n")[0].splitlines()[3:]
        return {line.split()[0] for line in table if line.strip()} - {"total", "all"}

    def digests(self, folder: str) -> dict[str, str]:
        """Content hash of every file below a folder, but for the mark that the last delivery was taken."""
        files = (path for path in (self.folder / folder).rglob("*") if path.is_file() and path.name != "taken")
        return {
            path.relative_to(self.folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
        }


def copy_to(folder: Path) -> Copy:
    for part in PARTS:
        source = PROJECT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
        else:
            shutil.copy(source, folder / part)
    return Copy(folder)


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Copy:
    """The default run: synthetic delivery, both languages. Tests that change something take their own copy of it."""
    copy = copy_to(tmp_path_factory.mktemp("finished"))
    done = copy.run("--config", "language=nl,en")
    assert done.returncode == 0, done.stdout + done.stderr
    return copy


@pytest.fixture
def changed(finished, tmp_path) -> Copy:
    """A copy of the finished run, Snakemake's memory included, that a test may change."""
    folder = tmp_path / "project"
    shutil.copytree(finished.folder, folder)
    return Copy(folder)
