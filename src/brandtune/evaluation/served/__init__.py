"""The gates again, on the engine and in the number format that will serve. Read `config`, then `gates`."""
