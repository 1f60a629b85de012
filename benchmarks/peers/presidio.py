"""The peer's side of `benchmarks.personal_data`; runs in the peers' environment (presidio-analyzer, presidio-evaluator).

python presidio.py find WARM.json TEXTS.json    stock Presidio: spans and seconds
python presidio.py score DATA.json SPANS.json   presidio-research's evaluators on somebody's spans
python presidio.py texts OUT.json               sentences with every kind of number, made by Faker
"""

import contextlib
import json
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any


def engine() -> Any:
    """Stock Presidio on a blank English pipeline: no model can be had from the package index."""
    import spacy
    import tldextract
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    class Blank(SpacyNlpEngine):
        def load(self) -> None:
            self.nlp = {"en": spacy.blank("en")}

    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=())  # never the network
    nlp = Blank(models=[{"lang_code": "en", "model_name": "blank"}])
    nlp.load()
    registry = RecognizerRegistry(supported_languages=["en"])
    registry.load_predefined_recognizers(nlp_engine=nlp, languages=["en"])
    with contextlib.suppress(ValueError):
        registry.remove_recognizer("SpacyRecognizer")
    return AnalyzerEngine(registry=registry, nlp_engine=nlp, supported_languages=["en"])


def find(warm: list[str], texts: list[str]) -> dict[str, Any]:
    analyzer = engine()
    for text in warm:
        analyzer.analyze(text, language="en")
    started = time.process_time()
    results = [analyzer.analyze(text, language="en", score_threshold=0.4) for text in texts]
    seconds = time.process_time() - started
    spans = [[[r.start, r.end, r.entity_type, r.score] for r in found] for found in results]
    return {"seconds": seconds, "spans": spans, "versions": _versions()}


def score(rows: list[dict[str, Any]], spans: list[list[list[Any]]]) -> dict[str, Any]:
    import spacy
    from presidio_evaluator import InputSample, Span, span_to_tag
    from presidio_evaluator.entity_mapping import CanonicalMapper
    from presidio_evaluator.evaluation import SpanEvaluator, TokenEvaluator
    from presidio_evaluator.models import BaseModel

    spacy.load = lambda *_args, **_kwargs: spacy.blank("en")  # the evaluator only splits words with it

    class Ready(BaseModel):
        """Hands out the spans that were found elsewhere."""

        def predict(self, sample: Any, **_kwargs: Any) -> list[str]:
            mine = spans[sample.sample_id]
            return span_to_tag(
                scheme="IO", text=sample.full_text, starts=[s[0] for s in mine], ends=[s[1] for s in mine],
                tags=[s[2] for s in mine], scores=[s[3] for s in mine], tokens=sample.tokens,
            )  # fmt: skip

        def batch_predict(self, dataset: list[Any], **kwargs: Any) -> list[list[str]]:
            return [self.predict(sample) for sample in dataset]

    samples = [
        InputSample(
            full_text=row["full_text"], sample_id=index, create_tags_from_span=True,
            spans=[Span(s["entity_type"], s["entity_value"], s["start_position"], s["end_position"]) for s in row["spans"]],
        )
        for index, row in enumerate(rows)
    ]  # fmt: skip
    frame = Ready().predict_dataset(samples)
    mapper = CanonicalMapper()
    mapper.analyze(frame)
    mapper.map(dict.fromkeys(mapper.pending, "PII"))
    binary = mapper.get_mapped_results_dataframe().binary
    token = TokenEvaluator().calculate_score_on_df(binary, beta=2.0)
    span = SpanEvaluator().calculate_score_on_df(binary, beta=2.0)
    typed = TokenEvaluator().calculate_score_on_df(frame, beta=2.0)
    return {
        "token": _pii(token), "span": _pii(span), "versions": _versions(),
        "by_entity": {name: {"precision": m.precision, "recall": m.recall, "f2": m.f_beta, "words": m.num_annotated}
                      for name, m in sorted(typed.per_type.items()) if m.num_annotated},
    }  # fmt: skip


def texts() -> list[str]:
    from faker import Faker

    fake = Faker("en_US")
    fake.seed_instance(11)
    others = [Faker(locale) for locale in ("en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL")]
    for index, other in enumerate(others):
        other.seed_instance(index)
    made: list[str] = []
    for index in range(300):
        other = others[index % len(others)]
        made += [
            f"My card is {fake.credit_card_number()}, please charge it.", f"Transfer to {other.iban()} today.",
            f"The server {fake.ipv4()} is down, {fake.ipv6()} too.", f"Write to {other.email()} about it.",
            f"You can call me at {fake.phone_number()} tonight.", f"My social security number is {fake.ssn()}.",
            f"Have a look at {fake.url()} please.", f"Device {fake.mac_address()} was seen.", f"Key {fake.uuid4()} failed.",
            f"The driver license number is {fake.bothify('?#######').upper()}.", f"Call {other.phone_number()} instead.",
            f"Passport number {fake.bothify('?########').upper()} expires.", f"Paid on {fake.date()} at noon.",
        ]  # fmt: skip
    return made


def _pii(result: Any) -> dict[str, float]:
    return {"precision": result.pii_precision, "recall": result.pii_recall, "f2": result.pii_f}


def _versions() -> dict[str, str]:
    return {name: version(name) for name in ("presidio-analyzer", "presidio-evaluator", "spacy")}


def main() -> None:
    what, paths = sys.argv[1], [Path(path) for path in sys.argv[2:]]
    loaded = [json.loads(path.read_text(encoding="utf-8")) for path in paths if path.exists() and path.stat().st_size]
    result = {"find": find, "score": score, "texts": texts}[what](*loaded)
    paths[-1].with_suffix(".out.json").write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main()
