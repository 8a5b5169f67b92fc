"""The committed tables of Rain100L hold what the authors' own networks give on the same files.

The expected figures were made with the authors' code and weights, none of ours.
"""

import json
from pathlib import Path

import pandas as pd
import pytest

REFERENCE = Path(__file__).parent.parent / "results" / "reference"
ROUND, FLOOR = "restoration (rounded)", "restoration"

ALL_PAIRS = {  # PSNR-Y and SSIM-Y rounded, the same truncated
    "PReNet": (37.630, 0.9795, 37.464, 0.9792),
    "PReNet_r": (37.207, 0.9776, 37.091, 0.9773),
    "PRN": (37.059, 0.9773, 36.970, 0.9772),
    "PRN_r": (36.130, 0.9726, 36.088, 0.9725),
    "BRN": (38.253, 0.9819, 38.158, 0.9817),
}
MAXIM = (38.438, 38.160)
"""PSNR-Y over all pairs, rounded and truncated, by the graph that holds the authors' weights."""
FIRST_20 = {
    "RESCAN (RainLight)": (39.494, 0.9821, 39.293, 0.9818),
    "RESCAN (RainHeavy)": (32.533, 0.9499, 32.220, 0.9497),
    "SPANet (RainLight)": (37.786, 0.9785, 37.837, 0.9785),
    "SPANet (RainHeavy)": (33.030, 0.9557, 32.922, 0.9556),
    "SPANet (SPA-Data)": (29.811, 0.9038, 29.817, 0.9037),
    "VRGNet": (37.654, 0.9766, 37.567, 0.9762),
    "VRGNet (SPA-Data)": (29.094, 0.8897, 29.036, 0.8896),
    "SAPNet (Rain100H)": (33.544, 0.9578, 33.294, 0.9577),
    "UMRL (Rain800)": (26.535, 0.8803, 26.467, 0.8800),
}
DPENET = {  # likewise of the first twenty, from the records
    "DPENet": (39.621, 0.9839, 39.551, 0.9837),
    "DPENet (Rain800)": (29.300, 0.9036, 29.284, 0.9037),
    "DPENet (Rain1400)": (27.378, 0.8456, 27.362, 0.8455),
}
RAINY = {"rain100l": (26.90, 0.8384), "rain100l-first-20": (26.178, 0.8138)}


def figures(folder: str, derainer: str, images: int) -> list[float]:
    """Return PSNR-Y and SSIM-Y of a derainer, rounded and truncated, over so many images."""
    summary = pd.read_csv(REFERENCE / folder / "summary.csv")
    rows = summary.set_index(["derainer", "task", "metric"]).loc[derainer]
    found = [rows.loc[(task, name)] for task in (ROUND, FLOOR) for name in ("psnr_y", "ssim_y")]
    for row, quantiser in zip(found, ("round", "round", "floor", "floor"), strict=True):
        assert row["n"] == images
        assert f"quant:{quantiser}" in row["signature"]
    return [float(row["value"]) for row in found]


@pytest.mark.parametrize("derainer", ALL_PAIRS)
def test_a_hundred_pairs(derainer: str) -> None:
    measured, expected = figures("rain100l", derainer, 100), ALL_PAIRS[derainer]
    assert measured[::2] == pytest.approx(expected[::2], abs=0.01)
    assert measured[1::2] == pytest.approx(expected[1::2], abs=0.0002)


@pytest.mark.parametrize("derainer", FIRST_20)
def test_the_first_twenty_pairs(derainer: str) -> None:
    measured, expected = figures("rain100l-first-20", derainer, 20), FIRST_20[derainer]
    assert measured[::2] == pytest.approx(expected[::2], abs=0.02)
    assert measured[1::2] == pytest.approx(expected[1::2], abs=0.0003)


@pytest.mark.parametrize("folder", RAINY)
def test_the_rainy_pictures_are_the_ones_that_the_authors_had(folder: str) -> None:
    measured = figures(folder, "rainy", 100 if folder == "rain100l" else 20)
    assert measured[:2] == measured[2:]
    assert measured[0] == pytest.approx(RAINY[folder][0], abs=0.005)
    assert measured[1] == pytest.approx(RAINY[folder][1], abs=0.0002)


@pytest.mark.parametrize("folder", [*RAINY, "rain100l-2022"])
def test_they_are_of_one_clean_revision_and_complete(folder: str) -> None:
    manifest = json.loads((REFERENCE / folder / "manifest.json").read_text())
    assert manifest["git"]["dirty"] is False
    assert "failed" not in set(pd.read_csv(REFERENCE / folder / "summary.csv")["metric"])


def test_published_figures_stand_beside_with_the_difference() -> None:
    table = pd.read_csv(REFERENCE / "rain100l" / "tables" / "published.csv")
    measured = table[f"measured, {FLOOR}/psnr"].notna()  # below them stands what others measured
    rows = table[measured].set_index("derainer")
    assert set(ALL_PAIRS) <= set(rows.index)
    for derainer in ALL_PAIRS:
        difference = rows.loc[derainer, f"difference, {FLOOR}/psnr"]
        published = rows.loc[derainer, "published/psnr"]
        assert difference == pytest.approx(figures("rain100l", derainer, 100)[2] - published)
        assert abs(difference) < 0.03  # truncation is what the papers did


def test_every_derainer_has_its_cost() -> None:
    text = (REFERENCE / "rain100l" / "efficiency.json").read_text()
    measured = json.loads(text)
    assert (measured["height"], measured["width"]) == (320, 480)
    manifest = json.loads((REFERENCE / "rain100l" / "manifest.json").read_text())
    names = [one["name"] for one in manifest["derainers"] if one["bound"] is None]
    assert [cost["name"] for cost in measured["costs"]] == names
    for cost in measured["costs"]:
        assert cost["milliseconds"] and cost["peak_bytes"] and not cost["error"]


def test_maxim_over_a_hundred_pairs() -> None:
    measured = figures("rain100l-2022", "MAXIM-2S (Rain13K)", 100)
    assert measured[::2] == pytest.approx(MAXIM, abs=0.02)


@pytest.mark.parametrize("derainer", DPENET)
def test_dpenet_over_the_first_twenty_pairs(derainer: str) -> None:
    found = []
    for task in (ROUND, FLOOR):
        rows = pd.read_parquet(REFERENCE / "rain100l-2022" / "records" / f"{task}.parquet")
        of_one = rows[rows["derainer"] == derainer].set_index("image").sort_index()[:20]
        assert of_one.index.tolist() == [f"rain-{number:03}" for number in range(1, 21)]
        found += [of_one["psnr_y"].mean(), of_one["ssim_y"].mean()]
    assert found[::2] == pytest.approx(DPENET[derainer][::2], abs=0.02)
    assert found[1::2] == pytest.approx(DPENET[derainer][1::2], abs=0.0003)
