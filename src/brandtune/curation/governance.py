"""On what ground personal data may be used at all, as a company states it."""

from typing import Literal

from pydantic import model_validator

from brandtune.core.config import Config


class GovernanceConfig(Config):
    """Whose data may be used, why, and for how long."""

    purpose: str = "model_training"
    """The purpose that consent is asked for; consent for another purpose does not count."""
    lawful_basis: Literal["consent", "legitimate_interest", "not_personal"] = "consent"
    """`consent`: people who said yes; `legitimate_interest`: all who did not object; `not_personal`: nobody."""
    on_missing: Literal["auto", "exclude", "include"] = "auto"
    """People who were never asked, and records nobody is linked to; `auto` leaves them out under consent only."""
    assessment: str = ""
    """Reference of the recorded assessment: the balancing test, or who confirmed that the data is not personal."""
    pseudonymize: bool = True
    """Replace names, contacts and ids before anything is learnt; `pseudonyms` says by what."""
    pseudonyms: Literal["placeholders", "others", "surrogates"] = "placeholders"
    """`placeholders`: typed marks; `surrogates`: made-up names and numbers; `others`: marks for what is filled in when
    serving (customer, agent, order number), surrogates for the rest."""
    retention_days: int | None = None
    """Leave out records this much older than the newest one. None keeps all."""

    @property
    def silence_suffices(self) -> bool:
        """Whether somebody who was never asked may be learnt from."""
        if self.lawful_basis == "not_personal":
            return True
        return self.lawful_basis != "consent" and self.on_missing != "exclude"

    @model_validator(mode="after")
    def _consistent(self) -> "GovernanceConfig":
        if self.lawful_basis == "consent" and self.on_missing == "include":
            raise ValueError(
                "`on_missing: include` contradicts `lawful_basis: consent`: silence is not consent. "
                "Write `on_missing: exclude`, or state another lawful basis."
            )
        if self.lawful_basis == "legitimate_interest" and not self.assessment.strip():
            raise ValueError(
                "`lawful_basis: legitimate_interest` needs the recorded balancing test. "
                "Write e.g. `assessment: LIA-2026-04, signed by the data protection officer`."
            )
        if self.lawful_basis == "not_personal" and not self.assessment.strip():
            raise ValueError(
                "`lawful_basis: not_personal` needs the name of whoever confirmed it. "
                "Write e.g. `assessment: confirmed by J. Meyer (data protection), 2026-05-02`."
            )
        if self.retention_days is not None and self.retention_days < 1:
            raise ValueError("`retention_days` must be 1 or more, or left out.")
        return self
