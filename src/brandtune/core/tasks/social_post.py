"""Posts for social media: a brief (platform, product, audience, offer, what to mention) becomes the post."""

from collections.abc import Sequence
from typing import Literal

from brandtune.core.brand import Brand
from brandtune.core.examples import Example, Message
from brandtune.core.ids import content_id
from brandtune.core.records import Record
from brandtune.core.records import SocialPost as Post
from brandtune.core.tasks import brief
from brandtune.core.tasks.base import Task, answered, asked, make_example


class SocialPost(Task):
    """Social posts from a brief."""

    kind: Literal["social_post"] = "social_post"
    """Which task."""
    platforms: tuple[str, ...] = ()
    """Learn from posts on these platforms only, e.g. `[instagram]`. Empty takes all."""
    outcome: Literal["engagement_rate", "click_rate"] = "engagement_rate"
    """Which engagement says that a variant did better, per impression."""
    avoid: tuple[str, ...] = ()
    """Words that the post must not use: told in every brief, and posts that use them are left out."""

    @property
    def metric(self) -> Literal["engagement_rate", "click_rate"]:
        """The engagement that decides between variants."""
        return self.outcome

    def system_prompt(self, brand: Brand) -> str:
        return self._with_instructions(f"You write social media posts for {brand.name}.")

    def answer(self, record: Record) -> str:
        post = record.payload
        if not isinstance(post, Post) or (self.platforms and post.platform.casefold() not in self._wanted()):
            return ""
        return post.text.strip()

    def shared_prompt(self, records: Sequence[Record], brand: Brand) -> tuple[Message, ...]:
        posts = [record.payload for record in records if isinstance(record.payload, Post)]
        answers = [self.answer(record) for record in records]
        if not posts or not all(answers):
            return ()
        text = self._brief(posts, answers)
        return asked(self.system_prompt(brand), text) if text else ()

    def examples(self, record: Record, brand: Brand) -> list[Example]:
        post, answer = record.payload, self.answer(record)
        prompt = self.shared_prompt([record], brand)
        if not isinstance(post, Post) or not prompt or brief.forbidden_in(answer, self.avoid):
            return []
        group = f"campaign:{post.campaign}" if post.campaign else f"post:{content_id(answer)}"
        return [make_example(self, record, answered(prompt, answer), groups=(group,))]

    def why_not(self, record: Record, brand: Brand) -> str:
        if not isinstance(record.payload, Post):
            return ""
        answer = self.answer(record)
        if not answer:
            return "empty post" if not record.payload.text.strip() else "another platform"
        return "uses a word that the brief forbids" if brief.forbidden_in(answer, self.avoid) else brief.BARE

    def _wanted(self) -> frozenset[str]:
        return frozenset(platform.casefold() for platform in self.platforms)

    def _brief(self, posts: Sequence[Post], answers: Sequence[str]) -> str:
        """What is known of the post before it is written; empty when that is less than two things beside the platform."""
        said = brief.lines(
            Product=brief.agreed(p.product for p in posts),
            Audience=brief.agreed(p.audience for p in posts),
            Offer=brief.agreed(p.offer for p in posts),
        )
        mention = brief.common(answers, given=said)
        if len(said) + len(mention) < brief.FEWEST_PIECES:
            return ""
        platform = brief.agreed(p.platform for p in posts)
        rest = brief.lines(
            Mention=", ".join(mention), Avoid=", ".join(self.avoid), Length=brief.length_in_words(answers)
        )
        return "\n".join([*brief.lines(Platform=platform), *said, *rest])
