//! Spines driven by hand, through differential dataflow's traits: cuts, bounds, compaction and merging.

use arrangement_differential::{Batch, OrdValBatcher, OrdValSpine};
use differential_dataflow::batcher::{Batcher, Extract};
use differential_dataflow::trace::cursor::cursor_list;
use differential_dataflow::trace::{Cursor, Description, Span, SpanOf, Trace, TraceReader};
use std::sync::Arc;
use timely::dataflow::operators::generic::OperatorInfo;
use timely::progress::frontier::{Antichain, AntichainRef};

type Tr = OrdValSpine<u64, u64, u64, isize>;
type Rows = Vec<((u64, u64), u64, isize)>;

/// A trace, with the batcher that feeds it.
struct Fed {
    trace: Tr,
    batcher: OrdValBatcher<u64, u64, u64, isize>,
    upper: Antichain<u64>,
}

impl Fed {
    fn new() -> Self {
        let info = OperatorInfo::new(0, 0, [0].into());
        Fed {
            trace: Tr::new(info, None, None),
            batcher: OrdValBatcher::new(None, 0),
            upper: Antichain::from_elem(0),
        }
    }

    /// A trace of one update in each of so many epochs.
    fn of(epochs: u64) -> Self {
        let mut fed = Fed::new();
        (0..epochs).for_each(|time| fed.seal(vec![((time % 7, time), time, 1)], time + 1));
        fed
    }

    /// The span of what is dated before `upper`.
    fn span(&mut self, mut updates: Rows, upper: u64) -> SpanOf<Tr> {
        let upper = Antichain::from_elem(upper);
        self.batcher.insert(&mut updates);
        let (batch, _) = self.batcher.extract(upper.borrow());
        let lower = std::mem::replace(&mut self.upper, upper.clone());
        Span::new(Description::new(lower, upper, Antichain::from_elem(0)), batch)
    }

    fn seal(&mut self, updates: Rows, upper: u64) {
        let span = self.span(updates, upper);
        self.trace.insert(span);
    }

    fn compact(&mut self, time: u64) {
        self.trace.set_logical_compaction(AntichainRef::new(&[time]));
        self.trace.set_physical_compaction(AntichainRef::new(&[time]));
    }

    /// The bounds of the trace's spans.
    fn bounds(&self) -> Vec<(Vec<u64>, Vec<u64>)> {
        let mut bounds = Vec::new();
        self.trace.map_spans(|span| bounds.push((span.lower().to_vec(), span.upper().to_vec())));
        bounds
    }

    /// The batches of what is before `upper`.
    fn through(&mut self, upper: &[u64]) -> Option<Vec<Batch<Storage>>> {
        self.trace.batches_through(AntichainRef::new(upper))
    }
}

type Storage =
    arrangement_batch::OrdValStorage<arrangement_container::Vector<((u64, u64), u64, isize), Algebra>>;
type Algebra = arrangement_differential::DifferentialAlgebra;

/// The updates of batches, in order of key and val.
fn read(batches: Vec<Batch<Storage>>) -> Rows {
    let (mut cursor, storage) = cursor_list(batches);
    let rows = cursor.to_vec(&storage, |key| *key, |val| *val);
    rows.into_iter().flat_map(|(data, pairs)| pairs.into_iter().map(move |(t, r)| (data, t, r))).collect()
}

/// R54, R55: a trace is cut at the minimum, at bounds of batches, and inside empty time; nowhere else.
#[test]
fn r54_r55_a_trace_is_cut_at_bounds_and_in_empty_time() {
    let mut fed = Fed::new();
    fed.seal(vec![((1, 1), 0, 1)], 2);
    fed.seal(vec![], 4);
    fed.seal(vec![], 8);
    fed.seal(vec![((2, 2), 8, 1)], 10);
    let lens = |fed: &mut Fed, upper: &[u64]| fed.through(upper).map(|batches| batches.len());
    assert_eq!(lens(&mut fed, &[0]), Some(0));
    for upper in [2, 4, 5, 8] {
        assert_eq!(lens(&mut fed, &[upper]), Some(1), "before {upper}");
    }
    assert_eq!((lens(&mut fed, &[1]), lens(&mut fed, &[9])), (None, None), "a cut through a batch");
    assert_eq!((lens(&mut fed, &[10]), lens(&mut fed, &[])), (Some(2), Some(2)));
    fed.compact(5);
    assert_eq!(lens(&mut fed, &[4]), None, "a cut before the physical compaction frontier");
    assert_eq!(lens(&mut fed, &[0]), Some(0), "at the minimum there is always nothing");
}

/// Empty time is one span, but for a reader in its midst, who must find one that begins where it is.
#[test]
fn empty_time_is_taken_apart_where_the_slowest_reader_is() {
    let mut fed = Fed::new();
    (1..100).for_each(|upper| fed.seal(vec![], upper));
    assert_eq!(fed.bounds(), [(vec![0], vec![99])]);
    fed.trace.set_physical_compaction(AntichainRef::new(&[40]));
    assert_eq!(fed.bounds(), [(vec![0], vec![40]), (vec![40], vec![99])]);
    fed.trace.set_physical_compaction(AntichainRef::new(&[99]));
    assert_eq!(fed.bounds(), [(vec![0], vec![99])]);
}

/// R56: what merges to nothing leaves bounds that meet.
#[test]
fn r56_bounds_meet_where_all_cancelled() {
    let mut fed = Fed::new();
    for time in 0..40 {
        let diff = if time % 2 == 0 { 1 } else { -1 };
        fed.seal((0..10).map(|key| ((key, 0), time, diff)).collect(), time + 1);
        fed.compact(time + 1);
        let bounds = fed.bounds();
        assert_eq!(bounds[0].0, [0]);
        assert!(bounds.windows(2).all(|pair| pair[0].1 == pair[1].0), "{bounds:?}");
        assert_eq!(bounds.last().unwrap().1, [time + 1]);
    }
    exert_fully(&mut fed);
    assert_eq!(fed.trace.inner().updates_len(), 0, "what cancelled is kept");
    assert_eq!(fed.bounds(), [(vec![0], vec![40])]);
}

/// R57: a span that does not begin where the trace ends is refused, with both frontiers.
#[test]
#[should_panic(expected = "batch lower {2} is not the trace's upper {1}")]
fn r57_a_gap_is_refused() {
    let mut fed = Fed::of(1);
    fed.upper = Antichain::from_elem(2);
    let span = fed.span(vec![((0, 0), 2, 1)], 3);
    fed.trace.insert(span);
}

/// R53: an equal frontier is accepted.
#[test]
fn r53_equal_frontiers_are_accepted() {
    let mut fed = Fed::of(3);
    fed.compact(2);
    fed.compact(2);
    assert_eq!(*fed.trace.get_logical_compaction(), [2]);
    assert_eq!(*fed.trace.get_physical_compaction(), [2]);
}

/// R53: a frontier that goes back is refused, with both.
#[test]
#[should_panic(expected = "the logical compaction frontier can't go back from {2} to {1}")]
fn r53_logical_compaction_does_not_go_back() {
    let mut fed = Fed::of(3);
    fed.compact(2);
    fed.trace.set_logical_compaction(AntichainRef::new(&[1]));
}

/// R53, for the other frontier.
#[test]
#[should_panic(expected = "the physical compaction frontier can't go back from {2} to {1}")]
fn r53_physical_compaction_does_not_go_back() {
    let mut fed = Fed::of(3);
    fed.compact(2);
    fed.trace.set_physical_compaction(AntichainRef::new(&[1]));
}

/// Has a trace work until it no longer wants to, by the logic that differential dataflow configures.
fn exert_fully(fed: &mut Fed) {
    fed.trace.set_exert_logic(Arc::new(|levels| {
        let full = levels.iter().filter(|(_, _, updates)| *updates > 0).count();
        (full > 1 || levels.iter().any(|(_, batches, _)| *batches > 1)).then_some(50)
    }));
    (0..1000).for_each(|_| fed.trace.exert());
}

/// R58: what merges to nothing in the trace is still in the batches that were sent, for readers at finer times.
#[test]
fn r58_batches_that_were_sent_outlive_their_merge() {
    let mut fed = Fed::new();
    let sent = [(0, 1), (1, -1)].map(|(time, diff)| {
        let span = fed.span(vec![((7, 7), time, diff)], time + 1);
        fed.trace.insert(span.clone());
        span.inner.expect("there is an update")
    });
    fed.compact(2);
    exert_fully(&mut fed);
    assert_eq!(fed.trace.inner().updates_len(), 0);
    assert_eq!(read(sent.to_vec()), [((7, 7), 0, 1), ((7, 7), 1, -1)]);
}

/// R59: what an arrange operator must hold capabilities for is what its batcher keeps, after cancellation.
#[test]
fn r59_the_bound_of_what_is_kept_is_told_after_cancellation() {
    let mut batcher = OrdValBatcher::<u64, u64, u64, isize>::new(None, 0);
    batcher.insert(&mut vec![((1, 1), 5, 1), ((2, 2), 7, 1), ((3, 3), 0, 1)]);
    let (batch, kept) = batcher.extract(AntichainRef::new(&[1]));
    assert_eq!((read(batch.into_iter().collect()), kept.to_vec()), (vec![((3, 3), 0, 1)], vec![5]));
    batcher.insert(&mut vec![((1, 1), 5, -1)]);
    let (batch, kept) = batcher.extract(AntichainRef::new(&[4]));
    assert_eq!((batch.is_none(), kept.to_vec()), (true, vec![7]));
    let (batch, kept) = batcher.extract(AntichainRef::new(&[]));
    assert_eq!((read(batch.into_iter().collect()), kept.to_vec()), (vec![((2, 2), 7, 1)], vec![]));
}

/// R61: a trace whose input has ended still merges by hand.
#[test]
fn r61_a_trace_without_input_merges_by_hand() {
    let mut fed = Fed::of(300);
    fed.trace.close();
    fed.compact(300);
    fed.trace.set_physical_compaction(AntichainRef::new(&[]));
    exert_fully(&mut fed);
    let batches = fed.through(&[]).unwrap();
    assert_eq!(batches.len(), 1, "{:?}", fed.bounds());
    assert_eq!(read(batches).len(), 300);
    let mut upper = Antichain::new();
    fed.trace.read_upper(&mut upper);
    assert_eq!(upper, Antichain::new());
}

/// Without a logic of exertion nothing is done without input: differential dataflow's default.
#[test]
fn nothing_is_exerted_unasked() {
    let mut fed = Fed::new();
    fed.seal((0..100).map(|key| ((key, 0), 0, 1)).collect(), 1);
    fed.seal(vec![((0, 1), 1, 1)], 2);
    fed.compact(2);
    let read = fed.trace.inner().counters();
    (0..100).for_each(|_| fed.trace.exert());
    assert_eq!(fed.trace.inner().counters(), read);
    assert_eq!(fed.bounds().len(), 2);
}

/// A logic of exertion is shown each level: its order of magnitude, its batches and its updates, oldest first.
#[test]
fn a_logic_of_exertion_is_shown_the_levels() {
    let mut fed = Fed::new();
    fed.seal((0..100).map(|key| ((key, 0), 0, 1)).collect(), 1);
    fed.seal((0..5).map(|key| ((key, 1), 1, 1)).collect(), 2);
    fed.compact(2);
    let shown = Arc::new(std::sync::Mutex::new(Vec::new()));
    let levels = shown.clone();
    fed.trace.set_exert_logic(Arc::new(move |now| {
        levels.lock().unwrap().push(now.to_vec());
        None
    }));
    fed.trace.exert();
    assert_eq!(shown.lock().unwrap()[0], [(6, 1, 100), (2, 1, 5)]);
}

/// Of a history that nobody asks for any more, its sum is left, in few batches.
#[test]
fn a_trace_compacts_and_merges() {
    let mut fed = Fed::new();
    for time in 0..500 {
        // Each epoch replaces the vals of ten keys.
        let mut rows: Rows = (0..10).map(|key| ((key, time), time, 1)).collect();
        if time > 0 {
            rows.extend((0..10).map(|key| ((key, time - 1), time, -1)));
        }
        fed.seal(rows, time + 1);
        fed.compact(time + 1);
        assert!(fed.bounds().len() <= 12, "{} batches after {} epochs", fed.bounds().len(), time + 1);
    }
    let counters = fed.trace.inner().counters();
    assert!(counters.merges_done > 100, "{counters:?}");
    let kept = fed.trace.inner().updates_len();
    assert!(kept < 1000, "{kept} updates are kept of 9,990, of which 10 are left");
    exert_fully(&mut fed);
    let mut sum = read(fed.through(&[]).unwrap());
    assert!(sum.iter().all(|(_, _, diff)| *diff != 0), "an update of difference zero: {sum:?}");
    sum.iter_mut().for_each(|(_, time, _)| *time = 0);
    assert_eq!(sum, (0..10).map(|key| ((key, 499), 0, 1)).collect::<Rows>());
}

/// What cancels in one batch is not in it.
#[test]
fn batches_have_no_difference_of_zero() {
    let mut fed = Fed::new();
    let span = fed.span(vec![((1, 1), 0, 1), ((2, 1), 0, 1), ((1, 1), 0, -1), ((3, 1), 0, 0)], 1);
    assert_eq!(read(vec![span.inner.unwrap()]), [((2, 1), 0, 1)]);
    let span = fed.span(vec![((1, 1), 1, 1), ((1, 1), 1, -1)], 2);
    assert!(!span.has_updates(), "a batch of nothing: {span:?}");
}

/// Batches and streams share what is stored: nothing is copied on its way through the bridge.
#[test]
fn what_is_stored_is_shared_not_copied() {
    let mut fed = Fed::new();
    let span = fed.span((0..10).map(|key| ((key, 0), 0, 1)).collect(), 1);
    let sent = span.inner.clone().unwrap();
    fed.trace.insert(span);
    let held = fed.through(&[]).unwrap();
    assert!(std::ptr::eq(sent.storage(), held[0].storage()));
}
