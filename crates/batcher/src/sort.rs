//! The ordering kernel: sorts and consolidates the rows of columns by machine words.
//!
//! 1. Each row gets a word that orders as its key does, from the layout's
//!    [`SortWords`]: integers as they are, strings by the eight bytes after what all of
//!    them share. The least is subtracted and what varies is moved to the top, and where there is room behind it the
//!    words of val and time follow. The row's position fills the lowest bits.
//! 2. These words are sorted: two passes of eleven bits over the top, then insertion where neighbours still tie.
//! 3. Rows whose words tie are compared as the items they are, unless the words are exact. Long runs of tied strings are
//!    sorted by the next eight bytes behind their common prefix, again and again.
//! 4. Equal rows are summed, and the columns are gathered in order, without those that cancelled.
//!
//! Types without words are sorted by comparing.

use arrangement_container::{BatchContainer, Chunk, Layout, SortWords, Words, layout};
use arrangement_trace::Algebra;
use std::cmp::Ordering;

/// Bits of one pass.
const DIGIT: u32 = 11;
const DIGITS: usize = 1 << DIGIT;
/// Up to so many rows are sorted by the standard library.
const SMALL: usize = 256;
/// Runs of ties up to this length are sorted by insertion.
const SHORT: usize = 20;
/// Tied strings are sorted by so many further words before they are compared.
const ROUNDS: usize = 6;

/// Sorts rows, keeping its buffers from one time to the next.
#[derive(Debug, Default)]
pub(crate) struct Sorter {
    packed: Vec<u64>,
    spare: Vec<u64>,
    words: Vec<u64>,
    counts: Vec<u32>,
    /// The rows in order, those that remain first.
    order: Vec<u32>,
    dead: Vec<u32>,
    /// Rows that were settled so far.
    pub(crate) settled: usize,
}

/// What is known of rows that were sorted by their words.
struct Packed {
    /// The bits of the row's position.
    position_bits: u32,
    /// Whether equal words mean equal keys, vals and times.
    exact: bool,
}

impl Sorter {
    /// Sorts and consolidates the rows of `stage`, moves what remains to `target`, which is empty, and empties `stage`.
    ///
    /// Rows that are in order already are handed over as they are.
    pub(crate) fn settle<L: Layout>(&mut self, stage: &mut Chunk<L>, target: &mut Chunk<L>) {
        self.settled += stage.len();
        if stage.first_fault(<L::Algebra as Algebra<_, _>>::is_zero).is_none() {
            std::mem::swap(stage, target);
            return;
        }
        let keep = self.order::<L>(stage);
        target.take_ordered(stage, self.order.clone(), keep);
    }

    /// Orders the rows and sums equal ones into the first of them. Leaves in `order` first the rows that remain, whose
    /// number is returned, then the others.
    fn order<L: Layout>(&mut self, stage: &mut Chunk<L>) -> usize {
        let rows = stage.len();
        let packed = self.pack::<L>(stage);
        match &packed {
            None => {
                self.order.clear();
                self.order.extend(0..rows as u32);
                self.order.sort_unstable_by(|&a, &b| stage.compare(a as usize, b as usize));
            }
            Some(packed) => {
                self.sort_packed();
                self.order.clear();
                if !packed.exact {
                    self.sort_ties::<L>(stage, packed.position_bits);
                }
                let mask = (1u64 << packed.position_bits) - 1;
                self.order.extend(self.packed.iter().map(|word| (word & mask) as u32));
            }
        }
        self.consolidate::<L>(stage, packed)
    }

    /// Makes the words to sort by, unless keys have none.
    fn pack<L: Layout>(&mut self, stage: &Chunk<L>) -> Option<Packed> {
        type KeyWords<L> = <L as Layout>::Words;
        let kind = <KeyWords<L> as SortWords<L::Key>>::kind();
        if kind == Words::None {
            return None;
        }
        let rows = stage.len();
        let position_bits = bits(rows.max(2) as u64 - 1);
        let room = 64 - position_bits;
        let depth = common_prefix(&stage.keys);
        let key = |row: usize| <KeyWords<L> as SortWords<L::Key>>::word(stage.keys.index(row), depth);
        self.words.clear();
        self.words.extend((0..rows).map(key));
        let (key_min, key_bits) = range(self.words.iter().copied());

        // Behind the key there may be room for val and time. Only where both words are exact does that order anything.
        let val = |row: usize| <KeyWords<L> as SortWords<L::Val>>::word(stage.vals.index(row), 0);
        let vals_exact = <KeyWords<L> as SortWords<L::Val>>::kind() == Words::Exact;
        if kind != Words::Exact || !vals_exact || key_bits >= room {
            self.packed.clear();
            self.packed.extend(
                self.words
                    .iter()
                    .enumerate()
                    .map(|(row, word)| place(word - key_min, key_bits, room) << position_bits | row as u64),
            );
            return Some(Packed { position_bits, exact: false });
        }
        let (val_min, val_bits) = range((0..rows).map(val));
        type Times<L> = Vec<layout::Time<L>>;
        let time = |row: usize| Times::<L>::word(stage.times.get(row), 0);
        let times_exact = stage.times.one().is_some() || Times::<L>::words() == Words::Exact;
        let (time_min, time_bits) = match stage.times.one() {
            None if times_exact => range((0..rows).map(time)),
            _ => (0, 0),
        };
        let data_bits = key_bits + val_bits;
        self.packed.clear();
        if data_bits + time_bits <= room && times_exact {
            let one_time = stage.times.one().is_some();
            self.packed.extend(self.words.iter().enumerate().map(|(row, word)| {
                let data = shl(word - key_min, val_bits) | (val(row) - val_min);
                let all = shl(data, time_bits) | if one_time { 0 } else { time(row) - time_min };
                place(all, data_bits + time_bits, room) << position_bits | row as u64
            }));
            return Some(Packed { position_bits, exact: true });
        }
        self.packed.extend(self.words.iter().enumerate().map(|(row, word)| {
            let val_room = room - key_bits;
            let data = shl(word - key_min, val_room) | place(val(row) - val_min, val_bits, val_room);
            data << position_bits | row as u64
        }));
        Some(Packed { position_bits, exact: false })
    }

    /// Sorts the packed words, which are all different.
    fn sort_packed(&mut self) {
        let Sorter { packed, spare, counts, .. } = self;
        if packed.len() < SMALL {
            packed.sort_unstable();
            return;
        }
        counts.clear();
        counts.resize(2 * DIGITS, 0);
        let (low, high) = counts.split_at_mut(DIGITS);
        let (low, high): (&mut [u32; DIGITS], &mut [u32; DIGITS]) =
            (low.try_into().expect("half"), high.try_into().expect("half"));
        let low_digit = |word: u64| (word >> (64 - 2 * DIGIT)) as usize % DIGITS;
        let high_digit = |word: u64| (word >> (64 - DIGIT)) as usize % DIGITS;
        for &word in packed.iter() {
            low[low_digit(word)] += 1;
            high[high_digit(word)] += 1;
        }
        spare.resize(packed.len(), 0);
        scatter(packed, spare, low, low_digit);
        scatter(spare, packed, high, high_digit);
        finish_sort(packed);
    }

    /// Sorts the rows whose words tie.
    fn sort_ties<L: Layout>(&mut self, stage: &Chunk<L>, position_bits: u32) {
        let mask = (1u64 << position_bits) - 1;
        let mut start = 0;
        while start < self.packed.len() {
            let top = self.packed[start] >> position_bits;
            let tied =
                self.packed[start + 1..].iter().take_while(|word| **word >> position_bits == top).count();
            let end = start + 1 + tied;
            if tied > 0 {
                sort_tied::<L>(stage, &mut self.packed[start..end], mask, ROUNDS);
            }
            start = end;
        }
    }

    /// Sums equal neighbours of `order` into the first, and sets aside those that cancel.
    fn consolidate<L: Layout>(&mut self, stage: &mut Chunk<L>, packed: Option<Packed>) -> usize {
        let rows = self.order.len();
        let (position_bits, exact) = packed.map_or((0, false), |packed| (packed.position_bits, packed.exact));
        let prefix = |at: usize| self.packed[at] >> position_bits;
        let has_words = position_bits > 0;
        let is_zero = <L::Algebra as Algebra<_, _>>::is_zero;
        self.dead.clear();
        let mut kept = 0;
        let mut at = 0;
        while at < rows {
            let first = self.order[at] as usize;
            let mut sum = None;
            let mut end = at + 1;
            while end < rows && (!has_words || prefix(at) == prefix(end)) {
                let row = self.order[end] as usize;
                if !exact && stage.compare(first, row) != Ordering::Equal {
                    break;
                }
                let sum = sum.get_or_insert_with(|| stage.diffs.get(first).clone());
                <L::Algebra as Algebra<_, _>>::plus_equals(sum, stage.diffs.get(row));
                self.dead.push(row as u32);
                end += 1;
            }
            match sum {
                Some(sum) if is_zero(&sum) => self.dead.push(first as u32),
                None if is_zero(stage.diffs.get(first)) => self.dead.push(first as u32),
                sum => {
                    if let Some(sum) = sum.filter(|sum| sum != stage.diffs.get(first)) {
                        stage.diffs.many()[first] = sum;
                    }
                    self.order[kept] = first as u32;
                    kept += 1;
                }
            }
            at = end;
        }
        self.order.truncate(kept);
        self.order.extend_from_slice(&self.dead);
        kept
    }
}

/// The number of bits of a value.
fn bits(value: u64) -> u32 {
    64 - value.leading_zeros()
}

/// The least of some words, and the number of bits in which they differ from it.
fn range(words: impl Iterator<Item = u64>) -> (u64, u32) {
    let (mut min, mut max) = (u64::MAX, 0);
    for word in words {
        min = min.min(word);
        max = max.max(word);
    }
    (min, bits(max.saturating_sub(min)))
}

/// A shift that may be by all bits.
#[inline(always)]
fn shl(word: u64, by: u32) -> u64 {
    word.checked_shl(by).unwrap_or(0)
}

/// Moves a word of so many bits to the top of some room, cutting off what does not fit.
#[inline(always)]
fn place(word: u64, bits: u32, room: u32) -> u64 {
    if bits > room { word >> (bits - room) } else { shl(word, room - bits) }
}

/// The number of bytes that all items have in common at their beginning, 0 for items without bytes.
fn common_prefix<C: BatchContainer>(items: &C) -> usize {
    let mut least = usize::MAX;
    for row in 1..items.len() {
        match C::common_prefix(items.index(0), items.index(row)) {
            None | Some(0) => return 0,
            Some(common) => least = least.min(common),
        }
    }
    if least == usize::MAX { 0 } else { least }
}

/// One stable pass: places each word after all with a lesser digit. `counts` has the digits' numbers.
fn scatter(from: &[u64], to: &mut [u64], counts: &mut [u32; DIGITS], digit: impl Fn(u64) -> usize) {
    let mut sum = 0;
    for count in counts.iter_mut() {
        sum += std::mem::replace(count, sum);
    }
    for &word in from {
        let place = &mut counts[digit(word)];
        to[*place as usize] = word;
        *place += 1;
    }
}

/// Sorts words of which only the top two digits are in order.
fn finish_sort(words: &mut [u64]) {
    let top = |word: u64| word >> (64 - 2 * DIGIT);
    let mut at = 1;
    while at < words.len() {
        if words[at] >= words[at - 1] {
            at += 1;
            continue;
        }
        let digit = top(words[at]);
        let mut start = at - 1;
        while start > 0 && top(words[start - 1]) == digit {
            start -= 1;
        }
        let end = at + words[at..].iter().take_while(|word| top(**word) == digit).count();
        if end - start <= SHORT {
            insertion_sort(&mut words[start..end], |a, b| a > b);
        } else {
            words[start..end].sort_unstable();
        }
        at = end;
    }
}

fn insertion_sort(words: &mut [u64], after: impl Fn(u64, u64) -> bool) {
    for at in 1..words.len() {
        let word = words[at];
        let mut to = at;
        while to > 0 && after(words[to - 1], word) {
            words[to] = words[to - 1];
            to -= 1;
        }
        words[to] = word;
    }
}

/// Sorts rows whose words tie, by comparing. The words keep their tops, and exchange positions.
///
/// Strings that tie go through so many more rounds of sorting by the next eight bytes.
fn sort_tied<L: Layout>(stage: &Chunk<L>, tied: &mut [u64], mask: u64, rounds: usize) {
    let compare = |a: u64, b: u64| stage.compare((a & mask) as usize, (b & mask) as usize);
    if tied.len() <= SHORT {
        insertion_sort(tied, |a, b| compare(a, b) == Ordering::Greater);
        return;
    }
    let row = |word: u64| (word & mask) as usize;
    let first = stage.keys.index(row(tied[0]));
    let common = |word: u64| {
        L::Key::common_prefix(
            <L::Key as arrangement_trace::IntoOwned>::reborrow(first),
            <L::Key as arrangement_trace::IntoOwned>::reborrow(stage.keys.index(row(word))),
        )
    };
    let depth =
        tied[1..].iter().try_fold(usize::MAX, |least, &word| common(word).map(|common| least.min(common)));
    let Some(depth) = depth.filter(|_| rounds > 0) else {
        tied.sort_unstable_by(|&a, &b| compare(a, b));
        return;
    };
    // Strings: by the next eight bytes after what these share.
    let word = |x: u64| <L::Words as SortWords<L::Key>>::word(stage.keys.index(row(x)), depth);
    let mut keyed: Vec<(u64, u64)> = tied.iter().map(|&x| (word(x), x)).collect();
    keyed.sort_unstable();
    tied.iter_mut().zip(&keyed).for_each(|(x, keyed)| *x = keyed.1);
    let mut start = 0;
    for run in keyed.chunk_by(|a, b| a.0 == b.0) {
        let rest = &mut tied[start..start + run.len()];
        start += run.len();
        // Where a round splits off little, as of keys that are each a prefix of the next, further ones would not end.
        let progress = rest.len() <= keyed.len() / 2;
        if rest.len() > 1 {
            sort_tied::<L>(stage, rest, mask, if progress { rounds - 1 } else { 0 });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrangement_container::{ByContainer, Preferred, Vector};
    use proptest::prelude::*;
    use std::fmt::Debug;

    type Rows<K, V> = Vec<((K, V), u64, i64)>;

    /// Settles rows through columns, and compares with the plain consolidation of rows.
    fn check<K, V>(rows: &Rows<K, V>)
    where
        K: Ord + Clone + Debug + 'static,
        V: Ord + Clone + Debug + 'static,
        ByContainer: SortWords<Vec<K>> + SortWords<Vec<V>>,
    {
        type L<K, V> = Vector<((K, V), u64, i64)>;
        let mut stage = Chunk::<L<K, V>>::default();
        rows.iter().for_each(|((k, v), t, d)| stage.push(k, v, *t, *d));
        let mut chunk = Chunk::<L<K, V>>::default();
        Sorter::default().settle::<L<K, V>>(&mut stage, &mut chunk);
        assert!(stage.is_empty());
        let mut expected = rows.clone();
        arrangement_trace::consolidate_updates(&mut expected);
        let settled: Rows<K, V> = (0..chunk.len())
            .map(|i| {
                let data = (chunk.keys[i].clone(), chunk.vals[i].clone());
                (data, *chunk.times.get(i), *chunk.diffs.get(i))
            })
            .collect();
        assert_eq!(settled, expected);
    }

    fn rows<K: Debug + Clone, V: Debug + Clone>(
        keys: impl Strategy<Value = K>,
        vals: impl Strategy<Value = V>,
        len: usize,
    ) -> impl Strategy<Value = Rows<K, V>> {
        prop::collection::vec(
            ((keys, vals), prop_oneof![Just(0u64), 0..3u64, any::<u64>()], -1..2i64),
            0..len,
        )
    }

    /// R16: what is sorted by words is sorted as by `Ord`, whatever collides.
    mod r16_words_sort_as_ord {
        use super::*;
        proptest! {
            #![proptest_config(ProptestConfig::with_cases(64))]
            #[test]
            fn small_numbers(rows in rows(0..4u64, 0..4u8, 600)) { check(&rows) }
            #[test]
            fn numbers(rows in rows(any::<u64>(), any::<i64>(), 600)) { check(&rows) }
            #[test]
            fn negative_numbers(rows in rows(-3..3i32, any::<i8>(), 600)) { check(&rows) }
            #[test]
            fn extremes(rows in rows(prop_oneof![Just(0), Just(u64::MAX)], prop_oneof![Just(i64::MIN), Just(i64::MAX)], 400)) { check(&rows) }
            #[test]
            fn pairs(rows in rows((0..2u64, any::<u64>()), any::<(u32, u32)>(), 400)) { check(&rows) }
            #[test]
            fn options(rows in rows(any::<Option<u8>>(), Just(()), 400)) { check(&rows) }
            #[test]
            fn strings(rows in rows("(shared/prefix/of/all/){0,3}[ab\0]{0,12}", "[a-c]{0,9}", 400)) { check(&rows) }
            #[test]
            fn same_strings_padded(rows in rows("(x{16}){1,2}\0{0,9}", 0..2u8, 300)) { check(&rows) }
            #[test]
            fn byte_strings(rows in rows(prop::collection::vec(0..2u8, 0..20), any::<bool>(), 300)) { check(&rows) }
            #[test]
            fn nested(rows in rows(prop::collection::vec("[a-b]{0,2}", 0..3), any::<char>(), 300)) { check(&rows) }
            #[test]
            fn nothing(rows in rows(Just(()), Just(()), 300)) { check(&rows) }
        }
    }

    /// Keys that are each a prefix of the next split off one by one: they are compared instead.
    #[test]
    fn nested_prefixes_sort_as_ord() {
        let rows: Vec<_> =
            (0..500u64).map(|i| (("a".repeat((i * 7919 % 500) as usize * 8) + "b", ()), 0, 1)).collect();
        check(&rows);
    }

    #[test]
    fn slices_sort_as_ord_too() {
        type L = Preferred<str, [u8], u64, i64>;
        let mut stage = Chunk::<L>::default();
        for i in 0..5000u64 {
            let x = i.wrapping_mul(0x9E3779B97F4A7C15) >> 50;
            stage.push(
                &format!("a/long/shared/prefix/{:x}", x % 700),
                &[(x % 3) as u8; 9][..(x % 10) as usize],
                x % 2,
                1,
            );
        }
        let mut chunk = Chunk::<L>::default();
        Sorter::default().settle::<L>(&mut stage, &mut chunk);
        assert_eq!(chunk.first_fault(|diff| *diff == 0), None);
        assert!(chunk.len() > 1000);
    }
}
