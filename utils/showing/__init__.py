"""Samples as people hear and see them: sounds as WAV, spectrograms and pictures as PNG, made anew from what was decoded."""
