"""``docs/gpu.md``: every table in its whole shape; what no GPU has filled is named "not shown"."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tools.gpu.committed import STREETS, Figure, psnr_of_pairs, read_figures
from tools.gpu.subjects import subjects

NOT_SHOWN = "not shown"

PRECISIONS = ("float32", "bfloat16", "float16")

SIZES = ((320, 480), (1080, 1920))

BATCHES = (1, 8)

STAGES = (
    "install_wheels",
    "facts",
    "build_mmcv",
    "against_cpu",
    "latency",
    "marked_tests",
    "benchmark_against_reference",
    "train",
)

HEADLINES = ("psnr_y", "ssim_y", "ap", "ap50", "miou")

UNTRAINED = ("RDMC, width 1", "RDMC, width 1/2")
"""Sizes that are timed without weights."""

INTRODUCTION = """\
# On a GPU

What no CPU can show: whether a GPU gives the same pictures and figures, how fast it is, what
minutes of training on it come to. `tools/gpu/run.sh` measures all of it in one go, [as the README
says](../README.md#gpu), and `python -m tools.gpu.collect FOLDER` writes this page from what it
left. **"not shown" stands wherever no GPU has yet given a figure**; nothing here is estimated.
"""


class Found:
    """The findings of one run, the later of two that answer one question being the answer.

    Args:
        findings: As `tools.gpu.findings.read_findings` returns them; none if no run was made.
    """

    def __init__(self, findings: Sequence[Mapping[str, Any]]) -> None:
        self.findings = findings

    def all(self, stage: str, key: str, **match: Any) -> list[Mapping[str, Any]]:
        """Return the findings of a stage that have a key, and these values of others."""
        return [
            one
            for one in self.findings
            if one["stage"] == stage
            and one.get(key) is not None
            and all(one.get(name) == value for name, value in match.items())
        ]

    def value(self, stage: str, key: str, **match: Any) -> Any:
        """Return what was found last under a key, None if nothing was."""
        found = self.all(stage, key, **match)
        return found[-1][key] if found else None


def render(run: Sequence[Mapping[str, Any]], rehearsal: Sequence[Mapping[str, Any]]) -> str:
    """Return the page.

    Args:
        run: The findings of a run on a GPU, empty if there was none.
        rehearsal: Those of a run of the same scripts on a CPU, likewise.
    """
    found = Found(run)
    sections = [
        INTRODUCTION,
        the_card(found),
        the_stages(found, Found(rehearsal)),
        against_the_cpu(found),
        speed(found),
        the_tests(found),
        the_benchmark(found),
        the_training(found),
    ]
    return "\n".join(section.rstrip() + "\n" for section in sections)


def the_card(found: Found) -> str:
    """Return the machine and its own rates."""
    rows = [
        ["card", cell(found.value("facts", "card"))],
        ["memory, GiB", cell(found.value("facts", "memory_gib"))],
        ["compute capability", cell(found.value("facts", "capability"))],
        ["driver", cell(found.value("facts", "driver"))],
        ["cores beside it", cell(found.value("facts", "cores"))],
        *([name, cell(found.value("facts", key))] for name, key in VERSIONS.items()),
    ]
    for precision in PRECISIONS:
        rate = found.value("facts", "tflops", matrix_product=precision)
        rows.append([f"matrix product of 8192 x 8192, {precision}, TFLOP/s", cell(rate, 1)])
    rows.append(["copy, GB/s read and written", cell(found.value("facts", "gb_per_second"), 0)])
    return "## The card\n\n" + table(["", ""], rows)


VERSIONS = {
    "Python": "python",
    "PyTorch": "torch",
    "CUDA": "cuda",
    "cuDNN": "cudnn",
    "revision of this project": "revision",
}


def the_stages(found: Found, rehearsal: Found) -> str:
    """Return how each stage ended, on a GPU and in the rehearsal on a CPU."""
    rows = [
        [
            f"`{name}`",
            cell(found.value("stages", "status", name=name)),
            cell(found.value("stages", "seconds", name=name)),
            cell(rehearsal.value("stages", "status", name=name)),
            cell(rehearsal.value("stages", "seconds", name=name)),
        ]
        for name in STAGES
    ]
    heads = ["stage", "on the GPU", "seconds", "rehearsed on a CPU", "seconds"]
    told = (
        "The rehearsal (`--device cpu --tiny`) takes little of everything, to show that each stage "
        "works to its end;\nits figures say nothing of a GPU and stand in no other table."
    )
    versions = [rehearsal.value("facts", key) for key in ("python", "torch")]
    if all(versions):
        told += f" It ran under Python {versions[0]} with PyTorch {versions[1]}."
    return f"## The stages\n\n{told}\n\n{table(heads, rows)}"


def against_the_cpu(found: Found) -> str:
    """Return how far each derainer is from its CPU output, and PSNR-Y on twenty pairs."""
    differences, fidelity = [], []
    for subject in subjects():
        of_it = {"derainer": subject.name}
        cells = []
        for precision in PRECISIONS:
            asked = {**of_it, "precision": precision}
            largest = found.value("against_cpu", "largest", **asked)
            mean = found.value("against_cpu", "mean", **asked)
            error = found.value("against_cpu", "error", **asked)
            cells.append("failed" if error else pair(largest, mean, 3))
        differences.append([subject.name, *cells])
        decibels = [
            found.value("against_cpu", "psnr_y", **of_it, precision=precision, rain_set="Rain100L")
            for precision in PRECISIONS
        ]
        committed = cell(psnr_of_pairs(subject.name), 3)
        fidelity.append([subject.name, committed, *(cell(one, 3) for one in decibels)])
    return "\n".join(
        [
            "## Every derainer against the CPU",
            "",
            "Largest / mean difference from float32 on the CPU, in levels of 255, on two crops of "
            "160x240. TF32 is off.",
            "",
            table(["derainer", *PRECISIONS], differences),
            FIDELITY,
            "",
            table(["derainer", "CPU, float32", *PRECISIONS], fidelity),
            failures(found, "against_cpu"),
        ]
    )


FIDELITY = """\
PSNR-Y (dB) on the first twenty pairs of Rain100L, 8 bits by truncation. The CPU's figure is that of
the [committed table](../results/reference/rain100l-first-20/tables/joint.md)."""


def speed(found: Found) -> str:
    """Return milliseconds a megapixel, the share of the card and its memory."""
    names = [*dict.fromkeys(subject.title for subject in subjects()), *UNTRAINED]
    parts = [
        "## Milliseconds a megapixel",
        "",
        "`restore` of a batch that lies on the card, by the card's clock: in `channels_last` / in "
        "PyTorch's default layout.",
    ]
    for height, width in SIZES:
        rows = []
        for name in names:
            cells = []
            for precision, batch in itertools.product(PRECISIONS, BATCHES):
                asked = {"derainer": name, "height": height, "width": width, "batch": batch}
                asked["precision"] = precision
                cells.append(
                    pair(
                        found.value("latency", "ms_per_megapixel", **asked, channels_last=True),
                        found.value("latency", "ms_per_megapixel", **asked, channels_last=False),
                        1,
                    )
                )
            rows.append([name, *cells])
        heads = [
            f"{precision}, batch {batch}"
            for precision, batch in itertools.product(PRECISIONS, BATCHES)
        ]
        parts += ["", f"### {height}x{width}", "", table(["derainer", *heads], rows)]
    parts += ["### Share of the card", "", SHARE, "", table(*shares(found, names))]
    return "\n".join([*parts, failures(found, "latency")])


SHARE = """\
Floating-point operations of the convolutions over the time, over the rate of the matrix product
above: batch 8, `channels_last`. Last column: the most memory in use, bfloat16."""


def shares(found: Found, names: Sequence[str]) -> tuple[list[str], list[list[str]]]:
    """Return head and rows of the table of shares."""
    rows = []
    for name in names:
        cells = []
        for (height, width), precision in itertools.product(SIZES, PRECISIONS):
            asked = {"derainer": name, "height": height, "width": width, "batch": 8}
            asked |= {"precision": precision, "channels_last": True}
            share = found.value("latency", "share", **asked)
            cells.append(NOT_SHOWN if share is None else f"{share:.0%}")
        peak = found.value(
            "latency",
            "peak_mib",
            derainer=name,
            height=SIZES[1][0],
            batch=8,
            precision="bfloat16",
            channels_last=True,
        )
        rows.append([name, *cells, cell(peak)])
    heads = [f"{h}x{w}, {one}" for (h, w), one in itertools.product(SIZES, PRECISIONS)]
    return ["derainer", *heads, f"{SIZES[1][0]}x{SIZES[1][1]}, MiB"], rows


def the_tests(found: Found) -> str:
    """Return how many tests passed, and which did not and why."""
    tests = found.all("marked_tests", "test")
    counts = [
        [outcome, str(sum(one["outcome"] in states for one in tests)) if tests else NOT_SHOWN]
        for outcome, states in {
            "passed": {"passed"},
            "failed": {"failure", "error"},
            "skipped": {"skipped"},
        }.items()
    ]
    others = [
        f"- `{one['test']}`: {one['outcome']}, {one['reason']}"
        for one in tests
        if one["outcome"] != "passed"
    ]
    head = (
        "## Tests marked `cuda`\n\n"
        "`python -m pytest tests/cuda -m cuda`; their stand-ins run on every CPU.\n"
    )
    return "\n".join([head, table(["outcome", "tests"], counts), *others])


def the_benchmark(found: Found) -> str:
    """Return the built-in benchmark's figures beside the committed ones, and what it took."""
    stage = "benchmark_against_reference"
    measured = found.value(stage, "measured") or {}
    took = [[name, cell(measured.get(key), 2)] for name, key in MEASURED.items()]
    seconds = found.value(stage, "seconds_of_stages") or {}
    listed = ", ".join(f"{name} {value:.1f}" for name, value in seconds.items()) or NOT_SHOWN
    rows, apart = [], []
    for figure, on_a_cpu in read_figures(STREETS).items():
        value = found.value(stage, "value", **figure._asdict())
        if value is not None:
            apart.append((abs(value - on_a_cpu), figure))
        if figure.metric in HEADLINES:
            difference = NOT_SHOWN if value is None else f"{value - on_a_cpu:+.4f}"
            rows.append([*figure, cell(on_a_cpu, 4), cell(value, 4), difference])
    if apart:
        most, where = max(apart)
        widest = f"{most:.4f} ({' / '.join(where)}), of {len(apart)} figures"
    else:
        widest = NOT_SHOWN
    return "\n".join(
        [
            "## The built-in benchmark",
            "",
            table(["", ""], took),
            f"Seconds of its stages: {listed}. Largest difference of any figure: {widest}.",
            "",
            table([*Figure._fields, "CPU", "GPU", "difference"], rows),
            failures(found, stage),
        ]
    )


MEASURED = {
    "models' pure forward time, s": "models_pure_forward_time",
    "run, s": "run",
    "run / forward": "run_over_forward",
    "whole command / forward": "whole_command_over_forward",
    "peak memory of the process, GiB": "peak_memory_gib",
    "peak memory of the GPU, GiB": "peak_memory_of_the_gpu_gib",
}


def the_training(found: Found) -> str:
    """Return the training's settings, speed and validations."""
    weights = found.all("train", "sha256")
    last: Mapping[str, Any] = weights[-1] if weights else {}
    settings = last.get("settings") or {}
    steps = found.all("train", "loss")
    rows = [
        ["width", cell((settings.get("options") or {}).get("width"))],
        ["patches a step, their side", pair(settings.get("batch"), settings.get("patch"), 0)],
        ["precision", cell(settings.get("precision"))],
        ["steps", cell(settings.get("iterations"))],
        ["seconds a step, of that waiting for pictures", waits(steps)],
        ["minutes", cell(last.get("minutes"))],
        ["best held-out PSNR-Y, dB", cell(last.get("psnr_y_held_out"), 2)],
        ["SHA-256 of the weights", cell(last.get("sha256"))],
    ]
    validations = [
        [cell(one["iteration"]), cell(one["psnr_y"], 2), cell(one.get("ssim"), 4)]
        for one in found.all("train", "psnr_y")
    ] or [[NOT_SHOWN] * 3]
    told = (
        "`rdmc` in one pass with bfloat16, in the minutes that the other stages left; the cores "
        "draw the rain ahead\n([settings](../tools/gpu/train.yaml)). Validated on held-out scenes."
    )
    return "\n".join(
        [
            f"## A training\n\n{told}\n",
            table(["", ""], rows),
            table(["step", "held-out PSNR-Y", "SSIM"], validations),
            failures(found, "train"),
        ]
    )


def waits(steps: Sequence[Mapping[str, Any]]) -> str:
    """Return the median seconds of a step and of its wait for pictures."""
    whole, waiting = (
        sorted(one[key] for one in steps if one.get(key) is not None)
        for key in ("seconds_a_step", "waiting_for_pictures")
    )
    if not whole or not waiting:
        return NOT_SHOWN
    return pair(whole[len(whole) // 2], waiting[len(waiting) // 2], 4)


def failures(found: Found, stage: str) -> str:
    """Return a line for everything of a stage that failed, was left out or found no memory."""
    lines = []
    for key in ("error", "psnr_error", "weights_error", "left_out"):
        for one in found.all(stage, key):
            shown = {name: value for name, value in one.items() if name not in {"stage", "at", key}}
            where = ", ".join(f"{name} {value}" for name, value in shown.items())
            lines.append(f"- {where + ': ' if where else ''}{one[key]}")
    return "\n".join(lines)


def cell(value: Any, digits: int | None = None) -> str:
    """Return what stands in a cell."""
    if value is None or value == "":
        return NOT_SHOWN
    return f"{value:.{digits}f}" if digits is not None else str(value)


def pair(first: float | None, second: float | None, digits: int) -> str:
    """Return two figures of a cell; both are named as not shown in one."""
    if first is None and second is None:
        return NOT_SHOWN
    return f"{cell(first, digits)} / {cell(second, digits)}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table, the first column to the left and the others to the right."""
    rule = [":--", *["--:"] * (len(head) - 1)]
    lines = [f"| {' | '.join(cells)} |" for cells in (head, rule, *rows)]
    return "\n".join(lines) + "\n"
