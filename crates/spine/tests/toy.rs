//! The spine over a toy batch, which shows that it needs no more than the traits.

use arrangement_spine::{Geometric, LevelState, MergePolicy, MergeReport, Report, Spine};
use arrangement_trace::{
    Antichain, AntichainRef, Batch, BatchReader, Cursor, Description, Event, Events, LevelSummary, Merger,
    Native, PartSizes, Progress, Sizes, Trace, TraceReader,
};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

/// Keys, in order, each with a count; times are not kept. Merging sums, and drops zeros.
#[derive(Clone, Debug)]
struct Toy {
    rows: Rc<Vec<(u64, i64)>>,
    description: Description<u64>,
}

fn toy(lower: u64, rows: impl IntoIterator<Item = (u64, i64)>) -> Toy {
    let bound = Antichain::from_elem;
    Toy {
        rows: Rc::new(rows.into_iter().collect()),
        description: Description::new(bound(lower), bound(lower + 1)),
    }
}

#[derive(Clone, Default)]
struct ToyCursor {
    at: usize,
    past_val: bool,
}

impl Cursor for ToyCursor {
    type Key = Vec<u64>;
    type Val = Vec<()>;
    type Time = u64;
    type Diff = i64;
    type Storage = Toy;
    fn key_valid(&self, toy: &Toy) -> bool {
        self.at < toy.rows.len()
    }
    fn val_valid(&self, toy: &Toy) -> bool {
        self.key_valid(toy) && !self.past_val
    }
    fn get_key<'a>(&self, toy: &'a Toy) -> Option<&'a u64> {
        toy.rows.get(self.at).map(|row| &row.0)
    }
    fn get_val<'a>(&self, toy: &'a Toy) -> Option<&'a ()> {
        self.val_valid(toy).then_some(&())
    }
    fn map_times(&mut self, toy: &Toy, mut logic: impl FnMut(&u64, &i64)) {
        if self.val_valid(toy) {
            logic(&0, &toy.rows[self.at].1);
        }
    }
    fn step_key(&mut self, toy: &Toy) {
        (self.at, self.past_val) = ((self.at + 1).min(toy.rows.len()), false);
    }
    fn seek_key(&mut self, toy: &Toy, key: &u64) {
        self.past_val = false;
        self.at = toy.rows.partition_point(|row| row.0 < *key).max(self.at);
    }
    fn step_val(&mut self, _: &Toy) {
        self.past_val = true;
    }
    fn seek_val(&mut self, _: &Toy, _: &()) {}
    fn rewind_keys(&mut self, _: &Toy) {
        *self = ToyCursor::default();
    }
    fn rewind_vals(&mut self, _: &Toy) {
        self.past_val = false;
    }
    fn step_key_back(&mut self, _: &Toy) -> bool {
        let moves = self.at > 0;
        (self.at, self.past_val) = (self.at - moves as usize, false);
        moves
    }
    fn end_keys(&mut self, toy: &Toy) {
        (self.at, self.past_val) = (toy.rows.len(), false);
    }
    fn step_val_back(&mut self, _: &Toy) -> bool {
        std::mem::take(&mut self.past_val)
    }
    fn end_vals(&mut self, toy: &Toy) {
        self.past_val = self.key_valid(toy);
    }
}

impl BatchReader for Toy {
    type Key = Vec<u64>;
    type Val = Vec<()>;
    type Time = u64;
    type Diff = i64;
    type Algebra = Native;
    type Cursor = ToyCursor;
    fn cursor(&self) -> ToyCursor {
        ToyCursor::default()
    }
    fn len(&self) -> usize {
        self.rows.len()
    }
    fn description(&self) -> &Description<u64> {
        &self.description
    }
}

struct ToyMerger {
    at: [usize; 2],
    rows: Vec<(u64, i64)>,
    description: Description<u64>,
}

impl Merger<Toy> for ToyMerger {
    fn new(older: &Toy, newer: &Toy, since: AntichainRef<'_, u64>) -> Self {
        let (lower, upper) = (older.lower().clone(), newer.upper().clone());
        ToyMerger {
            at: [0; 2],
            rows: vec![],
            description: Description::with_since(lower, upper, since.to_owned()),
        }
    }
    fn work(&mut self, older: &Toy, newer: &Toy, fuel: &mut usize) -> Progress {
        while self.at != [older.len(), newer.len()] {
            if *fuel == 0 {
                return Progress::Working;
            }
            let (a, b) = (older.rows.get(self.at[0]), newer.rows.get(self.at[1]));
            let side = a.is_none_or(|a| b.is_some_and(|b| b.0 < a.0)) as usize;
            let (key, diff) = *[a, b][side].expect("one side has a row");
            match self.rows.last_mut() {
                Some(last) if last.0 == key => last.1 += diff,
                _ => self.rows.push((key, diff)),
            }
            self.at[side] += 1;
            *fuel -= 1;
        }
        self.rows.retain(|row| row.1 != 0);
        Progress::Done
    }
    fn done(self) -> Toy {
        Toy { rows: Rc::new(self.rows), description: self.description }
    }
    fn sizes(&self) -> PartSizes {
        sizes(&self.rows)
    }
}

impl Batch for Toy {
    type Merger = ToyMerger;
    fn empty(description: Description<u64>) -> Self {
        Toy { rows: Rc::default(), description }
    }
    fn with_description(&self, description: Description<u64>) -> Self {
        Toy { rows: self.rows.clone(), description }
    }
    fn release(&mut self, updates: usize) -> bool {
        let Some(rows) = Rc::get_mut(&mut self.rows) else { return false };
        let freed = rows.len().min(updates);
        rows.truncate(rows.len() - freed);
        FREED.with_borrow_mut(|all| all.push(freed));
        !rows.is_empty()
    }
    fn sizes(&self) -> PartSizes {
        sizes(&self.rows)
    }
}

/// The sizes of rows, each of which is a key with one update.
fn sizes(rows: &[(u64, i64)]) -> PartSizes {
    let updates = Sizes::of_buffer(rows.len(), size_of::<(u64, i64)>(), rows.len());
    let keys = Sizes { records: rows.len(), ..Sizes::default() };
    PartSizes { keys, updates, ..PartSizes::default() }
}

thread_local! {
    /// The rows that each call of [`Toy::release`] freed.
    static FREED: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// What was merged is dropped by the insertions that follow, each its share, unless somebody else holds it.
#[test]
fn what_was_merged_is_dropped_bit_by_bit() {
    const AT_ONCE: usize = 1 << 13;
    struct Large(Rc<Cell<usize>>);
    impl Events for Large {
        fn event(&mut self, event: Event) {
            if let Event::Dropped { len } = event
                && len > AT_ONCE
            {
                self.0.set(self.0.get() + len);
            }
        }
    }
    for held in [false, true] {
        let large = Rc::new(Cell::new(0));
        let mut spine = Spine::<Toy, Large>::with_events(Large(large.clone()));
        let mut readers = Vec::new();
        for epoch in 0..1000 {
            let before = FREED.take();
            spine.insert(toy(epoch, (0..100).map(|k| (100 * epoch + k, 1))));
            release(&mut spine, epoch + 1);
            // An insertion drops twice what it may read, and reads up to twice its own, for what was let in late.
            let most = 4 * Geometric::default().fuel(100, spine.updates_len());
            assert!(FREED.with_borrow(|freed| freed.iter().sum::<usize>()) <= most);
            FREED.with_borrow_mut(|freed| freed.extend(before));
            if held {
                readers.push(spine.cursor());
            }
        }
        while spine.exert() == Progress::Working {}
        assert!(large.get() > 200_000);
        let freed: usize = FREED.take().into_iter().sum();
        if held {
            // What came and went within one insertion nobody could hold.
            assert!(freed < large.get() / 2, "{freed}");
        } else {
            assert_eq!(freed, large.get());
        }
    }
}

fn release(spine: &mut Spine<Toy, impl Events>, upper: u64) {
    spine.set_physical_compaction(Antichain::from_elem(upper).borrow());
    spine.set_logical_compaction(Antichain::from_elem(upper).borrow());
}

/// Views read a batch whose cursor has nothing but what it must, from both ends; what sums to zero over batches is not
/// shown.
#[test]
fn views_need_no_more_than_the_traits() {
    let mut spine = Spine::<Toy>::new();
    spine.insert(toy(0, [(1, 1), (2, 1), (4, 1)]));
    spine.insert(toy(1, [(2, -1), (3, 1)]));
    let snapshot = arrangement_trace::Snapshot::through(&spine, Antichain::from_elem(2).borrow())
        .expect("the trace ends there");
    let view = snapshot.view();
    let now = view.as_of(&1).expect("the time is known");
    assert!(now.keys().eq(&[1, 3, 4]) && now.keys().rev().eq(&[4, 3, 1]));
    assert!(now.range(2..4).rows().map(|(key, _, diff)| (*key, diff)).eq([(3, 1)]));
    assert_eq!((now.key_not_greater(&2), now.key_not_less(&2)), (Some(&1), Some(&3)));
    assert!(now.get(&2).next().is_none() && now.get(&3).next_back() == Some((&(), 1)));
    assert!(now.lookup(&[4, 2, 1]).map(|row| row.0).eq([0, 2]));

    let (mut cursor, batches) = (snapshot.cursor(), snapshot.batches());
    cursor.skip_keys_while(batches, |key| *key < 3);
    assert_eq!(cursor.get_key(batches), Some(&3));
    assert!(cursor.seek_key_back(batches, &2) && cursor.get_key(batches) == Some(&2));
    assert!(!cursor.seek_key_back(batches, &0) && cursor.get_key(batches) == Some(&1));
    assert_eq!(cursor.seek_key_counted(batches, &3), None);
}

#[test]
fn an_insertion_reads_what_its_length_allows_and_levels_stay_few() {
    let mut spine = Spine::<Toy>::new();
    let mut key = 0;
    for epoch in 0..4000u64 {
        // Sizes of every kind, among them one that dwarfs the others.
        let len = if epoch == 1000 { 50_000 } else { 1 + epoch % 7 * (epoch % 11) };
        release(&mut spine, epoch + 1);
        let before = spine.counters().updates_read;
        spine.insert(toy(epoch, (key..key + len).map(|k| (k, 1))));
        key += len;
        let read = spine.counters().updates_read - before;
        let bound = Geometric::default().fuel(len as usize, spine.updates_len());
        assert!(read <= bound, "{len} inserted, {read} read of {bound}");
        assert!(spine.levels().len() <= 2 * key.ilog2() as usize + 2, "{spine:?}");
    }
    let all = spine.cursor();
    assert_eq!(all.1.iter().map(Toy::len).sum::<usize>(), key as usize);
    // Each update is read about once for each class it rises through.
    assert!(spine.counters().updates_read < 17 * key as usize);
}

/// Where the physical frontier trails by a batch, as a dataflow's does, what is let in late is paid for once.
#[test]
fn a_frontier_that_trails_costs_no_more() {
    let mut spine = Spine::<Toy>::new();
    for epoch in 0..3000 {
        let before = spine.counters().updates_read;
        spine.insert(toy(epoch, (0..50).map(|k| (50 * epoch + k, 1))));
        let (read, bound) =
            (spine.counters().updates_read - before, Geometric::default().fuel(50, spine.updates_len()));
        assert!(read <= bound, "{read} read of {bound}");
        release(&mut spine, epoch + 1);
        assert!(spine.levels().len() <= 20, "{spine:?}");
    }
    assert!(spine.counters().updates_read > 10 * spine.updates_len());
}

#[test]
fn exertion_reduces_the_trace_to_one_batch_and_cancelled_ones_to_none() {
    for (diff, left) in [(1, 1), (-1, 0)] {
        let mut spine = Spine::<Toy>::new();
        for epoch in 0..9 {
            spine.insert(toy(epoch, [(1, if epoch == 8 { 8 * diff } else { 1 }), (2 + epoch, 0)]));
        }
        release(&mut spine, 9);
        while spine.exert() == Progress::Working {}
        let mut upper = Antichain::new();
        spine.read_upper(&mut upper);
        assert_eq!(upper, Antichain::from_elem(9));
        let levels = spine.levels();
        assert_eq!(levels.iter().map(|level| level.batches).sum::<usize>(), left, "{levels:?}");
        assert_eq!(levels.len(), 1);
    }
}

#[derive(Debug)]
struct Never;
impl MergePolicy for Never {
    fn choose(&self, _: &[LevelSummary]) -> Option<usize> {
        None
    }
    fn fuel(&self, _: usize, _: usize) -> usize {
        0
    }
}

#[test]
fn another_policy_is_obeyed() {
    let mut spine = Spine::<Toy>::new();
    spine.set_policy(Box::new(Never));
    for epoch in 0..100 {
        release(&mut spine, epoch + 1);
        spine.insert(toy(epoch, [(epoch, 1)]));
    }
    assert_eq!(spine.levels().len(), 100);
    spine.set_exert_logic(Arc::new(|_| None));
    assert_eq!(spine.exert(), Progress::Done);
    assert_eq!(spine.counters().updates_read, 0);
    spine.set_policy(Box::new(Geometric::default()));
    release(&mut spine, 101);
    spine.insert(toy(100, [(100, 1)]));
    spine.set_exert_logic(Arc::new(|_| Some(usize::MAX)));
    assert_eq!(spine.exert(), Progress::Done);
    assert_eq!(spine.levels(), [LevelSummary { batches: 1, updates: 101 }]);
}

struct Count(Rc<Cell<isize>>);
impl Events for Count {
    fn event(&mut self, event: Event) {
        let by = match event {
            Event::Batch { len } | Event::Merged { len, .. } => len as isize,
            Event::Dropped { len } => -(len as isize),
            _ => 0,
        };
        self.0.set(self.0.get() + by);
    }
}

/// Batches held back by the physical frontier merge once it moves, few at a time.
#[test]
fn what_was_held_back_is_merged_bit_by_bit() {
    let held = Rc::new(Cell::new(0));
    let mut spine = Spine::<Toy, Count>::with_events(Count(held.clone()));
    for epoch in 0..5000 {
        spine.insert(toy(epoch, [(epoch, 1)]));
    }
    assert_eq!((held.get(), spine.waiting_len()), (5000, 5000));
    let before = spine.counters().updates_read;
    release(&mut spine, 5000);
    assert_eq!(spine.counters().updates_read, before, "moving a frontier merges nothing");
    for epoch in 5000..10_000 {
        let before = spine.counters().updates_read;
        release(&mut spine, epoch + 1);
        spine.insert(toy(epoch, [(epoch, 1)]));
        let bound = 2 * Geometric::default().fuel(1, spine.updates_len());
        assert!(spine.counters().updates_read - before <= bound);
        assert!(spine.levels().len() <= 128);
    }
    assert_eq!(spine.waiting_len(), 0);
    assert!(spine.levels().len() < 30, "{spine:?}");
    drop(spine);
    assert_eq!(held.get(), 0);
}

/// A policy whose insertions merge neighbours of any length, two updates at a time.
#[derive(Debug)]
struct Slow;
impl MergePolicy for Slow {
    fn choose(&self, levels: &[LevelSummary]) -> Option<usize> {
        (1..levels.len())
            .find(|&index| levels[index - 1].batches == 1 && levels[index].batches == 1)
            .map(|i| i - 1)
    }
    fn fuel(&self, _: usize, _: usize) -> usize {
        2
    }
}

/// The report tells of each batch, how far each merge has come, and what waits; the text is its table.
#[test]
fn a_report_shows_levels_merges_and_what_waits() {
    let mut spine = Spine::<Toy>::new();
    assert_eq!(
        spine.to_string(),
        "level  holds  keys  updates  used  reserved  lower  upper  since  merge\n\
         readable from {0}, batches may merge up to {0}, ends at {0}"
    );
    spine.set_policy(Box::new(Slow));
    release(&mut spine, 3);
    spine.insert(toy(0, (0..1000).map(|key| (key, 1))));
    spine.insert(toy(1, (500..600).map(|key| (key, 1))));
    spine.insert(toy(2, []));
    spine.insert(toy(3, [(7, 1)]));
    spine.insert(toy(4, [(7, 1), (8, 1)]));

    let report: Report<u64> = spine.report();
    let states: Vec<LevelState> = report.levels.iter().map(|level| level.state).collect();
    let merge = MergeReport { updates_read: 6, updates_len: 1100, sizes: sizes(&[(0, 1); 6]) };
    use LevelState::{Empty, Merging, Waiting};
    assert_eq!(states, [Merging(merge), Empty, Waiting, Waiting]);
    let lens = |batches: &[arrangement_spine::BatchReport<u64>]| -> Vec<usize> {
        batches.iter().map(|batch| batch.sizes.updates.records).collect()
    };
    let updates: Vec<Vec<usize>> = report.levels.iter().map(|level| lens(&level.batches)).collect();
    assert_eq!(updates, [vec![1000, 100], vec![], vec![1], vec![2]]);
    assert_eq!(report.sizes(), spine.sizes());
    assert_eq!(spine.merging_sizes(), merge.sizes);
    let bounds: Vec<String> = report.levels.iter().map(|level| level.description.to_string()).collect();
    assert_eq!(
        bounds,
        ["[{0}, {2}) since {0}", "[{2}, {3}) since {0}", "[{3}, {4}) since {0}", "[{4}, {5}) since {0}"]
    );

    let expected = "\
level  holds       keys  updates      used  reserved  lower  upper  since  merge
0      merge      1,100    1,100  17.3 KiB  17.3 KiB  {0}    {2}    {0}    6 of 1,100 read
         older    1,000    1,000  15.6 KiB  15.6 KiB  {0}    {1}    {0}
         newer      100      100    1600 B    1600 B  {1}    {2}    {0}
1      no update      0        0       0 B       0 B  {2}    {3}    {0}
       2 waiting      3        3      48 B      48 B  {3}    {5}    {0}
readable from {3}, batches may merge up to {3}, ends at {5}";
    assert_eq!(spine.to_string(), expected, "\n{spine}");
}
