"""The examples in the docstrings of this room, and of what the commands call, are true."""

import doctest
import importlib
import pkgutil

import pytest

import brandtune.profiles

MODULES = [f"brandtune.profiles.{module.name}" for module in pkgutil.iter_modules(brandtune.profiles.__path__)]


@pytest.mark.parametrize("name", [*MODULES, "brandtune.workflows.identities"])
def test_examples_are_true(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_public_verbs_have_examples():
    finder = doctest.DocTestFinder()
    for name in ("linking", "timeline", "proposals", "consent", "rulings"):
        module = importlib.import_module(f"brandtune.profiles.{name}")
        assert sum(len(found.examples) for found in finder.find(module)) > 0, name
