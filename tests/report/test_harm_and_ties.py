"""What a new user was once told wrongly: praise of harm, limits unseen, shares of noise."""

import re
from pathlib import Path
from typing import Any

import pytest

from harness.metric import Metric
from harness.report.sentences import answer
from harness.report.tables.against_rain import paired_table, recovered_table
from harness.report.tables.measured import joint_table
from harness.report.tables.model import HARM
from harness.report.terminal import printed_results
from harness.run_folder.manifest import DerainerEntry, Manifest, RainSetEntry, TaskEntry
from harness.run_folder.run_data import RunData
from harness.run_folder.summary import Comparison, Correlation, Figure, Pair

DERAINERS = (
    DerainerEntry(name="rainy", bound="lower"),
    DerainerEntry(name="clean", bound="upper"),
    DerainerEntry(name="Theirs"),
    DerainerEntry(name="Ours"),
)
PSNR = Metric("PSNR-Y", digits=2, unit="dB", higher_is_better=True)
AP = Metric("AP50", higher_is_better=True)
PICTURES = TaskEntry(
    name="restoration", kind="restoration", headline=("psnr_y",), metrics={"psnr_y": PSNR}
)
DETECTION = TaskEntry(
    name="detection",
    kind="detection",
    headline=("ap50",),
    metrics={"ap50": AP},
    looks_at="perception",
    can_lose=True,
    judge="the detector",
)


def run(
    task: TaskEntry,
    values: dict[str, float],
    compared: dict[str, dict[str, float]] | None = None,
    p_of_pair: float | None = None,
    images: int = 40,
    in_all: int = 40,
    **known: Any,
) -> RunData:
    """Return a run of one task, with what was found of its derainers."""
    (name,) = task.headline
    figures = [
        Figure("Set", one, task.name, name, value, images, "v:1", value - 0.1, value + 0.1)
        for one, value in values.items()
    ]
    comparisons = [
        Comparison("Set", one, task.name, name, images, **facts)
        for one, facts in (compared or {}).items()
    ]
    pairs = []
    if p_of_pair is not None:
        ahead = values["Theirs"] - values["Ours"]
        ends = (ahead - 1, ahead + 1)
        place = ("Set", task.name, name, "Theirs", "Ours")
        pairs = [Pair(*place, images, ahead, *ends, p_of_pair, p_of_pair, p_of_pair)]
    manifest = Manifest(
        name="run",
        derainers=DERAINERS,
        rain_sets=(RainSetEntry(name="Set", images=images, images_in_all=in_all),),
        tasks=(task,),
    )
    return RunData(Path("nowhere"), manifest, figures, comparisons, pairs, **known)


HARMFUL = {"rainy": 30.05, "Theirs": 27.44, "Ours": 25.0}
HARM_FOUND = {
    "Theirs": {"gain": -2.61, "p_holm": 0.001, "harmed": 0.9},
    "Ours": {"gain": -5.05, "p_holm": 0.2, "harmed": 1.0},
}


def test_the_best_of_those_that_harm_is_not_praised() -> None:
    lead = answer(run(PICTURES, HARMFUL, HARM_FOUND)).lead
    assert "restores best" not in lead
    assert (
        "every derainer harms: the best, Theirs, leaves a PSNR-Y of 27.44 dB, against 30.05 dB of "
        "the rainy input" in lead
    )
    assert "This stands on 40 images." in lead


def test_of_few_images_no_harm_is_claimed() -> None:
    found = {name: {"gain": one["gain"]} for name, one in HARM_FOUND.items()}
    few = run(PICTURES, HARMFUL, found, images=3, in_all=3)
    lead = answer(few).lead
    assert "harm" not in lead
    assert "no derainer has a better PSNR-Y than the rainy input: the best, Theirs" in lead


def test_harm_is_marked_in_every_table_and_noted_with_how_sure_it_is() -> None:
    harmful = run(PICTURES, HARMFUL, HARM_FOUND)
    for table in (joint_table([harmful], "Set"), paired_table(harmful, "Set")):
        assert table is not None
        marked = {row.label for row in table.rows if HARM in row.cells[0].text}
        assert marked == {"Theirs", "Ours"}
        (note,) = [note for note in table.notes if note.startswith(HARM)]
        assert "beyond noise: Theirs (restoration PSNR-Y)" in note
        assert "within noise: Ours" in note
    shares = [row.cells[1].text for row in table.rows]
    assert [column.label for column in table.columns] == ["PSNR-Y gain", "images harmed"]
    assert shares == ["0.90", "1.00"]


def test_one_who_harms_beside_a_best_one_is_told() -> None:
    values = HARMFUL | {"Theirs": 33.0}
    found = HARM_FOUND | {"Theirs": {"gain": 2.95, "p_holm": 0.001}}
    lead = answer(run(PICTURES, values, found)).lead
    assert "Theirs is ahead in PSNR-Y: 33.00 dB" in lead
    assert "while Ours falls below the rain, within noise" in lead


@pytest.mark.parametrize(("p", "ranks"), [(0.3, [1, 1]), (0.01, [1, 2])])
def test_bold_are_the_best_and_those_that_it_does_not_beat(p: float, ranks: list[int]) -> None:
    values = {"rainy": 25.0, "clean": 99.0, "Theirs": 30.0, "Ours": 29.5}
    found = {one: {"gain": values[one] - 25, "p_holm": 0.001} for one in ("Theirs", "Ours")}
    tied = run(PICTURES, values, found, p)
    table = joint_table([tied], "Set")
    assert [row.cells[0].rank for row in table.rows[2:]] == ranks
    assert ("Ours is behind by no more than noise" in answer(tied).lead) == (p > 0.05)


def test_what_nobody_calls_better_or_worse_is_not_marked_as_harm() -> None:
    change = PICTURES.model_copy(update={"metrics": {"psnr_y": Metric("AP (pseudo: rainy)")}})
    table = joint_table([run(change, HARMFUL, HARM_FOUND)], "Set")
    assert not any(HARM in cell.text for row in table.rows for cell in row.cells)
    assert not any(note.startswith(HARM) for note in table.notes)


REAL = {"rainy": 0.365, "Theirs": 0.409, "Ours": 0.383}


@pytest.mark.parametrize(
    ("values", "gains", "said"),
    [
        (
            REAL,
            {"Theirs": {"gain": 0.044, "p_holm": 0.001}, "Ours": {"gain": 0.018, "p_holm": 0.3}},
            "the detector does best after Theirs (AP50 0.409, against 0.365 in the rain); Ours is "
            "behind by no more than noise.",
        ),
        (
            REAL | {"Ours": 0.2},
            {"Theirs": {"gain": 0.044, "p_holm": 0.2}, "Ours": {"gain": -0.165, "p_holm": 0.01}},
            "the detector does best after Theirs (AP50 0.409, against 0.365 in the rain, a gain "
            "within noise); Ours is behind by no more than noise, while Ours makes matters worse.",
        ),
        (
            REAL | {"Theirs": 0.3, "Ours": 0.2},
            {"Theirs": {"gain": -0.065, "p_holm": 0.01}, "Ours": {"gain": -0.165, "p_holm": 0.01}},
            "no derainer helps the detector: after the best, Theirs, the AP50 is 0.300, against "
            "0.365 in the rain; Ours is behind by no more than noise.",
        ),
    ],
)
def test_without_a_clean_row_a_task_is_told_against_the_rain(
    values: dict[str, float], gains: dict[str, dict[str, float]], said: str
) -> None:
    assert f"On Set, {said}" in answer(run(DETECTION, values, gains, p_of_pair=0.4)).lead


def test_of_many_derainers_a_sentence_names_some_and_counts_the_others() -> None:
    names = [f"Net {index}" for index in range(15)]
    values = {"rainy": 0.4} | {name: 0.3 - index / 100 for index, name in enumerate(names)}
    found = {name: {"gain": values[name] - 0.4, "p_holm": 0.001} for name in names}
    found["Net 0"], values["Net 0"] = {"gain": 0.1, "p_holm": 0.001}, 0.5
    many = run(DETECTION, values, found)
    cast = (DERAINERS[0], *(DerainerEntry(name=name) for name in names))
    manifest = many.manifest.model_copy(update={"derainers": cast})
    lead = answer(RunData(Path("nowhere"), manifest, many.figures, many.comparisons)).lead
    assert "while Net 14, Net 13, Net 12 and 11 more make matters worse" in lead
    table = joint_table([RunData(Path("nowhere"), manifest, many.figures, many.comparisons)], "Set")
    (note,) = [note for note in table.notes if note.startswith(HARM)]
    assert note.count("detection AP50") == 1 and all(name in note for name in names[1:])


def test_a_limit_is_seen_in_sentences_tables_and_on_the_terminal() -> None:
    limited = run(PICTURES, HARMFUL, images=3, in_all=100)
    assert "Only 3 of 100 images were judged, too few to tell" in answer(limited).lead
    table = joint_table([limited], "Set")
    assert any("n = 3 of 100 images" in note for note in table.notes)
    assert any("fewer than 10 images" in note for note in table.notes)
    assert {cell.rank for row in table.rows for cell in row.cells} == {0}
    assert "n = 3 of 100 images" in printed_results(limited)


def test_harm_is_told_where_rain_costs_nothing() -> None:
    values = {"rainy": 0.8, "clean": 0.8, "Theirs": 0.5, "Ours": 0.81}
    lead = answer(run(DETECTION, values, {"Theirs": {"gain": -0.3, "p_holm": 0.001}})).lead
    assert "nothing that could be given back" in lead
    assert "while Theirs makes matters worse" in lead


LOSS = {"rainy": 0.774, "clean": 0.8, "Theirs": 0.806, "Ours": 0.78}


def test_a_share_of_a_loss_within_noise_is_not_told() -> None:
    found = {
        "clean": {"gain": 0.026, "gain_low": -0.01, "gain_high": 0.06, "p_holm": 0.2},
        "Theirs": {"gain": 0.032, "p_holm": 0.2},
    }
    doubtful = run(DETECTION, LOSS, found)
    assert recovered_table(doubtful, "Set") is None
    lead = answer(doubtful).lead
    assert "gives back" not in lead and "what rain costs the detector is within noise" in lead
    assert "a loss of 0.026 [\N{MINUS SIGN}0.010, 0.060]" in lead


def test_a_share_stands_with_its_interval() -> None:
    found = {
        "clean": {"gain": 0.026, "gain_low": 0.01, "gain_high": 0.04, "p_holm": 0.001},
        "Theirs": {
            "gain": 0.032, "p_holm": 0.001, "share": 1.24, "share_low": 0.9, "share_high": 1.7
        },
    }  # fmt: skip
    lead = answer(run(DETECTION, LOSS, found)).lead
    assert "the best derainer, Theirs, gives back 124% [90%, 170%] of the loss" in lead


def test_a_judge_that_sees_next_to_nothing_says_nothing() -> None:
    weak = {"rainy": 0.004, "clean": 0.012, "Theirs": 0.03, "Ours": 0.006}
    lead = answer(run(DETECTION, weak)).lead
    assert "the detector is too weak a judge" in lead.lower() and "0.012" in lead
    assert "gives back" not in lead


def test_a_judge_of_few_classes_says_of_how_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values = LOSS | {"rainy": 0.4}
    found = {"clean": {"gain": 0.4, "p_holm": 0.001}}
    few = run(DETECTION, values, found)
    monkeypatch.setattr("harness.report.sentences.classes_judged", lambda *_: (4, 80))
    assert "It judges only 4 of the 80 classes of Set." in answer(few).lead


def test_correlations_are_told_of_each_set_alone() -> None:
    both = (PICTURES, DETECTION)
    one = run(DETECTION, LOSS | {"rainy": 0.4}, {"clean": {"gain": 0.4, "p_holm": 0.001}})
    manifest = one.manifest.model_copy(update={"tasks": both})
    place = ("Set", "restoration", "psnr_y", "detection", "ap50")
    known = [
        Correlation(*place, "derainers", 5, 40, 0.9, 0.7, 1.0),
        Correlation(*place, "images", 5, 40, 0.31, 0.12, 0.48),
    ]
    told = RunData(Path("nowhere"), manifest, one.figures, one.comparisons, correlations=known)
    lead = answer(told).lead
    assert (
        "Rank correlation of PSNR-Y with AP50 of the detector: 0.90 [0.70, 1.00] over 5 derainers, "
        "0.31 [0.12, 0.48] over the images' own gains" in lead
    )


def test_the_terminal_has_marks_intervals_and_no_escape_codes() -> None:
    values = {"rainy": 25.0, "clean": 99.0, "Theirs": 30.0, "Ours": 24.0}
    found = {
        "Theirs": {"gain": 5.0, "p_holm": 0.001}, "Ours": {"gain": -1.0, "p_holm": 0.001}
    }  # fmt: skip
    text = printed_results(run(PICTURES, values, found, 0.001), width=80)
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80 and not re.search(r"\x1b", text)
    assert lines[0] == "Set" and "restoration PSNR-Y" in lines[1]
    assert any(line.startswith("Theirs") and "30.00* [29.90, 30.10]" in line for line in lines)
    assert any(line.startswith("Ours") and f"24.00{HARM} " in line for line in lines)
    in_one_line = " ".join(text.split())
    assert "n = 40 images" in in_one_line
    assert in_one_line.count(f"{HARM} worse than the rainy input, beyond noise: Ours") == 1
    assert in_one_line.count(HARM) == 2  # in its cell and before its note


def test_a_figure_without_an_interval_is_neither_ranked_nor_praised() -> None:
    metrics = {"ap": Metric("AP", higher_is_better=True), "ap50": AP}
    task = DETECTION.model_copy(update={"headline": ("ap", "ap50"), "metrics": metrics})
    values = {"rainy": 0.34, "Theirs": 0.38, "Ours": 0.31}
    figures = [
        Figure("Set", one, task.name, name, value, 19, "v:1", *ends)
        for one, value in values.items()
        for name, ends in (("ap", ()), ("ap50", (value - 0.1, value + 0.1)))
    ]
    entries = DERAINERS[:1] + DERAINERS[2:]
    sets = (RainSetEntry(name="Set", images=19, images_in_all=19),)
    manifest = Manifest(name="run", derainers=entries, rain_sets=sets, tasks=(task,))
    found = RunData(Path("nowhere"), manifest, figures, [], [])
    assert answer(found).lead == (
        "On Set, the detector does best after Theirs (AP 0.380, against 0.340 in the rain), "
        "while Ours falls below the rain; whether that is more than chance is not known, for the "
        "figure has no interval. This stands on 19 images."
    )
    table = joint_table([found], "Set")
    assert [column.ranked for column in table.columns] == [False, True]
    assert (
        "No interval, and so not ranked: detection AP: some resamples of the images lack it, as "
        "where one of few classes is in few images."
    ) in table.notes
