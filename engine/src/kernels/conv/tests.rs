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
        ..Post::default()
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
    let shape = Shape {
        window,
        groups,
        channels,
    };
    for isa in Isa::available() {
        let conv = Dense::pack(isa, shape, weights, &bias);
        let mut out = vec![f32::NAN; count];
        conv.run(&x, size, &added, &post, Out::Floats(&mut out));
        close(isa, &out, &expected);
        let bytes = |co, ci, ky, kx| (weights(co, ci, ky, kx) * 127.0) as i8;
        let (zero, scale) = (whole(all[1], 5, -128..128), noise(all[1], 6));
        let number = |co: usize, ci, ky, kx| (f32::from(bytes(co, ci, ky, kx)) - zero[co] as f32) * scale[co];
        let widened = Dense::pack_bytes(isa, shape, bytes, (&zero, &scale), &bias);
        let floats = Dense::pack(isa, shape, number, &bias);
        let mut outs = [vec![f32::NAN; count], vec![f32::NAN; count]];
        for (conv, out) in [widened, floats].iter().zip(&mut outs) {
            conv.run(&x, size, &added, &post, Out::Floats(out));
        }
        assert_eq!(outs[0], outs[1], "{isa:?}: weights as bytes and as floats");
        if channels == [1, 1] {
            let conv = Depthwise::pack(isa, window, groups, |c, ky, kx| weights(c, 0, ky, kx), &bias);
            let mut out = vec![f32::NAN; count];
            conv.run(&x, size, &added, &post, Out::Floats(&mut out));
            close(isa, &out, &expected);
        }
    }
}

/// Whole numbers that look random and are the same each time.
fn whole(count: usize, seed: u32, range: std::ops::Range<i32>) -> Vec<i32> {
    let spread = (range.end - range.start) as f32 / 2.0;
    let one = |x: f32| range.start + ((x + 1.0) * spread) as i32;
    noise(count, seed).into_iter().map(one).collect()
}

/// Bytes against exact sums: what is stored may differ by one, and only where the number lies between two bytes.
fn bytes(
    window: Window,
    size: [usize; 2],
    groups: usize,
    channels: [usize; 2],
    range: std::ops::Range<i32>,
    zero: u8,
) {
    let to = window.output(size);
    let all = channels.map(|channels| channels * groups);
    let x: Vec<u8> = whole(size[0] * size[1] * all[0], 1, 0..256)
        .iter()
        .map(|&x| x as u8)
        .collect();
    let taps = window.kernel[0] * window.kernel[1];
    let w = whole(all[1] * channels[0] * taps, 2, range.clone());
    let zeros = whole(all[1], 3, range);
    let bias = whole(all[1], 4, -9000..9000);
    let factor: Vec<f32> = noise(all[1], 5).iter().map(|x| (x + 1.5) * 1e-4).collect();
    let offset = noise(all[1], 6);
    let at = |co: usize, ci: usize, ky: usize, kx: usize| {
        w[((co * channels[0] + ci) * window.kernel[0] + ky) * window.kernel[1] + kx]
    };
    let count = to[0] * to[1] * all[1];
    let post = Post {
        code: Code::new(0.05, 100),
        ..Post::default()
    };
    let centred: Vec<f32> = x.iter().map(|&x| f32::from(x) - f32::from(zero)).collect();
    let exact = Plainly {
        x: &centred,
        size,
        window,
        groups,
        channels,
        weights: &|co, ci, ky, kx| (at(co, ci, ky, kx) - zeros[co]) as f32,
        bias: &vec![0.0; all[1]],
        added: &[],
        post: &post,
    }
    .run();
    let expected: Vec<f64> = exact
        .iter()
        .enumerate()
        .map(|(index, sum)| {
            let co = index % all[1];
            (sum + f64::from(bias[co])) * f64::from(factor[co]) + f64::from(offset[co])
        })
        .collect();
    let check = |what: &str, floats: &[f32], bytes: &[u8]| {
        for (index, expected) in expected.iter().enumerate() {
            let off = (f64::from(floats[index]) - expected).abs();
            assert!(
                off < 1e-6 * (1.0 + expected.abs()),
                "{what}: {expected}, {} came",
                floats[index]
            );
            let byte = (expected * 20.0).clamp(-100.0, 155.0) + 100.0;
            let off = (f64::from(bytes[index]) - byte).abs();
            assert!(off < 0.5001, "{what}: {byte} as a byte, {} came", bytes[index]);
        }
    };
    for isa in ByteIsa::available() {
        let quantized = Quantized {
            zero,
            zeros: &zeros,
            bias: &bias,
            factor: &factor,
            offset: &offset,
        };
        let shape = Shape {
            window,
            groups,
            channels,
        };
        let conv = DenseBytes::pack(isa, shape, at, &quantized).unwrap();
        let (mut floats, mut rounded) = (vec![f32::NAN; count], vec![0; count]);
        conv.run(&x, size, &[], &post, Out::Floats(&mut floats));
        conv.run(&x, size, &[], &post, Out::Bytes(&mut rounded));
        check(&format!("{isa:?}"), &floats, &rounded);
    }
    if channels != [1, 1] {
        return;
    }
    for isa in Isa::available() {
        let at = |c: usize, ky: usize, kx: usize| (at(c, 0, ky, kx) - zeros[c]) as f32;
        let conv = Depthwise::pack(isa, window, groups, at, &offset)
            .of_bytes(zero, &bias, &factor)
            .unwrap();
        let (mut floats, mut rounded) = (vec![f32::NAN; count], vec![0; count]);
        conv.run_bytes(&x, size, &[], &post, Out::Floats(&mut floats));
        conv.run_bytes(&x, size, &[], &post, Out::Bytes(&mut rounded));
        check(&format!("depthwise, {isa:?}"), &floats, &rounded);
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

    /// Where what several windows see is read once.
    #[test]
    fn depthwise_convolutions_whose_windows_overlap(
        rows in 1usize..6,
        (wide, stride) in (prop_oneof![Just(3usize), Just(5usize)], 1usize..3),
        (before, after) in ([0usize..3, 0usize..3], [0usize..3, 0usize..3]),
        size in [1usize..14, 1usize..40],
        channels in 4usize..60,
        add: bool,
        seed in 0usize..81,
        signed: bool,
        zero: u8,
    ) {
        let window = Window { kernel: [rows, wide], stride: [stride; 2], dilation: [1; 2], before, after };
        let kinds = kinds(channels);
        dense(window, size, channels, [1, 1], add, &kinds[seed % 9], &kinds[seed / 9]);
        bytes(window, size, channels, [1, 1], if signed { -128..128 } else { 0..256 }, zero);
    }

    #[test]
    fn dense_convolutions_of_bytes(
        window in window(),
        size in [1usize..14, 1usize..14],
        (groups, channels) in (1usize..3, [1usize..70, 1usize..70]),
        signed: bool,
        zero: u8,
    ) {
        bytes(window, size, groups, channels, if signed { -128..128 } else { 0..256 }, zero);
    }

    /// Halves are where it shows: of the scales tried, every other one has them.
    #[test]
    fn numbers_become_the_bytes_that_quantize_linear_rounds_them_to(
        steps in proptest::collection::vec(-600i16..600, 1..100),
        scale in 0.001f32..9.0,
        of in prop_oneof![Just(2.0f32), 0.3f32..3.0],
        zero: u8,
    ) {
        let code = Code::new(scale * of, zero);
        let x: Vec<f32> = steps.iter().map(|&step| f32::from(step) * scale).collect();
        let expected: Vec<u8> = x.iter().map(|&x| code.round(x)).collect();
        for isa in Isa::available() {
            let mut bytes = vec![0; x.len()];
            codes::encode(isa, &x, code, &mut bytes);
            prop_assert_eq!(&bytes, &expected, "{:?}", isa);
        }
    }

    #[test]
    fn depthwise_convolutions_of_bytes(
        window in window(),
        size in [1usize..14, 1usize..14],
        channels in 1usize..70,
        signed: bool,
        zero: u8,
    ) {
        bytes(window, size, channels, [1, 1], if signed { -128..128 } else { 0..256 }, zero);
    }
}
