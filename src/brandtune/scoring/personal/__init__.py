"""Finding personal data in text: shapes with check digits, and names by a small bundled model. Read `detector` first."""
