"""Models from elsewhere: every way in which a folder may be wrong is told, and nothing in it is run."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from sharp_models import write_adapter, write_sharp_model

from brandtune.core.errors import BrandtuneError, ConfigError, DataError, NotFoundError, UsageError
from brandtune.models.export import look_at
from brandtune.models.loading import load_model


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
        (lambda f: change_weights(f, lambda w: dict(sorted(w.items())[2:])), ConfigError, "another base"),
        (lambda f: change_weights(f, lambda w: w | {"extra.lora_A.weight": torch.zeros(2, 2)}), ConfigError, "another"),
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


def test_code_in_a_model_is_refused(base, tmp_path):
    import shutil

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
