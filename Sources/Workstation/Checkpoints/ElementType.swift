/// The type of the numbers in a storage. All are little-endian.
enum ElementType: Equatable, Sendable {
  case float32, float16, bfloat16, float64
  /// Integers, booleans, complex numbers and quantized codes. Only their size matters, to step over them; their values are not read.
  case other(byteCount: Int)

  var byteCount: Int {
    switch self {
    case .float16, .bfloat16: 2
    case .float32: 4
    case .float64: 8
    case .other(let byteCount): byteCount
    }
  }

  /// Recognizes the name of PyTorch's typed storages, such as `FloatStorage` of `torch.FloatStorage`.
  init?(storage name: FileText) {
    switch name {
    case "FloatStorage": self = .float32
    case "HalfStorage": self = .float16
    case "BFloat16Storage": self = .bfloat16
    case "DoubleStorage": self = .float64
    case "ByteStorage", "CharStorage", "BoolStorage", "UntypedStorage", "QInt8Storage", "QUInt8Storage",
      "QUInt4x2Storage", "QUInt2x4Storage":
      self = .other(byteCount: 1)
    case "ShortStorage": self = .other(byteCount: 2)
    case "IntStorage", "QInt32Storage": self = .other(byteCount: 4)
    case "LongStorage", "ComplexFloatStorage": self = .other(byteCount: 8)
    case "ComplexDoubleStorage": self = .other(byteCount: 16)
    default: return nil
    }
  }

  /// Recognizes the `dtype` of a `.safetensors` header.
  init?(safetensors name: FileText) {
    switch name {
    case "F32": self = .float32
    case "F16": self = .float16
    case "BF16": self = .bfloat16
    case "F64": self = .float64
    case "BOOL", "U8", "I8": self = .other(byteCount: 1)
    case "U16", "I16": self = .other(byteCount: 2)
    case "U32", "I32": self = .other(byteCount: 4)
    case "U64", "I64", "C64": self = .other(byteCount: 8)
    default: return nil
    }
  }
}

extension Float {
  /// Converts an IEEE 754 half to its exact value, subnormals included. (Swift's `Float16` is missing on some hosts.)
  init(halfBits bits: UInt16) {
    let magnitude = UInt32(bits & 0x7FFF) << 13
    let finite = Float(bitPattern: magnitude) * 0x1p112  // Moves the exponent's bias from 15 to 127.
    let special: UInt32 = bits & 0x7C00 == 0x7C00 ? 0x7F80_0000 : 0
    self.init(bitPattern: finite.bitPattern | special | UInt32(bits & 0x8000) << 16)
  }
}
