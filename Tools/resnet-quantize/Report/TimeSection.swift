import Evaluation
import JSON
import ToolSupport

/// Where the time goes, as resnet-bench measured it.
struct TimeSection {
  private let kernels: String
  private let runMilliseconds: Double
  private let layers: [(name: String, milliseconds: Double)]

  /// Reads what `resnet-bench --json` wrote. Of several sets of kernels the fastest is shown.
  ///
  /// - Throws: `Refusal` where the file cannot be read, is no such file, or was measured on a network of other layers.
  init(contentsOf path: String, for model: Int8Model) throws {
    let value: JSONValue
    do throws(JSONError) {
      value = try JSONValue(contentsOf: path)
    } catch {
      throw Refusal("\(path): \(error.finding); \(Self.remedy)")
    }
    guard case .object(let object) = value, case .array(let kernels)? = object["kernels"] else {
      throw Refusal("\(path): not the measurements of resnet-bench; \(Self.remedy)")
    }
    let read = kernels.compactMap(Self.kernels)
    guard read.count == kernels.count, let fastest = read.min(by: { $0.run < $1.run }) else {
      throw Refusal("\(path): its kernels have no times of layers; \(Self.remedy)")
    }
    guard fastest.layers.map(\.name) == model.layerNames else {
      throw Refusal("\(path): the layers that it times are not those of \(model.path); \(Self.remedy)")
    }
    (self.kernels, runMilliseconds, layers) = (fastest.name, fastest.run, fastest.layers)
  }

  private static let remedy = "give what resnet-bench --json wrote for this model"

  private static func kernels(
    _ value: JSONValue
  ) -> (name: String, run: Double, layers: [(name: String, milliseconds: Double)])? {
    guard case .object(let kernels) = value, case .string(let name)? = kernels["name"],
      let run = milliseconds(kernels["run"]), case .array(let layers)? = kernels["layers"]
    else { return nil }
    let times = layers.compactMap(layer)
    return times.count == layers.count ? (name, run, times) : nil
  }

  private static func layer(_ value: JSONValue) -> (name: String, milliseconds: Double)? {
    guard case .object(let layer) = value, case .string(let name)? = layer["name"],
      let time = milliseconds(layer["timing"])
    else { return nil }
    return (name, time)
  }

  /// The fastest time of a timing; nil where it is none.
  private static func milliseconds(_ timing: JSONValue?) -> Double? {
    guard case .object(let timing)? = timing else { return nil }
    switch timing["minMilliseconds"] {
    case .number(let time) where time >= 0: return time
    case .integer(let time) where time >= 0: return Double(time)
    default: return nil
    }
  }

  var html: HTML {
    let total = max(layers.reduce(0) { $0 + $1.milliseconds }, 1e-9)
    let largest = layers.map(\.milliseconds).max() ?? 0
    // Small networks take microseconds.
    let (unit, perMillisecond) = largest < 1 ? (" µs", 1000.0) : (" ms", 1.0)
    let rows = LayerRows(
      names: layers.map(\.name), low: 0, high: max(largest * perMillisecond, 1e-6), unit: unit)
    let marks = layers.enumerated().map { row, layer in
      let (start, end) = (rows.x(0), rows.x(layer.milliseconds * perMillisecond))
      let words =
        "\(layer.milliseconds.formatted(decimals: 3)) ms, \((100 * layer.milliseconds / total).formatted(decimals: 1)) %"
      return SVG.rectangle(
        x: start, y: rows.y(row) - 7, width: end - start, height: 14, "one", title: "\(layer.name.printable): \(words)")
        + SVG.text(
          "\((100 * layer.milliseconds / total).formatted(decimals: 1)) %", x: end + 6, y: rows.y(row) + 4,
          style: "muted")
        + "\n"
    }
    return .section(
      "Where the time goes", id: "time",
      """
      <p>The fastest time of each layer on one core, with the kernels \(kernels), and its share. A whole picture takes \
      \(runMilliseconds.formatted(decimals: 2)) ms.</p>
      \(rows.chart("Time of each layer, in\(unit)", marks))
      """)
  }
}
