"""Names that do not fit are told, with the nearest that does."""

import pytest

from harness.errors import ConfigError
from tasks.class_names import check_model_names, check_set_names, unevaluated

KNOWN = ("person", "car", "bus")


def test_a_class_map_of_names_that_the_model_lacks() -> None:
    with pytest.raises(ConfigError, match=r"yolox has no class 'persn'; did you mean 'person'"):
        check_model_names({"persn": "Person"}, KNOWN, "yolox")
    check_model_names({"person": "Person"}, KNOWN, "yolox")


def test_a_class_map_of_names_that_no_set_has() -> None:
    of_sets = {"one": ("Person", "car"), "two": ("Lorry",)}
    check_set_names({"person": "Person", "bus": "Lorry"}, of_sets)
    with pytest.raises(ConfigError, match=r"bus: no class of one or two is called 'Lory'; did you"):
        check_set_names({"bus": "Lory"}, of_sets)
    check_set_names({"bus": "Lory"}, {})  # no set has boxes: each refuses for itself


def test_classes_that_the_model_does_not_know() -> None:
    assert unevaluated(["person", "car"], KNOWN, {}, "yolox") == ()
    (told,) = unevaluated(["Person", "car", "umbrella"], KNOWN, {}, "yolox")
    assert "Person (did you mean person?)" in told and "umbrella" in told and "car" not in told
    assert unevaluated(["Person", "car"], KNOWN, {"person": "Person"}, "yolox") == ()
