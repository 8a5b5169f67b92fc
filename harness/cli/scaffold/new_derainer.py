"""A package with a derainer: its names, and its files, each from a template of the same name."""

import importlib.util
import keyword
import re
import shlex
from pathlib import Path

from harness import __version__
from harness.cli.scaffold.template_files import templates
from harness.errors import ConfigError
from harness.images import write_bytes
from harness.plugins import registry

NAME_PATTERN = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")

FILES = {
    "pyproject.toml": "pyproject.toml",
    "README.md": "README.md",
    "run.yaml": "run.yaml",
    "train.yaml": "train.yaml",
    ".gitignore": "gitignore",
    "src/{module}/__init__.py": "init.py",
    "src/{module}/derainer.py": "derainer.py",
    "src/{module}/network.py": "network.py",
    "tests/test_{module}.py": "test.py",
}
"""The files of a package, and the template of each."""


class NewDerainer:
    """The names of a derainer that is to be written.

    Args:
        name: In lower case, its words joined by hyphens or underscores.

    Attributes:
        name: With hyphens: as a configuration and the package index call it.
        module: With underscores: as Python imports it.
        title: Its words in capitals, as the tables call it until you know better.
        stem: The beginning of its classes' names.

    Raises:
        ConfigError: If the name is malformed, taken, or would hide another module.

    >>> new = NewDerainer("my_derainer")
    >>> new.name, new.module, new.derainer_class, new.network_class
    ('my-derainer', 'my_derainer', 'MyDerainer', 'MyNetwork')
    """

    def __init__(self, name: str) -> None:
        if not NAME_PATTERN.fullmatch(name):
            raise ConfigError(
                f"{name!r} is no name for a package: use lower-case letters and digits, the words "
                "joined by hyphens, as in my-derainer"
            )
        self.name, self.module = name.replace("_", "-"), name.replace("-", "_")
        self.title = "".join(word.capitalize() for word in self.name.split("-"))
        self.stem = self.title.removesuffix("Derainer") or "Own"
        known = {one.lower().replace("_", "-") for one in registry.names("derainers")}
        if self.name in known:
            raise ConfigError(f"{self.name}: a derainer of this name is registered; choose another")
        if keyword.iskeyword(self.module) or importlib.util.find_spec(self.module) is not None:
            raise ConfigError(
                f"{self.name}: Python has a module or word {self.module!r} already; choose another"
            )
        if self.stem == "Network":
            raise ConfigError(
                f"{self.name}: its class would be called NetworkDerainer, as its base is; "
                "choose another"
            )

    @property
    def derainer_class(self) -> str:
        """The name of the derainer's class."""
        return f"{self.stem}Derainer"

    @property
    def network_class(self) -> str:
        """The name of the network's class."""
        return f"{self.stem}Network"

    def next_steps(self, directory: Path) -> str:
        """Return what to do once the package stands in a folder."""
        folder = shlex.quote(str(directory))
        return (
            f"made {folder}; next, in the environment of the benchmark:\n"
            f"  cd {folder}\n"
            "  pip install -e .\n"
            "  python -m pytest\n"
            "  rdmc-bench run run.yaml\n"
            f"then put your network into src/{self.module}/network.py "
            f"and its facts into src/{self.module}/derainer.py"
        )


def write_package(new: NewDerainer, directory: Path) -> list[Path]:
    """Write a package that installs, passes its tests, runs and can be trained.

    Args:
        new: Its names.
        directory: A folder that does not exist yet.

    Returns:
        The files.

    Raises:
        ConfigError: If the folder, or a file of that name, exists.
    """
    if directory.exists():
        raise ConfigError(f"{directory}: exists already; give another folder with --out")
    paths = []
    for file, template in FILES.items():
        text = templates().get_template(f"{template}.in").render(new=new, version=__version__)
        path = directory / file.format(module=new.module)
        write_bytes(path, text.encode())
        paths.append(path)
    return paths
