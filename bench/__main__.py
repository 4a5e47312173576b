"""``python -m bench [NAME…] [--small]``: run the benchmarks, print one table, write ``bench/results/<name>.json``."""

import argparse
import sys
from pathlib import Path

from bench import frame


def main(arguments: list[str]) -> int:
    """Exit status: 0 whatever the ratios, 1 when a benchmark crashed, 2 for a wrong command line."""
    names = frame.available()
    parser = argparse.ArgumentParser(
        prog="./run bench", description="Mesures de performance, en rapport à un plancher."
    )
    parser.add_argument("names", nargs="*", metavar="nom", help=f"parmi : {', '.join(names)} (par défaut : tous)")
    parser.add_argument("--small", action="store_true", help="petite taille : vérifie que la mesure fonctionne encore")
    parser.add_argument("--results", type=Path, default=frame.RESULTS, help="répertoire des résultats JSON")
    options = parser.parse_args(arguments)
    if unknown := [name for name in options.names if name not in names]:
        parser.error(f"mesure inconnue : {', '.join(unknown)} ; il y a : {', '.join(names) or 'aucune'}")
    return frame.run(options.names or names, small=options.small, out=sys.stdout, results=options.results)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
