//! The update level of a batch: for each val its times and differences, and the whole encoding of repeated pairs.

use crate::chunk::Repeated;
use crate::codes::{Codes, Dictionary, MOST_PAIRS, NARROW, reserve};
use crate::offsets::OffsetList;
use crate::plan::{Plan, SECOND, compact};
use crate::vec::shrink;
use arrangement_trace::{Algebra, Antichain, AntichainRef, Sizes, Timestamp};
use std::fmt;
use std::hint::select_unpredictable;
use std::marker::PhantomData;
use std::ops::{Index, Range};

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

    /// Visits the times and differences of a val.
    ///
    /// # Panics
    /// If there is no such val.
    #[inline]
    fn for_each_of(&self, val: usize, logic: impl FnMut(&Self::Time, &Self::Diff)) {
        self.for_each(self.bounds(val), logic);
    }

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

    /// Appends vals of a side that is solid, or that have one update each.
    fn extend_vals(&mut self, merge: &mut Self::Merge, source: &Self, side: usize, vals: Range<usize>);

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

/// Dictionaries up to this size have their sums of ties looked up in a table.
const TABLE: usize = 16;
/// More minimal times of plain updates than this are not kept.
const LEAST: usize = 8;
/// So many codes are mapped at once.
const MAPPED: usize = 1 << 12;
/// In a map of codes, one that no update was found to use.
const FRESH: u16 = u16::MAX;

/// Times and differences behind a dictionary of their pairs.
///
/// Batches hold few distinct `(time, diff)` pairs: a snapshot has one, a hundred epochs of insertions and retractions two
/// hundred. This level so keeps a *dictionary* of the pairs, and for each update a code of two bytes, one byte, or,
/// while there is one pair, none:
///
/// ```text
/// offsets     0     2  3        val i has the updates offsets[i] .. offsets[i + 1]
/// codes       0  1  0           none while there is one pair
/// dictionary  (t0, +1) (t1, -1)
/// ```
///
/// * A snapshot of any size, one update a val, stores one pair in all: its offsets are regular and take nothing.
/// * Copying a range of updates from batch to batch is a copy of codes through a table; no pair looks at its neighbour.
/// * Advancing times is done once per *pair*, when a merge first meets it, not once per update. So only pairs that
///   updates use get into the merged dictionary, and none that a former merge made useless.
///
/// Where pairs are mostly distinct a dictionary would only cost. Updates beyond the 4,096th pair are stored as they are;
/// and so are all, once a level is complete and has more than 256 pairs, if on average fewer than two updates use each.
/// A merge of updates stored so makes codes of them again if advancing has left few pairs. All of that goes on update by
/// update: a new pair never causes a copy of what was written before.
#[derive(Clone)]
pub struct Updates<T, R, A> {
    /// Where each val's updates begin; entry 0 is there from the start.
    pub(crate) offsets: OffsetList,
    pub(crate) dictionary: Dictionary<T, R>,
    pub(crate) codes: Codes<T, R>,
    pub(crate) len: usize,
    /// How many vals, at the beginning, have one update each, and all the dictionary's first pair: none, until the level
    /// is complete. Reading them takes no look at offsets and codes.
    pub(crate) units: usize,
    /// How many updates to make room for.
    expected: usize,
    /// Whether pairs were mostly distinct in what is merged here: the dictionary then has to pay from the start.
    distinct: bool,
    /// The minimal times of the updates without codes, while they are few.
    pub(crate) least: Option<Vec<T>>,
    _algebra: PhantomData<fn() -> A>,
}

impl<T, R, A> Default for Updates<T, R, A> {
    fn default() -> Self {
        let mut offsets = OffsetList::new();
        offsets.push(0);
        Updates {
            offsets,
            dictionary: Dictionary::default(),
            codes: Codes::default(),
            len: 0,
            units: 0,
            expected: 0,
            distinct: false,
            least: Some(Vec::new()),
            _algebra: PhantomData,
        }
    }
}

impl<T: fmt::Debug, R, A> fmt::Debug for Updates<T, R, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |code: usize| &self.dictionary.pairs[code].0;
        let coded = (0..self.codes.coded()).filter_map(|update| self.codes.get(update)).map(time);
        let times: Vec<&T> = coded.chain(&self.codes.times).collect();
        f.debug_struct("Updates").field("len", &self.len).field("times", &times).finish_non_exhaustive()
    }
}

impl<T, R, A> Updates<T, R, A> {
    /// Finds out how many vals can be read without a look at offsets and codes.
    pub(crate) fn count_units(&mut self) {
        self.units = self.offsets.regular(1).min(self.codes.ones);
    }
}

impl<T, R, A> Updates<T, R, A>
where
    T: Timestamp,
    R: Ord + Clone + 'static,
    A: Algebra<T, R>,
{
    /// The code of a pair, which is new if need be; `None` if the next update must be stored without.
    fn intern(&mut self, time: &T, diff: &R) -> Option<u16> {
        if self.codes.is_plain() {
            return None;
        }
        let place = match self.dictionary.find(time, diff) {
            Ok(code) => return Some(code),
            Err(place) => place,
        };
        let pairs = self.dictionary.pairs.len();
        let in_vain = self.distinct && pairs >= NARROW && pairs * 2 > self.len;
        (pairs < MOST_PAIRS && !in_vain).then(|| self.dictionary.insert(place, time, diff))
    }

    /// How many updates are still to come, as far as that is known.
    #[inline(always)]
    fn room(&self) -> usize {
        self.expected.saturating_sub(self.len)
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
            None => self.push_plain(time, diff, count),
        }
    }

    #[inline]
    fn push_code(&mut self, code: u16, count: usize) {
        if self.codes.is_plain() {
            let (time, diff) = self.dictionary.pairs[code as usize].clone();
            return self.push_plain(&time, &diff, count);
        }
        self.codes.push(code, count, self.room());
        self.len += count;
    }

    /// Appends updates without a code.
    fn push_plain(&mut self, time: &T, diff: &R, count: usize) {
        let room = self.room();
        let Codes { times, diffs, .. } = &mut self.codes;
        reserve(times, room);
        reserve(diffs, room);
        times.resize(times.len() + count, time.clone());
        diffs.resize(diffs.len() + count, diff.clone());
        self.len += count;
        self.note_time(time);
    }

    /// The code in a merge's result of a code of a side, whose pair is advanced and looked up if this is its first use.
    /// `None` if it has none.
    #[inline]
    fn map_code(
        &mut self,
        merge: &mut Merging<T, R>,
        source: &Self,
        side: usize,
        code: usize,
    ) -> Option<u16> {
        let mapped = merge.map[side][code];
        if mapped != FRESH {
            return Some(mapped);
        }
        let (time, diff) = &source.dictionary.pairs[code];
        let mut time = time.clone();
        A::advance_by(&mut time, merge.since.borrow());
        let mapped = self.intern(&time, diff)?;
        merge.map[side][code] = mapped;
        Some(mapped)
    }

    /// Appends updates of a side with one code, to the val that is open.
    #[inline]
    fn push_mapped(
        &mut self,
        merge: &mut Merging<T, R>,
        source: &Self,
        side: usize,
        code: usize,
        count: usize,
    ) {
        match self.map_code(merge, source, side, code) {
            Some(code) => self.push_code(code, count),
            None => {
                let (mut time, diff) = source.dictionary.pairs[code].clone();
                A::advance_by(&mut time, merge.since.borrow());
                self.push_plain(&time, &diff, count);
            }
        }
    }

    /// Appends updates of a side, to the val that is open.
    fn extend_updates(
        &mut self,
        merge: &mut Merging<T, R>,
        source: &Self,
        side: usize,
        updates: Range<usize>,
    ) {
        if updates.len() == 1
            && let Some(code) = source.codes.get(updates.start)
        {
            return self.push_mapped(merge, source, side, code, 1);
        }
        if self.codes.is_plain() && updates.start < source.codes.coded() {
            return updates.for_each(|update| self.push_uncoded(merge, source, side, update));
        }
        let pieces = source.codes.pieces(updates);
        if pieces.ones > 0 {
            self.push_mapped(merge, source, side, 0, pieces.ones);
        }
        for codes in pieces.narrow.chunks(MAPPED) {
            if codes.len() == 1 || !self.extend_mapped(table(&merge.map[side]), codes) {
                codes.iter().for_each(|&code| self.push_mapped(merge, source, side, code as usize, 1));
            }
        }
        for codes in pieces.wide.chunks(MAPPED) {
            if codes.len() == 1 || !self.extend_mapped(&merge.map[side][..], codes) {
                codes.iter().for_each(|&code| self.push_mapped(merge, source, side, code as usize, 1));
            }
        }
        if pieces.times.len() > 1 && self.codes.is_plain() && merge.keep[side] {
            match &source.least {
                Some(least) => least.iter().for_each(|time| self.note_time(time)),
                None => self.least = None,
            }
            self.codes.times.extend_from_slice(pieces.times);
            self.codes.diffs.extend_from_slice(pieces.diffs);
            self.len += pieces.times.len();
            return;
        }
        for (time, diff) in pieces.times.iter().zip(pieces.diffs) {
            let mut time = time.clone();
            A::advance_by(&mut time, merge.since.borrow());
            self.push_pair(&time, diff, 1);
        }
    }

    /// The pair of an update.
    #[inline]
    fn pair(&self, update: usize) -> (&T, &R) {
        match self.codes.get(update) {
            Some(code) => {
                let (time, diff) = &self.dictionary.pairs[code];
                (time, diff)
            }
            None => {
                let at = update - self.codes.coded();
                (&self.codes.times[at], &self.codes.diffs[at])
            }
        }
    }

    /// As [`pair`](Updates::pair), apart, so that loops over updates of other regions stay short.
    #[inline(never)]
    fn pair_anywhere(&self, update: usize) -> (&T, &R) {
        self.pair(update)
    }

    /// Appends an update of a side where no further codes are given, to the val that is open.
    #[inline]
    fn push_uncoded(&mut self, merge: &Merging<T, R>, source: &Self, side: usize, update: usize) {
        let (time, diff) = source.pair(update);
        let mut time = time.clone();
        if !merge.keep[side] {
            A::advance_by(&mut time, merge.since.borrow());
        }
        self.note_time(&time);
        self.codes.times.push(time);
        self.codes.diffs.push(diff.clone());
        self.len += 1;
    }

    /// Appends a block in which each val has one update and no val is on both sides, where no further codes are given.
    fn push_plain_block(
        &mut self,
        merge: &Merging<T, R>,
        sides: [&Self; 2],
        updates: [Range<usize>; 2],
        plan: &Plan,
    ) {
        let start = self.len;
        for &position in &plan.positions {
            let side = (position & SECOND != 0) as usize;
            let update = updates[side].start + (position & !SECOND) as usize;
            self.push_uncoded(merge, sides[side], side, update);
        }
        self.offsets.push_regular(start + 1, 1, self.len - start);
    }

    /// Appends codes through a map, all to the region that is in use. Returns `false`, with nothing done, if some belong
    /// elsewhere or are not mapped yet.
    fn extend_mapped<M, C>(&mut self, map: &M, codes: &[C]) -> bool
    where
        M: Index<usize, Output = u16> + ?Sized,
        C: Copy + Into<usize>,
    {
        let mapped = codes.iter().map(|&code| map[code.into()]);
        self.extend_codes(mapped, 0, |_| 0)
    }

    /// Appends codes, all to one region, and has `patch` put some of them right, and take out some: it says how many.
    /// `extra` are codes that it may write, joined by `|`. Returns `false`, with nothing done, if some of the codes are
    /// not mapped yet or can't follow what is there.
    #[inline(always)]
    fn extend_codes(
        &mut self,
        codes: impl Iterator<Item = u16> + Clone,
        extra: u16,
        patch: impl FnOnce(Region<'_>) -> usize,
    ) -> bool {
        if self.codes.is_plain() {
            return false;
        }
        let room = self.room();
        let Codes { ones, narrow, wide, .. } = &mut self.codes;
        // Codes are below a power of two, so joining them tells whether one was fresh or too great.
        if narrow.is_empty() && wide.is_empty() {
            let all = codes.clone().fold(extra, |all, code| all | code);
            if all as usize >= MOST_PAIRS {
                return false;
            }
            if all == 0 {
                let count = codes.count() - patch(Region::Ones);
                *ones += count;
                self.len += count;
                return true;
            }
            self.codes.leave_ones(room);
        }
        let Codes { narrow, wide, .. } = &mut self.codes;
        let mut all = extra;
        if wide.is_empty() {
            let start = narrow.len();
            reserve(narrow, room);
            narrow.extend(codes.clone().map(|code| {
                all |= code;
                code as u8
            }));
            if (all as usize) < NARROW {
                self.len += narrow.len() - start - patch(Region::Narrow(narrow, start));
                return true;
            }
            narrow.truncate(start);
        }
        if all as usize >= MOST_PAIRS {
            return false;
        }
        self.codes.begin_wide(room);
        let wide = &mut self.codes.wide;
        let start = wide.len();
        wide.extend(codes.inspect(|&code| all |= code));
        if all as usize >= MOST_PAIRS {
            wide.truncate(start);
            return false;
        }
        self.len += wide.len() - start - patch(Region::Wide(wide, start));
        true
    }

    /// What becomes of a val that both sides have with one update each.
    fn tie(&mut self, merge: &mut Merging<T, R>, sides: [&Self; 2], codes: [usize; 2], small: bool) -> Tie {
        let at = codes[0] * TABLE + codes[1];
        if small {
            merge.sums.resize(TABLE * TABLE, Tie::Unknown);
            if merge.sums[at] != Tie::Unknown {
                return merge.sums[at];
            }
        }
        let mapped = [0, 1].map(|side| self.map_code(merge, sides[side], side, codes[side]));
        let [Some(a), Some(b)] = mapped else { return Tie::Open };
        let pairs = &self.dictionary.pairs;
        let (a, b) = (&pairs[a as usize], &pairs[b as usize]);
        let tie = if a.0 != b.0 {
            Tie::Open
        } else {
            let (time, mut sum) = a.clone();
            A::plus_equals(&mut sum, &b.1);
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

    /// Appends a block in which each val has one update on either side; `updates` are those of the block. Returns
    /// `false`, with nothing done, if a val that both have keeps two, or if codes are given and some update has none.
    fn push_single_block(
        &mut self,
        merge: &mut Merging<T, R>,
        sides: [&Self; 2],
        updates: [Range<usize>; 2],
        plan: &Plan,
        dead: &mut Vec<u32>,
    ) -> bool {
        if self.codes.is_plain() && plan.ties.is_empty() {
            self.push_plain_block(merge, sides, updates, plan);
            return true;
        }
        if self.codes.is_plain() || (0..2).any(|side| updates[side].end > sides[side].codes.coded()) {
            return false;
        }
        let base = [updates[0].start, updates[1].start];
        let small = sides.iter().all(|side| side.dictionary.pairs.len() <= TABLE);
        let code = |side: usize, at: usize| sides[side].codes.get(base[side] + at).unwrap_or(0);
        let mut sums = 0;
        merge.ties.clear();
        for &(index, second) in &plan.ties {
            let first = plan.positions[index as usize] as usize;
            match self.tie(merge, sides, [code(0, first), code(1, second as usize)], small) {
                Tie::Open | Tie::Unknown => return false,
                Tie::Dead => merge.ties.push(Tie::Dead),
                Tie::Code(sum) => {
                    sums |= sum;
                    merge.ties.push(Tie::Code(sum));
                }
            }
        }
        let start = self.len;
        let is_mapped = start > 0 && self.extend_planned(merge, sides, &updates, plan, sums, dead);
        if !is_mapped {
            // A side whose updates all have one code is asked once.
            let is_ones = [0, 1].map(|side| updates[side].end <= sides[side].codes.ones);
            for side in (0..2).filter(|&side| is_ones[side] && !updates[side].is_empty()) {
                if self.map_code(merge, sides[side], side, 0).is_none() {
                    return false;
                }
            }
            let asked = if is_ones == [true; 2] { 0 } else { plan.positions.len() };
            for &position in &plan.positions[..asked] {
                let side = (position & SECOND != 0) as usize;
                let code = code(side, (position & !SECOND) as usize);
                if self.map_code(merge, sides[side], side, code).is_none() {
                    return false;
                }
            }
            if !self.extend_planned(merge, sides, &updates, plan, sums, dead) {
                return false;
            }
        }
        self.offsets.push_regular(start + 1, 1, self.len - start);
        true
    }

    /// Appends the codes of a block whose updates all have one, and takes out those that cancelled. Returns `false`,
    /// with nothing done, if some codes are not mapped yet.
    fn extend_planned(
        &mut self,
        merge: &Merging<T, R>,
        sides: [&Self; 2],
        updates: &[Range<usize>; 2],
        plan: &Plan,
        sums: u16,
        dead: &mut Vec<u32>,
    ) -> bool {
        let patch = |region: Region<'_>| {
            let before = dead.len();
            match region {
                Region::Ones => {
                    let ties = plan.ties.iter().zip(&merge.ties);
                    dead.extend(ties.filter(|tie| *tie.1 == Tie::Dead).map(|tie| tie.0.0));
                }
                Region::Narrow(codes, start) => {
                    patch(codes, start, plan, &merge.ties, dead, |code| code as u8)
                }
                Region::Wide(codes, start) => patch(codes, start, plan, &merge.ties, dead, |code| code),
            }
            dead.len() - before
        };
        let positions = plan.positions.iter();
        if self.codes.is_ones()
            && sums == 0
            && (0..2).all(|side| {
                // A side that the block has nothing of does not matter.
                let is_one = updates[side].end <= sides[side].codes.ones && merge.map[side][0] == 0;
                updates[side].is_empty() || is_one
            })
        {
            return self.extend_codes(std::iter::repeat_n(0, positions.len()), 0, patch);
        }
        if let [Some(a), Some(b)] = [0, 1].map(|side| sides[side].codes.bytes(&updates[side])) {
            let [first, second] = [0, 1].map(|side| table(&merge.map[side]));
            let codes = positions.map(|&position| {
                let from_second = position & SECOND != 0;
                let source = select_unpredictable(from_second, b, a);
                let map = select_unpredictable(from_second, second, first);
                map[source[(position & !SECOND) as usize] as usize]
            });
            return self.extend_codes(codes, sums, patch);
        }
        let codes = positions.map(|&position| {
            let side = (position & SECOND != 0) as usize;
            let update = updates[side].start + (position & !SECOND) as usize;
            merge.map[side][sides[side].codes.get(update).unwrap_or(0)]
        });
        self.extend_codes(codes, sums, patch)
    }

    /// Makes the best of a complete level in which the dictionary weighs: drops pairs that no update uses, or the whole
    /// dictionary. Looks at no more updates than twice as many as there can be pairs.
    fn settle(&mut self) {
        let pairs = self.dictionary.pairs.len();
        if self.codes.is_plain() || pairs <= 1 || pairs * 2 < self.len {
            return;
        }
        self.recode(Self::push_pair);
        let pairs = self.dictionary.pairs.len();
        if pairs > NARROW && pairs * 2 > self.len {
            self.recode(Self::push_plain);
        }
    }

    /// Writes all updates anew.
    fn recode(&mut self, push: impl Fn(&mut Self, &T, &R, usize)) {
        let old = std::mem::replace(self, Updates { expected: self.len, ..Updates::default() });
        old.for_each(0..old.len, |time, diff| push(self, time, diff, 1));
        self.offsets = old.offsets;
    }

    fn shrink(&mut self) {
        self.settle();
        self.offsets.shrink();
        self.dictionary.pairs.shrink_to_fit();
        self.dictionary.sorted.shrink_to_fit();
        self.dictionary.forget();
        self.count_units();
        let Codes { narrow, wide, times, diffs, .. } = &mut self.codes;
        shrink(narrow);
        shrink(wide);
        shrink(times);
        shrink(diffs);
    }
}

/// Where codes were appended, and from where on.
enum Region<'a> {
    Ones,
    Narrow(&'a mut Vec<u8>, usize),
    Wide(&'a mut Vec<u16>, usize),
}

/// The map of codes of one byte, which [`UpdateLevel::begin_merge`] has made long enough.
fn table(map: &[u16]) -> &[u16; NARROW] {
    map.first_chunk().expect("the map of codes of one byte has an entry for each")
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
    /// For each side the codes in the result of its dictionary's pairs, advanced; [`FRESH`] for those that no update was
    /// found to use.
    map: [Vec<u16>; 2],
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
        let mut visit = |code: usize| logic(&pairs[code].0, &pairs[code].1);
        if updates.end <= self.codes.ones {
            updates.for_each(|_| visit(0));
        } else if let Some(codes) = self.codes.narrow(&updates) {
            codes.iter().for_each(|&code| visit(code as usize));
        } else {
            for update in updates {
                let (time, diff) = self.pair_anywhere(update);
                logic(time, diff);
            }
        }
    }

    #[inline]
    fn for_each_of(&self, val: usize, mut logic: impl FnMut(&T, &R)) {
        if val < self.units {
            let (time, diff) = &self.dictionary.pairs[0];
            logic(time, diff);
        } else {
            self.for_each(self.bounds(val), logic);
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
        let pairs = &self.dictionary.pairs;
        // What is at or beyond an element of the frontier does not move.
        let stays = |&code: &u16| {
            let time = &pairs[code as usize].0;
            since.less_equal(time) || {
                let mut advanced = time.clone();
                A::advance_by(&mut advanced, since);
                advanced == *time
            }
        };
        // Where times are totally ordered the least one speaks for all.
        let asked = if A::TOTAL { 1 } else { pairs.len() };
        self.dictionary.sorted.iter().take(asked).all(stays)
            && self.least.as_ref().is_some_and(|least| least.iter().all(|time| since.less_equal(time)))
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
        let pairs = self.dictionary.pairs.len();
        if self.codes.is_plain() && pairs > NARROW && pairs * 2 > self.codes.coded() {
            self.recode(Self::push_plain);
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
        // A table of all codes of one byte there can be needs no look at its length.
        let map =
            |side: Option<&Self>| vec![FRESH; side.map_or(0, |side| side.dictionary.pairs.len()).max(NARROW)];
        let mut merge = Merging {
            since: since.to_owned(),
            map: sides.map(map),
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
            merged.distinct |= source.codes.is_plain();
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

    fn extend_vals(&mut self, merge: &mut Merging<T, R>, source: &Self, side: usize, vals: Range<usize>) {
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
        // Each val has an update at least.
        let updates =
            [0, 1].map(|side| sides[side].offsets.index(lo[side])..sides[side].offsets.index(hi[side]));
        if (0..2).all(|side| updates[side].len() == hi[side] - lo[side])
            && self.push_single_block(merge, sides, updates, plan, dead)
        {
            return;
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
        let Codes { narrow, wide, times, diffs, .. } = &self.codes;
        let codes = Sizes::of_vec(narrow).with(Sizes::of_vec(wide));
        let codes = codes.with(Sizes::of_vec(times)).with(Sizes::of_vec(diffs));
        let dictionary = Sizes::of_vec(&self.dictionary.pairs).with(Sizes::of_vec(&self.dictionary.sorted));
        Sizes { records: self.len, ..codes.with(dictionary).with(self.offsets.sizes()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::FEW;
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
                let mut of_val = Vec::new();
                level.for_each_of(val, |t, d| of_val.push((*t, *d)));
                assert_eq!(of_val, list);
                list
            })
            .collect()
    }

    /// Vals with one update of the first pair are known, however the level goes on, once it is complete.
    #[test]
    fn units_at_the_beginning_are_counted() {
        let (unit, other) = (vec![(0, 1)], vec![(1, -1)]);
        let two = [unit.clone(), other.clone()].concat();
        for (first, rest, units) in [
            (3, vec![], 3),
            (3, vec![other.clone(), unit.clone()], 0),
            (2 * FEW, vec![other, unit.clone()], 2 * FEW),
            (2 * FEW, vec![two], 2 * FEW),
        ] {
            let all = [vec![unit.clone(); first], rest].concat();
            let mut level = level(&all);
            assert_eq!(level.units, 0);
            level.finish_merge(Level::begin_merge(None, None, Antichain::from_elem(0).borrow()).1);
            assert_eq!((level.units, lists(&level)), (units, all));
        }
    }

    /// R27: what repeats a pair costs nothing, and each update counts.
    #[test]
    fn r27_repeated_pairs_are_counted_and_stored_once() {
        let snapshot = level(&vec![vec![(0, 1)]; 1000]);
        assert_eq!(snapshot.len(), 1000);
        assert_eq!(snapshot.dictionary.pairs.len(), 1);
        assert!(snapshot.codes.is_ones());
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
            assert_eq!(level.codes.is_plain(), plain, "{vals} {times}");
        }
    }

    #[test]
    fn pairs_that_turn_up_late_move_no_more_than_a_few_updates() {
        let mut level = Level::default();
        let mut push = |pairs: std::ops::Range<u64>, each: usize| {
            for pair in pairs {
                level.push_pair(&pair, &1, each);
            }
            let Codes { ones, narrow, wide, times, .. } = &level.codes;
            [*ones, narrow.len(), wide.len(), times.len()]
        };
        assert_eq!(push(0..1, 100_000), [100_000, 0, 0, 0]);
        assert_eq!(push(1..256, 100), [100_000, 25_500, 0, 0]);
        assert_eq!(push(256..4096, 2), [100_000, 25_500, 7_680, 0]);
        assert_eq!(push(4096..5000, 2), [100_000, 25_500, 7_680, 1_808]);
        assert_eq!(push(0..1, 1), [100_000, 25_500, 7_680, 1_809]);
    }

    /// A merge with nothing.
    fn advanced(level: &Level, since: u64) -> Level {
        let (mut merged, mut merge) =
            Level::begin_merge(Some(level), None, Antichain::from_elem(since).borrow());
        merged.extend_vals(&mut merge, level, 0, 0..level.offsets.len() - 1);
        merged.finish_merge(merge);
        merged
    }

    #[test]
    fn a_merge_encodes_anew_what_its_pairs_allow() {
        let spread: Vec<_> = (0..20_000).map(|val| vec![(val, 1)]).collect();
        let mut level = level(&spread[1..]);
        level.push(&0, &1);
        level.finish_build();
        let spread: Vec<_> = lists(&level);
        assert_eq!((level.codes.coded(), level.dictionary.pairs.len()), (0, 0));
        assert!(lists(&advanced(&level, 0)) == spread);
        assert!(advanced(&level, 0).codes.coded() <= 2 * NARROW);
        let few = advanced(&level, 19_990);
        assert_eq!((few.codes.coded(), few.dictionary.pairs.len()), (20_000, 10));
        let one = advanced(&few, 20_000);
        assert!(one.codes.is_ones());
        assert!(lists(&one) == vec![vec![(20_000, 1)]; 20_000]);

        // Pairs that no update uses, in a level too large to be looked through, are left behind.
        let mut stale = one;
        for time in 30_000..30_100 {
            stale.intern(&time, &1);
        }
        assert_eq!(advanced(&stale, 0).dictionary.pairs.len(), 1);
    }

    #[test]
    fn pairs_no_longer_used_are_dropped() {
        let mut level = level(&[vec![(0, 1)], vec![(1, 1)], vec![(0, 1)]]);
        level.codes = Codes { narrow: vec![0, 0, 0], ..Codes::default() };
        level.finish_build();
        assert!(level.codes.is_ones());
        assert_eq!(level.dictionary.pairs.len(), 1);
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
