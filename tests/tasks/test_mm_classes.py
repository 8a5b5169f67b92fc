"""Names of a model's classes, against what its network and its weights say."""

from pathlib import Path

import pytest
import torch

from harness.errors import ConfigError, TaskError
from tasks.mm_classes import outputs_of, trained_classes
from tasks.mm_configs import CONFIGS, find_config, load_config, registry, registry_scope
from tasks.mm_models import build_model

NAMES = ("car", "bus", "person", "bicycle", "sign")
OTHERS = ("lorry", "bus", "person", "bicycle", "sign")


@pytest.fixture
def detector(tmp_path, detector_weights):
    """Build the street detector with names in its config and in its weights."""

    def build(configured, trained, spelling="dataset_meta"):
        text = (CONFIGS / "rtmdet_streets.py").read_text()
        text = text.replace("num_classes=len(classes)", "num_classes=5")
        old = "metainfo=dict(classes=classes),"
        new = "" if configured is None else f"metainfo=dict(classes={configured!r}),"
        assert old in text
        (tmp_path / "mine.py").write_text(text.replace(old, new))
        tensors = torch.load(detector_weights, weights_only=True)["state_dict"]
        metas = {
            "dataset_meta": {"dataset_meta": {"classes": trained}},
            "old": {"CLASSES": trained},
        }
        meta = metas[spelling] if trained else {}
        torch.save({"state_dict": tensors, "meta": meta}, tmp_path / "epoch_12.pth")
        path = tmp_path / "mine.py"
        return build_model(str(path), "mmdet", tmp_path / "epoch_12.pth", False, {})

    return build


@pytest.mark.parametrize(
    "trained", [(), NAMES, ("thing",), ["Car", "bus", "Person", "bicycle", "sign"]]
)
def test_names_that_agree_or_are_of_another_network_are_the_configs(detector, trained):
    model = detector(NAMES, trained)
    assert model.classes == NAMES and model.remark == ""


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (3, "5 outputs, its config 3 class names (car, bus,"),
        (1, "5 outputs, its config 1 class name (car)"),
    ],
)
def test_fewer_names_than_outputs_are_one_line(detector, count, said):
    with pytest.raises(TaskError) as error:
        detector(NAMES[:count], ())
    assert said in str(error.value) and "\n" not in str(error.value)


def test_one_name_for_two_outputs_is_refused(detector):
    with pytest.raises(TaskError, match="names bus twice among its classes"):
        detector(("car", "bus", "person", "bus", "sign"), ())


def test_more_names_than_outputs_are_refused(detector):
    with pytest.raises(TaskError, match="5 outputs, its config 6 class names"):
        detector((*NAMES, "tram"), ())


@pytest.mark.parametrize("spelling", ["dataset_meta", "old"])
def test_names_that_contradict_the_weights_are_refused_with_both(detector, spelling):
    with pytest.raises(
        TaskError, match="class 0 is 'car' in the config and 'lorry' in the weights"
    ):
        detector(NAMES, OTHERS, spelling)


def test_names_of_a_kind_of_data_set_give_way_to_the_weights(detector):
    model = detector(None, OTHERS)  # a CocoDataset has 80 names
    assert model.classes == OTHERS
    assert model.remark.startswith("its class names are the 5 of its weights, not the 80 of its")


def test_names_of_a_kind_of_data_set_must_fit_too(detector):
    with pytest.raises(TaskError, match="5 outputs, its config 80 class names"):
        detector(None, ())


def test_names_in_a_text_file_are_read(detector, tmp_path):
    (tmp_path / "names.txt").write_bytes(
        "\ufeffcar\r\nbus\r\n\r\nperson \r\nbicycle\r\nsign".encode()
    )
    assert detector("names.txt", NAMES).classes == NAMES
    with pytest.raises(ConfigError, match=r"no file classes\.txt"):
        detector("classes.txt", NAMES)


@pytest.mark.parametrize(
    ("model", "package", "outputs"),
    [
        ("yolox_nano_8xb8-300e_coco", "mmdet", 80),
        ("faster-rcnn_r50_fpn_1x_coco", "mmdet", 80),
        ("cascade-rcnn_r50_fpn_1x_coco", "mmdet", 80),
        ("unet_streets", "mmseg", 11),
        ("erfnet_fcn_4xb4-160k_cityscapes-512x1024", "mmseg", 19),
    ],
)
def test_outputs_are_counted(model, package, outputs):
    config = load_config(find_config(model, package), package)
    with registry_scope(package):
        network = registry(package, "MODELS").build(config.model)
    assert outputs_of(network) == outputs


def test_a_network_that_does_not_say_is_not_asked():
    assert outputs_of(torch.nn.Conv2d(3, 3, 3)) is None
    assert trained_classes({"dataset_meta": None}) == ()


def lazy(config: Path) -> str:
    """Write the street detector as mmengine's pure-Python configs are."""
    text = config.read_text()
    names = ("RTMDet", "CSPNeXt", "RTMDetSepBNHead", "LoadImageFromFile", "Resize", "CocoDataset")
    for name, written in {
        **{name: name for name in names},
        "nms": "nms",
        "BN": "BatchNorm2d",
    }.items():
        assert f'type="{name}"' in text
        text = text.replace(f'type="{name}"', f"type={written}")
    return (
        "from mmcv.ops import nms\nfrom mmcv.transforms import LoadImageFromFile\n"
        "from mmdet.datasets import CocoDataset\nfrom mmdet.datasets.transforms import Resize\n"
        "from mmdet.models import CSPNeXt, RTMDet, RTMDetSepBNHead\n"
        "from torch.nn import BatchNorm2d\n" + text
    )


def test_a_pure_python_config_is_the_text_config(tmp_path, detector_weights, photograph):
    plain = build_model("rtmdet_streets", "mmdet", detector_weights, False, {})
    path = tmp_path / "lazy.py"
    path.write_text(lazy(CONFIGS / "rtmdet_streets.py"))
    imported = build_model(str(path), "mmdet", detector_weights, False, {})
    (expected,), (found,) = plain.predict([photograph]), imported.predict([photograph])
    assert torch.equal(expected.pred_instances.bboxes, found.pred_instances.bboxes)
    assert torch.equal(expected.pred_instances.scores, found.pred_instances.scores)
    again = build_model(str(path), "mmdet", detector_weights, False, {})
    assert again.fingerprint == imported.fingerprint
