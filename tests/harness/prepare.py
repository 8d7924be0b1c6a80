"""Makes the templates of a run and leaves them in a directory: `python3 -m harness.prepare DIR`."""
import pathlib
import sys

from .run import Run


def main():
    """The one argument is an existing, empty directory."""
    run = Run()
    try:
        run.leave(pathlib.Path(sys.argv[1]))
    finally:
        run.close()


if __name__ == "__main__":
    main()
