"""Writes Tests/Fixtures/checkpoints: tiny checkpoints in every form that the Checkpoints module reads or refuses.

Run it by hand from the repository's root, with torch and safetensors installed. Every good file holds the same values:

    weight [2, 3, 2, 2] = -1.5, -1.375, ... in steps of 1/8      bias [3] = 0.5, -2, 1024
"""

import argparse
import collections
import copyreg
import datetime
import enum
import functools
import io
import json
import os
import pathlib
import pickle
import struct
import sys
import types
import zipfile

import numpy
import safetensors.torch
import torch

folder = pathlib.Path("Tests/Fixtures/checkpoints")
folder.mkdir(parents=True, exist_ok=True)

weight = (torch.arange(24, dtype=torch.float32) / 8 - 1.5).reshape(2, 3, 2, 2)
bias = torch.tensor([0.5, -2.0, 1024.0])
state = collections.OrderedDict(weight=weight, bias=bias, num_batches_tracked=torch.tensor(7))


def cast(dtype):
    return {name: t.to(dtype) if t.is_floating_point() else t for name, t in state.items()}


def zip_with(name, replace, compression=zipfile.ZIP_STORED):
    """Writes the zip checkpoint with some entries replaced, for files that torch.save would not write."""
    with zipfile.ZipFile(folder / "zip.pth") as source, zipfile.ZipFile(folder / name, "w", compression) as target:
        for entry in source.infolist():
            fixed = zipfile.ZipInfo(entry.filename)
            fixed.compress_type = compression
            target.writestr(fixed, replace.get(entry.filename.split("/", 1)[1], source.read(entry)))


torch.save(state, folder / "zip.pth")
torch.save(state, folder / "legacy.pth", _use_new_zipfile_serialization=False)
safetensors.torch.save_file(state, folder / "plain.safetensors", metadata={"format": "pt"})
torch.save(cast(torch.float16), folder / "float16.pth")
torch.save(cast(torch.bfloat16), folder / "bfloat16.pth")
torch.save(cast(torch.float64), folder / "float64-legacy.pth", _use_new_zipfile_serialization=False)
safetensors.torch.save_file(cast(torch.float16), folder / "float16.safetensors")
safetensors.torch.save_file(cast(torch.bfloat16), folder / "bfloat16.safetensors")
torch.save(state, folder / "protocol4.pth", pickle_protocol=4)

# This file has its sizes and offsets in zip64 fields, as files beyond 4 GiB have.
limits = zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT
zipfile.ZIP64_LIMIT = zipfile.ZIP_FILECOUNT_LIMIT = 1
zip_with("zip64.pth", {})
zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = limits

# Both tensors lie in one storage. The weight is in channels-last order and starts at an offset.
shared = torch.zeros(40)
strided = shared[5:29].as_strided((2, 3, 2, 2), (12, 1, 6, 3))
strided.copy_(weight)
shared[32:35] = bias
views = {"weight": strided, "bias": torch.as_strided(shared, (3,), (1,), 32)}
torch.save(views, folder / "strided.pth")
torch.save(views, folder / "strided-legacy.pth", _use_new_zipfile_serialization=False)
transposed = weight.permute(3, 2, 1, 0).contiguous().permute(3, 2, 1, 0)
torch.save({"weight": transposed, "bias": bias.flip(0).flip(0)}, folder / "transposed.pth")

# Training scripts save the weights among many other things.
training = {
    "epoch": 90,
    "best": numpy.float64(76.1),
    "history": [(1, 0.5), {"seen": {1, 2}, "none": None, "big": 1 << 80, "raw": b"\x00\x01"}],
    "device": torch.device("cpu"),
    "optimizer": {"state": {0: {"step": torch.tensor(1.0), "exp_avg": weight * 0}}, "param_groups": [{"lr": 0.1}]},
}
prefixed = collections.OrderedDict(("module." + name, t) for name, t in state.items())
torch.save(training | {"state_dict": prefixed}, folder / "nested.pth")
parameters = {name: torch.nn.Parameter(t) if t.is_floating_point() else t for name, t in state.items()}
torch.save(training | {"model": parameters}, folder / "parameters-legacy.pth", _use_new_zipfile_serialization=False)


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(weight.clone())
        self.bias = torch.nn.Parameter(bias.clone())
        self.register_buffer("num_batches_tracked", torch.tensor(7))


class Phase(enum.Enum):
    WARMUP = "warmup"


class Options(dict):
    pass


class Average:
    """Keeps its weights in an attribute."""

    def __init__(self, shadow):
        self.shadow, self.decay = shadow, 0.999


class Schedule:
    """Is made by a call with names, which protocol 4 has an opcode for."""

    def __new__(cls, base, *, steps):
        return super().__new__(cls)

    def __getnewargs_ex__(self):
        return (0.1,), {"steps": 90}


# The legacy format carries the source of a module's class, and where it lay.
torch.serialization.get_source_lines_and_file = lambda model: (["class Model(torch.nn.Module):\n"], 0, "model.py")

model = Model()
optimizer = torch.optim.Adam(model.parameters(), lr=0)
for parameter in model.parameters():
    parameter.grad = torch.zeros_like(parameter)
optimizer.step()
counts = collections.defaultdict(list, epochs=[1, 2])
counts["model"] = dict(state)
training = {
    "epoch": 90,
    "model": model.state_dict(),
    "optimizer": optimizer.state_dict(),
    "ema": Average(dict(state)),
    "best": model,
    "args": argparse.Namespace(
        lr=0.1, output=pathlib.PurePosixPath("runs/1"), phase=Phase.WARMUP, teacher=dict(state), nested=argparse.Namespace()
    ),
    "counts": counts,
    "history": [1, dict(state)],
    "options": Options(model=dict(state)),
    "when": datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc),
    "took": datetime.timedelta(hours=3),
    "schedule": Schedule(0.1, steps=90),
    "others": [
        types.SimpleNamespace(a=1), functools.partial(int, base=2), collections.Counter("aab"), torch.Size([2, 3]),
        torch.float16, numpy.arange(3), numpy.dtype("float32"), complex(1, 2), range(3), Ellipsis, getattr, int.from_bytes,
    ],
}
torch.save(training, folder / "training.pth")
torch.save(training, folder / "training-protocol4.pth", pickle_protocol=4)
torch.save(training, folder / "training-legacy.pth", _use_new_zipfile_serialization=False)

torch.save({name: dict(state) for name in ("model_state_dict", "net", "state_dict_ema")}, folder / "keys.pth")
torch.save(torch.optim.swa_utils.AveragedModel(model).state_dict(), folder / "swa.pth")

# Lightning saves the hyperparameters as a dictionary of a class of its own.
for name in ("lightning_fabric", "lightning_fabric.utilities", "lightning_fabric.utilities.data"):
    lightning = sys.modules[name] = types.ModuleType(name)
lightning.AttributeDict = type("AttributeDict", (dict,), {"__module__": lightning.__name__})
torch.save(
    {
        "epoch": 2,
        "global_step": 200,
        "pytorch-lightning_version": "2.5.0",
        "state_dict": collections.OrderedDict(("model." + name, t) for name, t in state.items()),
        "loops": {"fit_loop": {"state_dict": {}, "epoch_progress": {"total": {"ready": 2}}}},
        "callbacks": {"ModelCheckpoint{'monitor': None}": {"best_model_path": "last.ckpt", "kth_value": torch.tensor(2)}},
        "optimizer_states": [{"state": {0: {"momentum_buffer": weight * 0}}, "param_groups": [{"lr": 0.1, "params": [0]}]}],
        "lr_schedulers": [],
        "hparams_name": "kwargs",
        "hyper_parameters": lightning.AttributeDict(lr=0.1, class_weights=bias.clone()),
    },
    folder / "lightning.pth",
)

# Only the bias is a tensor of a kind that is read.
quantized = torch.quantize_per_tensor(weight, 0.125, 0, torch.qint8)
tagged = bias.clone()
tagged.tag = "head"
unreadable = {
    "bias": bias,
    "weight": quantized,
    "sparse": bias.to_sparse(),
    "float8": bias.to(torch.float8_e4m3fn),
    "tagged": tagged,
    "array": bias.numpy(),
    "nested": torch.nn.Parameter(quantized, requires_grad=False),
}
torch.save(unreadable, folder / "unreadable.pth")

shards = folder / "shards"
shards.mkdir(exist_ok=True)
files = {name: f"model-{i:05}-of-00002.safetensors" for name, i in zip(state, (1, 2, 2))}
for file in set(files.values()):
    safetensors.torch.save_file({name: state[name] for name in state if files[name] == file}, shards / file)
index = {"metadata": {"total_size": 116}, "weight_map": files}
(shards / "model.safetensors.index.json").write_text(json.dumps(index, indent=2) + "\n")


class Early(pickle._Pickler):
    """Pickles as PyTorch 0.1 to 0.3 did under Python 2, since no present torch.save does.

    Strings are written as bytes, an OrderedDict as a list of pairs, and tensors through _rebuild_tensor. All tensors
    lie in one storage "0" of 40 elements.
    """

    dispatch = pickle._Pickler.dispatch.copy()
    dispatch[str] = lambda self, text: self.write(b"U" + bytes([len(text)]) + text.encode())

    def persistent_id(self, value):
        if isinstance(value, Storage):
            return ("storage", torch.FloatStorage, "0", "cpu", 40, value.view)

    def reducer_override(self, value):
        if isinstance(value, collections.OrderedDict):
            return collections.OrderedDict, ([list(pair) for pair in value.items()],)
        if isinstance(value, EarlyTensor):
            return torch._utils._rebuild_tensor, value.arguments
        if isinstance(value, EarlyParameter):
            return value.reduced
        return NotImplemented


class Storage(collections.namedtuple("Storage", "view")):
    pass


class EarlyTensor(collections.namedtuple("EarlyTensor", "arguments")):
    pass


class EarlyParameter(collections.namedtuple("EarlyParameter", "reduced")):
    __class__ = torch.nn.Parameter  # pickle compares it with the class that __newobj__ is to make


def early_file(name, weight, bias):
    """Writes a legacy file of two tensors. The storage holds the weight from element 5 and the bias from element 32."""
    stream = io.BytesIO()
    sizes = {"short": 2, "int": 4, "long": 4}
    properties = {"protocol_version": 1001, "little_endian": True, "type_sizes": sizes}
    values = collections.OrderedDict(weight=weight, bias=bias)
    for part in (torch.serialization.MAGIC_NUMBER, 1001, properties, values, ["0"]):
        Early(stream, protocol=2).dump(part)
    stream.write(struct.pack("<q", 40) + elements.numpy().tobytes())
    (folder / name).write_bytes(stream.getvalue())
    loaded = torch.load(folder / name, weights_only=True)
    assert all(torch.equal(loaded[key], state[key]) for key in ("weight", "bias"))


elements = torch.zeros(40)
elements[5:29] = weight.flatten()
elements[32:35] = bias
shape, strides = (2, 3, 2, 2), (12, 4, 2, 1)
whole = Storage(None)
weight_tensor, bias_tensor = EarlyTensor((whole, 5, shape, strides)), EarlyTensor((whole, 32, (3,), (1,)))
hooks = collections.OrderedDict()
early_file(
    "python2-legacy.pth",
    EarlyParameter((torch.nn.Parameter, (weight_tensor,), (True, False, hooks))),
    bias_tensor,
)
new = copyreg.__newobj__, (torch.nn.Parameter,)
early_file(
    "new-parameters-legacy.pth",
    EarlyParameter((*new, (weight_tensor, None, hooks, True, False))),
    EarlyParameter((*new, (bias_tensor, None, hooks, True, False))),
)
early_file(
    "storage-views-legacy.pth",
    EarlyTensor((Storage(("1", 4, 26)), 1, shape, strides)),
    EarlyTensor((Storage(("2", 32, 3)), 0, (3,), (1,))),
)

# The Checkpoints module refuses the files from here on.
poisoned = weight.clone()
poisoned[1, 2, 0, 1] = float("nan")
torch.save({"weight": poisoned, "bias": bias}, folder / "nan.pth")
torch.save({"weight": weight, "bias": bias.double() * 1e300}, folder / "overflow.pth")
zip_with("big-endian.pth", {"byteorder": b"big"})
zip_with("deflated.pth", {}, zipfile.ZIP_DEFLATED)
zip_with("short-storage.pth", {"data/0": b"\x00" * 92})
with zipfile.ZipFile(folder / "zip.pth") as archive:
    described = archive.read("zip/data.pkl")
# The shape (2, 3, 2, 2) becomes (2, 3, 2, 3), which reads past the 24 elements.
zip_with("large-tensor.pth", {"data.pkl": described.replace(b"(K\x02K\x03K\x02K\x02t", b"(K\x02K\x03K\x02K\x03t")})


class Shell:
    def __reduce__(self):
        return os.system, ("echo executed",)


# The command is not run, and the weight is read.
torch.save({"weight": weight, "payload": Shell()}, folder / "os-system.pth")
torch.save({"payload": Shell()}, folder / "os-system-legacy.pth", _use_new_zipfile_serialization=False)
torch.save(model, folder / "whole-model.pth")
torch.save(model, folder / "whole-model-legacy.pth", _use_new_zipfile_serialization=False)
torch.save({"epoch": 90, "model": model}, folder / "models.pth")
plain = io.BytesIO()
pickle.dump({"weight": [1.0, 2.0]}, plain)
(folder / "plain-pickle.pth").write_bytes(plain.getvalue())
(folder / "text.pth").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 102530333\n")

for path in folder.rglob("*.*"):
    path.chmod(0o644)  # safetensors gives its files the mode 0600
