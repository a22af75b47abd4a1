// This module stands for Foundation: it exports only Foundation's essentials and the C library. The tools link Swift's
// libraries statically, and the tables of the rest of Foundation (locales, calendars) would add 45 MB to each.
#if canImport(FoundationEssentials)
  @_exported import FoundationEssentials
#else
  @_exported import Foundation
#endif
#if canImport(Glibc)
  @_exported import Glibc
#elseif canImport(Musl)
  @_exported import Musl
#endif

/// Returns what the operating system said when a file could not be read, such as "Permission denied".
package func reason(of error: any Error) -> String {
  let code = ((error as? CocoaError)?.underlying as? POSIXError)?.code ?? .EIO
  return String(cString: strerror(code.rawValue))
}

/// The bytes of memory that this process may use: the machine's, or fewer where a limit is set (`ulimit -v`).
package var availableMemory: Double {
  var limit = rlimit()
  let isLimited = getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0
  return min(Double(ProcessInfo.processInfo.physicalMemory), isLimited ? Double(limit.rlim_cur) : .infinity)
}

package func writeToStandardError(_ text: String) {
  var text = text
  text.withUTF8 { bytes in _ = write(STDERR_FILENO, bytes.baseAddress, bytes.count) }
}
