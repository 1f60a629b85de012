"""HTML to text against an independent parser, and what neither can read."""

import time

import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from brandtune.sources.base import RowProblem
from brandtune.sources.markup import plain_text

WORDS = st.sampled_from(
    ["boots", "a &amp; b", "x &lt; y", "two  spaces", "line\nbreak", "<br>", "<br/>", "<!-- no -->", "é"]
)
INLINE = st.builds(
    lambda tag, inner: f"<{tag} class='x'>{inner}</{tag}>", st.sampled_from(["b", "span", "a", "em"]), WORDS
)
LEAF = st.one_of(WORDS, INLINE)
TREE = st.recursive(
    LEAF,
    lambda inner: st.builds(
        lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag}>",
        st.sampled_from(["p", "div", "ul", "li", "h2", "script", "style", "td", "tr"]),
        st.lists(inner, max_size=4),
    ),
    max_leaves=12,
)


def by_tree(text):
    """The same over a tree of the whole document."""
    soup = BeautifulSoup(text, "html.parser")
    if soup.find() is None:
        return text
    for gone in soup(["script", "style", "head"]):
        gone.decompose()
    for line_break in soup("br"):
        line_break.replace_with("\n")
    for block in soup(["p", "div", "li", "tr", "h1", "h2", "h3", "h4", "ul", "ol", "blockquote"]):
        block.insert_before("\n")
        block.append("\n")
    return "\n".join(line for line in (" ".join(line.split()) for line in soup.get_text().splitlines()) if line)


@settings(max_examples=200, deadline=None)
@given(TREE)
def test_as_an_independent_parser_reads_it(text):
    if "<" in text and ">" in text:
        assert plain_text(text) == by_tree(text)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("no tags, 3 < 4", "no tags, 3 < 4"), ("a < b > c", "a < b > c"), ("", ""), ("<p>open<p>again", "open\nagain"),
        ("<html><head><title>t</title></head><body>x</body></html>", "x"), ("<head><body>x", "x"),
        ("<script>if (a<b) {}</script>y", "y"), ("<b>a</b>&nbsp;b &copy;", "a b ©"), ("<x:y>a</x:y>", "a"),
    ],
)  # fmt: skip
def test_shapes(text, plain):
    assert plain_text(text) == plain


def test_time_does_not_depend_on_nesting():
    def seconds(text):
        start = time.process_time()
        plain_text(text)
        return time.process_time() - start

    flat, deep = "<div>x</div>" * 9_999, "<div>" * 9_999 + "x" + "</div>" * 9_999
    assert seconds(deep) < 3 * seconds(flat) + 0.05


def test_what_makes_no_sense_is_a_dropped_row():
    with pytest.raises(RowProblem, match="HTML not readable"):
        plain_text("<![bogus[x]]> <b>y</b>")
