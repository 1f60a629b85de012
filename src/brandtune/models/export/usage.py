"""How to load each format, as a model card says it."""

from pathlib import Path

from brandtune.models.export.settings import Format


def usage(format: Format, folder: Path, *, name: str, base: str) -> str:
    """A few lines in Markdown, for the files that lie in `folder`."""
    ggufs = sorted(path.name for path in folder.glob("*.gguf"))
    if format == "gguf":
        return _block("sh", f"llama-server -m {ggufs[0]} --jinja")
    if format == "gguf-adapter":
        adapter = next(file for file in ggufs if "-adapter-" in file)
        model = next(file for file in ggufs if file != adapter)
        return _block("sh", f"llama-server -m {model} --lora {adapter} --jinja")
    if format == "ollama":
        return _block("sh", f"ollama create {name} -f Modelfile\nollama run {name}")
    if format == "vllm":
        return "The command is in `serve.txt`."
    if format == "peft":
        return _block("python", _peft("base" if (folder / "base").is_dir() else base))
    return _block("python", _TRANSFORMERS)


_TRANSFORMERS = """\
from transformers import AutoModelForCausalLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained(".")
model = AutoModelForCausalLM.from_pretrained(".")"""


def _peft(base: str) -> str:
    return f"""\
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained(".")
model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained("{base}"), ".")"""


def _block(language: str, text: str) -> str:
    return f"```{language}\n{text}\n```\n\nRun in this folder."
