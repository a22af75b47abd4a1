import ResNetInt8
import Testing

extension ConvolutionRun {
  /// Checks that exactly one worker writes each byte of the output, and that no worker writes a byte beside it.
  static func checkShares(
    _ problem: ConvolutionProblem, _ kernels: KernelSet, by algorithm: Algorithm = .direct, workerCount: Int
  ) {
    let shape = problem.shape
    var whole = output(problem, filledWith: 0)
    run(problem, kernels, by: algorithm, to: &whole)
    var (codeWriters, remainderWriters) = (
      [Int](repeating: 0, count: whole.codes.count), [Int](repeating: 0, count: whole.remainders.count)
    )
    for worker in 0..<workerCount {
      // A byte that is the same in both memories was written, since the memories differed before.
      var (zeros, ones) = (output(problem, filledWith: 0), output(problem, filledWith: 255))
      run(problem, kernels, by: algorithm, to: &zeros, worker: worker, of: workerCount)
      run(problem, kernels, by: algorithm, to: &ones, worker: worker, of: workerCount)
      for place in zeros.codes.indices where zeros.codes[place] == ones.codes[place] {
        codeWriters[place] += 1
        #expect(zeros.codes[place] == whole.codes[place])
      }
      for place in zeros.remainders.indices where zeros.remainders[place] == ones.remainders[place] {
        remainderWriters[place] += 1
        #expect(zeros.remainders[place] == whole.remainders[place])
      }
    }
    var expected = [Int](repeating: 0, count: whole.codes.count)
    for y in 0..<shape.height {
      let start = address(shape, y, 0)
      for place in start..<start + shape.width * shape.outputChannels { expected[place] = 1 }
    }
    #expect(codeWriters == expected, "\(shape) by \(workerCount) workers, \(algorithm)")
    let isWritten = remainderWriters.indices.map { $0 < remainderWriters.count - 64 ? 1 : 0 }
    #expect(remainderWriters == isWritten, "remainders of \(shape) by \(workerCount) workers, \(algorithm)")
  }
}
