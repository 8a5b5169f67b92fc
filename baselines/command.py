"""A program of the user's that maps a folder to a folder, in an environment of its own."""

import functools
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import ClassVar

import torch
from torch import Tensor

from baselines.folder_calls import FolderCalls, Outcome
from baselines.foreign import ForeignDerainer, GivenFacts
from baselines.picture_files import PicturePattern, check_size
from baselines.program import Program
from harness.derainer import DerainerFacts
from harness.device import Device
from harness.digests import digest_arrays, digest_file
from harness.errors import ConfigError, DerainerError
from harness.foreign_code import ForeignError, attempt
from harness.images import READING_VERSION, read_rgb
from harness.processes import Processes
from harness.samples import RainSet, Sample


class CommandDerainer(ForeignDerainer):
    """Has a program restore pictures: it reads them from one folder and writes to another.

    Starting a program is slow, so one call covers up to ``images_per_call`` pictures: those that
    are asked for, and the next ones of the rain set, of any size, which this process would ask
    for later. A call that fails is repeated on halves, so that a bad picture costs itself alone.
    The seconds of a call, with the start of the program, count as those of the picture that was
    asked for: only their mean over a rain set has a meaning.

    Args:
        argv: The program and its arguments. ``{input}`` and ``{output}`` are replaced by the two
            folders, ``{device}`` by ``cpu`` or, for example, ``cuda:0``. No shell reads them.
        cwd: Where the program runs, and what relative paths in ``argv`` refer to; by default
            where the benchmark runs.
        env: Environment variables to set.
        inherit_env: Pass on the benchmark's own variables too, except those about its Python and
            its place under torchrun.
        time_limit: Seconds that one call may take; then the program is ended, with all that it
            started.
        images_per_call: The most pictures of a call. 1 for a program that takes no more, or that
            needs all of one size.
        input: Names of the rainy pictures, ``{id}`` is the sample's id; ends in ``.png`` or
            ``.bmp``.
        output: Names of the restored ones below ``{output}``; without an extension any of those
            that count. See `PicturePattern`.
        version: Whatever you change to have everything restored anew.
        depends_on: Files and folders whose change has the same effect: code, weights.
        facts: What the tables say of the method.

    Raises:
        ConfigError: If an option is wrong.
    """

    facts = DerainerFacts(title="Program")
    limits_itself: ClassVar[bool] = True

    def __init__(
        self,
        argv: list[str],
        cwd: Path | None = None,
        env: dict[str, str] | None = None,
        inherit_env: bool = True,
        time_limit: float = 3600,
        images_per_call: int = 64,
        input: str = "{id}.png",
        output: str = "{id}",
        version: str = "",
        depends_on: list[Path] | None = None,
        facts: GivenFacts | None = None,
    ) -> None:
        _check(argv, time_limit, images_per_call, input)
        patterns = PicturePattern(input, ["id"]), PicturePattern(output, ["id"])
        self.know(facts)
        program = Program(argv, cwd, env or {}, inherit_env, time_limit)
        self._options: dict[str, object] = {
            "argv": argv,
            "cwd": str(cwd or ""),
            "env": env or {},
            "inherit_env": inherit_env,
            "input": input,
            "output": output,
            "version": version,
            "depends_on": [_digests(path) for path in depends_on or []],
            "reading": READING_VERSION,
        }
        self._images_per_call = images_per_call
        self._turn = threading.RLock()  # guards all below; one call at a time
        self._calls = FolderCalls(program, *patterns)
        self._rain_set: RainSet | None = None
        self._to_come: dict[str, None] = {}
        self._outcomes: dict[str, Outcome] = {}
        self._taken: set[str] = set()
        self._log: Path | None = None

    def options(self) -> dict[str, object]:
        """Return what is run, with the digests of what it depends on."""
        return self._options

    def expect(self, rain_set: RainSet, sample_ids: Sequence[str], logs: Path) -> None:
        """Note which pictures a call may cover, and where its log goes; see `Derainer.expect`."""
        processes = Processes()
        rank = f".process-{processes.rank}" if processes.count > 1 else ""
        with self._turn:
            self._rain_set, self._to_come = rain_set, dict.fromkeys(sample_ids)
            self._log = logs / f"{rain_set.name}{rank}.log"
            self._taken.update(self._outcomes)

    def close(self) -> None:
        """End a call under way and remove the pictures; see `Derainer.close`."""
        self._calls.stop()
        with self._turn:
            self._outcomes.clear()
            self._calls.remove()

    def restore(self, rainy: Tensor) -> Tensor:
        """Refuse: a program works on files, which are named by their samples.

        Raises:
            DerainerError: Always; `restore_samples` is what this row is made of.
        """
        raise DerainerError("a program needs samples: call restore_samples, not restore")

    def restore_samples(self, samples: Sequence[Sample], device: Device) -> list[Tensor]:
        """Return what the program makes of the samples, or made of them in an earlier call.

        Returns:
            For each sample a (3, H, W) uint8 tensor.

        Raises:
            DerainerError: If the program fails on a sample, or leaves no picture of its size.
            SampleError: If a picture that it left cannot be decoded.
            RunStopped: If the run was stopped meanwhile.
        """
        with self._turn:
            asked = {_key(sample): sample for sample in samples}
            new = {key: sample for key, sample in asked.items() if key not in self._outcomes}
            if new:
                self._forget_taken()
                covered = self._with_next(new)
                self._outcomes |= self._calls.restore(covered, str(device.torch_device), self.log)
            if len(samples) == 1:  # several come again one by one if one of them fails here
                self._taken.update(asked)
            restored = [_read(self._outcomes[_key(sample)], sample) for sample in samples]
            self._taken.update(asked)
            return restored

    @property
    def log(self) -> Path:
        """The file that takes what the program says; outside a run a temporary one, kept."""
        if self._log is None:
            self._log = Path(tempfile.mkdtemp(prefix="rdmc-bench-log-")) / "program.log"
        return self._log

    def _with_next(self, asked: Mapping[str, Sample]) -> dict[str, Sample]:
        """Add the samples that will be asked for next, as many as a call may cover."""
        covered = dict(asked)
        for sample in asked.values():
            self._to_come.pop(sample.id, None)
        while self._rain_set is not None and self._to_come and len(covered) < self._images_per_call:
            sample_id = next(iter(self._to_come))
            del self._to_come[sample_id]
            try:
                sample = attempt(functools.partial(self._rain_set.load, sample_id))
            except ForeignError:  # the run meets it too, and says so in its row
                continue
            if _key(sample) not in self._outcomes:
                covered[_key(sample)] = sample
        return covered

    def _forget_taken(self) -> None:
        for key in self._taken & self._outcomes.keys():
            picture = self._outcomes.pop(key).picture
            if picture is not None:
                picture.unlink(missing_ok=True)
        self._taken.clear()


def _key(sample: Sample) -> str:
    return f"{sample.id}:{digest_arrays(sample.rainy)}"


def _read(outcome: Outcome, sample: Sample) -> Tensor:
    if outcome.picture is None:
        raise DerainerError(outcome.error)
    pixels = read_rgb(outcome.picture).pixels
    check_size(f"{outcome.picture.name} in {{output}}", pixels, sample)
    return torch.from_numpy(pixels.copy()).permute(2, 0, 1)


def _check(argv: Sequence[str], time_limit: float, images_per_call: int, input: str) -> None:
    for placeholder in ("{input}", "{output}"):
        if not any(placeholder in word for word in argv[1:]):
            raise ConfigError(
                f"argv: holds no {placeholder} after the program; it stands for the folder that "
                "the program reads or writes, as in [python, derain.py, '{input}', '{output}']"
            )
    if time_limit <= 0:
        raise ConfigError(f"time_limit: must be more than 0 seconds (got {time_limit:g})")
    if images_per_call < 1:
        raise ConfigError(f"images_per_call: must be at least 1 (got {images_per_call})")
    if PurePosixPath(input).suffix not in {".png", ".bmp"} or "/" in input:
        raise ConfigError(f"input: {input!r} must be a file name that ends in .png or .bmp")


def _digests(path: Path) -> list[list[str]]:
    """Return the names and digests of a file, or of all files below a folder.

    What is hidden, and what Python compiles, does not count.
    """
    if path.is_file():
        return [[path.name, digest_file(path)]]
    files = sorted(file for file in path.rglob("*") if file.is_file())
    named = [(file.relative_to(path), file) for file in files]
    return [
        [name.as_posix(), digest_file(file)]
        for name, file in named
        if not any(part.startswith(".") or part == "__pycache__" for part in name.parts)
    ]
