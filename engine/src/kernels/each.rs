//! Number by number: two tensors added, multiplied and the like, the smaller one repeated along the other's axes.

use super::level::leveled;

/// What is done with a number x of the larger tensor and y of the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pair {
    /// x + y
    Add,
    /// x - y
    Less,
    /// y - x
    From,
    /// x * y
    Times,
    /// x / y
    Over,
    /// y / x
    Into,
    /// The smaller one.
    Least,
    /// The larger one.
    Most,
}

/// How `y` is repeated along `shape`, which has as many axes: for each run of axes, outermost first, how long it is and
/// how far y goes on with each step of it. The last run goes on by one or stays.
#[must_use]
pub fn runs(shape: &[usize], y: &[usize]) -> Vec<(usize, usize)> {
    let (mut runs, mut behind) = (Vec::<(usize, usize)>::new(), 1);
    for (&length, &own) in shape.iter().zip(y).rev() {
        let step = if own == 1 { 0 } else { behind };
        behind *= own;
        if length == 1 {
            continue;
        }
        match runs.last_mut() {
            Some((inner, along)) if step == *along * *inner => *inner *= length,
            _ => runs.push((length, step)),
        }
    }
    runs.reverse();
    if runs.last().is_none_or(|&(_, step)| step > 1) {
        runs.push((1, 0));
    }
    runs
}

leveled! {
    /// Replaces each x of `out`; `runs` is what [`runs`] gives.
    ///
    /// # Panics
    /// When the lengths do not belong together.
    pub fn apply<FUSED>(pair: Pair, out: &mut [f32], y: &[f32], runs: &[(usize, usize)]) {
        match pair {
            Pair::Add => each(out, y, runs, |x, y| x + y),
            Pair::Less => each(out, y, runs, |x, y| x - y),
            Pair::From => each(out, y, runs, |x, y| y - x),
            Pair::Times => each(out, y, runs, |x, y| x * y),
            Pair::Over => each(out, y, runs, |x, y| x / y),
            Pair::Into => each(out, y, runs, |x, y| y / x),
            Pair::Least => each(out, y, runs, |x, y| if y < x { y } else { x }),
            Pair::Most => each(out, y, runs, |x, y| if y > x { y } else { x }),
        }
    }
}

#[inline(always)]
fn each(out: &mut [f32], y: &[f32], runs: &[(usize, usize)], f: impl Fn(f32, f32) -> f32) {
    let Some((&(run, step), outer)) = runs.split_last() else {
        return;
    };
    let (mut places, mut from) = (vec![0; outer.len()], 0);
    for out in out.chunks_exact_mut(run.max(1)) {
        if step == 0 {
            let y = y[from];
            for x in out {
                *x = f(*x, y);
            }
        } else {
            for (x, y) in out.iter_mut().zip(&y[from..from + run]) {
                *x = f(*x, *y);
            }
        }
        for (place, (length, step)) in places.iter_mut().zip(outer).rev() {
            *place += 1;
            from += step;
            if *place < *length {
                break;
            }
            from -= step * length;
            *place = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::level::Level;
    use super::*;
    use proptest::prelude::*;

    type Function = fn(f32, f32) -> f32;

    proptest! {
        #[test]
        fn every_number_meets_its_own(lengths in proptest::collection::vec((1usize..6, any::<bool>()), 1..5), seed: u64) {
            let shape: Vec<usize> = lengths.iter().map(|(length, _)| *length).collect();
            let own: Vec<usize> = lengths.iter().map(|(length, all)| if *all { *length } else { 1 }).collect();
            let mut next = super::super::tests::numbers(seed);
            let mut some = |shape: &[usize]| (0..shape.iter().product()).map(|_| next()).collect::<Vec<f32>>();
            let (x, y) = (some(&shape), some(&own));
            let place = |index: usize| {
                let (mut index, mut place, mut behind) = (index, 0, 1);
                for (length, own) in shape.iter().zip(&own).rev() {
                    place += index % length % own * behind;
                    index /= length;
                    behind *= own;
                }
                place
            };
            let pairs: [(Pair, Function); 8] = [
                (Pair::Add, |x, y| x + y),
                (Pair::Less, |x, y| x - y),
                (Pair::From, |x, y| y - x),
                (Pair::Times, |x, y| x * y),
                (Pair::Over, |x, y| x / y),
                (Pair::Into, |x, y| y / x),
                (Pair::Least, f32::min),
                (Pair::Most, f32::max),
            ];
            for (pair, f) in pairs {
                let expected: Vec<f32> = x.iter().enumerate().map(|(index, &x)| f(x, y[place(index)])).collect();
                for level in Level::available() {
                    let mut out = x.clone();
                    apply(level, pair, &mut out, &y, &runs(&shape, &own));
                    prop_assert_eq!(&out, &expected, "{:?} {:?}", pair, level);
                }
            }
        }
    }
}
