"""Models as fields of pydantic's classes. pydantic imports this when it meets one."""

from __future__ import annotations

from typing import Any, Dict, Type

from pydantic_core import core_schema


def core_schema_of(model: Type[Any]) -> Any:
    """Return the schema of a class of models: an instance stays itself, and an object of JSON becomes a model.

    JSON is written by `as_dict()`. The fields are not checked, as in the constructor of a model.
    """

    def read(data: Dict[str, Any]) -> Any:
        return model(data)

    def write(value: Any) -> Any:
        return value.as_dict()

    plain = core_schema.dict_schema(keys_schema=core_schema.str_schema(), values_schema=core_schema.any_schema())
    made = core_schema.no_info_after_validator_function(read, plain)
    return core_schema.json_or_python_schema(
        json_schema=made,
        python_schema=core_schema.union_schema([core_schema.is_instance_schema(model), made], mode="left_to_right"),
        serialization=core_schema.plain_serializer_function_ser_schema(write, return_schema=plain),
    )
