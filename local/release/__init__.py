"""The small record that each release leaves behind, and the story it tells, act by act (`python -m local.release`)."""
