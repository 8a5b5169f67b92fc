"""The files from which a user's own are made."""

from jinja2 import Environment, PackageLoader, StrictUndefined


def templates() -> Environment:
    """Return them; one that names what it is not given is an error."""
    return Environment(
        loader=PackageLoader("harness.cli.scaffold"),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,
    )
