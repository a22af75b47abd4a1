// This module is its headers alone. CKernels.c says why they are included here.
#include "CIntrinsics.h"
