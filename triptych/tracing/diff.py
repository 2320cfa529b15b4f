"""What differs between two runs: settings, plan, assets, scores and spend."""

from __future__ import annotations

from collections import defaultdict

from pydantic import JsonValue, TypeAdapter, ValidationError

from triptych.briefs.read import mapping_in
from triptych.domain import Candidate, Record, Spend
from triptych.errors import TriptychError
from triptych.run_folder import PLAN
from triptych.tracing.runs import Run

_UNTOLD = frozenset({"started", "version"})
_JSON: TypeAdapter[dict[str, JsonValue]] = TypeAdapter(dict[str, JsonValue])


class Change(Record):
    """A value that is not the same; None where one side has none."""

    where: str
    left: JsonValue = None
    right: JsonValue = None


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


def changes(left: JsonValue, right: JsonValue) -> tuple[Change, ...]:
    """Where two JSON values differ, by dotted path."""
    one, other = _flat(left), _flat(right)
    return tuple(
        Change(where=key, left=one.get(key), right=other.get(key))
        for key in dict.fromkeys([*one, *other])
        if one.get(key) != other.get(key)
    )


def _flat(value: JsonValue) -> dict[str, JsonValue]:
    """Leaves by dotted path, in order."""
    leaves: dict[str, JsonValue] = {}
    stack: list[tuple[str, JsonValue]] = [("", value)]
    while stack:
        where, at = stack.pop()
        items: list[tuple[str, JsonValue]] = []
        if isinstance(at, dict):
            items = [(key, item) for key, item in at.items() if key not in _UNTOLD]
        elif isinstance(at, list):
            items = [(str(number), item) for number, item in enumerate(at)]
        else:
            leaves[where] = at
        stack += [(f"{where}.{key}" if where else key, item) for key, item in reversed(items)]
    return leaves


def _plan(run: Run) -> dict[str, JsonValue]:
    try:
        return _JSON.validate_python(mapping_in(run.folder, PLAN))
    except (TriptychError, ValidationError):
        return {}


def _assets(left: Run, right: Run) -> tuple[AssetChange, ...]:
    places = dict.fromkeys([*left.best, *right.best])
    changes: list[AssetChange] = []
    for place in places:
        mine, theirs = _standing(left, place), _standing(right, place)
        changes.append(
            AssetChange(
                where="/".join(place),
                same=left.best.get(place) == right.best.get(place),
                left=mine,
                right=theirs,
                attempts=(_attempts(left, place), _attempts(right, place)),
            )
        )
    return tuple(changes)


def _standing(run: Run, place: tuple[str, str]) -> Candidate | None:
    digest = run.best.get(place)
    made = (c for c in reversed(run.candidates) if (c.deliverable, c.part) == place)
    return next((c for c in made if c.asset.digest == digest), None)


def _attempts(run: Run, place: tuple[str, str]) -> int:
    return len({c.attempt for c in run.candidates if (c.deliverable, c.part) == place})


def _verdicts(run: Run) -> dict[str, JsonValue]:
    """The last verdict on each deliverable: status, cosines and thresholds."""
    verdicts: dict[str, JsonValue] = {}
    for verdict in (event.outputs for event in run.verdicts):
        if verdict is not None:
            verdicts[verdict.deliverable] = {
                "status": verdict.status,
                "reason": verdict.reason,
                **{
                    score.pair: {"cosine": score.cosine, "threshold": score.threshold}
                    for score in verdict.scores
                },
            }
    return verdicts


def _spend(run: Run) -> dict[str, JsonValue]:
    """By agent."""
    by_agent: dict[str, Spend] = defaultdict(Spend)
    for event in run.events:
        if event.kind in ("agent", "verdict"):
            by_agent[event.name] += event.spend
    return {
        name: {"seconds": round(spend.seconds, 2), **spend.model_dump(exclude={"seconds"})}
        for name, spend in sorted(by_agent.items())
    }
