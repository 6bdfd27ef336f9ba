//! The one merge of two batches: fueled, resumable at any update, the same for every layout.
//!
//! At each position among the keys the merge does one of two things.
//!
//! * If one side has a *run*, 32 or more keys before the other's next, it gallops to the end of the run and copies it by
//!   ranges, through all columns. Until neither side has one any more it then gallops on, from side to side.
//! * Else it takes a *block* of up to 512 keys. It first plans the block by positions alone, without moving an item
//!   ([`Plan`]), extends the plan to vals, writes the updates, strikes out what they say has vanished, and then gathers
//!   vals and keys. Where each key has one val, the plan of keys is the plan of vals.
//!
//! Fuel is charged for updates read, a range or block at once, before they are. What costs more than the fuel that is
//! left is cut: a run to what can be paid, a block to half, and a block of one key is *opened* and merged val by val; a
//! val is opened likewise, and read update by update. So every call stops within its fuel, and since nothing depends on
//! where a call stopped, the result does not either.
//!
//! Times are advanced where they are read: [`UpdateLevel`] does that, for dictionaries once per pair when the merge
//! begins. A side is *solid* if that can make no val vanish: then runs are copied whole though times move.

use crate::index::{KeyIndex, word_span};
use crate::ord::OrdStorage;
use crate::vals::{NoVals, ValLevel, Vals};
use arrangement_container::{BatchContainer, Layout, Plan, RUN, SECOND, UpdateLevel, compact};
use arrangement_trace::{Algebra, AntichainRef, IntoOwned, PartSizes, Progress, Storage, StorageMerger};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::ops::Range;

/// The number of keys, or vals of an open key, that are planned at once.
const BLOCK: usize = 512;

/// Merges two storages.
pub struct OrdMerger<L: Layout, V> {
    result: OrdStorage<L, V>,
    updates: <L::Updates as UpdateLevel>::Merge,
    /// The next key of each side.
    keys: [usize; 2],
    pace: Pace,
    open_key: Option<OpenKey>,
    open_val: Option<OpenVal<L::Time, L::Diff>>,
    list: Vec<(L::Time, L::Diff)>,
    plans: Plans,
}

/// Merges two storages of keys with vals.
pub type OrdValMerger<L> = OrdMerger<L, Vals<<L as Layout>::Val>>;
/// Merges two storages of keys alone.
pub type OrdKeyMerger<L> = OrdMerger<L, NoVals>;

/// A key whose vals are merged one block after the other.
struct OpenKey {
    /// Where the key is to be copied from.
    side: usize,
    key: usize,
    /// What is left of its vals on each side.
    vals: [Range<usize>; 2],
    pace: Pace,
}

/// A val whose updates are read one stretch after the other.
struct OpenVal<T, R> {
    side: usize,
    val: usize,
    /// What is left of its updates on each side.
    updates: [Range<usize>; 2],
    /// What was read and is not written, where times are ordered only in part.
    sums: BTreeMap<T, R>,
}

impl<T, R> OpenVal<T, R> {
    /// Whether there is nothing left to read.
    fn is_read(&self) -> bool {
        self.updates.iter().all(Range::is_empty)
    }
}

/// Plans of a block, and what is kept beside them.
#[derive(Default)]
struct Plans {
    keys: Plan,
    vals: Plan,
    /// Where the vals of each planned key end in the plan of vals.
    ends: Vec<u32>,
    /// The planned vals of which nothing is left.
    dead: Vec<u32>,
}

impl<L: Layout, V> fmt::Debug for OrdMerger<L, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OrdMerger(at keys {:?}, {} updates)", self.keys, self.result.updates.len())
    }
}

impl<L: Layout, V: ValLevel<L::Val>> StorageMerger<OrdStorage<L, V>> for OrdMerger<L, V> {
    fn new(
        older: Option<&OrdStorage<L, V>>,
        newer: Option<&OrdStorage<L, V>>,
        since: AntichainRef<'_, L::Time>,
    ) -> Self {
        let (updates, merge) =
            L::Updates::begin_merge(older.map(|x| &x.updates), newer.map(|x| &x.updates), since);
        let none = OrdStorage::default();
        let (a, b) = (older.unwrap_or(&none), newer.unwrap_or(&none));
        let keys = L::Key::merge_capacity(&a.keys, &b.keys);
        let mut result = OrdStorage::of(keys, V::merge_capacity(&a.vals, &b.vals), updates);
        let (keys, bytes) = [older, newer].into_iter().flatten().fold((0, 0), |(keys, bytes), side| {
            (keys + side.keys.len(), bytes + side.sizes().total().bytes_used)
        });
        let spans = [a, b].into_iter().filter_map(|side| word_span::<L::Key, L::Words>(&side.keys));
        let span = spans.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
        result.index = KeyIndex::for_keys::<L::Key, L::Words>(keys, bytes / keys.max(1), span);
        OrdMerger {
            result,
            updates: merge,
            keys: [0; 2],
            pace: Pace::default(),
            open_key: None,
            open_val: None,
            list: Vec::new(),
            plans: Plans::default(),
        }
    }

    fn work(
        &mut self,
        older: Option<&OrdStorage<L, V>>,
        newer: Option<&OrdStorage<L, V>>,
        fuel: &mut usize,
    ) -> Progress {
        let none = OrdStorage::default();
        self.run([older.unwrap_or(&none), newer.unwrap_or(&none)], fuel)
    }

    fn done(mut self) -> Option<OrdStorage<L, V>> {
        self.result.updates.finish_merge(self.updates);
        self.result.keys.shrink();
        self.result.vals.shrink();
        self.result.index.finish::<L::Key, L::Words>(&self.result.keys);
        (!self.result.updates.is_empty()).then_some(self.result)
    }

    fn sizes(&self) -> PartSizes {
        PartSizes {
            keys: self.result.keys.sizes().with(self.result.index.sizes()),
            vals: self.result.vals.sizes(),
            updates: self.result.updates.sizes(),
        }
    }
}

impl<L: Layout, V: ValLevel<L::Val>> OrdMerger<L, V> {
    fn run(&mut self, sides: [&OrdStorage<L, V>; 2], fuel: &mut usize) -> Progress {
        let ends = sides.map(|side| side.keys.len());
        loop {
            self.result.index.extend::<L::Key, L::Words>(&self.result.keys);
            if self.open_val.is_none() && self.open_key.is_none() && self.keys == ends {
                return Progress::Done;
            }
            if *fuel == 0 {
                return Progress::Working;
            }
            if let Some(open) = self.open_val.take() {
                self.work_val(sides, open, fuel);
                if self.open_val.as_ref().is_some_and(OpenVal::is_read) {
                    return Progress::Working;
                }
            } else if let Some(open) = self.open_key.take() {
                self.work_key(sides, open, fuel);
            } else {
                match self.pace.next(sides.map(|side| &side.keys), self.keys, ends) {
                    Next::Run { side, end } => self.copy_keys(sides[side], side, end, fuel),
                    Next::Block { most } => self.merge_block(sides, most, fuel),
                }
            }
        }
    }

    /// Copies the keys of a side up to `end`, or as far as the fuel goes.
    fn copy_keys(&mut self, source: &OrdStorage<L, V>, side: usize, end: usize, fuel: &mut usize) {
        let start = self.keys[side];
        let vals_start = source.vals.bounds(start).start;
        let cost = |end: usize| source.updates.cost(vals_start..source.vals.bounds(end - 1).end);
        let end = affordable(start, end, *fuel, cost);
        if end == start {
            let mut vals = [0..0, 0..0];
            vals[side] = source.vals.bounds(start);
            self.open_key = Some(OpenKey { side, key: start, vals, pace: Pace::default() });
            self.keys[side] += 1;
            return;
        }
        *fuel -= cost(end);
        let vals = vals_start..source.vals.bounds(end - 1).end;
        if L::Updates::is_solid(&self.updates, side) {
            let delta = self.result.vals.vals().len() as isize - vals.start as isize;
            let is_unit = vals.len() == end - start;
            self.move_vals(source, side, vals);
            self.result.keys.extend_from_range(&source.keys, start..end);
            if is_unit {
                self.result.vals.close_units(end - start);
            } else {
                self.result.vals.close_keys_like(&source.vals, start..end, delta);
            }
        } else {
            for key in start..end {
                self.move_vals(source, side, source.vals.bounds(key));
                self.close_key(source, key);
            }
        }
        self.keys[side] = end;
    }

    /// Copies vals of a side, as far as the fuel goes. Returns where it stopped, with a val open if that is short of
    /// the end for want of fuel.
    fn copy_vals(
        &mut self,
        source: &OrdStorage<L, V>,
        side: usize,
        vals: Range<usize>,
        fuel: &mut usize,
    ) -> usize {
        let cost = |end: usize| source.updates.cost(vals.start..end);
        let end = affordable(vals.start, vals.end, *fuel, cost);
        if end == vals.start {
            let mut updates = [0..0, 0..0];
            updates[side] = source.updates.bounds(vals.start);
            self.open_val = Some(OpenVal { side, val: vals.start, updates, sums: BTreeMap::new() });
            return vals.start + 1;
        }
        *fuel -= cost(end);
        self.move_vals(source, side, vals.start..end);
        end
    }

    /// Copies vals of a side that are paid for, but for those of which nothing is left.
    fn move_vals(&mut self, source: &OrdStorage<L, V>, side: usize, vals: Range<usize>) {
        let OrdStorage { vals: out, updates, .. } = &mut self.result;
        let mut from = vals.start;
        if L::Updates::is_solid(&self.updates, side) || source.updates.cost(vals.clone()) == vals.len() {
            updates.extend_vals(&mut self.updates, &source.updates, side, vals.clone());
        } else {
            for val in vals.clone() {
                if !updates.push_val(&mut self.updates, &source.updates, side, val) {
                    out.vals_mut().extend_from_range(source.vals.vals(), from..val);
                    from = val + 1;
                }
            }
        }
        out.vals_mut().extend_from_range(source.vals.vals(), from..vals.end);
    }

    /// Ends a key, unless nothing is left of it.
    fn close_key(&mut self, source: &OrdStorage<L, V>, key: usize) {
        let vals = self.result.vals.vals().len() - self.result.vals.closed();
        if vals > 0 {
            self.result.keys.push(source.keys.index(key));
            self.result.vals.close_keys_at(&[vals as u32]);
        }
    }

    /// Reads on in an open val.
    ///
    /// Totally ordered times come in order from both sides, so that all but the last that was read can be written at
    /// once. Others may change places when they are advanced: they are sorted as they are read, and when all are, as
    /// many are written in a call as it might have read.
    fn work_val(
        &mut self,
        sides: [&OrdStorage<L, V>; 2],
        mut open: OpenVal<L::Time, L::Diff>,
        fuel: &mut usize,
    ) {
        let mut writes = *fuel;
        while *fuel > 0 && !open.is_read() {
            let side = self.next_side(sides, &open);
            let start = open.updates[side].start;
            sides[side].updates.read(&self.updates, side, start..start + 1, &mut self.list);
            open.updates[side].start += 1;
            *fuel -= 1;
            if !Self::TOTAL {
                for (time, diff) in self.list.drain(..) {
                    match open.sums.entry(time) {
                        Entry::Vacant(entry) => {
                            entry.insert(diff);
                        }
                        Entry::Occupied(mut sum) => {
                            <L::Algebra as Algebra<_, _>>::plus_equals(sum.get_mut(), &diff);
                        }
                    }
                }
            } else if self.list.len() > 1 {
                let (time, diff) = self.list.remove(0);
                self.write_update(&time, &diff);
            }
        }
        if open.is_read() {
            if let Some((time, diff)) = self.list.pop() {
                self.write_update(&time, &diff);
            }
            while writes > 0
                && let Some((time, diff)) = open.sums.pop_first()
            {
                self.write_update(&time, &diff);
                writes -= 1;
            }
            if open.sums.is_empty() {
                if self.result.updates.close_val() {
                    let val = sides[open.side].vals.vals().index(open.val);
                    self.result.vals.vals_mut().push(val);
                }
                return;
            }
        }
        self.open_val = Some(open);
    }

    const TOTAL: bool = <L::Algebra as Algebra<L::Time, L::Diff>>::TOTAL;

    /// The side of an open val to read next: that of the lesser time, if times are totally ordered.
    fn next_side(&self, sides: [&OrdStorage<L, V>; 2], open: &OpenVal<L::Time, L::Diff>) -> usize {
        let [older, newer] = &open.updates;
        if older.is_empty() || newer.is_empty() || !Self::TOTAL {
            return older.is_empty() as usize;
        }
        let time = |side: usize| {
            let updates: &L::Updates = &sides[side].updates;
            updates.time(&self.updates, side, open.updates[side].start)
        };
        (time(1) < time(0)) as usize
    }

    /// Writes an update of an open val, unless its sum is zero.
    fn write_update(&mut self, time: &L::Time, diff: &L::Diff) {
        if !<L::Algebra as Algebra<_, _>>::is_zero(diff) {
            self.result.updates.push(time, diff);
        }
    }

    /// Merges on in an open key.
    fn work_key(&mut self, sides: [&OrdStorage<L, V>; 2], mut open: OpenKey, fuel: &mut usize) {
        let starts = [open.vals[0].start, open.vals[1].start];
        let ends = [open.vals[0].end, open.vals[1].end];
        if starts == ends {
            self.close_key(sides[open.side], open.key);
            return;
        }
        match open.pace.next(sides.map(|side| side.vals.vals()), starts, ends) {
            Next::Run { side, end } => {
                open.vals[side].start = self.copy_vals(sides[side], side, starts[side]..end, fuel);
            }
            Next::Block { most } => self.merge_val_block(sides, &mut open.vals, most, fuel),
        }
        self.open_key = Some(open);
    }

    /// Merges a block of at most so many vals of an open key.
    fn merge_val_block(
        &mut self,
        sides: [&OrdStorage<L, V>; 2],
        vals: &mut [Range<usize>; 2],
        most: usize,
        fuel: &mut usize,
    ) {
        let [a, b] = sides.map(|side| side.vals.vals());
        let start = [vals[0].start, vals[1].start];
        let bases = (start[0], start[1]);
        let mut max = most.min(*fuel);
        let (reached, cost) = loop {
            self.plans.vals.clear();
            let reached =
                V::Vals::interleave(a, vals[0].clone(), b, vals[1].clone(), bases, max, &mut self.plans.vals);
            let reached = [reached.0, reached.1];
            let cost: usize = (0..2).map(|side| sides[side].updates.cost(start[side]..reached[side])).sum();
            if cost <= *fuel {
                break (reached, cost);
            }
            if max == 1 {
                let updates = [0, 1].map(|side| match reached[side] > start[side] {
                    true => sides[side].updates.bounds(start[side]),
                    false => 0..0,
                });
                let side = (reached[0] == start[0]) as usize;
                self.open_val = Some(OpenVal { side, val: start[side], updates, sums: BTreeMap::new() });
                (vals[0].start, vals[1].start) = (reached[0], reached[1]);
                return;
            }
            max /= 2;
        };
        *fuel -= cost;
        self.write_updates(sides, start, reached, Level::Vals);
        let plan = &mut self.plans.vals.positions;
        compact(plan, 0, &self.plans.dead);
        self.result.vals.vals_mut().gather(a, b, bases, plan);
        (vals[0].start, vals[1].start) = (reached[0], reached[1]);
    }

    /// Merges a block of at most so many keys.
    fn merge_block(&mut self, sides: [&OrdStorage<L, V>; 2], most: usize, fuel: &mut usize) {
        let [a, b] = sides;
        let start = self.keys;
        let bases = (start[0], start[1]);
        let mut max = most.min(*fuel);
        // Keys that cost more than a block's worth on average are planned in smaller blocks, so that plans stay short.
        let dearest = (*fuel).min(16 * BLOCK);
        let (reached, vals) = loop {
            self.plans.keys.clear();
            let reached = L::Key::interleave(
                &a.keys,
                start[0]..a.keys.len(),
                &b.keys,
                start[1]..b.keys.len(),
                bases,
                max,
                &mut self.plans.keys,
            );
            let reached = [reached.0, reached.1];
            let vals = [0, 1].map(|side| {
                let source = &sides[side].vals;
                let from = source.bounds(start[side]).start;
                if reached[side] > start[side] {
                    from..source.bounds(reached[side] - 1).end
                } else {
                    from..from
                }
            });
            let cost: usize = (0..2).map(|side| sides[side].updates.cost(vals[side].clone())).sum();
            if cost <= dearest {
                *fuel -= cost;
                break (reached, vals);
            }
            if max == 1 {
                let side = (reached[0] == start[0]) as usize;
                self.open_key = Some(OpenKey { side, key: start[side], vals, pace: Pace::default() });
                self.keys = reached;
                return;
            }
            max /= 2;
        };
        let vals_start = [vals[0].start, vals[1].start];
        let vals_end = [vals[0].end, vals[1].end];
        let val_bases = (vals_start[0], vals_start[1]);
        // Each key has a val at least.
        if (0..2).all(|side| vals[side].len() == reached[side] - start[side])
            && self.ties_are_whole(sides, vals_start)
        {
            self.write_updates(sides, vals_start, vals_end, Level::Keys);
            let plan = &mut self.plans.keys.positions;
            compact(plan, 0, &self.plans.dead);
            self.result.vals.vals_mut().gather(a.vals.vals(), b.vals.vals(), val_bases, plan);
            self.result.keys.gather(&a.keys, &b.keys, bases, plan);
            self.result.vals.close_units(plan.len());
        } else {
            self.plan_vals(sides, start, vals_start);
            self.write_updates(sides, vals_start, vals_end, Level::Vals);
            self.plans.bury();
            let Plans { keys, vals, ends, .. } = &self.plans;
            self.result.vals.vals_mut().gather(a.vals.vals(), b.vals.vals(), val_bases, &vals.positions);
            self.result.keys.gather(&a.keys, &b.keys, bases, &keys.positions);
            self.result.vals.close_keys_at(ends);
        }
        self.keys = reached;
    }

    /// Whether the planned keys that tie have the same val, keys having one each: then the plan of keys is that of vals.
    fn ties_are_whole(&self, sides: [&OrdStorage<L, V>; 2], vals_start: [usize; 2]) -> bool {
        let [a, b] = sides.map(|side| side.vals.vals());
        let plan = &self.plans.keys;
        plan.ties.iter().all(|&(index, second)| {
            let first = vals_start[0] + plan.positions[index as usize] as usize;
            let second = vals_start[1] + second as usize;
            V::Vals::reborrow(a.index(first)) == V::Vals::reborrow(b.index(second))
        })
    }

    /// Extends the plan of keys to vals.
    fn plan_vals(&mut self, sides: [&OrdStorage<L, V>; 2], start: [usize; 2], vals_start: [usize; 2]) {
        let Plans { keys, vals, ends, .. } = &mut self.plans;
        vals.clear();
        ends.clear();
        let bases = (vals_start[0], vals_start[1]);
        let take = |vals: &mut Plan, side: usize, range: Range<usize>| {
            let mark = if side == 1 { SECOND } else { 0 };
            let positions = range.start - vals_start[side]..range.end - vals_start[side];
            vals.positions.extend(positions.map(|position| position as u32 | mark));
        };
        let mut ties = keys.ties.iter().peekable();
        for (index, &position) in keys.positions.iter().enumerate() {
            let side = (position & SECOND != 0) as usize;
            let own = sides[side].vals.bounds(start[side] + (position & !SECOND) as usize);
            match ties.next_if(|tie| tie.0 as usize == index) {
                None => take(vals, side, own),
                Some(&(_, second)) => {
                    let [a, b] = sides.map(|side| side.vals.vals());
                    let (mut first, mut second) = (own, sides[1].vals.bounds(start[1] + second as usize));
                    // An interleave stops at one-sided runs too: it goes on from there.
                    while !first.is_empty() && !second.is_empty() {
                        let max = (first.len() + second.len()).min(4 * RUN);
                        (first.start, second.start) =
                            V::Vals::interleave(a, first.clone(), b, second.clone(), bases, max, vals);
                    }
                    take(vals, 0, first);
                    take(vals, 1, second);
                }
            }
            ends.push(vals.positions.len() as u32);
        }
    }

    /// Writes the updates of a block, and notes in `dead` the planned vals of which nothing is left.
    fn write_updates(
        &mut self,
        sides: [&OrdStorage<L, V>; 2],
        start: [usize; 2],
        end: [usize; 2],
        level: Level,
    ) {
        self.plans.dead.clear();
        let plan = match level {
            Level::Keys => &self.plans.keys,
            Level::Vals => &self.plans.vals,
        };
        self.result.updates.push_block(
            &mut self.updates,
            sides.map(|side| &side.updates),
            start,
            end,
            plan,
            &mut self.plans.dead,
        );
    }
}

/// The level whose plan says which vals a block takes.
enum Level {
    Keys,
    Vals,
}

impl Plans {
    /// Takes the dead out of the plan of vals, and the keys that so lose all theirs out of the plan of keys.
    fn bury(&mut self) {
        if self.dead.is_empty() {
            return;
        }
        compact(&mut self.vals.positions, 0, &self.dead);
        let (mut buried, mut kept, mut last) = (0, 0, 0);
        for index in 0..self.ends.len() {
            while self.dead.get(buried).is_some_and(|dead| *dead < self.ends[index]) {
                buried += 1;
            }
            let end = self.ends[index] - buried as u32;
            self.ends[kept] = end;
            self.keys.positions[kept] = self.keys.positions[index];
            kept += (end > last) as usize;
            last = end;
        }
        self.ends.truncate(kept);
        self.keys.positions.truncate(kept);
    }
}

/// What is to be done next with two columns.
enum Next {
    /// Copy the items of a side up to an end, all of which come before the other side's next.
    Run { side: usize, end: usize },
    /// Plan a block of at most so many items.
    Block { most: usize },
}

/// How the items of two columns have lain to each other so far.
///
/// After a run the merge *gallops*: it asks only how far the one side comes before the other, and copies that, even one
/// item, until neither side's last stretch was a run. A few items among many so cost two searches each, and no
/// plan of what lies between them.
#[derive(Default)]
struct Pace {
    /// The lengths of the last stretches, halved at each tie; zero while blocks are planned.
    stretches: [usize; 2],
}

impl Pace {
    /// What is next. A side that is used up leaves the other a run to its end.
    fn next<C: BatchContainer>(&mut self, columns: [&C; 2], starts: [usize; 2], ends: [usize; 2]) -> Next {
        if let Some(side) = (0..2).find(|&side| starts[1 - side] == ends[1 - side]) {
            return Next::Run { side, end: ends[side] };
        }
        let heads = [columns[0].index(starts[0]), columns[1].index(starts[1])];
        if self.stretches.iter().any(|&stretch| stretch >= RUN) {
            let side = match C::reborrow(heads[0]).cmp(&C::reborrow(heads[1])) {
                Ordering::Less => 0,
                Ordering::Greater => 1,
                Ordering::Equal => {
                    self.stretches = self.stretches.map(|stretch| stretch / 2);
                    return Next::Block { most: 1 };
                }
            };
            let end = columns[side].gallop(starts[side] + 1, ends[side], heads[1 - side]);
            self.stretches[side] = end - starts[side];
            return Next::Run { side, end };
        }
        self.stretches = [0; 2];
        for side in 0..2 {
            let probe = starts[side] + RUN - 1;
            let next = heads[1 - side];
            if probe < ends[side] && C::reborrow(columns[side].index(probe)) < C::reborrow(next) {
                let end = columns[side].gallop(probe + 1, ends[side], next);
                self.stretches[side] = end - starts[side];
                return Next::Run { side, end };
            }
        }
        Next::Block { most: BLOCK }
    }
}

/// The greatest end, of `start..=end`, whose cost is within the fuel. The cost ascends.
fn affordable(start: usize, end: usize, fuel: usize, cost: impl Fn(usize) -> usize) -> usize {
    if cost(end) <= fuel {
        return end;
    }
    let (mut within, mut beyond) = (start, end);
    while within + 1 < beyond {
        let middle = within + (beyond - within) / 2;
        if cost(middle) <= fuel { within = middle } else { beyond = middle }
    }
    within
}
