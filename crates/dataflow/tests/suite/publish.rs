//! Snapshots read by other threads while the dataflow runs.

use crate::handles::{advance, arranged, frontier, idle};
use crate::support::execute;
use arrangement::dataflow::SnapshotReader;
use arrangement::{ArcShare, Cursor, OrdValSpine, PreferredSpine, TraceReader};

type Index = OrdValSpine<u64, u64, u64, i64, ArcShare>;
type IndexBatch = <Index as TraceReader>::Batch;

/// What is published can be sent and shared, whatever the backend.
#[test]
fn readers_are_send_and_sync() {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<SnapshotReader<IndexBatch>>();
    is_shared::<SnapshotReader<<PreferredSpine<str, [u8], u64, i64, ArcShare> as TraceReader>::Batch>>();
}

/// Each snapshot is whole: at any time that it is complete for, each key that was put in is there as often as it was.
#[test]
fn other_threads_see_consistent_snapshots() {
    const ROUNDS: u64 = 300;
    execute(1, |worker| {
        let (mut input, mut trace) = arranged::<Index>(worker);
        let reader = trace.publish();
        let threads: Vec<_> = (0..3)
            .map(|_| {
                let reader = reader.clone();
                std::thread::spawn(move || {
                    let (mut seen, mut last) = (0, 0);
                    loop {
                        let latest = reader.latest();
                        let upper = latest.upper().iter().next().copied();
                        let updates = latest.cursor().to_updates(latest.batches());
                        let complete = upper.unwrap_or(ROUNDS);
                        assert!(complete >= last, "snapshots go forward");
                        let sum: i64 = updates.iter().map(|update| update.2).sum();
                        assert_eq!(sum as u64, complete * 10, "ten updates for each round");
                        let since = latest.since().iter().next().copied().unwrap_or(0);
                        assert!(updates.iter().all(|update| update.1 < complete.max(since + 1)));
                        seen += (complete > last) as usize;
                        last = complete;
                        if upper.is_none() {
                            return seen;
                        }
                    }
                })
            })
            .collect();
        for time in 0..ROUNDS {
            (0..10).for_each(|key| input.send(((key, 1), time, 1)));
            advance(worker, &mut input, &trace, time + 1);
            trace.set_logical_compaction(frontier(time).borrow());
            trace.set_physical_compaction(frontier(time).borrow());
        }
        input.close();
        while worker.has_dataflows() {
            worker.step();
        }
        for thread in threads {
            assert!(thread.join().expect("a reader panicked") > 0);
        }
        Vec::<()>::new()
    });
}

/// A snapshot stays as it is; what is published follows merges and compaction, and ends with the trace.
#[test]
fn snapshots_stay_and_publications_follow() {
    execute(1, |worker| {
        let (mut input, mut trace) = arranged::<Index>(worker);
        let reader = trace.publish();
        for time in 0..10 {
            input.send(((1, 1), time, 1));
            advance(worker, &mut input, &trace, time + 1);
        }
        let early = reader.latest();
        assert_eq!(early.batches().len(), 10);
        trace.set_logical_compaction(frontier(10).borrow());
        trace.set_physical_compaction(frontier(10).borrow());
        idle(worker);
        let late = reader.latest();
        assert_eq!((late.batches().len(), early.batches().len()), (1, 10));
        assert_eq!((late.since(), late.upper()), (&frontier(10), &frontier(10)));
        assert_eq!(late.cursor().to_updates(late.batches()), [((1, 1), 10, 10)]);
        assert!(reader.is_live());
        drop((trace, input));
        assert!(!reader.is_live());
        while worker.has_dataflows() {
            worker.step();
        }
        assert_eq!(reader.latest().upper().elements().len(), 1, "the last one stays");
        Vec::<()>::new()
    });
}
