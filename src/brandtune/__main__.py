"""`python -m brandtune` is `brandtune`."""

from brandtune.cli import main

if __name__ == "__main__":
    main()
