"""What people write into YAML by hand, and what they are told."""

import pytest

from harness.errors import ConfigError
from harness.yaml_text import parse_yaml


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: 1\npattern: *.jpg\n", 'line 2: put *.jpg into quotes, as in "*.jpg"'),
        ("pictures: {id}.jpg\n", 'line 1: put {id}.jpg into quotes, as in "{id}.jpg"'),
        ("sets:\n  - {root: a, rainy: *.png, clean: b}\n", "line 2: put *.png into quotes"),
        ("sets:\n  - {rainy: {id}_in.png, clean: b}\n", "line 2: put {id}_in.png into quotes"),
        ("only: [*night, day]\n", "line 1: put *night into quotes"),
        ("s: {rainy: x/{id}.png, b: 1}\n", "line 1: put x/{id}.png into quotes"),
        ("s: {rainy: a/{seq}/{id}.png}\n", "line 1: put a/{seq}/{id}.png into quotes"),
        ("rainy: [x].png\n", "line 1: put [x].png into quotes"),
        ('root: "C:\\data\\x"\n', "use single quotes"),
        ("sets:\n\t- a\n", "a tab indents nothing in YAML: use spaces"),
        ("pattern: *\n", "line 1: put * into quotes"),
        ("name: %d.png\n", "line 1: put %d.png into quotes"),
        ("a: 1\nb: 2\na: 3\n", "the key 'a' stands twice"),
        ("sets: [{root: a, root: b}]\n", "the key 'root' stands twice"),
        ("a: [1, 2\n", "no valid YAML"),
        ("images: 010\n", "YAML reads 010 as 8: write that, or put it into quotes"),
        ("seconds: 1:30\n", "YAML reads 1:30 as 90"),
        ("scenes: 1_0\n", "YAML reads 1_0 as 10"),
        ("share: 1_0.5\n", "YAML reads 1_0.5 as 10.5"),
    ],
)
def test_what_wants_mending_is_told_in_a_line(text: str, told: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse_yaml(text, "run.yaml")
    assert told in str(raised.value) and "\n" not in str(raised.value)
    assert str(raised.value).startswith("run.yaml")


def test_anchors_and_merges_keep_their_meaning() -> None:
    text = "base: &base {root: a, rain: light}\nsets: [{<<: *base, rain: heavy}, *base]\n"
    light, heavy = {"root": "a", "rain": "light"}, {"root": "a", "rain": "heavy"}
    assert parse_yaml(text, "run.yaml") == {"base": light, "sets": [heavy, light]}


def test_quoted_patterns_are_texts() -> None:
    assert parse_yaml('{a: "*.jpg", b: "{id}.png"}', "run.yaml") == {"a": "*.jpg", "b": "{id}.png"}


def test_numbers_that_mean_what_they_say() -> None:
    read = parse_yaml("[0, -3, 0.5, 1.0e-3, 0x1F, '010', 1_500_000]", "run.yaml")
    assert read == [0, -3, 0.5, 1e-3, 31, "010", 1500000]
