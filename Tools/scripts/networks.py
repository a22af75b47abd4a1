"""The networks that the scripts in this folder train or fill with random weights.

Their tensors have the names that they have in their users' checkpoints.
"""

import torch.nn.functional as F
from torch import nn
from torchvision.models.resnet import ResNet


class NarrowResNet(ResNet):
    """torchvision's stages, blocks and forward pass, with stage widths of choice in place of 64, 128, 256 and 512."""

    def __init__(self, block, layers, widths, num_classes, groups=1, width_per_group=64, dilated=(False, False, False),
                 input_channels=3):
        nn.Module.__init__(self)
        self._norm_layer = nn.BatchNorm2d
        self.inplanes, self.dilation = widths[0], 1
        self.groups, self.base_width = groups, width_per_group
        self.conv1 = nn.Conv2d(input_channels, widths[0], kernel_size=7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(widths[0])
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.layer1 = self._make_layer(block, widths[0], layers[0])
        self.layer2 = self._make_layer(block, widths[1], layers[1], stride=2, dilate=dilated[0])
        self.layer3 = self._make_layer(block, widths[2], layers[2], stride=2, dilate=dilated[1])
        self.layer4 = self._make_layer(block, widths[3], layers[3], stride=2, dilate=dilated[2])
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(widths[3] * block.expansion, num_classes)


class PadShortcut(nn.Module):
    """The shortcut of option A, He et al. 2015: every second pixel, with zero channels before and after. No weights."""

    def __init__(self, planes):
        super().__init__()
        self.padding = planes // 4

    def forward(self, x):
        return F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.padding, self.padding))


class CIFARBlock(nn.Module):
    def __init__(self, in_planes, planes, stride, option):
        super().__init__()
        self.conv1 = nn.Conv2d(in_planes, planes, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        if stride == 1 and in_planes == planes:
            self.shortcut = nn.Identity()
        elif option == "A":
            self.shortcut = PadShortcut(planes)
        else:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_planes, planes, 1, stride=stride, bias=False), nn.BatchNorm2d(planes))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(y)) + self.shortcut(x))


class CIFARResNet(nn.Module):
    """The ResNet of He et al. 2015, section 4.2: three stages, depth 6n + 2.

    The names in its state dict are those of akamaster/pytorch_resnet_cifar10.
    """

    def __init__(self, depth, option="A", widths=(16, 32, 64), num_classes=10, input_channels=3):
        super().__init__()
        blocks = (depth - 2) // 6
        self.conv1 = nn.Conv2d(input_channels, widths[0], 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(widths[0])

        def stage(in_planes, planes, stride):
            strides = [stride] + [1] * (blocks - 1)
            inputs = [in_planes] + [planes] * (blocks - 1)
            return nn.Sequential(*(CIFARBlock(i, planes, s, option) for i, s in zip(inputs, strides)))

        self.layer1 = stage(widths[0], widths[0], 1)
        self.layer2 = stage(widths[0], widths[1], 2)
        self.layer3 = stage(widths[1], widths[2], 2)
        self.linear = nn.Linear(widths[2], num_classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.linear(x.mean(dim=(2, 3)))


def initialize(model):
    """Initializes the convolutions as He et al. 2015 do, which both torchvision and the CIFAR networks use."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    return model
