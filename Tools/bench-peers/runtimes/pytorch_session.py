"""PyTorch, which runs the frozen TorchScript of a network that FX graph mode quantized."""

from pathlib import Path

import numpy as np
import torch


class Session:
    instruction_set = None

    def __init__(self, folder: Path, threads: int, kernels: str | None = None):
        torch.set_num_threads(threads)
        torch.backends.quantized.engine = "x86"
        torch.autograd.grad_mode._enter_inference_mode(True)  # for the rest of the process
        network = torch.jit.load(folder / "pytorch.pt")
        image = torch.from_numpy(np.load(folder / "input.npy")).to(memory_format=torch.channels_last)
        self.output = network(image)

        def run() -> None:
            self.output = network(image)

        self.run = run

    def logits(self) -> np.ndarray:
        return self.output.numpy().ravel()
