"""How frozen values of many fields are made, and changed in a field or two, in the time that plain ones take.

A frozen dataclass sets field after field by name, past its own refusal: a loan of twelve instalments costs more to make
than to read from a database and decide about.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

_Value = TypeVar("_Value")
_COPIES: dict[type, Callable[[Any], Any]] = {}


def quick(cls: type[_Value]) -> type[_Value]:
    """Decorates a frozen dataclass with slots, and changes nothing about it but the time.

    While its fields are set, a value is of an unfrozen class of the same layout, and of its own class from then on.
    """
    fields = dataclasses.fields(cls)  # type: ignore[arg-type]
    assert all(one.default_factory is dataclasses.MISSING and one.init for one in fields)
    assert not hasattr(cls, "__post_init__")
    names = [one.name for one in fields]
    known: dict[str, Any] = {f"_{one.name}": one.default for one in fields}
    open_class = type(cls.__name__, (), {"__slots__": tuple(names)})
    known |= {"_class": cls, "_open": open_class, "_set": object.__setattr__, "_new": open_class.__new__}
    told = [one.name if one.default is dataclasses.MISSING else f"{one.name}=_{one.name}" for one in fields]
    lines = [f"def __init__(self, {', '.join(told)}):", "    _set(self, '__class__', _open)"]
    lines += [*(f"    self.{name} = {name}" for name in names), "    self.__class__ = _class"]
    lines += ["def copy(one):", "    new = _new(_open)"]
    lines += [*(f"    new.{name} = one.{name}" for name in names), "    return new"]
    exec("\n".join(lines), known)
    cls.__init__ = known["__init__"]  # type: ignore[method-assign]
    _COPIES[cls] = known["copy"]
    return cls


if TYPE_CHECKING:
    from dataclasses import replace as replace  # so that the fields named are checked
else:

    def replace(one: _Value, /, **changes: Any) -> _Value:
        """`dataclasses.replace`, quick for what is `quick`."""
        copy = _COPIES.get(type(one))
        if copy is None:
            return dataclasses.replace(one, **changes)
        new = copy(one)
        for name, value in changes.items():
            setattr(new, name, value)
        new.__class__ = type(one)
        return new
