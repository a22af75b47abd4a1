/// Runs the program's fuzz target, `LLVMFuzzerTestOneInput`, with the program's own arguments, and returns its status.
int fuzz_main(int count, char **arguments);
