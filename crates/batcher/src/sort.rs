//! The ordering kernel: sorts and consolidates the rows of columns by machine words.
//!
//! Rows are ordered by key, val and time, which are three *columns* here. A run of rows, at first all of them, is sorted
//! so:
//!
//! 1. Columns in which all rows of the run are alike are passed over.
//! 2. Each row gets a word that orders as its item in the next column does, from the layout's [`SortWords`]: integers as
//!    they are, strings by the eight bytes after what all of the run share. The least is subtracted, and where there is
//!    room behind it the words of the columns that follow are added. What varies is moved to the top, and the row's
//!    position fills the lowest bits.
//! 3. These words are sorted: two passes by radix over the top, then insertion where neighbours still tie.
//! 4. Rows whose words tie are a run by themselves, and sorted so again, from the column on that is not decided; short
//!    runs are sorted by comparing the items.
//!
//! Where a column has no words, or words can't tell further, the run is sorted by comparing. Equal rows are then summed,
//! and the columns are gathered in order, without those that cancelled.

use arrangement_container::{BatchContainer, Chunk, Layout, Repeated, SortWords, Words, layout};
use arrangement_trace::Algebra;
use std::cmp::Ordering;

/// The most bits of one pass.
const DIGIT: u32 = 10;
const DIGITS: usize = 1 << DIGIT;
/// Up to so many words are sorted by the standard library.
const SMALL: usize = 256;
/// Runs of ties up to this length are sorted by insertion.
const SHORT: usize = 20;
/// Ties of ties are sorted by words so many times before they are compared.
const ROUNDS: usize = 8;
/// The columns that rows are ordered by: keys, vals and times.
const COLUMNS: usize = 3;
/// Marks a row in an order as equal to the one before.
const REPEAT: u32 = 1 << 31;

/// A chunk, and what sorting it has told.
pub(crate) struct Settled<L: Layout> {
    pub(crate) chunk: Chunk<L>,
    /// Whether it is known that no two rows have the same key.
    pub(crate) distinct: bool,
}

impl<L: Layout> Default for Settled<L> {
    fn default() -> Self {
        Settled { chunk: Chunk::<L>::default(), distinct: false }
    }
}

/// Sorts rows, keeping its buffers from one time to the next.
#[derive(Debug, Default)]
pub(crate) struct Sorter {
    packed: Vec<u64>,
    radix: Radix,
    /// The rows in order.
    order: Vec<u32>,
    /// Whether it is known that two rows of the order have the same key only where one is marked as equal to the other.
    distinct: bool,
    /// Rows that were settled so far.
    pub(crate) settled: usize,
}

/// What words tell of rows whose words tie.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Ties {
    /// They may differ in this column and those after it; beyond the last, in none.
    From(usize),
    /// Words can't tell.
    Unknown,
}

impl Sorter {
    /// Sorts and consolidates the rows of `stage`, moves what remains to `target`, whose chunk is empty, and empties
    /// `stage`.
    ///
    /// Rows that are in order already are handed over as they are, with their buffers; returns whether they were. If a
    /// comparison or a sum panics, `stage` still has all its rows as they were.
    pub(crate) fn settle<L: Layout>(&mut self, stage: &mut Chunk<L>, target: &mut Settled<L>) -> bool {
        self.settled += stage.len();
        if let Ok(distinct) = stage.check(<L::Algebra as Algebra<_, _>>::is_zero) {
            std::mem::swap(stage, &mut target.chunk);
            target.distinct = distinct;
            return true;
        }
        self.order::<L>(stage);
        self.consolidate::<L>(stage);
        target.chunk.take_ordered(stage, &self.order);
        target.distinct = self.distinct;
        false
    }

    /// Leaves in `order` all rows in order, those marked that are equal to the one before.
    fn order<L: Layout>(&mut self, stage: &Chunk<L>) {
        let rows = stage.len();
        self.order.clear();
        self.order.reserve(rows);
        self.distinct = true;
        if <L::Words as SortWords<L::Key>>::kind() == Words::None {
            sort_without_words::<L>(stage, &mut self.order);
            self.distinct = false;
            return;
        }
        // What is there from the last time is written over.
        self.packed.resize(rows.max(self.packed.len()), 0);
        let position_bits = bits(rows.max(2) as u64 - 1);
        let Sorter { radix, order, distinct, .. } = self;
        let mut run = Run::<L> { stage, position_bits, radix, order, distinct };
        let packed = &mut self.packed[..rows];
        match run.pack(packed, 0, |index| index) {
            Ties::Unknown => {
                packed.iter_mut().enumerate().for_each(|(row, packed)| *packed = row as u64);
                run.sort_by_comparing(packed);
            }
            ties => run.sort_packed(packed, ties, ROUNDS),
        }
    }

    /// Sums equal neighbours of `order` into the first, and leaves there the rows that remain.
    fn consolidate<L: Layout>(&mut self, stage: &mut Chunk<L>) {
        let is_zero = <L::Algebra as Algebra<_, _>>::is_zero;
        // Not stopping at the first needs no branch a row.
        let repeats = self.order.iter().fold(0, |all, row| all | row) & REPEAT;
        if repeats == 0 {
            match stage.diffs.one() {
                Some(diff) if !is_zero(diff) => {}
                Some(_) => self.order.clear(),
                None => self.order.retain(|row| !is_zero(stage.diffs.get(*row as usize))),
            }
            return;
        }
        // The sums are written when all are known, as adding may panic.
        let mut sums: Vec<(u32, L::Diff)> = Vec::new();
        let (mut kept, mut at) = (0, 0);
        while at < self.order.len() {
            let first = self.order[at];
            let diff = stage.diffs.get(first as usize);
            let repeats = self.order[at + 1..].iter().take_while(|row| **row & REPEAT != 0).count();
            let remains = if repeats == 0 {
                !is_zero(diff)
            } else {
                let mut sum = diff.clone();
                for row in &self.order[at + 1..at + 1 + repeats] {
                    <L::Algebra as Algebra<_, _>>::plus_equals(
                        &mut sum,
                        stage.diffs.get((row & !REPEAT) as usize),
                    );
                }
                let remains = !is_zero(&sum);
                if remains && sum != *diff {
                    sums.push((first, sum));
                }
                remains
            };
            self.order[kept] = first;
            kept += remains as usize;
            at += 1 + repeats;
        }
        self.order.truncate(kept);
        if !sums.is_empty() {
            let diffs = stage.diffs.many();
            for (row, sum) in sums {
                diffs[row as usize] = sum;
            }
        }
    }
}

/// A run of rows that is being sorted.
///
/// It comes as *packed* words: the row's position in the lowest bits, what it is sorted by above.
struct Run<'a, L: Layout> {
    stage: &'a Chunk<L>,
    /// The bits of the row's position.
    position_bits: u32,
    radix: &'a mut Radix,
    /// The rows sorted so far.
    order: &'a mut Vec<u32>,
    /// See [`Sorter::distinct`]. Rows whose words differ have different keys if the words are of keys alone; where they
    /// are of vals or times too, nothing is known.
    distinct: &'a mut bool,
}

impl<L: Layout> Run<'_, L> {
    #[inline(always)]
    fn row(&self, packed: u64) -> usize {
        (packed & ((1 << self.position_bits) - 1)) as usize
    }

    /// What the words of a column say. A column of one repeated time decides nothing more.
    fn words(&self, column: usize) -> Words {
        match column {
            0 => <L::Words as SortWords<L::Key>>::kind(),
            1 => <L::Words as SortWords<L::Val>>::kind(),
            _ if self.stage.times.one().is_some() => Words::Exact,
            _ => Vec::<layout::Time<L>>::words(),
        }
    }

    /// Calls `each` with the index and the word of each of so many rows in a column.
    #[inline(always)]
    fn for_each_word(
        &self,
        column: usize,
        depth: usize,
        len: usize,
        row: impl Fn(usize) -> usize,
        mut each: impl FnMut(usize, u64),
    ) {
        let Chunk::<L> { keys, vals, times, .. } = self.stage;
        let word = |index| <L::Words as SortWords<L::Key>>::word(keys.index(row(index)), depth);
        let val_word = |index| <L::Words as SortWords<L::Val>>::word(vals.index(row(index)), depth);
        match (column, times) {
            (0, _) => (0..len).for_each(|index| each(index, word(index))),
            (1, _) => (0..len).for_each(|index| each(index, val_word(index))),
            (_, Repeated::One(..)) => (0..len).for_each(|index| each(index, 0)),
            (_, Repeated::Many(times)) => {
                (0..len).for_each(|index| each(index, Vec::<layout::Time<L>>::word(&times[row(index)], 0)));
            }
        }
    }

    /// The number of bytes that the items of a column have in common at their beginning; 0 for items without bytes.
    fn common_prefix(&self, column: usize, len: usize, row: impl Fn(usize) -> usize) -> usize {
        match column {
            0 => common_prefix(&self.stage.keys, len, row),
            1 => common_prefix(&self.stage.vals, len, row),
            _ => 0,
        }
    }

    /// Whether all rows are alike in a column.
    fn are_alike(&self, column: usize, len: usize, row: impl Fn(usize) -> usize) -> bool {
        match (column, &self.stage.times) {
            (0, _) => are_alike(&self.stage.keys, len, row),
            (1, _) => are_alike(&self.stage.vals, len, row),
            (_, Repeated::One(..)) => true,
            (_, Repeated::Many(times)) => are_alike(times, len, row),
        }
    }

    /// Writes words to sort by above the positions of rows, beginning with a column. Where words can't tell anything,
    /// nothing is written. `row` is the position at an index.
    #[inline(always)]
    fn pack(&mut self, packed: &mut [u64], mut column: usize, row: impl Fn(usize) -> usize + Copy) -> Ties {
        let len = packed.len();
        let room = 64 - self.position_bits;
        let mut words = std::mem::take(&mut self.radix.spare);
        words.resize(len.max(words.len()), 0);
        let ties = loop {
            *self.distinct &= column == 0;
            if column == COLUMNS {
                packed.iter_mut().enumerate().for_each(|(index, packed)| *packed = row(index) as u64);
                break Ties::From(COLUMNS);
            }
            let kind = self.words(column);
            let mut range = Range::default();
            if kind != Words::None {
                let depth = if kind == Words::Lossy { self.common_prefix(column, len, row) } else { 0 };
                self.for_each_word(column, depth, len, row, |index, word| {
                    words[index] = word;
                    range.extend(word);
                });
            }
            if range.bits() > 0 {
                break self.compose(packed, &mut words[..len], column, range, room, row);
            }
            if kind != Words::Exact && !self.are_alike(column, len, row) {
                break Ties::Unknown;
            }
            column += 1;
        };
        self.radix.spare = words;
        ties
    }

    /// Packs words of a column, which are given, and of those that follow it while there is room.
    #[inline(always)]
    fn compose(
        &mut self,
        packed: &mut [u64],
        words: &mut [u64],
        mut column: usize,
        range: Range,
        room: u32,
        row: impl Fn(usize) -> usize + Copy,
    ) -> Ties {
        let len = words.len();
        let mut used = range.bits();
        let mut least = range.min;
        while used < room && self.words(column) == Words::Exact {
            column += 1;
            if column == COLUMNS || self.words(column) == Words::None {
                break;
            }
            let mut next = Range::default();
            self.for_each_word(column, 0, len, row, |_, word| next.extend(word));
            let fits = next.bits().min(room - used);
            let cut = next.bits() - fits;
            if fits > 0 {
                *self.distinct = false;
                self.for_each_word(column, 0, len, row, |index, word| {
                    words[index] = (words[index] - least) << fits | (word - next.min) >> cut;
                });
                (used, least) = (used + fits, 0);
            }
            if cut > 0 {
                break;
            }
        }
        // Words that are not wholly there, or that are lossy, leave their own column to decide.
        let (shift, cut) = (room.saturating_sub(used) + self.position_bits, used.saturating_sub(room));
        for (index, packed) in packed.iter_mut().enumerate() {
            *packed = ((words[index] - least) >> cut) << shift | row(index) as u64;
        }
        Ties::From(column)
    }

    /// Sorts packed rows, and appends them to the order. Their words tie from a column on.
    fn sort_packed(&mut self, packed: &mut [u64], ties: Ties, rounds: usize) {
        if !packed.is_sorted() {
            self.radix.sort(packed);
        }
        let bits = self.position_bits;
        // The order is written as if there were no ties, and none are looked for before all were counted: so neither needs
        // a branch a row.
        let (mask, start) = ((1 << bits) - 1, self.order.len());
        let (mut last, mut tied) = (!packed.first().copied().unwrap_or_default(), 0);
        self.order.extend(packed.iter().map(|&packed| {
            tied += ((packed ^ last) >> bits == 0) as u32;
            last = packed;
            (packed & mask) as u32
        }));
        if tied == 0 {
            return;
        }
        self.order.truncate(start);
        for run in packed.chunk_by_mut(|a, b| (a ^ b) >> bits == 0) {
            match ties {
                _ if run.len() == 1 => self.order.push(self.row(run[0]) as u32),
                Ties::From(COLUMNS) => {
                    self.order.push(self.row(run[0]) as u32);
                    self.order
                        .extend(run[1..].iter().map(|packed| (packed & ((1 << bits) - 1)) as u32 | REPEAT));
                }
                Ties::From(column) if run.len() > SHORT && rounds > 0 => {
                    self.sort_ties(run, column, rounds - 1)
                }
                _ => self.sort_by_comparing(run),
            }
        }
    }

    /// Sorts rows that tie in all columns before one, and appends them to the order.
    #[inline(never)]
    fn sort_ties(&mut self, run: &mut [u64], column: usize, rounds: usize) {
        let mask = (1u64 << self.position_bits) - 1;
        run.iter_mut().for_each(|packed| *packed &= mask);
        let mut rows = std::mem::take(&mut self.radix.rows);
        rows.clear();
        rows.extend(run.iter().map(|packed| *packed as u32));
        let ties = self.pack(run, column, |index| rows[index] as usize);
        self.radix.rows = rows;
        match ties {
            Ties::Unknown => self.sort_by_comparing(run),
            ties => self.sort_packed(run, ties, rounds),
        }
    }

    /// Sorts rows by comparing their items, and appends them to the order.
    #[inline(never)]
    fn sort_by_comparing(&mut self, run: &mut [u64]) {
        let (stage, mask) = (self.stage, (1 << self.position_bits) - 1);
        let row = |packed: u64| (packed & mask) as usize;
        let compare = |a: u64, b: u64| stage.compare(row(a), row(b));
        if run.len() <= SHORT {
            insertion_sort(run, |a, b| compare(a, b) == Ordering::Greater);
        } else {
            run.sort_unstable_by(|&a, &b| compare(a, b));
        }
        self.order.push(self.row(run[0]) as u32);
        for pair in run.windows(2) {
            let same_key = stage.keys.index(row(pair[0])) == stage.keys.index(row(pair[1]));
            let repeat = same_key && compare(pair[0], pair[1]) == Ordering::Equal;
            *self.distinct &= repeat || !same_key;
            self.order.push(self.row(pair[1]) as u32 | if repeat { REPEAT } else { 0 });
        }
    }
}

/// Appends all rows to an order, sorted by comparing their items.
fn sort_without_words<L: Layout>(stage: &Chunk<L>, order: &mut Vec<u32>) {
    order.extend(0..stage.len() as u32);
    order.sort_unstable_by(|&a, &b| stage.compare(a as usize, b as usize));
    for at in (1..order.len()).rev() {
        if stage.compare(order[at - 1] as usize, order[at] as usize) == Ordering::Equal {
            order[at] |= REPEAT;
        }
    }
}

/// The number of bits of a value.
fn bits(value: u64) -> u32 {
    64 - value.leading_zeros()
}

/// The least and the greatest of some words.
#[derive(Copy, Clone, Debug)]
struct Range {
    min: u64,
    max: u64,
}

impl Default for Range {
    fn default() -> Self {
        Range { min: u64::MAX, max: 0 }
    }
}

impl Range {
    #[inline(always)]
    fn extend(&mut self, word: u64) {
        self.min = self.min.min(word);
        self.max = self.max.max(word);
    }

    /// The number of bits in which words differ from the least.
    fn bits(&self) -> u32 {
        bits(self.max.saturating_sub(self.min))
    }
}

/// The number of bytes that items have in common at their beginning, 0 for items without bytes.
fn common_prefix<C: BatchContainer>(items: &C, len: usize, row: impl Fn(usize) -> usize) -> usize {
    let mut least = usize::MAX;
    for index in 1..len {
        match C::common_prefix(items.index(row(0)), items.index(row(index))) {
            None | Some(0) => return 0,
            Some(common) => least = least.min(common),
        }
    }
    if least == usize::MAX { 0 } else { least }
}

fn are_alike<C: BatchContainer>(items: &C, len: usize, row: impl Fn(usize) -> usize) -> bool {
    (1..len).all(|index| C::reborrow(items.index(row(index))) == C::reborrow(items.index(row(0))))
}

/// Sorts words by radix, keeping its buffers from one time to the next.
#[derive(Debug)]
struct Radix {
    spare: Vec<u64>,
    /// The rows of ties, for the time they get new words.
    rows: Vec<u32>,
    low: [u32; DIGITS],
    high: [u32; DIGITS],
}

impl Default for Radix {
    fn default() -> Self {
        Radix { spare: Vec::new(), rows: Vec::new(), low: [0; DIGITS], high: [0; DIGITS] }
    }
}

impl Radix {
    /// Sorts words that are all different.
    fn sort(&mut self, words: &mut [u64]) {
        if words.len() < SMALL {
            words.sort_unstable();
            return;
        }
        let Radix { spare, low, high, .. } = self;
        low.fill(0);
        high.fill(0);
        let low_digit = |word: u64| (word >> (64 - 2 * DIGIT)) as usize % DIGITS;
        let high_digit = |word: u64| (word >> (64 - DIGIT)) as usize % DIGITS;
        for &word in words.iter() {
            low[low_digit(word)] += 1;
            high[high_digit(word)] += 1;
        }
        spare.resize(words.len().max(spare.len()), 0);
        let spare = &mut spare[..words.len()];
        scatter(words, spare, low, low_digit);
        scatter(spare, words, high, high_digit);
        finish_sort(words);
    }
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
        let mut settled = Settled::<L<K, V>>::default();
        Sorter::default().settle::<L<K, V>>(&mut stage, &mut settled);
        assert!(stage.is_empty());
        let Settled { chunk, distinct } = settled;
        assert!(!distinct || chunk.keys.is_strictly_ascending(), "a key repeats that is said not to");
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

    /// Settles keys in an order that is not theirs, each with two vals if they are to repeat, and returns whether they are
    /// known not to.
    fn finds_distinct<K: Ord + Clone + Debug + 'static>(key: impl Fn(u64) -> K, repeat: bool) -> bool
    where
        ByContainer: SortWords<Vec<K>>,
    {
        type L<K> = Vector<((K, u64), u64, i64)>;
        let mut stage = Chunk::<L<K>>::default();
        for i in (0..3_000u64).map(|i| i * 7_919 % 3_000) {
            (0..=repeat as u64).for_each(|val| stage.push(&key(i), &(i ^ val << 20), i % 5, 1));
        }
        let mut settled = Settled::<L<K>>::default();
        Sorter::default().settle::<L<K>>(&mut stage, &mut settled);
        settled.distinct
    }

    /// Sorting tells that no key repeats, where words decide and where ties are sorted further or compared.
    #[test]
    fn sorting_tells_whether_keys_repeat() {
        assert!(finds_distinct(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15), false));
        assert!(finds_distinct(|i| format!("{:x}", i.wrapping_mul(0x9e37_79b9_7f4a_7c15)), false));
        assert!(finds_distinct(|i| format!("{}/a long prefix/{:x}", i % 7, i), false));
        assert!(finds_distinct(|i| "a".repeat((i / 40) as usize * 9) + &i.to_string(), false));
        assert!(!finds_distinct(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15), true));
        assert!(!finds_distinct(|i| format!("{}/a long prefix/{:x}", i % 7, i), true));
        // The words of few numbers have room for vals, and then tell of keys and vals together.
        assert!(!finds_distinct(|i| i % 50, false));
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
        let mut settled = Settled::<L>::default();
        Sorter::default().settle::<L>(&mut stage, &mut settled);
        assert_eq!(settled.chunk.check(|diff| *diff == 0), Ok(false));
        assert!(!settled.distinct);
        assert!(settled.chunk.len() > 1000);
    }

    thread_local! {
        /// How many comparisons keys still allow before they panic, and how many they have made.
        static COMPARED: std::cell::Cell<(usize, usize)> = const { std::cell::Cell::new((usize::MAX, 0)) };
    }

    /// A key of a user's, which counts its comparisons.
    #[derive(Clone, Debug, PartialEq, Eq)]
    struct Counted(u64);
    impl Ord for Counted {
        fn cmp(&self, other: &Self) -> Ordering {
            let (left, made) = COMPARED.get();
            assert!(left > 0, "no more comparisons");
            COMPARED.set((left - 1, made + 1));
            self.0.cmp(&other.0)
        }
    }
    impl PartialOrd for Counted {
        fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
            Some(self.cmp(other))
        }
    }
    #[derive(Debug)]
    enum CountedWords {}
    impl SortWords<Vec<Counted>> for CountedWords {
        fn kind() -> Words {
            Words::Exact
        }
        fn word(key: &Counted, _depth: usize) -> u64 {
            key.0
        }
    }
    impl SortWords<Vec<u64>> for CountedWords {
        fn kind() -> Words {
            Words::Exact
        }
        fn word(val: &u64, _depth: usize) -> u64 {
            *val
        }
    }
    type Counting<W> = Vector<((Counted, u64), u64, i64), arrangement_trace::Native, W>;

    /// A hundred keys of 64 bits, each with the same val at a hundred times, in no order.
    fn history<L>() -> Chunk<L>
    where
        L: Layout<Key = Vec<Counted>, Val = Vec<u64>, Time = u64, Diff = i64>,
    {
        let mut stage = Chunk::<L>::default();
        for i in (0..10_000u64).map(|i| i * 7_919 % 10_000) {
            stage.push(&Counted((i / 100).wrapping_mul(0x9e37_79b9_7f4a_7c15)), &5, i % 100, 1);
        }
        stage
    }

    /// Words of a user's that are exact spare all comparisons but those that find the rows unsorted, also where they fill
    /// a word and leave times to further ones.
    #[test]
    fn exact_words_spare_comparisons() {
        type L = Counting<CountedWords>;
        let (mut stage, mut settled) = (history::<L>(), Settled::<L>::default());
        COMPARED.set((usize::MAX, 0));
        assert!(!Sorter::default().settle::<L>(&mut stage, &mut settled));
        assert!(COMPARED.get().1 < 100, "{} comparisons", COMPARED.get().1);
        let chunk = settled.chunk;
        assert_eq!(chunk.len(), 10_000);
        assert_eq!(chunk.check(|diff| *diff == 0), Ok(false));
    }

    /// A comparison that panics leaves all rows in the stage, none twice, and the sorter in order.
    #[test]
    fn a_panicking_comparison_leaves_the_stage_as_it_was() {
        type L = Counting<ByContainer>;
        let mut sorter = Sorter::default();
        for allowed in [0, 1, 1_000, 100_000] {
            let (mut stage, mut settled) = (history::<L>(), Settled::<L>::default());
            COMPARED.set((allowed, 0));
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                sorter.settle::<L>(&mut stage, &mut settled);
            }));
            assert!(result.is_err());
            assert!(settled.chunk.is_empty());
            let expected = history::<L>();
            assert_eq!(stage.keys, expected.keys);
            assert_eq!(stage.diffs.one(), Some(&1));
            COMPARED.set((usize::MAX, 0));
            sorter.settle::<L>(&mut stage, &mut settled);
            let chunk = settled.chunk;
            assert_eq!((chunk.len(), stage.len()), (10_000, 0));
            assert_eq!(chunk.check(|diff| *diff == 0), Ok(false));
        }
    }

    /// Lossy words are followed by what they leave open, in keys and in vals.
    #[test]
    fn words_that_tie_go_on_in_the_next_column() {
        let rows: Vec<_> = (0..4_000u64)
            .map(|i| {
                let i = i * 7_919 % 4_000;
                let key = format!("{}{}", "shared/".repeat((i % 3) as usize), i % 7);
                ((key, format!("also shared by all/{}", i % 57)), i % 11, 1 - 2 * (i as i64 % 2))
            })
            .collect();
        check(&rows);
        let rows: Vec<_> =
            rows.iter().map(|((_, val), time, diff)| (((), val.clone()), *time, *diff)).collect();
        check(&rows);
        let rows: Vec<_> =
            rows.iter().map(|((_, val), time, diff)| ((Some(1), val.clone()), *time, *diff)).collect();
        check(&rows);
    }
}
