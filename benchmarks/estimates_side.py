"""One side of an estimate in a process of its own: what `check` would say, or what the run takes; as JSON."""

import json
import sys
from pathlib import Path

from brandtune.models import load_model
from brandtune.training import TrainingConfig, train
from brandtune.training.estimate import preflight
from brandtune.training.shapes import learnable


def main() -> None:
    side, settings, base, path, output = sys.argv[1:6]
    rows = learnable(json.loads(Path(path).read_text()))
    config = TrainingConfig(epochs=1, **json.loads(settings))
    learnt, held_out = rows[: len(rows) * 4 // 5], rows[len(rows) * 4 // 5 :]
    model = load_model(base, precision=config.precision)
    if side == "estimate":
        told = preflight(learnt, model=model, config=config, validation=held_out)
        print(json.dumps({"seconds": told.seconds, "memory": told.memory}))
        return
    done = train(learnt, model=model, config=config, validation=held_out, output=Path(output), work=Path(output + "-w"))
    found = {"seconds": done.seconds, "memory": done.peak_memory, "expected_seconds": done.expected_seconds}
    print(json.dumps(found | {"expected_memory": done.expected_memory}))


if __name__ == "__main__":
    main()
