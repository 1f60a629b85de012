"""An optional prompt optimiser: its proposals become further candidates of the prompted arm. Read `proposing` next."""
