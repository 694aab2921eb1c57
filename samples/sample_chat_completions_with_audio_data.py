"""Ask about a sound in a file. The model must be one that hears."""

from pathlib import Path

from endpoints import find_endpoint

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.models import AudioContentFormat, AudioContentItem, InputAudio, TextContentItem, UserMessage

SOUND = Path(__file__).parent / "data" / "three_tones.wav"

endpoint, credential = find_endpoint("AZURE_AI_CHAT")

with ChatCompletionsClient(endpoint, credential) as client:
    question = UserMessage(
        [
            TextContentItem(text="How many tones do you hear? Do they rise or fall?"),
            AudioContentItem(input_audio=InputAudio.load(audio_file=str(SOUND), audio_format=AudioContentFormat.WAV)),
        ]
    )
    answer = client.complete(messages=[question])

print(answer.choices[0].message.content)
