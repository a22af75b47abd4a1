#!/usr/bin/env python3
"""Tests the comparison's own arithmetic, which pictures it takes, and its table. It needs numpy, and none of the tools.

    python3 Tools/compare-quantizers/test_comparison.py
"""

import tempfile
import unittest
from pathlib import Path

import numpy as np

import measures
import report
import run
from case import ROOT, Case, called
from pictures import Folder
from rows import PEERS, ROWS, logits_file


def case(**values: object) -> Case:
    fields = {"name": "n", "network": "f()", "checkpoint": "c.pth", "calibration": "a", "images": "b", "samples": 2,
              "mean": [0.5, 0.25, 0], "std": [0.5, 0.25, 1], "options": [], "note": ""}
    return Case(**fields | values)


class Measures(unittest.TestCase):
    exact = np.float32([[3, 4], [0, 5]])

    def test_sqnr(self) -> None:
        # The energy is 50, that of the difference 0.5: a hundred times less.
        self.assertAlmostEqual(measures.sqnr(self.exact, self.exact + np.float32([[0.5, 0.5], [0, 0]])), 20)
        self.assertEqual(measures.sqnr(self.exact, self.exact), float("inf"))
        self.assertAlmostEqual(measures.sqnr(self.exact, 0 * self.exact), 0)

    def test_classes(self) -> None:
        logits = np.float32([[9, 1], [2, 3]])
        self.assertEqual(measures.same_class(self.exact, logits), 50)
        self.assertEqual(measures.top1(np.array([0, 1]), logits), 100)
        self.assertEqual(measures.top1(np.array([1, 0]), logits), 0)
        self.assertEqual(measures.same_class(self.exact, np.float32([[5, 5], [5, 6]])), 50, "the first of equal ones")


class Pictures(unittest.TestCase):
    """The samples are those that ImageFolderTests.swift expects of resnet-quantize."""

    def folder(self, files: list[str]) -> Folder:
        top = Path(self.enterContext(tempfile.TemporaryDirectory()))
        for file in files:
            (top / file).parent.mkdir(parents=True, exist_ok=True)
            (top / file).touch()
        self.top = top
        return Folder(top)

    def names(self, paths: list[Path]) -> list[str]:
        return [str(path.relative_to(self.top)) for path in paths]

    def test_sample(self) -> None:
        folder = self.folder([f"{c}/{i}.jpg" for c in range(10) for i in range(8)])
        self.assertEqual(self.names(folder.sample(20)), [f"{c}/{i}.jpg" for c in range(10) for i in (0, 4)])
        self.assertEqual(folder.sample(1000), folder.paths)
        folder = self.folder([f"{i}.jpg" for i in range(9)])
        self.assertEqual(self.names(folder.sample(3)), ["0.jpg", "3.jpg", "6.jpg"])

    def test_small_classes(self) -> None:
        folder = self.folder(["a/0.jpg", *(f"{c}/{i}.jpg" for c in "bc" for i in range(9))])
        chosen = folder.sample(9)
        self.assertEqual([folder.classes[folder.paths.index(path)] for path in chosen], [0, 1, 1, 1, 1, 2, 2, 2, 2])

    def test_order(self) -> None:
        files = ["z.JPEG", "a/x/1.png", "a/x/y/5.jpg", "a/x-y/2.jpg", "a/3.jpg", "b/.hidden.jpg", "b/text.txt",
                 "c/4.jpg"]
        folder = self.folder(files)
        self.assertEqual(self.names(folder.paths), [
            "z.JPEG", "a/3.jpg", "a/x/1.png", "a/x-y/2.jpg", "a/x/y/5.jpg", "c/4.jpg"])
        self.assertEqual(folder.classes, [-1, 0, 0, 0, 0, 2])
        with self.assertRaisesRegex(SystemExit, "no JPEG or PNG"):
            self.folder(["text.txt"])


class Cases(unittest.TestCase):
    def test_floats(self) -> None:
        pixels = np.zeros((1, 1, 2, 3), np.uint8)
        pixels[0, 0, 1] = 255
        floats = case().floats(pixels)
        self.assertEqual(floats.shape, (1, 3, 1, 2))
        np.testing.assert_array_equal(floats[0, :, 0], np.float32([[-1, 1], [-1, 3], [0, 1]]))

    def test_called(self) -> None:
        self.assertEqual(called("fractions.Fraction(3, denominator=4)") * 4, 3)
        for text in ("fractions.Fraction", "f(1)", "a b", "(lambda: 1)()", "fractions.Fraction(open('x'))"):
            with self.assertRaises(ValueError, msg=text):
                called(text)


class Failures(unittest.TestCase):
    def test_reason(self) -> None:
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        pip, log = folder / "pip.log", folder / "row.log"
        log.write_text("")
        self.assertEqual(run.reason(pip, log), "it ended without a word")
        log.write_text("Traceback\n  line\nValueError: no\n\n")
        self.assertEqual(run.reason(pip, log), "ValueError: no")
        pip.write_text("Collecting\nERROR: No matching distribution\n[notice] A new release of pip\n")
        self.assertEqual(run.reason(pip, log), "not installed: ERROR: No matching distribution")


class Page(unittest.TestCase):
    rows = [
        {"module": "float32", "variant": "", "sqnr": float("inf"), "same_class": 100.0, "top1": 81.03,
         "cpu_seconds": 0.1},
        {"module": "own", "variant": "defaults", "sqnr": 31.645, "same_class": 98.88, "top1": 81.0,
         "cpu_seconds": 12.3},
        {"module": "litert", "variant": "static", "failure": "no module | at all"},
        {"module": "pytorch_fx", "variant": "x86", "sqnr": 23.8, "same_class": 97.1, "cpu_seconds": 1.25},
    ]

    def test_table(self) -> None:
        self.assertEqual(report.table(self.rows).splitlines()[2:], [
            "| PyTorch float32 | 81.03 | 100.00 | - | - |",
            "| **resnet-int8, defaults** | 81.00 | 98.88 | 31.64 | 12 |",
            "| LiteRT, static (failed: no module \\| at all) | - | - | - | - |",
            "| PyTorch FX, x86 | - | 97.10 | 23.80 | 1.2 |"])

    def test_page(self) -> None:
        result = {"case": vars(case(checkpoint="/somewhere/c.pth", options=["--input-size", "64"])),
                  "counts": {"calibration": 2, "images": 3}, "date": "2026-01-01", "versions": {"torch": "1"},
                  "processor": "P", "rows": self.rows}
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        text = report.write([result], folder).read_text()
        self.assertIn(report.table(self.rows), text)
        self.assertIn("CHECKPOINT=c.pth", text)
        self.assertNotIn("/somewhere", text)
        self.assertIn("--input-size 64", text)
        chart = (folder / "quantizers.svg").read_text()
        self.assertLess(chart.index("resnet-int8, defaults"), chart.index("PyTorch FX, x86"), "the closest comes first")
        self.assertNotIn("LiteRT", chart)

    def test_peers(self) -> None:
        for peer in PEERS:
            self.assertTrue((ROOT / f"Tools/compare-quantizers/peers/{peer.module}.py").exists(), peer.module)
        self.assertEqual(len({logits_file(peer, variant) for peer, variant in ROWS}), len(ROWS))


if __name__ == "__main__":
    unittest.main()
