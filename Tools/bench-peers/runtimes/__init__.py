"""One module a runtime: importing it loads the runtime, `Session` loads a model and runs it on one input of batch 1.

    Session(folder, threads, kernels=None)    the model that prepare.py left in the folder
    run()                                     one inference; the input is in place before, the output stays where it is
    logits()                                  the last run's
    instruction_set                           where the runtime can tell, else None
"""

import importlib
from types import ModuleType


def load(runtime: str) -> ModuleType:
    return importlib.import_module(f"runtimes.{runtime.replace('-', '_')}_session")
