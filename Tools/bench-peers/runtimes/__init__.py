"""One module for each runtime. Importing it loads the runtime. Its `Session` loads a model and runs it on one input of
batch 1.

    Session(folder, threads)    loads the model that prepare.py left in the folder
    run()                       computes one inference; input and output are in place and are not copied
    logits()                    returns the logits of the last run
    instruction_set             the instruction set in use where the runtime can tell it, else None

Ours also takes the name of the kernels, "" for the best, and the size of the arena, one of contestants.ARENAS.
"""

import importlib
from types import ModuleType


def load(runtime: str) -> ModuleType:
    return importlib.import_module(f"runtimes.{runtime.replace('-', '_')}_session")
