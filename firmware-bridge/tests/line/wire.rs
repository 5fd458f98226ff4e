//! One direction of a bad line: bytes are lost, flipped, doubled, delayed and put out of order.

/// A small random generator (SplitMix64, Steele et al. 2014), so that a history depends on its seed alone.
#[derive(Debug, Clone)]
pub struct Rng(pub u64);

impl Rng {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    pub fn chance(&mut self, p: f64) -> bool {
        ((self.next() >> 11) as f64) < p * (1u64 << 53) as f64
    }
}

/// How bad a line is. Chances are per byte (`drop`, `flip`) or per chunk.
#[derive(Debug, Clone, Copy, Default)]
pub struct Faults {
    pub drop: f64,
    pub flip: f64,
    pub double: f64,
    pub reorder: f64,
    pub delay_ms: u64,
    pub noise: f64,
    /// A byte becomes none, one or two others, as when both sides run at different speeds.
    pub garble: f64,
    /// Bytes of noise in every millisecond.
    pub flood: u64,
}

/// Bytes on their way.
#[derive(Debug)]
pub struct Wire {
    pub faults: Faults,
    pub cut: bool,
    rng: Rng,
    chunks: Vec<(u64, u64, Vec<u8>)>,
    count: u64,
    /// When the newest chunk that keeps its place arrives.
    newest: u64,
}

impl Wire {
    pub fn new(seed: u64, faults: Faults) -> Self {
        Self {
            faults,
            cut: false,
            rng: Rng(seed),
            chunks: Vec::new(),
            count: 0,
            newest: 0,
        }
    }

    pub fn send(&mut self, bytes: &[u8], now: u64) {
        if self.cut {
            return;
        }
        for chunk in bytes.chunks(16) {
            let mut bytes = Vec::new();
            for &byte in chunk {
                if self.rng.chance(self.faults.drop) {
                    continue;
                }
                if self.rng.chance(self.faults.garble) {
                    (0..self.rng.below(3)).for_each(|_| bytes.push(self.rng.next() as u8));
                    continue;
                }
                bytes.push(if self.rng.chance(self.faults.flip) {
                    byte ^ 1 << self.rng.below(8)
                } else {
                    byte
                });
                if self.rng.chance(self.faults.noise) {
                    bytes.push(self.rng.next() as u8);
                }
            }
            let delay = self.rng.below(self.faults.delay_ms + 1);
            self.newest = self.newest.max(now + delay);
            if self.rng.chance(self.faults.double) {
                let late = self.rng.below(400);
                self.put(self.newest + late, bytes.clone());
            }
            let late = if self.rng.chance(self.faults.reorder) {
                self.rng.below(60)
            } else {
                0
            };
            self.put(self.newest + late, bytes);
        }
    }

    fn put(&mut self, at: u64, bytes: Vec<u8>) {
        self.count += 1;
        self.chunks.push((at, self.count, bytes));
    }

    pub fn receive(&mut self, now: u64) -> Vec<u8> {
        self.chunks.sort_by_key(|(at, count, _)| (*at, *count));
        let due = self.chunks.partition_point(|(at, ..)| *at <= now);
        let mut bytes: Vec<u8> = self.chunks.drain(..due).flat_map(|(_, _, bytes)| bytes).collect();
        for _ in 0..self.faults.flood {
            let at = self.rng.below(bytes.len() as u64 + 1) as usize;
            bytes.insert(at, self.rng.next() as u8);
        }
        bytes
    }
}
