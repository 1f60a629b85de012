"""Pseudonyms: who is replaced by which mark, consistently, and what is left alone."""

import itertools
import logging

import pytest
from bookshop import Curate, balanced, record, talk

from brandtune.core.placeholders import PATTERN
from brandtune.core.records import CampaignVariant, Conversation, Product, Turn
from brandtune.core.tasks import CampaignCopy, ProductDescription, SupportReply
from brandtune.curation import Curated, CurationConfig
from brandtune.curation.cues import cued_names

STEPS = CurationConfig(steps=("consent", "repair", "clean", "personal_data"))


def texts(curated: Curated) -> list[str]:
    return [message.content for message in curated.kept[0].messages if message.role != "system"]


@pytest.mark.parametrize(
    ("said", "becomes"),
    [
        ("My name is Ana Lopez.", "My name is [CUSTOMER_NAME]."),
        ("It is late. Ana", "It is late. [CUSTOMER_NAME]"),
        ("thanks, ana", "thanks, [CUSTOMER_NAME]"),
        ("Thanks,\nAna 😀", "Thanks,\n[CUSTOMER_NAME] 😀"),
        ("Lopez, Ana is on the label", "[CUSTOMER_NAME] is on the label"),
        ("Ana's parcel", "[CUSTOMER_NAME]'s parcel"),
        ("Banana bread, analog books", "Banana bread, analog books"),
        ("Write to ana@mail.example", "Write to [EMAIL]"),
        ("one@mail.example, two@mail.example, one@mail.example", "[EMAIL], [EMAIL_2], [EMAIL]"),
        ("My sister Zelda said so", "My sister [PERSON_NAME] said so"),
        ("Zoe Adeyemi can confirm", "[PERSON_NAME] can confirm"),
        ("I spoke to Brenda yesterday", "I spoke to [AGENT_NAME] yesterday"),
        ("Hi Sam,\nwhere is it?", "Hi [AGENT_NAME],\nwhere is it?"),
        ("Hi team,\nwhere is it?", "Hi team,\nwhere is it?"),
        ("Dear Quill Books,\nwhere is it?", "Dear Quill Books,\nwhere is it?"),
        ("See you in May or June", "See you in May or June"),
        ("I will hope for the best", "I will hope for the best"),
        ("It goes to 3 Harbour Row", "It goes to [ADDRESS]"),
        ("it goes to 3 harbour row", "it goes to [ADDRESS]"),
        ("my account is u-ana-4711", "my account is [ID]"),
        ("Order QB-12345 is late", "Order [ORDER_ID] is late"),
        ("Is hello@quillshop.example yours?", "Is hello@quillshop.example yours?"),
        ("Already [ORDER_ID] here", "Already [ORDER_ID] here"),
        ("👩‍👩‍👧 אנה 😀", "👩‍👩‍👧 אנה 😀"),
        ("It went to İstanbul. Ana", "It went to İstanbul. [CUSTOMER_NAME]"),
    ],
)
def test_customer_turns(run: Curate, said: str, becomes: str) -> None:
    assert texts(run([record(talk(said, "We will look into it today."))], config=STEPS))[0] == becomes


@pytest.mark.parametrize(
    ("said", "becomes"),
    [
        ("Hi Ana,\n\nyour book left today.", "Hi [CUSTOMER_NAME],\n\nyour book left today."),
        ("Hi Annie,\n\nyour book left today.", "Hi [CUSTOMER_NAME],\n\nyour book left today."),
        ("Your book left today.\n\nBest,\nSam", "Your book left today.\n\nBest,\n[AGENT_NAME]"),
        ("Dear Ms Lopez, your book left.", "Dear Ms [CUSTOMER_NAME], your book left."),
        ("Mr Hope called. Hope it helps.", "Mr [CUSTOMER_NAME] called. Hope it helps."),
    ],
)
def test_agent_turns(run: Curate, said: str, becomes: str) -> None:
    assert texts(run([record(talk("Where is my book?", said))], config=STEPS))[1] == becomes


def test_names_that_are_words_need_a_cue(run: Curate) -> None:
    said = "Hi Will,\n\nWill you be home? It will come today. I hope that helps, Will Hope."
    curated = run([record(talk("Thanks,\nWill", said), subject="will")], config=STEPS)
    assert texts(curated) == [
        "Thanks,\n[CUSTOMER_NAME]",
        "Hi [CUSTOMER_NAME],\n\nWill you be home? It will come today. I hope that helps, [CUSTOMER_NAME].",
    ]


def test_agents_are_known_from_their_turns(run: Curate) -> None:
    turns = (
        Turn(role="customer", text="Is Priya there? Priya helped me."),
        Turn(role="agent", text="This is Priya Nair again.", author="Priya Nair"),
        Turn(role="note", text="VIP", author="Boss"),
    )
    curated = run([record(Conversation(turns=turns))], config=STEPS)
    assert texts(curated) == ["Is [AGENT_NAME] there? [AGENT_NAME] helped me.", "This is [AGENT_NAME] again."]


def test_numbers_follow_first_appearance_across_turns(run: Curate) -> None:
    curated = run(
        [
            record(
                talk(
                    "Orders QB-11111 and QB-22222",
                    "QB-22222 left, QB-11111 waits.",
                    "And QB-33333?",
                    "Tomorrow it leaves.",
                )
            )
        ],
        config=STEPS,
    )
    assert texts(curated)[:3] == [
        "Orders [ORDER_ID] and [ORDER_ID_2]",
        "[ORDER_ID_2] left, [ORDER_ID] waits.",
        "And [ORDER_ID_3]?",
    ]


def test_product_titles_are_no_names(run: Curate) -> None:
    rows = [
        record(
            Product(
                handle="ana",
                title="Ana Atlas",
                attributes={"pages": "320"},
                description="A book of maps by nobody in particular.",
            ),
            subject=None,
            record_id="p",
        ),
        record(talk("Is the Ana Atlas here? Ana", "Yes, the Ana Atlas is here.")),
    ]
    curated = run(rows, tasks=[SupportReply(), ProductDescription()], config=STEPS)
    by_task = {example.task: example for example in curated.kept}
    assert by_task["support_reply"].messages[1].content == "Is the Ana Atlas here? [CUSTOMER_NAME]"
    assert "Ana Atlas" in by_task["product_description"].messages[1].content


def test_campaigns_lose_contacts_and_keep_names(run: Curate) -> None:
    copy = CampaignVariant(
        campaign="c", product="Atlas", subject_line="Ana recommends: write to ana@mail.example", body="x"
    )
    curated = run([record(copy, subject=None)], tasks=[CampaignCopy(channel="email_subject")], config=STEPS)
    assert curated.kept[0].reference == "Ana recommends: write to [EMAIL]"


def test_the_report_counts_and_never_quotes(run: Curate, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    rows = [record(talk("Ana here, ana@mail.example, QB-12345", "Hi Ana, it left."))]
    curated = run(rows)
    assert curated.report.personal_data.mentions == {"CUSTOMER_NAME": 2, "EMAIL": 1, "ORDER_ID": 1}
    assert curated.report.personal_data.records_touched == 1
    told = f"{curated.report}{curated.dropped}{caplog.text}"
    assert not any(secret in told for secret in ("Ana", "ana@", "12345", "Lopez"))
    balanced(curated)


def test_what_slips_through_is_caught_at_the_end(run: Curate) -> None:
    rows = [record(talk("Where is my book?", "Write to ana@mail.example please."))]
    config = CurationConfig(steps=("consent", "personal_data", "personal_data_check"))
    assert run(rows, config=config).dropped == []
    pairs = itertools.permutations(("ana@mail.example", "4242 4242 4242 4242", "+442079460958"))
    for index, parts in enumerate(pairs):
        curated = run([record(talk("Where is it?", " ".join(parts)), record_id=str(index))], config=config)
        assert not curated.dropped and len(PATTERN.findall(curated.kept[0].reference)) == 3


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "unit",
    [
        "Hi ",
        "my sister Aa ",
        "A",
        "Aa ",
        "thanks ",
        "thanks\n",
        "\n",
        "Mr Aa ",
        " ",
        "I'm Aa",
        "a",
        "!",
        "Aa here",
        "my dear ",
    ],
)
def test_cues_are_linear(unit: str) -> None:
    list(cued_names((unit * 2_000_000)[:2_000_000], "customer"))
