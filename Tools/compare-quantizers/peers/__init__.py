"""One module for each tool that quantizes. Its documentation is its entry on the page.

    quantize(case, pictures, **settings)

takes the network, a `case.Case`, and the calibration pictures, bytes (count, height, width, 3). It returns a function
from such bytes to logits (count, classes). The settings are those of the row in rows.py. The row's CPU seconds
are those of `quantize`; importing the module and loading the float network are not in them.
"""
