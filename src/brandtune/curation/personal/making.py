"""Puts the parts together as the settings say: who is known, what detects, marks or surrogates."""

from collections.abc import Mapping, Sequence

from brandtune.core.brand import Brand
from brandtune.core.records import Record, Subject
from brandtune.curation.governance import GovernanceConfig
from brandtune.curation.personal.spans import FILLED_WHEN_SERVING
from brandtune.curation.personal.surrogates import Surrogates
from brandtune.curation.pseudonyms import Pseudonyms
from brandtune.curation.steps.personal_data import PersonalDataConfig
from brandtune.scoring.personal.detector import Detector


def pseudonyms_for(
    subjects: Mapping[str, Subject],
    records: Sequence[Record],
    brand: Brand,
    *,
    settings: PersonalDataConfig,
    governance: GovernanceConfig,
    key: str,
) -> Pseudonyms:
    """What finds and replaces personal data in these records."""
    natural = governance.pseudonyms != "placeholders"
    return Pseudonyms(
        subjects,
        records,
        brand,
        regions=settings.regions,
        order_id=settings.order_id,
        detector=_detector(settings),
        surrogates=Surrogates(key) if natural else None,
        keep_marks=FILLED_WHEN_SERVING if governance.pseudonyms == "others" else frozenset(),
    )


def _detector(settings: PersonalDataConfig) -> Detector:
    from brandtune.scoring.personal.names import bundled_names

    names = bundled_names() if settings.names == "bundled" else None
    return Detector(regions=settings.regions, names=names, threshold=settings.certainty)
