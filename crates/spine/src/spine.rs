//! The spine itself: inserting, merging, reading.

use crate::level::{Level, extended};
use crate::policy::{Geometric, MergePolicy, cheapest};
use crate::report::{BatchReport, LevelReport, LevelState, Report};
use arrangement_trace::{
    Antichain, AntichainRef, Batch, CursorList, Description, Event, Events, ExertLogic, LevelSummary, Merger,
    PartSizes, PartialOrder, Progress, Timestamp, Trace, TraceCursor, TraceError, TraceReader, TraceStorage,
};
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

/// Batches that wait for the physical compaction frontier are let in while there are fewer levels than this.
const MOST_LEVELS: usize = 128;
/// Batches of more updates than this are not dropped at once when they have been merged.
const DROPPED_AT_ONCE: usize = 1 << 13;
/// Updates of merged batches that are dropped for each that may be read.
const RELEASED: usize = 2;
/// The updates that [`Trace::exert`] reads by default.
const EXERTION: usize = 1 << 16;

/// A trace that merges its batches as they come: see the [crate page](crate).
///
/// `B` is the batch. `E` receives the events; by default nobody does.
pub struct Spine<B: Batch, E: Events = ()> {
    levels: Vec<Level<B>>,
    /// Batches that are not below the physical compaction frontier.
    waiting: VecDeque<B>,
    /// Batches that have been merged, to be dropped bit by bit.
    merged: VecDeque<B>,
    upper: Antichain<B::Time>,
    logical: Antichain<B::Time>,
    physical: Antichain<B::Time>,
    /// The updates of all levels.
    updates: usize,
    counters: Counters,
    /// Reads that batches which were let in will cause and that are not paid for.
    debt: usize,
    policy: Box<dyn MergePolicy>,
    exert_logic: ExertLogic,
    events: E,
    /// The levels as policies see them, while they are asked.
    summaries: Vec<LevelSummary>,
}

/// What a spine has done so far.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Updates inserted.
    pub updates_inserted: usize,
    /// Updates read by merges.
    pub updates_read: usize,
    /// Merges begun.
    pub merges_started: usize,
    /// Merges ended.
    pub merges_done: usize,
}

impl<B: Batch, E: Events> Spine<B, E> {
    /// A trace without batches that tells its events to `events`.
    pub fn with_events(events: E) -> Self {
        let minimum = Antichain::from_elem(B::Time::minimum());
        Spine {
            levels: Vec::new(),
            waiting: VecDeque::new(),
            merged: VecDeque::new(),
            upper: minimum.clone(),
            logical: minimum.clone(),
            physical: minimum,
            updates: 0,
            counters: Counters::default(),
            debt: 0,
            policy: Box::new(Geometric::default()),
            exert_logic: Arc::new(|_| Some(EXERTION)),
            events,
            summaries: Vec::new(),
        }
    }

    /// Sets what is merged when, and how much an insertion works.
    pub fn set_policy(&mut self, policy: Box<dyn MergePolicy>) {
        self.policy = policy;
    }

    /// The levels, oldest first, as a policy sees them.
    pub fn levels(&self) -> Vec<LevelSummary> {
        self.levels.iter().map(Level::summary).collect()
    }

    /// The number of batches that wait for the physical compaction frontier.
    pub fn waiting_len(&self) -> usize {
        self.waiting.len()
    }

    /// The number of updates in all batches. The result of a merge in progress is not counted, its inputs are.
    pub fn updates_len(&self) -> usize {
        self.updates
    }

    /// The sizes of all batches, those that wait too, and of what merges in progress have made. Costs a look at each of
    /// them. What was merged and is being dropped is not counted.
    pub fn sizes(&self) -> PartSizes {
        self.batch_sizes() + self.merging_sizes()
    }

    /// The sizes of all batches, those that wait too: a part of [`sizes`](Spine::sizes).
    pub fn batch_sizes(&self) -> PartSizes {
        let sizes = |level: &Level<B>| match level {
            Level::Empty(_) => PartSizes::default(),
            Level::Idle(batch) => batch.sizes(),
            Level::Merging { older, newer, .. } => older.sizes() + newer.sizes(),
        };
        self.levels.iter().map(sizes).chain(self.waiting.iter().map(B::sizes)).sum()
    }

    /// The sizes of what merges in progress have made: a part of [`sizes`](Spine::sizes).
    pub fn merging_sizes(&self) -> PartSizes {
        let merging = self.levels.iter().map(|level| match level {
            Level::Merging { merger, .. } => merger.sizes(),
            _ => PartSizes::default(),
        });
        merging.sum()
    }

    /// The sizes of each level, oldest first, what a merge in progress has made included.
    pub fn level_sizes(&self) -> Vec<PartSizes> {
        let sizes = |level: &Level<B>| match level {
            Level::Empty(_) => PartSizes::default(),
            Level::Idle(batch) => batch.sizes(),
            Level::Merging { older, newer, merger, .. } => older.sizes() + newer.sizes() + merger.sizes(),
        };
        self.levels.iter().map(sizes).collect()
    }

    /// The batches that hold all updates before `upper`, oldest first, none without updates: what
    /// [`cursor_through`](TraceReader::cursor_through) reads.
    ///
    /// # Errors
    /// As [`cursor_through`](TraceReader::cursor_through).
    pub fn batches_through(&self, upper: AntichainRef<'_, B::Time>) -> Result<Vec<B>, TraceError> {
        if upper.less_equal(&B::Time::minimum()) {
            return Ok(Vec::new());
        }
        self.check_readable(&upper)?;
        if !PartialOrder::less_equal(&self.physical.borrow(), &upper) {
            return Err(TraceError::below_physical(&self.physical, &upper));
        }
        let mut batches = Vec::new();
        let mut across = None;
        self.map_batches(|batch| {
            if batch.is_empty() {
            } else if PartialOrder::less_equal(&batch.upper().borrow(), &upper) {
                batches.push(batch.clone());
            } else if !PartialOrder::less_equal(&upper, &batch.lower().borrow()) {
                across = Some(TraceError::across(batch.lower(), batch.upper(), &upper));
            }
        });
        across.map_or(Ok(batches), Err)
    }

    /// What the spine is made of now, batch by batch: the table that [`Display`](fmt::Display) prints. Costs a look at
    /// each batch, those that wait too.
    pub fn report(&self) -> Report<B::Time> {
        let waiting = self.waiting.iter().map(|batch| {
            let description = batch.description().clone();
            let report = BatchReport { description: description.clone(), sizes: batch.sizes() };
            let batches = if batch.is_empty() { Vec::new() } else { vec![report] };
            LevelReport { state: LevelState::Waiting, description, batches }
        });
        Report {
            levels: self.levels.iter().map(Level::report).chain(waiting).collect(),
            logical: self.logical.clone(),
            physical: self.physical.clone(),
            upper: self.upper.clone(),
        }
    }

    /// What was done so far.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Who receives the events.
    pub fn events(&self) -> &E {
        &self.events
    }

    /// Who receives the events, to be told something else.
    pub fn events_mut(&mut self) -> &mut E {
        &mut self.events
    }

    /// Drops all updates: nobody reads any more. What is left is one stretch of empty time.
    fn release(&mut self) {
        let mut stretch: Option<B> = None;
        let since = Antichain::new();
        self.map_batches(|batch| {
            let lower = stretch.as_ref().unwrap_or(batch).lower().clone();
            stretch = Some(B::empty(Description::with_since(lower, batch.upper().clone(), since.clone())));
        });
        self.tell_dropped();
        self.levels.clear();
        self.waiting.clear();
        self.merged.clear();
        self.levels.extend(stretch.map(Level::Empty));
        (self.updates, self.debt) = (0, 0);
    }

    /// Tells of the end of all batches and merges.
    fn tell_dropped(&mut self) {
        let Spine { levels, waiting, events, .. } = self;
        let mut dropped = |batch: &B| {
            if !batch.is_empty() {
                events.event(Event::Dropped { len: batch.len() });
            }
        };
        levels.iter().for_each(|level| level.visit(&mut dropped));
        waiting.iter().for_each(&mut dropped);
        for level in levels {
            if let Level::Merging { older, newer, .. } = level {
                events.event(Event::MergeAbandoned { older_len: older.len(), newer_len: newer.len() });
            }
        }
    }

    /// Appends a batch to the levels. Adjoining stretches of empty time become one.
    fn push_level(&mut self, batch: B) {
        match self.levels.last_mut() {
            Some(Level::Empty(last)) if batch.is_empty() => *last = extended(last, &batch),
            _ => self.levels.push(Level::of(batch)),
        }
    }

    /// Appends a batch to those that wait.
    fn push_waiting(&mut self, batch: B) {
        match self.waiting.back_mut() {
            Some(last) if last.is_empty() && batch.is_empty() => *last = extended(last, &batch),
            _ => self.waiting.push_back(batch),
        }
    }

    /// Appends a batch to the levels, from where on it causes reads.
    fn let_in(&mut self, batch: B) {
        self.debt = self.debt.saturating_add(self.policy.fuel(batch.len(), self.updates));
        self.push_level(batch);
    }

    /// Lets in those that wait and need to no longer.
    fn admit(&mut self) {
        while self.levels.len() < MOST_LEVELS
            && let Some(next) = self.waiting.front()
            && (next.is_empty() || PartialOrder::less_equal(next.upper(), &self.physical))
            && let Some(batch) = self.waiting.pop_front()
        {
            self.let_in(batch);
        }
    }

    /// Begins the merge of a batch with its newer neighbour.
    fn start(&mut self, index: usize) {
        let Level::Idle(mut older) = self.levels.remove(index) else {
            panic!("a policy chose level {index}, which is not one batch: {:?}", self.levels())
        };
        if let Some(Level::Empty(stretch)) = self.levels.get(index) {
            older = extended(&older, stretch);
            self.levels.remove(index);
        }
        let Some(Level::Idle(newer)) = self.levels.get(index) else {
            panic!(
                "a policy chose level {index}, whose newer neighbour is not one batch: {:?}",
                self.levels()
            )
        };
        let newer = newer.clone();
        self.counters.merges_started += 1;
        self.events.event(Event::MergeStarted { older_len: older.len(), newer_len: newer.len() });
        let merger = Box::new(older.begin_merge(&newer, self.logical.borrow()));
        self.levels[index] = Level::Merging { older, newer, merger, read: 0 };
    }

    /// Ends a merge that is done.
    fn finish(&mut self, index: usize) {
        let Level::Merging { older, newer, merger, .. } = self.levels.remove(index) else {
            unreachable!("only merges are worked on")
        };
        let merged = merger.done();
        let (older_len, newer_len) = (older.len(), newer.len());
        self.counters.merges_done += 1;
        self.events.event(Event::Merged { older_len, newer_len, len: merged.len() });
        self.events.event(Event::Dropped { len: older_len });
        self.events.event(Event::Dropped { len: newer_len });
        self.updates = self.updates - older_len - newer_len + merged.len();
        for mut batch in [older, newer] {
            if batch.len() > DROPPED_AT_ONCE && batch.release(0) {
                self.merged.push_back(batch);
            }
        }
        // Nothing may be left: then this stretch, too, joins those beside it.
        let mut merged = Level::of(merged);
        if let Level::Empty(stretch) = &mut merged {
            if let Some(Level::Empty(next)) = self.levels.get(index) {
                *stretch = extended(stretch, next);
                self.levels.remove(index);
            }
            if let Some(Level::Empty(previous)) =
                index.checked_sub(1).and_then(|index| self.levels.get_mut(index))
            {
                *previous = extended(previous, stretch);
                return;
            }
        }
        self.levels.insert(index, merged);
    }

    /// The due merge that a policy chooses.
    fn choose(&mut self) -> Option<usize> {
        self.summaries.clear();
        self.summaries.extend(self.levels.iter().map(Level::summary));
        self.policy.choose(&self.summaries)
    }

    /// Merges until the fuel is used up or nothing is due, and drops as much of what was merged before. `eager` merges
    /// what is not due, too.
    fn work(&mut self, fuel: usize, eager: bool) {
        // A merge makes no more garbage than it reads, so this keeps up.
        self.free(fuel.saturating_mul(RELEASED));
        self.merge(fuel, eager);
    }

    /// Drops what about so many updates own, of batches that have been merged.
    fn free(&mut self, mut updates: usize) {
        while updates > 0
            && let Some(batch) = self.merged.front_mut()
        {
            let len = batch.len();
            if batch.release(updates) {
                return;
            }
            updates = updates.saturating_sub(len);
            self.merged.pop_front();
        }
    }

    /// Merges until the fuel is used up or nothing is due. `eager` merges what is not due, too.
    fn merge(&mut self, mut fuel: usize, eager: bool) {
        loop {
            self.admit();
            while let Some(index) = self.choose() {
                self.start(index);
            }
            let mut least = self.least_merge();
            if least.is_none() && eager && fuel > 0 {
                least = self.start_eagerly();
            }
            let Some(index) = least else { return };
            let Level::Merging { older, newer, merger, read } = &mut self.levels[index] else {
                unreachable!("the level is a merge")
            };
            let before = fuel;
            let progress = merger.work(older, newer, &mut fuel);
            *read += before - fuel;
            self.counters.updates_read += before - fuel;
            match progress {
                Progress::Done => self.finish(index),
                Progress::Working => return,
            }
        }
    }

    /// Begins a merge that is not due, and returns its level: that of the cheapest pair, or, where there is none, the
    /// compaction of a batch by itself.
    fn start_eagerly(&mut self) -> Option<usize> {
        if let Some(index) = cheapest(&self.levels()) {
            self.start(index);
            return Some(index);
        }
        let index = self.compactable()?;
        let level = &mut self.levels[index];
        let Level::Idle(batch) = level else { unreachable!("only a batch is compactable") };
        // A merge with nothing, which covers no time.
        let nothing = B::empty(Description::new(batch.upper().clone(), batch.upper().clone()));
        let (len, older) = (batch.len(), batch.clone());
        let merger = Box::new(older.begin_merge(&nothing, self.logical.borrow()));
        *level = Level::Merging { older, newer: nothing, merger, read: 0 };
        self.counters.merges_started += 1;
        self.events.event(Event::MergeStarted { older_len: len, newer_len: 0 });
        Some(index)
    }

    /// A batch of which advancing times would leave less: they are behind the logical compaction frontier, and one
    /// update in eight or more shares its key and val with another.
    fn compactable(&self) -> Option<usize> {
        self.levels.iter().position(|level| match level {
            Level::Idle(batch) => {
                let sizes = batch.sizes();
                let repeated = batch.len().saturating_sub(sizes.vals.records);
                let behind = *batch.since() != self.logical
                    && PartialOrder::less_equal(&batch.since().borrow(), &self.logical.borrow());
                behind && repeated > 0 && repeated * 8 >= batch.len()
            }
            _ => false,
        })
    }

    /// Whether eager work has anything to do.
    fn has_work(&self) -> bool {
        !self.merged.is_empty()
            || self.least_merge().is_some()
            || cheapest(&self.levels()).is_some()
            || self.compactable().is_some()
    }

    /// The merge with the fewest updates, which holds up the most others for the least work; of equals the newest.
    fn least_merge(&self) -> Option<usize> {
        let merging = |level: &Level<B>| matches!(level, Level::Merging { .. });
        let merges = self.levels.iter().enumerate().rev().filter(|(_, level)| merging(level));
        merges.min_by_key(|(_, level)| level.summary().updates).map(|(index, _)| index)
    }

    fn cursor_over(batches: Vec<B>) -> (CursorList<B::Cursor>, Vec<B>) {
        let cursors = batches.iter().map(B::cursor).collect();
        (CursorList::new(cursors, &batches), batches)
    }

    /// Whether reading is promised to be over.
    fn check_readable(&self, upper: &[B::Time]) -> Result<(), TraceError> {
        if self.logical.is_empty() { Err(TraceError::unreadable(upper)) } else { Ok(()) }
    }
}

impl<B: Batch, E: Events> TraceReader for Spine<B, E> {
    type Batch = B;
    type Time = B::Time;

    fn cursor_through(
        &self,
        upper: AntichainRef<'_, B::Time>,
    ) -> Result<(TraceCursor<Self>, TraceStorage<Self>), TraceError> {
        self.batches_through(upper).map(Self::cursor_over)
    }

    fn cursor(&self) -> (TraceCursor<Self>, TraceStorage<Self>) {
        self.check_readable(&self.upper).unwrap_or_else(|error| panic!("{error}"));
        let mut batches = Vec::new();
        self.map_batches(|batch| {
            if !batch.is_empty() {
                batches.push(batch.clone());
            }
        });
        Self::cursor_over(batches)
    }

    fn try_set_logical_compaction(&mut self, frontier: AntichainRef<'_, B::Time>) -> Result<(), TraceError> {
        advance("the logical", &mut self.logical, frontier)?;
        if self.logical.is_empty() {
            self.release();
        }
        Ok(())
    }

    fn get_logical_compaction(&self) -> AntichainRef<'_, B::Time> {
        self.logical.borrow()
    }

    fn try_set_physical_compaction(&mut self, frontier: AntichainRef<'_, B::Time>) -> Result<(), TraceError> {
        advance("the physical", &mut self.physical, frontier)?;
        self.admit();
        Ok(())
    }

    fn get_physical_compaction(&self) -> AntichainRef<'_, B::Time> {
        self.physical.borrow()
    }

    fn map_batches(&self, mut visit: impl FnMut(&B)) {
        for level in &self.levels {
            level.visit(&mut visit);
        }
        self.waiting.iter().for_each(visit);
    }

    fn read_upper(&self, target: &mut Antichain<B::Time>) {
        target.clone_from(&self.upper);
    }
}

/// Moves a frontier, which never goes back.
fn advance<T: Timestamp>(
    which: &str,
    current: &mut Antichain<T>,
    frontier: AntichainRef<'_, T>,
) -> Result<(), TraceError> {
    if !PartialOrder::less_equal(&current.borrow(), &frontier) {
        return Err(TraceError::regress(which, current, &frontier));
    }
    *current = frontier.to_owned();
    Ok(())
}

impl<B: Batch, E: Events + Default> Default for Spine<B, E> {
    fn default() -> Self {
        Spine::with_events(E::default())
    }
}

impl<B: Batch, E: Events> Trace for Spine<B, E> {
    fn try_insert(&mut self, batch: B) -> Result<(), TraceError> {
        if *batch.lower() != self.upper {
            return Err(TraceError::gap(&self.upper, batch.lower()));
        }
        if !PartialOrder::less_than(batch.lower(), batch.upper()) {
            return Err(TraceError::no_time(batch.lower(), batch.upper()));
        }
        let len = batch.len();
        self.upper.clone_from(batch.upper());
        if len > 0 {
            self.events.event(Event::Batch { len });
            self.counters.updates_inserted += len;
            self.updates += len;
        }
        let free = self.waiting.is_empty();
        if free && (len == 0 || PartialOrder::less_equal(batch.upper(), &self.physical)) {
            self.let_in(batch);
        } else {
            self.push_waiting(batch);
        }
        if self.logical.is_empty() {
            self.release();
        } else if len > 0 {
            let fuel = self.policy.fuel(len, self.updates);
            let fuel = fuel.max(self.debt.min(fuel.saturating_mul(2)));
            self.debt = self.debt.saturating_sub(fuel);
            self.work(fuel, false);
        } else {
            self.free(DROPPED_AT_ONCE);
        }
        Ok(())
    }

    fn exert(&mut self) -> Progress {
        self.admit();
        let Some(effort) = (self.exert_logic)(&self.levels()) else { return Progress::Done };
        self.work(effort, true);
        match (self.exert_logic)(&self.levels()) {
            Some(_) if effort > 0 && self.has_work() => Progress::Working,
            _ => Progress::Done,
        }
    }

    fn set_exert_logic(&mut self, logic: ExertLogic) {
        self.exert_logic = logic;
    }

    fn close(&mut self) {
        if !self.upper.is_empty() {
            let description = Description::new(self.upper.clone(), Antichain::new());
            self.try_insert(B::empty(description)).expect("a trace that has not ended can be ended");
        }
    }
}

impl<B: Batch, E: Events> Drop for Spine<B, E> {
    fn drop(&mut self) {
        self.tell_dropped();
    }
}

impl<B: Batch, E: Events> fmt::Debug for Spine<B, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spine")
            .field("upper", &self.upper)
            .field("logical", &self.logical)
            .field("physical", &self.physical)
            .field("levels", &self.levels())
            .field("waiting", &self.waiting.len())
            .finish_non_exhaustive()
    }
}

/// The table of levels: see [`Report`].
impl<B: Batch, E: Events> fmt::Display for Spine<B, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.report().fmt(f)
    }
}
