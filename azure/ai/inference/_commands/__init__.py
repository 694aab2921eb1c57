"""The commands of ``python -m azure.ai.inference``. They are programs of users: they use public names."""
