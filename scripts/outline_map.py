"""The outline map without network: countries of the npm package world-atlas, from TopoJSON to a compact GeoJSON.

python -m scripts.outline_map countries-110m.json csms/static/vendor/world-atlas/countries.json
"""

import json
import sys
from pathlib import Path
from typing import Any

DECIMALS = 2  # about a kilometre


def outlines(topology: dict[str, Any]) -> dict[str, Any]:
    arcs = [_decoded(arc, topology["transform"]) for arc in topology["arcs"]]
    polygons = [
        [_ring(ring, arcs) for ring in polygon]
        for geometry in topology["objects"]["countries"]["geometries"]
        for polygon in _polygons(geometry)
    ]
    return {"type": "MultiPolygon", "coordinates": polygons}


def _polygons(geometry: dict[str, Any]) -> list[Any]:
    return list(geometry["arcs"]) if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]


def _decoded(arc: list[list[int]], transform: dict[str, list[float]]) -> list[list[float]]:
    """TopoJSON's arcs are differences of whole numbers."""
    x = y = 0
    points = []
    for dx, dy in arc:
        x, y = x + dx, y + dy
        longitude = x * transform["scale"][0] + transform["translate"][0]
        latitude = y * transform["scale"][1] + transform["translate"][1]
        points.append([round(longitude, DECIMALS), round(latitude, DECIMALS)])
    return points


def _ring(indexes: list[int], arcs: list[list[list[float]]]) -> list[list[float]]:
    """A negative index is an arc from its end to its begin; arcs share their ends."""
    ring: list[list[float]] = []
    for index in indexes:
        arc = arcs[index] if index >= 0 else arcs[~index][::-1]
        ring += arc[1:] if ring else arc
    return ring


if __name__ == "__main__":
    source, target = sys.argv[1:]
    made = outlines(json.loads(Path(source).read_text()))
    Path(target).write_text(json.dumps(made, separators=(",", ":")) + "\n")
