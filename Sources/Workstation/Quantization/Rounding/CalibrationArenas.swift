import FloatRuntime
import ModelFormat
import ResNetInt8

/// The calibration images on their way through an int8 network whose layers are filled in one by one. Each image has an arena
/// of its own, where the tensors that later layers read stay.
final class CalibrationArenas {
  private let model: Model
  private let arenas: [Arena]

  /// Opens the network once for each image, and stores the images.
  ///
  /// - Parameter images: the images' bytes, HWC.
  init(_ model: Model, images: [[UInt8]]) {
    self.model = model
    arenas = concurrentMap(images.count) { index in
      let arena = Arena(model)
      images[index].withUnsafeBufferPointer { arena.network.pointee.storeImage($0.baseAddress!, worker: 0, of: 1) }
      return arena
    }
  }

  /// Runs a layer on all images.
  func run(layer index: Int) {
    concurrentForEach(arenas.count) { self.arenas[$0].run(layer: index) }
  }

  /// Runs a layer on all images for the means of its output's codes, one a channel. The tensors that the layer reads stay, so
  /// that it can be run again.
  func outputMeans(layer index: Int) -> [Double] {
    let layer = model.layer(index)
    let output = model.tensor(layer.output)
    let isInPlace = layer.hasShortcut && model.tensor(layer.shortcut).sharesMemory(with: output)
    let sums = concurrentMap(arenas.count) {
      isInPlace ? Arena(self.model) : nil
    } _: { spare, image in
      let own = self.arenas[image]
      spare?.copyTensors(of: own)
      let arena = spare ?? own
      arena.run(layer: index)
      return arena.channelSums(output)
    }
    let count = Double(output.height) * Double(output.width) * Double(arenas.count)
    return (0..<Int(output.channels)).map { channel in Double(sums.reduce(0) { $0 + $1[channel] }) / count }
  }

  /// Returns the codes that a window reads at some output pixels of each image.
  ///
  /// - Parameter tensor: the tensor that the window lies in.
  func samples(of tensor: TensorRecord, _ window: SampleWindow, at places: SamplePlaces) -> SampleMatrix {
    let matrix = SampleMatrix(rowCount: window.offsets.count, columnCount: arenas.count * places.count)
    // A few rows at a time, so that the cache lines that are written stay in the cache.
    let rows = 256
    concurrentForEach((matrix.rowCount + rows - 1) / rows) { part in
      let mine = part * rows..<min((part + 1) * rows, matrix.rowCount)
      for (image, arena) in arenas.enumerated() {
        let pixels = UnsafePointer(arena.network.pointee.codes(tensor))
        for place in 0..<places.count {
          let start = pixels + window.start(places.pixel(place, image: image))
          let column = image * places.count + place
          for row in mine { matrix[row][column] = start[window.offsets[row]] }
        }
      }
    }
    return matrix
  }
}

/// The memory of one image.
private final class Arena {
  let network: UnsafeMutablePointer<Network>
  private let memory: UnsafeMutableRawPointer
  private let logits: UnsafeMutablePointer<Float>

  init(_ model: Model) {
    let byteCount = ArenaLayout(model).byteCount
    memory = .allocate(byteCount: byteCount, alignment: ArenaLayout.alignment)
    logits = .allocate(capacity: Int(model.header.classCount))
    do throws(Status) {
      network = try Network.open(model, arena: memory, size: byteCount)
    } catch { preconditionFailure("an arena of the size that the model asks for is refused") }
  }

  deinit {
    memory.deallocate()
    logits.deallocate()
  }

  func run(layer index: Int) { network.pointee.run(layer: index, worker: 0, of: 1, logits: logits) }

  func copyTensors(of other: Arena) {
    let source = UnsafeRawPointer(other.network.pointee.tensors)
    UnsafeMutableRawPointer(network.pointee.tensors)
      .copyMemory(from: source, byteCount: Int(network.pointee.model.header.tensorBytes))
  }

  /// Returns the sum of the codes of each channel.
  func channelSums(_ tensor: TensorRecord) -> [Int] {
    let channels = Int(tensor.channels)
    let codes = network.pointee.codes(tensor)
    var sums = [UInt32](repeating: 0, count: channels)
    for y in 0..<Int(tensor.height) {
      for x in 0..<Int(tensor.width) {
        let pixel = codes + y * tensor.rowStride + x * channels
        for channel in 0..<channels { sums[channel] &+= UInt32(pixel[channel]) }
      }
    }
    return sums.map(Int.init)
  }
}

extension TensorRecord {
  /// Whether the other tensor takes the place of this one's codes or remainders.
  fileprivate func sharesMemory(with other: TensorRecord) -> Bool {
    offset == other.offset || hasRemainders && remainders == other.remainders
  }
}
