"""The recipe of the bundled base model; read `README.md` first."""
