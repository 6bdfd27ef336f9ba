//! The update level of a batch: for each val its times and differences, and the whole encoding of repeated pairs.

use crate::chunk::Repeated;
use crate::offsets::OffsetList;
use crate::plan::{Plan, SECOND, compact};
use crate::vec::shrink;
use crate::words;
use arrangement_trace::{Algebra, Antichain, AntichainRef, Sizes, Timestamp};
use std::fmt;
use std::hint::select_unpredictable;
use std::marker::PhantomData;
use std::ops::Range;

/// Which rows of a chunk begin a new val.
#[derive(Copy, Clone, Debug)]
pub enum Starts<'a> {
    /// Each.
    All,
    /// Those at these positions, which ascend.
    At(&'a [u32]),
}

/// The columns of times and differences, and the offsets that lead to them from vals.
///
/// [`Updates`] is the one that the layouts of this crate name. The trait is the seam for another encoding: nobody
/// else knows how pairs are stored. In a merge, side 0 is the older input and side 1 the newer.
pub trait UpdateLevel: Default + fmt::Debug + 'static {
    /// The times.
    type Time: Timestamp;
    /// The differences.
    type Diff: Ord + Clone + 'static;
    /// How they are reckoned with.
    type Algebra: Algebra<Self::Time, Self::Diff>;
    /// What a merge keeps from call to call.
    type Merge;

    /// A level with room for so many vals and updates.
    fn with_capacity(vals: usize, updates: usize) -> Self;

    /// The number of updates, each counted however it is stored.
    fn len(&self) -> usize;

    /// Whether there are no updates.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The positions of a val's updates.
    fn bounds(&self, val: usize) -> Range<usize>;

    /// The number of updates of a range of vals.
    fn cost(&self, vals: Range<usize>) -> usize;

    /// Visits the times and differences at a range of positions.
    fn for_each(&self, updates: Range<usize>, logic: impl FnMut(&Self::Time, &Self::Diff));

    /// Visits the times and differences of a range of vals, each with the position of its val.
    fn for_each_val(&self, vals: Range<usize>, logic: impl FnMut(usize, &Self::Time, &Self::Diff));

    /// Whether advancing all times by `since` is known to change none. Looks at each pair of a dictionary at most once, and
    /// never at each update.
    fn is_advanced(&self, since: AntichainRef<'_, Self::Time>) -> bool;

    /// Appends the rows of a chunk; rows before the first start belong to the last val so far.
    fn append(&mut self, times: &Repeated<Self::Time>, diffs: &Repeated<Self::Diff>, starts: Starts<'_>);

    /// Ends the last val, and gives back what is reserved and not used.
    fn finish_build(&mut self);

    /// An empty level to merge two others into, all times being advanced by `since`.
    fn begin_merge(
        older: Option<&Self>,
        newer: Option<&Self>,
        since: AntichainRef<'_, Self::Time>,
    ) -> (Self, Self::Merge);

    /// Whether no val of a side can lose all its updates by advancing alone.
    fn is_solid(merge: &Self::Merge, side: usize) -> bool;

    /// Reads updates of a side into a list, advanced, not consolidated.
    fn read(
        &self,
        merge: &Self::Merge,
        side: usize,
        updates: Range<usize>,
        list: &mut Vec<(Self::Time, Self::Diff)>,
    );

    /// The time of an update of a side, advanced.
    fn time(&self, merge: &Self::Merge, side: usize, update: usize) -> Self::Time;

    /// Appends an update, whose difference is not zero, to the val that is being written.
    fn push(&mut self, time: &Self::Time, diff: &Self::Diff);

    /// Ends the val that is being written, unless nothing was, in which case it returns `false`.
    fn close_val(&mut self) -> bool;

    /// Consolidates a list and appends it as one val, unless nothing is left of it, in which case it returns `false`.
    /// The list is emptied.
    fn push_list(&mut self, list: &mut Vec<(Self::Time, Self::Diff)>) -> bool;

    /// Appends vals of a side that is solid.
    fn extend_vals(&mut self, merge: &Self::Merge, source: &Self, side: usize, vals: Range<usize>);

    /// Appends a val of a side, unless nothing is left of it, in which case it returns `false`.
    fn push_val(&mut self, merge: &mut Self::Merge, source: &Self, side: usize, val: usize) -> bool;

    /// Appends the vals of a plan, whose positions are relative to `lo` and which reaches to `hi` on each side. The
    /// indexes in the plan of vals of which nothing is left are appended to `dead`.
    fn push_block(
        &mut self,
        merge: &mut Self::Merge,
        sides: [&Self; 2],
        lo: [usize; 2],
        hi: [usize; 2],
        plan: &Plan,
        dead: &mut Vec<u32>,
    );

    /// Ends a merge: gives back what is reserved and not used.
    fn finish_merge(&mut self, merge: Self::Merge);

    /// The size; `records` counts updates.
    fn sizes(&self) -> Sizes;
}

/// The number of pairs up to which codes take one byte.
pub(crate) const NARROW: usize = 1 << 8;
/// The number of pairs beyond which they are stored plainly.
pub(crate) const MOST_PAIRS: usize = 1 << 12;
/// The bits of a pair's place among the codes found last.
const RECENT_BITS: u32 = 8;
/// Dictionaries up to this size have their sums of ties looked up in a table.
const TABLE: usize = 16;
/// More minimal times of plain updates than this are not kept.
const LEAST: usize = 8;
/// Up to so many updates are looked through for pairs that are no longer used.
const PRUNED: usize = 1 << 16;

/// Times and differences behind a dictionary of their pairs.
///
/// Batches hold few distinct `(time, diff)` pairs: a snapshot has one, a hundred epochs of insertions and retractions two
/// hundred. This level so keeps a *dictionary* of the pairs, and for each update a code of one byte, two bytes, or,
/// with one pair, none:
///
/// ```text
/// offsets     0     2  3        val i has the updates offsets[i] .. offsets[i + 1]
/// codes       0  1  0           none while there is one pair
/// dictionary  (t0, +1) (t1, -1)
/// ```
///
/// * A snapshot of any size, one update a val, stores one pair in all: its offsets are regular and take nothing.
/// * Copying a range of updates from batch to batch is a copy of codes through a table; no pair looks at its neighbour.
/// * Advancing times is done once per *pair*, when a merge begins, not once per update.
///
/// Where pairs are mostly distinct a dictionary would only cost, so the level turns to plain columns: when there are
/// more than 4,096 pairs, or, once a level is complete and has more than 256, if on average fewer than two updates use
/// each. That copies what was written so far, at most twice in the life of a level.
#[derive(Clone)]
pub struct Updates<T, R, A> {
    /// Where each val's updates begin; entry 0 is there from the start.
    pub(crate) offsets: OffsetList,
    pub(crate) dictionary: Dictionary<T, R>,
    pub(crate) codes: Codes<T, R>,
    pub(crate) len: usize,
    /// How many updates to make room for.
    expected: usize,
    /// The minimal times of plain updates, while they are few.
    pub(crate) least: Option<Vec<T>>,
    _algebra: PhantomData<fn() -> A>,
}

#[derive(Clone)]
pub(crate) enum Codes<T, R> {
    /// All updates are the dictionary's first pair.
    One,
    Narrow(Vec<u8>),
    Wide(Vec<u16>),
    /// The dictionary is not used, except by a merge whose inputs it served.
    Plain {
        times: Vec<T>,
        diffs: Vec<R>,
    },
}

#[derive(Clone)]
pub(crate) struct Dictionary<T, R> {
    pub(crate) pairs: Vec<(T, R)>,
    /// The codes in the order of their pairs.
    pub(crate) sorted: Vec<u16>,
    /// The codes found last, by the words of their pairs: the same few come again and again. Made with the second pair, and
    /// given up when the level is complete.
    recent: Vec<u16>,
}

impl<T: Ord + 'static, R: Ord + 'static> Dictionary<T, R> {
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
    fn find(&mut self, time: &T, diff: &R) -> Result<usize, usize> {
        let recent = Self::place(time, diff);
        let code = self.recent.get(recent).map_or(0, |&code| code as usize);
        if let Some(pair) = self.pairs.get(code)
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
        Ok(code as usize)
    }
}

impl<T, R, A> Default for Updates<T, R, A> {
    fn default() -> Self {
        let mut offsets = OffsetList::new();
        offsets.push(0);
        Updates {
            offsets,
            dictionary: Dictionary { pairs: Vec::new(), sorted: Vec::new(), recent: Vec::new() },
            codes: Codes::One,
            len: 0,
            expected: 0,
            least: Some(Vec::new()),
            _algebra: PhantomData,
        }
    }
}

impl<T: fmt::Debug, R, A> fmt::Debug for Updates<T, R, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let times: Vec<&T> = match &self.codes {
            Codes::One => self.dictionary.pairs.iter().map(|pair| &pair.0).take(1).collect(),
            Codes::Narrow(codes) => codes.iter().map(|&c| &self.dictionary.pairs[c as usize].0).collect(),
            Codes::Wide(codes) => codes.iter().map(|&c| &self.dictionary.pairs[c as usize].0).collect(),
            Codes::Plain { times, .. } => times.iter().collect(),
        };
        f.debug_struct("Updates").field("len", &self.len).field("times", &times).finish_non_exhaustive()
    }
}

impl<T, R, A> Updates<T, R, A>
where
    T: Timestamp,
    R: Ord + Clone + 'static,
    A: Algebra<T, R>,
{
    /// The code of an update, unless they are plain.
    #[inline(always)]
    fn code(&self, update: usize) -> usize {
        match &self.codes {
            Codes::One => 0,
            Codes::Narrow(codes) => codes[update] as usize,
            Codes::Wide(codes) => codes[update] as usize,
            Codes::Plain { .. } => unreachable!("plain updates have no codes"),
        }
    }

    /// The code of a pair, which is new if need be; `None` if there is no room for it.
    fn intern(&mut self, time: &T, diff: &R) -> Option<u16> {
        if let Codes::Plain { .. } = self.codes {
            return None;
        }
        let place = match self.dictionary.find(time, diff) {
            Ok(code) => return Some(code as u16),
            Err(place) => place,
        };
        let code = self.dictionary.pairs.len();
        if code >= MOST_PAIRS {
            return None;
        }
        if code == 1 {
            let mut codes = Vec::with_capacity(self.expected.max(self.len));
            codes.resize(self.len, 0);
            self.codes = Codes::Narrow(codes);
        } else if let Codes::Narrow(narrow) = &self.codes
            && code == NARROW
        {
            let mut wide = Vec::with_capacity(self.expected.max(self.len));
            wide.extend(narrow.iter().map(|&code| code as u16));
            self.codes = Codes::Wide(wide);
        }
        self.dictionary.pairs.push((time.clone(), diff.clone()));
        self.dictionary.sorted.insert(place, code as u16);
        if code > 0 {
            self.dictionary.recent.resize(1 << RECENT_BITS, 0);
            self.dictionary.recent[Dictionary::place(time, diff)] = code as u16;
        }
        Some(code as u16)
    }

    /// Stores each pair by itself from now on.
    fn make_plain(&mut self) {
        let room = self.expected.max(self.len);
        let (mut times, mut diffs) = (Vec::with_capacity(room), Vec::with_capacity(room));
        self.for_each(0..self.len, |time, diff| {
            times.push(time.clone());
            diffs.push(diff.clone());
        });
        self.codes = Codes::Plain { times, diffs };
        for code in 0..self.dictionary.pairs.len() {
            let time = self.dictionary.pairs[code].0.clone();
            self.note_time(&time);
        }
    }

    /// Keeps the minimal times, while they are few.
    fn note_time(&mut self, time: &T) {
        let Some(least) = &mut self.least else { return };
        if least.iter().any(|other| other.less_equal(time)) {
            return;
        }
        least.retain(|other| !time.less_equal(other));
        least.push(time.clone());
        if least.len() > LEAST {
            self.least = None;
        }
    }

    /// Appends updates of one pair, to the val that is open.
    fn push_pair(&mut self, time: &T, diff: &R, count: usize) {
        match self.intern(time, diff) {
            Some(code) => self.push_code(code, count),
            None => {
                if !matches!(self.codes, Codes::Plain { .. }) {
                    self.make_plain();
                }
                let Codes::Plain { times, diffs } = &mut self.codes else { unreachable!("just made plain") };
                times.resize(self.len + count, time.clone());
                diffs.resize(self.len + count, diff.clone());
                self.len += count;
                self.note_time(time);
            }
        }
    }

    #[inline]
    fn push_code(&mut self, code: u16, count: usize) {
        self.len += count;
        match &mut self.codes {
            Codes::One => {}
            Codes::Narrow(codes) if count == 1 => codes.push(code as u8),
            Codes::Narrow(codes) => codes.resize(self.len, code as u8),
            Codes::Wide(codes) => codes.resize(self.len, code),
            Codes::Plain { times, diffs } => {
                // Each time of the dictionary was noted when the level was made plain.
                let (time, diff) = &self.dictionary.pairs[code as usize];
                times.resize(self.len, time.clone());
                diffs.resize(self.len, diff.clone());
            }
        }
    }

    /// Appends updates of a side, to the val that is open.
    fn extend_updates(&mut self, merge: &Merging<T, R>, source: &Self, side: usize, updates: Range<usize>) {
        let Some(map) = &merge.map[side] else {
            source.for_each(updates, |time, diff| {
                let mut time = time.clone();
                A::advance_by(&mut time, merge.since.borrow());
                self.push_pair(&time, diff, 1);
            });
            return;
        };
        match (&mut self.codes, &source.codes) {
            (Codes::Narrow(codes), Codes::Narrow(from)) => {
                let map = table(map);
                codes.extend(from[updates.clone()].iter().map(|&code| map[code as usize] as u8));
                self.len += updates.len();
            }
            (_, Codes::One) => self.push_code(map[0], updates.len()),
            _ => {
                for update in updates {
                    self.push_code(map[source.code(update)], 1);
                }
            }
        }
    }

    /// What becomes of a val that both sides have with one update each.
    fn tie(&mut self, merge: &mut Merging<T, R>, codes: [usize; 2], small: bool) -> Tie {
        let [Some(first), Some(second)] = &merge.map else { return Tie::Open };
        let at = codes[0] * TABLE + codes[1];
        if small {
            merge.sums.resize(TABLE * TABLE, Tie::Unknown);
            if merge.sums[at] != Tie::Unknown {
                return merge.sums[at];
            }
        }
        let (a, b) = (first[codes[0]] as usize, second[codes[1]] as usize);
        let pairs = &self.dictionary.pairs;
        let tie = if pairs[a].0 != pairs[b].0 {
            Tie::Open
        } else {
            let (time, mut sum) = pairs[a].clone();
            A::plus_equals(&mut sum, &pairs[b].1);
            match A::is_zero(&sum) {
                true => Tie::Dead,
                false => self.intern(&time, &sum).map_or(Tie::Open, Tie::Code),
            }
        };
        if small {
            merge.sums[at] = tie;
        }
        tie
    }

    /// Appends a block in which each val has one update on either side. Returns `false`, with nothing done, if some val
    /// that both have keeps two.
    fn push_single_block(
        &mut self,
        merge: &mut Merging<T, R>,
        sides: [&Self; 2],
        base: [usize; 2],
        plan: &Plan,
        dead: &mut Vec<u32>,
    ) -> bool {
        let [Some(_), Some(_)] = &merge.map else { return false };
        let small = sides.iter().all(|side| side.dictionary.pairs.len() <= TABLE);
        merge.ties.clear();
        for &(index, second) in &plan.ties {
            let first = plan.positions[index as usize] as usize;
            let codes = [sides[0].code(base[0] + first), sides[1].code(base[1] + second as usize)];
            match self.tie(merge, codes, small) {
                Tie::Open | Tie::Unknown => return false,
                tie => merge.ties.push(tie),
            }
        }
        let [Some(first), Some(second)] = &merge.map else { return false };
        let start = self.len;
        let count = plan.positions.len();
        let dead_start = dead.len();
        let codes = |position: u32| {
            let from_second = position & SECOND != 0;
            let at = (position & !SECOND) as usize;
            if from_second { second[sides[1].code(base[1] + at)] } else { first[sides[0].code(base[0] + at)] }
        };
        match &mut self.codes {
            Codes::One => {
                dead.extend(plan.ties.iter().zip(&merge.ties).filter(|x| *x.1 == Tie::Dead).map(|x| x.0.0));
            }
            Codes::Narrow(out) => {
                match (&sides[0].codes, &sides[1].codes) {
                    (Codes::Narrow(a), Codes::Narrow(b)) => {
                        let (a, b) = (&a[base[0]..], &b[base[1]..]);
                        let (first, second) = (table(first), table(second));
                        out.extend(plan.positions.iter().map(|&position| {
                            let from_second = position & SECOND != 0;
                            let source = select_unpredictable(from_second, b, a);
                            let map = select_unpredictable(from_second, second, first);
                            map[source[(position & !SECOND) as usize] as usize] as u8
                        }));
                    }
                    (Codes::One, Codes::One) => {
                        let (a, b) = (first[0] as u8, second[0] as u8);
                        out.extend(
                            plan.positions
                                .iter()
                                .map(|&position| select_unpredictable(position & SECOND != 0, b, a)),
                        );
                    }
                    _ => out.extend(plan.positions.iter().map(|&position| codes(position) as u8)),
                }
                patch(out, start, plan, &merge.ties, dead, |code| code as u8);
            }
            Codes::Wide(out) => {
                out.extend(plan.positions.iter().map(|&position| codes(position)));
                patch(out, start, plan, &merge.ties, dead, |code| code);
            }
            Codes::Plain { .. } => return false,
        }
        let count = count - (dead.len() - dead_start);
        self.len += count;
        self.offsets.push_regular(start + 1, 1, count);
        true
    }

    /// Drops pairs that no update uses, which cancellation leaves behind.
    fn prune(&mut self) {
        let pairs_len = self.dictionary.pairs.len();
        if let Codes::Plain { .. } = self.codes {
            self.dictionary.pairs = Vec::new();
            self.dictionary.sorted = Vec::new();
            return;
        }
        if pairs_len <= 1 || (self.len > PRUNED && pairs_len * 2 < self.len) {
            return;
        }
        let mut used = vec![false; pairs_len];
        (0..self.len).for_each(|update| used[self.code(update)] = true);
        if used.iter().all(|used| *used) {
            return;
        }
        let old = std::mem::replace(self, Updates { expected: self.len, ..Updates::default() });
        let mut map = vec![0; pairs_len];
        for (code, (time, diff)) in old.dictionary.pairs.iter().enumerate().filter(|x| used[x.0]) {
            map[code] = self.intern(time, diff).expect("a dictionary that shrinks fits");
        }
        for update in 0..old.len {
            self.push_code(map[old.code(update)], 1);
        }
        self.offsets = old.offsets;
    }

    fn shrink(&mut self) {
        self.prune();
        if self.dictionary.pairs.len() > NARROW && self.dictionary.pairs.len() * 2 > self.len {
            self.make_plain();
            self.prune();
        }
        self.offsets.shrink();
        self.dictionary.pairs.shrink_to_fit();
        self.dictionary.sorted.shrink_to_fit();
        self.dictionary.recent = Vec::new();
        match &mut self.codes {
            Codes::One => {}
            Codes::Narrow(codes) => shrink(codes),
            Codes::Wide(codes) => shrink(codes),
            Codes::Plain { times, diffs } => {
                shrink(times);
                shrink(diffs);
            }
        }
    }
}

/// The map of codes of one byte, which [`UpdateLevel::begin_merge`] has made as long as there can be codes.
fn table(map: &[u16]) -> &[u16; NARROW] {
    map.try_into().expect("the map of codes of one byte has an entry for each")
}

/// Writes the sums of ties over the codes from `start` on, and takes out those that died.
fn patch<C: Copy>(
    codes: &mut Vec<C>,
    start: usize,
    plan: &Plan,
    ties: &[Tie],
    dead: &mut Vec<u32>,
    narrow: impl Fn(u16) -> C,
) {
    let dead_start = dead.len();
    for (&(index, _), tie) in plan.ties.iter().zip(ties) {
        match tie {
            Tie::Code(code) => codes[start + index as usize] = narrow(*code),
            _ => dead.push(index),
        }
    }
    compact(codes, start, &dead[dead_start..]);
}

/// What becomes of two updates of one val, one from each side.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Tie {
    /// Not looked at yet.
    Unknown,
    /// Not to be told by codes: their times differ, or the sum has no code.
    Open,
    /// They cancel.
    Dead,
    /// They sum to this.
    Code(u16),
}

/// What a merge of [`Updates`] keeps from call to call.
pub struct Merging<T, R> {
    since: Antichain<T>,
    /// For each side the codes in the result of its dictionary's pairs, advanced; `None` if pairs must be looked up one
    /// by one.
    map: [Option<Vec<u16>>; 2],
    /// Whether no time of a side moves.
    keep: [bool; 2],
    solid: [bool; 2],
    /// What ties come to, by the codes of both, where dictionaries are small; empty before the first tie.
    sums: Vec<Tie>,
    ties: Vec<Tie>,
    list: Vec<(T, R)>,
}

impl<T, R> fmt::Debug for Merging<T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Merging").field("keep", &self.keep).finish_non_exhaustive()
    }
}

impl<T, R, A> UpdateLevel for Updates<T, R, A>
where
    T: Timestamp,
    R: Ord + Clone + 'static,
    A: Algebra<T, R>,
{
    type Time = T;
    type Diff = R;
    type Algebra = A;
    type Merge = Merging<T, R>;

    fn with_capacity(vals: usize, updates: usize) -> Self {
        let mut offsets = OffsetList::with_capacity(vals + 1);
        offsets.push(0);
        Updates { offsets, expected: updates, ..Updates::default() }
    }

    #[inline]
    fn len(&self) -> usize {
        self.len
    }

    #[inline]
    fn bounds(&self, val: usize) -> Range<usize> {
        self.offsets.range(val)
    }

    #[inline]
    fn cost(&self, vals: Range<usize>) -> usize {
        self.offsets.index(vals.end) - self.offsets.index(vals.start)
    }

    #[inline]
    fn for_each(&self, updates: Range<usize>, mut logic: impl FnMut(&T, &R)) {
        let pairs = &self.dictionary.pairs;
        match &self.codes {
            Codes::One => {
                for _ in updates {
                    logic(&pairs[0].0, &pairs[0].1);
                }
            }
            Codes::Narrow(codes) => {
                for &code in &codes[updates] {
                    let pair = &pairs[code as usize];
                    logic(&pair.0, &pair.1);
                }
            }
            Codes::Wide(codes) => {
                for &code in &codes[updates] {
                    let pair = &pairs[code as usize];
                    logic(&pair.0, &pair.1);
                }
            }
            Codes::Plain { times, diffs } => {
                for (time, diff) in times[updates.clone()].iter().zip(&diffs[updates]) {
                    logic(time, diff);
                }
            }
        }
    }

    #[inline]
    fn for_each_val(&self, vals: Range<usize>, mut logic: impl FnMut(usize, &T, &R)) {
        if self.offsets.stride(vals.end) == Some(1) {
            // One update a val, at the position of the val.
            let mut val = vals.start;
            self.for_each(vals, |time, diff| {
                logic(val, time, diff);
                val += 1;
            });
        } else {
            for val in vals {
                self.for_each(self.bounds(val), |time, diff| logic(val, time, diff));
            }
        }
    }

    fn is_advanced(&self, since: AntichainRef<'_, T>) -> bool {
        let stays = |time: &T| {
            let mut advanced = time.clone();
            A::advance_by(&mut advanced, since);
            advanced == *time
        };
        match &self.codes {
            // What is at or beyond an element of the frontier does not move.
            Codes::Plain { .. } => {
                self.least.as_ref().is_some_and(|least| least.iter().all(|time| since.less_equal(time)))
            }
            _ => self.dictionary.pairs.iter().all(|pair| stays(&pair.0)),
        }
    }

    fn append(&mut self, times: &Repeated<T>, diffs: &Repeated<R>, starts: Starts<'_>) {
        let rows = times.len();
        let base = self.len;
        match (times.one(), diffs.one()) {
            (Some(time), Some(diff)) => self.push_pair(time, diff, rows),
            _ => {
                for row in 0..rows {
                    self.push_pair(times.get(row), diffs.get(row), 1);
                }
            }
        }
        // A val is ended where the next begins; before the very first there is none to end.
        match starts {
            Starts::All if base == 0 => self.offsets.push_regular(1, 1, rows.saturating_sub(1)),
            Starts::All => self.offsets.push_regular(base, 1, rows),
            Starts::At(starts) => {
                let first = (base == 0) as usize;
                self.offsets.extend_ends(base, starts.get(first..).unwrap_or_default());
            }
        }
    }

    fn finish_build(&mut self) {
        if self.len > 0 {
            self.offsets.push(self.len);
        }
        self.shrink();
    }

    fn begin_merge(
        older: Option<&Self>,
        newer: Option<&Self>,
        since: AntichainRef<'_, T>,
    ) -> (Self, Merging<T, R>) {
        let sides = [older, newer];
        let mut merged = Self::with_capacity(
            sides.iter().flatten().map(|side| side.offsets.len() - 1).sum(),
            sides.iter().flatten().map(|side| side.len).sum(),
        );
        let mut merge = Merging {
            since: since.to_owned(),
            map: [const { Some(Vec::new()) }; 2],
            keep: [true; 2],
            solid: [true; 2],
            sums: Vec::new(),
            ties: Vec::new(),
            list: Vec::new(),
        };
        for (side, source) in sides.into_iter().enumerate() {
            let Some(source) = source else { continue };
            merge.keep[side] = source.is_advanced(since);
            let one_each = source.offsets.stride(source.offsets.len() - 1) == Some(1);
            merge.solid[side] = merge.keep[side] || one_each;
            let codes = source.dictionary.pairs.iter().map(|(time, diff)| {
                let mut time = time.clone();
                A::advance_by(&mut time, since);
                merged.intern(&time, diff)
            });
            let mut codes: Option<Vec<u16>> = codes.collect();
            if let Codes::Plain { .. } = source.codes {
                codes = None;
            }
            if let (Some(codes), Codes::Narrow(_)) = (&mut codes, &source.codes) {
                // A table of all codes there can be needs no look at its length.
                codes.resize(NARROW, 0);
            }
            merge.map[side] = codes;
        }
        (merged, merge)
    }

    fn is_solid(merge: &Merging<T, R>, side: usize) -> bool {
        merge.solid[side]
    }

    fn read(&self, merge: &Merging<T, R>, _side: usize, updates: Range<usize>, list: &mut Vec<(T, R)>) {
        self.for_each(updates, |time, diff| {
            let mut time = time.clone();
            A::advance_by(&mut time, merge.since.borrow());
            match list.last_mut() {
                Some(last) if last.0 == time => A::plus_equals(&mut last.1, diff),
                _ => list.push((time, diff.clone())),
            }
        });
    }

    fn time(&self, merge: &Merging<T, R>, _side: usize, update: usize) -> T {
        let mut advanced = T::minimum();
        self.for_each(update..update + 1, |time, _| advanced.clone_from(time));
        A::advance_by(&mut advanced, merge.since.borrow());
        advanced
    }

    fn push(&mut self, time: &T, diff: &R) {
        self.push_pair(time, diff, 1);
    }

    fn close_val(&mut self) -> bool {
        let remains = self.offsets.last() != Some(self.len);
        if remains {
            self.offsets.push(self.len);
        }
        remains
    }

    fn push_list(&mut self, list: &mut Vec<(T, R)>) -> bool {
        if !list.is_sorted_by(|a, b| a.0 <= b.0) {
            list.sort_by(|a, b| a.0.cmp(&b.0));
        }
        for equal in list.chunk_by_mut(|a, b| a.0 == b.0) {
            let (sum, rest) = equal.split_first_mut().expect("runs are not empty");
            for (_, diff) in rest {
                A::plus_equals(&mut sum.1, diff);
            }
            if !A::is_zero(&sum.1) {
                self.push_pair(&sum.0, &sum.1, 1);
            }
        }
        list.clear();
        self.close_val()
    }

    fn extend_vals(&mut self, merge: &Merging<T, R>, source: &Self, side: usize, vals: Range<usize>) {
        let updates = source.offsets.index(vals.start)..source.offsets.index(vals.end);
        let delta = self.len as isize - updates.start as isize;
        self.extend_updates(merge, source, side, updates);
        self.offsets.extend_shifted(&source.offsets, vals.start + 1, vals.end + 1, delta);
    }

    fn push_val(&mut self, merge: &mut Merging<T, R>, source: &Self, side: usize, val: usize) -> bool {
        let updates = source.bounds(val);
        if updates.len() == 1 || merge.keep[side] {
            self.extend_updates(merge, source, side, updates);
            self.offsets.push(self.len);
            true
        } else {
            let mut list = std::mem::take(&mut merge.list);
            source.read(merge, side, updates, &mut list);
            let remains = self.push_list(&mut list);
            merge.list = list;
            remains
        }
    }

    fn push_block(
        &mut self,
        merge: &mut Merging<T, R>,
        sides: [&Self; 2],
        lo: [usize; 2],
        hi: [usize; 2],
        plan: &Plan,
        dead: &mut Vec<u32>,
    ) {
        let single = (0..2).all(|side| sides[side].offsets.stride(hi[side]) == Some(1));
        if single {
            let base = [0, 1].map(|side| sides[side].offsets.index(lo[side]));
            if self.push_single_block(merge, sides, base, plan, dead) {
                return;
            }
        }
        let mut ties = plan.ties.iter().peekable();
        for (index, &position) in plan.positions.iter().enumerate() {
            let remains = match ties.next_if(|tie| tie.0 as usize == index) {
                Some(&(_, second)) => {
                    let mut list = std::mem::take(&mut merge.list);
                    sides[0].read(merge, 0, sides[0].bounds(lo[0] + position as usize), &mut list);
                    sides[1].read(merge, 1, sides[1].bounds(lo[1] + second as usize), &mut list);
                    let remains = self.push_list(&mut list);
                    merge.list = list;
                    remains
                }
                None => {
                    let side = (position & SECOND != 0) as usize;
                    self.push_val(merge, sides[side], side, lo[side] + (position & !SECOND) as usize)
                }
            };
            if !remains {
                dead.push(index as u32);
            }
        }
    }

    fn finish_merge(&mut self, _: Merging<T, R>) {
        self.shrink();
    }

    fn sizes(&self) -> Sizes {
        let codes = match &self.codes {
            Codes::One => Sizes::default(),
            Codes::Narrow(codes) => Sizes::of_vec(codes),
            Codes::Wide(codes) => Sizes::of_vec(codes),
            Codes::Plain { times, diffs } => Sizes::of_vec(times).with(Sizes::of_vec(diffs)),
        };
        let dictionary = Sizes::of_vec(&self.dictionary.pairs).with(Sizes::of_vec(&self.dictionary.sorted));
        Sizes { records: self.len, ..codes.with(dictionary).with(self.offsets.sizes()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrangement_trace::Native;

    type Level = Updates<u64, i64, Native>;

    fn level(lists: &[Vec<(u64, i64)>]) -> Level {
        let mut level = Level::default();
        for list in lists {
            level.push_list(&mut list.clone());
        }
        level
    }

    fn lists(level: &Level) -> Vec<Vec<(u64, i64)>> {
        (0..level.offsets.len() - 1)
            .map(|val| {
                let mut list = Vec::new();
                level.for_each(level.bounds(val), |t, d| list.push((*t, *d)));
                list
            })
            .collect()
    }

    /// R27: what repeats a pair costs nothing, and each update counts.
    #[test]
    fn r27_repeated_pairs_are_counted_and_stored_once() {
        let snapshot = level(&vec![vec![(0, 1)]; 1000]);
        assert_eq!(snapshot.len(), 1000);
        assert_eq!(snapshot.dictionary.pairs.len(), 1);
        assert!(matches!(snapshot.codes, Codes::One));
        assert_eq!(snapshot.offsets.sizes().bytes_reserved, 0);
        let mixed =
            vec![vec![(0, 1)], vec![(0, 1)], vec![(0, 1), (1, -1)], vec![(1, -1)], vec![(0, 1), (1, -1)]];
        assert_eq!(lists(&level(&mixed)), mixed);
        assert_eq!(level(&mixed).len(), 7);
    }

    #[test]
    fn codes_widen_and_give_way_to_plain_columns() {
        for (vals, times, plain) in [(20_000, 300, false), (2_000, 2_000, true), (300_000, 17_000, true)] {
            let all: Vec<_> =
                (0..vals).map(|v| vec![(v as u64 % times, 1), (times + 1, v as i64 % 2 + 1)]).collect();
            let mut level = level(&all);
            level.finish_merge(Level::begin_merge(None, None, Antichain::from_elem(0).borrow()).1);
            assert_eq!(lists(&level), all);
            assert_eq!(matches!(level.codes, Codes::Plain { .. }), plain, "{vals} {times}");
        }
    }

    #[test]
    fn pairs_no_longer_used_are_dropped() {
        let mut level = level(&[vec![(0, 1)], vec![(1, 1)], vec![(0, 1)]]);
        level.codes = Codes::Narrow(vec![0, 0, 0]);
        level.finish_build();
        assert!(matches!(level.codes, Codes::One));
    }

    /// R13: zero differences of lists of any length are dropped.
    #[test]
    fn r13_lists_of_zeros_leave_nothing() {
        for mut list in [vec![], vec![(0, 0)], vec![(0, 1), (0, -1)], vec![(1, 2), (0, 0), (1, -2)]] {
            assert!(!Level::default().push_list(&mut list));
        }
        let mut level = Level::default();
        assert!(level.push_list(&mut vec![(3, 1), (1, 1), (3, 1), (2, 0)]));
        assert_eq!(lists(&level), [[(1, 1), (3, 2)]]);
    }
}
