"""axe-core, which others wrote, finds nothing to mend in the page; see https://www.deque.com/axe."""

import importlib.resources
import shutil

import pytest
from chromium import program

from harness.report import write_comparison

pytestmark = pytest.mark.skipif(program() is None, reason="there is no Chromium on this machine")

FINDINGS = """axe.run({resultTypes: ["violations"]}).then(found => found.violations.flatMap(
    one => one.nodes.map(node => `${one.id} (${one.impact}): ${node.html.slice(0, 120)}`)))"""
RULES = "axe.getRules().length"


@pytest.fixture(scope="module")
def compared(reported, tmp_path_factory):
    """The page of two runs side by side."""
    root = tmp_path_factory.mktemp("compared")
    other = shutil.copytree(reported, root / "other")
    return write_comparison([reported, other], root / "side-by-side")


@pytest.fixture(params=["report", "comparison"])
def page(request, reported, compared):
    return reported / "report.html" if request.param == "report" else compared


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(chromium, page, width, scheme):
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    features = [
        {"name": "prefers-color-scheme", "value": scheme},
        {"name": "prefers-reduced-motion", "value": "reduce"},
    ]
    try:
        chromium.ask("Emulation.setDeviceMetricsOverride", **size)
        chromium.ask("Emulation.setEmulatedMedia", features=features)
        chromium.open(page)
        chromium.run("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        findings = examined(chromium)
    finally:
        chromium.ask("Emulation.clearDeviceMetricsOverride")
        chromium.ask("Emulation.setEmulatedMedia", features=features[1:])
    assert findings == []


def test_axe_finds_what_is_wrong(chromium, reported):
    chromium.open(reported / "report.html")
    chromium.run("document.querySelector('img[alt]').removeAttribute('alt')")
    chromium.run("document.documentElement.removeAttribute('lang')")
    assert {one.partition(" ")[0] for one in examined(chromium)} == {"image-alt", "html-has-lang"}


def examined(chromium):
    """Return a line for each finding of axe in the page as it is."""
    script = importlib.resources.files("axe_core_python").joinpath("axe.min.js")
    chromium.run(f"{script.read_text(encoding='utf-8')}; undefined")
    assert chromium.run(RULES) > 50
    return chromium.run(FINDINGS)
