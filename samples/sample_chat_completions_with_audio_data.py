"""Ask about audio in a file. The model must support audio."""

from pathlib import Path

from endpoints import prepare_environment

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.models import AudioContentFormat, AudioContentItem, InputAudio, TextContentItem, UserMessage

AUDIO = Path(__file__).parent / "data" / "three_tones.wav"

prepare_environment("AZURE_AI_CHAT")

with ChatCompletionsClient.from_environment() as client:
    question = UserMessage(
        [
            TextContentItem(text="How many tones do you hear? Do they rise or fall?"),
            AudioContentItem(input_audio=InputAudio.load(audio_file=str(AUDIO), audio_format=AudioContentFormat.WAV)),
        ]
    )
    completion = client.complete(messages=[question])

print(completion.choices[0].message.content)
