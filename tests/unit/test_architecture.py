"""The rules of the house: who imports what, how large things are, which stage a module belongs to."""

import ast
from pathlib import Path

import pytest

from pilot_analysis.workflow import SOURCE, STAGES, modules_of

PROJECT = Path(__file__).parents[2]
PACKAGE = PROJECT / SOURCE
MODULES = sorted(PACKAGE.rglob("*.py"))
FORBIDDEN = {
    "schemas": {"intake", "derive", "models", "estimate", "release", "present", "report", "io", "step"},
    "derive": {"intake", "models", "estimate", "release", "present", "report", "io", "step", "matplotlib", "snakemake"},
    "models": {"intake", "derive", "estimate", "release", "present", "report", "io", "step", "matplotlib", "snakemake"},
    "estimate": {
        "intake",
        "derive",
        "agreement",
        "release",
        "present",
        "report",
        "io",
        "step",
        "matplotlib",
        "snakemake",
    },
    "agreement": {"intake", "derive", "release", "present", "report", "io", "step", "matplotlib", "snakemake"},
    "release": {"intake", "derive", "models", "estimate", "present", "report", "io", "step", "matplotlib", "snakemake"},
    "present": {"intake", "derive", "models", "estimate", "release", "report", "io", "step", "snakemake", "scipy"},
    "report": {"intake", "derive", "models", "estimate", "release", "io", "step", "snakemake", "scipy"},
    "intake": {"derive", "models", "estimate", "release", "present", "report", "matplotlib", "snakemake"},
    "synthetic": {"intake", "derive", "estimate", "release", "present", "report", "matplotlib", "snakemake"},
    "check": {
        "derive",
        "models",
        "estimate",
        "release",
        "present",
        "report",
        "step",
        "synthetic",
        "matplotlib",
        "snakemake",
    },
    "sign": {"intake", "derive", "models", "estimate", "present", "report", "matplotlib", "snakemake"},
    "trace": {"models", "estimate", "present", "report", "matplotlib", "snakemake"},
    "messages": {"intake", "derive", "models", "estimate", "release", "present", "report", "io"},
}


def forbidden(folder: str) -> set[str]:
    """As `imported` writes them: ours with a dot."""
    others = {"matplotlib", "snakemake", "scipy"}
    return {name if name in others else f".{name}" for name in FORBIDDEN[folder]}


def imported(path: Path) -> set[str]:
    """Ours as `.name`, others by their top name, wherever in the file they are imported."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    ours = {"." + name.split(".")[1] for name in names if name.startswith("pilot_analysis.")}
    return ours | {name.split(".")[0] for name in names if not name.startswith("pilot_analysis")}


@pytest.mark.parametrize("folder", sorted(FORBIDDEN))
def test_a_folder_imports_only_what_its_place_in_the_flow_allows(folder):
    for path in (PACKAGE / folder).rglob("*.py"):
        assert not imported(path) & forbidden(folder), path.name


def test_the_check_of_imports_sees_an_import(tmp_path):
    module = tmp_path / "module.py"
    module.write_text("def f():\n    from pilot_analysis import io\n    import matplotlib.pyplot as plt\n")
    assert imported(module) == {".io", "matplotlib"}


def test_snakemake_is_seen_by_scripts_only():
    users = [path for path in MODULES if "snakemake" in imported(path)]
    assert [path.name for path in users] == ["workflow.py"]  # for its WorkflowError, at parse time


def test_scripts_are_thin():
    scripts = sorted((PROJECT / "workflow" / "scripts").glob("*.py"))
    assert scripts
    for path in scripts:
        assert len(path.read_text().splitlines()) <= 30, path.name


def test_every_script_has_a_rule_of_its_name():
    rules = "\n".join(path.read_text() for path in (PROJECT / "workflow" / "rules").glob("*.smk"))
    for path in (PROJECT / "workflow" / "scripts").glob("*.py"):
        assert f'"../scripts/{path.name}"' in rules
        assert f"rule {path.stem}:" in rules or f'f"{path.stem}_' in rules, path.stem


def test_sizes_stay_readable():
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        assert text.count("\n") <= 400, path.name
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                assert node.end_lineno - node.lineno + 1 <= 60, f"{path.name}: {node.name}"
    for path in (PROJECT / "workflow").rglob("*.smk"):
        assert path.read_text().count("\n") <= 100, path.name


def test_public_functions_and_modules_have_docstrings():
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert ast.get_docstring(tree), path
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                assert ast.get_docstring(node), f"{path.name}: {node.name}"


def test_every_module_belongs_to_a_stage():
    """A module that no stage names would not rerun anything when it changes."""
    staged = {file for stage in STAGES for file in modules_of(stage)}
    outside = {f"{SOURCE}/{name}" for name in ("__init__.py", "cli.py", "workflow.py", "schemas/__init__.py")}
    outside |= {f"{SOURCE}/schemas/{name}" for name in ("dictionary.py", "config.schema.yaml")}
    # `pilot-analysis check` is run beside the workflow, before a delivery is taken: no output of a stage depends on it.
    # `pilot-analysis trace` reads a finished run and prints: no output of a stage depends on it.
    outside |= {
        f"{SOURCE}/trace/{name}"
        for name in ("__init__.py", "case.py", "case_text.py", "job.py", "result.py", "result_text.py")
    }
    outside |= {f"{SOURCE}/check/{name}" for name in ("__init__.py", "job.py", "page.py", "words.py")}
    outside |= {f"{SOURCE}/check/templates/{name}" for name in ("check.html", "check.css")}
    files = {
        path.relative_to(PROJECT).as_posix()
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert files - staged == outside & files


def test_stages_name_the_packages_that_their_modules_import():
    """A stage lists every folder of ours that its folders import, so that a change there reruns it."""
    for stage, parts in STAGES.items():
        folders = {part for part in parts if (PACKAGE / part).is_dir()}
        for folder in folders:
            used = set().union(*(imported(path) for path in (PACKAGE / folder).rglob("*.py")))
            needed = {name[1:] for name in used if name[0] == "." and (PACKAGE / name[1:]).is_dir()} - {"schemas"}
            assert needed <= folders, f"{stage}: {folder} imports {needed - folders}"
