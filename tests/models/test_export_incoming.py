"""Models from elsewhere: every way in which a folder may be wrong is told, and nothing in it is run."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from sharp_models import write_adapter, write_sharp_model

from brandtune.core.errors import BrandtuneError, ConfigError, DataError, NotFoundError, UsageError
from brandtune.models import adapters
from brandtune.models.export import Facts, export, look_at, open_source
from brandtune.models.loading import load_model
from brandtune.workflows import passing_on


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Path:
    return write_sharp_model(tmp_path_factory.mktemp("models") / "tiny", tie_word_embeddings=True)


@pytest.fixture
def adapter(base, tmp_path) -> Path:
    return write_adapter(tmp_path / "adapter", base)


def change(path: Path, **values: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def change_weights(folder: Path, how) -> None:
    path = folder / "adapter_model.safetensors"
    save_file(how(load_file(path)), path)


def test_an_adapter_and_a_whole_model(base, adapter, tmp_path):
    found = look_at(adapter)
    assert (found.base, found.whole) == (str(base), False)
    (adapter / "train.py").write_text("import os")
    (tmp_path / "copy").mkdir()
    found.copy_to(tmp_path / "copy")
    assert sorted(p.name for p in (tmp_path / "copy").iterdir()) == ["adapter_config.json", "adapter_model.safetensors"]
    assert look_at(base).whole


def _nan(weights):
    first = sorted(weights)[0]
    return weights | {first: torch.full_like(weights[first], float("nan"))}


@pytest.mark.parametrize(
    ("spoil", "error", "says"),
    [
        (lambda f: change_weights(f, _nan), DataError, "no numbers"),
        (lambda f: change_weights(f, lambda w: dict(sorted(w.items())[2:])), ConfigError, "2 places have no"),
        (
            lambda f: change_weights(f, lambda w: w | {"extra.lora_A.weight": torch.zeros(2, 2)}),
            ConfigError,
            "1 of its",
        ),
        (lambda f: change(f / "adapter_config.json", r=8), ConfigError, "fit"),
        (lambda f: change(f / "adapter_config.json", peft_type="IA3"), ConfigError, "IA3"),
        (lambda f: change(f / "adapter_config.json", base_model_name_or_path=None), UsageError, "--base"),
        (lambda f: (f / "adapter_config.json").write_text("{"), BrandtuneError, "adapter_config.json"),
        (
            lambda f: (f / "adapter_model.safetensors").write_bytes(b"\x08\0\0\0\0\0\0\0{}"),
            ConfigError,
            "cannot be read",
        ),
        (
            lambda f: (f / "adapter_model.safetensors").rename(f / "adapter_model.bin"),
            UsageError,
            "run code",
        ),
        (
            lambda f: (f / "tokenizer.json").write_text('{"model": {"vocab": {"a": 0}}, "added_tokens": []}'),
            ConfigError,
            "another vocabulary",
        ),
    ],
)
def test_a_spoilt_adapter_is_refused(adapter, spoil, error, says):
    spoil(adapter)
    with pytest.raises(error, match=says):
        look_at(adapter)


def test_an_adapter_for_another_base_is_refused(adapter):
    with pytest.raises(ConfigError, match=r"fit|another base"):
        look_at(adapter, base="starter")


@pytest.fixture
def namesake(base, tmp_path) -> Path:
    """A base of the very same shape whose vocabulary has two words in each other's place."""
    folder = tmp_path / "namesake"
    shutil.copytree(base, folder)
    document = json.loads((folder / "tokenizer.json").read_text())
    words = document["model"]["vocab"]
    one, two = [word for word in words if word.isalpha() and len(word) == 1][:2]
    words[one], words[two] = words[two], words[one]
    (folder / "tokenizer.json").write_text(json.dumps(document))
    return folder


def test_an_adapter_of_another_vocabulary_is_refused_wherever_it_is_put_on_a_base(base, adapter, namesake, tmp_path):
    look_at(adapter, base=str(namesake))  # nothing says what it was trained with
    adapters.note_vocabulary(adapter, tokenizer=load_model(str(base), precision="fp32").renderer.tokenizer)
    says = r"adapter: .*adapter was trained with a vocabulary of .* tokens that are not the .* of the base .*namesake\. Name"
    with pytest.raises(ConfigError, match=says):
        look_at(adapter, base=str(namesake))
    with pytest.raises(ConfigError, match=says):
        load_model(str(namesake), adapter=adapter, precision="fp32")
    with pytest.raises(ConfigError, match=says):
        open_source(str(namesake), trained=adapter)
    with pytest.raises(ConfigError, match=says):
        passing_on.export_folder(adapter, base=str(namesake), format="peft", to=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_note_of_the_vocabulary_goes_along(base, adapter, namesake, tmp_path):
    adapters.note_vocabulary(adapter, tokenizer=load_model(str(base), precision="fp32").renderer.tokenizer)
    (tmp_path / "copy").mkdir()
    look_at(adapter).copy_to(tmp_path / "copy")
    export(
        open_source(str(base), trained=adapter), format="peft", to=tmp_path / "peft", facts=Facts(name="x", base="x")
    )
    for folder in ("copy", "peft"):
        with pytest.raises(ConfigError, match="was trained with a vocabulary"):
            load_model(str(namesake), adapter=tmp_path / folder, precision="fp32")


@pytest.mark.parametrize(
    ("shape", "says"),
    [({"hidden_size": 64}, r"weights have another size, first: .*shape torch.Size\("),
     ({"num_hidden_layers": 1}, "of its weights have no place in it, and 0 places have no weights"),
     ({"num_hidden_layers": 3}, "0 of its weights have no place in it, and 4 places have no weights")],
)  # fmt: skip
def test_a_base_of_another_shape_is_named_with_what_differs(base, tmp_path, shape, says):
    adapter = write_adapter(tmp_path / "adapter", base, target_modules=["q_proj", "up_proj"])
    other = write_sharp_model(tmp_path / "other", tie_word_embeddings=True, **shape)
    for put in (lambda: load_model(str(other), adapter=adapter), lambda: open_source(str(other), trained=adapter)):
        with pytest.raises(
            ConfigError, match=rf"adapter: .*adapter does not fit the base .*other.*{says}.*Name the base"
        ):
            put()


def test_code_in_a_model_is_refused(base, tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(base, folder)
    change(folder / "config.json", auto_map={"AutoModelForCausalLM": "evil.Model"})
    with pytest.raises(UsageError, match="auto_map"):
        look_at(folder)


def test_folders_without_a_model_are_named(tmp_path, base):
    with pytest.raises(NotFoundError, match="no folder"):
        look_at(tmp_path / "none")
    with pytest.raises(NotFoundError, match=r"neither adapter_config\.json nor config\.json"):
        look_at(tmp_path)
    with pytest.raises(UsageError, match="its own base"):
        look_at(base, base="starter")


def test_an_adapter_with_weights_that_are_no_numbers_is_not_loaded(base, adapter):
    load_model(str(base), adapter=adapter, precision="fp32")
    change_weights(adapter, lambda found: {name: value * float("nan") for name, value in found.items()})
    with pytest.raises(DataError, match="weights that are not numbers"):
        load_model(str(base), adapter=adapter, precision="fp32")
