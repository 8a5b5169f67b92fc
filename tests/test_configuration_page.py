"""The page about configurations names every key there is."""

from pathlib import Path

from harness.config import RunConfig

PAGE = (Path(__file__).parent.parent / "docs" / "configuration.md").read_text()


def test_every_key_is_told() -> None:
    told = [line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| `")]
    for key in RunConfig.model_fields:
        assert any(f"`{key}`" in cell for cell in told), key
