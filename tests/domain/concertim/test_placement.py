"""Places of devices in racks."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reporting_pollster.domain.concertim.placement import HIGHEST, Place, place, space

_CREATE = st.tuples(st.just("create"), st.integers(1, 6), st.booleans())
_DELETE = st.tuples(st.just("delete"), st.integers(0, 1000), st.booleans())
_GROW = st.tuples(st.just("grow"), st.integers(0, 30), st.booleans())


def test_instances_go_to_the_bottom_and_networks_to_the_top() -> None:
    rack = space(10, [(1, 2), (10, 1)])

    assert place([rack], 1) == Place(0, 10, 3)
    assert place([rack], 2, from_top=True) == Place(0, 10, 8)


def test_a_gap_is_used_only_by_what_fits_into_it() -> None:
    rack = space(6, [(2, 1), (5, 2)])

    assert place([rack], 2) == Place(0, 6, 3)
    assert place([rack], 1) == Place(0, 6, 1)


def test_a_full_rack_grows_in_one_step_and_then_there_is_another() -> None:  # 28
    full = space(10, [(1, 10)])

    assert place([full], 3) == Place(0, 13, 11)
    assert place([space(10, [(1, 9)])], 3) == Place(0, 12, 10)
    assert place([space(71, [(1, 71)])], 2, new_height=20) == Place(1, 20, 1)
    assert place([space(HIGHEST, [(1, HIGHEST)])], 1, from_top=True, new_height=20) == Place(1, 20, 20)
    assert place([], 1) == Place(0, 42, 1)
    assert place([], 73) is None


@given(st.lists(st.one_of(_CREATE, _DELETE, _GROW), max_size=150), st.integers(1, 20))
def test_devices_never_overlap_leave_their_rack_or_move(steps: list[tuple[str, int, bool]], height: int) -> None:
    heights: list[int] = []
    devices: dict[int, tuple[int, int, int]] = {}  # rack, start, size
    for number, (what, amount, flag) in enumerate(steps):
        before = dict(devices)
        if what == "create":
            racks = [space(high, [(s, z) for r, s, z in devices.values() if r == i]) for i, high in enumerate(heights)]
            found = place(racks, amount, from_top=flag, new_height=height)
            assert found is not None
            if found.rack == len(heights):
                heights.append(found.height)
            assert heights[found.rack] <= found.height <= HIGHEST
            heights[found.rack] = found.height
            devices[number] = (found.rack, found.start, amount)
        elif what == "delete" and devices:
            del devices[list(devices)[amount % len(devices)]]
        elif what == "grow" and heights:
            heights[0] = min(heights[0] + amount, HIGHEST)

        units = [(rack, unit) for rack, start, size in devices.values() for unit in range(start, start + size)]
        assert len(units) == len(set(units))
        assert all(1 <= unit <= heights[rack] for rack, unit in units)
        assert all(devices[one] == before[one] for one in before.keys() & devices.keys())


@given(st.sets(st.integers(1, HIGHEST)), st.integers(1, 6), st.booleans(), st.integers(1, HIGHEST))
def test_there_is_another_rack_only_when_none_has_room(taken: set[int], size: int, top: bool, height: int) -> None:
    height = max([height, *taken])
    found = place([space(height, [(unit, 1) for unit in taken])], size, from_top=top)

    def fits(start: int, limit: int) -> bool:
        return start + size - 1 <= limit and not taken & set(range(start, start + size))

    assert found is not None
    starts = [start for start in range(1, height + 1) if fits(start, height)]
    if starts:
        assert found == Place(0, height, starts[-1] if top else starts[0])
    elif max(taken, default=0) + size <= HIGHEST:
        assert found == Place(0, max(taken, default=0) + size, max(taken, default=0) + 1)
    else:
        assert found.rack == 1
