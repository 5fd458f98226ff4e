//! SipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012): a key and bytes in, 64 bits out.
//!
//! Written for size: the `siphasher` crate, against which it is tested, is made for speed and takes 1.8 KB of a board's
//! flash, of which a whole image may have 16.

/// The tag of `first` and `rest`, one behind the other.
pub(super) fn siphash24(key: &[u8; 16], first: u8, rest: &[u8]) -> u64 {
    let key = u128::from_le_bytes(*key);
    let (low, high) = (key as u64, (key >> 64) as u64);
    let mut state = [
        low ^ 0x736f_6d65_7073_6575,
        high ^ 0x646f_7261_6e64_6f6d,
        low ^ 0x6c79_6765_6e65_7261,
        high ^ 0x7465_6462_7974_6573,
    ];
    let mut word = 0;
    let mut length = 0;
    for &byte in core::iter::once(&first).chain(rest) {
        word |= u64::from(byte) << (8 * (length % 8));
        length += 1;
        if length % 8 == 0 {
            compress(&mut state, word);
            word = 0;
        }
    }
    compress(&mut state, word | (length as u64) << 56);
    state[2] ^= 0xff;
    mix(&mut state, 4);
    state.iter().fold(0, |tag, word| tag ^ word)
}

fn compress(state: &mut [u64; 4], word: u64) {
    state[3] ^= word;
    mix(state, 2);
    state[0] ^= word;
}

/// The rounds of the paper's figure 2.1.
#[inline(never)]
fn mix(state: &mut [u64; 4], rounds: u32) {
    let [mut v0, mut v1, mut v2, mut v3] = *state;
    for _ in 0..rounds {
        v0 = v0.wrapping_add(v1);
        v1 = v1.rotate_left(13) ^ v0;
        v0 = v0.rotate_left(32);
        v2 = v2.wrapping_add(v3);
        v3 = v3.rotate_left(16) ^ v2;
        v0 = v0.wrapping_add(v3);
        v3 = v3.rotate_left(21) ^ v0;
        v2 = v2.wrapping_add(v1);
        v1 = v1.rotate_left(17) ^ v2;
        v2 = v2.rotate_left(32);
    }
    *state = [v0, v1, v2, v3];
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::hash::Hasher;
    use proptest::prelude::*;
    use siphasher::sip::SipHasher24;
    use std::vec::Vec;

    #[test]
    fn the_papers_example() {
        let bytes: Vec<u8> = (0..15).collect();
        let key = core::array::from_fn(|at| at as u8);
        assert_eq!(siphash24(&key, 0, &bytes[1..]), 0xa129_ca61_49be_45e5);
    }

    proptest! {
        #[test]
        fn it_is_what_the_crate_says(key in any::<[u8; 16]>(), first in any::<u8>(), rest in any::<Vec<u8>>()) {
            let mut theirs = SipHasher24::new_with_key(&key);
            theirs.write(&[first]);
            theirs.write(&rest);
            prop_assert_eq!(siphash24(&key, first, &rest), theirs.finish());
        }
    }
}
