import ModelFormat
import Testing

/// The rules for layers and their windows.
@Suite struct LayerValidationTests {
  @Test(
    arguments: [
      .refused("an input behind the last tensor") { $0.layers[4].input = 8 },
      .refused("an output behind the last tensor") { $0.layers[4].output = 8 },
      .refused("a shortcut behind the last tensor, and no shortcut") { $0.layers[1].shortcut = 8 },
      .refused("an input far behind the last tensor") { $0.layers[4].input = .max },
      .refused("an output far behind the last tensor") { $0.layers[4].output = .max },
      .refused("a shortcut far behind the last tensor") { $0.layers[4].shortcut = .max },
      .refused("kind 0") { $0.layers[2].kind = 0 },
      .refused("kind 5") { $0.layers[2].kind = 5 },
      .refused("a head in front of the last layer") { $0.layers.swapAt(4, 5) },
      .refused("a last layer that is no head") { $0.layers[5] = $0.layers[4] },
      .refused("a convolution that writes the image") { $0.layers[1].output = 0 },
      .refused("a pooling of the image") { $0.layers[3].input = 0 },
      .refused("a pooling that writes the image") { $0.layers[3].output = 0 },
      .refused("a head that reads the image") { $0.layers[5].input = 0 },
      .refused("a head that writes the image") { $0.layers[5].output = 0 },
    ] as [Change])
  func layers(_ change: Change) { change.check() }

  @Test(
    arguments: [
      .allowed("1,024 rows of the kernel") { $0.layers[3].window.kernelHeight = 1024 },
      .refused("1,025 rows of the kernel") { $0.layers[3].window.kernelHeight = 1025 },
      .allowed("1,024 columns of the kernel") { $0.layers[3].window.kernelWidth = 1024 },
      .refused("1,025 columns of the kernel") { $0.layers[3].window.kernelWidth = 1025 },
      .refused("no rows of the kernel") { model in
        (model.layers[3].window.kernelHeight, model.layers[3].window.padding) = (0, 0)
      },
      .refused("no columns of the kernel") { model in
        (model.layers[3].window.kernelWidth, model.layers[3].window.padding) = (0, 0)
      },
      .refused("stride 0") { $0.layers[3].window.stride = 0 },
      .allowed("stride 1,024") { model in
        model.tensors[3].setHeight(1)
        (model.tensors[3].width, model.layers[3].window.stride) = (1, 1024)
        model.setReadTensor(3, 3, 32)
        model.layers[4].input = 6
      },
      .refused("stride 1,025") { model in
        model.tensors[3].setHeight(1)
        (model.tensors[3].width, model.layers[3].window.stride) = (1, 1025)
        model.setReadTensor(3, 3, 32)
        model.layers[4].input = 6
      },
      .allowed("padding below the kernel's size") { $0.layers[3].window.padding = 2 },
      .refused("padding of the kernel's height") { model in
        (model.layers[3].window.padding, model.layers[3].window.kernelWidth) = (3, 4)
      },
      .refused("padding of the kernel's width") { model in
        (model.layers[3].window.padding, model.layers[3].window.kernelHeight) = (3, 4)
      },
      .allowed("a last window that begins in the last row") { $0.tensors[3].setHeight(4) },
      .refused("a window below the image") { $0.tensors[3].setHeight(5) },
      .refused("a window that begins in the row below the image") { model in
        model.tensors[3].setHeight(4)
        model.layers[3].window.padding = 0
      },
      .allowed("a last window that begins in the last column") { $0.tensors[3].width = 4 },
      .refused("a window beside the image") { $0.tensors[3].width = 5 },
      .refused("a window that begins in the column beside the image") { model in
        (model.layers[3].window.padding, model.tensors[3].width) = (0, 4)
      },
      .refused("an output of other channels") { $0.layers[3].output = 4 },
    ] as [Change])
  func pooling(_ change: Change) { change.check() }

  @Test(
    arguments: [
      .allowed("1,024 rows") { $0.project(2048, 3, WindowRecord(kernelHeight: 1024, kernelWidth: 1)) },
      .refused("1,025 rows") { $0.project(2048, 3, WindowRecord(kernelHeight: 1025, kernelWidth: 1)) },
      .refused("no rows") { $0.project(2048, 3, WindowRecord(kernelHeight: 0, kernelWidth: 1)) },
      .allowed("1,024 columns") { $0.project(3, 2048, WindowRecord(kernelHeight: 1, kernelWidth: 1024)) },
      .refused("1,025 columns") { $0.project(3, 2048, WindowRecord(kernelHeight: 1, kernelWidth: 1025)) },
      .refused("no columns") { $0.project(3, 2048, WindowRecord(kernelHeight: 1, kernelWidth: 0)) },
      .allowed("stride 1,024") { model in
        model.project(2051, 2051, WindowRecord(kernelHeight: 1, kernelWidth: 1, stride: 1024))
      },
      .refused("stride 1,025") { model in
        model.project(2051, 2051, WindowRecord(kernelHeight: 1, kernelWidth: 1, stride: 1025))
      },
      .refused("stride 0") { $0.project(9, 9, WindowRecord(kernelHeight: 1, kernelWidth: 1, stride: 0)) },
      .allowed("dilation 1,024") { model in
        model.project(1028, 3, WindowRecord(kernelHeight: 2, kernelWidth: 1, dilation: 1024))
      },
      .refused("dilation 1,025") { model in
        model.project(1028, 3, WindowRecord(kernelHeight: 2, kernelWidth: 1, dilation: 1025))
      },
      .refused("dilation 0") { $0.project(9, 9, WindowRecord(kernelHeight: 1, kernelWidth: 1, dilation: 0)) },
      .refused("padding beyond the halo") { $0.layers[1].window.padding = 2 },
      .refused("a window below the input") { $0.tensors[3].setHeight(2) },
      .refused("a window beside the input") { $0.tensors[3].width = 2 },
      .refused("a window of the projection below its input") { $0.layers[4].projection.stride = 3 },
      .refused("weights inside the metadata") { $0.layers[1].window.weights -= 1 },
      .refused("weights beyond the file") { $0.layers[4].window.weights += 1 },
      .refused("weights of the projection inside the metadata") { $0.layers[4].projection.weights -= 1 },
      .refused("weights of the projection beyond the file") { $0.layers[4].projection.weights += 1 },
    ] as [Change])
  func convolutionWindow(_ change: Change) { change.check() }

  @Test(
    arguments: [
      .refused("no groups") { $0.layers[4].window.groups = 0 },
      .allowed("groups of 4 inputs") { $0.layers[4].window.groups = 8 },
      .refused("groups of 2 inputs") { $0.layers[4].window.groups = 16 },
      .refused("groups of 8 outputs") { $0.layers[2].window.groups = 4 },
      .refused("groups that do not divide the inputs") { model in
        model.setReadTensor(3, 3, 64)
        model.layers[4].input = 6
        (model.tensors[4].channels, model.tensors[5].channels) = (80, 80)
        model.layers[4].window.groups = 5
      },
      .refused("groups of the projection alone") { $0.layers[4].projection.groups = 2 },
      .allowed("as many groups of the projection") { model in
        (model.layers[4].window.groups, model.layers[4].projection.groups) = (2, 2)
      },
      .refused("more groups of the projection") { model in
        (model.layers[4].window.groups, model.layers[4].projection.groups) = (2, 4)
      },
    ] as [Change])
  func groups(_ change: Change) { change.check() }

  @Test(
    arguments: [
      .refused("kind 3") { $0.layers[2].shortcutKind = 3 },
      .allowed("another tensor of the output's shape") { model in
        model.setReadTensor(6, 6, 32)
        model.layers[2].shortcut = 6
      },
      .refused("an identity of another height") { model in
        model.setReadTensor(7, 6, 32)
        model.layers[2].shortcut = 6
      },
      .refused("an identity of another width") { model in
        model.setReadTensor(6, 7, 32)
        model.layers[2].shortcut = 6
      },
      .refused("an identity of other channels") { model in
        model.setReadTensor(6, 6, 48)
        model.layers[2].shortcut = 6
      },
    ] as [Change])
  func shortcut(_ change: Change) { change.check() }
}
