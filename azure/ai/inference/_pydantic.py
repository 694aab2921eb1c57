"""Models as fields of pydantic's classes. pydantic imports this when it meets one."""

from __future__ import annotations

from typing import Any, Dict, Iterator, Optional, Type

from pydantic_core import core_schema


def core_schema_of(model: Type[Any]) -> Any:
    """Return the schema of a class of models: an instance stays itself, and an object of JSON becomes a model.

    JSON is written by `as_dict()`. The fields are not checked, as in the constructor of a model, but for those by
    which classes differ: an object becomes a message of its role, and not one of another role.
    """

    def read(data: Dict[str, Any]) -> Any:
        made = _variant_of(model, data)(data)
        for field in model._attr_to_rest_field.values():
            constant = _constant_of(model, field)
            given = data.get(field.key)
            if constant and given and (given != made[field.key] or (field.leads and given != constant)):
                raise ValueError(f"{field.key} must be {constant!r}")
        return made

    def write(value: Any) -> Any:
        return value.as_dict() if isinstance(value, model) else value  # pydantic can be made to skip validation

    plain = core_schema.dict_schema(keys_schema=core_schema.str_schema(), values_schema=core_schema.any_schema())
    made = core_schema.no_info_after_validator_function(read, plain)
    return core_schema.json_or_python_schema(
        json_schema=made,
        python_schema=core_schema.union_schema([core_schema.is_instance_schema(model), made], mode="left_to_right"),
        serialization=core_schema.plain_serializer_function_ser_schema(write, return_schema=plain),
    )


def _variant_of(model: Type[Any], data: Dict[str, Any]) -> Type[Any]:
    """Return the subclass for an object of JSON, if a class is the base of one for each role or type."""
    for field in model._attr_to_rest_field.values():
        given = data.get(field.key)
        if field.leads and given and not _constant_of(model, field):
            for variant in _subclasses_of(model):
                if _constant_of(variant, variant._attr_to_rest_field[field.name]) == given:
                    return variant
    return model


def _subclasses_of(model: Type[Any]) -> Iterator[Type[Any]]:
    """Yield the subclasses of a class, and then theirs."""
    found = [model]
    for one in found:
        yield from one.__subclasses__()
        found += one.__subclasses__()


def _constant_of(model: Type[Any], field: Any) -> Optional[str]:
    """Return the value of a field that a class sets itself."""
    constant: Optional[str] = field.constant or (model._discriminator if field.leads else None)
    return constant
