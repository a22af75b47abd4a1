"""Makes the list of pages in a folder's README.md from the pages. `python page_list.py FOLDER` writes it again."""

import sys
from pathlib import Path

BEGIN, END = "<!-- The list of pages: `make bench-peers` writes it. -->\n", "<!-- The list ends here. -->\n"


def entry(page: Path) -> str:
    """A page's line in the list. The page begins with a heading (the processor), an empty line and the measurement."""
    heading, _, measurement, *_ = page.read_text().splitlines()
    return f"- [{heading.removeprefix('# ')}]({page.name}): {measurement}\n"


def updated(text: str, entries: list[str]) -> str:
    """The README's text with these entries in place of those between BEGIN and END."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"README.md has no list of pages: it needs the lines\n{BEGIN}{END}")
    return before + begin + "".join(entries) + end + after


def write(folder: Path) -> None:
    """Writes the list; does nothing where the folder has no README.md."""
    readme = folder / "README.md"
    if readme.exists():
        pages = sorted(path for path in folder.glob("*.md") if path != readme)
        readme.write_text(updated(readme.read_text(), [entry(page) for page in pages]))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
