//! Which part of a picture each output sees.

/// A convolution's or pool's window: pairs are (height, width).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Window {
    /// Taps.
    pub kernel: [usize; 2],
    /// Steps between outputs.
    pub stride: [usize; 2],
    /// Steps between taps.
    pub dilation: [usize; 2],
    /// Rows and columns added above and to the left.
    pub before: [usize; 2],
    /// Rows and columns added below and to the right.
    pub after: [usize; 2],
}

impl Window {
    /// Rows and columns that a window covers.
    #[must_use]
    pub fn reach(&self) -> [usize; 2] {
        [0, 1].map(|axis| (self.kernel[axis] - 1) * self.dilation[axis] + 1)
    }

    /// Size of the output for a picture of this size; zero where the window does not fit.
    #[must_use]
    pub fn output(&self, size: [usize; 2]) -> [usize; 2] {
        let reach = self.reach();
        [0, 1].map(|axis| {
            let padded = size[axis] + self.before[axis] + self.after[axis];
            (padded + 1)
                .saturating_sub(reach[axis])
                .div_ceil(self.stride[axis])
        })
    }

    /// Whether anything is added around the picture.
    #[must_use]
    pub fn pads(&self) -> bool {
        (self.before, self.after) != ([0; 2], [0; 2])
    }

    /// Taps of one axis that lie inside a picture of `length` for the output `at`.
    #[must_use]
    pub fn inside(&self, axis: usize, at: usize, length: usize) -> std::ops::Range<usize> {
        let (start, before) = (at * self.stride[axis], self.before[axis]);
        let step = self.dilation[axis];
        let first = before.saturating_sub(start).div_ceil(step).min(self.kernel[axis]);
        let last = (length + before)
            .saturating_sub(start)
            .div_ceil(step)
            .min(self.kernel[axis]);
        first..last.max(first)
    }

    /// Outputs of one axis whose taps all lie inside a picture of `length`, of `outputs` in all.
    #[must_use]
    pub fn whole(&self, axis: usize, length: usize, outputs: usize) -> std::ops::Range<usize> {
        let stride = self.stride[axis];
        let first = self.before[axis].div_ceil(stride).min(outputs);
        let last = (length + self.before[axis] + 1)
            .saturating_sub(self.reach()[axis])
            .div_ceil(stride)
            .min(outputs);
        first..last.max(first)
    }
}

/// What a convolution takes and gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shape {
    /// What each output sees.
    pub window: Window,
    /// Groups of channels that do not mix.
    pub groups: usize,
    /// Channels of a group, in and out.
    pub channels: [usize; 2],
}

impl Shape {
    /// Channels of the pictures, in and out.
    #[must_use]
    pub fn all(&self) -> [usize; 2] {
        self.channels.map(|channels| channels * self.groups)
    }

    /// Products in one number that goes out.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.window.kernel[0] * self.window.kernel[1] * self.channels[0]
    }
}

/// Writes a picture `[height, width, channels]`, each number made another, with `blank` around it.
pub(super) fn pad<S: Copy, T: Copy>(
    x: &[S],
    size: [usize; 2],
    channels: usize,
    window: &Window,
    blank: T,
    out: &mut Vec<T>,
    each: impl Fn(S) -> T,
) -> [usize; 2] {
    let padded = [0, 1].map(|axis| size[axis] + window.before[axis] + window.after[axis]);
    let row = size[1] * channels;
    let (left, right) = (window.before[1] * channels, window.after[1] * channels);
    let whole = padded[1] * channels;
    out.clear();
    out.reserve(padded[0] * whole);
    out.resize(window.before[0] * whole, blank);
    for index in 0..size[0] {
        out.resize(out.len() + left, blank);
        out.extend(x[index * row..(index + 1) * row].iter().map(|&x| each(x)));
        out.resize(out.len() + right, blank);
    }
    out.resize(padded[0] * whole, blank);
    padded
}
