"""The table of stages: which commands test which part of the code. It is all there is to change when tests change."""

import shlex

# A model of each shape that the C programs take in a second.
MODELS = [f"build/tests/{name}.rn8" for name in ("basic-grey", "cifar-b-odd", "resnext-4")]
C_PROGRAMS = [f"build/tests/{name}" for name in ("hostile", "kernels", "older", "workers")]

# Built once, from code without a mutant. What a stage makes anew is not listed. Programs of other compilers or
# processors, which `Tests/C/run.sh` would run too, are left out: no stage builds them with the mutant.
PREPARATION = f"make library tools {shlex.join(C_PROGRAMS + MODELS)}"


def swift_tests(*targets):
    chosen = f" --filter '^({'|'.join(targets)})\\.'" if targets else ""
    return f"swift test -c release --disable-testable-imports --skip-build{chosen}"


# Each stage is a name and a command. A mutant that fails a command of BUILDS does not compile.
BUILDS = {
    "library": f"make library {shlex.join(C_PROGRAMS)}",
    "tests": "swift build -c release --build-tests",
}
COMMANDS = BUILDS | {
    "C programs": f"Tests/C/run.sh {shlex.join(MODELS)}",
    "all Swift tests": swift_tests(),
    "target's Swift tests": swift_tests("ModelFormatTests", "KernelsTests", "RuntimeTests"),
    "Checkpoints": swift_tests("CheckpointsTests"),
    "Images": swift_tests("ImagesTests"),
    "Graphs": swift_tests("GraphsTests"),
    "FloatRuntime": swift_tests("FloatRuntimeTests"),
    "Quantization": swift_tests("QuantizationTests"),
    "Evaluation": swift_tests("EvaluationTests"),
    "Commands": swift_tests("CommandTests"),
}


def swift_stages(first):
    return ["tests", first, "all Swift tests"]


# The stages of a file, the cheapest first, by the beginning of its path. The first line that matches counts.
STAGES = [
    ("Sources/Target", ["library", "C programs"] + swift_stages("target's Swift tests")),
    ("Sources/Workstation/CJPEG", swift_stages("Images")),
    *((f"Sources/Workstation/{module}", swift_stages(module))
      for module in ("Checkpoints", "Images", "Graphs", "FloatRuntime", "Quantization", "Evaluation")),
    ("Tools/classify", ["library", "C programs"]),
    ("Tools", swift_stages("Commands")),
]
