"""The peer's side of `benchmarks.evaluation_lm_eval`; runs in the peers' environment (lm-eval, torch, transformers).

python lm_eval_side.py MODEL REQUESTS.json BATCH_SIZE
"""

import json
import sys
import time
from importlib.metadata import version
from pathlib import Path


def main(model: str, requests: str, batch_size: str) -> None:
    from lm_eval.api.instance import Instance
    from lm_eval.models.huggingface import HFLM

    rows = json.loads(Path(requests).read_text(encoding="utf-8"))
    wrapped = HFLM(pretrained=model, device="cpu", dtype="float32", batch_size=int(batch_size))
    asked = [
        Instance(request_type="loglikelihood", doc={}, arguments=(context, choice), idx=number)
        for number, (context, choice) in enumerate(rows)
    ]
    started = time.perf_counter()
    found = wrapped.loglikelihood(asked, disable_tqdm=True)
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "nats": [nats for nats, _ in found], "version": version("lm_eval")}))


if __name__ == "__main__":
    main(*sys.argv[1:])
