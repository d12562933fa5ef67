"""Machine types as shapes: vCPU, memory, accelerators, from a table or from the rules of their names.

Sources: moto 5.2.5 for AWS; Google's and Azure's naming conventions, as noted in catalog/cost.toml.
"""

import re

from bot.catalog.cost import CostCatalog, Shape

_WRAPPED = re.compile(r"^(?:db|cache|ml|kafka)\.|\.(?:search|elasticsearch)$")  # services that rent out EC2 machines
_GOOGLE = re.compile(
    r"^(?:db-)?(?P<series>[a-z][0-9][a-z]?[a-z]?)-(?P<kind>standard|highmem|highcpu|megamem|ultramem|hypermem)-(?P<n>\d+)"
)
_CUSTOM = re.compile(r"^(?:db-|[a-z][0-9][a-z]?-)?custom-(?P<n>\d+)-(?P<mb>\d+)")
_PERF = re.compile(r"^db-perf-optimized-N-(?P<n>\d+)$")
_AZURE = re.compile(
    r"^(?:Standard|Basic)_(?P<family>[A-Z]+)(?P<n>\d+)(?:-\d+)?(?P<features>[a-z]*)(?:_[A-Z0-9]+)?(?:_[vV]\d+)?$"
)
_GIB_PER_VCPU = {"standard": 4.0, "highmem": 8.0, "highcpu": 1.0, "megamem": 14.0, "ultramem": 24.0, "hypermem": 16.0}
_N1 = {"standard": 3.75, "highmem": 6.5, "highcpu": 0.9}
_SHARED = {
    "e2-micro": Shape(0.25, 1),
    "e2-small": Shape(0.5, 2),
    "e2-medium": Shape(1, 4),
    "f1-micro": Shape(0.2, 0.6),
    "g1-small": Shape(0.5, 1.7),
    "db-f1-micro": Shape(0.2, 0.6),
    "db-g1-small": Shape(0.5, 1.7),
}
_AZURE_INDEXES = re.compile(r"^Standard_(?:A\d|D1?\d|DS1?\d|GS?\d)(?:_v2)?$")  # the number is an index, not vCPUs


def find_shape(name: str, catalog: CostCatalog) -> Shape | None:
    """The shape of a machine type of any cloud, None where nothing tells."""
    plain = name.rpartition("/")[2]
    unwrapped = _WRAPPED.sub("", plain)
    return catalog.shapes.get(unwrapped) or _SHARED.get(plain) or _google(plain) or _azure(plain, catalog)


def _google(name: str) -> Shape | None:
    if match := _CUSTOM.match(name):
        return Shape(int(match["n"]), int(match["mb"]) / 1024)
    if match := _PERF.match(name):
        return Shape(int(match["n"]), int(match["n"]) * 8)
    if match := _GOOGLE.match(name):
        table = _N1 if match["series"] == "n1" else _GIB_PER_VCPU
        per_vcpu = 2.0 if match["kind"] == "highcpu" and match["series"] in ("c2", "c3") else table.get(match["kind"])
        return Shape(int(match["n"]), int(match["n"]) * per_vcpu) if per_vcpu else None
    return None


def _azure(name: str, catalog: CostCatalog) -> Shape | None:
    """Azure's names tell vCPUs and accelerators; memory only by family, so it is left out (0)."""
    match = _AZURE.match(name)
    if match is None or _AZURE_INDEXES.match(name):
        return None
    per_vcpu = {"B": 4, "D": 4, "E": 8, "F": 2, "M": 28}.get(match["family"][0], 0)
    gpus = catalog.azure_gpus.get(name, 1 if match["family"].startswith("N") else 0)
    return Shape(int(match["n"]), int(match["n"]) * per_vcpu, gpus, "GPU" if gpus else "")


def say_shape(shape: Shape | None) -> str:
    """What people read, with the accelerators; "" for an unknown shape."""
    if shape is None:
        return ""
    memory = f", {shape.memory:g} GiB" if shape.memory else ""
    gpus = f", {shape.gpus} × {shape.gpu}" if shape.gpus else ""
    return f"{shape.vcpu:g} vCPU{memory}{gpus}"
