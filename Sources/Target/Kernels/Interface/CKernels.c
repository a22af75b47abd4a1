// The header is all there is. Included here, so that a change of it makes this object anew, and with it every Swift module
// that imports it: SwiftPM watches objects, not headers.
#include "CKernels.h"
