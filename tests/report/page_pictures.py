"""Takes the pictures of the report's page that README and docs/page.md show, from a finished run.

    python tests/report/page_pictures.py results/streets docs/images

Needs Chromium. The run is that of the built-in benchmark.
"""

import argparse
import base64
import io
from pathlib import Path

from chromium import Chromium
from PIL import Image

WIDE, NARROW = 1280, 400


def photograph(browser, page, out, width, scheme, prepare, box, scale=1.0):
    """Take a picture of a part of the page.

    Args:
        browser: A `Chromium`.
        page: The page's file.
        out: Where the picture goes.
        width: Of the window, in pixels.
        scheme: ``light`` or ``dark``.
        prepare: Script that makes the page as it is to be seen.
        box: Script that gives left, top, width and height of the part, in pixels of the page.
        scale: By which the picture is made smaller.
    """
    size = {"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.ask("Emulation.setDeviceMetricsOverride", **size)
    features = [
        {"name": "prefers-color-scheme", "value": scheme},
        {"name": "prefers-reduced-motion", "value": "reduce"},
    ]
    browser.ask("Emulation.setEmulatedMedia", features=features)
    browser.open(page)
    browser.run(f"(async () => {{ {prepare} }})()")
    browser.run("new Promise(done => setTimeout(done, 500))")
    left, top, wide, high = browser.run(box)
    clip = {"x": left, "y": top, "width": wide, "height": high, "scale": scale}
    shot = browser.ask("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)
    Image.open(io.BytesIO(base64.b64decode(shot["data"]))).convert("RGB").save(out, optimize=True)


def part(selector, height):
    """Return a script that gives so many pixels of the page from an element on."""
    return (
        f"(() => {{ const box = document.querySelector('{selector}').getBoundingClientRect();"
        f"return [box.left - 12, box.top + scrollY, box.width + 24, {height}]; }})()"
    )


def choose(element, text):
    """Return a script that chooses the entry of a list whose text begins so."""
    return (
        f"{{ const list = document.querySelector('{element}');"
        f"list.selectedIndex = [...list.options].findIndex(one => one.text.startsWith('{text}'));"
        "list.dispatchEvent(new Event('change', {bubbles: true})); }"
    )


def main():
    """Take all of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    page = given.run / "report.html"
    images = "".join(
        choose(element, text)
        for element, text in (
            ("#of-set", "streets-heavy"),
            ("#by-metric", "restoration: PSNR-Y"),
            ("#by-how", "the largest gain"),
            ("#left-row", "Rainy"),
            ("#right-row", "RDMC-S"),
            ("#layer", "segmentation"),
        )
    )
    browser = Chromium()
    try:
        for name, width, scheme, prepare, box, scale in (
            ("report", 1280, "light", "", "[80, 0, 1120, 1300]", 0.8),
            ("page_wide_light", WIDE, "light", images, part("section:has(#browser)", 1330), 0.6),
            ("page_wide_dark", WIDE, "dark", "", part("#results", 1330), 0.6),
            (
                "page_narrow_light",
                NARROW,
                "light",
                images,
                part("section:has(#browser)", 1360),
                0.8,
            ),
            ("page_narrow_dark", NARROW, "dark", "", part("#results", 1360), 0.8),
        ):
            out = given.out / f"{name}.png"
            photograph(browser, page, out, width, scheme, prepare, box, scale)
            print(out)
    finally:
        browser.close()


if __name__ == "__main__":
    main()
