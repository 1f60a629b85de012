"""Each task: which records become which examples, and what the model is told."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from brandtune.core.brand import Brand
from brandtune.core.examples import Example
from brandtune.core.records import (
    CampaignVariant,
    Conversation,
    LabelledText,
    Origin,
    Pair,
    Payload,
    Product,
    Profile,
    Record,
    Turn,
)
from brandtune.core.tasks import (
    AnyTask,
    CampaignCopy,
    Label,
    ProductDescription,
    PromptCompletion,
    SupportReply,
    Task,
    TicketIntent,
)
from brandtune.core.tasks.label import readable

BRAND = Brand(name="Quill", voice="Be warm.")
ALL_TASKS = (CampaignCopy(), Label(), ProductDescription(), PromptCompletion(), SupportReply(), TicketIntent())
PAYLOADS = {
    "support_reply": Conversation(turns=(Turn(role="customer", text="Hi"), Turn(role="agent", text="Hello"))),
    "campaign_copy": CampaignVariant(campaign="c1", subject_line="Sale", body="Come in.", product="Books"),
    "product_description": Product(handle="pen", title="Pen", description="It writes."),
    "ticket_intent": LabelledText(text="Where is it?", label="order_status"),
    "label": LabelledText(text="Where is it?", label="order_status"),
    "prompt_completion": Pair(prompt="2+2?", completion="4"),
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
    assert {task.kind for task in ALL_TASKS if task.output == "label"} == {"label", "ticket_intent"}


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
        ("user", "Product: Books\nAudience: Readers\nOffer: -10 %"),
        ("assistant", "Subject: Sale\n\nCome in."),
    ]
    assert example.groups == ("campaign:c1",)


def test_subject_lines_are_written_from_the_mail() -> None:
    payload = CampaignVariant(campaign="c1", subject_line="Sale", body="Come in.")
    assert turns(one(CampaignCopy(channel="email_subject"), payload)) == [
        ("system", "You write e-mail subject lines for Quill."),
        ("user", "E-mail: Come in."),
        ("assistant", "Sale"),
    ]


@pytest.mark.parametrize(
    "payload",
    [
        CampaignVariant(campaign="c1", subject_line=" ", body="Come in.", product="Books"),
        CampaignVariant(campaign="c1", subject_line="Sale", body="Come in."),
    ],
    ids=["no subject line", "no brief"],
)
def test_a_campaign_without_brief_or_subject_teaches_nothing(payload: CampaignVariant) -> None:
    assert CampaignCopy().examples(record(payload), BRAND) == []


def test_a_mail_never_stands_in_its_own_brief() -> None:
    payload = CampaignVariant(campaign="c1", subject_line="Sale", body="Come in.", product="Books")
    assert "Come in." not in turns(one(CampaignCopy(), payload))[1][1]


def test_variants_of_a_campaign_stay_together() -> None:
    pair = [CampaignVariant(campaign="c1", variant=v, subject_line=v, product="Books") for v in "AB"]
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
