//! Handles: numbers in the shape of a pointer, made of a slot's index and the
//! generation of its use. The lowest bit is set, as in no pointer to an object.
//!
//! Each slot counts its generations from a start of its own, so that a handle with a
//! few bits changed is not another watchdog's.

/// Bits of the index: how many watchdogs can be alive at once.
pub const INDEX_BITS: u32 = if usize::BITS == 64 { 26 } else { 20 };
const GENERATION_BITS: u32 = usize::BITS - INDEX_BITS - 1;
const GENERATIONS: usize = 1 << GENERATION_BITS;

/// How many slots there can be.
pub const MAX_SLOTS: u32 = 1 << INDEX_BITS;

/// The slot that a handle names, if it has the shape of a handle at all.
#[inline]
pub fn index(handle: usize) -> Option<u32> {
    if handle & 1 == 1 {
        Some((handle >> 1) as u32 & (MAX_SLOTS - 1))
    } else {
        None
    }
}

/// The first handle of a slot.
pub fn first(index: u32) -> usize {
    with_generation(index, first_generation(index))
}

/// The handle after `handle` in the same slot. None when the slot's handles are used
/// up, which takes 137 billion uses; on 32-bit platforms they start again instead.
pub fn next(handle: usize) -> Option<usize> {
    let index = index(handle)?;
    let generation = ((handle >> (INDEX_BITS + 1)) + 1) % GENERATIONS;
    if usize::BITS == 64 && generation == first_generation(index) {
        return None;
    }
    Some(with_generation(index, generation))
}

fn with_generation(index: u32, generation: usize) -> usize {
    generation << (INDEX_BITS + 1) | (index as usize) << 1 | 1
}

/// Fibonacci hashing: neighbours start far apart.
fn first_generation(index: u32) -> usize {
    let hash = u64::from(index).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (hash >> (64 - GENERATION_BITS)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    #[test]
    fn no_value_is_issued_twice() {
        let mut seen = HashSet::new();
        for slot in 0..1000 {
            let mut handle = first(slot);
            for _ in 0..500 {
                assert_eq!(index(handle), Some(slot));
                assert!(seen.insert(handle));
                handle = next(handle).unwrap();
            }
        }
    }

    #[test]
    fn a_flipped_bit_or_a_neighbouring_number_is_nobodys_handle() {
        let live: HashSet<usize> = (0..50_000).map(first).collect();
        for &handle in live.iter().take(1000) {
            for bit in 0..usize::BITS {
                assert!(!live.contains(&(handle ^ (1 << bit))));
            }
            for distance in 1..=4096 {
                assert!(!live.contains(&handle.wrapping_add(distance)));
            }
        }
    }

    #[test]
    fn a_slot_retires_before_its_first_handle_comes_again() {
        if usize::BITS == 64 {
            let before = with_generation(7, (first_generation(7) + GENERATIONS - 1) % GENERATIONS);
            assert_eq!(next(before), None);
        }
    }

    proptest! {
        #[test]
        fn every_slot_has_odd_handles_that_name_it(slot in 0..MAX_SLOTS) {
            prop_assert_eq!(index(first(slot)), Some(slot));
            prop_assert_eq!(first(slot) & 1, 1);
        }
    }
}
