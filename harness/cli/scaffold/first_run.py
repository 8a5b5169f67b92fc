"""`init`: a commented configuration to begin with, which runs as it is."""

import json
from pathlib import Path

from harness.cli.scaffold.template_files import templates
from harness.errors import ConfigError
from harness.images import write_bytes
from harness.names import check_folder_name

TEMPLATE = "first_run.yaml.in"


def write_first_run(path: Path) -> None:
    """Write the configuration of a first run.

    Args:
        path: The file, whose name without the extension is the run's.

    Raises:
        ConfigError: If something is there, or no run can be named so.
    """
    if path.exists() or path.is_symlink():
        raise ConfigError(f"{path}: is there already, and stays as it is; name another file")
    try:
        name = check_folder_name(path.stem)
    except ValueError as error:
        raise ConfigError(f"{path}: {error}; name another file") from error
    if not path.parent.is_dir():
        raise ConfigError(f"{path}: there is no folder {path.parent}; make it first")
    quoted = json.dumps(name, ensure_ascii=False)  # as YAML has it too
    text = templates().get_template(TEMPLATE).render(name=name, quoted=quoted, file=path.name)
    write_bytes(path, text.encode())
