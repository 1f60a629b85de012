"""The door people type at. Commands live in one file a group; nothing heavy is imported before a command needs it."""

import logging
import sys


def main() -> None:
    """Entry point of `brandtune`: runs a command and turns every expected failure into its exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command line; returns the exit code (0 done, 1 failure, 2 usage, 3 data, 4 gate, 5 not found, 6 missing)."""
    import click

    from brandtune.cli.app import app
    from brandtune.core.errors import BrandtuneError

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s", stream=sys.stderr)
    try:
        result = app(arguments, standalone_mode=False)
        return int(result or 0)
    except click.exceptions.Exit as stop:
        return int(stop.exit_code)
    except click.ClickException as error:
        error.show()
        return 2
    except BrandtuneError as error:
        _complain(error, arguments)
        return error.exit_code
    except (KeyboardInterrupt, click.exceptions.Abort):
        print("\ninterrupted. What is done is kept; go on with: brandtune run --resume", file=sys.stderr)  # noqa: T201
        return 130
    except BrokenPipeError:
        return 0


def _complain(error: Exception, arguments: list[str]) -> None:
    """One error on stderr, in the same shape everywhere; as JSON on stdout too when that was asked for."""
    from brandtune.cli.console import show_error

    show_error(error, as_json="--json" in arguments)
