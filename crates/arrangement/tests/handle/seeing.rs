//! Sizes, the table of levels, and metrics.

use arrangement::spine::{Counters, LevelState};
use arrangement::trace::Event;
use arrangement::{Arrangement, ArrangementSizes, Metrics, OrdValSpine, Progress};
use std::sync::{Arc, Mutex};

type Numbers = OrdValSpine<u64, u64, u64, i64>;

#[test]
fn sizes_tell_where_updates_are() {
    let mut index = Arrangement::<Numbers>::new();
    assert_eq!(index.sizes(), ArrangementSizes::default());
    index.extend((0..1000).map(|key| ((key % 100, key), 0, 1))).unwrap();
    let sizes = index.sizes();
    assert_eq!((sizes.batcher.records, sizes.batches.updates.records), (1000, 0));
    assert!(sizes.batcher.bytes_used >= 16_000 && sizes.batcher.bytes_reserved >= sizes.batcher.bytes_used);
    index.advance_to(1).unwrap();
    let sizes = index.sizes();
    assert_eq!(sizes.batcher.records, 0);
    let batches = sizes.batches;
    assert_eq!([batches.keys, batches.vals, batches.updates].map(|part| part.records), [100, 1000, 1000]);
    assert_eq!(sizes.total().records, 1000);
    assert!(batches.total().bytes_used >= 8 * 1100);
    // A merge in progress is counted apart from the batches that it reads.
    let mut index = Arrangement::<Numbers>::builder().exert_logic(|_| Some(300)).build();
    for (time, len) in [(0, 1000), (1, 100)] {
        index.extend((0..len).map(|key| ((key, time), time, 1))).unwrap();
        index.advance_to(time + 1).unwrap();
    }
    assert_eq!(index.exert(), Progress::Working);
    let sizes = index.sizes();
    assert_eq!(sizes.batches.updates.records, 1100);
    assert!((100..=400).contains(&sizes.merging.updates.records), "{sizes:?}");
    let LevelState::Merging(merge) = index.report().levels[0].state else { panic!("no merge:\n{index}") };
    assert_eq!((merge.updates_len, merge.sizes), (1100, sizes.merging));
    assert!((100..=400).contains(&merge.updates_read));
}

#[test]
fn an_arrangement_prints_as_a_table_of_levels() {
    let mut index = Arrangement::<Numbers>::new();
    index.extend((0..1000).map(|key| ((key % 100, key), 0, 1))).unwrap();
    index.advance_to(1).unwrap();
    index.insert(7, 7, 5).unwrap();
    index.advance_to(4).unwrap();
    let text = index.to_string();
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    let names = ["level", "holds", "keys", "updates", "used", "reserved", "lower", "upper", "since", "merge"];
    assert_eq!(lines[0], names);
    assert_eq!(lines[1][..4], ["0", "batch", "100", "1,000"]);
    assert_eq!(lines[1][8..], ["{0}", "{1}", "{0}"]);
    assert_eq!(lines[2], ["1", "no", "update", "0", "0", "0", "B", "0", "B", "{1}", "{4}", "{0}"]);
    let last = "readable from {0}, batches may merge up to {4}, ends at {4}, 1 updates not sealed";
    assert_eq!(text.lines().last(), Some(last));
    assert_eq!(lines.len(), 4);
}

/// What was told.
#[derive(Default)]
struct Told {
    held: isize,
    merging: isize,
    events: usize,
    state: Option<(ArrangementSizes, Counters)>,
}

struct Listener(Arc<Mutex<Told>>);

impl Metrics for Listener {
    fn event(&mut self, event: Event) {
        let mut told = self.0.lock().unwrap();
        told.events += 1;
        match event {
            Event::Batch { len } => told.held += len as isize,
            Event::Merged { len, .. } => {
                (told.held, told.merging) = (told.held + len as isize, told.merging - 1)
            }
            Event::Dropped { len } => told.held -= len as isize,
            Event::MergeStarted { .. } => told.merging += 1,
            Event::MergeAbandoned { .. } => told.merging -= 1,
        }
    }
    fn state(&mut self, sizes: &ArrangementSizes, counters: &Counters) {
        self.0.lock().unwrap().state = Some((*sizes, *counters));
    }
}

/// R60, through the handle: what is told agrees with what is asked at every step, and balances to nothing.
#[test]
fn metrics_are_told_of_every_change_and_balance() {
    let told = Arc::new(Mutex::new(Told::default()));
    let mut index = Arrangement::<Numbers>::builder().metrics(Listener(told.clone())).build();
    for time in 0..50 {
        index.extend((0..20 + time % 7).map(|key| ((key, time), time, 1))).unwrap();
        index.advance_to(time + 1).unwrap();
        let check = |index: &Arrangement<Numbers>| {
            let told = told.lock().unwrap();
            assert_eq!(told.state, Some((index.sizes(), index.counters())));
            assert_eq!(told.held, index.sizes().batches.updates.records as isize);
        };
        check(&index);
        index.compact_to(time).unwrap();
        check(&index);
        let _: Progress = index.exert();
        check(&index);
    }
    drop(index);
    let told = told.lock().unwrap();
    assert!(told.events > 100);
    assert_eq!((told.held, told.merging), (0, 0));
}
