import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import ConfigError
from harness.rain_sets.name_patterns import NamePattern

names = st.text(string.ascii_letters + string.digits + "-_.()[]?+ é漢", min_size=1, max_size=12)
digits = st.text(string.digits, min_size=1, max_size=4)


@given(names)
def test_one_field_comes_back_from_any_name(name: str) -> None:
    pattern = NamePattern("rainy/rain-{id}.png")
    assert pattern.match(pattern.fill({"id": name})) == {"id": name}


@given(scene=names, rain=digits)
def test_scene_and_number_come_back_whatever_the_scene_is_called(scene: str, rain: str) -> None:
    rainy, clean = NamePattern("rainy/{scene}_{k}.jpg"), NamePattern("clean/{scene}.jpg")
    values = rainy.match(rainy.fill({"scene": scene, "k": rain}))
    assert values == {"scene": scene, "k": rain}
    assert clean.match(clean.fill(values)) == {"scene": scene}


@given(name=names, prefix=st.sampled_from(["a+b/", "[x]/", "(y) ?/", ""]))
def test_special_characters_of_the_pattern_are_plain(name: str, prefix: str) -> None:
    pattern = NamePattern(prefix + "n{id}$.png")
    assert pattern.match(f"{prefix}n{name}$.png") == {"id": name}
    assert pattern.match(f"{prefix}n{name}$xpng") is None


def test_a_repeated_field_must_repeat() -> None:
    pattern = NamePattern("{city}/{city}_{frame}.png")
    assert pattern.match("ulm/ulm_01.png") == {"city": "ulm", "frame": "01"}
    assert pattern.match("ulm/bonn_01.png") is None


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("rainy/1.png", "has no field"),
        ("rainy/{}.png", "a brace must enclose a name"),
        ("rainy/{id.png*", "a brace must enclose a name"),
        ("rainy/{1}.png", "must not begin with a digit"),
        ("../{id}.png", "below the set's folder"),
        ("/data/{id}.png", "below the set's folder"),
        ("rainy\\{id}.png", "below the set's folder"),
        ("**/{id}.png", "write the folders out"),
    ],
)
def test_a_wrong_pattern_is_quoted_with_the_cause(text: str, cause: str) -> None:
    with pytest.raises(ConfigError, match=cause) as raised:
        NamePattern(text)
    assert repr(text) in str(raised.value)


def test_a_folder_is_answered_with_the_pattern_of_its_pictures() -> None:
    with pytest.raises(ConfigError, match=r"all pictures of a folder are clean/\{id\}\.png$"):
        NamePattern("clean")
    with pytest.raises(ConfigError, match=r"names one file$"):
        NamePattern("clean/1.png")
