"""Errors say what to do: each situation of today's services has its line of advice."""

from __future__ import annotations

from typing import Any, Dict, Optional

import pytest
from azure.core.credentials import AccessToken, AzureKeyCredential
from azure.core.exceptions import HttpResponseError
from worlds import World, wait

from azure.ai.inference.testing import FakeResponse

FOUNDRY, OPENAI = "https://r.services.ai.azure.com", "https://r.openai.azure.com"
DEPLOYMENT = f"{OPENAI}/openai/deployments/d"
AUDIENCE = (
    "Unauthorized. Access token is missing, invalid, audience is incorrect "
    "(https://cognitiveservices.azure.com), or have expired."
)


class Token:
    """A token credential of either world."""

    def get_token(self, *scopes: str, **options: Any) -> Any:
        return AccessToken("secret-token", 9999999999)


class AsyncToken(Token):
    async def get_token(self, *scopes: str, **options: Any) -> Any:
        return AccessToken("secret-token", 9999999999)


def error(message: str, **keys: Any) -> Dict[str, Any]:
    """Return the body of an error."""
    return {"error": {"message": message, **keys}}


CASES = [
    (FOUNDRY + "/x", 404, error("Resource not found", code="404"), {}, "https://r.services.ai.azure.com/openai/v1"),
    (
        "http://h/v1/chat/completions",
        404,
        error("no"),
        {},
        "leave /chat/completions out of the endpoint, and use http://h/v1",
    ),
    (
        FOUNDRY,
        400,
        error("API version not supported"),
        {"api_version": "2024-10-21"},
        "2024-10-21, which /openai/v1 refuses: leave out api_version.",
    ),
    (
        DEPLOYMENT,
        400,
        error("API version not supported"),
        {},
        "version 2024-05-01-preview: name another, such as api_version=",
    ),
    (DEPLOYMENT, 400, error("x", code="MissingApiVersionParameter"), {}, "api_version="),
    (
        DEPLOYMENT,
        404,
        error("Resource not found", code="404"),
        {},
        "deployment 'd' in the endpoint and the version 2024-05-01-preview; api_version=",
    ),
    (
        OPENAI,
        401,
        {"statusCode": 401, "message": AUDIENCE},
        {"token": True, "credential_scopes": ["https://ml.azure.com/.default"]},
        'credential_scopes=["https://cognitiveservices.azure.com/.default"]',
    ),
    (OPENAI, 401, error(AUDIENCE), {"token": True}, "may have expired, or belong to another tenant"),
    (OPENAI, 401, error(AUDIENCE), {}, "did not accept the key"),
    (
        OPENAI,
        401,
        error("Access denied due to invalid subscription key or wrong API endpoint.", code="401"),
        {},
        "r.openai.azure.com",
    ),
    (OPENAI, 401, error("The principal lacks the required data action"), {}, "Cognitive Services OpenAI User"),
    (OPENAI, 403, error("no", code="PermissionDenied"), {}, "Cognitive Services OpenAI User"),
    (
        OPENAI,
        403,
        error("Key based authentication is disabled", code="AuthenticationTypeDisabled"),
        {},
        "DefaultAzureCredential",
    ),
    (
        OPENAI,
        404,
        error("The API deployment does not exist", code="DeploymentNotFound"),
        {},
        "no deployment 'm': model= must be the name of the deployment",
    ),
    (
        DEPLOYMENT,
        404,
        error("The API deployment does not exist", code="DeploymentNotFound"),
        {},
        "no deployment 'd': the endpoint must hold the name of the deployment",
    ),
    (
        f"{FOUNDRY}/models",
        400,
        error("No model specified in request.", code="no_model_name"),
        {"model": None},
        "model=",
    ),
    ("http://h/v1", 400, error("you must provide a model parameter"), {"model": None}, "model="),
    (
        f"{FOUNDRY}/models",
        404,
        error("Unknown model: m", code="unknown_model"),
        {},
        "model 'm': model= must be the name of the deployment",
    ),
    (
        "http://h/v1",
        404,
        error("The model `m` does not exist.", type="NotFoundError", code=404),
        {},
        "model 'm': GET http://h/v1/models",
    ),
    (
        "https://api.openai.com",
        404,
        error("The model `m` does not exist or you do not have access to it.", code="model_not_found", param=None),
        {},
        "model 'm': GET https://api.openai.com/v1/models",
    ),
    ("http://h/v1", 404, error('model "m" not found, try pulling it first', code=None), {}, "GET http://h/v1/models"),
    (
        OPENAI,
        400,
        error("Unsupported parameter", code="unsupported_parameter", param="max_tokens"),
        {},
        "max_completion_tokens=, which counts its reasoning",
    ),
    (
        OPENAI,
        400,
        error("Unsupported value", code="unsupported_value", param="temperature"),
        {},
        "leave out temperature",
    ),
    (
        OPENAI,
        400,
        error("Unsupported parameter", code="unsupported_parameter", param="logprobs"),
        {},
        "leave out logprobs",
    ),
    (f"{FOUNDRY}/models", 422, error("Extra parameters ['x'] are not allowed"), {}, "model_extras"),
    ("https://models.github.ai/inference", 410, error("gone"), {}, "retired on 2026-07-30"),
    (
        "https://models.github.ai/inference",
        401,
        error("Unauthorized", code="unauthorized"),
        {},
        "retired on 2026-07-30",
    ),
    ("https://models.github.ai/inference", 403, error("no"), {}, "retired on 2026-07-30"),
    ("https://models.github.ai/inference", 404, error("Unknown model", code="unknown_model"), {}, "2026-07-30"),
    ("https://models.inference.ai.azure.com", 503, error("gone"), {}, "retired on 2026-07-30"),
]


@pytest.mark.asyncio
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("endpoint", "status", "body", "options", "line"), CASES)
async def test_advice(
    world: World, endpoint: str, status: int, body: Any, options: Dict[str, Any], line: str, stream: bool
) -> None:
    """The last line of the error says what to do, whole and streamed, and shows no secret."""
    raised = await failure(world, endpoint, status, body, options, stream=stream)
    advice = raised.message.splitlines()[-1]

    assert line in advice
    assert str(raised) == raised.message
    assert "secret" not in raised.message
    assert "Code: None" not in raised.message


@pytest.mark.asyncio
async def test_image_embeddings_of_v1(world: World) -> None:
    """The error of a route that /openai/v1 never had says where that route is."""
    raised = await failure(world, FOUNDRY, 404, error("no"), {}, client="ImageEmbeddingsClient")

    assert raised.message.endswith("Image embeddings are a route of /models, which /openai/v1 does not have.")


@pytest.mark.asyncio
async def test_error_map_comes_first(world: World) -> None:
    """An error of the caller's own has no line of advice."""

    class Mine(HttpResponseError):
        pass

    transport = world.FakeTransport(lambda request: FakeResponse(404, body=error("x", code="DeploymentNotFound")))
    client = world.ChatCompletionsClient(OPENAI, AzureKeyCredential("k"), transport=transport, model="m")
    for stream in (False, True):
        with pytest.raises(Mine) as raised:
            await wait(client.complete(messages=[], stream=stream, error_map={404: Mine}))
        assert "deployment 'm'" not in raised.value.message


@pytest.mark.asyncio
@pytest.mark.parametrize("client", ["EmbeddingsClient", "ImageGenerationClient"])
async def test_advice_of_other_clients(world: World, client: str) -> None:
    """The model of the request is named for each client."""
    raised = await failure(world, OPENAI, 404, error("It is not there", code="DeploymentNotFound"), {}, client=client)

    assert raised.message.splitlines()[-1].startswith("There is no deployment 'm': model= must be")


@pytest.mark.asyncio
@pytest.mark.parametrize("body", [error("no"), error("no", code=5, param=7), [], "text", {"error": None}])
async def test_no_advice_where_nothing_fits(world: World, body: Any) -> None:
    """An error that no row fits has no line of advice, whatever its body is."""
    raised = await failure(world, "http://h/v1", 400, body, {})

    assert "model=" not in raised.message
    assert "leave" not in raised.message


async def failure(
    world: World,
    endpoint: str,
    status: int,
    body: Any,
    options: Dict[str, Any],
    *,
    stream: bool = False,
    client: str = "ChatCompletionsClient",
) -> HttpResponseError:
    """Return the error of a call that gets this response."""
    options = {"model": "m", **options}
    token: Any = Token() if world.name == "sync" else AsyncToken()
    credential: Any = token if options.pop("token", None) else AzureKeyCredential("secret-key")
    transport = world.FakeTransport(lambda request: FakeResponse(status, body=body))
    made = getattr(world, client)(endpoint, credential, transport=transport, retry_total=0, **options)
    call: Optional[Any] = None
    with pytest.raises(HttpResponseError) as raised:
        if client == "ChatCompletionsClient":
            call = made.complete(messages=[], stream=stream)
        elif client == "ImageGenerationClient":
            call = made.generate(prompt="a boat")
        else:
            call = made.embed(input=[])
        await wait(call)
    return raised.value
