//! How updates name their pairs of time and difference: a dictionary, and codes into it that take as little as will do.

use crate::words;
use std::ops::Range;

/// The number of pairs up to which codes take one byte.
pub(crate) const NARROW: usize = 1 << 8;
/// The number of pairs beyond which they are stored plainly. A power of two.
pub(crate) const MOST_PAIRS: usize = 1 << 12;

/// Up to so many updates are moved to another region.
pub(crate) const FEW: usize = 1 << 12;

/// The bits of a pair's place among the codes found last.
const RECENT_BITS: u32 = 8;

/// Distinct pairs, by code.
#[derive(Clone)]
pub(crate) struct Dictionary<T, R> {
    pub(crate) pairs: Vec<(T, R)>,
    /// The codes in the order of their pairs.
    pub(crate) sorted: Vec<u16>,
    /// The codes found last, by the words of their pairs: the same few come again and again. Made with the second pair, and
    /// given up when the level is complete.
    recent: Vec<u16>,
}

impl<T, R> Default for Dictionary<T, R> {
    fn default() -> Self {
        Dictionary { pairs: Vec::new(), sorted: Vec::new(), recent: Vec::new() }
    }
}

impl<T: Ord + Clone + 'static, R: Ord + Clone + 'static> Dictionary<T, R> {
    /// The place of a pair in `recent`; pairs of types without words share one.
    #[inline]
    fn place(time: &T, diff: &R) -> usize {
        // Multiplied by an odd number without pattern, close words differ in their highest bits.
        const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
        let words = words::of(time, 0).wrapping_add(words::of(diff, 0).rotate_left(32));
        (words.wrapping_mul(SPREAD) >> (64 - RECENT_BITS)) as usize
    }

    /// The code of a pair, or where to put it in `sorted`.
    #[inline]
    pub(crate) fn find(&mut self, time: &T, diff: &R) -> Result<u16, usize> {
        let recent = Self::place(time, diff);
        let code = self.recent.get(recent).map_or(0, |&code| code);
        if let Some(pair) = self.pairs.get(code as usize)
            && pair.0 == *time
            && pair.1 == *diff
        {
            return Ok(code);
        }
        let place = self.sorted.binary_search_by(|&code| {
            let pair = &self.pairs[code as usize];
            pair.0.cmp(time).then_with(|| pair.1.cmp(diff))
        })?;
        let code = self.sorted[place];
        if let Some(recent) = self.recent.get_mut(recent) {
            *recent = code;
        }
        Ok(code)
    }

    /// Gives up what only serves to find pairs again soon.
    pub(crate) fn forget(&mut self) {
        self.recent = Vec::new();
    }

    /// Adds a pair, which is to be at a place in `sorted`, and returns its code.
    pub(crate) fn insert(&mut self, place: usize, time: &T, diff: &R) -> u16 {
        let code = self.pairs.len();
        self.pairs.push((time.clone(), diff.clone()));
        self.sorted.insert(place, code as u16);
        if code > 0 {
            self.recent.resize(1 << RECENT_BITS, 0);
            self.recent[Self::place(time, diff)] = code as u16;
        }
        code as u16
    }
}

/// For each update its code, or, where codes did not do any more, its pair.
///
/// ```text
/// ones      | narrow: Vec<u8>   | wide: Vec<u16>     | times, diffs
/// code 0    | codes below 256   | codes below 4,096  | pairs as they are
/// ```
///
/// The regions follow each other. What does not fit the last one that is in use begins the next. No more than a few
/// thousand updates are ever moved from one to another, whatever pairs turn up late.
#[derive(Clone)]
pub(crate) struct Codes<T, R> {
    /// How many updates, at the beginning, have the dictionary's first pair.
    pub(crate) ones: usize,
    pub(crate) narrow: Vec<u8>,
    pub(crate) wide: Vec<u16>,
    pub(crate) times: Vec<T>,
    pub(crate) diffs: Vec<R>,
}

/// The updates of a range, region by region.
pub(crate) struct Pieces<'a, T, R> {
    pub(crate) ones: usize,
    pub(crate) narrow: &'a [u8],
    pub(crate) wide: &'a [u16],
    pub(crate) times: &'a [T],
    pub(crate) diffs: &'a [R],
}

impl<T, R> Default for Codes<T, R> {
    fn default() -> Self {
        Codes { ones: 0, narrow: Vec::new(), wide: Vec::new(), times: Vec::new(), diffs: Vec::new() }
    }
}

impl<T, R> Codes<T, R> {
    /// The number of updates that have codes.
    pub(crate) fn coded(&self) -> usize {
        self.ones + self.narrow.len() + self.wide.len()
    }

    /// Whether there are pairs as they are, so that no further update can have a code.
    #[inline(always)]
    pub(crate) fn is_plain(&self) -> bool {
        !self.times.is_empty()
    }

    /// Whether all updates have the code 0.
    #[inline(always)]
    pub(crate) fn is_ones(&self) -> bool {
        self.narrow.is_empty() && self.wide.is_empty() && !self.is_plain()
    }

    /// The code of an update, if it has one.
    #[inline(always)]
    pub(crate) fn get(&self, update: usize) -> Option<usize> {
        let Some(at) = update.checked_sub(self.ones) else { return Some(0) };
        match self.narrow.get(at) {
            Some(&code) => Some(code as usize),
            None => self.wide.get(at - self.narrow.len()).map(|&code| code as usize),
        }
    }

    /// The codes of a range, if all of them are narrow.
    #[inline(always)]
    pub(crate) fn narrow(&self, updates: &Range<usize>) -> Option<&[u8]> {
        let start = updates.start.checked_sub(self.ones)?;
        self.narrow.get(start..updates.end - self.ones)
    }

    /// The updates of a range by region.
    pub(crate) fn pieces(&self, updates: Range<usize>) -> Pieces<'_, T, R> {
        let mut rest = updates;
        let mut cut = |len: usize| {
            let piece = rest.start.min(len)..rest.end.min(len);
            rest = rest.start.saturating_sub(len)..rest.end.saturating_sub(len);
            piece
        };
        let ones = cut(self.ones).len();
        let narrow = &self.narrow[cut(self.narrow.len())];
        let wide = &self.wide[cut(self.wide.len())];
        let plain = cut(self.times.len());
        Pieces { ones, narrow, wide, times: &self.times[plain.clone()], diffs: &self.diffs[plain] }
    }

    /// The codes of a range as bytes, if they are narrow, or are ones and not too many.
    #[inline(always)]
    pub(crate) fn bytes(&self, updates: &Range<usize>) -> Option<&[u8]> {
        static ONES: [u8; FEW] = [0; FEW];
        if updates.end <= self.ones { ONES.get(..updates.len()) } else { self.narrow(updates) }
    }

    /// Appends a code, so many times. `room` is how many updates are still to come, as far as that is known.
    #[inline]
    pub(crate) fn push(&mut self, code: u16, count: usize, room: usize) {
        if count == 1 && (code as usize) < NARROW && !self.narrow.is_empty() && self.wide.is_empty() {
            return self.narrow.push(code as u8);
        }
        if self.is_ones() {
            if code == 0 {
                self.ones += count;
                return;
            }
            self.leave_ones(room);
        }
        if (code as usize) < NARROW && self.wide.is_empty() {
            reserve(&mut self.narrow, room);
            self.narrow.resize(self.narrow.len() + count, code as u8);
        } else {
            self.begin_wide(room);
            self.wide.resize(self.wide.len() + count, code);
        }
    }

    /// Makes codes of the first updates, unless they are many: it is simpler to have all in one region.
    pub(crate) fn leave_ones(&mut self, room: usize) {
        if self.ones <= FEW {
            reserve(&mut self.narrow, self.ones + room);
            self.narrow.resize(self.ones, 0);
            self.ones = 0;
        }
    }

    /// Begins the wide codes, unless they have begun, with those that are there, unless these are many.
    pub(crate) fn begin_wide(&mut self, room: usize) {
        if self.wide.capacity() == 0 {
            if self.ones == 0 && self.narrow.len() <= FEW {
                self.wide.reserve_exact(self.narrow.len() + room);
                self.wide.extend(std::mem::take(&mut self.narrow).iter().map(|&code| code as u16));
            } else {
                self.wide.reserve_exact(room);
            }
        }
    }
}

/// Makes room in a vector that has none, for as many as are to come.
#[inline(always)]
pub(crate) fn reserve<X>(vec: &mut Vec<X>, room: usize) {
    if vec.capacity() == 0 {
        vec.reserve_exact(room);
    }
}
