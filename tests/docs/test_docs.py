"""Claims about the documents: what they say is what the code does, and nothing is left out."""

import doctest
import re
from pathlib import Path

import pytest

from flows.setting_paths import SETTINGS, allowed, shown
from leadline.settings import FEE_PROFILES
from leadline.trust import LEVEL3_REASONS, REASONS

DOCS = Path(__file__).parents[2] / "docs"


def test_the_examples_in_signals_md_hold():
    result = doctest.testfile(str(DOCS / "signals.md"), module_relative=False)
    assert (result.failed, result.attempted > 0) == (0, True)


def test_configuration_md_lists_every_setting_with_its_default_and_what_is_allowed():
    rows = re.findall(
        r"^\| `([a-z0-9_.]+)` \| `(.*?)` \| (.*?) \| .+ \|$", (DOCS / "configuration.md").read_text(), re.M
    )
    assert rows == [(path, shown(s.default), allowed(s.schema)) for path, s in SETTINGS.items()]


def test_signals_md_lists_every_fee_profile():
    rows = re.findall(r"^\| `(kraken_\S+)` \| (\d+) \| (\d+) \|$", (DOCS / "signals.md").read_text(), re.M)
    assert [(name, (float(maker), float(taker))) for name, maker, taker in rows] == list(FEE_PROFILES.items())


def test_operations_md_names_every_finding_of_the_doctor():
    code = "".join(path.read_text() for path in (DOCS.parent / "doctor").glob("*.py"))
    section = (DOCS / "operations.md").read_text().partition("\n## Doctor\n")[2].partition("\n## ")[0]
    told = set(re.findall(r"`([a-z0-9_]+)`", section.partition("| looked at |")[2].partition("\n\n")[0]))
    assert set(re.findall(r'\b(?:error|warning|severe)\(\s*"([a-z0-9_]+)"', code)) <= told
    assert [name for name in told if f'"{name}"' not in code] == []


def test_operations_md_says_what_every_reason_means():
    told = re.findall(r"^\| (`[a-z0-9_`, ]+`) \| .+ \|$", (DOCS / "operations.md").read_text(), re.M)
    assert {*REASONS, *LEVEL3_REASONS} <= set(re.findall(r"`([a-z0-9_]+)`", " ".join(told)))


@pytest.mark.parametrize(
    "page", [*sorted(DOCS.rglob("*.md")), *sorted(DOCS.parent.glob("*.md"))], ids=lambda page: page.name
)
def test_links_between_the_documents_lead_somewhere(page):
    targets = re.findall(r"\]\((?!https?:)([^)#:]+)(?:#[^)]*)?\)", page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []
