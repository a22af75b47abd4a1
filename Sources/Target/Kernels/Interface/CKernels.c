// This module is its header alone. The header is included here so that a change of it makes this object anew, and
// with it every Swift module that imports the header: SwiftPM watches objects, not headers.
#include "CKernels.h"
