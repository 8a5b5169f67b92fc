import os

import numpy as np
import pytest
from PIL import Image, ImageCms

from baselines.folder import FolderDerainer
from baselines.foreign import GivenFacts
from harness.derainer import quantise
from harness.errors import ConfigError, DerainerError, SampleError
from harness.rain_sets.cropping import cropped
from harness.rain_sets.pairs import PairedRainSet
from harness.samples import Sample


@pytest.fixture
def rain_set(tmp_path, make_pairs):
    make_pairs(tmp_path / "data", 3)
    return PairedRainSet("pairs", tmp_path / "data", "rainy/rain-{k}.png", "norain/norain-{k}.png")


@pytest.fixture
def restored(tmp_path, rain_set):
    """A folder of restored images named as the rainy ones."""
    folder = tmp_path / "restored"
    folder.mkdir()
    for number, sample_id in enumerate(rain_set.ids()):
        Image.fromarray(_pixels(number)).save(folder / f"{sample_id}.png")
    return folder


def _pixels(seed, size=(24, 32)):
    return np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)


def _restore(derainer, sample, cpu):
    return quantise(derainer.restore_samples([sample], cpu)[0], "round")


def test_gives_the_files_bit_for_bit(restored, rain_set, cpu):
    derainer = FolderDerainer(restored)
    for number, sample_id in enumerate(rain_set.ids()):
        pixels = _restore(derainer, rain_set.load(sample_id), cpu)
        assert np.array_equal(pixels, _pixels(number))
    assert derainer.remarks([rain_set], cpu) == []


@pytest.mark.parametrize(
    ("pattern", "sample_id", "file"),
    [
        ("{id}", "a", "a.BMP"),
        ("{id}_derained", "a", "a_derained.png"),
        ("{rain_set}/{id}.png", "a", "pairs/a.png"),
        ("out/{stem}", "bridge__0001", "out/0001.png"),
        ("{path}.bmp", "bridge__0001", "bridge/0001.bmp"),
        ("{id}", "bridge/0001", "bridge/0001.png"),
        ("{number}", "rain-001", "1.png"),
        ("out_{number:4}.png", "scene2_rain-17", "out_0017.png"),
        ("{first_number:3}", "norain-12x2", "012.png"),
    ],
)
def test_patterns(tmp_path, rain_set, cpu, pattern, sample_id, file):
    path = tmp_path / "restored" / file
    path.parent.mkdir(parents=True)
    Image.fromarray(_pixels(5)).save(path)
    derainer = FolderDerainer(tmp_path / "restored", pattern)
    derainer.expect(rain_set, [sample_id], tmp_path / "logs")
    pixels = _restore(derainer, Sample(sample_id, _pixels(0)), cpu)
    assert np.array_equal(pixels, _pixels(5))


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("derained.png", "no field that tells samples apart"),
        ("{rain_set}.png", "no field that tells samples apart"),
        ("{name}.png", r"knows no \{name\}; its fields are \{id\}, \{stem\}"),
        ("../{id}", "must lie below its folder"),
        ("{id", "a brace must enclose a field"),
        ("{id:3}", r"only a number has a width, as in \{number:4\}, not \{id\}"),
    ],
)
def test_wrong_patterns(tmp_path, pattern, message):
    with pytest.raises(ConfigError, match=message):
        FolderDerainer(tmp_path, pattern)


def test_a_missing_file_is_named(restored, rain_set, cpu):
    (restored / "rain-002.png").unlink()
    derainer = FolderDerainer(restored)
    with pytest.raises(DerainerError, match=r"holds no rain-002\.png \(or \.jpg, .*for rain-002"):
        _restore(derainer, rain_set.load("rain-002"), cpu)
    (remark,) = derainer.remarks([rain_set], cpu)
    assert remark == f"{restored} lacks 1 of 3 images of pairs: rain-002"


def test_a_wrong_size_is_named(restored, rain_set, cpu):
    Image.fromarray(_pixels(0, (12, 16))).save(restored / "rain-001.png")
    with pytest.raises(DerainerError, match=r"rain-001.png: is 16x12, but .* rain-001 is 32x24"):
        _restore(FolderDerainer(restored), rain_set.load("rain-001"), cpu)


def test_an_id_without_a_number_is_named(restored, cpu):
    with pytest.raises(DerainerError, match=r"'\{number\}' asks for a number, and the id 'a' has"):
        _restore(FolderDerainer(restored, "{number}"), Sample("a", _pixels(0)), cpu)


def test_a_number_that_two_images_share_is_refused(restored, rain_set):
    class Scenes:
        name = "scenes"

        def ids(self):
            return ("bridge__0001", "hill__0001")

    refusal = FolderDerainer(restored, "{number}").refusal(Scenes())
    assert refusal is not None
    assert "bridge__0001 and hill__0001 would both be 1; name the images apart" in refusal
    assert FolderDerainer(restored, "{path}").refusal(Scenes()) is None
    assert FolderDerainer(restored).refusal(rain_set) is None


def test_one_folder_for_two_sets_is_told(restored, rain_set, cpu):
    other = PairedRainSet(
        "others",
        rain_set.pictures.sources["rain-001"].path.parents[1],
        "rainy/rain-{k}.png",
        "norain/norain-{k}.png",
    )
    (remark,) = FolderDerainer(restored).remarks([rain_set, other], cpu)
    assert "3 of the files stand for images of pairs and others alike; put {rain_set}" in remark


def test_cut_results_say_how_all_are_judged_on_what_is_left(restored, rain_set, cpu):
    Image.fromarray(_pixels(0, (16, 32))).save(restored / "rain-001.png")
    with pytest.raises(DerainerError, match="multiples of 16, say `crop_multiple: 16` of the rain"):
        _restore(FolderDerainer(restored), rain_set.load("rain-001"), cpu)


def test_whole_results_are_cut_for_a_set_that_is(restored, rain_set, cpu):
    sample = cropped(rain_set.load("rain-001"), 20)
    assert sample.rainy.shape == (20, 20, 3)
    with pytest.raises(DerainerError, match="`cut: true` cuts its right and lower edge"):
        _restore(FolderDerainer(restored), sample, cpu)
    pixels = _restore(FolderDerainer(restored, cut=True), sample, cpu)
    assert np.array_equal(pixels, _pixels(0)[:20, :20])


def test_an_opaque_fourth_channel_is_dropped_and_a_transparent_one_named(restored, rain_set, cpu):
    opaque = np.dstack([_pixels(3), np.full((24, 32), 255, np.uint8)])
    Image.fromarray(opaque).save(restored / "rain-001.png")
    sample = rain_set.load("rain-001")
    assert np.array_equal(_restore(FolderDerainer(restored), sample, cpu), _pixels(3))
    opaque[0, 0, 3] = 0
    Image.fromarray(opaque).save(restored / "rain-001.png")
    with pytest.raises(SampleError, match=r"rain-001.png: .*transparent"):
        _restore(FolderDerainer(restored), sample, cpu)


def test_a_damaged_file_is_named(restored, rain_set, cpu):
    content = (restored / "rain-001.png").read_bytes()
    (restored / "rain-001.png").write_bytes(content[: len(content) // 2])
    with pytest.raises(SampleError, match=r"rain-001.png: damaged or truncated"):
        _restore(FolderDerainer(restored), rain_set.load("rain-001"), cpu)


def test_pictures_of_another_profile_are_told(restored, rain_set, cpu):
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    places = {bytes(profile[at : at + 4]): at for at in range(132, 372, 12)}
    for one, other in ((b"rXYZ", b"bXYZ"), (b"bXYZ", b"rXYZ")):  # red and blue change places
        profile[places[one] : places[one] + 4] = other
    before = FolderDerainer(restored).options()
    path = restored / "rain-002.png"
    Image.open(path).save(path, icc_profile=bytes(profile))
    derainer = FolderDerainer(restored)
    (remark,) = derainer.remarks([rain_set], cpu)
    assert "holds 1 with another colour profile than sRGB's" in remark and path.name in remark
    assert derainer.options() != before
    pixels = _restore(derainer, rain_set.load("rain-002"), cpu)
    assert np.abs(pixels.astype(int) - _pixels(1)[..., ::-1]).max() <= 2


def test_a_pipe_among_the_files_is_no_picture_and_not_waited_for(restored):
    os.mkfifo(restored / "rain-009.png")
    names = FolderDerainer(restored)._pictures.names
    assert names and "rain-009.png" not in names


def test_two_candidates_are_refused(restored, rain_set, cpu):
    Image.fromarray(_pixels(0)).save(restored / "rain-001.jpg")
    with pytest.raises(DerainerError, match=r"rain-001.jpg and rain-001.png could both be"):
        _restore(FolderDerainer(restored), rain_set.load("rain-001"), cpu)


def test_extra_files_and_jpegs_are_told_in_one_line_each(restored, rain_set, cpu):
    for number in range(7):
        Image.fromarray(_pixels(0)).save(restored / f"other-{number}.png")
    (restored / "rain-001.png").unlink()
    Image.fromarray(_pixels(0)).save(restored / "rain-001.jpg")
    (restored / "notes.txt").write_text("no picture")
    extra, lossy = FolderDerainer(restored).remarks([rain_set], cpu)
    names = "other-0.png, other-1.png, other-2.png, other-3.png, other-4.png and 2 more"
    assert extra.endswith(f"holds 7 that belong to no image of this run and are not used: {names}")
    assert "1 as JPEG" in lossy


def test_the_fingerprint_follows_the_bytes_alone(restored, tmp_path):
    first = FolderDerainer(restored).fingerprint()
    os.utime(restored / "rain-001.png", (0, 0))
    (restored / "notes.txt").write_text("no picture")
    moved = restored.rename(tmp_path / "elsewhere")
    given = GivenFacts(title="Mine", year=2020)
    assert FolderDerainer(moved, facts=given).fingerprint() == first
    Image.fromarray(_pixels(9)).save(moved / "rain-001.png")
    assert FolderDerainer(moved).fingerprint() != first


def test_a_file_that_changes_under_way_is_not_used(restored, rain_set, cpu):
    derainer = FolderDerainer(restored)
    Image.fromarray(_pixels(9)).save(restored / "rain-001.png")
    os.utime(restored / "rain-001.png", (0, 0))
    with pytest.raises(DerainerError, match="changed since the run began"):
        _restore(derainer, rain_set.load("rain-001"), cpu)


def test_facts_stand_where_the_configuration_says_them(restored):
    given = GivenFacts(title="Mine", paper="Doe, CVPR 2020", year=2020, parameters=7)
    derainer = FolderDerainer(restored, facts=given)
    assert (derainer.facts.title, derainer.facts.year) == ("Mine", 2020)
    assert derainer.facts.licence == "not stated"
    assert derainer.parameters_count() == 7
    assert FolderDerainer(restored).parameters_count() is None


@pytest.mark.parametrize("pattern", ["{id}_\u00e9", "{id}_e\u0301.png"])
@pytest.mark.parametrize("name", ["\u00fc_\u00e9.png", "u\u0308_e\u0301.png"])
def test_accents_may_be_composed_or_not(tmp_path, cpu, pattern, name):
    Image.fromarray(_pixels(1)).save(tmp_path / name)
    sample = Sample(id="\u00fc", rainy=_pixels(0), clean=None)
    pixels = _restore(FolderDerainer(tmp_path, pattern), sample, cpu)
    assert np.array_equal(pixels, _pixels(1))


def test_what_lies_in_the_place_of_a_missing_file_is_told(restored, rain_set, cpu):
    samples = [rain_set.load(sample_id) for sample_id in rain_set.ids()]
    (restored / "rain-001.png").rename(restored / "rain-001.webp")
    (restored / "rain-002.png").unlink()
    (restored / "rain-002.jpg").symlink_to("gone.jpg")
    derainer = FolderDerainer(restored)
    for sample, there in zip(
        samples,
        (r"rain-001\.webp$", r"rain-002\.jpg, a link to gone\.jpg, which is not there$"),
        strict=False,
    ):
        with pytest.raises(DerainerError, match=f"holds no .* for {sample.id}; there is {there}"):
            _restore(derainer, sample, cpu)
