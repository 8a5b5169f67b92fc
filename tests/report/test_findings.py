import pandas as pd
import pytest
from synthetic_cast import HEAVY
from synthetic_run import write_comparisons_again

from harness.report.page.troubles import failed_cells, failures
from harness.report.sentences import answer, best_derainer
from harness.run_folder.run_data import read_run


@pytest.fixture
def changed(copy_of_run):
    """Return the run after a change of its summary."""

    def change(edit):
        path = copy_of_run / "summary.csv"
        summary = pd.read_csv(path)
        summary = edit(summary)
        summary.to_csv(path, index=False)
        write_comparisons_again(copy_of_run)
        return read_run(copy_of_run)

    return change


def test_the_hardest_rain_set_leads(run):
    found = answer(run)
    assert found.lead.startswith(f"On {HEAVY}, rain costs the detector 57% of its AP")
    assert len(found.others) == 1 and "26% of its AP" in found.others[0]
    assert "5 of 35 cells have images that failed" in found.lead


def test_the_best_is_complete(run, changed):
    def prenet_leads(summary):
        mine = (summary["derainer"] == "prenet") & (summary["metric"] == "ap")
        summary.loc[mine, "value"] = 0.54
        return summary

    detection = next(task for task in run.tasks if task.name == "detection")
    assert best_derainer(changed(prenet_leads), HEAVY, detection) == "rdmc"


def test_deraining_that_only_harms_is_told(changed):
    def harm(summary):
        derained = ~summary["derainer"].isin(["rainy", "clean"])
        summary.loc[derained & (summary["metric"] == "ap"), "value"] = 0.1
        return summary

    lead = answer(changed(harm)).lead
    assert "no derainer gives any of it back" in lead and "costs a further" in lead


def test_rain_without_a_cost_is_told(changed):
    def no_cost(summary):
        rainy = summary["derainer"] == "rainy"
        summary.loc[rainy & (summary["metric"] == "ap"), "value"] = 0.549
        return summary

    assert (
        "rain costs the detector nothing that could be given back" in answer(changed(no_cost)).lead
    )


def test_without_references_the_best_is_named(changed):
    found = answer(changed(lambda rows: rows[~rows["derainer"].isin(["rainy", "clean"])]))
    assert f"On {HEAVY}, the detector does best after RDMC (AP 0.462)." in found.lead


def test_restoration_alone_is_told(changed):
    found = answer(changed(lambda rows: rows[rows["task"] == "restoration"]))
    assert "RDMC restores best: PSNR-Y" in found.lead


def test_a_run_without_figures_says_so(changed):
    found = answer(changed(lambda rows: rows[rows["metric"] == "failed"]))
    assert "No figure came out of this run" in found.lead


def test_failures_are_gathered_by_cause(run):
    light, heavy = failed_cells(failures(run))
    assert (light.derainer, light.images) == ("lightnet", 12)
    ((cause, images),) = light.causes  # of each its own file, which is one cause
    assert images[0] in cause and len(images) == 12
    assert heavy.tasks == ("restoration", "detection", "segmentation")
    assert heavy.causes == (
        (
            "restore returned 17 values that are NaN or infinite",
            ("stree/street 03", "stree/street 04"),
        ),
    )
