"""Parts that other packages bring: a connector from an installed package, a broken one, and one with a taken name."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from brandtune.core.errors import MissingPartError
from brandtune.core.plugins import load_plugins

MODULE = '''
from typing import Literal
from brandtune.core.records import LabelledText, Record
from brandtune.sources import FileSource

class AcmeSource(FileSource):
    """Acme's export."""
    kind: Literal["acme"] = "acme"
    """Selects this connector."""
    def records(self, reading):
        for file in reading.files:
            with file.open(reading.on_bytes) as stream:
                for number, line in enumerate(stream, start=1):
                    text, label = line.decode().rstrip("\\n").split("|")
                    yield Record(record_id=f"{reading.name}:{number}", origin=reading.origin(file, number),
                                 payload=LabelledText(text=text, label=label))

class Thief(AcmeSource):
    """Takes a name of ours."""
    kind: Literal["csv"] = "csv"
    """Selects this connector."""
'''
ENTRY_POINTS = """[brandtune.sources]
acme = acme_connector:AcmeSource
broken = acme_connector:Nothing
thief = acme_connector:Thief
none = acme_connector:Literal
"""


@pytest.fixture
def package(tmp_path):
    """A package as pip would have installed it."""
    site = tmp_path / "site"
    facts = site / "acme_connector-1.0.dist-info"
    facts.mkdir(parents=True)
    (site / "acme_connector.py").write_text(MODULE)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-connector\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text(ENTRY_POINTS)
    return site


def run(site, code, folder):
    source = Path(__file__).resolve().parents[2] / "src"
    environment = {**os.environ, "PYTHONPATH": f"{source}{os.pathsep}{site}"}
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=environment,
        cwd=folder,
        timeout=60,
        check=False,
    )


PLAN = """
brand: {name: Acme, rules: styles/}
sources: [{kind: KIND, path: a.txt}]
tasks: [{kind: ticket_intent}]
"""


def test_a_connector_of_another_package_works_like_ours(package, tmp_path):
    (tmp_path / "a.txt").write_text("Where is it?|delivery\nHow are you?|greeting\n")
    (tmp_path / "brandtune.yaml").write_text(PLAN.replace("KIND", "acme"))
    code = """
import json
from pathlib import Path
from brandtune.sources import CONNECTORS, CsvSource, read
from brandtune.testing import check_connector
from brandtune.workflows.plan import load_plan
plan = load_plan("brandtune.yaml")
report = check_connector(plan.sources[0], base_dir=Path())
print(json.dumps([report.num_records, read(plan.sources, base_dir=Path()).records[1].payload.label,
                  CONNECTORS["csv"] is CsvSource, sorted(set(CONNECTORS) & {"acme", "broken", "none"})]))
"""
    done = run(package, code, tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [2, "greeting", True, ["acme"]]
    assert "acme-connector 1.0" in done.stderr, "what could not be loaded is logged with its package"


def test_unknown_and_broken_plugins_are_named(package, tmp_path):
    (tmp_path / "brandtune.yaml").write_text(PLAN.replace("KIND", "acmee"))
    code = """
from brandtune.core.errors import ConfigError, MissingPartError
from brandtune.core.plugins import load_plugins
from brandtune.workflows.plan import load_plan
found = load_plugins("brandtune.sources")
assert [plugin.name for plugin in found.found] == ["acme", "none", "thief"], found
assert found.require("acme").package == "acme-connector 1.0"
for call in (lambda: found.require("broken"), lambda: load_plan("brandtune.yaml")):
    try:
        call()
    except (ConfigError, MissingPartError) as error:
        print(error)
"""
    said = run(package, code, tmp_path).stdout
    assert "`broken` cannot be loaded (acme-connector 1.0: AttributeError)" in said
    assert "unknown kind `acmee`. Did you mean `acme`?" in said
    with pytest.raises(MissingPartError, match="no package brings `x`"):
        load_plugins("brandtune.nobody").require("x")
