"""What every page shares: nothing fetched, nothing run but its own, nothing that a file cannot carry."""

import base64
import hashlib

import jinja2
import pytest

from brandtune.core.pages import asset, environment, policy, writable

PAGE = "brandtune.curation.page"


def test_what_people_wrote_is_escaped_and_a_name_that_is_not_given_is_an_error() -> None:
    made = environment(PAGE, filters={"loud": str.upper})
    assert made.from_string("{{ said|loud }}").render(said="<b>") == "&lt;B&gt;"
    with pytest.raises(jinja2.UndefinedError):
        made.from_string("{{ nothing }}").render()


def test_a_policy_names_the_hashes_of_its_style_and_script_and_forbids_the_rest() -> None:
    def named(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    style = asset(PAGE, "page.css")
    assert f"style-src {named(style)};" in policy(style=style)
    assert "script-src" not in policy(style=style) and policy(style=style).startswith("default-src 'none'")
    assert f"script-src {named('x()')};" in policy(style=style, script="x()")


def test_what_no_file_can_carry_is_replaced() -> None:
    found = writable("a\x00\ud800\x9f é")
    assert found == "a\ufffd\ufffd\ufffd é" and found.encode("utf-8")
