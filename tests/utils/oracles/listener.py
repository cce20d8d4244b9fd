"""Who hears what an oracle says."""


class Listener:
    def __init__(self):
        self.said = []

    def say(self, text):
        self.said.append(text)

    def progress(self, what, done, total):
        pass
