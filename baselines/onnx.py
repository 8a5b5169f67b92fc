"""A network in an ONNX file, run by onnxruntime."""

import mmap
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from baselines.graph import GraphDerainer, Size
from harness.derainer import DerainerFacts
from harness.device import Device
from harness.digests import digest_file
from harness.errors import ConfigError, DerainerError
from harness.foreign_code import outcome
from harness.foreign_text import one_line
from harness.samples import RainSet

ELEMENTS = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
}
"""The types of input that a picture can be given as."""

CUDA = "CUDAExecutionProvider"


class OnnxDerainer(GraphDerainer):
    """Runs an ONNX graph; arguments as `GraphDerainer` has them.

    It runs on the GPU of the run where the installed onnxruntime can (onnxruntime-gpu), and else
    on the CPU. Autocast (``precision``) does not reach it.

    Raises:
        ConfigError: If onnxruntime is not installed.
    """

    facts = DerainerFacts(title="ONNX file")

    def open(self) -> None:
        """Read the graph; see `GraphDerainer.open`."""
        self._runtime = _import_runtime()
        self.external = {
            name: digest_file(self.file.parent / name)
            for name in _external_files(self.file)
            if (self.file.parent / name).is_file()
        }
        self._session = self._start(["CPUExecutionProvider"])
        self._read_input()
        self._read_outputs()

    def place(self, device: Device) -> None:
        """Move the graph to the GPU, if onnxruntime can; see `Derainer.place`."""
        super().place(device)
        if device.torch_device.type == "cuda" and CUDA in self._runtime.get_available_providers():
            gpu = {"device_id": device.torch_device.index or 0, "use_tf32": 0}
            self._session = self._start([(CUDA, gpu), "CPUExecutionProvider"])

    def remarks(self, rain_sets: Sequence[RainSet], device: Device) -> list[str]:
        """Say where the graph cannot run on the GPU; see `Derainer.remarks`."""
        if device.torch_device.type != "cuda" or CUDA in self._runtime.get_available_providers():
            return []
        return [f"{self.file.name} runs on the CPU: this onnxruntime has no {CUDA}"]

    def compute(self, images: Tensor) -> Tensor:
        """Run the graph; see `GraphDerainer.compute`."""
        given = images.cpu().numpy().astype(self._element, copy=False)
        parts = np.split(given, len(given)) if self._one_at_a_time else [given]
        made = [self._run(np.ascontiguousarray(part)) for part in parts]
        return torch.from_numpy(np.concatenate(made)).to(images.device)

    def options(self) -> dict[str, object]:
        """Return the digests of the file and of those that it refers to, and how it is used."""
        return {**super().options(), "external": self.external}

    def _run(self, given: Any) -> Any:
        # What onnxruntime raises has no common class.
        answer, error = outcome(lambda: self._session.run([self._output], {self._input: given}))
        if error is not None:
            reason = _in_one_line(error)
            if "allocate memory" in str(error) or "out of memory" in str(error):
                raise MemoryError(reason) from error
            raise DerainerError(
                f"{self.file.name} failed on an input of shape {given.shape} ({reason})"
            ) from error
        made = answer[0] if answer else None
        if not isinstance(made, np.ndarray):
            raise DerainerError(
                f"{self.file.name}: its output {self._output} is a {type(made).__name__}, no tensor"
            )
        return made

    def _start(self, providers: list[Any]) -> Any:
        options = self._runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # lanes fill the cores
        options.log_severity_level = 3  # errors, which are raised too
        started, error = outcome(
            lambda: self._runtime.InferenceSession(str(self.file), options, providers=providers)
        )
        if error is not None:
            raise DerainerError(
                f"{self.file}: no ONNX graph that onnxruntime {self._runtime.__version__} can "
                f"load ({_in_one_line(error)})"
            ) from error
        return started

    def _read_input(self) -> None:
        """Learn name, type and size of the input, refusing what is no picture."""
        inputs = self._session.get_inputs()
        found = ", ".join(f"{one.name} {one.type} {one.shape}" for one in inputs)
        shape, wanted = inputs[0].shape, "one input (N, 3, H, W) of floats"
        if len(inputs) != 1 or len(shape) != 4 or inputs[0].type not in ELEMENTS:
            raise DerainerError(f"{self.file}: must have {wanted}; found {found}")
        batch, channels, height, width = (
            length if isinstance(length, int) else None for length in shape
        )
        if channels not in {None, 3}:
            hint = ", channels last: export it with channels first" if shape[3] == 3 else ""
            raise DerainerError(f"{self.file}: must have {wanted}; found {found}{hint}")
        if batch not in {None, 1}:
            raise DerainerError(
                f"{self.file}: takes {batch} pictures at a time, no more and no fewer; export it "
                "for one, or with a free batch size"
            )
        if (height is None) != (width is None):
            raise DerainerError(
                f"{self.file}: fixes one side of the picture alone ({found}); export it with both "
                "free, or both fixed"
            )
        if height is not None and width is not None:
            self._fix(Size(height, width))
        self._input, self._element = inputs[0].name, ELEMENTS[inputs[0].type]
        self._one_at_a_time = batch == 1

    def _fix(self, size: Size) -> None:
        if self.input_size not in {None, size}:
            raise DerainerError(
                f"{self.file}: takes pictures of {size}, and input_size says {self.input_size}"
            )
        self.input_size = size

    def _read_outputs(self) -> None:
        """Learn which output holds the picture."""
        names = [one.name for one in self._session.get_outputs()]
        chosen = self.output
        if chosen is None and len(names) == 1:
            chosen = 0
        if isinstance(chosen, int) and -len(names) <= chosen < len(names):
            chosen = names[chosen]
        if chosen not in names:
            asked = "`output` is not set" if self.output is None else f"`output` is {self.output!r}"
            raise DerainerError(f"{self.file}: its outputs are {', '.join(names)}, and {asked}")
        self._output = chosen


def _import_runtime() -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise ConfigError(
            f"an ONNX file needs onnxruntime ({error}): pip install 'rdmc-bench[onnx]'"
        ) from error
    return onnxruntime


_EXTERNAL = re.compile(rb"\n\x08location\x12(.)", re.DOTALL)
"""A StringStringEntryProto (onnx.proto) with the key ``location``; group 1: its value's length."""


def _external_files(file: Path) -> list[str]:
    """Return the names of the files that hold an ONNX file's large tensors, as onnx.proto has it.

    A name longer than 127 bytes is not found.
    """
    if file.stat().st_size == 0:
        return []
    with (
        file.open("rb") as opened,
        mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        ends = [(found.end(), found[1][0]) for found in _EXTERNAL.finditer(content)]
        names = {content[end : end + length] for end, length in ends}
    return sorted(name.decode(errors="replace") for name in names)


def _in_one_line(error: BaseException) -> str:
    return one_line(str(error), 300) or type(error).__name__
