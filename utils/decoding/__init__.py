"""Decoders of sounds and pictures at work in processes of their own, with limits on time and memory."""
