"""Vale's two kinds of rule that compute: `metric`, any formula over counts, and `readability`, the mean of known grades."""

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from brandtune.scoring.counts import counts
from brandtune.scoring.rule_kinds import BadRule, Check, Hit, Kind

Number = float | bool
_MOST_CHARS = 2_000
_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.Mod: operator.mod,
}  # fmt: skip
_COMPARED: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}  # fmt: skip
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.USub: operator.neg, ast.UAdd: operator.pos, ast.Not: operator.not_
}  # fmt: skip
# The functions of Tengo's `math` module that formulas use; everything else is refused by name.
_MATH: dict[str, Callable[..., float]] = {
    "sqrt": math.sqrt, "abs": abs, "floor": math.floor, "ceil": math.ceil, "log": math.log, "log10": math.log10,
    "log2": math.log2, "exp": math.exp, "cbrt": math.cbrt, "min": min, "max": max, "round": round, "pow": math.pow,
}  # fmt: skip
KNOWN = frozenset(counts(""))


class BadFormula(Exception):
    """The formula is no arithmetic over the known counts."""


def grades(found: Mapping[str, float]) -> dict[str, float]:
    """School grades by Vale's names, from the counts of a text with at least one word and sentence.

    Sources: Gunning 1952, Coleman & Liau 1975, Kincaid 1975, McLaughlin 1969, Smith & Senter 1967.
    """
    words, sentences, characters = found["words"], found["sentences"], found["characters"]
    return {
        "Gunning Fog": 0.4 * (words / sentences + 100 * found["complex_words"] / words),
        "Coleman-Liau": 0.0588 * (100 * characters / words) - 0.296 * (100 * sentences / words) - 15.8,
        "Flesch-Kincaid": 0.39 * words / sentences + 11.8 * found["syllables"] / words - 15.59,
        "SMOG": 1.0430 * math.sqrt(found["polysyllabic_words"] * 30 / sentences) + 3.1291,
        "Automated Readability": 4.71 * characters / words + 0.5 * words / sentences - 21.43,
    }


GRADES = tuple(grades(dict.fromkeys(KNOWN, 1.0)))


def compute(formula: str, values: Mapping[str, float]) -> Number:
    """The value of a formula; only arithmetic, comparison, `math.` functions and the names in `values` are allowed.

    Raises:
        BadFormula: It is anything else.
        ZeroDivisionError: It divides by a count that is zero.

    >>> compute("words / sentences > 3.5", {"words": 8.0, "sentences": 2.0})
    True
    """
    if len(formula) > _MOST_CHARS:
        raise BadFormula(f"{len(formula)} characters are too long for a formula")
    text = re.sub(r"\bheading\.(h[1-6])\b", r"heading_\1", formula).replace("&&", " and ").replace("||", " or ")
    try:
        tree = ast.parse(" ".join(text.split()), mode="eval")
        result: Number = _value(tree.body, values)
        return result
    except (SyntaxError, ValueError, OverflowError, RecursionError, TypeError) as error:
        raise BadFormula(f"`{formula.strip()}` cannot be computed ({type(error).__name__})") from None


def _value(node: ast.expr, values: Mapping[str, float]) -> Any:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(node.value)
    if isinstance(node, ast.Name):
        if node.id not in values:
            raise BadFormula(f"`{node.id}` is not counted. Known are {', '.join(sorted(values))}")
        return values[node.id]
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        return _BINARY[type(node.op)](_value(node.left, values), _value(node.right, values))
    if isinstance(node, ast.UnaryOp) and type(node.op) in _UNARY:
        return _UNARY[type(node.op)](_value(node.operand, values))
    if isinstance(node, ast.BoolOp):
        join = all if isinstance(node.op, ast.And) else any
        return join(_value(part, values) for part in node.values)
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _COMPARED:
        return _COMPARED[type(node.ops[0])](_value(node.left, values), _value(node.comparators[0], values))
    return _call(node, values)


def _call(node: ast.expr, values: Mapping[str, float]) -> Any:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.keywords:
        name, owner = node.func.attr, node.func.value
        if isinstance(owner, ast.Name) and owner.id == "math" and name in _MATH:
            return float(_MATH[name](*(_value(argument, values) for argument in node.args)))
    raise BadFormula("a formula holds numbers, counts, + - * / %, comparisons and math functions, nothing else")


def metric(rule: dict[str, Any]) -> Check:
    formula, condition = str(rule.get("formula") or "").strip(), str(rule.get("condition") or "").strip()
    for key, text in (("formula", formula), ("condition", condition)):
        if not text:
            raise BadRule(f"a metric rule needs `{key}`.", key="extends")
    _try(formula, key="formula")
    _try(f"1.0 {condition}", key="condition")

    def check(text: str) -> list[Hit]:
        found = counts(text)
        try:
            result = compute(formula, found)
            breached = compute(f"{result:f} {condition}", found)
        except (ZeroDivisionError, BadFormula):
            return []  # no words to divide by, or the logarithm of none: the text has no such value
        return [Hit(0, len(text), (f"{result:.2f}",))] if breached else []

    return check


def _try(formula: str, *, key: str) -> None:
    try:
        compute(formula, dict.fromkeys(KNOWN, 1.0))
    except BadFormula as error:
        raise BadRule(f"{error}.", key=key) from None
    except ZeroDivisionError:
        return


def readability(rule: dict[str, Any]) -> Check:
    wanted = rule.get("metrics")
    if not isinstance(wanted, list) or not wanted or rule.get("grade") is None:
        raise BadRule("a readability rule needs `metrics`, a list, and `grade`.", key="extends")
    for name in wanted:
        if name not in GRADES:
            raise BadRule(f"unknown readability metric `{name}`. Choose from {', '.join(GRADES)}.", key="metrics")
    highest = float(rule["grade"])

    def check(text: str) -> list[Hit]:
        found = counts(text)
        if not found["words"] or not found["sentences"]:
            return []
        known = grades(found)
        grade = sum(known[name] for name in wanted) / len(wanted)
        return [Hit(0, len(text), (f"{grade:.2f}",))] if grade > highest else []

    return check


BUILDERS: dict[str, Kind] = {
    "metric": Kind(metric, frozenset({"formula", "condition"})),
    "readability": Kind(readability, frozenset({"metrics", "grade"})),
}
