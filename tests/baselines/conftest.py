from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def authors_weights(bench_data: Path) -> Path:
    """The folder of weights that others published."""
    folder = bench_data.parent / "weights"
    if not (folder / "prenet_rain100l.pth").is_file():
        pytest.skip(f"{folder} holds no published weights")
    return folder
