"""Generate images, and save them as files."""

from endpoints import prepare_environment

from azure.ai.inference import ImageGenerationClient

prepare_environment("AZURE_AI_IMAGES")

with ImageGenerationClient.from_environment() as client:
    images = client.generate(prompt="A lighthouse in a storm, as a woodcut", size="1024x1024", n=2)

for number, image in enumerate(images.data):
    name = f"lighthouse-{number}.png"
    image.save(name)
    print(f"{name}: {len(image.as_bytes())} bytes, generated at {images.created:%H:%M:%S} UTC")
