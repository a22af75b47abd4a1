#!/usr/bin/env python3
"""Tests the names of pages, and docs/benchmarks' list of them. It needs no package.

    python3 Tools/bench-peers/test_pages.py
"""

import unittest

import page_list
import processor
from models import ROOT


class Names(unittest.TestCase):
    def test_title(self) -> None:
        cpuinfo = ("processor\t: 0\ncpu family\t: 25\nmodel\t\t: 17\nmodel name\t: AMD EPYC\nstepping\t: 1\n"
                   "power management:\n\n")
        self.assertEqual(processor.title(cpuinfo * 2), "AMD EPYC, family 25 model 17")
        with self.assertRaisesRegex(SystemExit, "model name"):
            processor.title("processor\t: 0\nCPU implementer\t: 0x41\n")

    def test_file_name(self) -> None:
        for title, name in {
            "Intel(R) Xeon(R) Processor, family 6 model 167": "intel-xeon-family-6-model-167",
            "AMD EPYC, family 25 model 17": "amd-epyc-family-25-model-17",
            "AMD EPYC 7763 64-Core Processor, family 25 model 1": "amd-epyc-7763-64-core-family-25-model-1",
            "Intel(R) Core(TM) i7-8700K CPU @ 3.70GHz, family 6 model 158":
                "intel-core-i7-8700k-3-70ghz-family-6-model-158",
            # These are two generations that only their clock tells apart.
            "Intel(R) Xeon(R) CPU @ 2.00GHz, family 6 model 85": "intel-xeon-2-00ghz-family-6-model-85",
            "Intel(R) Xeon(R) CPU @ 2.80GHz, family 6 model 85": "intel-xeon-2-80ghz-family-6-model-85",
        }.items():
            self.assertEqual(processor.file_name(title), name)


class List(unittest.TestCase):
    def test_updated(self) -> None:
        begin, end = page_list.BEGIN, page_list.END
        self.assertEqual(page_list.updated(f"a\n{begin}old\n{end}b\n", ["new\n"]), f"a\n{begin}new\n{end}b\n")
        with self.assertRaises(ValueError):
            page_list.updated("a\n", ["new\n"])

    def test_docs(self) -> None:
        folder = ROOT / "docs/benchmarks"
        text = (folder / "README.md").read_text()
        pages = sorted(path for path in folder.glob("*.md") if path.name != "README.md")
        self.assertEqual(page_list.updated(text, [page_list.entry(page) for page in pages]), text)
        for page in pages:
            heading = page.read_text().splitlines()[0].removeprefix("# ")
            self.assertEqual(page.stem, processor.file_name(heading))
            self.assertTrue(page.with_suffix(".svg").exists(), page)


if __name__ == "__main__":
    unittest.main()
