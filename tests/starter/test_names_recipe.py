"""The recipe of the name model: labels stand where they should, and held-out names are held out."""

from itertools import pairwise

import pytest

pytest.importorskip("faker", reason="the recipe needs `pip install .[starter]`")
texts = pytest.importorskip("starter.names.texts", reason="tests run outside the project's folder")

ORDINARY = ["He told the manager about it.", "Can you help me with my order?", "The company moved to the city."]
TAGS = {
    "PERSON", "ADDRESS", "LOCATION", "ORGANIZATION", "NRP", "TITLE", "AGE", "DATE_TIME", "PHONE", "CARD", "ID", "ONLINE",
    "ZIP",
}  # fmt: skip


@pytest.fixture(scope="module", params=[False, True], ids=["training", "held out"])
def made(request: pytest.FixtureRequest) -> list[tuple[str, list[tuple[int, int, str]]]]:
    writer = texts.Writer(seed=3, held_out=request.param, ordinary=ORDINARY)
    return [writer.text() for _ in range(300)]


def test_labels_are_inside_in_order_and_known(made: list[tuple[str, list[tuple[int, int, str]]]]) -> None:
    seen = set()
    for text, spans in made:
        assert all(0 <= start < end <= len(text) for start, end, _ in spans)
        assert all(a[1] <= b[0] for a, b in pairwise(spans))
        assert "{" not in text.replace('{"name"', "")
        seen |= {tag for *_, tag in spans}
    assert seen >= TAGS - {"CARD", "ID", "ZIP", "NRP"} and seen <= TAGS


def test_the_same_seed_gives_the_same_text() -> None:
    one, two = (texts.Writer(seed=5, held_out=False, ordinary=ORDINARY) for _ in range(2))
    assert [one.text() for _ in range(20)] == [two.text() for _ in range(20)]


def test_held_out_first_names_are_never_drawn_for_training() -> None:
    from starter.names.slots import Slots, is_held_out

    drawn = {flag: Slots(seed=1, held_out=flag) for flag in (False, True)}
    for flag, slots in drawn.items():
        names = [slots._named("first_name") for _ in range(200)]
        assert all(is_held_out(name) == flag for name in names)


def test_held_out_templates_are_others() -> None:
    assert not set(texts.templates("train")) & set(texts.templates("dev"))
