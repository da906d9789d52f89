"""One training run of a demo network: its steps, and everything that a resumed run needs to take the same ones."""

from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm import tqdm

from lrp.models.demo.photos import augment, cutmix

SIZE_SCHEDULE = ((0.4, 96), (0.65, 112), (0.9, 128), (1.0, 144))  # (up to this share of the epochs, input size in pixels)
BATCH = 64


class TrainingRun:
    """A training run with all state that changes from step to step, so that it can be saved and resumed."""

    def __init__(
        self, model: nn.Module, epochs: int, batches: int, rate: float, teacher: nn.Module | None = None,
        size: int | None = None,
    ) -> None:  # fmt: skip
        self.teacher, self.size = teacher, size
        self.memory_format = _memory_format(model)
        self.model = model.to(memory_format=self.memory_format)  # type: ignore[call-overload]
        averaged = get_ema_multi_avg_fn(0.998)  # type: ignore[no-untyped-call]
        self.average = AveragedModel(self.model, multi_avg_fn=averaged, use_buffers=True)
        self.epoch, self.epochs, self.batches = 0, epochs, batches
        self.optimizer = torch.optim.SGD(_parameter_groups(model), lr=rate, momentum=0.9, nesterov=True)
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer, rate, total_steps=epochs * batches, pct_start=0.2, cycle_momentum=False, final_div_factor=1e3
        )

    def train_epoch(self, photos: Tensor, labels: Tensor) -> float:
        """Trains one epoch and returns the mean loss."""
        size = self.size or next(pixels for share, pixels in SIZE_SCHEDULE if self.epoch < share * self.epochs)
        self.model.train()
        total = 0.0
        batches = tqdm(self._batches(len(photos)), f"epoch {self.epoch + 1}", self.batches, leave=False, disable=None)
        for chosen in batches:
            total += self.step(photos[chosen], labels[chosen], size)
        self.epoch += 1
        return total / self.batches

    def _batches(self, count: int) -> Iterator[Tensor]:
        """Random indices of photos, a batch at a time."""
        return iter(torch.split(torch.randperm(count)[: self.batches * BATCH], BATCH))

    def step(self, photos: Tensor, labels: Tensor, size: int) -> float:
        """One optimizer step on a batch; returns its loss."""
        device = next(self.model.parameters()).device
        views, labels = augment(photos.to(device), size), labels.to(device)
        others, share = labels, 1.0
        if float(torch.rand(())) < 0.3:
            views, others, share = cutmix(views, labels)
        views = views.contiguous(memory_format=self.memory_format)
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=_has_fast_bfloat16(device)):
            logits = self.model(views).float()
        loss = share * F.cross_entropy(logits, labels, label_smoothing=0.1)
        if share < 1:
            loss = loss + (1 - share) * F.cross_entropy(logits, others, label_smoothing=0.1)
        if self.teacher is not None:
            loss = (loss + F.cross_entropy(logits, self.teacher_probabilities(views))) / 2
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        self.schedule.step()
        self.average.update_parameters(self.model)
        return loss.item()

    def teacher_probabilities(self, views: Tensor) -> Tensor:
        """The teacher's probabilities for the same views that the student sees  [Beyer et al. 2022]."""
        assert self.teacher is not None
        with torch.no_grad(), torch.autocast(views.device.type, torch.bfloat16, _has_fast_bfloat16(views.device)):
            probabilities: Tensor = self.teacher(views).float().softmax(1)
            return probabilities

    def state(self) -> dict[str, Any]:
        """Returns everything that a resumed run needs to take the same steps."""
        parts = {name: getattr(self, name).state_dict() for name in ("model", "average", "optimizer", "schedule")}
        return {**parts, "epoch": self.epoch, "random": torch.get_rng_state(), "cuda": torch.cuda.get_rng_state_all()}

    def load(self, state: dict[str, Any]) -> None:
        """Restores `state`. Raises ValueError if it is from a run of another length, whose schedule differs."""
        steps = state["schedule"]["total_steps"]
        if steps != self.epochs * self.batches:
            raise ValueError(f"the checkpoint is of a run of {steps // self.batches} epochs, got --epochs {self.epochs}")
        for name in ("model", "average", "optimizer", "schedule"):
            getattr(self, name).load_state_dict(state[name])
        self.epoch = state["epoch"]
        torch.set_rng_state(state["random"].cpu())
        torch.cuda.set_rng_state_all([random.cpu() for random in state["cuda"]])


def _memory_format(model: nn.Module) -> torch.memory_format:
    """channels_last, which is faster, unless a strided 1x1 convolution has fewer than 8 input channels.

    In channels_last, oneDNN's AVX2 code for the weight gradient of such a convolution (torch 2.13) writes past its memory or
    never returns. With 8 channels or more, or in contiguous memory, it is right.
    """
    narrow = any(
        isinstance(layer, nn.Conv2d) and layer.kernel_size == (1, 1) and layer.stride != (1, 1) and layer.in_channels < 8
        for layer in model.modules()
    )
    return torch.contiguous_format if narrow else torch.channels_last


def _parameter_groups(model: nn.Module) -> list[dict[str, object]]:
    """Parameter groups by weight decay: matrices; scales of shortcuts that change the size (see `zero_one_branch`); others."""
    decays: dict[float, list[nn.Parameter]] = {5e-4: [], 5e-3: [], 0.0: []}
    for name, parameter in model.named_parameters():
        decays[5e-4 if parameter.dim() > 1 else 5e-3 if name.endswith("downsample.1.weight") else 0.0].append(parameter)
    return [{"params": parameters, "weight_decay": decay} for decay, parameters in decays.items()]


def _has_fast_bfloat16(device: torch.device) -> bool:
    """Whether the device computes in bfloat16 natively."""
    return device.type == "cuda" or torch.cpu._is_avx512_bf16_supported()
