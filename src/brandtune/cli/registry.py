"""`models`: what was released, and which model answers under which name."""

from typing import TYPE_CHECKING, Annotated

import typer

from brandtune.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, Session

if TYPE_CHECKING:
    from brandtune.lineage import Registry

models = typer.Typer(help="Released models and their aliases.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.add_typer(models, name="models")


def _registry(session: Session) -> "Registry":
    from brandtune.lineage import Registry

    plan = session.plan()
    return Registry(plan.database, files=plan.workspace)


@models.command("list")
def list_models(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Every released model, oldest first."""
    import msgspec

    session = Session(config, json=as_json)
    registry = _registry(session)
    champion = registry.current("champion")
    releases = registry.releases()
    lines = [
        f"{release.model_id}{'  (champion)' if release.model_id == champion else ''}  {release.created_at}  "
        f"base {release.base}, dataset {release.dataset}"
        for release in releases
    ]
    session.console().result("\n".join(lines) or "no model was released yet", data=msgspec.to_builtins(releases))


@models.command("show")
def show(
    model: Annotated[str, typer.Argument(help="Model id or alias.")] = "champion",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """One model: what it was made from, and the evidence it was released on."""
    import json

    import msgspec

    from brandtune.lineage import Ledger

    session = Session(config, json=as_json)
    release = _registry(session).get(model)
    trace = Ledger(session.plan().database).trace(f"model:{release.model_id}")
    data = {"release": msgspec.to_builtins(release), "lineage": msgspec.to_builtins(trace)}
    session.console().result(json.dumps(data, indent=2, ensure_ascii=False), data=data)


@models.command("promote")
def promote(
    model: Annotated[str, typer.Argument(help="Model id.")],
    alias: Annotated[str, typer.Option(help="Alias to move.")] = "champion",
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Point an alias at a model; promoting an earlier one rolls back."""
    session = Session(config)
    registry = _registry(session)
    registry.promote(model, alias=alias)
    session.console().result(f"{alias} is now {registry.current(alias)}")
