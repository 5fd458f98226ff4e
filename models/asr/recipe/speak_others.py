#!/usr/bin/env python3
"""Makes sound that asks a robot for nothing: chat, foreign speech, music, noise.

    python speak_others.py OUT --chat SENTENCES.jsonl [--noise kitchen_noise.wav]

A line of SENTENCES.jsonl has "text"; CLINC's out-of-scope sentences do. Writes OUT/labels.jsonl, one line a recording with
"wav", "kind", "intent" null and, where something is said, "voice" and "said": `coact eval intent` takes it.
"""
import argparse
import json
from pathlib import Path

import numpy as np

from transcribe import read_wav
from voices import RATE, VOICES, Espeak, with_pauses, write_wav

FOREIGN = {
    "de": ["Heute scheint die Sonne den ganzen Tag", "Meine Schwester wohnt seit drei Jahren in Hamburg", "Hast du gestern das Spiel gesehen",
           "Der Zug kommt heute wieder zu spät", "Ich habe keine Lust auf Kartoffeln", "Bring mir bitte ein Glas Wasser"],
    "fr-fr": ["Il fait très beau aujourd'hui", "Ma grand-mère habite près de la mer", "Tu as vu le film hier soir",
              "Le train est encore en retard", "Je n'ai pas envie de sortir", "Apporte-moi un verre d'eau"],
    "es": ["Hoy hace mucho calor en la calle", "Mi hermano trabaja en un hospital", "Has visto el partido de ayer",
           "El tren llega tarde otra vez", "No tengo ganas de cocinar", "Tráeme un vaso de agua"],
    "it": ["Oggi c'è un bel sole", "Mia sorella abita a Milano da tre anni", "Hai visto la partita ieri sera",
           "Il treno è di nuovo in ritardo", "Non ho voglia di uscire", "Portami un bicchiere d'acqua"],
    "nl": ["Vandaag schijnt de zon de hele dag", "Mijn zus woont al drie jaar in Utrecht", "Heb je gisteren de wedstrijd gezien"],
    "pl": ["Dzisiaj świeci słońce", "Moja siostra mieszka w Krakowie", "Pociąg znowu się spóźnia"],
    "pt": ["Hoje está muito calor", "A minha irmã mora no Porto", "O comboio está atrasado outra vez"],
    "ru": ["Сегодня весь день светит солнце", "Моя сестра живёт в Казани", "Поезд опять опаздывает"],
    "tr": ["Bugün hava çok güzel", "Kız kardeşim İzmir'de oturuyor", "Tren yine gecikti"],
    "cmn": ["今天天气很好", "我妹妹住在上海", "火车又晚点了"],
    "hi": ["आज मौसम बहुत अच्छा है", "मेरी बहन दिल्ली में रहती है", "गाड़ी फिर देर से आई"],
}


def tone(pitch, seconds, partials, decay):
    """A plucked or held note: harmonics that fade."""
    t = np.arange(int(seconds * RATE)) / RATE
    parts = [share * np.sin(2 * np.pi * pitch * (n + 1) * t) * np.exp(-decay * (n + 1) * t) for n, share in enumerate(partials)]
    return np.sum(parts, 0) * np.minimum(1, t / 0.01)


def song(chance, seconds=8.0):
    """Chords, a melody, a bass and drums; now and then only some of them."""
    out = np.zeros(int(seconds * RATE) + RATE)
    beat = 60 / chance.uniform(70, 150)
    root, scale = 110 * 2 ** (chance.integers(12) / 12), [0, 2, 4, 5, 7, 9, 11] if chance.random() < 0.5 else [0, 2, 3, 5, 7, 8, 10]
    step = lambda n: root * 2 ** ((scale[n % 7] + 12 * (n // 7)) / 12)
    partials = chance.random(8) / np.arange(1, 9)
    chords, melody, bass, drums = chance.random(4) < 0.75
    melody = melody or not chords

    def put(at, sound, loud):
        at = int(at * RATE)
        sound = sound[: len(out) - at]
        out[at : at + len(sound)] += loud * sound

    place = 7
    for number in range(int(seconds / beat)):
        at, base = number * beat, [0, 3, 4, 0, 5, 3, 4, 4][number // 4 % 8]
        if chords and number % 2 == 0:
            for n in (0, 2, 4):
                put(at, tone(step(base + n), 2 * beat, partials, 1.0), 0.25)
        if bass:
            put(at, tone(step(base) / 2, beat, [1, 0.5, 0.2], 2.0), 0.5)
        if melody:
            for half in range(chance.integers(1, 3)):
                place = int(np.clip(place + chance.integers(-2, 3), 5, 20))
                put(at + half * beat / 2, tone(step(place), beat / 1.5, partials, 0.6), 0.5)
        if drums:
            kick = np.sin(2 * np.pi * 60 * np.arange(RATE // 5) / RATE) * np.exp(-np.arange(RATE // 5) / 900)
            snare = chance.normal(size=RATE // 6) * np.exp(-np.arange(RATE // 6) / 500)
            put(at, kick if number % 2 == 0 else snare, 0.7)
            put(at + beat / 2, chance.normal(size=800) * np.exp(-np.arange(800) / 120), 0.2)
    return out


def noises(chance, kitchen):
    """Eight seconds each: white, brown, a hum, a fan, taps, babble of nothing, and pieces of the kitchen."""
    n = 8 * RATE
    t = np.arange(n) / RATE
    for kind in range(30):
        white = chance.normal(size=n)
        if kind % 5 == 0:
            yield white
        elif kind % 5 == 1:
            brown = np.cumsum(white)
            yield brown - np.convolve(brown, np.ones(400) / 400, "same")
        elif kind % 5 == 2:
            yield np.sum([np.sin(2 * np.pi * 50 * k * t) / k for k in range(1, 12)], 0) + 0.05 * white
        elif kind % 5 == 3:
            yield np.convolve(white, np.hanning(60), "same") * (1 + 0.5 * np.sin(2 * np.pi * chance.uniform(2, 8) * t))
        else:
            taps = np.zeros(n)
            for at in chance.integers(0, n - 2000, 25):
                taps[at : at + 2000] += chance.normal(size=2000) * np.exp(-np.arange(2000) / chance.uniform(50, 400))
            yield taps
    if kitchen is not None:
        for at in chance.integers(0, len(kitchen) - n, 40):
            yield kitchen[at : at + n]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--chat", type=Path, required=True)
    parser.add_argument("--noise", type=Path)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    chance, labels = np.random.default_rng(7), []

    def put(kind, sound, **more):
        wav = f"{kind}_{len(labels):03}.wav"
        write_wav(args.out / wav, with_pauses(sound))
        labels.append(json.dumps({"wav": wav, "kind": kind, "intent": None, **more}, ensure_ascii=False))

    voices = {name: make() for name, make in VOICES.items()}
    texts = [json.loads(line)["text"] for line in args.chat.read_text().splitlines()]
    for number, text in enumerate(texts):
        # Half by the voice that is understood best.
        name = ["joe", "joe_high"][number // 2 % 2] if number % 2 == 0 else list(voices)[2 + number // 2 % 4]
        put("chat", voices[name](text), voice=name, said=text)
    for language, texts in FOREIGN.items():
        for number, text in enumerate(texts):
            voice = language + ["", "+f3"][number % 2]
            put("foreign", Espeak(voice)(text), voice=voice, said=text)
    for _ in range(60):
        put("music", song(chance))
    for sound in noises(chance, read_wav(args.noise) if args.noise else None):
        put("noise", sound)
    (args.out / "labels.jsonl").write_text("\n".join(labels) + "\n")


if __name__ == "__main__":
    main()
