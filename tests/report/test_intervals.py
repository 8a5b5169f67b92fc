import numpy as np
import pandas as pd
import pytest
from scipy.stats import bootstrap
from synthetic_run import HEAVY, LIGHT

from harness.run_folder.run_data import read_run
from harness.statistics.recovery import share_of
from harness.statistics.resampling import mean_interval, mean_iou, share_intervals


def test_interval_of_a_mean_is_near_scipys():
    values = np.random.default_rng(3).normal(1.0, 2.0, 80)
    theirs = bootstrap(
        (values,), np.mean, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    ours = mean_interval(values)
    assert ours.low == pytest.approx(theirs.low, abs=0.06)
    assert ours.high == pytest.approx(theirs.high, abs=0.06)


def test_one_image_has_no_interval():
    assert mean_interval(np.ones(1)) is None


def test_mean_iou_by_counting_pixels():
    rng = np.random.default_rng(0)
    truth, found = rng.integers(0, 3, 500), rng.integers(0, 3, 500)
    matrix = np.zeros((4, 4))  # the fourth class occurs nowhere
    np.add.at(matrix, (truth, found), 1)
    ious = [
        ((truth == one) & (found == one)).sum() / ((truth == one) | (found == one)).sum()
        for one in range(3)
    ]
    assert mean_iou(matrix) == pytest.approx(np.mean(ious))


def test_predictions_of_unknown_classes_are_misses():
    matrix = np.array([[6.0, 1.0, 3.0], [0.0, 4.0, 0.0]])  # the third column is no class
    assert mean_iou(matrix) == pytest.approx((6 / 10 + 4 / 5) / 2)


def test_intervals_hold_the_share_and_leave_incomplete_cells_out(run):
    task = next(one for one in run.tasks if one.name == "segmentation")
    intervals = share_intervals(run, HEAVY, task)
    assert intervals.keys() == {"rdmc", "lightnet", "oldfilter", "a&b_<net>"}  # prenet failed on 2
    for name, (low, high) in intervals.items():
        assert low < share_of(run, HEAVY, name, "segmentation", "miou") < high
    assert share_intervals(run, LIGHT, task) == {}


def test_no_interval_where_records_do_not_reproduce_the_summary(copy_of_run):
    summary = pd.read_csv(copy_of_run / "summary.csv")
    wrong = (summary["metric"] == "miou") & (summary["derainer"] == "rdmc")
    summary.loc[wrong, "value"] += 0.01
    summary.to_csv(copy_of_run / "summary.csv", index=False)
    run = read_run(copy_of_run)
    task = next(one for one in run.tasks if one.name == "segmentation")
    assert "rdmc" not in share_intervals(run, HEAVY, task)
