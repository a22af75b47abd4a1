import CKernels
import ResNetInt8
import TestSupport
import Testing

@Suite struct ConvolutionTests {
  /// Tiles have 1 to 6, 8, 12, 16, 32 or 64 pixels and 1, 2 or 4 blocks. The sizes here are below, at and above each.
  @Test(arguments: KernelSet.available, [1, 2, 3, 4, 5, 7])
  func tileSizes(_ kernels: KernelSet, blocks: Int) {
    for pixels in [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 15, 16, 17, 25, 33, 70] {
      for kernel in [1, 3] {
        ConvolutionRun.check(.random(.init(height: 1, width: pixels, blocks: blocks, kernel: kernel)), kernels)
      }
    }
    ConvolutionRun.check(.random(.init(height: 5, width: 5, blocks: blocks)), kernels)
    ConvolutionRun.check(.random(.init(height: 13, width: 1, blocks: blocks)), kernels)
  }

  @Test(arguments: KernelSet.available, [1, 2, 3, 5, 7])
  func windows(_ kernels: KernelSet, kernel: Int) {
    for stride in 1...3 {
      for dilation in 1...3 {
        ConvolutionRun.check(.random(.init(kernel: kernel, stride: stride, dilation: dilation)), kernels)
      }
      // Images have 1 to 4 channels. Rows of a window whose bytes are no multiple of 4 read on into what follows.
      for channels in 1...4 {
        ConvolutionRun.check(.random(.init(channels: channels, kernel: kernel, stride: stride)), kernels)
      }
    }
  }

  @Test(arguments: KernelSet.available, [(64, 4, 2), (64, 4, 4), (48, 6, 3), (32, 8, 1), (16, 10, 2)])
  func groups(_ kernels: KernelSet, _ shape: (channels: Int, blocks: Int, groups: Int)) {
    for dilation in 1...2 {
      for stride in 1...2 {
        ConvolutionRun.check(
          .random(
            .init(
              height: 3, width: 5, channels: shape.channels, blocks: shape.blocks, stride: stride, dilation: dilation,
              groups: shape.groups)), kernels)
      }
    }
  }

  @Test(arguments: KernelSet.available, [ConvolutionProblem.Shortcut.identity, .inPlace, .projection])
  func shortcuts(_ kernels: KernelSet, shortcut: ConvolutionProblem.Shortcut) {
    for blocks in [1, 2, 3, 4, 7] {
      for (height, width) in [(1, 1), (2, 3), (1, 7), (3, 4), (5, 5)] {
        ConvolutionRun.check(
          .random(.init(height: height, width: width, blocks: blocks, kernel: 1, shortcut: shortcut)), kernels)
        ConvolutionRun.check(.random(.init(height: height, width: width, blocks: blocks, shortcut: shortcut)), kernels)
      }
    }
  }

  @Test(arguments: KernelSet.available, [ConvolutionProblem.Shortcut.none, .identity, .inPlace, .projection])
  func remainders(_ kernels: KernelSet, shortcut: ConvolutionProblem.Shortcut) {
    for (ofShortcut, ofOutput) in [(false, true), (true, false), (true, true)] {
      // What lies in place of the output's remainders cannot be there without them.
      if shortcut == .none && ofShortcut || shortcut == .inPlace && !ofShortcut { continue }
      for blocks in [1, 2, 3, 4, 7] {
        for (height, width) in [(1, 1), (2, 3), (1, 7), (3, 4), (5, 5), (4, 16)] {
          for kernel in [1, 3] {
            let shape = ConvolutionProblem.Shape(
              height: height, width: width, blocks: blocks, kernel: kernel, shortcut: shortcut,
              shortcutHasRemainders: ofShortcut, outputHasRemainders: ofOutput)
            ConvolutionRun.check(.random(shape), kernels)
          }
        }
      }
    }
  }

  /// Pairs of weights whose products with codes of 255 reach, or pass, what 16 bits hold. In each four bytes of a row one
  /// channel of a block has such a pair, and all others have weights that stay far from it.
  @Test(
    arguments: KernelSet.available,
    [
      (64, 64), (64, 65), (65, 64), (127, 1), (127, 2), (1, 127), (-64, -64), (-64, -65), (-128, 0), (-128, -1),
      (-1, -128), (-127, -1), (-127, -2), (127, -128), (-128, 127), (-128, -128), (127, 127),
    ] as [(Int8, Int8)])
  func largePairs(_ kernels: KernelSet, _ pair: (Int8, Int8)) {
    var random = SeededGenerator(state: 3)
    for blocks in [1, 2, 3, 4, 7] {
      for pixels in [1, 4, 16, 17, 20, 29] {
        let shape = ConvolutionProblem.Shape(
          height: 1, width: pixels, blocks: blocks, kernel: 1, outputHasRemainders: true)
        func weights(_ count: Int) -> [Int8] {
          var random = SeededGenerator(state: UInt64(blocks))
          var weights = (0..<count).map { _ in Int8.random(in: -60...60, using: &random) }
          for place in 0..<count / 64 {
            let byte = 64 * place + 4 * (5 * place % 16) + 2 * (place % 2)
            (weights[byte], weights[byte + 1]) = pair
          }
          return weights
        }
        ConvolutionRun.check(
          ConvolutionProblem(
            shape, codes: { (0..<$0).map { $0 % 7 == 0 ? 254 : 255 } }, weights: weights, random: &random), kernels)
      }
    }
  }

  /// Some weights are large and most are small. Windows are shorter and longer than what a set takes at a time, up to those for
  /// whose places it has no room.
  @Test(arguments: KernelSet.available, [(16, 3, 1), (96, 3, 2), (800, 1, 1), (512, 3, 2), (1664, 3, 1)])
  func fewLargeWeights(_ kernels: KernelSet, _ window: (channels: Int, kernel: Int, stride: Int)) {
    var random = SeededGenerator(state: 4)
    for shortcut in [ConvolutionProblem.Shortcut.none, .projection] {
      let shape = ConvolutionProblem.Shape(
        height: 3, width: 7, channels: window.channels, blocks: 5, kernel: window.kernel, stride: window.stride,
        shortcut: shortcut, shortcutHasRemainders: shortcut == .projection, outputHasRemainders: true)
      func weights(_ count: Int) -> [Int8] {
        var random = SeededGenerator(state: UInt64(count))
        return (0..<count).map { _ in
          Int.random(in: 0..<40, using: &random) == 0
            ? Int8.random(in: -128...127, using: &random) : Int8.random(in: -30...30, using: &random)
        }
      }
      var codes = SeededGenerator(state: 5)
      ConvolutionRun.check(
        ConvolutionProblem(shape, codes: { codes.bytes($0) }, weights: weights, random: &random), kernels)
    }
  }

  /// The sums are as large as a layer can make them. The layer is a ResNet's deepest, 3x3 on 512 channels.
  @Test(arguments: KernelSet.available, [Int8(-128), -127, 127])
  func extremes(_ kernels: KernelSet, weight: Int8) {
    var random = SeededGenerator(state: 9)
    for code: UInt8 in [0, 255] {
      for shortcut in [ConvolutionProblem.Shortcut.none, .identity, .projection] {
        for hasRemainders in [false, true] {
          let shape = ConvolutionProblem.Shape(
            channels: 512, blocks: 4, shortcut: shortcut, shortcutHasRemainders: hasRemainders,
            outputHasRemainders: hasRemainders)
          ConvolutionRun.check(
            ConvolutionProblem(
              shape, codes: { .init(repeating: code, count: $0) }, weights: { .init(repeating: weight, count: $0) },
              random: &random), kernels)
        }
      }
    }
  }

  /// Random problems have codes that are saturated at 0 and at 255, and codes that are not saturated. The other tests
  /// would be worth little if all their codes were saturated, or none.
  @Test(arguments: KernelSet.available)
  func codesSaturateBothWays(_ kernels: KernelSet) {
    let seen = ConvolutionRun.check(.random(.init(height: 6, width: 6, channels: 64, blocks: 4)), kernels)
    #expect(seen.low > seen.count / 20)
    #expect(seen.high > seen.count / 20)
    #expect(seen.count - seen.low - seen.high > seen.count / 20)
  }

  /// Exactly one worker writes each byte of the output, and no worker writes a byte beside it.
  @Test(arguments: KernelSet.available, [1, 2, 3, 8, 50])
  func workersShareTheOutput(_ kernels: KernelSet, workerCount: Int) {
    for shape in [
      ConvolutionProblem.Shape(height: 5, width: 7, blocks: 7),
      .init(height: 5, width: 7, blocks: 7, outputHasRemainders: true), .init(height: 2, width: 6, blocks: 4),
      .init(height: 1, width: 1), .init(height: 5, width: 7, channels: 32, blocks: 6, groups: 2),
    ] {
      ConvolutionRun.checkShares(.random(shape), kernels, workerCount: workerCount)
    }
  }
}
