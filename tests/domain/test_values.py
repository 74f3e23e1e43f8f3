"""A quick value is what a frozen dataclass with slots is: made, compared, kept and refused in the same way."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from dataclasses import dataclass

import pytest
from pydantic import TypeAdapter

from service.domain.values import quick, replace


@dataclass(frozen=True, slots=True)
class Slow:
    no: int
    name: str = "云小满"
    parts: tuple[int, ...] = ()

    @property
    def twice(self) -> int:
        return 2 * self.no


@quick
@dataclass(frozen=True, slots=True)
class Quick:
    no: int
    name: str = "云小满"
    parts: tuple[int, ...] = ()

    @property
    def twice(self) -> int:
        return 2 * self.no


def test_it_is_made_by_place_by_name_and_by_what_is_left_out() -> None:
    for given, named in (((1,), {}), ((), {"no": 1}), ((1, "x", (2,)), {}), ((1,), {"parts": (3,)})):
        assert dataclasses.astuple(Quick(*given, **named)) == dataclasses.astuple(Slow(*given, **named))
    for given, named in (((), {}), ((1, "x", (), 4), {}), ((1,), {"nos": 2}), ((1,), {"no": 2})):
        for kind in (Slow, Quick):
            with pytest.raises(TypeError):
                kind(*given, **named)


def test_it_stays_frozen_also_after_a_change() -> None:
    for one in (Quick(1), replace(Quick(1), no=2), copy.deepcopy(Quick(1)), pickle.loads(pickle.dumps(Quick(1)))):
        assert type(one) is Quick
        with pytest.raises(dataclasses.FrozenInstanceError):
            one.no = 5  # type: ignore[misc]
        with pytest.raises(dataclasses.FrozenInstanceError):
            del one.no


def test_it_is_equal_hashed_shown_and_kept_like_any_other() -> None:
    one, same, other = Quick(1, "x", (2,)), Quick(1, "x", (2,)), Quick(2, "x", (2,))
    assert one == same
    assert one != other
    assert hash(one) == hash(same) == hash(Slow(1, "x", (2,)))
    assert repr(one) == repr(Slow(1, "x", (2,))).replace("Slow", "Quick")
    assert pickle.loads(pickle.dumps(one)) == copy.copy(one) == copy.deepcopy(one) == one
    codec = TypeAdapter(Quick)
    assert codec.validate_python(codec.dump_python(one, mode="json")) == one
    assert isinstance(one, Quick)
    assert one.twice == 2


def test_a_change_leaves_the_first_as_it_was_and_names_only_fields() -> None:
    one = Quick(1)
    after = replace(one, no=3, parts=(1, 2))
    assert (one.no, one.parts) == (1, ())
    assert after == dataclasses.replace(one, no=3, parts=(1, 2)) == Quick(3, parts=(1, 2))
    assert replace(Slow(1), no=2) == Slow(2)
    with pytest.raises((TypeError, AttributeError)):
        replace(one, nos=3)
