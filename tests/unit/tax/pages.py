"""Pages whose commands are followed by what they print: runs them and fills the print in.

python tests/unit/tax/pages.py      # renews the pages
"""

from __future__ import annotations

import os
import re
import shlex
import sys
import tempfile
from pathlib import Path

from click.testing import CliRunner

ROOT = Path(__file__).resolve().parents[3]
PAGES = (ROOT / "docs/tax-example.md",)
FILE = re.compile(r"<!-- file: (\S+) -->\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
RUN = re.compile(
    r"^```console\n\$ vaultsdk (.*?)\n```\n\n```text\n.*?^```$", re.MULTILINE | re.DOTALL
)


def filled(page: str) -> str:
    """The page with what its commands print now, run in a folder with its files."""
    from vaultsdk.cli import main

    def run(match: re.Match[str]) -> str:
        result = CliRunner(mix_stderr=False).invoke(main, shlex.split(match[1]))
        assert result.exit_code == 0, f"{match[1]}\n{result.stdout}\n{result.stderr}"
        lines = [line.rstrip() for line in result.stdout.strip("\n").splitlines()]
        return "\n".join(
            ["```console", f"$ vaultsdk {match[1]}", "```", "", "```text", *lines, "```"]
        )

    here = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            for name, content in FILE.findall(page):
                Path(name).write_text(content, encoding="utf-8")
            return RUN.sub(run, page)
        finally:
            os.chdir(here)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    for path in PAGES:
        path.write_text(filled(path.read_text(encoding="utf-8")), encoding="utf-8")
