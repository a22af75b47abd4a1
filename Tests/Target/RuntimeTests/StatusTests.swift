import CResNetInt8
import ResNetInt8
import Testing

@Suite struct StatusTests {
  private let all = (0..<UInt32.max).lazy.map(Status.init(rawValue:)).prefix { $0 != nil }.map { $0! }

  /// `Status` has the values of the header, by which the sentences are found.
  @Test func haveTheValuesOfTheHeader() {
    #expect(all.count > 1)
    for status in all { #expect(UInt32(status.code.rawValue) == status.rawValue) }
    #expect(Status.ok.code == RESNET_INT8_OK)
  }

  @Test func eachHasASentenceOfItsOwn() {
    let sentences = all.map { String(cString: resnet_int8_status_string($0.code)) }
    #expect(Set(sentences).count == all.count)
    for value in [UInt32(all.count), UInt32.max] {
      #expect(String(cString: resnet_int8_status_string(resnet_int8_status(rawValue: value))) == "unknown status")
    }
    #expect(!sentences.contains("unknown status"))
  }
}
