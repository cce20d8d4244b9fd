"""Labels from people: what they are asked, what they said, and what that comes to."""
