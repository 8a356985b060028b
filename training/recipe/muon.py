"""Muon (Jordan et al. 2024): momentum whose update is orthogonalised by a Newton-Schulz iteration."""

from collections import defaultdict
from collections.abc import Iterable

import torch
from torch import Tensor, nn

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""The quintic of Jordan et al., chosen for steep slope at zero: singular values end between 0.7 and 1.2."""


def orthogonalised(matrices: Tensor, steps: int = 5) -> Tensor:
    """[n, rows, columns] with the singular values of each matrix moved close to 1."""
    a, b, c = COEFFICIENTS
    wide = matrices.shape[1] <= matrices.shape[2]
    x = matrices if wide else matrices.mT
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(steps):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x if wide else x.mT


class Muon(torch.optim.Optimizer):
    """For the matrices inside the layers only; embeddings and norms take AdamW."""

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        lr: float,
        momentum: float = 0.95,
        weight_decay: float = 0.0,
        precision: torch.dtype = torch.float32,
    ) -> None:
        """The iteration runs in `precision`: it bears bfloat16, as it only has to come near 1.

        A step takes `lr * weight_decay` of every weight away (decoupled weight decay, Loshchilov and Hutter 2019).
        """
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
        self.precision = precision

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            alike: dict[torch.Size, list[nn.Parameter]] = defaultdict(list)
            for parameter in group["params"]:
                alike[parameter.shape].append(parameter)
            for (rows, columns), parameters in alike.items():
                updates = torch.stack([self.update(p, group["momentum"]) for p in parameters])
                updates = orthogonalised(updates.to(self.precision)).to(updates.dtype)
                scale = max(1.0, rows / columns) ** 0.5
                for parameter, update in zip(parameters, updates, strict=True):
                    parameter.mul_(1 - group["lr"] * group["weight_decay"]).add_(update, alpha=-group["lr"] * scale)

    def update(self, parameter: nn.Parameter, momentum: float) -> Tensor:
        """The gradient with Nesterov momentum."""
        gradient = parameter.grad
        average = self.state[parameter].setdefault("average", torch.zeros_like(gradient))
        average.lerp_(gradient, 1 - momentum)
        return gradient.lerp(average, momentum)
