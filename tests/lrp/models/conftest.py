"""Small transformers in the place of the published ones."""

from tests.published_transformers import published_transformers  # noqa: F401
