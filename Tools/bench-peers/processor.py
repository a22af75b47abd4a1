"""The names of a processor: its title on a page, from /proc/cpuinfo, and the page's file name, from that title."""

import re
import sys


def title(cpuinfo: str) -> str:
    """Name, family and model. Family and model tell processors apart where a virtual machine hides the exact name."""
    fields = dict(re.findall(r"^(.*?)\t*: (.*)$", cpuinfo, re.MULTILINE))
    for name in "model name", "cpu family", "model":
        if name not in fields:
            sys.exit(f"/proc/cpuinfo has no line '{name}': the comparison runs on x86-64 alone")
    return f"{fields['model name']}, family {fields['cpu family']} model {fields['model']}"


def file_name(title: str) -> str:
    """The file name for a title: lower case letters, digits and hyphens.

    Everything that tells processors apart stays, such as `@ 2.80GHz`.
    """
    words = re.sub(r"\((r|tm)\)|\b(cpu|processor)\b", " ", title.lower())
    return re.sub(r"[^a-z0-9]+", "-", words).strip("-")
