import pytest

from harness.streets.scenes.scene import Rendering, render


@pytest.fixture(scope="session")
def renderings() -> list[Rendering]:
    return [render(seed) for seed in range(36)]
