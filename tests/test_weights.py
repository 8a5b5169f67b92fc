from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from harness.errors import DerainerError
from harness.weights import fit_state_dict, read_state_dict


def network() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))


@pytest.mark.parametrize("wrapper", [None, "state_dict", "net", "params_ema"])
@pytest.mark.parametrize("prefix", ["", "module.", "derainet.", "module.derainet."])
def test_wrappers_and_prefixes(tmp_path: Path, wrapper: str | None, prefix: str) -> None:
    source = network()
    tensors = {prefix + key: value for key, value in source.state_dict().items()}
    torch.save({wrapper: tensors, "clock": {"epoch": 3}} if wrapper else tensors, tmp_path / "w")
    target = network()
    fit_state_dict(target, read_state_dict(tmp_path / "w"), tmp_path / "w")
    assert torch.equal(source[0].weight, target[0].weight)  # type: ignore[index, union-attr]


def test_half_precision_comes_back_as_float32(tmp_path: Path) -> None:
    torch.save({"weight": torch.ones(2, dtype=torch.float16)}, tmp_path / "w")
    assert read_state_dict(tmp_path / "w")["weight"].dtype == torch.float32


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    other = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(8, 3, 3))
    torch.save(other.state_dict(), tmp_path / "w")
    with pytest.raises(DerainerError, match=r"weights of another network.*missing.*another shape"):
        fit_state_dict(network(), read_state_dict(tmp_path / "w"), tmp_path / "w")


def test_a_file_that_would_run_code_is_refused(tmp_path: Path) -> None:
    torch.save({"state_dict": {"a": torch.ones(1)}, "hook": Path}, tmp_path / "w")
    with pytest.raises(DerainerError, match="`trust: true`"):
        read_state_dict(tmp_path / "w")
    assert list(read_state_dict(tmp_path / "w", trust=True)) == ["a"]


def fitted(path: Path) -> nn.Module:
    target = network()
    fit_state_dict(target, read_state_dict(path), path)
    return target


@pytest.mark.parametrize(
    "prefix",
    [
        *("_orig_mod.", "module._orig_mod.", "_orig_mod.module.", "model.", "net_g.", "a.b.c."),
        *("model._orig_mod.", "_fsdp_wrapped_module.", "generator.module."),
    ],
)
def test_what_a_training_wrote_before_the_names_comes_off(tmp_path: Path, prefix: str) -> None:
    source = network()
    tensors = {prefix + key: value for key, value in source.state_dict().items()}
    beside = {"criterion.vgg.weight": torch.ones(2), "n_averaged": torch.tensor(3)}
    others = beside if prefix.startswith(("model.", "net_g.")) else {}
    torch.save({"state_dict": {**others, **tensors}, "epoch": 3}, tmp_path / "w")
    assert torch.equal(fitted(tmp_path / "w")[0].weight, source[0].weight)  # type: ignore[index]


def test_marks_within_a_name_come_off(tmp_path: Path) -> None:
    source = network()
    compiled_part = {
        key.replace(".", "._orig_mod."): one for key, one in source.state_dict().items()
    }
    torch.save(compiled_part, tmp_path / "w")
    assert torch.equal(fitted(tmp_path / "w")[0].weight, source[0].weight)  # type: ignore[index]


def test_of_two_copies_the_average_is_taken_and_others_are_refused(tmp_path: Path) -> None:
    last, average = network().state_dict(), network().state_dict()
    named = {f"model.{key}": value for key, value in last.items()}
    averaged = {f"ema_model.{key}": value for key, value in average.items()}
    torch.save(named | averaged, tmp_path / "w")
    assert torch.equal(fitted(tmp_path / "w")[0].weight, average["0.weight"])  # type: ignore[index]
    torch.save(named | {f"teacher.{key}": one for key, one in last.items()}, tmp_path / "w")
    with pytest.raises(DerainerError, match=r"several times \(model\., teacher\.\)"):
        fitted(tmp_path / "w")


def test_counters_may_be_missing_or_left_by_a_profiler(tmp_path: Path) -> None:
    source = network()
    tensors = source.state_dict()
    del tensors["1.num_batches_tracked"]
    torch.save(
        {**tensors, "total_ops": torch.ones(1), "0.total_params": torch.ones(1)}, tmp_path / "w"
    )
    assert torch.equal(fitted(tmp_path / "w")[0].weight, source[0].weight)  # type: ignore[index]


def test_a_stranger_among_the_tensors_is_refused(tmp_path: Path) -> None:
    torch.save({**network().state_dict(), "2.weight": torch.ones(1)}, tmp_path / "w")
    with pytest.raises(DerainerError, match=r"1 unknown \(2\.weight\)"):
        fitted(tmp_path / "w")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_named(tmp_path: Path, value: float) -> None:
    tensors = network().state_dict()
    tensors["0.bias"][1] = value
    torch.save(tensors, tmp_path / "w")
    with pytest.raises(DerainerError, match=r"1 of 7 tensors hold NaN or infinite .*\(0\.bias\)"):
        fitted(tmp_path / "w")


@pytest.mark.parametrize(
    "change",
    [
        lambda bias: bias.to(torch.complex64),
        lambda bias: bias.to_sparse(),
        lambda bias: bias.to("meta"),
        lambda bias: torch.quantize_per_tensor(bias, 0.1, 0, torch.qint8),
    ],
    ids=["complex", "sparse", "without content", "quantised"],
)
def test_tensors_that_are_no_plain_numbers(
    tmp_path: Path, change: Callable[[torch.Tensor], torch.Tensor]
) -> None:
    tensors = network().state_dict()
    torch.save(tensors | {"0.bias": change(tensors["0.bias"].detach())}, tmp_path / "w")
    with pytest.raises(DerainerError, match=r"'0\.bias' is no plain tensor of real numbers"):
        fitted(tmp_path / "w")
