import ToolSupport

extension EmittedModel {
  /// A program to start from.
  var program: String {
    """
    /* Prints the class of a black image. This is a program to start from: copy it to a folder of your own, since emit-c
     * replaces no file that has changed. Made by resnet-quantize \(libraryVersion) emit-c. */
    #include "\(name).h"

    #if __STDC_HOSTED__
    #include <stdio.h>
    static void board_print(const char *text) { fputs(text, stdout); }
    #else
    /* Yours, with -ffreestanding: a serial port, say. */
    #ifdef __cplusplus
    extern "C"
    #endif
    void board_print(const char *text);
    #endif

    static uint8_t pixels[\(capitals)_INPUT_BYTES]; /* of your camera, as resnet_int8_prepare makes them */
    static float logits[\(capitals)_CLASS_COUNT];
    \(labels.isEmpty ? numberFunction : "")
    int main(void) {
      resnet_int8 *network;
      resnet_int8_status status = \(name)_open(&network);
      if (status == RESNET_INT8_OK) status = resnet_int8_run(network, pixels, logits);
      if (status != RESNET_INT8_OK) {
        board_print(resnet_int8_status_string(status));
        board_print("\\n");
        return 1;
      }
      uint32_t likeliest = 0;
      for (uint32_t i = 1; i < \(capitals)_CLASS_COUNT; i++)
        if (logits[i] > logits[likeliest]) likeliest = i;
      \(labels.isEmpty ? "print_number(likeliest)" : "board_print(\(name)_classes[likeliest])");
      board_print("\\n");
      return 0;
    }

    """
  }

  private var numberFunction: String {
    """

    static void print_number(uint32_t number) {
      char digits[11], *digit = digits + 10;
      *digit = 0;
      do *--digit = (char)('0' + number % 10);
      while (number /= 10);
      board_print("class ");
      board_print(digit);
    }

    """
  }

  /// The build of a static library of the model, and of the program where it can run.
  var cmake: String {
    """
    # The library `\(name)_model`: a model and its memory. Made by resnet-quantize \(libraryVersion) emit-c.
    cmake_minimum_required(VERSION 3.13)
    project(\(name)_model LANGUAGES C ASM)

    set(RESNET_INT8_ROOT "" CACHE PATH "Folder that has include/resnet_int8.h and lib/libresnet_int8.a")
    foreach(file include/resnet_int8.h lib/libresnet_int8.a)
      if(NOT EXISTS "${RESNET_INT8_ROOT}/${file}")
        message(FATAL_ERROR "RESNET_INT8_ROOT is '${RESNET_INT8_ROOT}', where there is no ${file}. Give the folder that "
          "has it, such as -DRESNET_INT8_ROOT=resnet-int8/build/cortex-m4 after `make embedded TARGET=cortex-m4`.")
      endif()
    endforeach()

    add_library(\(name)_model STATIC \(name).c \(name)_model.S)
    set_source_files_properties(\(name)_model.S PROPERTIES
      OBJECT_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/\(name).rn8")
    target_include_directories(\(name)_model PUBLIC "${CMAKE_CURRENT_SOURCE_DIR}" "${RESNET_INT8_ROOT}/include")
    target_link_libraries(\(name)_model PUBLIC "${RESNET_INT8_ROOT}/lib/libresnet_int8.a")

    # Another processor needs start-up code and a linker script, which are yours.
    if(NOT CMAKE_CROSSCOMPILING)
      add_executable(\(name)_main main.c)
      target_link_libraries(\(name)_main PRIVATE \(name)_model)
    endif()

    """
  }
}
