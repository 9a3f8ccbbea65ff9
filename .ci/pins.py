"""Print constraints.txt: the exact version of everything that journeysync and its tests need, as installed here.

Run it with the Python of the environment whose versions are to be kept: ``make pins``.
"""

import sys
from importlib.metadata import PackageNotFoundError, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT, EXTRAS = "journeysync", ("dev", "keyring")


def pins() -> dict[str, str]:
    """Return name and version of all dependencies, direct and indirect; what is not installed here is left out."""
    found: dict[str, str] = {}
    waiting: list[tuple[str, tuple[str, ...]]] = [(ROOT, EXTRAS)]
    seen: set[tuple[str, tuple[str, ...]]] = set()
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            package = distribution(name)
        except PackageNotFoundError:
            continue  # an extra that is not installed here, or a package of another platform
        found[name] = package.version
        for line in package.requires or ():
            needed = Requirement(line)
            if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
                waiting.append((canonicalize_name(needed.name), tuple(sorted(needed.extras))))
    del found[ROOT]
    return found


if __name__ == "__main__":
    sys.stdout.write("# Exact versions, made by `make pins`; `pip install -c constraints.txt` keeps to them.\n")
    sys.stdout.writelines(f"{name}=={version}\n" for name, version in sorted(pins().items()))
