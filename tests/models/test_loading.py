"""Loading: the starter, local folders of several architectures and layouts, adapters, and what is refused."""

import pytest
import torch
from tiny_models import PLAIN_CHATML, write_tiny_model

from brandtune.core.errors import ConfigError, MissingPartError, NotFoundError
from brandtune.core.examples import Message
from brandtune.models import Decoding, generate, load_model
from brandtune.models.generation import TOKENS_TOGETHER, batches, shared_prefix
from brandtune.models.references import fingerprint, resolve


def test_the_starter_loads_and_answers_from_facts():
    model = load_model("starter", precision="fp32")
    prompt = [
        Message(role="system", content="Facts about Corner Cafe:\n- Parking costs $12 per day."),
        Message(role="user", content="How much is parking?"),
    ]
    [reply] = generate(model, [prompt], decoding=Decoding(max_new_tokens=30))
    assert "$12" in reply.text
    assert reply.finished


@pytest.mark.parametrize(
    ("kind", "tied", "shards"), [("llama", False, "1GB"), ("qwen2", True, "200KB"), ("mistral", False, "300KB")]
)
def test_local_folders_load_through_the_same_code(tmp_path, kind, tied, shards):
    folder = write_tiny_model(tmp_path / kind, kind=kind, tied=tied, shard_size=shards, template=PLAIN_CHATML)
    model = load_model(str(folder), precision="fp32")
    [reply] = generate(model, [[Message(role="user", content="Hi")]], decoding=Decoding(max_new_tokens=5))
    assert reply.num_reply_tokens <= 5
    assert model.context == 512


def test_generation_does_not_depend_on_batch_neighbours(tmp_path):
    model = load_model("starter", precision="fp32")
    prompts = [[Message(role="user", content=text)] for text in ("Hi", "Can I book a table for two at seven tonight?")]
    together = generate(model, prompts, decoding=Decoding(max_new_tokens=20))
    alone = [generate(model, [p], decoding=Decoding(max_new_tokens=20))[0] for p in prompts]
    assert [r.text for r in together] == [r.text for r in alone]


def test_a_prompt_longer_than_the_context_is_an_error_with_its_length(tmp_path):
    model = load_model(str(write_tiny_model(tmp_path)), precision="fp32")
    with pytest.raises(Exception, match="context holds 512"):
        generate(model, [[Message(role="user", content="tent " * 600)]], decoding=Decoding())


def test_a_folder_without_model_is_named(tmp_path):
    with pytest.raises(NotFoundError, match=r"no config\.json"):
        load_model(str(tmp_path))


def test_a_missing_path_is_named(tmp_path):
    with pytest.raises(NotFoundError, match="no model at"):
        load_model("./nowhere", base_dir=tmp_path)


def test_a_hub_id_that_cannot_be_fetched_says_what_to_do():
    with pytest.raises(MissingPartError, match="could not be fetched"):
        load_model("nobody-at-all/no-such-model")


def test_hosted_bases_say_they_are_not_there_yet():
    with pytest.raises(ConfigError, match="not implemented yet"):
        resolve("hosted:openai/gpt")


def test_broken_weights_are_a_clear_error(tmp_path):
    folder = write_tiny_model(tmp_path / "broken")
    (folder / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(ConfigError, match="cannot be loaded"):
        load_model(str(folder))


def test_the_fingerprint_changes_with_the_weights(tmp_path):
    folder = write_tiny_model(tmp_path / "a")
    before = fingerprint(str(folder))
    data = bytearray((folder / "model.safetensors").read_bytes())
    data[-1] ^= 1
    (folder / "model.safetensors").write_bytes(bytes(data))
    assert fingerprint(str(folder)) != before


def test_cuda_is_refused_where_there_is_none():
    if torch.cuda.is_available():
        pytest.skip("this machine has a CUDA device")
    with pytest.raises(MissingPartError, match="no CUDA device"):
        load_model("starter", device="cuda")


@pytest.mark.parametrize("guide", ["", "Write plainly, warmly and briefly; never shout. " * 12])
@pytest.mark.parametrize("kind", ["llama", "qwen2", "mistral"])
def test_generation_equals_the_library_one_by_one(tmp_path, kind, guide):
    """Our cache, the shared beginning and the padding change nothing."""
    model = load_model(str(write_tiny_model(tmp_path, kind=kind)), precision="fp32")
    system = [Message(role="system", content=guide)] if guide else []
    prompts = [[*system, Message(role="user", content=text)] for text in ("Hi", "Where is my tent? " * 8, "Ok")]
    assert (shared_prefix([model.renderer.prompt(p) for p in prompts]) > 64) == bool(guide)
    ours = generate(model, prompts, decoding=Decoding(max_new_tokens=12))
    for prompt, reply in zip(prompts, ours, strict=True):
        ids = torch.tensor([model.renderer.prompt(prompt)])
        plain = model.network.generate(
            ids, attention_mask=torch.ones_like(ids), max_new_tokens=12, do_sample=False, pad_token_id=3
        )
        written = [token for token in plain[0, ids.shape[1] :].tolist() if token not in model.renderer.eos_token_ids]
        assert reply.text == model.renderer.decode(written)


def test_shared_prefix_leaves_each_prompt_a_token_of_its_own():
    common = list(range(100))
    assert shared_prefix([common, [*common, 5]]) == 99
    assert shared_prefix([[*common, 1], [*common, 2]]) == 100
    assert shared_prefix([common]) == 0
    assert shared_prefix([[1, 2, 3], [1, 2, 4]]) == 0


def test_batches_hold_every_prompt_once_and_stay_small_for_long_ones():
    lengths = [30] * 40 + [1500] * 30
    groups = batches([list(range(n, n + length)) for n, length in enumerate(lengths)], size=32)
    assert sorted(index for group in groups for index in group) == list(range(70))
    assert all(len(group) * max(lengths[i] for i in group) <= TOKENS_TOGETHER for group in groups)
    assert len(groups[0]) == 32


def test_rows_that_end_early_do_not_change_the_others():
    """The starter's replies differ much in length, so rows leave the batch; each must equal its own lone reply."""
    model = load_model("starter", precision="fp32")
    texts = [
        "Hi",
        "Book a table for two.",
        "What is the weather?",
        "Tell me about music.",
        "Thanks, bye.",
        "Is it open?",
    ]
    prompts = [[Message(role="user", content=text)] for text in texts]
    together = generate(model, prompts, decoding=Decoding(max_new_tokens=40))
    alone = [generate(model, [prompt], decoding=Decoding(max_new_tokens=40))[0] for prompt in prompts]
    assert len({reply.num_reply_tokens for reply in together}) > 2
    assert [reply.text for reply in together] == [reply.text for reply in alone]


def test_sampling_repeats_with_its_seed_and_differs_without():
    model = load_model("starter", precision="fp32")
    prompt = [[Message(role="user", content="Tell me about music.")]]
    settings = {"max_new_tokens": 30, "temperature": 1.0}
    once = generate(model, prompt, decoding=Decoding(**settings, seed=1))
    again = generate(model, prompt, decoding=Decoding(**settings, seed=1))
    other = generate(model, prompt, decoding=Decoding(**settings, seed=2))
    assert once[0].text == again[0].text != other[0].text


def test_prompts_under_one_guide_are_generated_together():
    guides = [[7] * 100, [8] * 100]
    prompts = [[*guides[n % 2], *range(n % 5 + 1)] for n in range(40)]
    groups = batches(prompts, size=32)
    assert len(groups) == 2
    assert all(shared_prefix([prompts[i] for i in group]) >= 100 for group in groups)
