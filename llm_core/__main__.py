"""``llm-core`` and ``python -m llm_core``."""

import sys


def main() -> None:
    """Run the command line and exit; without the extra ``cli``, print how to install it."""
    try:
        from .cli.main import run
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("typer", "rich"):
            raise
        sys.stderr.write('llm-core: the command line needs typer and rich: pip install "llm-core[cli]"\n')
        sys.exit(2)
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
