import CResNetInt8
import ToolSupport

/// The text files that `emit-c` makes of a model.
struct EmittedModel {
  /// What all names begin with: an identifier of C.
  let name: String
  let info: resnet_int8_info
  let modelBytes: Int
  /// One label per class, or none.
  let labels: [String]
  let arenaBytes: Int

  private var inputBytes: Int { Int(info.input_height) * Int(info.input_width) * Int(info.input_channels) }

  /// What macros begin with.
  var capitals: String { name.uppercased() }

  /// The names of all files, with their texts.
  var texts: [(name: String, text: String)] {
    [
      ("\(name)_model.S", assembly), ("\(name).h", header), ("\(name).c", source), ("main.c", program),
      ("CMakeLists.txt", cmake),
    ]
  }

  private var assembly: String {
    """
    /* Places \(name).rn8 among the program's constants. Made by resnet-quantize \(libraryVersion) emit-c, for gcc
     * and clang and processors with ELF. The assembler looks for the file in the folder that it runs in, and in those
     * of -I. */
        .section .rodata.\(name)_model, "a"
        .balign 64
        .globl \(name)_model
        .type \(name)_model, %object
    \(name)_model:
        .incbin "\(name).rn8"
        .size \(name)_model, . - \(name)_model
        .globl \(name)_model_end
    \(name)_model_end:
        .section .note.GNU-stack, "", %progbits

    """
  }

  private var header: String {
    let classes =
      labels.isEmpty
      ? ""
      : """

      /* The names of the classes, in UTF-8. */
      extern const char *const \(name)_classes[\(capitals)_CLASS_COUNT];

      """
    return """
      /* A network and its memory. Made by resnet-quantize \(libraryVersion) emit-c. */
      #ifndef \(capitals)_H
      #define \(capitals)_H

      #include "resnet_int8.h"

      #define \(capitals)_INPUT_HEIGHT \(info.input_height) /* pixels */
      #define \(capitals)_INPUT_WIDTH \(info.input_width) /* pixels */
      #define \(capitals)_INPUT_CHANNELS \(info.input_channels)
      #define \(capitals)_INPUT_BYTES \(inputBytes)
      #define \(capitals)_CLASS_COUNT \(info.class_count) /* floats that a run writes */
      #define \(capitals)_MODEL_BYTES \(modelBytes)

      /* The bytes of the arena, as a workstation counts them. Where a pointer has 32 bits, the network's own structures
       * are smaller, and a few hundred bytes fewer may do: resnet_int8_inspect tells it there. */
      #define \(capitals)_ARENA_BYTES \(arenaBytes)
      #define \(capitals)_ARENA_ALIGNMENT \(info.arena_alignment)

      #ifdef __cplusplus
      extern "C" {
      #endif

      /* The model's bytes, \(capitals)_MODEL_BYTES of them, aligned to 64. */
      extern const uint8_t \(name)_model[];
      extern const uint8_t \(name)_model_end[];
      \(classes)
      /* Opens the model in its arena, a static array, and sets *network. Each call starts anew in the same memory: what
       * an earlier call returned must not be used any more. */
      resnet_int8_status \(name)_open(resnet_int8 **network);

      #ifdef __cplusplus
      }
      #endif

      #endif

      """
  }

  private var source: String {
    let classes =
      labels.isEmpty
      ? ""
      : """

      const char *const \(name)_classes[\(capitals)_CLASS_COUNT] = {
      \(labels.map { "    \($0.cLiteral),\n" }.joined())};

      """
    return """
      /* The network's memory. Made by resnet-quantize \(libraryVersion) emit-c. */
      #include "\(name).h"

      static uint8_t arena[\(capitals)_ARENA_BYTES] __attribute__((aligned(\(capitals)_ARENA_ALIGNMENT)));
      \(classes)
      resnet_int8_status \(name)_open(resnet_int8 **network) {
        return resnet_int8_open(\(name)_model, \(capitals)_MODEL_BYTES, arena, sizeof arena, network);
      }

      """
  }
}
