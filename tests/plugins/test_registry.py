import subprocess
import sys

import pytest

from harness.errors import ConfigError
from harness.plugins import registry


def test_a_typo_gets_the_nearest_name() -> None:
    with pytest.raises(ConfigError, match="no derainer is named 'prenett'; did you mean 'prenet'"):
        registry.load("derainers", "prenett")


def test_naming_one_derainer_imports_no_other() -> None:
    code = (
        "import sys; from harness.plugins import registry; registry.load('derainers', 'rainy'); "
        "print([name for name in sys.modules if name.startswith(('baselines.p', 'mmdet'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_entry_that_does_not_import_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = {"broken": "no_such_module:Derainer"}
    monkeypatch.setitem(registry.BUILT_IN, "derainers", broken)  # type: ignore[arg-type]
    with pytest.raises(registry.PluginError, match=r"broken: no_such_module:Derainer does not"):
        registry.load("derainers", "broken")


@pytest.mark.parametrize("kind", ["derainers", "rain-sets", "tasks"])
def test_every_built_in_entry_imports(kind: registry.Kind) -> None:
    assert all(callable(registry.load(kind, name)) for name in registry.BUILT_IN[kind])
