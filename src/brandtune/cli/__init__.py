"""The door people type at. Commands live in one file a group; nothing heavy is imported before a command needs it."""

import logging
import sys

import typer


def main() -> None:
    """Entry point of `brandtune`: runs a command and turns every expected failure into its exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command line; returns the exit code (0 done, 1 failure, 2 usage, 3 data, 4 gate, 5 not found, 6 missing)."""
    from brandtune.workflows import together

    if together.started_together():
        return together.run(lambda: _run(arguments))
    return _run(arguments)


def _run(arguments: list[str]) -> int:
    from brandtune.cli.app import app
    from brandtune.core.errors import BrandtuneError

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s", stream=sys.stderr)
    try:
        result = app(arguments, standalone_mode=False)
        return int(result or 0)
    except BrandtuneError as error:
        _complain(error, arguments)
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        sys.stderr.write("\ninterrupted. What is done is kept; go on with: brandtune run --resume\n")
        return 130
    except BrokenPipeError:
        return 0
    except Exception as error:
        return _usage_exit_code(error)


def _usage_exit_code(error: Exception) -> int:
    """Exit code of the parser's own errors, shown its way; anything else is unexpected and goes on with its traceback.

    Told by what they can do, because typer releases differ in whose classes they raise.
    """
    if not hasattr(error, "exit_code"):
        raise error
    if hasattr(error, "show"):
        error.show()
        return 2
    return int(error.exit_code)


def _complain(error: Exception, arguments: list[str]) -> None:
    """One error on stderr, in the same shape everywhere; as JSON on stdout too when that was asked for."""
    from brandtune.cli.console import show_error

    show_error(error, as_json="--json" in arguments)
