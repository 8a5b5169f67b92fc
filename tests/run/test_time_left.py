"""The time left is to be believed while a run goes on, whatever comes last in it."""

import heapq
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, cast

import pytest

from harness.processes import Processes
from harness.run.plan import OpenRainSet
from harness.run.shares import share_of
from harness.run.time_left import TimeLeft
from harness.run.work import ImageWork, Work

MEGAPIXEL = 1_000_000
PACES = {"guided": 0.9 / MEGAPIXEL, "brn": 68 / MEGAPIXEL}  # seconds a pixel, on a CPU here
SMALL = 0.15 * MEGAPIXEL


class Named:
    """Stands for an open rain set."""

    def __init__(self, name: str) -> None:
        self.name = name


def work_of(*sets: Mapping[str, float], derainers: Sequence[str]) -> tuple[Work, Any]:
    """Return the work on rain sets "0", "1"..., given as pixels by image, and its amounts."""
    missing = {name: ["restoration"] for name in derainers}
    amounts = {(str(n), image): of for n, images in enumerate(sets) for image, of in images.items()}
    images = [
        (cast(OpenRainSet, Named(str(n))), [ImageWork(image, "", missing) for image in of])
        for n, of in enumerate(sets)
    ]
    return share_of(Work(images), amounts, Processes()), amounts


def simulated(
    *sets: Mapping[str, float],
    derainers: Sequence[str],
    lanes: int,
    trials: Mapping[str, float],
    overhead: float = 0.0,
) -> list[tuple[float, float]]:
    """Run lanes by a clock of our own; return at each change what was told and what was true."""
    now = [0.0]
    work, amounts = work_of(*sets, derainers=derainers)
    told = TimeLeft(work, amounts, lanes, clock=lambda: now[0])
    told.begin(trials)
    queue = [(rain_set.name, one.image) for rain_set, images in work.images for one in images]
    events: list[tuple[float, int]] = [(0.0, lane) for lane in range(lanes)]
    tasks: dict[tuple[str, str], list[str]] = {}
    picture: dict[int, tuple[str, str]] = {}
    open_blocks: dict[int, AbstractContextManager[None]] = {}
    seen = []
    while events:
        now[0], lane = heapq.heappop(events)
        if lane in open_blocks:
            open_blocks.pop(lane).__exit__(None, None, None)
        if not tasks.get(picture.get(lane, ("", ""))):
            if queue:
                picture[lane] = queue.pop(0)
                tasks[picture[lane]] = list(derainers)
            else:
                picture[lane] = max(tasks, key=lambda one: amounts[one] * len(tasks[one]))
            if not tasks[picture[lane]]:
                seen.append((told.seconds(), now[0]))
                continue
        name, pixels = tasks[picture[lane]].pop(0), amounts[picture[lane]]
        rain_set, image = picture[lane]
        now[0] += overhead
        block = told.taking((rain_set, [image]), name, derainers)
        block.__enter__()
        open_blocks[lane] = block
        seen.append((told.seconds(), now[0]))
        heapq.heappush(events, (now[0] + pixels * PACES[name], lane))
    end = now[0]
    return [(said, end - at) for said, at in seen]


@pytest.mark.parametrize("comes_last", [True, False])
@pytest.mark.parametrize("lanes", [1, 2, 4])
def test_a_big_picture_and_a_slow_derainer(lanes: int, comes_last: bool) -> None:
    small, big = {f"{n:02}": SMALL for n in range(20)}, {"20": 6.0 * MEGAPIXEL}
    sets = [small, big] if comes_last else [small | big]
    trials = {name: 2 * pace for name, pace in PACES.items()}  # small pictures take longer a pixel
    seen = simulated(*sets, derainers=["guided", "brn"], lanes=lanes, trials=trials)
    late = seen[lanes + 4 :]  # as soon as some picture is done
    assert all(0.6 * true - 15 <= said <= 1.4 * true + 15 for said, true in late)
    said, true = seen[0]
    assert 0.5 * true <= said <= 4 * true  # by the trials alone, before anything is done


def test_a_slow_derainer_that_comes_last_is_known_by_its_trial() -> None:
    pictures = {"0": 6.0 * MEGAPIXEL}
    seen = simulated(pictures, derainers=["guided", "brn"], lanes=1, trials=PACES)
    assert seen[1][0] == pytest.approx(6 * 68)  # the guided filter is done
    untried = simulated(pictures, derainers=["guided", "brn"], lanes=1, trials={})
    assert untried[0][0] == float("inf")  # nobody knows, and nothing is told


def test_what_a_lane_has_in_hand_grows_less() -> None:
    now = [0.0]
    work, amounts = work_of({"big": 6.0 * MEGAPIXEL}, derainers=["brn"])
    told = TimeLeft(work, amounts, 2, clock=lambda: now[0])
    told.begin(PACES)
    with told.taking(("0", ["big"]), "brn", ["brn"]):
        for seconds in (0.0, 100.0, 400.0):
            now[0] = seconds
            assert told.seconds() == pytest.approx(6 * 68 - seconds)
    assert told.seconds() == 0


def test_a_lane_that_takes_tiles_of_a_picture_halves_what_is_left_of_it() -> None:
    now = [0.0]
    work, amounts = work_of({"big": 6.0 * MEGAPIXEL}, derainers=["brn"])
    told, batch = TimeLeft(work, amounts, 2, clock=lambda: now[0]), ("0", ["big"])
    told.begin(PACES)
    with told.taking(batch, "brn", ["brn"]):
        with told.helping(batch, "brn"):
            now[0] = 100
            assert told.seconds() == pytest.approx((6 * 68 - 200) / 2)
        assert told.seconds() == pytest.approx(6 * 68 - 200)
        now[0] += 6 * 68 - 200
    assert told.seconds() == 0
    with told.helping(batch, "brn"):  # who comes too late does no harm
        assert told.seconds() == 0


def test_tiles_that_other_lanes_took_count_for_the_pace_of_a_derainer() -> None:
    now = [0.0]
    work, amounts = work_of({"big": 6.0 * MEGAPIXEL}, {"next": 6.0 * MEGAPIXEL}, derainers=["brn"])
    told, batch = TimeLeft(work, amounts, 2, clock=lambda: now[0]), ("0", ["big"])
    told.begin({"brn": 1 / MEGAPIXEL})
    with told.taking(batch, "brn", ["brn"]), told.helping(batch, "brn"):
        now[0] = 6 * 68 / 2
    assert told.seconds() == pytest.approx(6 * 68)


def test_decoding_between_the_pictures_counts() -> None:
    pictures = {f"{n:02}": MEGAPIXEL for n in range(20)}
    # It takes as long as the filter itself.
    seen = simulated(pictures, derainers=["guided"], lanes=1, trials=PACES, overhead=0.9)
    assert all(0.7 * true - 2 <= said <= 1.3 * true + 2 for said, true in seen[3:])


def test_a_picture_that_takes_longer_than_its_pixels_say_is_not_said_to_be_done() -> None:
    """PReNet took twice as long a pixel at 6 megapixels as on the small pictures of its set."""
    now = [0.0]
    small = {f"small {number}": 0.15 * MEGAPIXEL for number in range(20)}
    work, amounts = work_of({"large": 6 * MEGAPIXEL, **small}, derainers=["prenet"])
    told = TimeLeft(work, amounts, 2, clock=lambda: now[0])
    told.begin({"prenet": 31 / MEGAPIXEL})
    with told.taking(("0", ["large"]), "prenet", ["prenet"]):
        for image in small:
            with told.taking(("0", [image]), "prenet", ["prenet"]):
                now[0] += 0.15 * 25
        for passed in (150, 200, 250, 299):
            now[0] = passed
            assert 0.2 * passed < told.seconds() < 0.5 * passed
    assert told.seconds() == 0
