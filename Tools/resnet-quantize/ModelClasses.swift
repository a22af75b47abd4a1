import Evaluation
import Images
import ToolSupport

/// The classes that a folder's subfolders stand for.
struct ModelClasses {
  /// The model's classes in the order of the folder's. Empty where the folder has no subfolders.
  private let indices: [Int]
  /// The names of the classes, by the model's index.
  let names: [Int: String]

  /// No class at all.
  static let unknown = ModelClasses(indices: [], names: [:])

  private init(indices: [Int], names: [Int: String]) {
    self.indices = indices
    self.names = names
  }

  /// Finds each subfolder's class: by the model's labels or, where it has none, by the order.
  ///
  /// - Throws: `Refusal` where subfolders and classes differ, and where some images lie in none.
  init(_ folder: ImageFolder, of model: Int8Model) throws {
    guard !folder.classNames.isEmpty else {
      self = .unknown
      return
    }
    let strays = folder.entries.count { $0.classIndex == nil }
    guard strays == 0 else {
      throw Refusal(
        "\(folder.path): \(counted(strays, "image")) in this folder and \(folder.entries.count - strays) in its "
          + "subfolders; move the former into a class's subfolder, or the latter away")
    }
    if model.labels.isEmpty {
      guard folder.classNames.count == Int(model.info.class_count) else {
        throw Refusal(
          "\(folder.path) has \(folder.classNames.count) class folders and \(model.path) \(model.info.class_count) "
            + "classes without names; quantize with --labels, or give a folder with all classes")
      }
      indices = Array(folder.classNames.indices)
    } else {
      indices = try folder.classNames.map { try Self.index(of: $0, folder, model) }
    }
    // Two spellings in Unicode of one label are one class.
    names = Dictionary(zip(indices, folder.classNames)) { first, _ in first }
  }

  private static func index(of name: String, _ folder: ImageFolder, _ model: Int8Model) throws -> Int {
    let indices = model.labels.indices.filter { model.labels[$0] == name }
    guard let index = indices.first else {
      throw Refusal("\(folder.path)/\(name): '\(name)' is not among the labels of \(model.path); rename the folder")
    }
    guard indices.count == 1 else {
      throw Refusal(
        "\(folder.path)/\(name): '\(name)' is the label of \(indices.count) classes of \(model.path); "
          + "quantize with labels that differ")
    }
    return index
  }

  /// Returns the entries with the model's class indices in place of the folder's.
  func labelled(_ entries: [ImageFolder.Entry]) -> [ImageFolder.Entry] {
    entries.map { entry in
      ImageFolder.Entry(path: entry.path, classIndex: indices.isEmpty ? nil : indices[entry.classIndex!])
    }
  }
}
