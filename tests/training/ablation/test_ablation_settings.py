from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.config import STREETS_CONFIG
from harness.errors import ConfigError
from harness.settings import check_model
from harness.training.ablation.ablation_settings import merge, read_ablation
from harness.training.ablation.training_file import as_file
from harness.training.derainer_training import DerainerTraining

ROOT = Path(__file__).parents[3]

Write = Callable[..., Path]


def test_changes_are_laid_over_the_base_and_leave_it_alone() -> None:
    base = {"losses": {"l1": 1.0, "contrastive": {"weight": 0.1}}, "scenes": [0, 4], "patch": 64}
    changes = {"losses": {"contrastive": None}, "scenes": [1], "options": {"passes": 1}}
    assert merge(base, changes) == {
        "losses": {"l1": 1.0, "contrastive": None},
        "scenes": [1],
        "patch": 64,
        "options": {"passes": 1},
    }
    assert base["losses"] == {"l1": 1.0, "contrastive": {"weight": 0.1}}


def test_every_variant_is_trained_with_every_seed(write_ablation_config: Write) -> None:
    settings, trainings = read_ablation(write_ablation_config(seeds=[3, 7]))
    assert settings.reference == "full"
    assert [training.folder for training in trainings] == [
        "full-seed3",
        "batch-norm-seed3",
        "full-seed7",
        "batch-norm-seed7",
    ]
    assert [training.settings.seed for training in trainings] == [3, 3, 7, 7]
    assert trainings[1].settings.options == {"width": 0.125, "passes": 1, "norm": "batch"}
    assert trainings[0].settings.options == {"width": 0.125, "passes": 1, "norm": "none"}


def test_the_shipped_ablation_is_valid_and_changes_one_thing_at_a_time() -> None:
    settings, trainings = read_ablation(ROOT / "configs" / "ablation" / "rdmc.yaml")
    assert settings.benchmark == STREETS_CONFIG
    full = trainings[0].settings.model_dump()
    for training in trainings[1:]:
        mine = training.settings.model_dump()
        different = [key for key in full if mine[key] != full[key]]
        assert different in (["options"], ["losses"])


def variants(**changes: Any) -> dict[str, Any]:
    return {"variants": {"full": {}, "other": changes}}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"varaints": {}}, "unknown key 'varaints'; did you mean 'variants'"),
        (variants(iteratons=5), "variants.other: unknown key 'iteratons'; did you mean 'iter"),
        (variants(options={"widht": 1}), "variants.other: .*did you mean 'width'"),
        (variants(options={"recruitment": False}), 'quote the word, as in `recruitment: "off"`'),
        (variants(options={"passes": 0}), "variants.other: passes is 0"),
        (variants(data={"sources": [{"photos": ["no"]}]}), "variants.other: .*holds no pictures"),
        (variants(validation={"scenes": [3, 1]}), "variants.other: validation.scenes: overlap"),
        ({"variants": {"full": {}}}, "variants: Dictionary should have at least 2 items"),
        ({"variants": {"full": {}, False: {}}}, "False is no name: quote it"),
        ({"variants": {"full": {}, "a/b": {}}}, "'a/b' is no name"),
        ({"variants": {"a b": {}, "A-b": {}}}, "'A-b' and 'a b' would share a folder"),
        ({"variants": ["full"]}, "variants: must be a mapping"),
        ({"seeds": [1, 1]}, "seeds are different numbers"),
        ({"base": {"train": "detection", "use": "prenet"}}, "base: train: "),
    ],
)
def test_mistakes_are_named_in_one_line(
    write_ablation_config: Write, changes: dict[str, Any], message: str
) -> None:
    path = write_ablation_config(**changes)
    with pytest.raises(ConfigError, match=message) as caught:
        read_ablation(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_written_settings_mean_the_same_in_another_folder(
    write_ablation_config: Write, base: dict[str, Any], tmp_path: Path
) -> None:
    pairs = {"pairs": {"layout": "Rain100L", "root": "pairs"}, "share": 0.5}
    scenes = {"scenes": [0, 4], "share": 0.5}
    base["data"]["sources"] = [scenes, pairs]
    _, trainings = read_ablation(write_ablation_config(base=base))
    settings = trainings[0].settings
    written = as_file(settings)
    source = {"name": "Rain100L", "layout": "Rain100L", "root": str(tmp_path / "pairs")}
    assert written["data"]["sources"][1]["pairs"] == source
    elsewhere = check_model(DerainerTraining, written, "file", Path("/elsewhere"))
    assert elsewhere.model_dump(mode="json") == settings.model_dump(mode="json")
    assert elsewhere.data.cache == tmp_path / "cache"
