"""Each task: which records become which examples, and what the model is told."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from brandtune.core.brand import Brand
from brandtune.core.examples import Example
from brandtune.core.records import (
    Asset,
    CampaignVariant,
    Conversation,
    Faq,
    LabelledText,
    Origin,
    Pair,
    Payload,
    Product,
    Profile,
    Record,
    Translation,
    Turn,
)
from brandtune.core.records import SocialPost as Post
from brandtune.core.tasks import (
    AnyTask,
    BrandQa,
    CampaignCopy,
    ComplianceCheck,
    Label,
    Localize,
    ProductDescription,
    PromptCompletion,
    SocialPost,
    SupportReply,
    Task,
    TicketIntent,
)
from brandtune.core.tasks import brief as briefs
from brandtune.core.tasks.label import readable
from brandtune.evaluation.judging import LABEL_METRICS, TEXT_METRICS

BRAND = Brand(name="Quill", voice="Be warm.")
ALL_TASKS = (
    BrandQa(), CampaignCopy(), ComplianceCheck(), Label(), Localize(), ProductDescription(), PromptCompletion(),
    SocialPost(), SupportReply(), TicketIntent(),
)  # fmt: skip
PAYLOADS = {
    "support_reply": Conversation(turns=(Turn(role="customer", text="Hi"), Turn(role="agent", text="Hello"))),
    "campaign_copy": CampaignVariant(
        campaign="c1", subject_line="Sale", body="Come in.", product="Books", audience="Readers"
    ),
    "product_description": Product(handle="pen", title="Pen", attributes={"ink": "blue"}, description="It writes."),
    "ticket_intent": LabelledText(text="Where is it?", label="order_status"),
    "label": LabelledText(text="Where is it?", label="order_status"),
    "prompt_completion": Pair(prompt="2+2?", completion="4"),
    "social_post": Post(text="Maps are in.", platform="instagram", product="Atlas", audience="Readers"),
    "brand_qa": Faq(question="May I return a book?", answer="Yes, within 20 days."),
    "compliance_check": Asset(text="Buy now!!!", verdict="rejected", rule="exclamation marks"),
    "localize": Translation(source="Free returns", target="Kostenlose Rückgabe", target_locale="de-DE"),
}


def record(payload: Payload, record_id: str = "r1") -> Record:
    origin = Origin(source="crm", file="a.csv", line=4)
    return Record(record_id=record_id, payload=payload, origin=origin, subject="ana")


def turns(example: Example) -> list[tuple[str, str]]:
    return [(message.role, message.content) for message in example.messages]


def one(task: Task, payload: Payload) -> Example:
    (example,) = task.examples(record(payload), BRAND)
    return example


def talk(text: str, **more: object) -> Conversation:
    """`C: hi | A: hello | N: angry` as a conversation."""
    roles = {"C": "customer", "A": "agent", "N": "note", "S": "system"}
    parts = [part.strip().partition(":") for part in text.split("|")]
    return Conversation(turns=tuple(Turn(role=roles[who], text=said) for who, _, said in parts), **more)


@pytest.mark.parametrize("task", ALL_TASKS, ids=lambda task: task.kind)
class TestEveryTask:
    def test_makes_an_example_with_provenance(self, task: Task) -> None:
        example = one(task, PAYLOADS[task.kind])
        assert (example.task, example.subject, example.source_record_ids) == (task.kind, "ana", ("r1",))
        assert example.origin == Origin(source="crm", file="a.csv", line=4)

    def test_starts_with_its_system_turn_and_ends_with_the_target(self, task: Task) -> None:
        example = one(task, PAYLOADS[task.kind])
        assert turns(example)[0] == ("system", task.system_prompt(BRAND))
        assert example.messages[example.target].role == "assistant"
        assert example.target == len(example.messages) - 1

    def test_ignores_records_of_other_kinds(self, task: Task) -> None:
        own = type(PAYLOADS[task.kind])
        others = [Profile(), *(p for p in PAYLOADS.values() if not isinstance(p, own | Conversation))]
        assert [task.examples(record(payload), BRAND) for payload in others] == [[] for _ in others]

    def test_gives_equal_records_equal_ids_and_others_other_ids(self, task: Task) -> None:
        payload = PAYLOADS[task.kind]
        ids = [task.examples(record(payload, record_id), BRAND)[0].example_id for record_id in ("r1", "r1", "r2")]
        assert ids[0] == ids[1] != ids[2]

    def test_names_the_brand_and_passes_instructions_to_every_prompt(self, task: Task) -> None:
        told = task.model_copy(update={"instructions": "Never use emoji."})
        for prompt in (told.system_prompt(BRAND), told.guided_prompt(BRAND)):
            assert "Quill" in prompt
            assert "Never use emoji." in prompt
        assert task.system_prompt(BRAND) == task.system_prompt(BRAND).strip()

    def test_is_chosen_by_its_kind_and_refuses_unknown_keys(self, task: Task) -> None:
        adapter: TypeAdapter[Task] = TypeAdapter(AnyTask)
        assert adapter.validate_python({"kind": task.kind}) == task
        with pytest.raises(ValidationError):
            adapter.validate_python({"kind": task.kind, "colour": "red"})

    def test_examples_survive_json(self, task: Task) -> None:
        example = one(task, PAYLOADS[task.kind])
        assert msgspec.json.decode(msgspec.json.encode(example), type=Example) == example


def test_the_same_record_has_different_ids_in_different_tasks() -> None:
    payload = LabelledText(text="Where?", label="x")
    assert one(Label(), payload).example_id != one(TicketIntent(), payload).example_id


def test_the_guided_prompt_holds_the_whole_voice_guide_for_texts_only() -> None:
    guided = SupportReply().guided_prompt(BRAND)
    assert guided == "You answer customers of Quill.\n\nFollow this voice guide.\n\nBe warm."
    assert SupportReply().guided_prompt(Brand(name="Quill")) == "You answer customers of Quill."
    assert "Be warm." not in Label().guided_prompt(BRAND)
    assert Label().guided_prompt(BRAND).endswith("Answer with one label and nothing else.")


def test_labels_are_judged_as_labels_and_the_rest_as_text() -> None:
    labels = {task.kind for task in ALL_TASKS if task.output == "label"}
    assert labels == {"label", "ticket_intent", "compliance_check"}


@pytest.mark.parametrize("task", ALL_TASKS, ids=lambda task: task.kind)
def test_every_task_names_metrics_that_evaluation_knows(task: Task) -> None:
    known = {metric.name for metric in (TEXT_METRICS if task.output == "text" else LABEL_METRICS)}
    assert task.metrics
    assert set(task.metrics) <= known
    assert len(set(task.metrics)) == len(task.metrics)


# support_reply


def test_neighbouring_turns_are_joined_and_notes_left_out() -> None:
    example = one(SupportReply(), talk("C: Hi | C: you there? | N: angry | A: Yes. | S: closed | A: How can I help?"))
    assert turns(example)[1:] == [("user", "Hi\nyou there?"), ("assistant", "Yes.\nHow can I help?")]


def test_a_conversation_starts_with_the_customer_and_ends_with_an_answer() -> None:
    example = one(SupportReply(), talk("A: Welcome! | C: Hi | A: Hello | C: Thanks, bye"))
    assert turns(example)[1:] == [("user", "Hi"), ("assistant", "Hello")]


@pytest.mark.parametrize("text", ["C: Hi", "A: Welcome!", "N: angry", "C: Hi | A:  ", "C:  | A: Hello"])
def test_a_conversation_without_an_answer_to_a_customer_teaches_nothing(text: str) -> None:
    assert SupportReply().examples(record(talk(text)), BRAND) == []


def test_which_answer_is_asked_for_can_be_chosen() -> None:
    payload = talk("C: 1 | A: one | C: 2 | A: two | C: 3 | A: three")
    assert one(SupportReply(target_turn="first"), payload).reference == "one"
    assert one(SupportReply(target_turn="last"), payload).reference == "three"


def test_any_answer_is_chosen_evenly_and_always_the_same() -> None:
    payload = talk("C: 1 | A: one | C: 2 | A: two | C: 3 | A: three")

    def chosen() -> list[str]:
        return [SupportReply().examples(record(payload, f"r{i}"), BRAND)[0].reference for i in range(300)]

    first = chosen()
    assert first == chosen()
    assert all(70 < first.count(answer) < 130 for answer in ("one", "two", "three"))


def test_a_conversation_is_one_group_even_when_exported_in_two_records() -> None:
    payload = talk("C: 1 | A: one", conversation_id="t7")
    groups = {SupportReply().examples(record(payload, name), BRAND)[0].groups for name in ("r1", "r2")}
    assert groups == {("conversation:t7",)}
    assert one(SupportReply(), talk("C: 1 | A: one")).groups == ("conversation:r1",)


@given(st.lists(st.tuples(st.sampled_from("CANS"), st.sampled_from(["", " ", "x", "y z"])), max_size=8))
def test_roles_alternate_and_nothing_private_leaks_whatever_the_conversation(said: list[tuple[str, str]]) -> None:
    roles = {"C": "customer", "A": "agent", "N": "note", "S": "system"}
    private = Conversation(
        turns=tuple(Turn(role=roles[who], text="SECRET" if who in "NS" and text else text) for who, text in said)
    )
    for example in SupportReply().examples(record(private), BRAND):
        order = [role for role, _ in turns(example)]
        assert order == ["system", *["user", "assistant"] * (len(order) // 2)]
        assert example.messages[example.target].role == "assistant"
        assert "SECRET" not in str(turns(example))
        assert all(content == content.strip() != "" for _, content in turns(example))


# campaign_copy


def test_a_campaign_brief_becomes_subject_and_body() -> None:
    payload = CampaignVariant(
        campaign="c1", subject_line=" Sale ", body=" Come in. ", product="Books", audience="Readers", offer="-10 %"
    )
    example = one(CampaignCopy(), payload)
    assert turns(example) == [
        ("system", "You write marketing e-mails for Quill."),
        ("user", "Product: Books\nAudience: Readers\nOffer: -10 %\nLength: at most 25 words"),
        ("assistant", "Subject: Sale\n\nCome in."),
    ]
    assert example.groups == ("campaign:c1",)


def test_subject_lines_are_written_from_the_mail() -> None:
    payload = CampaignVariant(campaign="c1", subject_line="Sale", body="Come in.")
    assert turns(one(CampaignCopy(channel="email_subject"), payload)) == [
        ("system", "You write e-mail subject lines for Quill."),
        ("user", "Length: at most 10 characters\nE-mail: Come in."),
        ("assistant", "Sale"),
    ]


@pytest.mark.parametrize(
    "payload",
    [
        CampaignVariant(campaign="c1", subject_line=" ", body="Come in.", product="Books"),
        CampaignVariant(campaign="c1", subject_line="Sale", body="Come in."),
        CampaignVariant(campaign="c1", subject_line="Sale", body="Come in.", product="Books"),
    ],
    ids=["no subject line", "no brief", "a name alone"],
)
def test_a_campaign_without_brief_or_subject_teaches_nothing(payload: CampaignVariant) -> None:
    assert CampaignCopy().examples(record(payload), BRAND) == []


def test_a_mail_never_stands_in_its_own_brief() -> None:
    payload = CampaignVariant(campaign="c1", subject_line="Sale", body="Come in.", product="Books", offer="-10 %")
    assert "Come in." not in turns(one(CampaignCopy(), payload))[1][1]


def test_variants_of_a_campaign_stay_together() -> None:
    pair = [CampaignVariant(campaign="c1", variant=v, subject_line=v, product="Books", offer="-10 %") for v in "AB"]
    assert one(CampaignCopy(), pair[0]).groups == one(CampaignCopy(), pair[1]).groups


# product_description


def test_attributes_become_the_description_and_stay_as_facts() -> None:
    payload = Product(
        handle="pen",
        title="Pen",
        type="Writing",
        attributes={"ink_colour": "blue", "empty": ""},
        description=" Writes. ",
    )
    example = one(ProductDescription(), payload)
    assert turns(example)[1:] == [("user", "name: Pen\ntype: Writing\nink colour: blue"), ("assistant", "Writes.")]
    assert example.facts["ink_colour"] == "blue"
    assert example.groups == ("product:pen",)


def test_a_product_without_a_description_teaches_nothing() -> None:
    assert ProductDescription().examples(record(Product(handle="pen", title="Pen", description=" ")), BRAND) == []


def test_a_product_that_is_only_a_name_teaches_nothing_and_says_why() -> None:
    bare = record(Product(handle="pen", title="Pen", type="Writing", description="It writes."))
    assert ProductDescription().examples(bare, BRAND) == []
    assert ProductDescription().why_not(bare, BRAND) == briefs.BARE


def test_where_the_catalogue_says_nothing_the_brief_is_worked_back_from_the_text() -> None:
    text = "It weighs 12 g and writes for 3 years. Until Sunday it costs $4.50."
    example = one(ProductDescription(), Product(handle="pen", title="Pen", description=text))
    assert turns(example)[1] == ("user", "name: Pen\nmention: 12 g, 3 years, $4.50")
    assert "mention" not in example.facts


# briefs

WORDS = ("We", "made", "20%", "off", "until", "Sunday", "$5", "Blue", "Harbour", "Pen", "at", "night", ",", ".", "it")


def test_a_campaign_brief_tells_what_the_copy_mentions_and_what_it_must_avoid() -> None:
    copy = CampaignVariant(
        campaign="c1", product="Atlas", subject_line="Atlas is here",
        body="Until Sunday, save 20% off. Code ATLAS20 at https://quill.example/atlas. See you at the Harbour Row Shop.",
    )  # fmt: skip
    task = CampaignCopy(avoid=("cheap",))
    assert turns(one(task, copy))[1][1] == (
        "Product: Atlas\nMention: 20% off, ATLAS20, https://quill.example/atlas, Harbour Row Shop\nAvoid: cheap\n"
        "Length: at most 25 words"
    )
    forbidden = record(msgspec.structs.replace(copy, subject_line="Cheap maps"))
    assert task.examples(forbidden, BRAND) == []
    assert task.why_not(forbidden, BRAND) == "uses a word that the brief forbids"


@given(st.lists(st.sampled_from(WORDS), max_size=40))
def test_what_is_worked_back_stands_in_the_text_and_is_no_wording(parts: list[str]) -> None:
    text = " ".join(parts)
    found = briefs.worked_back(text)
    flat = " ".join(text.split())
    assert all(piece in flat for piece in found)
    assert all(len(piece.split()) <= 4 for piece in found)
    assert len({piece.casefold() for piece in found}) == len(found) <= 8
    assert briefs.worked_back(text, given=found) == () or len(found) == 8


SAID = ("A", "slow", "day", "needs", "5", "good", "reasons.", "Save", "10%", "on", "Atlas", "Gloves", "until", "Friday")
COPY = st.lists(st.sampled_from(SAID), min_size=1, max_size=60).map(" ".join)


@given(COPY, COPY)
def test_no_five_words_in_a_row_stand_in_the_brief_and_the_copy(subject_line: str, body: str) -> None:
    copy = CampaignVariant(campaign="c", product="Atlas", offer="10% off", subject_line=subject_line, body=body)
    for example in CampaignCopy().examples(record(copy), BRAND):
        words = example.reference.split()
        runs = {" ".join(words[n : n + 5]) for n in range(len(words) - 4)}
        assert not [run for run in runs if run in example.messages[1].content]


def test_a_headline_in_capitals_gives_none_of_its_wording_away() -> None:
    assert briefs.worked_back("What The Man Said To His Son On The Train Will Change You") == ()


def test_variants_share_only_what_they_have_in_common() -> None:
    one_, other = (
        record(CampaignVariant(campaign="c", variant=v, product="Atlas", offer="10% off", subject_line=s, body=b), v)
        for v, s, b in (("A", "Maps for $5", "x"), ("B", "Maps for $5 until Sunday", "y"))
    )
    prompt = CampaignCopy(channel="email_subject").shared_prompt([one_, other], BRAND)
    assert prompt[-1].content == "Product: Atlas\nOffer: 10% off\nMention: $5\nLength: at most 30 characters"


# social_post


def test_a_post_is_written_from_its_brief() -> None:
    post = Post(text=" Trail Days start on Sunday. #maps ", platform="Instagram", campaign="s1", product="Atlas")
    example = one(SocialPost(), post)
    assert turns(example)[1:] == [
        ("user", "Platform: Instagram\nProduct: Atlas\nMention: on Sunday, #maps\nLength: at most 25 words"),
        ("assistant", "Trail Days start on Sunday. #maps"),
    ]
    assert example.groups == ("campaign:s1",)


def test_posts_of_other_platforms_and_bare_posts_are_left_out_with_the_reason() -> None:
    post = record(Post(text="Good morning.", platform="X"))
    assert SocialPost().why_not(post, BRAND) == briefs.BARE
    assert SocialPost(platforms=("instagram",)).why_not(post, BRAND) == "another platform"
    assert SocialPost().why_not(record(Post(text=" ")), BRAND) == "empty post"
    assert SocialPost().examples(post, BRAND) == []


# brand_qa


def test_one_answer_to_two_questions_is_one_group_and_the_topic_is_told() -> None:
    asked = [Faq(question=q, answer="Yes,  within 20 days.", topic="Returns") for q in ("Can I?", "May I?")]
    examples = [one(BrandQa(), faq) for faq in asked]
    assert examples[0].groups == examples[1].groups
    assert turns(examples[0])[1] == ("user", "Topic: Returns\nCan I?")
    assert turns(one(BrandQa(topic="left_out"), asked[0]))[1] == ("user", "Can I?")
    assert BrandQa().metrics[0] == "facts_ok"


@pytest.mark.parametrize(
    ("faq", "why"), [(Faq(question=" ", answer="x"), "no question"), (Faq(question="x", answer=""), "no answer")]
)
def test_half_a_question_teaches_nothing(faq: Faq, why: str) -> None:
    assert (BrandQa().examples(record(faq), BRAND), BrandQa().why_not(record(faq), BRAND)) == ([], why)


# compliance_check


def test_a_verdict_names_its_rule_unless_it_is_told_not_to() -> None:
    asset = Asset(text="Buy now!!!", verdict="needs_changes", rule="no exclamation marks", channel="e-mail")
    example = one(ComplianceCheck(), asset)
    assert turns(example)[1] == ("user", "Channel: e-mail\nBuy now!!!")
    assert example.label == "needs changes: no exclamation marks"
    assert one(ComplianceCheck(answer_with="verdict"), asset).label == "needs changes"
    assert one(ComplianceCheck(), Asset(text="Fine.", verdict="approved")).label == "approved"
    assert ComplianceCheck().why_not(record(Asset(text="Fine.", verdict=" ")), BRAND) == "no verdict"


# localize


def test_a_translation_is_asked_for_with_the_terms_that_its_text_needs() -> None:
    text = Translation(
        source="Your Basecamp account has a gift card.", target="Dein Basecamp-Konto hat eine Geschenkkarte.",
        source_locale="en-GB", target_locale="de-DE", glossary={"gift card": "Geschenkkarte", "tent": "Zelt"},
    )  # fmt: skip
    example = one(Localize(glossary={"basecamp account": "Basecamp-Konto"}), text)
    assert turns(example)[1][1] == (
        "Into de-DE, from en-GB.\nGlossary: basecamp account = Basecamp-Konto; gift card = Geschenkkarte\n"
        "Text: Your Basecamp account has a gift card."
    )
    other = msgspec.structs.replace(text, target_locale="fr-FR", glossary={})
    assert one(Localize(), other).groups == one(Localize(), text).groups


def test_a_translation_that_breaks_the_glossary_is_left_out_unless_wanted() -> None:
    text = record(Translation(source="A tent", target="Eine Plane", target_locale="de-DE", glossary={"tent": "Zelt"}))
    assert Localize().examples(text, BRAND) == []
    assert Localize().why_not(text, BRAND) == "does not keep to the glossary"
    assert len(Localize(on_broken_glossary="keep").examples(text, BRAND)) == 1
    assert Localize(locales=("fr-FR",)).why_not(text, BRAND) == "another locale"
    assert Localize().why_not(record(Translation(source="A tent", target="Zelt")), BRAND) == "no target locale"


# label and ticket_intent


def test_labels_are_learnt_as_words() -> None:
    example = one(Label(what="urgency"), LabelledText(text=" Help! ", label="very_urgent"))
    assert turns(example) == [
        ("system", "You label messages of Quill with their urgency."),
        ("user", "Help!"),
        ("assistant", "very urgent"),
    ]
    assert example.label == "very urgent"


def test_a_closed_set_leaves_other_labels_out() -> None:
    task = Label(labels=("late",))
    assert one(task, LabelledText(text="x", label="late")).label == "late"
    assert task.examples(record(LabelledText(text="x", label="other")), BRAND) == []


@pytest.mark.parametrize("payload", [LabelledText(text=" ", label="x"), LabelledText(text="x", label=" ")])
def test_a_text_or_label_that_is_blank_teaches_nothing(payload: LabelledText) -> None:
    assert Label().examples(record(payload), BRAND) == []


def test_a_ticket_intent_comes_from_its_one_tag_and_first_customer_turn() -> None:
    payload = talk("A: Welcome | C:  Where is my order?  | A: On its way", tags=("vip", "intent_order_status"))
    example = one(TicketIntent(), payload)
    assert turns(example)[1:] == [("user", "Where is my order?"), ("assistant", "order status")]
    assert example.label == "order status"


@pytest.mark.parametrize("tags", [(), ("vip",), ("intent_a", "intent_b")])
def test_a_ticket_with_no_intent_or_two_is_ambiguous_and_left_out(tags: tuple[str, ...]) -> None:
    assert TicketIntent().examples(record(talk("C: Hi | A: Hello", tags=tags)), BRAND) == []


def test_the_tag_prefix_is_the_companys_own() -> None:
    payload = talk("C: Hi | A: Hello", tags=("topic:return",))
    assert one(TicketIntent(tag_prefix="topic:"), payload).label == "return"


@given(st.text())
def test_making_a_label_readable_twice_changes_nothing(label: str) -> None:
    assert readable(readable(label)) == readable(label)
    assert "_" not in readable(label)


# prompt_completion


def test_a_pair_is_taken_as_it_stands() -> None:
    assert turns(one(PromptCompletion(goal="short answers"), Pair(prompt=" 2+2? ", completion=" 4 "))) == [
        ("system", "You write short answers for Quill."),
        ("user", "2+2?"),
        ("assistant", "4"),
    ]


def test_a_pairs_own_system_turn_wins() -> None:
    assert turns(one(PromptCompletion(), Pair(prompt="a", completion="b", system=" Be brief. ")))[0] == (
        "system",
        "Be brief.",
    )


@pytest.mark.parametrize("pair", [Pair(prompt=" ", completion="b"), Pair(prompt="a", completion="\n")])
def test_half_a_pair_teaches_nothing(pair: Pair) -> None:
    assert PromptCompletion().examples(record(pair), BRAND) == []
