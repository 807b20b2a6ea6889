"""How well triage decides, on labelled public text: one command, one JSON line."""
