"""ONNX Runtime through its Python interface. Input and output are bound once."""

from pathlib import Path

import numpy as np
import onnxruntime

from contestants import instruction_sets


class Session:
    # The process asks for AMX, but only matrix multiplications use it. Convolutions run on VNNI at best.
    instruction_set = next((name for name in instruction_sets() if name != "amx"), None)

    def __init__(self, folder: Path, threads: int, kernels: str | None = None):
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.intra_op_num_threads = threads
        session = onnxruntime.InferenceSession(folder / "onnxruntime.onnx", options, ["CPUExecutionProvider"])
        self.binding = session.io_binding()
        self.input = onnxruntime.OrtValue.ortvalue_from_numpy(np.load(folder / "input.npy"))
        shape = session.get_outputs()[0].shape
        self.output = onnxruntime.OrtValue.ortvalue_from_shape_and_type(shape, np.float32)
        self.binding.bind_ortvalue_input(session.get_inputs()[0].name, self.input)
        self.binding.bind_ortvalue_output(session.get_outputs()[0].name, self.output)
        # This call leaves out the checks that the Python class makes before each run.
        run, binding = session._sess.run_with_iobinding, self.binding._iobinding
        run(binding, None)
        self.run = lambda: run(binding, None)

    def logits(self) -> np.ndarray:
        return self.output.numpy().ravel()
