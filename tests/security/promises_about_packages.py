"""The promises about the packages that run with a user's keys."""

from .promise import Fault, Promise

PROMISES = (
    Promise(
        "No version of LiteLLM that is known to be malicious",
        (
            Fault(
                file="pyproject.toml",
                right='"litellm>=1.106.2,<2"',
                wrong='"litellm>=1.80.0,<2"',
                tests=("tests/supply/test_litellm_floor.py::test_the_range_excludes_every_known_bad_version",),
            ),
        ),
    ),
    Promise(
        "Every locked package has a hash",
        (
            Fault(
                file="requirements/mutmut.txt",
                right="\nmutmut==",
                wrong="\nnothing==1.0\nmutmut==",
                tests=("tests/supply/test_locks.py::test_every_locked_package_has_a_hash_and_no_url",),
            ),
        ),
    ),
)
