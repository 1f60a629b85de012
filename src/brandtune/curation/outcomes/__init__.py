"""What came of texts: tests, ratings and edits become preferences and rated answers. Read `gathering`, then `ab_tests`."""
