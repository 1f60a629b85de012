"""Reading the voice guide and the facts folder."""

from pathlib import Path

import pytest

from brandtune.core.brand import Brand, BrandConfig, load_brand, split_sections
from brandtune.core.errors import ConfigError


def put(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def load(folder: Path, **settings: str) -> Brand:
    return load_brand(BrandConfig(name="Quill", **settings), base_dir=folder)


def test_a_brand_can_be_a_name_alone(tmp_path: Path) -> None:
    assert load(tmp_path) == Brand(name="Quill")


def test_paths_are_read_from_the_configurations_folder(tmp_path: Path) -> None:
    put(tmp_path / "voice.md", "\ufeff\nWarm and short.\n\n")
    put(tmp_path / "styles" / "Quill" / "a.yml", "extends: existence")
    brand = load(tmp_path, voice="voice.md", rules="styles")
    assert brand.voice == "Warm and short."
    assert brand.rules_dir == str(tmp_path / "styles")


def test_facts_are_read_from_every_markdown_and_text_file_in_a_stable_order(tmp_path: Path) -> None:
    put(tmp_path / "facts" / "b.md", "# B\nbee")
    put(tmp_path / "facts" / "a" / "z.txt", "zed")
    put(tmp_path / "facts" / "ignored.html", "<p>no</p>")
    documents = load(tmp_path, facts="facts").documents
    assert [(d.path, d.title, d.text) for d in documents] == [("a/z.txt", "a/z.txt", "zed"), ("b.md", "B", "bee")]


@pytest.mark.parametrize("key", ["voice", "rules", "facts"])
def test_a_path_that_is_not_there_names_its_key(tmp_path: Path, key: str) -> None:
    with pytest.raises(ConfigError, match="nowhere does not exist") as caught:
        load(tmp_path, **{key: "nowhere"})
    assert caught.value.where == f"brand.{key}"
    assert caught.value.fix


@pytest.mark.parametrize(("key", "value"), [("voice", "facts/a.md"), ("facts", "facts")])
def test_text_that_is_not_utf8_names_key_file_and_byte(tmp_path: Path, key: str, value: str) -> None:
    put(tmp_path / "facts" / "a.md", "").write_bytes(b"caf\xe9")
    with pytest.raises(ConfigError, match=r"a\.md is not UTF-8 text \(byte 3\)") as caught:
        load(tmp_path, **{key: value})
    assert caught.value.where == f"brand.{key}"


def test_a_folder_where_the_voice_guide_should_be_is_a_configuration_error(tmp_path: Path) -> None:
    put(tmp_path / "voice" / "guide.md", "x")
    with pytest.raises(ConfigError):
        load(tmp_path, voice="voice")


def test_a_file_where_the_facts_folder_should_be_is_not_silently_empty(tmp_path: Path) -> None:
    put(tmp_path / "facts.md", "# Returns\n45 days.")
    with pytest.raises(ConfigError):
        load(tmp_path, facts="facts.md")


def sections(text: str) -> list[tuple[str, str]]:
    return [(document.title, document.text) for document in split_sections(text, path="a.md")]


def test_sections_keep_their_heading_under_the_files_first() -> None:
    text = "# Returns\n45 days.\n\nMore.\n## Sale items\nNo.\n### Gifts\nYes."
    assert sections(text) == [
        ("Returns", "45 days.\n\nMore."),
        ("Returns / Sale items", "No."),
        ("Returns / Gifts", "Yes."),
    ]


def test_text_before_any_heading_is_titled_by_its_file() -> None:
    assert sections("Intro.\n# Returns\n45 days.") == [("a.md", "Intro."), ("Returns", "45 days.")]


@pytest.mark.parametrize("line", ["#sale is on", "#1 in Europe", "####### seven", "#", " # indented"])
def test_a_line_that_only_starts_like_a_heading_is_text(line: str) -> None:
    assert sections(f"# Returns\n{line}\n45 days.") == [("Returns", f"{line}\n45 days.".strip())]


def test_a_comment_in_a_fence_is_no_heading() -> None:
    text = "# Setup\n```sh\n# install it\nmake\n```\n## Next\nUse ```# this``` too.\n### Last\nEnd."
    assert sections(text) == [
        ("Setup", "```sh\n# install it\nmake\n```"),
        ("Setup / Next", "Use ```# this``` too."),
        ("Setup / Last", "End."),
    ]


@pytest.mark.parametrize("text", ["", "\n \n", "# Only\n## Headings\n"])
def test_sections_without_text_are_left_out(text: str) -> None:
    assert sections(text) == []
