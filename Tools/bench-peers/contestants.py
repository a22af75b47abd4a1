"""The contestants that are timed: each is a runtime, the instruction set to which it is limited, if any, and for ours the
size of its arena."""

from dataclasses import dataclass
from pathlib import Path

OWN = "resnet-int8"
RUNTIMES = [OWN, "openvino", "onnxruntime", "pytorch"]
TITLES = {OWN: "resnet-int8", "openvino": "OpenVINO", "onnxruntime": "ONNX Runtime", "pytorch": "PyTorch"}

LIMITS = {"avx512vnni": "AVX-512 VNNI", "avx2": "AVX2"}
ONEDNN_NAMES = {"avx512vnni": "AVX512_CORE_VNNI", "avx2": "AVX2"}
"""The kernel sets' names in ONEDNN_MAX_CPU_ISA, an environment variable that OpenVINO reads once in a process."""


ARENAS = ["smallest", "recommended", "fastest"]


def instruction_sets() -> list[str]:
    """This processor's instruction sets that matter for int8, the fastest first."""
    flags = set(Path("/proc/cpuinfo").read_text().split())
    names = {"amx": "amx_int8", "avx512vnni": "avx512_vnni", "avx2": "avx2"}
    return [name for name, flag in names.items() if flag in flags]


@dataclass(frozen=True)
class Contestant:
    runtime: str
    limit: str | None = None
    """The instruction set; None for the best that the runtime finds on this processor."""
    arena: str = "recommended"

    @property
    def name(self) -> str:
        return "-".join([self.runtime, *[self.limit] * bool(self.limit), *[self.arena] * (self.arena != "recommended")])

    @property
    def environment(self) -> dict[str, str]:
        return {"ONEDNN_MAX_CPU_ISA": ONEDNN_NAMES[self.limit]} if self.limit and self.runtime != OWN else {}


def contestants(limits: tuple[str, ...], threads: int) -> list[Contestant]:
    best, *below_best = instruction_sets() or ["unknown"]
    limited = [Contestant(runtime, limit) for limit in limits if limit in below_best for runtime in (OWN, "openvino")]
    result = [Contestant(runtime) for runtime in RUNTIMES] + limited
    if threads > 1:
        return result
    # AMX computes the same in any arena.
    own = [contestant for contestant in result if contestant.runtime == OWN and (contestant.limit or best) != "amx"]
    return result + [Contestant(OWN, contestant.limit, arena) for contestant in own for arena in ("smallest", "fastest")]
