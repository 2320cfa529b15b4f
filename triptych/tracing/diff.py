"""What differs between two runs: settings, plan, assets, scores and spend."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from triptych.briefs.read import read_mapping
from triptych.domain import Candidate, Record, Spend
from triptych.errors import BriefError
from triptych.tracing.runs import Run

_UNTOLD = frozenset({"started", "version"})


class Change(Record):
    """A value that is not the same; None where one side has none."""

    where: str
    left: Any = None
    right: Any = None


class AssetChange(Record):
    """How one part of one deliverable came out in both runs."""

    where: str
    """DELIVERABLE/PART."""
    same: bool
    """Byte-identical."""
    left: Candidate | None = None
    right: Candidate | None = None
    attempts: tuple[int, int]


class Difference(Record):
    """All that differs between two runs; lists are empty where nothing does."""

    runs: tuple[str, str]
    settings: tuple[Change, ...] = ()
    plan: tuple[Change, ...] = ()
    assets: tuple[AssetChange, ...] = ()
    """Every part of both, also what is the same."""
    verdicts: tuple[Change, ...] = ()
    spend: tuple[Change, ...] = ()

    @property
    def none(self) -> bool:
        """Whether both came to the same: spend aside, which no two runs share."""
        assets = any(not asset.same for asset in self.assets)
        return not (self.settings or self.plan or self.verdicts or assets)


def difference(left: Run, right: Run) -> Difference:
    """Compare two runs."""
    return Difference(
        runs=(left.name, right.name),
        settings=changes(left.settings, right.settings),
        plan=changes(_plan(left), _plan(right)),
        assets=_assets(left, right),
        verdicts=changes(_verdicts(left), _verdicts(right)),
        spend=changes(_spend(left), _spend(right)),
    )


def changes(left: Any, right: Any) -> tuple[Change, ...]:
    """Where two JSON values differ, by dotted path."""
    one, other = _flat(left), _flat(right)
    return tuple(
        Change(where=key, left=one.get(key), right=other.get(key))
        for key in dict.fromkeys([*one, *other])
        if one.get(key) != other.get(key)
    )


def _flat(value: Any) -> dict[str, Any]:
    """Leaves by dotted path, in order."""
    leaves: dict[str, Any] = {}
    stack = [("", value)]
    while stack:
        where, at = stack.pop()
        items: list[tuple[Any, Any]] = []
        if isinstance(at, dict):
            items = [(key, item) for key, item in at.items() if key not in _UNTOLD]
        elif isinstance(at, list | tuple):
            items = list(enumerate(at))
        else:
            leaves[where] = at
        stack += [(f"{where}.{key}" if where else str(key), item) for key, item in reversed(items)]
    return leaves


def _plan(run: Run) -> dict[str, Any]:
    path = run.folder / "plan.yaml"
    try:
        return read_mapping(path) if path.is_file() else {}
    except BriefError:
        return {}


def _assets(left: Run, right: Run) -> tuple[AssetChange, ...]:
    places = dict.fromkeys([*left.best, *right.best])
    found = []
    for place in places:
        mine, theirs = _standing(left, place), _standing(right, place)
        found.append(
            AssetChange(
                where="/".join(place),
                same=left.best.get(place) == right.best.get(place),
                left=mine,
                right=theirs,
                attempts=(_attempts(left, place), _attempts(right, place)),
            )
        )
    return tuple(found)


def _standing(run: Run, place: tuple[str, str]) -> Candidate | None:
    digest = run.best.get(place)
    made = (c for c in reversed(run.candidates) if (c.deliverable, c.part) == place)
    return next((c for c in made if c.asset.digest == digest), None)


def _attempts(run: Run, place: tuple[str, str]) -> int:
    return len({c.attempt for c in run.candidates if (c.deliverable, c.part) == place})


def _verdicts(run: Run) -> dict[str, Any]:
    """The last verdict on each deliverable: status, cosines and thresholds."""
    found: dict[str, Any] = {}
    for event in run.verdicts:
        scores = event.outputs.get("scores", [])
        found[str(event.outputs.get("deliverable", "?"))] = {
            "status": event.outputs.get("status"),
            "reason": event.outputs.get("reason", ""),
            **{
                str(score.get("pair")): {k: score.get(k) for k in ("cosine", "threshold")}
                for score in scores
                if isinstance(score, dict)
            },
        }
    return found


def _spend(run: Run) -> dict[str, Any]:
    """By agent."""
    found: dict[str, Spend] = defaultdict(Spend)
    for event in run.events:
        if event.kind in ("agent", "verdict"):
            found[event.name] += event.spend
    return {
        name: {"seconds": round(spend.seconds, 2), **spend.model_dump(exclude={"seconds"})}
        for name, spend in sorted(found.items())
    }
