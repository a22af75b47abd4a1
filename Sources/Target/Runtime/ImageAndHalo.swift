import CIntrinsics
import Kernels
import ModelFormat

/// The halo around a tensor holds the code of real 0, so that the kernels read padding as they read pixels.
extension Network {
  /// Writes a worker's share of tensor 0: copies rows of the image into it, and fills its halo.
  package func storeImage(_ pixels: UnsafePointer<UInt8>, worker: Int, of workerCount: Int) {
    let image = model.tensor(0)
    let (rowStride, haloBytes) = (image.rowStride, Int(image.halo * image.channels))
    let imageStride = Int(image.width * image.channels)
    let start = tensors + Int(image.offset)
    for y in share(Int(image.height), worker: worker, of: workerCount) {
      rn8_copy(start + (y + Int(image.halo)) * rowStride + haloBytes, pixels + y * imageStride, imageStride)
    }
    fillHalo(image, worker: worker, of: workerCount)
  }

  /// Writes a worker's share of a tensor's halo, and of the bytes that follow the tensor.
  func fillHalo(_ tensor: TensorRecord, worker: Int, of workerCount: Int) {
    let rowStride = tensor.rowStride
    let (halo, side) = (Int(tensor.halo), Int(tensor.halo * tensor.channels))
    let rows = Int(tensor.height) + 2 * halo
    let start = tensors + Int(tensor.offset)
    for row in share(rows, worker: worker, of: workerCount) {
      let pixels = start + row * rowStride
      if row < halo || row >= rows - halo {
        fill(pixels, rowStride, tensor)
      } else {
        fill(pixels, side, tensor)
        fill(pixels + rowStride - side, side, tensor)
      }
    }
    if worker == workerCount - 1 {
      // These bytes are read where the channels of an image are not a multiple of 4. The last segment then reaches up
      // to 3 bytes past the halo, and multiplies them by zero weights.
      (start + rows * rowStride).update(repeating: 0, count: tensor.byteCount - rows * rowStride)
    }
  }

  /// Fills whole pixels with the code of real 0.
  ///
  /// - Parameter byteCount: a multiple of the channels.
  private func fill(_ bytes: UnsafeMutablePointer<UInt8>, _ byteCount: Int, _ tensor: TensorRecord) {
    if tensor.channels > 4 {
      bytes.update(repeating: UInt8(truncatingIfNeeded: tensor.fill), count: byteCount)
      return
    }
    for channel in 0..<Int(tensor.channels) {
      let code = UInt8(truncatingIfNeeded: tensor.fill >> (8 * UInt32(channel)))
      var index = channel
      while index < byteCount {
        bytes[index] = code
        index += Int(tensor.channels)
      }
    }
  }
}
