// swift-tools-version: 6.2
import PackageDescription

// The targets of Sources/Target are what a C program links; those of Sources/Workstation are the tools' own. docs/design.md
// has the picture.
//
// RESNET_INT8_EMBEDDED=1 compiles Sources/Target alone, as Embedded Swift that provably never allocates: what `make library`
// ships. Without it the same sources are ordinary Swift, which the tools and tests link.
let isEmbedded = Context.environment["RESNET_INT8_EMBEDDED"] != nil

/// The architecture built for: the build machine's, or what `make library ARCH=...` asks for.
#if arch(x86_64)
  let architecture = Context.environment["RESNET_INT8_ARCH"] ?? "x86_64"
#elseif arch(arm64)
  let architecture = Context.environment["RESNET_INT8_ARCH"] ?? "aarch64"
#else
  let architecture = Context.environment["RESNET_INT8_ARCH"] ?? "portable"
#endif

/// Whether `make embedded` builds, for a processor without an operating system.
let isSmall = architecture.hasPrefix("embedded-")
/// The flags for such processors. The compiler refuses -no-allocations where an Int has 32 bits, since its own 64-bit conversions
/// name an array; `make embedded` then proves by the link that nothing allocates.
let forSize = ["-Osize", "-Xfrontend", "-disable-stack-protector", "-Xfrontend", "-function-sections"]

let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]
let onTarget: [SwiftSetting] =
  strict
  + (isEmbedded
    ? [
      .enableExperimentalFeature("Embedded"),
      .unsafeFlags(["-wmo", "-Xcc", "-fno-stack-protector"] + (isSmall ? forSize : ["-no-allocations"])),
    ] : [])

/// Compiles for a processor that the build machine need not be; the flags reach Swift through its C importer.
func instructionSet(_ flags: [String]) -> SwiftSetting {
  .unsafeFlags(flags.flatMap { ["-Xcc", $0] } + ["-Ounchecked"])
}

// MARK: Sources/Target

func target(_ name: String, at path: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, path: "Sources/Target/\(path)", swiftSettings: onTarget)
}

/// The kernels of one instruction set: a module of its own, since what a module imports is compiled with its flags.
func kernels(_ set: String, _ flags: [String] = []) -> Target {
  .target(
    name: "Kernels\(set)", dependencies: ["Kernels", "CKernels", "CIntrinsics"],
    path: "Sources/Target/Kernels/\(set)", swiftSettings: onTarget + [instructionSet(flags)])
}

let avx512 = ["-mavx512f", "-mavx512bw", "-mavx512vl", "-mavx512dq"]

let kernelSets: [Target] =
  switch architecture {
  case "x86_64":
    [
      kernels("Portable"),
      kernels("AVX2", ["-mavx2"]),
      kernels("AVXVNNI", ["-mavx2", "-mavxvnni"]),
      kernels("AVX512", avx512),
      kernels("AVX512VNNI", avx512 + ["-mavx512vnni"]),
      kernels("AMX", avx512 + ["-mamx-tile", "-mamx-int8"]),
    ]
  case "aarch64":
    [
      kernels("Portable"),
      kernels("NEON"),
      kernels("NEONDotProduct", ["-march=armv8.2-a+dotprod"]),
    ]
  default: [kernels("Portable")]
  }

let targetSide: [Target] =
  [
    .target(name: "CResNetInt8", path: "Sources/Target/Interface"),
    .target(name: "CKernels", path: "Sources/Target/Kernels/Interface"),
    .target(name: "CIntrinsics", path: "Sources/Target/Kernels/Intrinsics"),
    target("ModelFormat", at: "ModelFormat", []),
    target("Preparation", at: "Preparation", ["ModelFormat"]),
    target("Kernels", at: "Kernels/Generic", ["CIntrinsics", "CKernels", "ModelFormat"]),
    target(
      "ResNetInt8", at: "Runtime",
      ["ModelFormat", "Preparation", "Kernels", "CKernels", "CIntrinsics", "CResNetInt8"]
        + kernelSets.map { .target(name: $0.name) }),
  ] + kernelSets

// MARK: Sources/Workstation

func workstation(_ name: String, at path: String? = nil, _ dependencies: [Target.Dependency]) -> Target {
  .target(
    name: name, dependencies: dependencies, path: "Sources/Workstation/\(path ?? name)", swiftSettings: strict)
}

func floatKernels(_ set: String, _ flags: [String]) -> Target {
  .target(
    name: "FloatKernels\(set)", dependencies: ["FloatKernels", "CFloatKernels"],
    path: "Sources/Workstation/FloatRuntime/Kernels/\(set)",
    // Compilers for other architectures refuse x86 flags.
    swiftSettings: strict + [instructionSet(architecture == "x86_64" ? flags : [])])
}

let workstationSide: [Target] = [
  .target(name: "CJPEG", path: "Sources/Workstation/CJPEG", linkerSettings: [.linkedLibrary("jpeg")]),
  workstation("Platform", []),
  .target(
    name: "CPNG", path: "Sources/Workstation/CPNG", linkerSettings: [.linkedLibrary("png"), .linkedLibrary("z")]),
  workstation("Images", ["CJPEG", "CPNG", "Platform", "Preparation"]),
  workstation("JSON", ["Platform"]),
  workstation("Checkpoints", ["JSON", "Platform"]),
  workstation("Graphs", ["Checkpoints", "Platform"]),
  .target(name: "CFloatKernels", path: "Sources/Workstation/FloatRuntime/Kernels/Interface"),
  workstation("FloatKernels", at: "FloatRuntime/Kernels/Generic", ["CFloatKernels"]),
  floatKernels("Portable", []),
  floatKernels("AVX2", ["-mavx2", "-mfma"]),
  floatKernels("AVX512", ["-mavx512f", "-mavx512vl", "-mavx512dq", "-mfma"]),
  workstation(
    "FloatRuntime", at: "FloatRuntime/Network",
    ["CFloatKernels", "FloatKernelsAVX2", "FloatKernelsAVX512", "FloatKernelsPortable", "Graphs", "Platform"]),
  workstation("Pretrained", ["Checkpoints", "Graphs", "JSON", "Platform", "Preparation"]),
  workstation(
    "Quantization",
    ["CKernels", "FloatRuntime", "Graphs", "ModelFormat", "Platform", "Preparation", "ResNetInt8"]),
  workstation(
    "Evaluation",
    [
      "CResNetInt8", "FloatRuntime", "Graphs", "Images", "JSON", "ModelFormat", "Platform", "Preparation", "ResNetInt8",
    ]),
  workstation(
    "Analysis",
    [
      "CResNetInt8", "Evaluation", "FloatRuntime", "Graphs", "ModelFormat", "Platform", "Quantization", "ResNetInt8",
    ]),
]

// MARK: Tools

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

/// RESNET_INT8_STATIC_TOOLS=1 links Swift's own libraries into the tools, so that these run where no toolchain is: what `make
/// tools` ships. Only links differ: the same objects serve the tests, which cannot be linked so.
let staticSwift: [LinkerSetting] =
  Context.environment["RESNET_INT8_STATIC_TOOLS"] == nil
  ? []
  : [
    .unsafeFlags(["-static-stdlib", "-use-ld=lld", "-Xlinker", "-s", "-l_FoundationCShims", "-l_FoundationCollections"])
  ]

/// A change of a C header compiles those targets again that depend on its target themselves: not those that reach its
/// structures through another module. So every target above Evaluation has this one.
let cInterface: [Target.Dependency] = ["CResNetInt8"]

func tool(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(
    name: name, dependencies: dependencies + cInterface + ["Evaluation", "Platform", "ToolSupport", argumentParser],
    path: "Tools/\(name)", swiftSettings: strict, linkerSettings: staticSwift)
}

let tools: [Target] = [
  .target(
    name: "ToolSupport", dependencies: cInterface + ["Evaluation", "Platform", "ResNetInt8", argumentParser],
    path: "Tools/Support", swiftSettings: strict),
  tool(
    "resnet-quantize",
    [
      "Analysis", "Checkpoints", "FloatRuntime", "Graphs", "Images", "JSON", "ModelFormat", "Preparation", "Pretrained",
      "Quantization", "ResNetInt8",
    ]),
  .target(name: "CDotProductLimit", path: "Tools/CDotProductLimit"),
  tool("resnet-bench", ["CDotProductLimit", "CKernels", "ResNetInt8"]),
]

// MARK: Tests

/// Tests are compiled without optimization, in a third of the time, but for those that compute much themselves.
func tests(
  _ name: String, in folder: String, computing: Bool = false, _ dependencies: [Target.Dependency]
) -> Target {
  .testTarget(
    name: name, dependencies: dependencies + cInterface + ["TestSupport"], path: "Tests/\(folder)/\(name)",
    swiftSettings: strict + (computing ? [] : [.unsafeFlags(["-Onone"])]))
}

let testTargets: [Target] = [
  .target(
    name: "TestSupport",
    dependencies: cInterface + [
      "Checkpoints", "Evaluation", "FloatRuntime", "Graphs", "ModelFormat", "Preparation", "Quantization",
    ],
    path: "Tests/TestSupport", swiftSettings: strict),
  tests("ModelFormatTests", in: "Target", ["ModelFormat"]),
  tests("KernelsTests", in: "Target", computing: true, ["CKernels", "Kernels", "ModelFormat", "ResNetInt8"]),
  tests("RuntimeTests", in: "Target", ["CKernels", "ModelFormat", "ResNetInt8"]),
  tests("JSONTests", in: "Workstation", ["JSON"]),
  tests("CheckpointsTests", in: "Workstation", ["Checkpoints", "Platform"]),
  tests("ImagesTests", in: "Workstation", computing: true, ["CJPEG", "Images", "Preparation"]),
  tests("GraphsTests", in: "Workstation", ["Checkpoints", "Graphs"]),
  tests("PretrainedTests", in: "Workstation", ["Checkpoints", "Graphs", "Preparation", "Pretrained"]),
  tests("FloatRuntimeTests", in: "Workstation", computing: true, ["FloatRuntime", "Graphs"]),
  tests(
    "QuantizationTests", in: "Workstation", computing: true,
    ["Evaluation", "FloatRuntime", "Graphs", "ModelFormat", "Preparation", "Quantization", "ResNetInt8"]),
  tests(
    "EvaluationTests", in: "Workstation", computing: true,
    ["Checkpoints", "Evaluation", "FloatRuntime", "Graphs", "Images", "Preparation"]),
  tests(
    "AnalysisTests", in: "Workstation", computing: true,
    ["Analysis", "Evaluation", "FloatRuntime", "Graphs", "Quantization"]),
  tests("ToolSupportTests", in: "Tools", ["ToolSupport"]),
  tests(
    "CommandTests", in: "Tools",
    ["CDotProductLimit", "Checkpoints", "ModelFormat", "resnet-bench", "resnet-quantize"]),
]

// MARK: Fuzz targets

/// RESNET_INT8_FUZZ=1 has libFuzzer make the inputs of the fuzz targets: what `make fuzz` runs. Without it the targets read
/// files that were found before.
let isFuzzing = Context.environment["RESNET_INT8_FUZZ"] != nil

func fuzzer(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(
    name: "fuzz-\(name.lowercased())", dependencies: dependencies + ["FuzzDriver", "Platform"],
    path: "Tests/Fuzz/\(name)", swiftSettings: strict)
}

let fuzzers: [Target] = [
  .target(
    name: "FuzzDriver", path: "Tests/Fuzz/Driver", cSettings: isFuzzing ? [.define("RESNET_INT8_FUZZ")] : []),
  fuzzer("Checkpoint", ["Checkpoints"]),
  fuzzer("Graph", ["Checkpoints", "Graphs"]),
  fuzzer("JPEG", ["Images", "Preparation"]),
  fuzzer("JSON", cInterface + ["Checkpoints", "Evaluation", "JSON", "Pretrained"]),
  fuzzer("PNG", ["Images", "Preparation"]),
]

// MARK: Package

let package = Package(
  name: "resnet-int8",
  products: isEmbedded
    ? [.library(name: "resnet_int8", type: .static, targets: ["ResNetInt8"])]
    : [
      .executable(name: "resnet-quantize", targets: ["resnet-quantize"]),
      .executable(name: "resnet-bench", targets: ["resnet-bench"]),
    ],
  dependencies: isEmbedded
    ? [] : [.package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")],
  targets: targetSide + (isEmbedded ? [] : workstationSide + tools + testTargets + fuzzers)
)
