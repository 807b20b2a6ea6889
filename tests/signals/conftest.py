"""The guideline that a new workspace begins with, under which texts are decided about."""

from __future__ import annotations

import pytest

from chalicelib.domain.guideline import Guideline
from chalicelib.services import guidelines_yaml


@pytest.fixture(scope="session")
def starter() -> Guideline:
    return guidelines_yaml.parse(guidelines_yaml.starter(), version="starter")
