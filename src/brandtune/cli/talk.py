"""`chat` and `generate`: a released model at work."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from brandtune.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, QuietOption, Session, SetOption

if TYPE_CHECKING:
    from brandtune.serving import Answer, Assistant

ContextOption = Annotated[
    list[str] | None,
    typer.Option("--fill", metavar="MARK=VALUE", help="Value for a placeholder, e.g. CUSTOMER_NAME=Ana."),
]


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.command()(chat)
    app.command()(generate)


def chat(
    model: Annotated[str, typer.Argument(help="Model id, alias, or `base` for the untuned base.")] = "champion",
    message: Annotated[
        list[str] | None, typer.Option("--message", "-m", help="Say this and print the answer (repeatable).")
    ] = None,
    task: Annotated[str | None, typer.Option(help="Answer as this task; the first text task if not given.")] = None,
    rag: Annotated[bool, typer.Option("--rag/--no-rag", help="Retrieve facts into the prompt.")] = False,
    fill: ContextOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    overrides: SetOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Talk to a released model; it answers in the house voice."""
    from brandtune.core.examples import Message

    session = Session(config, overrides or [], as_json, quiet)
    assistant = _assistant(session, model, task=task, rag=rag, fill=fill)
    conversation: list[Message] = []
    answers: list[dict[str, Any]] = []
    piped = None if message or sys.stdin.isatty() else [sys.stdin.read()]
    for text in message or piped or _typed(session, assistant, conversation):
        conversation.append(Message(role="user", content=text.strip()))
        answer = assistant.answer(conversation)
        conversation.append(Message(role="assistant", content=answer.text))
        answers.append(_answer_document(answer))
        if not as_json:
            _show(session, answer)
    if as_json:
        session.console().result("", data={"model": model, "answers": answers})


def _typed(session: Session, assistant: "Assistant", conversation: list[Any]) -> Any:
    """What a person types, line by line, until an empty line or end of input; /new starts over."""
    console = session.console()
    console.err.print(
        f"[bold]{assistant.brand.name}[/], {assistant.task.kind}. An empty line ends, /new starts a new conversation."
    )
    while True:
        try:
            text = input("\nyou> ").strip()
        except EOFError:
            return
        if not text or text in ("/quit", "/exit"):
            return
        if text == "/new":
            conversation.clear()
            console.err.print("new conversation")
            continue
        yield text


def _show(session: Session, answer: "Answer") -> None:
    console = session.console()
    console.result(f"\n{answer.text}")
    notes = [f"{finding.rule}: {finding.message}" for finding in answer.findings if finding.level == "error"]
    if answer.unfilled:
        marks = ", ".join(answer.unfilled)
        notes.append(f"no value for {marks}; give one with --fill {answer.unfilled[0]}=…")
    if not answer.finished:
        notes.append("the answer reached the longest length allowed (evaluation.decoding.max_new_tokens)")
    for note in notes:
        console.say(f"  note: {note}")


def _answer_document(answer: "Answer") -> dict[str, Any]:
    return {
        "text": answer.text,
        "findings": [{"rule": f.rule, "message": f.message, "level": f.level} for f in answer.findings],
        "unfilled": list(answer.unfilled),
        "finished": answer.finished,
        "passages": [passage.key for passage in answer.passages],
    }


def generate(
    input_file: Annotated[Path, typer.Option("--input", "-i", help="JSONL: {prompt} or {messages}, one a line.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="JSONL to write; stdout if not given.")] = None,
    task: Annotated[str | None, typer.Option(help="Which task; the first text task if not given.")] = None,
    model: Annotated[str, typer.Option(help="Model id, alias, or `base`.")] = "champion",
    rag: Annotated[bool, typer.Option("--rag/--no-rag", help="Retrieve facts into the prompt.")] = False,
    fill: ContextOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    overrides: SetOption = None,
    quiet: QuietOption = False,
) -> None:
    """Write a text for each line of a file."""
    from brandtune.core.storage import write_text

    session = Session(config, overrides or [], False, quiet)
    rows = _read_prompts(input_file)
    assistant = _assistant(session, model, task=task, rag=rag, fill=fill)
    lines: list[str] = []
    with session.console().task("generating", total=len(rows)) as bar:
        for messages in rows:
            answer = _answer_document(assistant.answer(messages))
            lines.append(json.dumps({"messages": [_plain(m) for m in messages], **answer}, ensure_ascii=False))
            bar.advance()
    text = "".join(f"{line}\n" for line in lines)
    if output:
        write_text(output, text)
        session.console().say(f"wrote {len(lines)} texts to {output}")
    else:
        sys.stdout.write(text)


def _plain(message: Any) -> dict[str, str]:
    return {"role": message.role, "content": message.content}


def _read_prompts(path: Path) -> list[Any]:
    import msgspec

    from brandtune.core.errors import EmptyDatasetError, NotFoundError, SourceError
    from brandtune.core.examples import Message

    if not path.is_file():
        raise NotFoundError("the file does not exist.", where=str(path))
    rows: list[Any] = []
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = msgspec.json.decode(line)
            turns = row["messages"] if "messages" in row else [{"role": "user", "content": row["prompt"]}]
            rows.append(msgspec.convert(turns, list[Message]))
        except (msgspec.DecodeError, msgspec.ValidationError, KeyError, TypeError) as error:
            raise SourceError(
                f"not a JSON object with `prompt` or `messages` ({error}).", where=f"{path}:{number}"
            ) from None
    if not rows:
        raise EmptyDatasetError("there is nothing in it.", where=str(path))
    return rows


def _assistant(session: Session, model: str, *, task: str | None, rag: bool, fill: list[str] | None) -> "Assistant":
    from brandtune.workflows.answering import open_assistant

    return open_assistant(session.plan(), model=model, task=task, rag=rag, context=_context(fill or []))


def _context(fill: list[str]) -> dict[str, str]:
    from brandtune.core.errors import UsageError

    values: dict[str, str] = {}
    for text in fill:
        name, separator, value = text.partition("=")
        if not separator:
            raise UsageError(f"--fill {text!r} is not of the form MARK=VALUE.")
        values[name.strip("[]").upper()] = value
    return values
