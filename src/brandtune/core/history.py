"""A person with everything that is known about them, in order."""

from brandtune.core.records import Record, Struct, Subject


class History(Struct, frozen=True, kw_only=True):
    """All records of one person in time order, undated ones last."""

    subject: Subject
    records: tuple[Record, ...]
