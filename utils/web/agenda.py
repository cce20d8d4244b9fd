"""The samples that still need answers, and whose turn each is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain

from utils.annotation.ledger import Ledger
from utils.annotation.questions import Question, Questions
from utils.web.leases import Leases


class Agenda:
    """What the questions of one moment leave to be done, as far as a ledger says.

    Attributes:
        known: id → question, of all that is asked now, answered or not, and of what was asked and is on a screen still.
        asked: id → question, of those of this round that need an answer, the most wanted first.
        ahead: the same of those that may be answered for the round to come.
    """

    def __init__(self, questions: Questions, ledger: Ledger, in_hand: Iterable[Question] = ()) -> None:
        """Of `questions`; the `ledger` is that of the desk, and grows.

        Those `in_hand` may be answered though they are not asked any more: somebody was looking at them when the run took up
        what was answered ahead, and his answer counts for a later round.
        """
        self._ledger, self._per_sample = ledger, questions.per_sample
        is_over = questions.stage in ("ended", "stopped")
        self._asked, self._ahead = ((), ()) if is_over else (questions.asked, questions.ahead)
        self.known = {one.id: one for one in chain(() if is_over else in_hand, self._ahead, self._asked)}
        self.reopen()

    def reopen(self) -> None:
        """An answer was taken back."""
        self.asked = {one.id: one for one in self._asked if self._needs_answers(one.id)}
        self.ahead = {one.id: one for one in self._ahead if one.id not in self.asked and self._needs_answers(one.id)}

    def answered(self, sample: int) -> None:
        """An answer for `sample` came in."""
        if not self._needs_answers(sample):
            self.asked.pop(sample, None)
            self.ahead.pop(sample, None)

    def is_open(self, sample: int, by: str) -> bool:
        """Whether the annotator `by` may answer `sample`."""
        return sample in self.known and self._needs_answers(sample) and not self.has_answered(sample, by)

    def in_hand(self, leases: Leases) -> list[Question]:
        """What annotators have on their screens, and is for no round that has begun."""
        known = {sample: one for sample, one in self.known.items() if sample not in self.asked and self._needs_answers(sample)}
        return [known[sample] for sample in leases.on_screens() if sample in known]

    def has_answered(self, sample: int, by: str) -> bool:
        """Whether the annotator `by` answered `sample`."""
        return any(said.by == by for said in self._ledger.annotations(sample))

    def has_room(self, sample: int, by: str, leases: Leases) -> bool:
        """Whether `sample` needs the annotator `by` besides those who have it on their screens."""
        return self._slots(sample, leases.of_others(by)[0]) > 0

    def next(self, by: str, leases: Leases) -> Question | None:
        """The sample that the annotator `by` should have on the screen: the one that he has, as long as it is open to him."""
        shown, _ = leases.of(by)
        if shown is not None and self.is_open(shown, by):
            return self.known[shown]
        return self._choose(by, leases, may_steal=True)

    def upcoming(self, by: str, leases: Leases, shown: Question) -> Question | None:
        """The sample that he should load while he looks at `shown`; None where others load all that is left."""
        return self._choose(by, leases, besides=shown.id, may_steal=False)

    def _choose(self, by: str, leases: Leases, *, besides: int | None = None, may_steal: bool) -> Question | None:
        on_screens, loaded = leases.of_others(by)
        _, upcoming = leases.of(by)
        for group in self._groups(by, upcoming):
            stolen = None
            for question in group:
                slots = self._slots(question.id, on_screens)
                if slots <= 0 or question.id == besides:
                    continue
                if slots > loaded[question.id]:
                    return question
                stolen = stolen or question
            if stolen and may_steal:
                return stolen
        return None

    def _groups(self, by: str, upcoming: int | None) -> Iterator[Iterable[Question]]:
        """What the annotator may answer: this round's before the next one's, what he put off after the rest of its round."""
        put_off = self._ledger.skipped.get(by, [])
        for part in (self.asked, self.ahead):
            first = [part[upcoming]] if upcoming in part else []
            yield (one for one in chain(first, part.values()) if one.id not in put_off and not self.has_answered(one.id, by))
            yield (part[sample] for sample in put_off if sample in part)

    def _slots(self, sample: int, on_screens: Counter[int]) -> int:
        """Annotators that the sample still needs, besides those who have it on their screens."""
        return self._per_sample - len(self._ledger.annotations(sample)) - on_screens[sample]

    def _needs_answers(self, sample: int) -> bool:
        return not self._ledger.is_final(sample) and not self._ledger.is_complete(sample, self._per_sample)
