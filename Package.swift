// swift-tools-version: 6.2
import PackageDescription

// RESNET_INT8_EMBEDDED=1 compiles the target side alone, as Embedded Swift that provably never allocates:
// what `make` ships as libresnet_int8. Without it the same sources are ordinary Swift, linked by the tools and tests.
let embedded = Context.environment["RESNET_INT8_EMBEDDED"] != nil

let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]
let target: [SwiftSetting] =
  strict
  + (embedded
    ? [
      .enableExperimentalFeature("Embedded"),
      .unsafeFlags(["-wmo", "-no-allocations", "-Xcc", "-fno-stack-protector"]),
    ]
    : [])

/// The architecture built for: the build machine's, or what `make library ARCH=...` asks for.
#if arch(x86_64)
  let architecture = Context.environment["RESNET_INT8_ARCH"] ?? "x86_64"
#elseif arch(arm64)
  let architecture = Context.environment["RESNET_INT8_ARCH"] ?? "aarch64"
#else
  let architecture = Context.environment["RESNET_INT8_ARCH"] ?? "portable"
#endif

/// Compiles for a processor that the build machine need not be; the flags reach Swift through its C importer.
func instructionSet(_ flags: [String]) -> SwiftSetting {
  .unsafeFlags(flags.flatMap { ["-Xcc", $0] } + ["-Ounchecked"])
}

let avx512VNNI = ["-mavx512f", "-mavx512bw", "-mavx512vl", "-mavx512dq", "-mavx512vnni"]

/// Flags that compilers for other architectures refuse.
func x86(_ flags: String...) -> [String] { architecture == "x86_64" ? flags : [] }

func kernels(_ name: String, _ flags: [String] = [], beside other: [Target.Dependency] = []) -> Target {
  .target(
    name: name, dependencies: ["Kernels", "CKernels", "CIntrinsics"] + other,
    path: "Sources/Target/Kernels/\(name.dropFirst("Kernels".count))",
    swiftSettings: target + [instructionSet(flags)])
}

let kernelModules: [Target] =
  switch architecture {
  case "x86_64":
    [
      kernels("KernelsPortable"),
      kernels("KernelsAVX2", ["-mavx2"]),
      kernels("KernelsAVXVNNI", ["-mavx2", "-mavxvnni"]),
      kernels("KernelsAVX512VNNI", avx512VNNI),
      kernels("KernelsAMX", avx512VNNI + ["-mamx-tile", "-mamx-int8"], beside: ["KernelsAVX512VNNI"]),
    ]
  case "aarch64":
    [
      kernels("KernelsPortable"),
      kernels("KernelsNEON"),
      kernels("KernelsNEONDotProduct", ["-march=armv8.2-a+dotprod"]),
    ]
  default: [kernels("KernelsPortable")]
  }

let targetSide: [Target] = [
  .target(name: "CIntrinsics", path: "Sources/Target/Kernels/Intrinsics"),
  .target(name: "CKernels", path: "Sources/Target/Kernels/Interface"),
  .target(
    name: "ModelFormat", path: "Sources/Target/ModelFormat", exclude: ["Model.swift", "Validation.swift"],
    swiftSettings: target),
  .target(
    name: "Kernels", dependencies: ["CIntrinsics", "CKernels", "ModelFormat"], path: "Sources/Target/Kernels/Generic",
    swiftSettings: target),
  .target(
    name: "ResNetInt8",
    dependencies: ["ModelFormat", "Kernels", "CKernels", "CIntrinsics", "CResNetInt8"]
      + kernelModules.map { .target(name: $0.name) },
    path: "Sources/Target", sources: ["Runtime", "ModelFormat/Model.swift", "ModelFormat/Validation.swift"],
    swiftSettings: target),
  .systemLibrary(name: "CResNetInt8", path: "include"),
]

let workstationSide: [Target] = [
  .target(name: "CJPEG", path: "Sources/Workstation/CJPEG", linkerSettings: [.linkedLibrary("jpeg")]),
  .target(name: "Images", dependencies: ["CJPEG"], path: "Sources/Workstation/Images", swiftSettings: strict),
  .target(name: "Checkpoints", path: "Sources/Workstation/Checkpoints", swiftSettings: strict),
  .target(name: "CFloatKernels", path: "Sources/Workstation/FloatRuntime/Kernels/Interface"),
  .target(
    name: "FloatKernels", dependencies: ["CFloatKernels"], path: "Sources/Workstation/FloatRuntime/Kernels/Generic",
    swiftSettings: strict),
  .target(
    name: "FloatKernelsPortable", dependencies: ["FloatKernels", "CFloatKernels"],
    path: "Sources/Workstation/FloatRuntime/Kernels/Portable",
    swiftSettings: strict + [instructionSet([])]),
  .target(
    name: "FloatKernelsAVX2", dependencies: ["FloatKernels", "CFloatKernels"],
    path: "Sources/Workstation/FloatRuntime/Kernels/AVX2",
    swiftSettings: strict + [instructionSet(x86("-mavx2", "-mfma"))]),
  .target(
    name: "FloatKernelsAVX512", dependencies: ["FloatKernels", "CFloatKernels"],
    path: "Sources/Workstation/FloatRuntime/Kernels/AVX512",
    swiftSettings: strict + [instructionSet(x86("-mavx512f", "-mavx512vl", "-mavx512dq", "-mfma"))]),
  .target(
    name: "Quantization",
    dependencies: [
      "Checkpoints", "Images", "ModelFormat", "ResNetInt8", "CFloatKernels", "CIntrinsics",
      "FloatKernelsPortable", "FloatKernelsAVX2", "FloatKernelsAVX512",
    ],
    path: "Sources/Workstation", sources: ["Graphs", "FloatRuntime/Network", "Quantization", "Evaluation"],
    swiftSettings: strict),
  .target(
    name: "ToolSupport", dependencies: ["CResNetInt8", "Quantization", "ResNetInt8"], path: "Tools/Support",
    swiftSettings: strict),
  .executableTarget(
    name: "resnet-quantize",
    dependencies: [
      "Checkpoints", "Images", "Quantization", "ToolSupport",
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
    ],
    path: "Tools/resnet-quantize", swiftSettings: strict),
  .target(name: "CDotProductLimit", path: "Tools/CDotProductLimit"),
  .executableTarget(
    name: "resnet-bench",
    dependencies: [
      "CDotProductLimit", "CKernels", "CResNetInt8", "Quantization", "ResNetInt8", "ToolSupport",
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
    ],
    path: "Tools/resnet-bench", swiftSettings: strict),
  .testTarget(
    name: "CheckpointsTests", dependencies: ["Checkpoints"], path: "Tests/Workstation/CheckpointsTests",
    swiftSettings: strict),
  .testTarget(
    name: "ImagesTests", dependencies: ["Images", "CJPEG"], path: "Tests/Workstation/ImagesTests", swiftSettings: strict
  ),
  .testTarget(
    name: "QuantizationTests", dependencies: ["Quantization", "Checkpoints", "Images"], path: "Tests",
    sources: [
      "TestSupport", "Workstation/GraphsTests", "Workstation/FloatRuntimeTests", "Workstation/QuantizationTests",
      "Workstation/EvaluationTests",
    ], swiftSettings: strict),
  .testTarget(
    name: "ResNetInt8Tests", dependencies: ["ResNetInt8", "ModelFormat", "CKernels", "CResNetInt8"],
    path: "Tests/Target",
    swiftSettings: strict),
  .testTarget(
    name: "CommandTests", dependencies: ["resnet-quantize", "resnet-bench"], path: "Tests/Tools/CommandTests",
    swiftSettings: strict),
]

let package = Package(
  name: "resnet-int8",
  products: embedded
    ? [.library(name: "resnet_int8", type: .static, targets: ["ResNetInt8"])]
    : [
      .executable(name: "resnet-quantize", targets: ["resnet-quantize"]),
      .executable(name: "resnet-bench", targets: ["resnet-bench"]),
    ],
  dependencies: embedded
    ? [] : [.package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")],
  targets: targetSide + kernelModules + (embedded ? [] : workstationSide)
)
