"""The acceptance scenario, written once: told by `parley demo`, held by tests on one machine and on the AWS emulator."""
