"""The steps of the recipe in order, with the settings of the shipped model."""

from __future__ import annotations

import datetime
import json
import random
import time
from pathlib import Path

import torch
import torch.distributed

from . import back, batches, evaluate, prepare, train, vocabulary
from .model import TextModel, load_minilm
from .swap import Swapper
from .teacher import embed

SEED = 20


def runner(model: TextModel, encoder: batches.Encoder):
    """A function from an example to numpy logits, through torch."""

    def run(example):
        ids, hints, first = encoder.line(example)
        with torch.no_grad():
            out = model(
                torch.tensor([ids]), torch.tensor([hints]), torch.ones(1, len(ids), dtype=torch.bool), torch.tensor([first])
            )
        return {name: value[0].numpy() for name, value in out.items()}

    return run


def without_map(examples):
    """The same examples with no map given."""
    result = []
    for example in examples:
        bare = example.copy()
        bare.hints = [0] * len(bare.hints)
        result.append(bare)
    return result


def brief(examples, readings) -> str:
    """One line of figures."""
    figures = evaluate.score(examples, readings, samples=1)
    return (
        f"n {figures['lines']} frame {figures['frame']['f1']:.3f} role {figures['role']['f1']:.3f} head {figures['head']['f1']:.3f} "
        f"whole {figures['whole']['accuracy']:.3f} act {figures['act_accuracy']:.3f} lang {figures['lang_accuracy']:.3f} "
        f"mood {figures['mood_accuracy'] or 0:.3f} accepted {figures['accepted']:.3f}"
    )


def build(corpora_folder: Path | None, out: Path, settings: dict, log=print) -> None:
    """Prepare, train and save the float model with its vocabulary to `out`."""
    torch.set_num_threads(settings.get("threads", 2))
    out.mkdir(parents=True, exist_ok=True)
    rank, world = settings.get("rank", 0), settings.get("world", 1)
    if world > 1:
        torch.distributed.init_process_group("gloo", init_method=f"file://{out.resolve()}/meet", rank=rank, world_size=world, timeout=datetime.timedelta(hours=2))
    if rank:
        log = lambda *_: None
    begun = time.time()
    data = prepare.prepare(corpora_folder, SEED, settings["generated"], settings["final"])
    log(
        f"prepared {time.time() - begun:.0f} s: huric {len(data.huric)} clinc {len(data.clinc)} own {len(data.own)} "
        f"generated {len(data.generated)} dev {len(data.dev)} " + " ".join(f"{k} {len(v)}" for k, v in data.tests.items())
    )
    words = {word for line in data.huric + data.clinc + data.own + data.generated for word in line.words}
    glosses = prepare.glosses()
    start = settings.get("start")
    earlier = earlier_run(Path(start)) if start else None
    ids, rows = vocabulary.widen(earlier[1], words) if earlier else vocabulary.prune(words, glosses)
    if rank == 0:
        vocabulary.save_tokenizer(ids, out / "tokenizer.json")
    model = TextModel(len(ids), layers=settings["layers"])
    load_minilm(model, vocabulary.minilm_tensors(), rows)
    with torch.no_grad():
        vocabulary.fill_added(model.words.weight, ids, rows, glosses, SEED)
    if earlier:
        go_on_from(*earlier, model, ids)
    encoder = batches.Encoder(ids)
    english = [line.text for line in data.huric + data.own if line.lang == "en"]
    english += [line.text for line in random.Random(SEED).sample(data.clinc, min(6000, len(data.clinc)))]
    english += [line.text for line in random.Random(SEED).sample([e for e in data.generated if e.lang == "en"], 3000 if len(data.generated) > 6000 else 500)]
    teacher = None
    if rank == 0:
        cache = out / "teacher.pt"
        known = torch.load(cache) if cache.exists() else {}
        teacher = {text: known[text] for text in english if text in known}
        teacher.update(embed([text for text in english if text not in known], log))
    if world > 1:
        teacher = share(teacher, out, rank)
    log(f"vocabulary {len(ids)}, {sum(p.numel() for p in model.parameters()) / 1e6:.1f} M parameters, {time.time() - begun:.0f} s")

    def check(trained, epoch):
        trained.eval()
        run = runner(trained, encoder)
        for name in ("huric_en", "huric_it", "own_zh"):
            lines = data.tests.get(name, [])[:40]
            log(f"  {epoch} {name}: {brief(lines, evaluate.read_all(run, lines))}")
        torch.save(trained.state_dict(), out / "last.pt")

    epoch_lines = prepare.epoch_maker(data, settings["per_epoch"], settings["repeats"])
    train.train(
        model, encoder, epoch_lines, settings["epochs"], SEED, teacher, settings["rate"], log, None if rank else check,
        average=settings.get("average", 0.0), rank=rank, world=world,
        pieces=settings["pieces"], minutes=settings.get("minutes", 0.0), hold=settings.get("hold", False),
        swap=Swapper({" ".join(line.words) for lines in data.tests.values() for line in lines}),
    )
    if rank:
        return
    torch.save(model.state_dict(), out / "model.pt")
    (out / "vocab.json").write_text(json.dumps(ids, ensure_ascii=False), encoding="utf-8")
    (out / "settings.json").write_text(json.dumps({k: v for k, v in settings.items() if k not in ("rank", "start")} | {"start": str(settings.get("start") or "")}, indent=1), encoding="utf-8")
    cosine = sentence_cosine(model, encoder, data, teacher)
    (out / "cosine.json").write_text(json.dumps(cosine), encoding="utf-8")
    log(f"sentence embedding cosine {cosine}; all done after {time.time() - begun:.0f} s")


def earlier_run(start: Path) -> tuple[dict[str, torch.Tensor], dict[str, int]]:
    """Weights and vocabulary to go on from: those of an earlier run's folder, or of a shipped model.onnx and the tokenizer beside it."""
    if start.suffix == ".onnx":
        return back.weights(start), back.vocabulary(start.with_name("tokenizer.json"))
    return torch.load(start / "model.pt"), json.loads((start / "vocab.json").read_text(encoding="utf-8"))


def go_on_from(state: dict[str, torch.Tensor], old: dict[str, int], model: TextModel, ids: dict[str, int]):
    """Take earlier weights, word pieces matched by their text since the vocabulary may have grown."""
    words = model.words.weight.detach().clone()
    for piece, index in ids.items():
        if piece in old:
            words[index] = state["words.weight"][old[piece]]
    state["words.weight"] = words
    model.load_state_dict(state)


def share(teacher: dict | None, out: Path, rank: int) -> dict:
    """Hand the first process's sentence embeddings to the others through a file."""
    path = out / "teacher.pt"
    if rank == 0:
        torch.save(teacher, path)
    torch.distributed.barrier()
    return teacher if rank == 0 else torch.load(path)


def sentence_cosine(model, encoder, data, teacher) -> dict:
    """Mean cosine between the model's sentence embeddings and MiniLM's, on test lines it was not taught."""
    run = runner(model, encoder)
    result = {}
    for name in ("huric_en", "clinc", "clinc_oos"):
        lines = data.tests.get(name, [])[:60]
        if not lines:
            continue
        wanted = embed([line.text for line in lines], log=lambda *_: None)
        values = [float((torch.from_numpy(run(line)["embedding"]) * wanted[line.text].float()).sum()) for line in without_map(lines)]
        result[name] = sum(values) / len(values)
    return result
