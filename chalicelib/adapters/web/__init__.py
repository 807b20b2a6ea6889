"""The road to addresses that people name. Nothing else in the house opens a connection to one."""
