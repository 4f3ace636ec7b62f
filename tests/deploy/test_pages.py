"""The documents lead where they say, and their lines can be copied into a shell."""

import re
import subprocess

import pytest

from portal.config import ROOT
from tests.deploy.walk import PAGE, steps

DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/**/*.md"))]
WALKED = ("Install", "Upgrade", "Backup", "Restore")


def anchors(document):
    """What its headings are called in an address, as code hosts make them."""
    headings = re.findall(r"(?m)^#+ (.*)$", document.read_text())
    plain = (re.sub(r"[^\w -]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_link_leads_somewhere(document):
    text = re.sub(r"(?ms)^```.*?^```|`[^`\n]*`", "", document.read_text())
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if not link.startswith(("http:", "https:", "mailto:")):
            path, _, anchor = link.partition("#")
            there = (document.parent / path).resolve() if path else document
            assert there.exists(), link
            assert not anchor or anchor in anchors(there), link


@pytest.mark.parametrize("section", WALKED)
def test_lines_to_copy_are_lines_of_a_shell(section):
    lines = "".join(lines for _, lines in steps(section))
    done = subprocess.run(["bash", "-n"], input=lines, capture_output=True, text=True, check=False)

    assert lines
    assert done.stderr == ""


def test_every_block_of_a_shell_is_walked():
    walked = sum(lines.count("\n") for name in WALKED for _, lines in steps(name))
    blocks = re.findall(r"(?ms)^```sh\n(.*?)^```", PAGE.read_text())

    assert walked == sum(block.count("\n") for block in blocks)
