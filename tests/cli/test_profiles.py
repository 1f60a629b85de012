"""`link`, `profiles` and `review` together: a merge undone, a proposal judged, and what the next linking makes of it."""

import csv
import importlib.util
import json
from pathlib import Path

import pytest

from brandtune import load_plan
from brandtune.cli import run as cli
from brandtune.core.records import Identifier, Subject
from brandtune.profiles import IdentityGraph
from brandtune.workflows import reviewing

needs_splink = pytest.mark.skipif(
    not importlib.util.find_spec("splink"), reason="the `link` extra is not installed; pip install 'brandtune[link]'"
)
HEADER = ["customer_id", "email", "phone", "first_name", "last_name", "city", "consent", "consent_at", "seen_at"]
ROWS = [
    # Two flatmates on one phone, linked by it though they are two people.
    ["C1", "ana@x.org", "+1 415 555 2671", "", "", "Oslo", "granted", "2026-01-01", "2026-01-01"],
    ["C2", "ben@x.org", "+1 415 555 2671", "", "", "Rome", "revoked", "2026-02-01", "2026-02-01"],
    # One person twice, with nothing in common that links.
    ["C3", "zq77@x.org", "", "Zelda", "Quux", "Lyon", "granted", "2026-01-01", "2026-01-03"],
    ["C4", "zq77@y.org", "", "Zelda", "Quux", "Lyon", "denied", "2026-03-01", "2026-03-03"],
]
CONFIG = """brand: {name: Acme}
sources:
  - {kind: csv, path: customers.csv, maps_to: profile,
     fields: {id: customer_id, email: email, phone: phone, consent: consent, consent_at: consent_at, at: seen_at}}
tasks: [{kind: support_reply}]
"""


@pytest.fixture
def company(tmp_path):
    first = ["Ana", "Ben", "Cleo", "Dora", "Emil", "Fritz", "Gerda", "Hugo"]
    last = ["Adler", "Berg", "Conti", "Duval", "Engel"]
    crowd = [
        [f"D{n}", f"m{n * 7919}@x.org", "", first[n % 8], last[n % 5], ["Graz", "Bonn"][n % 2], "granted",
         "2026-01-01", "2026-01-02"]
        for n in range(40)
    ]  # fmt: skip
    with (tmp_path / "customers.csv").open("w", newline="") as file:
        csv.writer(file).writerows([HEADER, *ROWS, *crowd])
    (tmp_path / "brandtune.yaml").write_text(CONFIG)
    return tmp_path


class Company:
    """The command line over one folder."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys

    def __call__(self, *words: str, code: int = 0) -> str:
        assert cli([*words, "--config", str(self.folder / "brandtune.yaml")]) == code
        out, err = self.capsys.readouterr()
        return out if code == 0 else err

    def show(self, who: str) -> dict:
        return json.loads(self("profiles", "show", who, "--json"))

    def consent(self, who: str) -> str:
        return self.show(who)["profile"]["subject"]["training_consent"]


@pytest.fixture
def run(company, capsys):
    return Company(company, capsys)


def test_a_merge_is_undone_stays_undone_and_comes_back_when_the_undo_is_taken_back(run):
    run("link", "--quiet")
    before = run.show("user_id:C1")
    assert before["profile"]["subject"] == run.show("user_id:C2")["profile"]["subject"]
    assert before["profile"]["subject"]["training_consent"] == "revoked"
    (merge,) = before["merges"]
    ruling = json.loads(run("profiles", "unmerge", merge["subject_id"], merge["merged_into"], "--by", "dpo", "--json"))
    assert (ruling["verdict"], ruling["by"]) == ("apart", "dpo")
    for _ in range(2):  # the stage is redone once, then reused, and a new run keeps them apart, too
        run("link", "--quiet")
        assert run.consent("user_id:C1") == "granted" and run.consent("user_id:C2") == "revoked"
    run("run", "--until", "link", "--quiet")
    ana = run.show("user_id:C1")
    assert {trait["value"] for trait in ana["profile"]["traits"] if trait["name"] == "city"} == {"Oslo"}
    assert ana["rulings"][0]["entry"] == ruling["entry"]
    assert "apart" in run("profiles", "rulings")
    run("profiles", "withdraw", str(ruling["entry"]))
    run("link", "--quiet")
    assert run.show("user_id:C1")["profile"]["subject"] == before["profile"]["subject"]


def test_identities_are_named_by_identifier_too(run):
    run("link", "--quiet")
    run("profiles", "unmerge", "user_id:C1", "user_id:C2")
    run("link", "--quiet")
    assert run.consent("email:Ana@X.org") == "granted"
    assert "two people already" in run("profiles", "unmerge", "user_id:C1", "user_id:C2", code=2)


def test_one_person_in_words(run):
    run("link", "--quiet")
    text = run("profiles", "show", "user_id:C1", "--timeline")
    assert "training consent revoked" in text and "email         ana@x.org" in text
    assert "city = Oslo   (customers" in text and "merge    " in text and "profiles unmerge" in text


def test_nobody_is_known_by_that(run):
    assert "there is no run yet" in run("profiles", "show", "user_id:C1", code=5)
    run("ingest", "--quiet")
    assert "has not linked people yet" in run("profiles", "show", "user_id:C1", code=5)
    run("link", "--quiet")
    for words in (["show", "user_id:none"], ["show", "C1"], ["unmerge", "user_id:C1", "email:who@x.org"]):
        message = run("profiles", *words, code=5)
        assert "nobody is known by that" in message and "who@x.org" not in message
    assert "no ruling has number 99" in run("profiles", "withdraw", "99", code=5)


def decide(path: Path, choices: list[list[str]], *, short: bool = False) -> Path:
    """What Label Studio would export for these tasks, each with its reviewers' choices."""
    done = []
    for number, (task, chosen) in enumerate(zip(json.loads(path.read_text()), choices, strict=True), start=1):
        results = [
            {"result": [{"from_name": "decision", "to_name": "why", "type": "choices", "value": {"choices": [word]}}]}
            for word in chosen
        ]
        brief = {**task["data"], "id": number, **({"decision": chosen[0]} if chosen else {})}
        done.append(brief if short else {"id": number, **task, "annotations": results})
    path = path.with_name("decided.json")
    path.write_text(json.dumps(done))
    return path


def propose(run: Company) -> Path:
    run("link", "--set", "identity.review_threshold=0.9", "--quiet")
    run("review", "export", "--out", str(run.folder / "tasks.json"))
    return run.folder / "tasks.json"


@needs_splink
def test_a_proposal_changes_nothing_until_somebody_accepts_it(run):
    tasks = propose(run)
    (task,) = json.loads(tasks.read_text())
    assert {task["data"]["one"]["email"], task["data"]["other"]["email"]} == {"zq77@x.org", "zq77@y.org"}
    assert "people at random" in task["data"]["why"] and "consent" not in str(task).lower()
    assert '<Choices name="decision"' in (run.folder / "tasks.xml").read_text()
    assert run.consent("user_id:C3") == "granted" and run.consent("user_id:C4") == "denied"
    report = json.loads(run("review", "import", str(decide(tasks, [["Same person"]])), "--json"))
    assert (report["num_accepted"], report["num_rejected"]) == (1, 0)
    run("link", "--quiet")
    assert run.consent("user_id:C3") == run.consent("user_id:C4") == "denied"
    assert run("review", "export", "--out", str(tasks)).startswith("0 pairs")


@needs_splink
@pytest.mark.parametrize("short", [True, False])
def test_a_rejected_pair_is_remembered_and_never_proposed_again(run, short):
    decided = decide(propose(run), [["Different people"]], short=short)
    assert json.loads(run("review", "import", str(decided), "--json"))["num_rejected"] == 1
    assert json.loads(run("review", "import", str(decided), "--json"))["num_known"] == 1
    run("link", "--set", "identity.review_threshold=0.8", "--quiet")
    assert json.loads(propose(run).read_text()) == []
    assert run.consent("user_id:C3") == "granted"


@needs_splink
def test_what_decides_nothing_is_counted_and_said(run):
    tasks = propose(run)
    for chosen, reason in [([], "not decided"), (["Same person", "Different people"], "reviewers disagree"),
                           (["Maybe"], "unknown choice")]:  # fmt: skip
        text = run("review", "import", str(decide(tasks, [chosen])))
        assert f"left out: 1 {reason}" in text and text.startswith("0 pairs are one person")
    (run.folder / "decided.json").write_text(json.dumps([{"data": {"item": "nonsense"}, "annotations": []}, {}]))
    assert "left out: 2 not in the review queue" in run("review", "import", str(run.folder / "decided.json"))
    cancelled = [{**task, "annotations": [{"was_cancelled": True, "result": [{"from_name": "decision", "value": {
        "choices": ["Same person"]}}]}]} for task in json.loads(tasks.read_text())]  # fmt: skip
    (run.folder / "decided.json").write_text(json.dumps(cancelled))
    assert "left out: 1 not decided" in run("review", "import", str(run.folder / "decided.json"))


@needs_splink
def test_a_pair_that_became_one_meanwhile_is_left_out_of_the_export(run):
    tasks = propose(run)
    with (run.folder / "customers.csv").open("a", newline="") as file:
        csv.writer(file).writerow(["C3", "zq77@y.org", "", "", "", "", "", "", "2026-05-01"])
    run("link", "--quiet")
    assert "1 that are settled by now were left out" in run("review", "export", "--out", str(tasks))


@pytest.mark.parametrize("text", ["{}", "[1]", "not json", '["a"]'])
def test_a_file_that_is_no_export_is_refused_and_decides_nothing(run, text):
    run("link", "--quiet")
    (run.folder / "bad.json").write_text(text)
    assert "bad.json" in run("review", "import", str(run.folder / "bad.json"), code=3).replace("\n", "")
    assert IdentityGraph(load_plan(run.folder / "brandtune.yaml").database).rulings() == []


def test_an_export_without_proposals_says_how_to_get_some(run):
    run("link", "--quiet")
    assert "identity.review_threshold" in run("review", "export", "--out", str(run.folder / "t.json"))
    assert json.loads((run.folder / "t.json").read_text()) == []


def test_tasks_are_written_as_json_for_their_owner_alone(run):
    run("link", "--quiet")
    assert "tasks are JSON" in run("review", "export", "--out", str(run.folder / "tasks.xml"), code=2)
    run("review", "export", "--out", str(run.folder / "t.json"))
    assert (run.folder / "t.json").stat().st_mode & 0o077 == 0


def test_what_a_reviewer_sees_leaves_consent_out():
    traits = {"city": "Oslo", "marketing_consent": "no", "opt_in": True, "optician": "yes"}
    ids = (Identifier(type="email", value="a@x.org"), Identifier(type="email", value="b@x.org"))
    shown = reviewing._shown(Subject(subject_id="s", traits=traits, identifiers=ids))
    assert shown == {"city": "Oslo", "optician": "yes", "email": "a@x.org, b@x.org"}


def test_linking_is_written_to_the_graph_once(run):
    run("link", "--quiet")
    graph = IdentityGraph(load_plan(run.folder / "brandtune.yaml").database)
    state = graph.replay()
    entries = len(graph.history(state))
    run("run", "--until", "link", "--quiet")
    assert graph.replay() == state and len(graph.history(state)) == entries


def test_no_identifier_lies_in_the_database(run):
    if importlib.util.find_spec("splink"):
        propose(run)
    run("link", "--quiet")
    run("profiles", "unmerge", "user_id:C1", "user_id:C2")
    raw = (run.folder / ".brandtune" / "brandtune.db").read_bytes().lower()
    assert b"identity_graph" in raw
    assert not any(word in raw for word in (b"ana@x.org", b"zelda", b"quux", b"5552671", b"zq77"))
