// FloatKernelsPortable
