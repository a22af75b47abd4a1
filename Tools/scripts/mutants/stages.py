"""The table of stages: which commands test which part of the code. It is all there is to change when tests change."""

import shlex

# Models that the C programs take in a second, one for each kind of shape.
MODELS = [f"build/tests/{name}.rn8" for name in ("basic-grey", "cifar-b-odd", "resnext-4")]
C_PROGRAMS = [f"build/tests/{name}" for name in
              ("heap", "hostile", "kernels", "older", "stack", "workers", "generator", "logits", "prepare")]

# Built once, from code without a mutant, besides what BUILDS make.
PREPARATION = "make test-products"


def swift_tests(*targets):
    chosen = f" --filter '^({'|'.join(targets)})\\.'" if targets else ""
    return f"swift test -c release --disable-testable-imports --skip-build{chosen}"


# Each stage is a name and a command. A mutant that fails a command of BUILDS does not compile.
BUILDS = {
    "library": f"make library {shlex.join(C_PROGRAMS)}",
    "tests": "swift build -c release --build-tests",
}
COMMANDS = BUILDS | {
    "C programs": " && ".join(
        [f"build/tests/{program} {model}" for program in ("kernels", "heap", "prepare", "stack") for model in MODELS]
        + [f"build/tests/{program}" for program in
           (f"older {MODELS[0]}", f"workers {MODELS[0]} 100", f"hostile {MODELS[0]}")]),
    "random models": "Tests/Oracle/oracle.sh --count 300 --seed 1 && build/tests/generator 5",
    "all C tests": f"Tests/C/run.sh {shlex.join(MODELS)}",
    "classify.c": "make build/tests/classify build/bin/resnet-quantize"
                  " && Tests/C/classify.sh build/tests/classify build/bin/resnet-quantize",
    "all Swift tests": swift_tests(),
    "target's Swift tests": swift_tests("ModelFormatTests", "KernelsTests", "RuntimeTests"),
    "JSON": swift_tests("JSONTests"),
    "Checkpoints": swift_tests("CheckpointsTests"),
    "Images": swift_tests("ImagesTests"),
    "Graphs": swift_tests("GraphsTests"),
    "Pretrained": swift_tests("PretrainedTests"),
    "FloatRuntime": swift_tests("FloatRuntimeTests"),
    "Quantization": swift_tests("QuantizationTests"),
    "Evaluation": swift_tests("EvaluationTests"),
    "Analysis": swift_tests("AnalysisTests"),
    "Commands": swift_tests("CommandTests", "ToolSupportTests"),
}


def swift_stages(first):
    return ["tests", first, "all Swift tests"]


# The stages of a file, the cheapest first, by the beginning of its path. The first line that matches counts.
STAGES = [
    ("Sources/Target", ["tests", "target's Swift tests", "library", "C programs", "random models", "all Swift tests"]),
    ("Sources/Workstation/CJPEG", swift_stages("Images")),
    ("Sources/Workstation/CPNG", swift_stages("Images")),
    *((f"Sources/Workstation/{module}", swift_stages(module))
      for module in ("JSON", "Checkpoints", "Images", "Graphs", "Pretrained", "FloatRuntime", "Quantization", "Evaluation",
                     "Analysis")),
    ("Tools/classify", ["classify.c"]),
    ("Tools", swift_stages("Commands")),
]

# What --thorough adds, some minutes a mutant.
THOROUGH = ["library", "all C tests", "all Swift tests"]
