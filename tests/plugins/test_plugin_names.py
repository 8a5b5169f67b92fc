"""What the lists say of plugins, and of names that several register."""

import pytest


@pytest.fixture(scope="module")
def listed(installed, tmp_path_factory) -> dict[str, str]:
    said = {}
    for kind in ("derainers", "rain-sets", "tasks"):
        command = ("list", kind, "--call-limit", "20")
        done = installed.bench(*command, cwd=tmp_path_factory.mktemp("list"))
        assert done.returncode == 0, done.stderr
        said[kind] = " ".join(done.stdout.split())
    return said


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("derainers", "street-wiper StreetWiper"),
        ("derainers", "failing Failing [/bold]"),
        ("derainers", "prenet PReNet"),
        ("derainers", "broken: absent: bad_derainers.absent:Absent of the package bad-derainers"),
        ("derainers", "broken: leaving: bad_derainers.leaving:Leaving of the package"),
        ("derainers", "broken: vain: its facts are of type dict: they must be DerainerFacts"),
        ("derainers", "broken: waiting: does not import within 20 s (--call-limit)"),
        ("rain-sets", "puddles Noise under brighter noise."),
        ("rain-sets", "broken: set-that-is-absent: puddles.no_such_module:RainSet"),
        ("tasks", "brightness How far the mean level is"),
        ("tasks", "broken: columnless: has no headline"),
        ("tasks", "broken: task-that-is-absent: puddles.no_such_module:Task"),
    ],
)
def test_lists_show_plugins_and_what_is_wrong_with_them(
    listed: dict[str, str], kind: str, text: str
) -> None:
    assert text in listed[kind]


def test_lists_say_who_registers_one_name(listed: dict[str, str]) -> None:
    assert "conflict: twin: registered by the package twin-" in listed["derainers"]
    assert (
        "conflict: Rainy: the built-in one is used, not that of the package twin-two"
        in listed["derainers"]
    )


def test_a_run_says_so_too_and_takes_the_built_in_one(run_beside) -> None:
    out, said = run_beside(
        "name: twins\nrain_sets: [puddles]\nderainers: [rainy, twin]\ntasks: [restoration]\n"
    )
    assert said.returncode == 1
    assert "note: Rainy: the built-in one is used" in said.stderr
    assert "puddles / twin / restoration: 4 of 4 images failed" in said.stderr
    assert "uninstall one, or register it under another name" in said.stderr
    assert "puddles / rainy / " not in said.stderr  # as failures are told
    assert "Rainy input" in (out / "report.html").read_text()
