"""A weight file is found by its tag or its name, and another file in its place is told."""

from pathlib import Path

import pytest

from baselines.prenet import PReNetDerainer
from harness.digests import digest_file
from harness.errors import ConfigError
from harness.plugins.options import bind_options
from harness.provenance import Provenance
from harness.weights_by_name import cache_folder


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the file of one tag; a second one is known and lies nowhere."""
    folder = tmp_path / "weights"
    folder.mkdir()
    (folder / "prenet_mine.pth").write_bytes(b"mine")
    known = {
        digest_file(folder / "prenet_mine.pth"): provenance("mine"),
        "0" * 64: provenance("other", "https://example.org/net.pth"),
        "1" * 64: provenance("homeless"),
    }
    monkeypatch.setattr(PReNetDerainer, "known_weights", known)
    monkeypatch.setenv("RDMC_BENCH_WEIGHTS", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


def provenance(tag: str, url: str = "") -> Provenance:
    return Provenance(
        trained_on=tag.title(),
        source="somebody",
        licence="MIT",
        file="logs/net.pth",
        tag=tag,
        name=f"prenet_{tag}.pth",
        url=url,
    )


def bound(name: str, base: Path) -> Path:
    options = bind_options("derainers[2] (P)", PReNetDerainer, {"weights": name}, base)
    path = options["weights"]
    assert isinstance(path, Path)
    return path


@pytest.mark.parametrize("name", ["mine", "MINE", "prenet_mine.pth"])
def test_a_tag_or_the_name_finds_the_file(name: str, weights: Path, tmp_path: Path) -> None:
    assert bound(name, tmp_path) == weights / "prenet_mine.pth"


def test_the_cache_is_looked_in_too(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RDMC_BENCH_WEIGHTS")
    cache_folder().mkdir(parents=True)
    (weights / "prenet_mine.pth").rename(cache_folder() / "prenet_mine.pth")
    assert bound("mine", tmp_path) == tmp_path / "cache/rdmc-bench/weights/prenet_mine.pth"


def test_a_file_beside_the_configuration_goes_first_and_a_folder_does_not(
    weights: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    assert bound("mine", tmp_path) == weights / "prenet_mine.pth"
    (tmp_path / "mine").rmdir()
    (tmp_path / "mine").write_bytes(b"local")
    assert bound("mine", tmp_path) == tmp_path / "mine"


def test_a_file_that_nobody_knows_is_found_by_its_name(weights: Path, tmp_path: Path) -> None:
    (weights / "own.pth").write_bytes(b"own")
    assert bound("own.pth", tmp_path) == weights / "own.pth"
    with pytest.raises(ConfigError, match=r"weights: .*folder/own\.pth does not exist"):
        bound("folder/own.pth", tmp_path)


def test_what_lies_nowhere_is_told_with_where_it_was_looked_for(
    weights: Path, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as missing:
        bound("other", tmp_path)
    assert str(missing.value) == (
        "derainers[2] (P): weights: other is the file prenet_other.pth, which lies neither in "
        f"{weights} (RDMC_BENCH_WEIGHTS) nor in {tmp_path}/cache/rdmc-bench/weights; "
        "`rdmc-bench weights prenet_other.pth` fetches it (licence: MIT)"
    )
    with pytest.raises(ConfigError, match=r"no address of it is known.*as prenet_homeless\.pth"):
        bound("homeless", tmp_path)


def test_an_unset_variable_is_named(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RDMC_BENCH_WEIGHTS")
    with pytest.raises(ConfigError, match=r"lies neither in RDMC_BENCH_WEIGHTS \(not set\) nor"):
        bound("mine", tmp_path)


def test_another_file_of_that_name_is_refused(weights: Path, tmp_path: Path) -> None:
    (weights / "prenet_mine.pth").write_bytes(b"another")
    with pytest.raises(ConfigError, match=r"prenet_mine\.pth: is another file than the one for Mi"):
        bound("mine", tmp_path)


def test_every_known_file_has_a_name_of_its_own() -> None:
    from harness.cli.weights_command import all_known

    listed, broken = all_known()
    assert not broken
    assert len({one.name for one in listed}) == len({one.file.provenance.name for one in listed})
    assert len({one.name for one in listed}) == len(listed) > 25
    for one in listed:
        known = one.file.provenance
        assert known.licence and known.trained_on and len(one.file.sha256) == 64
        assert not known.url or known.url.startswith("https://")


def test_known_files_are_those_that_lie_in_the_folder(authors_weights: Path) -> None:
    from harness.cli.weights_command import all_known

    sums = (authors_weights / "SHA256SUMS").read_text().split()
    there = dict(zip(sums[1::2], sums[::2], strict=True))
    known = {one.file.provenance.name: one.file.sha256 for one in all_known()[0]}
    assert there == {name: sha256 for name, sha256 in known.items() if name in there}
