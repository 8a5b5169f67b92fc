from pathlib import Path

from harness.rain_sets.public_table import public_table

PAGE = Path(__file__).parents[2] / "docs/rain_sets.md"


def test_the_page_has_the_table_of_the_entries() -> None:
    made_by = "<!-- made by `python -m harness.rain_sets.public_table` -->\n"
    assert PAGE.read_text().split(made_by)[1] == public_table()
