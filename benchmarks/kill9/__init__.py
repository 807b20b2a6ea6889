"""`kill -9` of the embedded run at random moments under load, and what became of everything that was promised."""
