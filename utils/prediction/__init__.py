"""What a finished run says of new recordings, texts, pictures or rows."""
