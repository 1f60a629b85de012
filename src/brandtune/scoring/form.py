"""Whether an output has the form that its task prescribes: length, terms, pattern, JSON that a schema accepts."""

import json
import re

from brandtune.core.errors import ConfigError
from brandtune.core.tasks.form import FormConfig

_WORD = re.compile(r"\w+(?:['’\-]\w+)*")


def breaches(text: str, form: FormConfig) -> list[str]:
    """What is wrong with the form of `text`, each in a few words; nothing of the text is quoted.

    Raises:
        ConfigError: The JSON Schema itself is wrong.

    >>> breaches("Free returns", FormConfig(max_words=1, required=("tent",)))
    ['2 words; at most 1 are allowed', 'does not say “tent”']
    """
    found = _length(len(text.strip()), form.min_chars, form.max_chars, "characters")
    found += _length(len(_WORD.findall(text)), form.min_words, form.max_words, "words")
    found += [f"does not say “{term}”" for term in form.required if not _says(text, term)]
    found += [f"says “{term}”" for term in form.forbidden if _says(text, term)]
    if form.pattern and not re.fullmatch(form.pattern, text.strip(), re.DOTALL):
        found.append("does not match the pattern")
    return found + (_json(text, form) if form.json_schema is not None else [])


def _length(number: int, least: int | None, most: int | None, what: str) -> list[str]:
    if least is not None and number < least:
        return [f"{number} {what}; at least {least} are wanted"]
    if most is not None and number > most:
        return [f"{number} {what}; at most {most} are allowed"]
    return []


def _says(text: str, term: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(term)}(?!\w)", text, re.IGNORECASE) is not None


def _json(text: str, form: FormConfig) -> list[str]:
    import jsonschema

    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return ["is not JSON"]
    schema = form.json_schema or {}
    try:
        validator = jsonschema.validators.validator_for(schema)
        validator.check_schema(schema)
    except jsonschema.SchemaError as error:
        raise ConfigError(f"the JSON Schema is wrong: {error.message[:200]}.", where="tasks.form.json_schema") from None
    errors = sorted(validator(schema).iter_errors(value), key=lambda error: error.json_path)
    return [f"JSON at {error.json_path} breaks `{error.validator}`" for error in errors]
