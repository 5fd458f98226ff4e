"""Training: AdamW, a warm-up and a linear decay, lower rates for lower layers, bf16 where the processor has it."""

import random
import time

import torch
import torch.nn.functional as F

from .augment import noisy
from .batches import IGNORE, Encoder, batches
from .model import TextModel


def losses(out: dict, want: dict, teacher=None, known=None) -> dict:
    """The loss of each head. `teacher` [b, 384] are sentence embeddings to follow where `known` [b] says so."""
    cross = lambda logits, target, weight=None: F.cross_entropy(
        logits.float().flatten(0, -2), target.flatten(), weight=weight, ignore_index=IGNORE
    )
    result = {
        "frames": cross(out["frames"], want["frames"]),
        "acts": F.cross_entropy(out["acts"].float(), want["acts"], label_smoothing=0.02),
        "langs": F.cross_entropy(out["langs"].float(), want["langs"]),
    }
    if (want["moods"] != IGNORE).any():
        result["moods"] = cross(out["moods"], want["moods"])
        result["roles"] = cross(out["roles"], want["roles"])
    heads = want["heads"] != IGNORE
    if heads.any():
        result["heads"] = F.binary_cross_entropy_with_logits(out["heads"].float()[heads], want["heads"][heads].float())
    if teacher is not None and known.any():
        result["embedding"] = (1 - (out["embedding"] * teacher).sum(-1))[known].mean()
    return result


WEIGHTS = {"frames": 3.0, "roles": 3.0, "heads": 0.5, "moods": 0.7, "acts": 0.7, "langs": 0.3, "embedding": 1.0}


def groups(model: TextModel, rate: float, decay: float, layerwise: float):
    """Parameter groups: the rate falls by `layerwise` a layer towards the input; heads learn 5 times as fast."""
    depth = len(model.layers)
    result: dict[tuple[float, float], list] = {}
    for name, parameter in model.named_parameters():
        if name.startswith("layers."):
            scale = layerwise ** (depth - 1 - int(name.split(".")[1]))
        elif name.startswith(("words", "positions", "norm")):
            scale = layerwise**depth
        elif name.startswith("hints"):
            scale = 5.0
        else:
            scale = 5.0
        weight_decay = 0.0 if parameter.ndim < 2 or name.startswith("words") else decay
        result.setdefault((rate * scale, weight_decay), []).append(parameter)
    return [{"params": members, "lr": lr, "peak": lr, "weight_decay": wd} for (lr, wd), members in result.items()]


# Steps between two averagings of the processes' weights.
SYNC = 6


def shared(value: float, world: int) -> float:
    """The first process's value, in all processes."""
    if world == 1:
        return value
    from torch import distributed

    box = torch.tensor([value])
    distributed.broadcast(box, 0)
    return float(box[0])


def average_weights(model: TextModel, world: int):
    """Set the weights of all processes to their mean."""
    from torch import distributed
    from torch.nn.utils import parameters_to_vector, vector_to_parameters

    with torch.no_grad():
        flat = parameters_to_vector(model.parameters())
        distributed.all_reduce(flat)
        vector_to_parameters(flat / world, model.parameters())


def train(
    model: TextModel, encoder: Encoder, epoch_lines, epochs: int, seed: int, teacher: dict | None = None,
    rate: float = 1.2e-4, log=print, check=None, strength: float = 1.0, half: bool = True, average: float = 0.0,
    rank: int = 0, world: int = 1, pieces: int = 800, minutes: float = 0.0, hold: bool = False, swap=None,
):
    """Train in place. `epoch_lines(epoch, rng)` gives the examples of an epoch; `teacher` maps a line's text to its
    sentence embedding; `check(model, epoch)` is called after each epoch. With `average` > 0 the weights left in the model
    are an exponential average of the last part of training.

    With `world` processes each takes its share of the batches and their weights are averaged every few steps (local SGD,
    Stich 2019), which two cores of a busy machine bear better than two threads in one process. With `minutes` > 0 the
    schedule also ends by then, however far it has come. With `hold` the rate stays at its peak, for a run that others go on
    from. `swap(line, rng)` gives a line of HuRIC's or the project's own other nouns, in half of the cases."""
    torch.manual_seed(seed)
    rng = random.Random(seed)
    optimizer = torch.optim.AdamW(groups(model, rate, 0.01, 0.9), betas=(0.9, 0.98), eps=1e-8, fused=True)
    plans = []
    for epoch in range(epochs):
        lines = epoch_lines(epoch, rng)
        plan = batches(lines, rng, pieces)
        plans.append(plan[rank : len(plan) // world * world : world])
    rng = random.Random(seed * 100 + rank)
    torch.manual_seed(seed * 100 + rank)
    total = sum(len(plan) for plan in plans)
    warm = max(min(total // 20, 25), 1)
    step = 0
    mean = None
    begun = time.time()
    progress = 0.0
    for epoch, plan in enumerate(plans):
        model.train()
        sums: dict[str, float] = {}
        for index, lines in enumerate(plan):
            noise = [swap(line, rng) if swap and line.set in ("huric", "") and rng.random() < 0.5 else line for line in lines]
            noise = [noisy(line, rng, strength) for line in noise]
            want = encoder.batch(noise, unknown=0.01, rng=rng)
            target = known = None
            if teacher is not None:
                known = torch.tensor([line.clean and line.text in teacher for line in noise])
                if known.any():
                    target = torch.stack([teacher.get(line.text, next(iter(teacher.values()))) for line in noise]).float()
            progress = max(progress, step / total)
            if minutes and step % SYNC == 0:
                progress = max(progress, shared(min((time.time() - begun) / 60 / minutes, 1.0), world))
            if progress >= 1.0:
                break
            part = min(step / warm, 1.0 if hold else 1 - progress)
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * max(part, 0.0)
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
                out = model(want["ids"], want["hints"], want["mask"], want["first"], want["triggers"], want["frames_given"])
            parts = losses(out, want, target, known)
            loss = sum(WEIGHTS[name] * value for name, value in parts.items())
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            step += 1
            if world > 1 and (step % SYNC == 0 or step == total):
                average_weights(model, world)
            if average and progress > 0.7:
                with torch.no_grad():
                    if mean is None:
                        mean = {name: value.detach().clone() for name, value in model.state_dict().items()}
                    else:
                        for name, value in model.state_dict().items():
                            mean[name].lerp_(value, 1 - average)
            for name, value in parts.items():
                sums[name] = sums.get(name, 0.0) + float(value.detach())
            if index % 50 == 49:
                text = " ".join(f"{name} {value / (index + 1):.4f}" for name, value in sums.items())
                log(f"epoch {epoch} batch {index + 1}/{len(plan)} {time.time() - begun:.0f} s: {text}")
        text = " ".join(f"{name} {value / (index + 1):.4f}" for name, value in sums.items())
        log(f"epoch {epoch} done, {index + 1} batches, {progress:.2f} of the schedule, {time.time() - begun:.0f} s: {text}")
        if check:
            check(model, epoch)
        if progress >= 1.0:
            break
    if mean is not None:
        model.load_state_dict(mean)
    model.eval()
    return model
