"""One command for analysts: set up the environment if need be, then run Snakemake (or the tests).

    python3 run.py [snakemake arguments]      data -> report
    python3 run.py test [pytest arguments]    the tests

- Standard library only, so that it runs on a machine with nothing but Python; no syntax newer than Python 3.6,
  so that an older Python reads far enough to be told that it is too old.
- The environment is `.venv` beside this file, made from the hashed `requirements.lock`. It is made anew when the lock,
  the Python version or the folder's place changed, and left alone otherwise.
- Paths in arguments are relative to the project's folder, wherever the command is typed.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST_PYTHON = (3, 11)
PROJECT = Path(__file__).resolve().parent
LOCK = PROJECT / "requirements.lock"
ENVIRONMENT = PROJECT / ".venv"
PROGRAMS = ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin")
STAMP = ENVIRONMENT / "made-from"
BUILD_TOOLS = ("setuptools", "wheel")  # needed before the one package without a wheel (autograd-gamma) can be built


def main(arguments):
    """Make sure of the environment, then hand over to Snakemake or pytest; returns the exit status."""
    if sys.version_info < OLDEST_PYTHON:
        return complain(
            "Python %d.%d or newer is needed and this is Python %d.%d: install a newer one and use it for this command."
            % (OLDEST_PYTHON + tuple(sys.version_info[:2]))
        )
    problem = ensure_environment()
    if problem:
        return complain(problem)
    if arguments[:1] == ["test"]:
        command = [python(), "-m", "pytest"] + arguments[1:]
    else:
        if "--help" in arguments or "-h" in arguments:
            print(__doc__)
        command = [python(), "-m", "snakemake"] + arguments
    try:
        return subprocess.run(command, cwd=str(PROJECT), env=environment_variables()).returncode
    except KeyboardInterrupt:
        return 130


def complain(sentence):
    """Say in one sentence what is wrong; returns the exit status."""
    print("run.py: " + sentence, file=sys.stderr)
    return 1


def python():
    """The environment's Python."""
    return str(PROGRAMS / ("python.exe" if os.name == "nt" else "python"))


def base_python():
    """The Python outside any environment: the command may be typed inside `.venv`, which is about to be replaced."""
    return getattr(sys, "_base_executable", None) or sys.executable


def environment_variables():
    """Our variables, the environment's programs first, bytecode allowed (imports are 3-4 times slower without)."""
    variables = dict(os.environ, VIRTUAL_ENV=str(ENVIRONMENT), PYTHONUTF8="1")
    variables["PATH"] = str(PROGRAMS) + os.pathsep + variables.get("PATH", "")
    for name in ("PYTHONDONTWRITEBYTECODE", "PYTHONHOME", "PYTHONPATH"):
        variables.pop(name, None)
    return variables


def ensure_environment():
    """Make `.venv` unless it stands as the lock wants it; returns None or one sentence on what went wrong."""
    if not LOCK.is_file():
        return "requirements.lock is missing beside run.py; take the project whole, for instance by cloning it again."
    wanted = fingerprint()
    if STAMP.is_file() and STAMP.read_text(encoding="utf-8") == wanted and Path(python()).exists():
        return None
    print("run.py: setting up the environment in .venv (once, a minute or two) ...", file=sys.stderr, flush=True)
    shutil.rmtree(str(ENVIRONMENT), ignore_errors=True)
    problem = make_environment()
    if problem is None:
        STAMP.write_text(wanted, encoding="utf-8")
    return problem


def fingerprint():
    """What the environment depends on: the lock, the Python, and the folder (the installed commands name it)."""
    digest = hashlib.sha256()
    for part in (LOCK.read_bytes(), sys.version.encode(), str(PROJECT).encode()):
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest() + "\n"


def make_environment():
    """Create, fill and compile `.venv`; returns None or one sentence on the first step that failed."""
    tools_lock = ENVIRONMENT / "build-tools.lock"
    install = [python(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-warn-script-location"]
    steps = [
        (
            "The environment could not be created (on Debian and Ubuntu: apt install python3-venv)",
            [base_python(), "-m", "venv", str(ENVIRONMENT)],
        ),
        (
            "A package could not be downloaded or installed",
            install + ["--require-hashes", "--no-deps", "-r", str(tools_lock)],
        ),
        (
            "A package could not be downloaded or installed",
            install + ["--require-hashes", "--no-deps", "--no-build-isolation", "-r", str(LOCK)],
        ),
        (
            "The project itself could not be installed",
            install + ["--no-deps", "--no-build-isolation", "--editable", str(PROJECT)],
        ),
        (
            "The installed packages could not be compiled",
            [python(), "-m", "compileall", "-q", "-j", "0", str(PROJECT / "src")],
        ),
    ]
    for number, (failure, command) in enumerate(steps):
        done = subprocess.run(
            command,
            cwd=str(PROJECT),
            env=environment_variables(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        if done.returncode:
            return (
                "%s (%s): check the internet connection and the free disk space, then type the same command again."
                % (failure, reason(done.stdout))
            )
        if number == 0:
            tools_lock.write_text(lock_blocks(LOCK.read_text(encoding="utf-8"), BUILD_TOOLS), encoding="utf-8")
    return None


def lock_blocks(lock, names):
    """The requirements of `names` with their hashes, cut from the text of a lock."""
    blocks, wanted = [], False
    for line in lock.splitlines():
        if line and not line[0].isspace():
            wanted = line.split("==")[0].strip() in names
        if wanted:
            blocks.append(line)
    return "\n".join(blocks) + "\n"


def reason(output):
    """The first line with which pip says what went wrong, without addresses, at most 200 characters."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error:")] or lines[-1:] or ["no message was given"]
    words = [word for word in errors[0].split() if "://" not in word]
    return " ".join(words)[:200].rstrip(".")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
