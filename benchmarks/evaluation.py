"""All figures of the proof, each measured by its own script: simulation, voice, public sets, arms, speed beside lm-eval."""

import argparse
import sys
from typing import Any

from benchmarks import evaluation_arms, evaluation_lm_eval, evaluation_public, evaluation_simulation, evaluation_voice
from benchmarks.record import record

PARTS = ("simulation", "voice", "public", "arms", "lm_eval")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="every part in small")
    parser.add_argument("--only", nargs="*", choices=PARTS, default=None, help="parts to run")
    parser.add_argument("--json", action="store_true", help="accepted for uniformity; the output is always JSON")
    arguments = parser.parse_args()
    figures: dict[str, Any] = {}
    peers: dict[str, str] = {}
    for part in arguments.only or PARTS:
        print(part, file=sys.stderr)
        if part == "lm_eval":
            found, peers["lm-eval"] = evaluation_lm_eval.measure(quick=arguments.quick)
        else:
            found = _measure(part, quick=arguments.quick)
        figures |= found
    record("evaluation", figures, peers=peers)


def _measure(part: str, *, quick: bool) -> dict[str, Any]:
    if part == "simulation":
        studies = evaluation_simulation.QUICK_STUDIES if quick else evaluation_simulation.STUDIES
        return evaluation_simulation.simulate(studies)
    if part == "voice":
        return evaluation_voice.measure(quick=quick)
    if part == "public":
        return evaluation_public.measure(quick=quick, quick_replies=quick)
    return evaluation_arms.measure(quick=quick)


if __name__ == "__main__":
    main()
