"""Documents of the world outside, read and written: feeds, calendars, tables. Pure: bytes in, values of ours out."""
