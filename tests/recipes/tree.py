"""CONTRIBUTING's recipes, and copies of the tree in which they are done as they are written there."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.docs.blocks import Block, blocks_of

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "CONTRIBUTING.md"
_FILE = re.compile(r"`([\w/.]+/\w+\.py)`")


def recipe(heading: str) -> list[Block]:
    """The blocks under the heading, in order."""
    before, _, behind = PAGE.read_text().partition(f"{heading}\n")
    first = before.count("\n")
    last = first + behind.partition("\n## ")[0].count("\n")
    return [block for block in blocks_of(ROOT, PAGE) if first < block.line <= last]


def file_of(block: Block) -> str:
    """The file that the text names last ahead of a block."""
    before = "".join(PAGE.read_text().splitlines(keepends=True)[: block.line - 1])
    return _FILE.findall(re.sub(r"^```.*?^```$", "", before, flags=re.DOTALL | re.MULTILINE))[-1]


class Tree:
    """A copy of some folders and files."""

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        self.folder = folder
        folder.mkdir()
        for name in names:
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / name).is_dir():
                # What was compiled fits as long as a file is as it was; pytest's own would name the files copied from.
                shutil.copytree(ROOT / name, target, ignore=shutil.ignore_patterns("frozen", "*-pytest-*.pyc"))
            else:
                shutil.copy2(ROOT / name, target)

    def run(self, *command: str, url: str = "") -> str:
        """What a command printed that went well."""
        done = self.tried(*command, **({"NETCOACH_DATABASE_URL": url} if url else {}))
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def tried(self, *command: str, **said: str) -> subprocess.CompletedProcess[str]:
        """How a command ended, with these variables and none of the service's besides."""
        variables = {name: value for name, value in os.environ.items() if not name.startswith("NETCOACH_")}
        return subprocess.run(
            command, cwd=self.folder, env=variables | said, capture_output=True, text=True, check=False
        )

    def follow(self, heading: str, *, ahead_of: str = "") -> list[str]:
        """Do what the blocks under a heading say to files; gives the files.

        Args:
            heading: Of the recipe.
            ahead_of: What a declaration is put ahead of, where the file has it; else it is put at the file's end.
        """
        changed: list[str] = []
        for block in recipe(heading):
            if block.language not in {"python", "diff"}:
                continue
            path = self.folder / (name := file_of(block))
            changed.append(name)
            path.parent.mkdir(exist_ok=True)
            text = path.read_text() if path.exists() else ""
            if block.language == "diff":
                path.write_text(_changed(text, block))
                continue
            before, found, behind = text.partition(ahead_of) if ahead_of else (text, "", "")
            # As the formatter wants it.
            gap = "\n\n" if block.text.startswith("class ") else "\n" * text.endswith('"""\n')
            path.write_text(f"{before}{'' if found else gap}{block.text}{gap if found else ''}{found}{behind}")
        return list(dict.fromkeys(changed))


def _changed(text: str, block: Block) -> str:
    """The text after the change that a block says: its lines without a plus are there, and those with a minus go."""
    lines = block.text.splitlines(keepends=True)
    former = "".join(line[1:] for line in lines if line[0] in " -")
    later = "".join(line[1:] for line in lines if line[0] in " +")
    assert text.count(former) == 1, f"{block.page}:{block.line} speaks of lines that are not there"
    return text.replace(former, later)
