"""Positions for drawn graphs, computed on the server: layers by depth, rows in a stable order."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

_COLUMN, _ROW = 260, 78
_MOST = 120

Json = dict[str, Any]


def _placed(depths: Mapping[str, int], nodes: Mapping[str, Json]) -> list[Json]:
    rows: dict[int, int] = defaultdict(int)
    sizes: dict[int, int] = defaultdict(int)
    for depth in depths.values():
        sizes[depth] += 1
    tallest = max(sizes.values(), default=1)
    elements = []
    for key, data in nodes.items():
        depth = depths[key]
        # Centre each column against the tallest one.
        offset = (tallest - sizes[depth]) * _ROW / 2
        elements.append(
            {
                "data": {"id": key, **data},
                "position": {"x": depth * _COLUMN, "y": offset + rows[depth] * _ROW},
            }
        )
        rows[depth] += 1
    return elements


def draw_trace(answer: Mapping[str, Any], link: Callable[..., str]) -> list[Json]:
    """Nodes and edges of a trace answer (``engine.answers.trace_json``), breaks included."""
    start = answer["start"]
    nodes: dict[str, Json] = {start["iri"]: {"label": start["label"], "state": "start"}}
    depths = {start["iri"]: 0}
    edges: list[Json] = []
    for index, hop in enumerate(answer["hops"]):
        target = hop["target"]
        key = target["iri"] if target else f"break-{index}"
        if key not in nodes:
            if len(nodes) >= _MOST:
                continue
            label = target["label"] if target else f"[{hop['expects']['label']}]"
            nodes[key] = {"label": _short(label), "state": hop["state"]}
            if target:
                nodes[key]["href"] = link("/node", iri=target["iri"])
            depths[key] = hop["depth"]
        if hop["source"]["iri"] in nodes:
            label = "" if hop["state"] == "live" else f"✗ {hop['state']}"
            label = hop["state"] if hop["replaced"] else label
            edges.append(_edge(index, hop["source"]["iri"], key, label, hop["state"]))
    return _placed(depths, nodes) + edges


def draw_cascade(answer: Mapping[str, Any], link: Callable[..., str]) -> list[Json]:
    """Nodes and edges of the strongest paths of a cascade answer."""
    start = answer["start"]
    nodes: dict[str, Json] = {start["iri"]: {"label": start["label"], "state": "start"}}
    depths = {start["iri"]: 0}
    edges: dict[tuple[str, str], Json] = {}
    for effect in answer["effects"]:
        hops: Sequence[Json] = [hop for hop in effect["path"] if hop["over"]]
        for depth, hop in enumerate(hops, 1):
            source, target = hop["source"]["iri"], hop["target"]["iri"]
            if target not in nodes:
                if len(nodes) >= _MOST:
                    break
                nodes[target] = {
                    "label": _short(hop["target"]["label"]),
                    "state": "effect",
                    "href": link("/node", iri=target),
                }
                depths[target] = depth
            if (source, target) not in edges:
                label = f"{hop['weight']:.2g}"
                edges[source, target] = _edge(len(edges), source, target, label, "effect")
    return _placed(depths, nodes) + list(edges.values())


def _edge(index: int, source: str, target: str, label: str, state: str) -> Json:
    data = {"id": f"e{index}", "source": source, "target": target, "label": label, "state": state}
    return {"data": data}


def _short(label: str) -> str:
    return label if len(label) <= 60 else f"{label[:57]}…"
