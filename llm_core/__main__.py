"""``llm-core`` and ``python -m llm_core``."""

import sys
from importlib.util import find_spec


def main() -> None:
    """Run the command line and exit; without the extra ``cli``, print how to install it."""
    if find_spec("rich") is None:
        sys.stderr.write('llm-core: the command line needs rich: pip install "llm-core[cli]"\n')
        sys.exit(2)
    from .cli.main import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
