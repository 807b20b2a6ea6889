"""Parley: a serverless engagement desk for communities that live on several platforms at once."""

VERSION = "0.4.0"
