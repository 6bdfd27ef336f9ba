//! About where in a column each word is.
//!
//! The range of the words is cut into slots of equal width, about one for every [`STEP`] keys, and for each bound between
//! two slots an estimate is kept of how many words are less. The place of a word is guessed by a straight line between the
//! bounds of its slot. Where words are spread evenly at that scale, as hashes and counted numbers are, whatever the
//! shape of the whole, guesses are a few keys off, and a seek so takes one look at a table that is near at hand and one at the
//! keys. A slot into which many keys crowd is cut up in the same way. This is a learned index with equal widths instead of
//! fitted ones (Kraska et al., "The Case for Learned Index Structures", 2018).

use arrangement_trace::Sizes;

/// The keys from one sample to the next, and about as many to a slot.
pub(crate) const STEP: usize = 32;
/// A guess that is not further off than this is good.
pub(crate) const NEAR: usize = 8;
/// How many samples are asked whether guesses are good.
const ASKED: usize = 256;
/// Of how many guesses one may be bad.
const BAD_OF: usize = 8;
/// A slot with more samples than this is cut up.
const CROWD: usize = 8;
/// Words that leave more slots than this without a sample are not spread evenly.
const GAP: usize = 512;

/// A guess of how many words of a column are less than a word.
#[derive(Debug)]
pub(crate) struct Ranks {
    /// The least word that was foreseen.
    least: u64,
    /// What a word beyond the least is multiplied by, to be its place: in slots, of 2⁶⁴ parts each, of 2 to the power of
    /// `joined`.
    scale: u64,
    /// How often slots were joined two by two, because fewer keys came than were foreseen.
    joined: u32,
    slots: usize,
    /// About how many words are less than each slot's, and at the end all.
    bounds: Vec<u32>,
    /// Crowded slots, each with how many words are less than those it was made of, and the ranks of these.
    crowds: Vec<(usize, usize, Ranks)>,
    samples: usize,
    /// The place of the last sample, its slot in the upper half.
    last: u64,
}

impl Ranks {
    /// Ranks of so many different words within bounds. `None` if there are none, or too many to be counted in 32 bits.
    pub(crate) fn new(keys: usize, least: u64, greatest: u64) -> Option<Self> {
        let range = greatest.checked_sub(least)?;
        // A slot is at least two words wide, so that the scale has 64 bits.
        let slots = (keys / STEP).min((range / 2) as usize);
        if slots == 0 || u32::try_from(keys).is_err() {
            return None;
        }
        let scale = (((slots as u128) << 64) / (u128::from(range) + 1)) as u64;
        let bounds = Vec::with_capacity(slots + 1);
        Some(Ranks { least, scale, joined: 0, slots, bounds, crowds: Vec::new(), samples: 0, last: 0 })
    }

    /// The slot of a word, and the part of the slot that is before it, of 2⁶⁴.
    #[inline(always)]
    fn place(&self, word: u64) -> (usize, u64) {
        let place = (u128::from(word.saturating_sub(self.least)) * u128::from(self.scale)) >> self.joined;
        (((place >> 64) as usize).min(self.slots - 1), place as u64)
    }

    /// Whether the word of the next sample leaves so many slots without any that words are not spread evenly.
    #[inline]
    pub(crate) fn is_far(&self, word: u64) -> bool {
        self.place(word).0 >= self.bounds.len() + GAP
    }

    /// Takes in the word of the next sample, which is [`STEP`] keys beyond the one before. Takes as long as there are slots
    /// between them.
    #[inline]
    pub(crate) fn add(&mut self, word: u64) {
        let (slot, part) = self.place(word);
        let place = (slot as u64) << 32 | part >> 32;
        let rank = self.samples * STEP;
        for bound in self.bounds.len()..=slot {
            // Where the bound is between this sample and the last one, that many keys are between, about.
            let beyond = place - ((bound as u64) << 32);
            let behind = STEP as u64 * beyond / (place - self.last).max(1);
            self.bounds.push(rank.saturating_sub(behind as usize) as u32);
        }
        self.last = place;
        self.samples += 1;
    }

    /// Completes the ranks of so many keys, the words of every [`STEP`]th of which are given. `None` if guesses are not good
    /// enough.
    pub(crate) fn finish(mut self, words: &[u64], keys: usize) -> Option<Self> {
        self.complete(words, keys);
        let asked = (0..words.len()).step_by(words.len().div_ceil(ASKED).max(1));
        let bad = asked.clone().filter(|&sample| self.guess(words[sample]).abs_diff(sample * STEP) > NEAR);
        (bad.count() * BAD_OF <= asked.len()).then_some(self)
    }

    fn complete(&mut self, words: &[u64], keys: usize) {
        self.bounds.resize(self.slots + 1, keys as u32);
        while self.slots > 2 * keys / STEP {
            // An odd number of slots leaves half a one at the end.
            let end = (self.slots % 2 == 1).then_some(keys as u32);
            self.bounds = self.bounds.iter().copied().step_by(2).chain(end).collect();
            self.joined += 1;
            self.slots = self.slots.div_ceil(2);
        }
        self.bounds.shrink_to_fit();
        let crowded = |bounds: &[u32]| (bounds[1].saturating_sub(bounds[0])) as usize > CROWD * STEP;
        for slot in (0..self.slots).filter(|&slot| crowded(&self.bounds[slot..slot + 2])) {
            let first = words.partition_point(|word| self.place(*word).0 < slot);
            let count = words[first..].partition_point(|word| self.place(*word).0 == slot);
            if let Some(ranks) = Ranks::of(&words[first..first + count]) {
                self.crowds.push((slot, first * STEP, ranks));
            }
        }
        self.crowds.shrink_to_fit();
    }

    /// The ranks of words of which these are every [`STEP`]th.
    fn of(words: &[u64]) -> Option<Self> {
        let mut ranks = Ranks::new(words.len() * STEP, *words.first()?, *words.last()?)?;
        words.iter().for_each(|word| ranks.add(*word));
        ranks.complete(words, words.len() * STEP);
        Some(ranks)
    }

    /// About how many words are less than this one.
    #[inline(always)]
    pub(crate) fn guess(&self, word: u64) -> usize {
        let (slot, part) = self.place(word);
        let (lo, hi) = (self.bounds[slot] as usize, self.bounds[slot + 1] as usize);
        if hi.saturating_sub(lo) > CROWD * STEP && !self.crowds.is_empty() {
            return self.guess_in_crowd(slot, word).unwrap_or(lo);
        }
        lo + ((u128::from(part) * hi.saturating_sub(lo) as u128) >> 64) as usize
    }

    /// As [`guess`](Ranks::guess), of a word in a crowded slot.
    fn guess_in_crowd(&self, slot: usize, word: u64) -> Option<usize> {
        let crowd = self.crowds.binary_search_by_key(&slot, |crowd| crowd.0).ok()?;
        let (_, before, ranks) = &self.crowds[crowd];
        Some(before + ranks.guess(word))
    }

    /// The size.
    pub(crate) fn sizes(&self) -> Sizes {
        let crowds =
            self.crowds.iter().fold(Sizes::of_vec(&self.crowds), |sizes, crowd| sizes.with(crowd.2.sizes()));
        Sizes::of_vec(&self.bounds).with(crowds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The ranks of words, made as they would be in a batch for which `foreseen` keys were expected.
    fn ranks(words: &[u64], foreseen: usize) -> Option<Ranks> {
        let mut ranks = Ranks::new(foreseen, words[0], *words.last()?)?;
        let samples: Vec<u64> = words.iter().copied().step_by(STEP).collect();
        for &word in &samples {
            if ranks.is_far(word) {
                return None;
            }
            ranks.add(word);
        }
        ranks.finish(&samples, words.len())
    }

    fn worst(ranks: &Ranks, words: &[u64]) -> usize {
        words.iter().enumerate().map(|(rank, word)| ranks.guess(*word).abs_diff(rank)).max().unwrap_or(0)
    }

    fn hashed(count: u64) -> Vec<u64> {
        let mut words: Vec<u64> =
            (0..count).map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)).collect();
        words.sort_unstable();
        words
    }

    #[test]
    fn even_words_are_guessed_well() {
        let counted: Vec<u64> = (7..10_007).collect();
        let spread: Vec<u64> = (0..10_000).map(|i| i * (u64::MAX / 9_999)).collect();
        let squares: Vec<u64> = (10_000..20_000).map(|i| i * i).collect();
        for (words, most) in [(counted, 2), (spread, 2), (hashed(10_000), 32), (squares, 4)] {
            let ranks = ranks(&words, words.len()).expect("the words are even");
            assert!(worst(&ranks, &words) <= most, "{} of {most}", worst(&ranks, &words));
            for word in [0, words[0] / 2, u64::MAX] {
                assert!(ranks.guess(word) <= words.len());
            }
        }
    }

    #[test]
    fn fewer_words_than_foreseen_take_a_smaller_table() {
        for kept in [1, 3, 10, 100] {
            let words: Vec<u64> = hashed(100_000).into_iter().step_by(kept).collect();
            let ranks = ranks(&words, 100_000).expect("the words are even");
            assert!(ranks.bounds.len() <= 2 * words.len() / STEP + 1, "{} bounds", ranks.bounds.len());
            assert!(worst(&ranks, &words) <= 64);
        }
    }

    #[test]
    fn crowds_are_cut_up() {
        let mut crowded = hashed(100_000);
        for (i, word) in crowded.iter_mut().enumerate().filter(|(i, _)| i % 2 == 1) {
            *word = if i % 4 == 1 { *word >> 20 } else { (*word >> 43) + (1 << 63) };
        }
        crowded.sort_unstable();
        crowded.dedup();
        let ranks = ranks(&crowded, crowded.len()).expect("the words are even in each of two crowds");
        assert!(worst(&ranks, &crowded) < 100, "{}", worst(&ranks, &crowded));
        assert!(ranks.sizes().bytes_reserved < crowded.len(), "{:?}", ranks.sizes());
    }

    #[test]
    fn uneven_words_are_refused() {
        let apart: Vec<u64> = (0..50_000).chain(u64::MAX - 50_000..=u64::MAX).collect();
        let steps: Vec<u64> = (0..10_000).map(|i| (i / 50) << 40 | (1 << (i % 40))).collect();
        for mut words in [apart, steps] {
            words.sort_unstable();
            words.dedup();
            assert!(ranks(&words, words.len()).is_none());
        }
        assert!(Ranks::new(10, 5, 5).is_none());
        assert!(Ranks::new(1000, 6, 5).is_none());
    }
}
