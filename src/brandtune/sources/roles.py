"""Who speaks: from the role words of exports to customer, agent, system and note."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from brandtune.core.errors import SourceError
from brandtune.core.records import Role
from brandtune.sources.values import as_bool, as_text
from brandtune.sources.vocabulary import plain, words

AGENT = words(
    "agent assistant bot gpt chatgpt model operator support rep representative advisor adviser staff "
    "admin company brand wizard employee csr outbound outgoing sent out seller service helpdesk chatbot "
    "ai human_agent support_agent"
)
CUSTOMER = words(
    "customer user human client consumer visitor guest end-user enduser caller shopper requester inbound "
    "incoming received in buyer contact lead customer_user member patient passenger"
)
NOTE = words("note internal private internal_note private_note comment_private whisper")
SYSTEM = words(
    "system action tool function function_call api api_call api_result tool_call tool_result event log "
    "automation trigger workflow notification info observation ipython developer"
)
TOLERATED_UNKNOWN = 0.2


class Roles:
    """Turns role words into roles and counts the words it does not know.

    Args:
        agent: Extra words for the company's side, from the configuration.
        customer: Extra words for the customer's side.
    """

    def __init__(self, *, agent: Iterable[str] = (), customer: Iterable[str] = ()) -> None:
        self._words: dict[str, Role] = {}
        self._take(SYSTEM, "system")
        self._take(NOTE, "note")
        self._take(CUSTOMER, "customer")
        self._take(AGENT, "agent")
        self._take(customer, "customer")
        self._take(agent, "agent")
        self.unknown: Counter[str] = Counter()
        self.num_turns = 0

    def _take(self, words: Iterable[str], role: Role) -> None:
        self._words.update({plain(word): role for word in words})

    def knows(self, word: object) -> bool:
        return plain(as_text(word)) in self._words

    def of(self, word: Any, *, column: str = "role") -> Role:
        """The role that `word` means; an unknown word is taken as `system` and counted."""
        self.num_turns += 1
        if isinstance(word, dict):
            word = word.get("role") or word.get("type") or word.get("name")
        said = self._from_flag(word, column)
        if said is not None:
            return said
        text = as_text(word).strip()
        role = self._words.get(plain(text))
        if role is None:
            self.unknown[text[:30].lower()] += 1
            return "system"
        return role

    def _from_flag(self, word: Any, column: str) -> Role | None:
        """A yes or no column: `inbound` is true, or `is_agent` is true."""
        yes = as_bool(word)
        company = any(part in plain(column) for part in ("agent", "outbound", "staff", "bot", "company"))
        person = any(part in plain(column) for part in ("inbound", "incoming", "customer", "user"))
        if yes is None or company == person:
            return None
        return "agent" if yes == company else "customer"

    def check(self, *, where: str) -> None:
        """Refuse to go on when the roles are mostly guesses.

        Raises:
            SourceError: More than a fifth of the turns carry unknown role words; lists the words.
        """
        total = sum(self.unknown.values())
        if not self.num_turns or total <= TOLERATED_UNKNOWN * self.num_turns:
            return
        # Role cells can hold people's names; show only words that repeat like roles do.
        words = [word for word, count in self.unknown.most_common(8) if count >= max(2, self.num_turns // 200)]
        seen = ", ".join(repr(word) for word in words) or f"{len(self.unknown):,} different words"
        raise SourceError(
            f"{total:,} of {self.num_turns:,} turns have a role word that is not known: {seen}.",
            where=where,
            fix="Say who is who, e.g. `agent_roles: [WORD]` and `customer_roles: [WORD]` on this source.",
        )
