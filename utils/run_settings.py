"""What the parameters of a run say to each of its parts: the split, the engine, the trainer, the query, the pictures, the data.

Each part takes a small settings object of its own and knows no parameter file; here is the one place where the names of
parameters meet the fields of these objects. `HParams` inherits from the class below and has the parameters as fields; no
module of utils/ may import it, so `self` is not declared more closely here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from utils.data.audio_features import AudioSettings
from utils.data.augmentation import AUGMENTATIONS, Augmenter
from utils.data.parts import PartSettings
from utils.data.source import Kind, SourceRequest
from utils.hardware import hardware
from utils.learning_engine import Sampling, TrainingSettings
from utils.parameter_table import plain
from utils.picture_settings import PictureSettings
from utils.plan import CHOSEN_ON_TEST, CROSS_EVALUATED
from utils.trainer import TrainingPolicy


class RunSettings:
    """The settings of the parts of a run; to be inherited by the class that has its parameters."""

    def part_settings(self: Any) -> PartSettings:
        """What the split depends on."""
        shares = self.num_total, self.test_percent, self.valid_percent, self.group_by, self.test_groups
        fold = self.fold if isinstance(self.fold, int) else None
        return PartSettings(*shares, self.num_folds, fold, "test_percent" in self.model_fields_set)

    def holds_out(self: Any) -> bool:
        """Whether, without a validation part, a tenth of the labelled samples is kept to choose checkpoints on."""
        return self.checkpoint != "last" and self.checkpoint_on == "validation"

    def validates(self: Any) -> bool:
        """Whether there are samples to choose checkpoints on that nothing is trained on and that are not the test part."""
        return self.valid_percent > 0 or self.holds_out()

    def num_outputs(self: Any, num_classes: int) -> int:
        """Output units of the model on a set of `num_classes` classes: one sigmoid unit, or one unit per class."""
        one = self.num_classes == 1 or (self.task == "binary" and self.num_classes is None) or self.is_regression()
        return 1 if one else num_classes

    def training_settings(self: Any) -> TrainingSettings:
        """How the learning engine trains."""
        regression = self.is_regression()
        return TrainingSettings(
            self.num_epochs,
            self.batch_size,
            self.learning_rate,
            self.early_stopping,
            self.optimizer,
            "mse" if regression else self.loss or "cross_entropy",
            self.label_smoothing,
            "loss" if regression else self.monitor,
            regression,
            "last" if self.checkpoint == "last" else "best",
            tuple(self.frozen) if isinstance(self.frozen, list) else self.frozen or (),
            self.clip_norm,
        )

    def training_policy(self: Any, num_classes: int) -> TrainingPolicy:
        """Where each round's training starts and which weights it keeps."""
        settings = self.training_settings()
        return TrainingPolicy(
            self.warm_start,
            self.checkpoint,
            self.metric_baseline,
            self.class_weight,
            num_classes,
            settings.monitor,
            settings.loss,
            self.pretrained,
            draws_validation=self.mode != "active_learning",
        )

    def curve_settings(self: Any) -> dict[str, Any]:
        """How the mean curve of the folds is smoothed."""
        return {"smoothing": self.curve_smoothing, "skip": self.curve_skip}

    def query_settings(self: Any) -> dict[str, Any]:
        """Of a single run: how it chooses samples, as strategies/composition/query.py wants it."""
        names = (
            "strategy_params", "initial_selection", "initial_space", "labeled_percent", "num_select_per_round",
            "candidate_pool", "num_members",
            "hist_sel_mode", "hist_keep", "hist_rule", "pseudo_label", "decay_threshold", "decay_rate", "threads",
        )  # fmt: skip
        single = {"framework_type": self.names()[0], "sel_threshold": self.thresholds(self.names()[0])[0]}
        return single | {name: getattr(self, name) for name in names}

    def sampling(self: Any, kind: Kind) -> Sampling:
        """Dropout passes, and augmented copies where data of this `kind` have any.

        Raises:
            ParameterError: `augmentations` names some that do not suit the kind.
        """
        names = tuple(self.augmentations) if self.augmentations else None
        return Sampling(self.num_passes, Augmenter(kind, self.num_augmented, names) if kind in AUGMENTATIONS else None)

    def footnote(self: Any, *, tested: bool) -> str:
        """What every picture of the results must say; `tested` where there is a test part."""
        if not tested:
            return CROSS_EVALUATED.format(folds=self.num_folds)
        return "" if self.checkpoint_on == "validation" else CHOSEN_ON_TEST

    def picture_settings(self: Any, kind: Kind, footnote: str) -> PictureSettings:
        """Of a single run on data of this `kind`: how its pictures are drawn, and what they must say."""
        weighted = self.class_weight != "none" and not self.is_regression()
        return PictureSettings(footnote, self.map_projection, self.sampling(kind).augmenter, weighted, self.seeds()[0])

    def account(
        self: Any,
        parts: Mapping[str, int],
        classes: Sequence[str],
        fingerprint: Mapping[str, Any],
        ignored: Iterable[str] = (),
        sample_shape: Sequence[int] = (),
    ) -> dict[str, Any]:
        """Of a single run: what its params.json tells besides the version of the folder.

        Args:
            parts: sizes of pool, validation and test part.
            classes: of the data set.
            fingerprint: what the bits of its results depend on: under "data" which samples lie in which part, under
                "environment" all but parameters and data.
            ignored: kinds of groups that lie on both sides of its split.
            sample_shape: of what the model is fed of one sample.
        """
        environment, data = fingerprint.get("environment", {}), fingerprint.get("data", {})
        values, defaults = self.model_dump(mode="json"), self.defaults()
        asked = [name for name in values if name not in defaults or plain(getattr(self, name)) != defaults[name]]
        found = {"grid": self.point, "asked": asked, "parts": parts, "split_ignores": sorted(ignored), "classes": classes}
        found["sample_shape"] = list(sample_shape)
        return values | found | {"data": data, "environment": environment, "hardware": hardware(environment.get("device"))}

    def data_key(self: Any) -> str:
        """What a loaded data set depends on: runs of the same key share it."""
        return repr((self.sub_dir, self.dataset, self.source_request(), sorted(self.data_params.items())))

    def engine_key(self: Any) -> str:
        """What a learning engine depends on, and some more: runs of the same key share it."""
        others = {"run_name", "num_select_per_round", "hist_sel_mode", "max_round"}
        params = {name: value for name, value in self.result_params().items() if name not in others}
        return repr((self.data_key(), sorted(params.items())))

    def audio_settings(self: Any) -> AudioSettings:
        """How recordings become features.

        Raises:
            ParameterError: the settings give none.
        """
        return AudioSettings(
            sample_rate=self.sample_rate,
            num_bands=self.num_bands,
            num_frames=self.num_frames,
            hop_length=self.hop_length,
            fft_length=self.fft_length,
            delta=self.use_delta,
            short_clips=self.short_clips,
        )

    def source_request(self: Any) -> SourceRequest:
        """Where the data lie and how they become features."""
        audio, names = self.audio_settings(), tuple(self.class_names) if self.class_names else None
        return SourceRequest(self.data_folder(), audio, names, self.max_bad_files, self.is_regression(), self.asks_people())
