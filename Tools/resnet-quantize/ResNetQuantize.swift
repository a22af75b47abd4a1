import ArgumentParser

@main
struct ResNetQuantize: ParsableCommand {
  func run() throws {}
}
