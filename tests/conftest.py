"""Shared by all tests: tiny models in Hugging Face layout made on the spot, and examples to train them on."""

import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

# Nothing may be fetched in a test; what would be, fails at once instead of hanging.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

# A shell that starts the tests in the background has Ctrl-C ignored, by what they start as well; some test just that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A landing must not depend on luck; on people's machines every run draws anew and may find something.
settings.register_profile("landing", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("landing")

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real public data beside the checkout; tests that need it skip, saying so, where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the public test data (../shared/data) is not here")
    return SHARED_DATA
