"""Croissant 1.1 metadata (https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html), with RAI, PROV and ODRL."""

from typing import Any

from brandtune.datasets.facts import Facts, total
from brandtune.datasets.splitting import SPLITS

CONFORMS_TO = ("http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0")
_TYPES = {"jsonl": "application/jsonlines", "parquet": "application/x-parquet", "json": "application/json"}
_SPLIT_TYPES = {"train": "cr:TrainingSplit", "validation": "cr:ValidationSplit", "test": "cr:TestSplit"}
_TABLE = "examples.parquet"


def croissant(facts: Facts) -> dict[str, Any]:
    """`croissant.json` of a version, as JSON-LD."""
    terms, address = facts.terms, _address(facts)
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "@id": address,
        "conformsTo": list(CONFORMS_TO),
        "name": f"{_slug(facts.brand)}-{facts.version}",
        "description": f"{facts.num_examples} examples, {total(facts.preferences)} preferences and "
        f"{total(facts.rated)} rated answers of how {facts.brand} writes, for fine-tuning one language model.",
        "license": str(terms.get("license") or "Internal use only"),
        "url": str(terms.get("url") or address),
        "creator": {"@type": "sc:Organization", "name": str(terms.get("creator") or facts.brand)},
        "datePublished": facts.published,
        # Croissant asks for numbered versions; a content hash has its place in the name and in the identifier.
        "version": "1.0.0",
        "identifier": facts.version,
        "citeAs": f"{facts.brand}: dataset version {facts.version}, {facts.published[:4]}",
        "inLanguage": "und",
        **_responsible(facts),
        **_origin(facts),
        **_limits(facts),
        "distribution": [_file(name, facts) for name in facts.files],
        "recordSet": [_splits(), _examples()],
    }


def _address(facts: Facts) -> str:
    return f"urn:brandtune:dataset:{facts.version}"


def _slug(text: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in text.lower()).strip("-") or "dataset"


def _file(name: str, facts: Facts) -> dict[str, Any]:
    fact = facts.files[name]
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "contentUrl": name,
        "contentSize": f"{fact.bytes} B",
        "encodingFormat": _TYPES.get(name.rpartition(".")[2], "text/plain"),
        "sha256": fact.sha256,
    }


def _splits() -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": "splits",
        "name": "splits",
        "dataType": "cr:Split",
        "key": {"@id": "splits/name"},
        "field": [
            {"@type": "cr:Field", "@id": "splits/name", "name": "name", "dataType": "sc:Text"},
            {"@type": "cr:Field", "@id": "splits/url", "name": "url", "dataType": ["sc:URL", "cr:Split"]},
        ],
        "data": [{"splits/name": split, "splits/url": _SPLIT_TYPES[split]} for split in SPLITS],
    }


def _examples() -> dict[str, Any]:
    columns: dict[str, tuple[str | list[str], str]] = {
        "example_id": ("sc:Text", "Stable id of the example."),
        "task": ("sc:Text", "What the model is to learn from it."),
        "split": ("sc:Text", "The part it belongs to."),
        "label": (["sc:Text", "cr:Label"], "The class, for labelling tasks."),
        "target": ("sc:Integer", "Index of the assistant turn that evaluation asks for."),
        "quality": ("sc:Float", "Share of the quality checks that it passed."),
    }
    fields = [_field(name, type_, text) for name, (type_, text) in columns.items()]
    fields[2]["references"] = {"field": {"@id": "splits/name"}}
    return {
        "@type": "cr:RecordSet",
        "@id": "examples",
        "name": "examples",
        "description": "One row an example; its messages are in the column `messages` of the same file, and in the JSONL.",
        "key": {"@id": "examples/example_id"},
        "field": fields,
    }


def _field(name: str, type_: str | list[str], description: str) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"examples/{name}",
        "name": name,
        "description": description,
        "dataType": type_,
        "source": {"fileObject": {"@id": _TABLE}, "extract": {"column": name}},
    }


def _responsible(facts: Facts) -> dict[str, Any]:
    """The RAI vocabulary (https://docs.mlcommons.org/croissant/docs/croissant-rai-spec.html)."""
    known, terms = facts.background, facts.terms
    steps = [f"{line.step}: {line.entered} in, {line.left} left" for line in known.funnel]
    marks = ", ".join(f"{name} {count}" for name, count in facts.placeholders.items()) or "none"
    return {
        "rai:dataCollection": "A company's own records: " + (", ".join(known.sources) or "sources not stated"),
        "rai:dataCollectionType": ["Secondary data analysis"],
        "rai:dataPreprocessingProtocol": steps or ["not stated"],
        "rai:dataAnnotationProtocol": "Answers are what the company's people wrote; preferences and ratings come from "
        "A/B tests, edits, satisfaction and resolution, never from a model.",
        "rai:personalSensitiveInformation": [
            f"Texts of {facts.num_customers} customers; lawful basis: {known.lawful_basis or 'not stated'}",
            f"Typed marks in place of personal data: {marks}",
            f"Residual risk: {known.residual_risk or 'not measured'}",
        ],
        "rai:dataBiases": str(terms.get("biases") or "") or _measured(facts),
        "rai:dataLimitations": f"Says nothing about other companies than {facts.brand}; pseudonymous, not anonymous.",
        "rai:dataUseCases": [str(use) for use in _list(terms.get("intended_uses"))],
        "rai:dataReleaseMaintenancePlan": str(terms.get("maintenance") or "not stated"),
    }


def _measured(facts: Facts) -> str:
    measured = facts.background.representativeness
    return f"Compared with the customer base: {measured}" if measured else "Not measured"


def _origin(facts: Facts) -> dict[str, Any]:
    """PROV-O: made from which sources, by what, after which version."""
    known = facts.background
    parents = [{"@id": f"urn:brandtune:source:{_slug(name)}"} for name in known.sources]
    parents += [{"@id": f"urn:brandtune:dataset:{facts.previous}"}] if facts.previous else []
    activity = {
        "@type": "prov:Activity",
        "prov:label": f"Curation and split{f', run {known.run}' if known.run else ''}",
    }
    return {
        **({"prov:wasDerivedFrom": parents} if parents else {}),
        "prov:wasGeneratedBy": activity,
        "prov:wasAttributedTo": {
            "@type": "prov:Agent", "prov:label": str(facts.terms.get("creator") or facts.brand),
        },
    }  # fmt: skip


def _limits(facts: Facts) -> dict[str, Any]:
    """What may and may not be done, as an ODRL offer (https://www.w3.org/TR/odrl-model/)."""
    allowed = [{"@type": "odrl:Permission", "odrl:action": {"@id": "odrl:use"}, "name": str(use)}
               for use in _list(facts.terms.get("intended_uses"))]  # fmt: skip
    forbidden = [{"@type": "odrl:Prohibition", "odrl:action": {"@id": "odrl:use"}, "name": str(use)}
                 for use in _list(facts.terms.get("prohibited_uses"))]  # fmt: skip
    return {
        "usageInfo": {
            "@type": ["CreativeWork", "odrl:Offer"],
            "name": f"Use of version {facts.version}",
            "odrl:permission": allowed,
            "odrl:prohibition": forbidden,
        }
    }


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []


_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "odrl": "http://www.w3.org/ns/odrl/2/",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "prov": "http://www.w3.org/ns/prov#",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
