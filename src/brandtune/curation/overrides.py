"""What people decided against a step: rows to keep although it dropped them, and examples to leave out.

The curation page writes the file; `curation.overrides` names it. Nobody can overrule consent, retention or the
personal-data check, and what splits may share is decided later and by nobody.
"""

from collections.abc import Collection
from pathlib import Path

import msgspec

from brandtune.core.errors import ConfigError
from brandtune.core.records import Struct

FORMAT = "brandtune-overrides-1"
FINAL_STEPS = frozenset({"tasks", "consent", "retention", "repair", "clean", "personal_data", "personal_data_check"})
DUPLICATES = frozenset({"exact_duplicates", "near_duplicates"})
LEFT_OUT, KEPT_BY_PEOPLE = "left out by your choice", "kept by your choice"


class Keep(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row to keep although `step` dropped it."""

    id: str
    step: str


class Overrides(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The choices of one file.

    Attributes:
        keep: Dropped rows that stay; choices against a step that has the last word are counted and not followed.
        drop: Ids of kept examples that go.
    """

    format: str = FORMAT
    keep: tuple[Keep, ...] = ()
    drop: tuple[str, ...] = ()

    def kept(self, step: str) -> frozenset[str]:
        """Ids that `step` may not drop; who keeps an exact duplicate keeps it as a near-duplicate too."""
        if step in FINAL_STEPS:
            return frozenset()
        against = DUPLICATES if step in DUPLICATES else {step}
        return frozenset(choice.id for choice in self.keep if choice.step in against)

    def notes(self, *, dropped: Collection[str], kept: Collection[str]) -> list[str]:
        """Sentences on choices that could not be followed.

        Args:
            dropped: Ids of the examples that were left out by choice.
            kept: Ids of the rows that were kept by choice.
        """
        final = sum(choice.step in FINAL_STEPS for choice in self.keep)
        idle = sum(choice.step not in FINAL_STEPS and choice.id not in kept for choice in self.keep)
        idle += sum(row not in dropped for row in self.drop)
        said = []
        if final:
            said.append(
                f"{final} of your choices were not followed: consent, retention and personal data are not open."
            )
        if idle:
            said.append(f"{idle} of your choices changed nothing: the row is gone, or no step decides about it now.")
        return said


def load_overrides(path: Path | None) -> Overrides:
    """Read the file that the curation page exported; no path means no choices.

    Raises:
        ConfigError: The file is missing or is not such a file.
    """
    if path is None:
        return Overrides()
    where = f"curation.overrides ({path})"
    fix = "Export the choices again from curation.html, or leave the setting out."
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Overrides)
    except FileNotFoundError:
        raise ConfigError("there is no such file.", where=where, fix=fix) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"this is not a file of choices: {error}.", where=where, fix=fix) from None
    if found.format != FORMAT:
        raise ConfigError(f"the format is `{found.format}`, known is `{FORMAT}`.", where=where, fix=fix)
    return found
