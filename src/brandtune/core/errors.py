"""Every error Brandtune raises on purpose, as one tree; each carries the exit code of the command line.

BrandtuneError                 1   something failed and we know what
├── UsageError                 2   the command was called in a way that cannot work
│   └── ConfigError            2   brandtune.yaml (or --set) is wrong; says where
├── DataError                  3   the data cannot be used
│   ├── SourceError            3   a file or service could not be read; says file and line
│   └── EmptyDatasetError      3   nothing, or too little, is left to work with; says what dropped it
├── GateFailed                 4   the model did not pass a gate; says which, with the numbers
├── NotFoundError              5   a run, model, file or stage that was named does not exist
├── MissingPartError           6   an optional part or a service is needed; says how to get it
└── Interrupted              130   stopped by the user; state is kept and the run can be resumed
"""


class BrandtuneError(Exception):
    """An expected failure, said in three parts.

    Args:
        what: What was found, in one sentence.
        where: File, line, column, record id or config path, when there is one.
        fix: What to do next.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str | None = None, fix: str | None = None) -> None:
        super().__init__(what)
        self.what, self.where, self.fix = what, where, fix

    def __str__(self) -> str:
        where = f"{self.where}: " if self.where else ""
        fix = f" {self.fix}" if self.fix else ""
        return f"{where}{self.what}{fix}"


class UsageError(BrandtuneError):
    exit_code = 2


class ConfigError(UsageError):
    """The configuration is wrong; the message says every mistake found in one pass, one a line."""


class DataError(BrandtuneError):
    exit_code = 3


class SourceError(DataError):
    """A file or service could not be read."""


class EmptyDatasetError(DataError):
    """Nothing, or too little, is left to work with."""


class GateFailed(BrandtuneError):
    exit_code = 4


class NotFoundError(BrandtuneError):
    exit_code = 5


class MissingPartError(BrandtuneError):
    exit_code = 6


class Interrupted(BrandtuneError):
    exit_code = 130
