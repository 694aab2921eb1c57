"""Image generation on both routes: what is sent, what comes back, and which errors there are."""

from __future__ import annotations

import datetime
import io
import json
import zlib
from pathlib import Path
from typing import Any, Dict, List

import pytest
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import HttpResponseError
from worlds import World, opened, wait

from azure.ai.inference.exceptions import ContentFilterError, ResponseDecodeError
from azure.ai.inference.models import GeneratedImage, ImageGenerations, ImagePrompt, ModelInfo
from azure.ai.inference.options import ImageGenerationSettings
from azure.ai.inference.testing import FakeResponse, LocalService, Reply

FOUNDRY = "https://r.services.ai.azure.com"
DEPLOYMENT = "https://r.openai.azure.com/openai/deployments/d"
VERSION = "2025-05-15-preview"
KEY = AzureKeyCredential("k")
EMPTY: Dict[str, Any] = {"created": 0, "data": []}
#: Every setting, in the order of the body.
SETTINGS: Dict[str, Any] = {
    "background": "opaque",
    "image_prompt": ImagePrompt(image="data:image/png;base64,AA==", strength=0.5),
    "model": "m",
    "moderation": "low",
    "n": 2,
    "negative_prompt": "people",
    "output_compression": 0,
    "output_format": "png",
    "quality": "hd",
    "response_format": "b64_json",
    "safety_identifier": "s",
    "seed": 0,
    "size": {"width": 64, "height": 32},
    "style": "vivid",
    "user": "",
}
#: The settings that only /openai/v1 has.
OF_V1 = "background moderation output_compression response_format safety_identifier style user".split()


class Sent:
    """The requests of a client, which all get the same response."""

    def __init__(self, world: World, endpoint: str, body: Any = None, status: int = 200, **options: Any) -> None:
        self.requests: List[Any] = []
        self._response = FakeResponse(status, body=EMPTY if body is None else body)
        transport = world.FakeTransport(self._respond)
        self.client = world.ImageGenerationClient(endpoint, KEY, transport=transport, **options)

    def _respond(self, request: Any) -> FakeResponse:
        self.requests.append(request)
        return self._response

    async def generate(self, *args: Any, **keywords: Any) -> Any:
        """Generate images, and return the last request."""
        await wait(self.client.generate(*args, **keywords))
        return self.requests[-1]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("endpoint", "url", "header"),
    [
        (FOUNDRY, f"{FOUNDRY}/openai/v1/images/generations", None),
        ("https://api.openai.com", "https://api.openai.com/v1/images/generations", None),
        (f"{FOUNDRY}/models", f"{FOUNDRY}/models/images/generations?api-version={VERSION}", "pass-through"),
        (DEPLOYMENT, f"{DEPLOYMENT}/images/generations?api-version={VERSION}", "pass-through"),
        ("http://h/v1", f"http://h/v1/images/generations?api-version={VERSION}", "pass-through"),
    ],
)
async def test_request_with_every_setting(world: World, endpoint: str, url: str, header: Any) -> None:
    """Each kind of endpoint gets the same body, in alphabetical order behind the prompt, and extras come last."""
    sent = Sent(world, endpoint)
    given = dict(reversed([*SETTINGS.items()]))
    request = await sent.generate(prompt="a boat", model_extras={"zeta": 1, "alpha": 2}, **given)

    assert [*SETTINGS] == sorted({*ImageGenerationSettings.__annotations__} & {*SETTINGS})
    assert (request.method, request.url) == ("POST", url)
    assert request.headers.get("extra-parameters") == header
    assert request.headers["Content-Type"] == "application/json"
    assert request.content == json.dumps(
        {"prompt": "a boat", **SETTINGS, "zeta": 1, "alpha": 2}, default=lambda model: model.as_dict()
    )


@pytest.mark.asyncio
@pytest.mark.parametrize("name", [*SETTINGS])
async def test_header_of_extra_parameters(world: World, name: str) -> None:
    """The header goes with the settings that only /openai/v1 has, of a call or of the client, but not to /openai/v1."""
    given = {name: SETTINGS[name]}
    for endpoint, expected in ((FOUNDRY, False), (f"{FOUNDRY}/models", name in OF_V1), (DEPLOYMENT, name in OF_V1)):
        of_call, of_client = Sent(world, endpoint), Sent(world, endpoint, **given)
        requests = [await of_call.generate(prompt="p", **given), await of_client.generate(prompt="p")]
        assert [request.headers.get("extra-parameters") for request in requests] == [
            "pass-through" if expected else None
        ] * 2
        assert requests[0].content == requests[1].content


@pytest.mark.asyncio
async def test_extras_stay_at_the_end(world: World) -> None:
    """An extra that has the name of a setting keeps its place among the extras, replaces a given one, or removes it."""
    sent = Sent(world, f"{FOUNDRY}/models", model_extras={"of": "client"}, n=3)
    extras = {"zeta": 1, "seed": 2, "background": "auto", "n": None}

    assert (await sent.generate(prompt="p", size="auto", model_extras=extras)).content == (
        '{"prompt": "p", "size": "auto", "zeta": 1, "seed": 2, "background": "auto"}'
    )
    assert (await sent.generate(prompt="p", model_extras={"n": 1, "a": 2})).content == '{"prompt": "p", "n": 1, "a": 2}'
    assert (await sent.generate(prompt="p")).content == '{"prompt": "p", "n": 3, "of": "client"}'


@pytest.mark.asyncio
async def test_call_wins_over_client(world: World) -> None:
    """A setting of the client holds where the call has none or None; a falsy value of the call is a value."""
    sent = Sent(world, FOUNDRY, size="512x512", user="u", output_compression=50, quality="low")
    request = await sent.generate(prompt="p", size=None, user="", output_compression=0)

    assert request.content == (
        '{"prompt": "p", "output_compression": 0, "quality": "low", "size": "512x512", "user": ""}'
    )


@pytest.mark.asyncio
async def test_bodies_are_sent_as_they_are(world: World) -> None:
    """A body of the caller's gets neither settings of the client nor the header of extras."""
    sent = Sent(world, f"{FOUNDRY}/models", style="vivid", model_extras={"a": 1})
    bodies: List[Any] = [{"prompt": "p", "zeta": None, "n": 1}, b'{"prompt":"p"}', io.BytesIO(b'{"prompt":"p"}')]
    requests = [await sent.generate(body, user="ignored") for body in bodies]

    assert [request.content for request in requests] == ['{"prompt": "p", "zeta": null, "n": 1}', *bodies[1:]]
    assert [request.headers.get("extra-parameters") for request in requests] == [None] * 3


@pytest.mark.asyncio
@pytest.mark.parametrize("arguments", [{}, {"prompt": None}, {"size": "auto"}])
async def test_missing_prompt(world: World, arguments: Any) -> None:
    """A call without a prompt is refused before anything is sent."""
    sent = Sent(world, FOUNDRY)
    with pytest.raises(TypeError) as caught:
        await sent.generate(**arguments)

    assert (str(caught.value), sent.requests) == ("missing required argument: prompt", [])


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("endpoint", "options", "call", "version"),
    [
        (FOUNDRY, {"api_version": "preview"}, {}, "preview"),
        (FOUNDRY, {}, {"api_version": "v1"}, "v1"),
        (DEPLOYMENT, {"api_version": "2025-04-01-preview"}, {}, "2025-04-01-preview"),
        (DEPLOYMENT, {"api_version": "2025-04-01-preview"}, {"api_version": "2024-10-21"}, "2024-10-21"),
        (f"{DEPLOYMENT}/images/generations?api-version=2024-02-01", {}, {}, "2024-02-01"),
    ],
)
async def test_version(world: World, endpoint: str, options: Any, call: Any, version: str) -> None:
    """A version of the call comes first, then that of the constructor, then that of a pasted route."""
    sent = Sent(world, endpoint, **options)
    request = await sent.generate(prompt="p", **call)

    assert request.url.partition("?")[2] == f"api-version={version}"
    assert request.url.partition("?")[0].count("/images/generations") == 1


@pytest.mark.asyncio
@pytest.mark.parametrize("path", ["/models", "/openai/v1", "/openai/deployments/d"])
async def test_images_of_the_local_service(world: World, service: LocalService, path: str, tmp_path: Path) -> None:
    """Images come back from each route, whichever field they are in, and are saved as PNG files of the size."""
    client = world.ImageGenerationClient(service.endpoint + path, service.credential, model="painter")
    async with opened(client):
        images = await wait(client.generate(prompt="two red boats", n=2, size="64x32"))
    for number, image in enumerate(images.data):
        image.save(tmp_path / f"{number}.png")

    assert isinstance(images, ImageGenerations)
    assert images.created == datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
    assert images.model == ("painter" if path == "/models" else None)
    assert [type(image) for image in images.data] == [GeneratedImage] * 2
    assert [bool(image.image) for image in images.data] == [path == "/models"] * 2
    assert [bool(image.b64_json) for image in images.data] == [path != "/models"] * 2
    files = files_in(tmp_path)
    assert files == [image.as_bytes() for image in images.data]
    assert [size_of_png(file) for file in files] == [(64, 32)] * 2
    assert images.usage is not None
    assert images.usage.image_generations == (2 if path == "/models" else None)
    assert service.requests[0].json() == {"prompt": "two red boats", "model": "painter", "n": 2, "size": "64x32"}


def files_in(folder: Path) -> List[bytes]:
    """Return the contents of the files in a folder."""
    return [file.read_bytes() for file in sorted(folder.iterdir())]


def size_of_png(image: bytes) -> Any:
    """Return width and height of a PNG image whose header is whole."""
    header = image[12:29]
    assert image[:8] == b"\x89PNG\r\n\x1a\n"
    assert zlib.crc32(header) == int.from_bytes(image[29:33], "big")
    return int.from_bytes(header[4:8], "big"), int.from_bytes(header[8:12], "big")


@pytest.mark.asyncio
async def test_image_prompt_and_urls(world: World, service: LocalService, tmp_path: Path) -> None:
    """An image from a file goes to the service, and a URL comes back as a URL, which is not downloaded."""
    (tmp_path / "sketch.png").write_bytes(b"\x89PNG")
    prompt = ImagePrompt.load(image_file=str(tmp_path / "sketch.png"), image_format="png", strength=0.2)
    async with opened(world.ImageGenerationClient(f"{service.endpoint}/models", service.credential)) as client:
        await wait(client.generate(prompt="a boat", size="8x8", seed=5, image_prompt=prompt))
    async with opened(world.ImageGenerationClient(f"{service.endpoint}/openai/v1", service.credential)) as client:
        linked = await wait(client.generate(prompt="a boat", model="m", size="8x8", response_format="url"))

    assert service.requests[0].json() == {
        "prompt": "a boat",
        "image_prompt": {"image": "data:image/png;base64,iVBORw==", "strength": 0.2},
        "seed": 5,
        "size": "8x8",
    }
    assert service.requests[0].query == {"api-version": VERSION}
    assert service.requests[1].query == {}
    assert len(service.requests) == 2
    with pytest.raises(ValueError, match="response_format='b64_json'"):
        linked.data[0].as_bytes()


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("status", "error", "kind", "last_line"),
    [
        (400, {"code": "content_filter", "message": "m"}, ContentFilterError, "Message: m"),
        (400, {"code": "contentFilter", "message": "m"}, ContentFilterError, "Message: m"),
        (400, {"code": "content_policy_violation", "message": "m"}, ContentFilterError, "Message: m"),
        (400, {"code": "moderation_blocked", "message": "m", "param": None}, ContentFilterError, "Message: m"),
        (
            400,
            {"code": "unknown_parameter", "message": "Unknown parameter: 'style'.", "param": "style"},
            HttpResponseError,
            "This model does not accept it: leave out style.",
        ),
        (
            404,
            {"code": "DeploymentNotFound", "message": "m"},
            HttpResponseError,
            "There is no deployment 'm': model= must be the name of the deployment, which may differ from the model's name.",
        ),
    ],
)
async def test_errors(world: World, status: int, error: Any, kind: Any, last_line: str) -> None:
    """The service's refusals of images are exceptions of their kind, and say what to do."""
    sent = Sent(world, FOUNDRY, {"error": error}, status, model="m")
    with pytest.raises(kind) as caught:
        await sent.generate(prompt="p")

    assert caught.value.message.splitlines()[-1] == last_line


@pytest.mark.asyncio
async def test_responses_without_images(world: World) -> None:
    """A response that holds no object is refused, and an error with status 200 is raised unless there are images."""
    with pytest.raises(ResponseDecodeError):
        await Sent(world, FOUNDRY, [1]).generate(prompt="p")
    reported = {"created": 0, "error": {"code": "content_filter", "message": "m"}}
    with pytest.raises(ContentFilterError):
        await Sent(world, FOUNDRY, reported).generate(prompt="p")
    for body in (EMPTY, {**reported, "data": [{"b64_json": "AA=="}]}):
        assert await wait(Sent(world, FOUNDRY, body).client.generate(prompt="p")) == body


@pytest.mark.asyncio
@pytest.mark.parametrize("path", ["/models", "/openai/v1"])
@pytest.mark.parametrize("reported", ["image_generation", "Image-Generation"])
async def test_load_client(world: World, path: str, reported: str) -> None:
    """`load_client` makes this client for a model that generates images, with its settings and its version."""
    info = {"model_name": "painter", "model_type": reported, "model_provider_name": "local"}
    with LocalService(model_info=info) as service:
        if path == "/openai/v1":
            capabilities = {"capabilities": {"image_generation": True}}
            service.answer(Reply(body={"id": "painter", "owned_by": "local", **capabilities}))
        loading = world.load_client(service.endpoint + path, service.credential, model="painter", size="8x8")
        async with opened(await wait(loading)) as client:
            assert isinstance(client, world.ImageGenerationClient)
            assert isinstance(await wait(client.get_model_info()), ModelInfo)
            await wait(client.generate(prompt="a boat"))

    paths = [request.path[len(path) :] for request in service.requests]
    assert paths == ["/info" if path == "/models" else "/models/painter", "/images/generations"]
    assert service.requests[1].query == ({"api-version": VERSION} if path == "/models" else {})
    assert service.requests[1].json() == {"prompt": "a boat", "model": "painter", "size": "8x8"}


@pytest.mark.asyncio
async def test_response_hook(world: World) -> None:
    """`cls` gets the response, the images and the headers."""
    client = Sent(world, FOUNDRY).client
    reply, images, headers = await wait(client.generate(prompt="p", cls=lambda *parts: parts))

    assert (reply.http_response.status_code, images) == (200, EMPTY)
    assert headers["Content-Type"].startswith("application/json")
