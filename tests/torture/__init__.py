"""Every guarantee disturbed at full length; the tests hold a short form of each."""
