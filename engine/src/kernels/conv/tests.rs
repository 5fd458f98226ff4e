//! Every kernel against sums written out in f64, on random shapes.

use super::*;
use proptest::prelude::*;

/// Numbers between -1 and 1 that look random and are the same each time.
fn noise(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

fn window() -> impl Strategy<Value = Window> {
    let pair = |range: std::ops::Range<usize>| [range.clone(), range];
    (pair(1..6), pair(1..4), pair(1..3), pair(0..4), pair(0..4)).prop_map(
        |(kernel, stride, dilation, before, after)| Window {
            kernel,
            stride,
            dilation,
            before,
            after,
        },
    )
}

/// Each kind once.
fn kinds(channels: usize) -> [Activation; 9] {
    [
        Activation::None,
        Activation::Clip(0.0, f32::INFINITY),
        Activation::Clip(-0.5, 0.5),
        Activation::Slope(Slopes::new(&noise(channels, 7))),
        Activation::Leaky(0.1),
        Activation::Silu,
        Activation::Sigmoid,
        Activation::HardSwish,
        Activation::HardSigmoid(0.2, 0.5),
    ]
}

fn applied(activation: &Activation, x: f64, channel: usize, channels: usize) -> f64 {
    match activation {
        Activation::None => x,
        Activation::Clip(low, high) => x.max(f64::from(*low)).min(f64::from(*high)),
        Activation::Slope(_) if x < 0.0 => x * f64::from(noise(channels, 7)[channel]),
        Activation::Slope(_) => x,
        Activation::Leaky(slope) => {
            if x < 0.0 {
                x * f64::from(*slope)
            } else {
                x
            }
        }
        Activation::Silu => x / (1.0 + (-x).exp()),
        Activation::Sigmoid => 1.0 / (1.0 + (-x).exp()),
        Activation::HardSwish => x * (x / 6.0 + 0.5).clamp(0.0, 1.0),
        Activation::HardSigmoid(a, b) => (x * f64::from(*a) + f64::from(*b)).clamp(0.0, 1.0),
    }
}

/// A convolution written out.
struct Plainly<'a> {
    x: &'a [f32],
    size: [usize; 2],
    window: Window,
    groups: usize,
    /// Of one group.
    channels: [usize; 2],
    weights: &'a dyn Fn(usize, usize, usize, usize) -> f32,
    bias: &'a [f32],
    added: &'a [f32],
    post: &'a Post,
}

impl Plainly<'_> {
    fn run(&self) -> Vec<f64> {
        let to = self.window.output(self.size);
        let [cin, cout] = self.channels;
        let all = self.groups * cout;
        let mut out = Vec::new();
        for index in 0..to[0] * to[1] * all {
            let (pixel, co) = (index / all, index % all);
            let (y, x, group) = (pixel / to[1], pixel % to[1], co / cout);
            let mut sum = f64::from(self.bias[co]);
            for ky in 0..self.window.kernel[0] {
                for kx in 0..self.window.kernel[1] {
                    let at = |axis: usize, at: usize, tap: usize| {
                        (at * self.window.stride[axis] + tap * self.window.dilation[axis])
                            .checked_sub(self.window.before[axis])
                            .filter(|&at| at < self.size[axis])
                    };
                    let (Some(y), Some(x)) = (at(0, y, ky), at(1, x, kx)) else {
                        continue;
                    };
                    for ci in 0..cin {
                        let x = self.x[(y * self.size[1] + x) * self.groups * cin + group * cin + ci];
                        sum += f64::from(x) * f64::from((self.weights)(co, ci, ky, kx));
                    }
                }
            }
            let sum = applied(&self.post.first, sum, co, all);
            let sum = sum + f64::from(self.added.get(index).copied().unwrap_or(0.0));
            out.push(applied(&self.post.second, sum, co, all));
        }
        out
    }
}

fn close(isa: Isa, got: &[f32], expected: &[f64]) {
    assert_eq!(got.len(), expected.len());
    for (index, (got, expected)) in got.iter().zip(expected).enumerate() {
        let off = (f64::from(*got) - expected).abs();
        assert!(
            off <= 1e-5 * (1.0 + expected.abs()) * 3.0,
            "{isa:?}, number {index}: {expected} is expected, {got} came"
        );
    }
}

fn dense(
    window: Window,
    size: [usize; 2],
    groups: usize,
    channels: [usize; 2],
    add: bool,
    first: &Activation,
    second: &Activation,
) {
    let to = window.output(size);
    let all = channels.map(|channels| channels * groups);
    let x = noise(size[0] * size[1] * all[0], 1);
    let taps = window.kernel[0] * window.kernel[1];
    let w = noise(all[1] * channels[0] * taps, 2);
    let bias = noise(all[1], 3);
    let weights = |co: usize, ci: usize, ky: usize, kx: usize| {
        w[((co * channels[0] + ci) * window.kernel[0] + ky) * window.kernel[1] + kx]
    };
    let count = to[0] * to[1] * all[1];
    let added = noise(if add { count } else { 0 }, 4);
    let post = Post {
        first: first.clone(),
        second: second.clone(),
    };
    let expected = Plainly {
        x: &x,
        size,
        window,
        groups,
        channels,
        weights: &weights,
        bias: &bias,
        added: &added,
        post: &post,
    }
    .run();
    for isa in Isa::available() {
        let conv = Dense::pack(isa, window, groups, channels, weights, &bias);
        let mut out = vec![f32::NAN; count];
        conv.run(&x, size, &added, &post, &mut out);
        close(isa, &out, &expected);
        if channels == [1, 1] {
            let conv = Depthwise::pack(isa, window, groups, |c, ky, kx| weights(c, 0, ky, kx), &bias);
            let mut out = vec![f32::NAN; count];
            conv.run(&x, size, &added, &post, &mut out);
            close(isa, &out, &expected);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn dense_convolutions(
        window in window(),
        size in [1usize..14, 1usize..14],
        (groups, channels) in (1usize..3, [1usize..70, 1usize..70]),
        add: bool,
        seed in 0usize..81,
    ) {
        let kinds = kinds(groups * channels[1]);
        dense(window, size, groups, channels, add, &kinds[seed % 9], &kinds[seed / 9]);
    }

    #[test]
    fn depthwise_convolutions(
        window in window(),
        size in [1usize..20, 1usize..20],
        channels in 1usize..140,
        add: bool,
        seed in 0usize..81,
    ) {
        let kinds = kinds(channels);
        dense(window, size, channels, [1, 1], add, &kinds[seed % 9], &kinds[seed / 9]);
    }
}
