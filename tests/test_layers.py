"""Imports run one way: from the command down to the files that a plugin touches."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

LAYERS = (
    ("run_benchmark",),
    ("harness.cli",),
    ("harness.training.ablation", "harness.check"),
    ("harness.run", "harness.training", "harness.cost", "harness.exporting"),
    ("harness.report", "harness.results"),
    ("tasks", "baselines", "harness.rain_sets"),
    ("harness.streets",),
    ("harness.statistics",),
    ("harness.run_folder", "harness.plugins"),
    ("harness",),
)
"""From above; a module may import its own layer's package and any layer below."""


def package_of(module: str) -> str:
    """Return the longest listed package that a module lies in."""
    names = [name for layer in LAYERS for name in layer]
    fitting = [name for name in names if module == name or module.startswith(f"{name}.")]
    return max(fitting, key=len)


def level_of(package: str) -> int:
    return next(index for index, layer in enumerate(LAYERS) if package in layer)


def module_name(path: Path) -> str:
    name = path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
    return name.removesuffix(".__init__")


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            below = [f"{node.module}.{one.name}" for one in node.names]
            found |= {one for one in below if (ROOT / f"{one.replace('.', '/')}.py").is_file()}
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
    return {one for one in found if one.split(".")[0] in {"harness", "baselines", "tasks"}}


FILES = [
    ROOT / "run_benchmark.py",
    *(path for name in ("harness", "baselines", "tasks") for path in ROOT.glob(f"{name}/**/*.py")),
]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_imports_run_down(path: Path) -> None:
    own = package_of(module_name(path))
    for imported in imports(path):
        other = package_of(imported)
        assert other == own or level_of(other) > level_of(own), f"imports {imported}"


@pytest.mark.parametrize("folder", ["tasks", "baselines"])
def test_a_derainer_or_task_imports_the_root_and_nothing_above_it(folder: str) -> None:
    for path in ROOT.glob(f"{folder}/**/*.py"):
        above = {one for one in imports(path) if package_of(one) not in {"harness", folder}}
        assert not above, path


def test_no_two_files_share_a_name_with_other_meanings() -> None:
    names: dict[str, list[str]] = {}
    for path in FILES:
        if path.name != "__init__.py":
            names.setdefault(path.name, []).append(path.relative_to(ROOT).as_posix())
    shared = {name: where for name, where in names.items() if len(where) > 1}
    # A derainer's own file is named so in every package that holds one.
    assert shared.keys() <= {"derainer.py"}, shared
