"""The command `check`: what would cost rows or change figures ends with 1, the rest with 0."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PIL import Image

from harness.cli.commands import main
from harness.derainer import Derainer, DerainerFacts
from harness.errors import DerainerError
from harness.plugins import registry
from harness.rain_sets.streets import StreetsRainSet

Check = Callable[..., tuple[int, str]]


class LateWeights(Derainer):
    """Reads its weights when the first picture comes."""

    facts = DerainerFacts(title="Late")

    def restore(self, rainy: torch.Tensor) -> torch.Tensor:
        raise DerainerError("late.pth: weights of another network")


class OnlyLarge(Derainer):
    """Takes no picture as small as the one that it is tried on."""

    facts = DerainerFacts(title="Large")

    def restore(self, rainy: torch.Tensor) -> torch.Tensor:
        if rainy.shape[-1] < 80:
            raise DerainerError("needs 80 pixels or more")
        return rainy


@pytest.fixture
def derainers(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = {
        one.__name__.lower(): f"{__name__}:{one.__name__}" for one in (LateWeights, OnlyLarge)
    }
    monkeypatch.setitem(
        registry.BUILT_IN, "derainers", {**registry.BUILT_IN["derainers"], **entries}
    )


@pytest.fixture
def check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Check:
    """Run the command; return its status, and what it printed with single spaces."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> tuple[int, str]:
        status = main(["check", *map(str, arguments), "--device", "cpu"])
        printed = capsys.readouterr()
        return status, " ".join((printed.out + printed.err).split())

    return run


def write_config(path: Path, derainers: str = "rainy", tasks: str = "restoration") -> Path:
    path.write_text(
        "name: small\nrain_sets:\n  - {name: mine, layout: Rain100L, root: data}\n"
        f"derainers: [{derainers}]\ntasks: [{tasks}]\n"
    )
    return path


def test_a_set_that_is_right_ends_with_0(check: Check, make_pairs: Callable[..., Path]) -> None:
    make_pairs(Path("data"), 3)
    status, printed = check("rain100l", "--root", "data")
    assert status == 0
    assert "images 3, 3 of them readable" in printed and "pairs 3" in printed
    assert "sizes 32x24, all" in printed and "orientation 3 wide" in printed
    assert "left out, twice nothing" in printed and "unreadable none" in printed
    assert "nothing would cost rows" in printed
    assert not Path("results").exists()


def test_each_trouble_is_told_with_its_cause_and_a_count(
    check: Check, make_pairs: Callable[..., Path]
) -> None:
    make_pairs(Path("data"), 7)
    rainy, clean = Path("data/rainy"), Path("data/norain")
    for number in (2, 3):
        (rainy / f"rain-{number:03}.png").write_bytes(b"")
    (clean / "norain-004.png").unlink()
    (rainy / "rain-005.png").unlink()
    (rainy / "rain-005.png").symlink_to("/gone/rain-005.png")
    (rainy / ".rain-009.png").write_bytes(b"")
    (rainy / "rain-010.jpg").write_bytes(b"")
    (rainy / "rain-007.png").write_bytes((rainy / "rain-006.png").read_bytes())
    status, printed = check("Rain100L", "--root", "data")
    assert status == 1
    assert "images 7, 3 of them readable" in printed
    assert "2 images: the file is empty (0 bytes); fetch it again (rain-002, rain-003)" in printed
    assert "unmatched WRONG 1 image: " in printed and "norain-004.png is missing" in printed
    assert "is a link to" in printed
    assert "1 file passed over (hidden): .rain-009.png" in printed
    assert "1 file passed over (another extension): rain-010.jpg" in printed
    assert "under another name: rain-002.png = rain-003.png; rain-006.png = rain-007.png" in printed
    assert "Rain100L: 3 lines above say what would cost rows or change figures" in printed


def test_what_is_only_worth_knowing_ends_with_0(
    check: Check, make_pairs: Callable[..., Path]
) -> None:
    make_pairs(Path("data"), 2)
    turned = Image.open("data/rainy/rain-001.png")
    exif = turned.getexif()
    exif[0x0112] = 3
    folder = Path("photos")
    folder.mkdir()
    turned.save(folder / "a.jpg", exif=exif)
    Image.open("data/rainy/rain-002.png").resize((24, 32)).convert("L").save(folder / "b.png")
    (folder / ".c.png").write_bytes(b"")
    status, printed = check("unpaired", "--root", "photos")
    assert status == 0
    assert "32x24" in printed and "24x32" in printed and "2 different ones" in printed
    assert "orientation 1 wide, 1 tall" in printed
    assert "note 1 file turned as its EXIF orientation says: a.jpg" in printed
    assert "note 1 file grey" in printed and "b.png" in printed
    assert "rain set photos" in printed and "no clean images" in printed


def test_a_whole_run_tells_time_disk_and_what_is_judged(
    check: Check, make_pairs: Callable[..., Path]
) -> None:
    make_pairs(Path("data"), 2)
    status, printed = check(write_config(Path("run.yaml"), "rainy, clean, guided-filter"))
    assert status == 0
    assert "guided-filter restores a picture of noise" in printed
    assert "time about" in printed and "a picture of 160x160 pixels: guided-filter" in printed
    assert "disk about 4 MB" in printed
    assert not Path("results").exists()


def test_pictures_restored_elsewhere_are_read_and_programs_are_named_as_untried(
    check: Check, make_pairs: Callable[..., Path]
) -> None:
    make_pairs(Path("data"), 4)
    rainy = sorted(Path("data/rainy").iterdir())
    theirs = Path("theirs")
    theirs.mkdir()
    for path in rainy[:3]:
        Image.open(path).save(theirs / path.name)
    folder = "{name: Theirs, use: folder, root: theirs}"
    program = '{name: Old, use: command, argv: [nowhere.py, "{input}", "{output}"]}'
    status, printed = check(write_config(Path("run.yaml"), f"rainy, {folder}, {program}"))
    assert status == 1
    assert "WRONG mine: 1 image: holds no" in printed, printed
    assert "Old note built, and not tried" in printed
    assert "1 line above says what would cost rows or change figures; not tried: Old" in printed
    Image.new("RGB", (5, 5)).save(theirs / rainy[3].name)
    status, printed = check(write_config(Path("run.yaml"), f"rainy, {folder}"))
    assert status == 1 and "WRONG mine: 1 image:" in printed and "5x5" in printed, printed
    Image.open(rainy[3]).save(theirs / rainy[3].name)
    status, printed = check(write_config(Path("run.yaml"), f"rainy, {folder}, {program}"))
    assert status == 0 and "Theirs every picture is there" in printed, printed
    assert "nothing that was tried would cost rows or change figures; not tried: Old" in printed


def test_weights_that_do_not_fit_are_told_before_any_image(
    check: Check, make_pairs: Callable[..., Path]
) -> None:
    make_pairs(Path("data"), 1)
    torch.save({"weight": torch.ones(3)}, "wrong.pth")
    entry = "{name: Wrong, use: prenet, weights: wrong.pth}, guided-filter"
    status, printed = check(write_config(Path("run.yaml"), entry))
    assert status == 1
    assert "Wrong WRONG fails on every image" in printed and "weights of another" in printed
    assert "guided-filter restores a picture of noise" in printed


@pytest.mark.usefixtures("derainers")
def test_weights_that_are_read_late_are_told_by_check_and_before_a_run(
    check: Check, make_pairs: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    make_pairs(Path("data"), 2)
    config = write_config(Path("run.yaml"), "lateweights, guided-filter")
    status, printed = check(config)
    assert status == 1
    assert "WRONG fails on a picture of noise, 64x64 pixels: late.pth: weights of" in printed
    assert main(["run", str(config), "--device", "cpu"]) == 1
    said = capsys.readouterr().err.splitlines()
    told = next(i for i, line in enumerate(said) if "fails on a picture of noise" in line)
    begun = next(i for i, line in enumerate(said) if "restored images judged" in line)
    assert told < begun
    rows = (Path("results/small/summary.csv")).read_text()
    assert "guided-filter,restoration,psnr_y" in rows


@pytest.mark.usefixtures("derainers")
def test_one_that_fails_on_the_small_picture_alone_loses_no_row(
    make_pairs: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    make_pairs(Path("data"), 1, (90, 100))
    assert main(["run", str(write_config(Path("run.yaml"), "onlylarge")), "--device", "cpu"]) == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run.yaml", "--root", "data"), "--root: run.yaml is a configuration"),
        (("data",), "rdmc-bench check unpaired --root data"),
        (("Rain100M", "--root", "data"), "did you mean 'Rain100"),
        (("Rain100L",), "root"),
        (("Rain100L", "--root", "data", "--against-root", "data"), "needs --against"),
    ],
)
def test_a_wrong_usage_ends_with_2(
    arguments: tuple[str, ...], said: str, check: Check, make_pairs: Callable[..., Path]
) -> None:
    make_pairs(Path("data"), 1)
    write_config(Path("run.yaml"))
    status, printed = check(*arguments)
    assert status == 2 and said in printed


def test_test_pictures_in_a_training_set_are_wrong_and_mark_who_learned_from_it(
    check: Check,
) -> None:
    streets = StreetsRainSet("streets", "light", scenes=3)
    pictures = [streets.load(one) for one in streets.ids()]
    for folder, some in (("data", pictures[:2]), ("seen", pictures[1:])):
        for number, sample in enumerate(some):
            clean, rainy = Path(f"{folder}/norain"), Path(f"{folder}/rainy")
            clean.mkdir(parents=True, exist_ok=True)
            rainy.mkdir(exist_ok=True)
            assert sample.clean is not None
            known = sample.clean[:, ::-1] if folder == "seen" else sample.clean
            Image.fromarray(known.copy()).save(clean / f"norain-{number:03}.png")
            Image.fromarray(sample.rainy).save(rainy / f"rain-{number:03}.png")
    Path("seen/norain").rename("seen/seen")
    learned = "use: folder, root: data/norain, pattern: 'no{id}', facts: {trained_on: my seen}"
    config = write_config(Path("run.yaml"), f"rainy, {{name: Disk, {learned}}}")
    status, printed = check(config, "--against", "unpaired", "--against-root", "seen/seen")
    assert status == 1
    assert "WRONG 1 of 2 are in seen" in printed
    assert "rain-001 is in norain-000 (mirrored)" in printed
    assert main(["run", str(config), "--device", "cpu"]) == 0
    table = Path("results/small/tables/joint.md").read_text()
    assert "| Disk‡ |" in table
    assert "‡ Disk: learned from seen, and 1 of 2 images of mine were found in it" in table


def test_pictures_found_are_noted_in_no_folder_of_anothers(
    check: Check, make_pairs: Callable[..., Path]
) -> None:
    make_pairs(Path("data"), 1)
    config = write_config(Path("run.yaml"))
    Path("mine").mkdir()
    Path("mine/overlaps.json").write_text("{}")
    status, printed = check(config, "--against", config, "--out", "mine")
    assert status == 2 and "holds overlaps.json that no run of rdmc-bench made" in printed
    assert [path.read_text() for path in Path("mine").iterdir()] == ["{}"]
