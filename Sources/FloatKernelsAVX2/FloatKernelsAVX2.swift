// FloatKernelsAVX2
