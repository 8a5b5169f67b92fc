"""Calls of a program on folders of pictures, repeated on halves where one fails."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from baselines.picture_files import PictureFolder, PicturePattern
from baselines.program import Program
from baselines.scratch import Scratch
from harness.errors import DerainerError
from harness.images import png_bytes, slug
from harness.samples import ImageArray, Sample
from harness.wording import some_and_more

BROKEN_AFTER = 3
"""A program that never worked, and failed on so many pictures alone, is not started again."""


class Outcome(NamedTuple):
    """What came of one picture.

    Attributes:
        picture: The file that the program left, or None.
        error: Why there is none.
    """

    picture: Path | None
    error: str = ""


class _Task(NamedTuple):
    """A picture to be restored.

    Attributes:
        key: Under which its outcome is asked for.
        name: Of the sample, fit for a file name.
        file: The rainy picture.
    """

    key: str
    name: str
    file: Path


class FolderCalls:
    """Has a program restore pictures, and knows when it is no use to start it again.

    Args:
        program: Reads from ``{input}`` and writes to ``{output}``.
        input: Names of the rainy pictures.
        output: Names of the restored ones.
    """

    def __init__(self, program: Program, input: PicturePattern, output: PicturePattern) -> None:
        self._program, self._input, self._output = program, input, output
        self._scratch = Scratch()
        self._calls = 0
        self._has_worked, self._failed_alone = False, 0

    def restore(self, samples: Mapping[str, Sample], device: str, log: Path) -> dict[str, Outcome]:
        """Restore samples, all in one call if it succeeds.

        Args:
            samples: By the keys of their outcomes.
            device: What ``{device}`` stands for.
            log: Takes what the program says.

        Returns:
            The outcome of every sample.

        Raises:
            DerainerError: If two samples have one id.
            RunStopped: If the program was stopped.
        """
        folder = self._new_folder("rainy")
        tasks = []
        for key, sample in samples.items():
            name = slug(sample.id)
            file = folder / self._input.fill(name)
            if file.exists():
                raise DerainerError(f"{sample.id}: stands for two pictures of one call")
            _write(file, sample.rainy)
            tasks.append(_Task(key, name, file))
        outcomes = self._restore(tasks, device, log)
        shutil.rmtree(folder)
        return outcomes

    def stop(self) -> None:
        """End a call under way, and let no other begin."""
        self._program.stop()

    def remove(self) -> None:
        """Remove all pictures; call it when no call is under way."""
        self._scratch.close()

    def _restore(self, tasks: list[_Task], device: str, log: Path) -> dict[str, Outcome]:
        if self._failed_alone >= BROKEN_AFTER and not self._has_worked:
            problem = (
                f"not started: {self._program.name} failed on each of the first {BROKEN_AFTER} "
                f"images that it got alone (log: {log})"
            )
            return {task.key: Outcome(None, problem) for task in tasks}
        try:
            restored = self._call(tasks, device, log)
        except DerainerError as error:
            if len(tasks) == 1:
                self._failed_alone += 1
                return {tasks[0].key: Outcome(None, str(error))}
            # A program that never worked is not asked for halves of halves: one image will tell.
            middle = len(tasks) // 2 if self._has_worked else 1
            first = self._restore(tasks[:middle], device, log)
            return first | self._restore(tasks[middle:], device, log)
        self._has_worked = True
        return {task.key: self._outcome(task, restored, log) for task in tasks}

    def _call(self, tasks: list[_Task], device: str, log: Path) -> PictureFolder:
        """Run the program once on these pictures alone, and return what it left."""
        rainy, restored = self._new_folder("input"), self._new_folder("output")
        moved = [task.file.rename(rainy / task.file.name) for task in tasks]
        what = f"{len(tasks)} image{'s' * (len(tasks) != 1)}"
        try:
            values = {"input": str(rainy), "output": str(restored), "device": device}
            self._program.run(values, what, log, self._scratch.running)
        except DerainerError:
            shutil.rmtree(restored, ignore_errors=True)
            raise
        finally:
            for task, file in zip(tasks, moved, strict=True):
                if file.exists():  # a program may do with its input as it likes
                    file.rename(task.file)
            shutil.rmtree(rainy, ignore_errors=True)
        return PictureFolder(restored, self._output)

    def _outcome(self, task: _Task, restored: PictureFolder, log: Path) -> Outcome:
        try:
            name = restored.find(task.name)
        except DerainerError as error:
            return Outcome(None, str(error))
        if name is not None:
            return Outcome(restored.root / name)
        left = sorted(map(_as_left, restored.root.iterdir()))
        others = f"what it left: {some_and_more(left)}" if left else "it left nothing"
        return Outcome(
            None,
            f"{self._program.name} ended well but wrote no {restored.missing(task.name)} into "
            f"{{output}}; {others} (log: {log})",
        )

    def _new_folder(self, what: str) -> Path:
        self._calls += 1
        folder = self._scratch.folder / f"{what}-{self._calls}"
        folder.mkdir()
        return folder


def _as_left(path: Path) -> str:
    """Return the name of what a program left, and what it is if it is no file."""
    if path.is_file():
        return path.name
    return f"{path.name} (a {'folder' if path.is_dir() else 'pipe, socket, device or dead link'})"


def _write(file: Path, pixels: ImageArray) -> None:
    if file.suffix == ".png":
        file.write_bytes(png_bytes(pixels))
    else:
        Image.fromarray(pixels).save(file)
