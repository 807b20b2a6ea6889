"""How fast a message is read and decided, beside what others use for it: one command, one JSON line."""
