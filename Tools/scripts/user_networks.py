"""The rows of docs/users.md: networks of torchvision, timm and transformers, saved as their owners save them."""
import argparse
import collections
import datetime
import functools
import json
import pathlib
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import timm
import torch
import torchvision
import transformers
from PIL import Image
from torch import nn
from torchvision import transforms

import synthetic
from networks import CIFARResNet

ROOT = pathlib.Path(__file__).resolve().parents[2]

IMAGENET = transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
PRESET = transforms.Compose(
    [transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(), IMAGENET])
SMALL = transforms.Compose([transforms.ToTensor(), IMAGENET])


def picture_paths(folder):
    """Returns the JPEGs and PNGs of a folder, in the order in which resnet-quantize has them."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in {".jpg", ".jpeg", ".png"})


def copied(folder, photos, name="{stem}.png", change=lambda image, index: image):
    """Writes changed copies of the photos into a folder of another name, and returns it."""
    for index, path in enumerate(picture_paths(photos)):
        target = folder / "pictures" / name.format(stem=path.stem, index=index)
        target.parent.mkdir(parents=True, exist_ok=True)
        change(Image.open(path).convert("RGB"), index).save(target)
    return folder / "pictures"


@dataclass
class Row:
    name: str
    structure: str
    build: Callable[[], nn.Module]
    save: Callable[[pathlib.Path], str] = None  # writes the checkpoint into a folder and returns its name
    options: list[str] = field(default_factory=list)  # about the network: of quantize and evaluate
    pictures: list[str] = field(default_factory=list)  # about the pictures: of quantize
    expected: str = "right"
    prepare: Callable = PRESET
    photos: Callable = lambda folder, photos: photos  # returns the folder of pictures to use, given an empty one
    calibration: Callable = None  # as `photos`, where other pictures are for calibration

    @functools.cached_property
    def model(self):
        return self.build()

    def saved(self, folder):
        if self.save is None:
            self.save = saver(lambda: self.model.state_dict())
        return self.save(folder)

    @torch.no_grad()
    def logits(self, photos):
        rows = []
        for path in picture_paths(photos):
            output = self.model(self.prepare(Image.open(path).convert(self.mode))[None])
            output = getattr(output, "logits", getattr(output, "pooler_output", output))
            rows.append(output.flatten().numpy())
        return np.stack(rows).astype(np.float32)

    @property
    def mode(self):
        first = next(module for module in self.model.modules() if isinstance(module, nn.Conv2d))
        return "L" if first.in_channels == 1 else "RGB"


def warmed(model, size, channels=3):
    """Gives the model random weights, and its batch norms the statistics that these weights give them."""
    torch.manual_seed(1)
    pixels = synthetic.synthetic_images(8, size, channels, seed=2)
    images = torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255
    mean, std = torch.tensor(IMAGENET.mean)[:channels], torch.tensor(IMAGENET.std)[:channels]
    return synthetic.draw_weights(model, (images - mean[:, None, None]) / std[:, None, None], zero_init=False)


def rows():
    """Yields the rows. A model is built when it is asked for."""
    for make in (torchvision_rows, saved_rows, stem_rows, timm_rows, timm_folder_rows, hugging_face_rows, other_rows,
                 picture_rows):
        yield from make()


def saver(make, name="model.pth", **options):
    def save(folder):
        torch.save(make(), folder / name, **options)
        return name
    return save


# torchvision


def torchvision_network(name, **options):
    return lambda: warmed(torchvision.models.get_model(name, **options), 224)


def torchvision_rows():
    for name in ["resnet18", "resnet50"]:
        yield Row(f"torchvision {name}", name, torchvision_network(name))
    yield Row("torchvision resnet18, 2 classes", "resnet18-2", torchvision_network("resnet18", num_classes=2))

    def grey():
        model = torchvision.models.resnet18()
        model.conv1 = nn.Conv2d(1, 64, 7, 2, 3, bias=False)
        return warmed(model, 224, channels=1)
    grey_norm = transforms.Normalize(0.449, 0.226)
    yield Row("torchvision resnet18, grey", "resnet18-grey", grey,
              prepare=transforms.Compose([*PRESET.transforms[:3], grey_norm]))

    def with_fc(fc):
        def build():
            model = torchvision.models.resnet18()
            model.fc = fc()
            return warmed(model, 224)
        return build
    yield Row("torchvision resnet18, no fc", "resnet18-features", with_fc(nn.Identity))
    yield Row("torchvision resnet18, fc without bias", "resnet18-fc", with_fc(lambda: nn.Linear(512, 10, bias=False)))
    yield Row("torchvision resnet18, fc = Sequential(Dropout, Linear)", "resnet18-sequential",
              with_fc(lambda: nn.Sequential(nn.Dropout(0.5), nn.Linear(512, 10))))
    yield Row("torchvision resnet18, fc of two layers", "resnet18-two",
              with_fc(lambda: nn.Sequential(nn.Linear(512, 64), nn.ReLU(), nn.Linear(64, 10))), expected="refused")

    def biased():
        model = torchvision.models.resnet18()
        model.conv1 = nn.Conv2d(3, 64, 7, 2, 3)
        return warmed(model, 224)
    yield Row("torchvision resnet18, conv1 with bias", "resnet18-bias", biased)

    def folded():
        model = torchvision_network("resnet18")()
        pairs = [["conv1", "bn1"]]
        for name, block in model.named_modules():
            if hasattr(block, "bn2"):
                pairs += [[f"{name}.conv1", f"{name}.bn1"], [f"{name}.conv2", f"{name}.bn2"]]
                pairs += [[f"{name}.downsample.0", f"{name}.downsample.1"]] if block.downsample else []
        return torch.ao.quantization.fuse_modules(model, pairs)
    yield Row("torchvision resnet18, batch norms folded", "resnet18", folded)


# How a state dict is saved


def saved_rows():
    network = functools.cache(torchvision_network("resnet18"))

    def row(name, make, **options):
        saving = {key: options.pop(key) for key in list(options) if key.startswith("_use")}
        return Row(f"resnet18 as {name}", "resnet18", network, saver(make, **saving), **options)

    def state():
        return network().state_dict()

    def prefixed(prefix):
        return collections.OrderedDict((prefix + key, value) for key, value in state().items())

    def optimizer():
        model = torchvision.models.resnet18()
        optimizer = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9)
        model(torch.randn(2, 3, 64, 64)).sum().backward()
        optimizer.step()
        return optimizer.state_dict()

    def other():
        return {key: value + 1 if value.is_floating_point() else value for key, value in state().items()}

    yield row("DataParallel", lambda: prefixed("module."))
    yield row("torch.compile", lambda: prefixed("_orig_mod."))
    yield row("the ImageNet example's dictionary", lambda: {
        "epoch": 3, "arch": "resnet18", "state_dict": prefixed("module."), "best_acc1": torch.tensor(70.1),
        "optimizer": optimizer(), "scheduler": {"last_epoch": 3}})
    yield row("SWA", lambda: torch.optim.swa_utils.AveragedModel(network()).state_dict())
    yield row("the legacy format", lambda: state(), _use_new_zipfile_serialization=False)
    yield row("views of one flat tensor", lambda: flat_views(state()))
    for key in ["model_state_dict", "net", "model_ema", "state_dict_ema", "ema", "module"]:
        yield row(f"entry {key}", lambda key=key: {"epoch": 1, key: state()})
    yield row("entry model beside model_ema", lambda: {"model": state(), "model_ema": other()})
    yield row("entry model beside teacher", lambda: {"model": state(), "teacher": other()}, expected="refused")
    yield row("entry model beside teacher, --key", lambda: {"model": state(), "teacher": other()},
              options=["--key", "model"])
    for prefix in ["net.", "backbone.", "resnet.", "encoder."]:
        yield row(f"prefix {prefix}", lambda prefix=prefix: prefixed(prefix))
    yield row("prefix model. beside criterion.weight",
              lambda: prefixed("model.") | {"criterion.weight": torch.ones(1000)})
    yield row("mean and std buffers", lambda: state() | {"mean": torch.zeros(3), "std": torch.ones(3)})
    yield row("torchvision's training script", lambda: {
        "model": state(), "optimizer": optimizer(), "epoch": 1,
        "args": argparse.Namespace(lr=0.1, output=pathlib.Path("runs"))})
    yield row("defaultdict, Path and datetime", lambda: {
        "model": state(), "history": collections.defaultdict(list, loss=[0.1]), "path": pathlib.Path("runs"),
        "date": datetime.datetime(2026, 1, 2)})
    yield row("whole model", network, expected="refused")

    for type in (torch.float16, torch.bfloat16):
        def rounded(type=type):
            """What PyTorch computes in float32 from weights that were saved in another type."""
            model = torchvision_network("resnet18")()
            model.load_state_dict({key: value.to(type).to(value.dtype) for key, value in model.state_dict().items()})
            return model
        saved = functools.cache(rounded)
        yield Row(f"resnet18 as {str(type).removeprefix('torch.')}", "resnet18", saved, saver(
            lambda saved=saved, type=type: {key: value.to(type) if value.is_floating_point() else value
                                            for key, value in saved().state_dict().items()}))


def flat_views(state):
    """The same tensors, all floats of which lie in one storage, as some optimizers keep them."""
    floats = {key: value for key, value in state.items() if value.is_floating_point()}
    parts = torch.cat([value.flatten() for value in floats.values()]).split([value.numel() for value in floats.values()])
    return state | {key: part.view_as(value) for (key, value), part in zip(floats.items(), parts)}


# Stems


def small_pictures(folder, photos):
    """For networks of 32x32 pixels."""
    return copied(folder, photos, change=lambda image, index: image.resize((32, 32)))


def stem_rows():
    def small(kernel=3, stride=1, pool=True, size=32):
        def build():
            model = torchvision.models.resnet18(num_classes=10)
            model.conv1 = nn.Conv2d(3, 64, kernel, stride, kernel // 2, bias=False)
            if not pool:
                model.maxpool = nn.Identity()
            return warmed(model, size)
        return build
    cifar = dict(prepare=SMALL, photos=small_pictures)
    yield Row("resnet18, 3x3 stem, no max pool, not said", "a", small(pool=False), expected="refused", **cifar)
    yield Row("resnet18, 3x3 stem, no max pool", "b", small(pool=False), options=["--no-max-pool"], **cifar)
    yield Row("resnet18, 3x3 stem, max pool kept", "c", small(), options=["--max-pool"], **cifar)
    yield Row("resnet18, 3x3 stem, max pool kept, said wrong", "d", small(), options=["--no-max-pool"],
              expected="caught", **cifar)
    yield Row("resnet18, 7x7 stem, no max pool, not said", "e", small(7, 2, False, 224), expected="caught")
    yield Row("resnet18, 7x7 stem, no max pool", "f", small(7, 2, False, 224), options=["--no-max-pool"])
    yield Row("resnet18, 3x3 stem of stride 2, max pool", "g", small(3, 2, True, 224),
              options=["--max-pool", "--stem-stride", "2"], pictures=["--input-size", "224"])
    yield Row("resnet18, 7x7 stem of stride 1, not said", "h", small(7, 1, True, 224), expected="caught")
    yield Row("resnet18, 7x7 stem of stride 1", "i", small(7, 1, True, 112), options=["--stem-stride", "1"],
              pictures=["--input-size", "112", "--resize", "128"], prepare=transforms.Compose(
                  [transforms.Resize(128), transforms.CenterCrop(112), transforms.ToTensor(), IMAGENET]))
    yield Row("resnet18, 5x5 stem of stride 1, not said", "j", small(5, 1, True), expected="refused", **cifar)
    yield Row("resnet18, 5x5 stem of stride 1", "k", small(5, 1, True), options=["--max-pool", "--stem-stride", "1"],
              pictures=["--input-size", "32"], **cifar)

    def changed(change):
        def build():
            model = torchvision.models.resnet18()
            change(model)
            return warmed(model, 224)
        return build

    def pool(model):
        model.avgpool = nn.AdaptiveMaxPool2d(1)
    yield Row("resnet18, max pool before the head, not said", "l", changed(pool), expected="caught")
    yield Row("resnet18, max pool before the head", "m", changed(pool), options=["--head-pooling", "max"])

    def activation(model):
        for module in model.modules():
            if hasattr(module, "relu"):
                module.relu = nn.SiLU()
    yield Row("resnet18, SiLU, not said", "n", changed(activation), expected="caught")
    yield Row("resnet18, SiLU", "o", changed(activation), options=["--activation", "silu"], expected="refused")

    def epsilon(model):
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eps = 1e-3
    yield Row("resnet18, batch norm's epsilon 1e-3, not said", "p", changed(epsilon), expected="caught")
    yield Row("resnet18, batch norm's epsilon 1e-3", "q", changed(epsilon), options=["--batch-norm-epsilon", "1e-3"])


# timm


def timm_rows():
    for name in ["resnet18", "resnet50", "resnext50_32x4d", "wide_resnet50_2", "resnet26t", "resnet50d"]:
        yield Row(f"timm {name}, file", f"timm-{name}", lambda name=name: warmed(timm.create_model(name), 224))
    for size in [240, 229]:
        # The last stage's shortcut pools 15x15 pixels, the windows of which reach past them.
        yield Row(f"timm resnet26t at {size}x{size}, file", f"timm-resnet26t-{size}",
                  lambda size=size: warmed(timm.create_model("resnet26t"), size), prepare=transforms.Compose(
                      [transforms.Resize(size), transforms.CenterCrop(size), *PRESET.transforms[2:]]),
                  pictures=["--input-size", str(size)])
    for name in ["resnetblur18", "resnetblur50", "resnetaa50"]:
        yield Row(f"timm {name}, file", f"timm-{name}", lambda name=name: warmed(timm.create_model(name), 224),
                  expected="caught")
    yield Row("timm seresnet50, file", "timm-se", lambda: warmed(timm.create_model("seresnet50"), 224),
              expected="refused")


def timm_folder(name, **options):
    """A network in the folder that timm's hub has of it, with timm's own preparation of pictures."""
    def save(folder):
        timm.models.save_for_hf(row.model, folder / "timm", model_config={"architecture": name}, safe_serialization=True)
        return "timm"

    def prepare(image):
        data = timm.data.resolve_model_data_config(row.model)
        return timm.data.create_transform(**data, is_training=False)(image)

    row = Row(f"timm {name}, folder", f"timm-{name}", lambda: warmed(timm.create_model(name), 224), save,
              prepare=prepare, **options)
    return row


TIMM = ["resnet18", "resnet34", "resnet50", "resnet101", "resnet26t", "resnet50d", "resnext50_32x4d", "wide_resnet50_2",
        "tv_resnet50"]


def timm_folder_rows():
    for name in TIMM:
        yield timm_folder(name)
    for name in ["resnetblur50", "resnetaa50", "seresnet50"]:
        yield timm_folder(name, expected="refused")


# Hugging Face

PROCESSOR = {"crop_pct": 0.875, "do_normalize": True, "do_resize": True, "feature_extractor_type": "ConvNextFeatureExtractor",
             "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225], "resample": 3, "size": 224}
# The depths, widths and blocks of microsoft/resnet-18 and so on.
MICROSOFT = {
    18: dict(depths=[2, 2, 2, 2], hidden_sizes=[64, 128, 256, 512], layer_type="basic"),
    26: dict(depths=[2, 2, 2, 2]), 34: dict(depths=[3, 4, 6, 3], hidden_sizes=[64, 128, 256, 512], layer_type="basic"),
    50: dict(depths=[3, 4, 6, 3]), 101: dict(depths=[3, 4, 23, 3]), 152: dict(depths=[3, 8, 36, 3]),
}


def hugging_face_folder(name, kind=transformers.ResNetForImageClassification, shard="5GB", processor=PROCESSOR,
                        expected="right", **config):
    def save(folder):
        target = folder / "hugging-face"
        row.model.save_pretrained(target, max_shard_size=shard)
        (target / "preprocessor_config.json").write_text(json.dumps(processor))
        return "hugging-face"

    own = transformers.ConvNextImageProcessor.from_dict(processor)

    def prepare(image):
        return own(image, return_tensors="pt", input_data_format="channels_last")["pixel_values"][0]

    row = Row(name, name, lambda: warmed(kind(transformers.ResNetConfig(num_labels=1000, **config)), 224), save,
              expected=expected, prepare=prepare)
    return row


def hugging_face_rows():
    for depth, config in MICROSOFT.items():
        yield hugging_face_folder(f"microsoft/resnet-{depth}, folder", **config)
    yield hugging_face_folder("Hugging Face ResNetModel, folder", transformers.ResNetModel, **MICROSOFT[18])
    yield hugging_face_folder("Hugging Face resnet-50 in shards", shard="40MB", **MICROSOFT[50])
    yield hugging_face_folder("Hugging Face resnet-50, downsample_in_bottleneck", downsample_in_bottleneck=True,
                              **MICROSOFT[50])
    yield hugging_face_folder("Hugging Face resnet-18, downsample_in_first_stage", downsample_in_first_stage=True,
                              **MICROSOFT[18])
    yield hugging_face_folder("Hugging Face resnet-18, hidden_act silu", hidden_act="silu", expected="refused",
                              **MICROSOFT[18])
    yield hugging_face_folder("Hugging Face resnet-18 at 384, squashed", processor=PROCESSOR | {"size": 384},
                              **MICROSOFT[18])


# Other programs' names


class BasicBlock(nn.Module):
    """kuangliu's block, or weiaicunzai's with its names."""

    def __init__(self, inputs, outputs, stride, names):
        super().__init__()
        convolutions = [nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs),
                        nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs)]
        self.names = names
        if names == "kuangliu":
            self.conv1, self.bn1, self.conv2, self.bn2 = convolutions
        else:
            self.residual_function = nn.Sequential(*convolutions[:2], nn.ReLU(), *convolutions[2:])
        self.shortcut = nn.Sequential()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        if self.names == "kuangliu":
            y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        else:
            y = self.residual_function(x)
        return torch.relu(y + self.shortcut(x))


class SmallResNet(nn.Module):
    """ResNet-18 for 32x32 pictures, with the names of kuangliu/pytorch-cifar or weiaicunzai/pytorch-cifar100."""

    def __init__(self, names):
        super().__init__()
        self.names = names
        stem = [nn.Conv2d(3, 64, 3, padding=1, bias=False), nn.BatchNorm2d(64)]
        if names == "kuangliu":
            self.conv1, self.bn1 = stem
        else:
            self.conv1 = nn.Sequential(*stem, nn.ReLU())
        inputs = 64
        for i, outputs in enumerate([64, 128, 256, 512]):
            blocks = [BasicBlock(inputs, outputs, 1 if i == 0 else 2, names), BasicBlock(outputs, outputs, 1, names)]
            setattr(self, f"layer{i + 1}" if names == "kuangliu" else f"conv{i + 2}_x", nn.Sequential(*blocks))
            inputs = outputs
        setattr(self, "linear" if names == "kuangliu" else "fc", nn.Linear(512, 10))

    def forward(self, x):
        if self.names == "kuangliu":
            x = torch.relu(self.bn1(self.conv1(x)))
            x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
            return self.linear(x.mean((2, 3)))
        x = self.conv5_x(self.conv4_x(self.conv3_x(self.conv2_x(self.conv1(x)))))
        return self.fc(x.mean((2, 3)))


def other_rows():
    cifar = dict(prepare=SMALL, photos=small_pictures)
    for names in ["kuangliu", "weiaicunzai"]:
        yield Row(f"{names}'s ResNet-18", names, lambda names=names: warmed(SmallResNet(names), 32), **cifar)
    small = functools.cache(lambda: warmed(SmallResNet("kuangliu"), 32))
    yield Row("kuangliu's ResNet-18 with names of its own, --rename", "kuangliu", small, saver(
        lambda: {key.replace("layer", "stage"): value for key, value in small().state_dict().items()}), options=["--rename", "stage=layer"], **cifar)
    yield Row("CIFAR ResNet-20 without --input-size", "resnet20", lambda: warmed(CIFARResNet(20), 32), **cifar)

    def preact():
        model = torchvision.models.resnet18()
        model.bn1 = nn.Identity()
        return model
    yield Row("PreAct ResNet (no batch norm after the stem)", "preact", preact, expected="refused")
    traced = functools.cache(torchvision_network("resnet18"))
    example = torch.zeros(1, 3, 224, 224)

    def script(folder):
        torch.jit.trace(traced(), example).save(folder / "model.pt")
        return "model.pt"
    yield Row("TorchScript", "script", traced, script, expected="refused")

    def export(folder):
        torch.export.save(torch.export.export(traced(), (example,)), folder / "model.pt2")
        return "model.pt2"
    yield Row("torch.export's .pt2", "pt2", traced, export, expected="refused")

    def onnx(folder):
        torch.onnx.export(traced(), (example,), folder / "model.onnx", dynamo=False)
        return "model.onnx"
    yield Row("ONNX", "onnx", traced, onnx, expected="refused")

    def quantization_aware():
        model = torchvision.models.resnet18().train()
        model.qconfig = torch.ao.quantization.get_default_qat_qconfig("fbgemm")
        return torch.ao.quantization.prepare_qat(model)
    yield Row("quantization-aware training", "qat", quantization_aware, expected="refused")


# Pictures


def picture_rows():
    network = functools.cache(torchvision_network("resnet18"))

    def row(name, structure="resnet18", **options):
        return Row(f"resnet18, {name}", structure, network, **options)

    def preset(resize, filter=transforms.InterpolationMode.BILINEAR):
        return transforms.Compose([transforms.Resize(resize, filter), *PRESET.transforms[1:]])

    def kind(image, index):
        """Every kind of PNG in turn."""
        modes = ["RGB", "L", "P", "RGBA", "LA", "1", "I;16"]
        mode = modes[index % len(modes)]
        return Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16)) if mode == "I;16" else image.convert(mode)

    def three(folder, photos):
        """A JPEG, a PNG and a WebP."""
        image = Image.open(picture_paths(photos)[0]).convert("RGB")
        (folder / "three").mkdir()
        for suffix in ["jpg", "png", "webp"]:
            image.save(folder / "three" / f"picture.{suffix}")
        return folder / "three"

    def black(folder, photos):
        (folder / "black").mkdir()
        for number in range(4):
            Image.new("RGB", (256, 256)).save(folder / "black" / f"{number}.png")
        return folder / "black"

    yield row("PNGs", photos=copied)
    yield row("PNGs of all kinds", "kinds", photos=functools.partial(copied, change=kind))
    yield row("folders in folders", photos=functools.partial(copied, name="a/{stem}/b.png"))
    yield row("WebP alone", expected="refused", photos=functools.partial(copied, name="{stem}.webp"))
    yield row("calibrated on a JPEG, a PNG and a WebP", calibration=three, expected="warned")
    yield row("calibrated on four black pictures", calibration=black, expected="warned")
    for name, resize, options in [("bicubic", 256, ["--interpolation", "bicubic"]),
                                  ("crop_pct 0.95, bicubic", 235, ["--interpolation", "bicubic", "--crop-pct", "0.95"]),
                                  ("squashed, bicubic", (224, 224), ["--interpolation", "bicubic", "--resize", "224x224"])]:
        yield row(name, f"resnet18 {name}", prepare=preset(resize, transforms.InterpolationMode.BICUBIC), pictures=options)
    yield row("bicubic, not said", prepare=preset(256, transforms.InterpolationMode.BICUBIC), expected="caught")
    yield row("squashed, not said", prepare=preset((224, 224)), expected="caught")
