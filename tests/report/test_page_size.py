"""The page of two hundred images stays small enough for a mail and a telephone."""

import os

import pandas as pd
import pytest
from synthetic_cast import DERAINERS, HEAVY, image_ids

from harness.images import slug
from harness.report.page.run_page import Plot, report_page
from harness.report.run_report import gather
from harness.run_folder.previews import drawings_folder, preview_path
from harness.run_folder.run_data import read_run

IMAGES = 200
MOST = 15_000_000
PLOTS = Plot("recovered", "data:image/svg+xml;base64," + "A" * 1_000_000, 940, 400, "Says", "-")
"""A megabyte, which the plots of four rain sets take."""


def grow(root):
    """Repeat the rows and pictures of the heavy rain until it has `IMAGES` images."""
    ids = image_ids(HEAVY)
    copies = {f"{ids[at % len(ids)]} {at}": ids[at % len(ids)] for at in range(len(ids), IMAGES)}
    for path in (root / "records").glob("*.parquet"):
        rows = pd.read_parquet(path)
        of_image = dict(iter(rows[rows["rain_set"] == HEAVY].groupby("image")))
        more = [of_image[source].assign(image=copy) for copy, source in copies.items()]
        if of_image:
            pd.concat([rows, *more], ignore_index=True).to_parquet(path)
    for derainer in DERAINERS:
        small = preview_path(root, HEAVY, derainer, ids[0]).parent
        for folder in (small, drawings_folder(root, HEAVY, "segmentation", derainer)):
            for copy in copies:
                os.link(folder / f"{slug(ids[0])}.webp", folder / f"{slug(copy)}.webp")


@pytest.fixture
def page(copy_of_run):
    grow(copy_of_run)
    run = read_run(copy_of_run)
    return report_page(run, gather(run, [PLOTS]))


def test_a_page_of_200_images_stays_under_15_megabytes(page):
    assert 10_000_000 < len(page.encode()) < MOST
    linked = page.count('"previews/')
    embedded = page.count("data:image/webp;base64,")
    assert embedded > 500 and linked > 100  # most of the pictures are there, the others linked
    assert page.count("true") > 1000  # drawings, which are all linked
