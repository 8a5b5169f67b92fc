import pytest

from harness.errors import ConfigError
from tasks.mm_configs import (
    CONFIGS,
    find_config,
    find_test_option,
    load_config,
    set_test_options,
)


def test_an_own_config_comes_before_the_frameworks():
    assert find_config("rtmdet_streets", "mmdet").parent == CONFIGS


@pytest.mark.parametrize(
    ("model", "package"),
    [
        ("yolox_nano_8xb8-300e_coco", "mmdet"),
        ("erfnet_fcn_4xb4-160k_cityscapes-512x1024", "mmseg"),
    ],
)
def test_models_of_the_frameworks_are_found_by_name(model, package):
    path = find_config(model, package)
    assert path.stem == model
    assert package in path.parts


def test_a_mistyped_model_is_answered_with_the_nearest():
    with pytest.raises(ConfigError, match="did you mean 'rtmdet_streets'"):
        find_config("rtmdet_street", "mmdet")


def test_a_config_path_that_is_not_there_is_named():
    with pytest.raises(ConfigError, match=r"nowhere/model\.py: no such model config"):
        find_config("nowhere/model.py", "mmdet")


def test_a_config_that_raises_is_named(tmp_path):
    (tmp_path / "broken.py").write_text("model = undefined\n")
    with pytest.raises(ConfigError, match=r"broken\.py: no usable config"):
        load_config(tmp_path / "broken.py", "mmdet")


def test_a_model_of_the_other_framework_is_refused():
    path = find_config("unet_streets", "mmdet")
    with pytest.raises(ConfigError, match="is a model of mmseg, this task needs one of mmdet"):
        load_config(path, "mmdet")


def test_nothing_is_left_to_download():
    path = find_config("rtmdet_tiny_8xb32-300e_coco", "mmdet")
    assert "https://" in path.read_text()
    config = load_config(path, "mmdet")
    assert "https://" not in repr(config.model)


def test_options_reach_one_stage_and_two_stage_detectors():
    for model in ("rtmdet_tiny_8xb32-300e_coco", "faster-rcnn_r50_fpn_1x_coco"):
        config = load_config(find_config(model, "mmdet"), "mmdet").model
        set_test_options(config, {"score_thr": 0.25, "max_per_img": 7})
        assert find_test_option(config, "score_thr") == 0.25
        assert find_test_option(config, "max_per_img") == 7
    assert config.test_cfg.rpn.max_per_img == 1000
