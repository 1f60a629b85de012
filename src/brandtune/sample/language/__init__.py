"""The sample company's language, as grammar text by topic. Start at `frame.py`; the notation is in `../grammar.py`."""
