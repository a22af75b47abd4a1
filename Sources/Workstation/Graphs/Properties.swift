/// What names and shapes cannot tell of a network: as its owner told it, as a configuration file has it, or as it is assumed.
struct Properties {
  let stemStride: Int
  let hasMaxPool: Bool
  let firstStageStride: Int
  let batchNormEpsilon: Double
  let strideIn1x1: Bool
  let hasShortcuts: Bool
  let headPooling: ArchitectureOptions.HeadPooling
  let dilatedStages: Set<Int>
  /// The properties in words, by their source: "told: no max pool; assumed: stem stride 1, ReLU, ...".
  let description: String

  /// - Parameters:
  ///   - stemKernels: the kernel of each convolution of the stem.
  ///   - told: what the owner told. It counts more than what is configured.
  ///
  /// Throws where several readings are common, and names the options that choose one.
  init(
    _ names: NetworkNames, stemKernels: [Int], told: ArchitectureOptions, configured: ArchitectureOptions, path: String
  ) throws(ArchitectureError) {
    var sources = Sources(told: told, configured: configured)
    let stem = UsualStem(names, kernels: stemKernels)
    let stemStride = sources.choose(\.stemStride, stem.stride) { "stem stride \($0)" }
    let hasMaxPool = sources.choose(\.maxPool, stem.hasMaxPool) { $0 ? "max pool" : "no max pool" }
    guard let stemStride, let hasMaxPool else {
      let options = [
        stemStride == nil ? "--stem-stride" : nil, hasMaxPool == nil ? "--max-pool or --no-max-pool" : nil,
      ]
      throw ArchitectureError(
        path: path,
        problem: "networks of \(names.stages.count) stages with a stem of \(stemKernels[0])x\(stemKernels[0]) differ in"
          + " what its tensors do not tell; give \(options.compactMap(\.self).joined(separator: " and "))")
    }
    self.stemStride = stemStride
    self.hasMaxPool = hasMaxPool
    firstStageStride = sources.choose(\.firstStageStride, names.naming.isLabml ? 2 : 1) {
      $0 == 1 ? nil : "first stage's stride \($0)"
    }!
    _ = sources.choose(\.activation, .relu) { _ in "ReLU" }
    batchNormEpsilon = sources.choose(\.batchNormEpsilon, 1e-5) { names.isFolded ? nil : "batch norm epsilon \($0)" }!
    strideIn1x1 = sources.choose(\.strideIn1x1, false) {
      names.isBottleneck ? "stride in the \($0 ? "1x1" : "3x3")" : nil
    }!
    hasShortcuts = sources.choose(\.shortcuts, true) {
      $0 ? (names.hasShortcutWeights ? nil : "shortcuts") : "no shortcuts"
    }!
    headPooling = sources.choose(\.headPooling, .average) { "\($0.rawValue) pool before the head" }!
    dilatedStages = told.dilatedStages.union(configured.dilatedStages)
    description = sources.description
  }
}

/// The stem of the networks that have most of its tensors' names and shapes. What differs among them is nil.
private struct UsualStem {
  var stride: Int?
  var hasMaxPool: Bool?

  init(_ names: NetworkNames, kernels: [Int]) {
    if names.naming.isLabml {
      (stride, hasMaxPool) = (2, false)
    } else if kernels.count > 1 || kernels[0] == 7 {
      (stride, hasMaxPool) = (2, true)
    } else if kernels[0] == 3 {
      stride = 1
      if names.stages.count == 3 || names.naming.isForSmallImages { hasMaxPool = false }
    }
  }
}

/// Chooses properties, and keeps in words where each came from.
private struct Sources {
  let told: ArchitectureOptions
  let configured: ArchitectureOptions
  private var wordsTold: [String] = []
  private var wordsConfigured: [String] = []
  private var wordsAssumed: [String] = []

  init(told: ArchitectureOptions, configured: ArchitectureOptions) {
    self.told = told
    self.configured = configured
  }

  /// Returns what was told, else what is configured, else what is usual. `describe` returns nil for what goes without
  /// saying.
  mutating func choose<T>(
    _ property: KeyPath<ArchitectureOptions, T?>, _ usual: T?, _ describe: (T) -> String?
  ) -> T? {
    let words: WritableKeyPath<Sources, [String]> =
      if told[keyPath: property] != nil { \.wordsTold } else if configured[keyPath: property] != nil {
        \.wordsConfigured
      } else { \.wordsAssumed }
    let value = told[keyPath: property] ?? configured[keyPath: property] ?? usual
    if let description = value.flatMap(describe) { self[keyPath: words].append(description) }
    return value
  }

  var description: String {
    [("told", wordsTold), ("configured", wordsConfigured), ("assumed", wordsAssumed)].filter { !$0.1.isEmpty }
      .map { "\($0): \($1.joined(separator: ", "))" }.joined(separator: "; ")
  }
}
