import ResNetInt8
import TestSupport
import Testing

/// Winograd's convolutions have the bits of the direct ones.
@Suite struct WinogradTests {
  /// Maps of every remainder by 4 and by 3, with more and fewer tiles than are computed at a time.
  @Test(arguments: KernelSet.withWinograd, [4, 3])
  func maps(_ kernels: KernelSet, largest: Int) {
    for (height, width) in [
      (2, 2), (2, 3), (3, 3), (4, 4), (5, 4), (5, 5), (6, 6), (7, 7), (8, 9), (10, 10), (11, 5), (14, 14), (4, 70),
    ] {
      for (channels, blocks) in [(16, 1), (32, 2), (64, 3)] {
        ConvolutionRun.check(
          .random(.init(height: height, width: width, channels: channels, blocks: blocks)), kernels,
          by: .winograd(largest: largest, blocks: blocks))
      }
    }
  }

  /// Sets transform 16, 32 or 64 channels at a time, and as many as other sets do where the channels are no multiple of that.
  @Test(arguments: KernelSet.withWinograd, [16, 32, 48, 64, 80, 96, 128, 192])
  func channels(_ kernels: KernelSet, channels: Int) {
    ConvolutionRun.check(
      .random(.init(height: 5, width: 7, channels: channels, blocks: 3)), kernels,
      by: .winograd(largest: 4, blocks: 3))
  }

  /// The weights of one block are transformed at a time, of two, and of more than a set multiplies together.
  @Test(arguments: KernelSet.withWinograd, [1, 2, 3, 4, 5, 7])
  func blocksAtATime(_ kernels: KernelSet, blocks: Int) {
    for outputBlocks in [5, 7] where blocks <= outputBlocks {
      ConvolutionRun.check(
        .random(.init(height: 5, width: 6, channels: 32, blocks: outputBlocks, shortcut: .projection)), kernels,
        by: .winograd(largest: 4, blocks: blocks))
    }
  }

  @Test(arguments: KernelSet.withWinograd, [ConvolutionProblem.Shortcut.none, .identity, .inPlace, .projection])
  func shortcuts(_ kernels: KernelSet, shortcut: ConvolutionProblem.Shortcut) {
    for (ofShortcut, ofOutput) in [(false, false), (false, true), (true, false), (true, true)] {
      // What lies in place of the output's remainders cannot be there without them.
      if shortcut == .none && ofShortcut || shortcut == .inPlace && ofOutput && !ofShortcut { continue }
      for (height, width) in [(2, 3), (5, 7)] {
        for blocks in [1, 3] {
          for largest in [4, 3] {
            let shape = ConvolutionProblem.Shape(
              height: height, width: width, blocks: blocks, shortcut: shortcut, shortcutHasRemainders: ofShortcut,
              outputHasRemainders: ofOutput)
            ConvolutionRun.check(.random(shape), kernels, by: .winograd(largest: largest, blocks: 2))
          }
        }
      }
    }
  }

  /// There are fewer tiles than workers, and more; and more workers than have room for their products.
  @Test(arguments: KernelSet.withWinograd, [1, 2, 3, 8, 50])
  func workersShareTheOutput(_ kernels: KernelSet, workerCount: Int) {
    for shape in [
      ConvolutionProblem.Shape(height: 5, width: 7, blocks: 3),
      .init(height: 5, width: 7, blocks: 2, outputHasRemainders: true), .init(height: 2, width: 2),
      .init(height: 14, width: 13, channels: 32, blocks: 1),
    ] {
      ConvolutionRun.checkShares(
        .random(shape), kernels, by: .winograd(largest: 4, blocks: 2), workerCount: workerCount)
    }
  }
}
