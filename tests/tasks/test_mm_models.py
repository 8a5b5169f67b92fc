import copy
from pathlib import Path

import pytest
import torch

from harness.device import Device
from harness.errors import ConfigError, TaskError
from tasks.mm_models import build_model

TWO_STAGES = str(Path(__file__).parent / "models" / "two_stage_detector.py")


class RunsOnUnpickling:
    def __reduce__(self):
        return print, ("this ran",)


def test_a_model_without_weights_names_those_that_have_some():
    with pytest.raises(ConfigError, match="give its `weights`"):
        build_model("yolox_nano_8xb8-300e_coco", "mmdet", None, False, {})


def test_weights_of_another_model_are_refused(segmentor_weights):
    with pytest.raises(TaskError, match="weights of another network than RTMDet"):
        build_model("rtmdet_streets", "mmdet", segmentor_weights, False, {})


def test_a_weight_file_that_needs_unpickling_needs_trust(tmp_path, detector_weights, capsys):
    checkpoint = torch.load(detector_weights, weights_only=True)
    path = tmp_path / "pickled.pth"
    torch.save({**checkpoint, "hooks": RunsOnUnpickling()}, path)
    with pytest.raises(TaskError, match="trust: true"):
        build_model("rtmdet_streets", "mmdet", path, False, {})
    assert "this ran" not in capsys.readouterr().out
    assert build_model("rtmdet_streets", "mmdet", path, True, {}).name == "rtmdet_streets"


def test_folded_batch_norms_are_understood(tmp_path, photograph, segmentor_weights):
    from mmcv.cnn.utils import fuse_conv_bn

    plain = build_model("unet_streets", "mmseg", segmentor_weights, False, {})
    folded = fuse_conv_bn(copy.deepcopy(plain.network))
    path = tmp_path / "folded.pth"
    torch.save(folded.state_dict(), path)
    loaded = build_model("unet_streets", "mmseg", path, False, {})
    (expected,), (found,) = plain.predict([photograph]), loaded.predict([photograph])
    torch.testing.assert_close(
        found.seg_logits.data, expected.seg_logits.data, rtol=1e-3, atol=1e-4
    )


@pytest.mark.parametrize("prefix", ["model.", "module._orig_mod."])
@pytest.mark.parametrize("is_folded", [False, True])
def test_what_a_training_wrote_before_the_names_comes_off(
    prefix, is_folded, tmp_path, segmentor_weights, photograph
):
    from mmcv.cnn.utils import fuse_conv_bn

    plain = build_model("unet_streets", "mmseg", segmentor_weights, False, {})
    network = fuse_conv_bn(copy.deepcopy(plain.network)) if is_folded else plain.network
    named = {f"{prefix}{key}": value for key, value in network.state_dict().items()}
    torch.save({"state_dict": named}, tmp_path / "wrapped.pth")
    loaded = build_model("unet_streets", "mmseg", tmp_path / "wrapped.pth", False, {})
    (expected,), (found,) = plain.predict([photograph]), loaded.predict([photograph])
    torch.testing.assert_close(
        found.seg_logits.data, expected.seg_logits.data, rtol=1e-3, atol=1e-4
    )


def test_half_precision_weights_are_computed_in_float32(tmp_path, detector_weights):
    tensors = torch.load(detector_weights, weights_only=True)["state_dict"]
    halves = {k: v.half() if v.is_floating_point() else v for k, v in tensors.items()}
    torch.save(halves, tmp_path / "half.pth")
    model = build_model("rtmdet_streets", "mmdet", tmp_path / "half.pth", False, {})
    assert {p.dtype for p in model.network.parameters()} == {torch.float32}


def test_the_fingerprint_follows_options_and_weights_not_the_folder(tmp_path, detector_weights):
    def fingerprint(path, **options):
        return build_model("rtmdet_streets", "mmdet", path, False, options).fingerprint

    moved = tmp_path / "elsewhere.pth"
    moved.write_bytes(detector_weights.read_bytes())
    assert fingerprint(moved) == fingerprint(detector_weights)
    assert fingerprint(detector_weights, score_thr=0.3) != fingerprint(detector_weights)
    altered = torch.load(detector_weights, weights_only=True)
    altered["state_dict"]["bbox_head.rtm_cls.0.bias"] += 1
    torch.save(altered, moved)
    assert fingerprint(moved) != fingerprint(detector_weights)


def test_in_bfloat16_boxes_stay_float32(detector_weights, photograph):
    model = build_model("rtmdet_streets", "mmdet", detector_weights, False, {})
    (exact,) = model.predict([photograph])
    model.place(Device(torch.device("cpu"), "bfloat16"))
    (rough,) = model.predict([photograph])
    assert rough.pred_instances.bboxes.dtype == torch.float32
    best = exact.pred_instances.bboxes[0]
    nearest = (rough.pred_instances.bboxes - best).abs().max(dim=1).values.min()
    assert nearest < 2


def test_in_bfloat16_regions_are_pooled_in_float32(random_weights, photograph):
    weights = random_weights(TWO_STAGES, "mmdet")
    model = build_model(TWO_STAGES, "mmdet", weights, False, {})
    model.place(Device(torch.device("cpu"), "bfloat16"))
    (found,) = model.predict([photograph])
    assert len(found.pred_instances.bboxes) > 0
    assert found.pred_instances.bboxes.dtype == torch.float32


def test_both_frameworks_live_in_one_process(detector_weights, segmentor_weights, photograph):
    detector = build_model("rtmdet_streets", "mmdet", detector_weights, False, {})
    segmentor = build_model("unet_streets", "mmseg", segmentor_weights, False, {})
    (first,) = detector.predict([photograph])
    assert segmentor.predict([photograph])[0].pred_sem_seg.shape == photograph.shape[:2]
    (again,) = detector.predict([photograph])
    assert torch.equal(first.pred_instances.bboxes, again.pred_instances.bboxes)
