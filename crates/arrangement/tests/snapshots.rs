//! Snapshots that other threads read while the trace goes on.

use arrangement::trace::Snapshot;
use arrangement::{
    Antichain, ArcShare, Batcher, OrdKeySpine, OrdValSpine, Pipeline, PreferredSpine, Trace, TraceReader,
};
use std::sync::{Arc, mpsc};

type Index = OrdValSpine<u64, u64, u64, i64, ArcShare>;
type Shared = Snapshot<<Index as TraceReader>::Batch>;

/// How many vals there are at any time from here on: at each time one comes, and one that old goes.
const LIVE: u64 = 40;
const KEYS: u64 = 7;
const TIMES: u64 = 400;
const READERS: usize = 8;

/// The rows as of a time: val `n` came at time `n`.
fn rows_at(time: u64) -> Vec<(u64, u64)> {
    let mut rows: Vec<_> = ((time + 1).saturating_sub(LIVE)..=time).map(|n| (n % KEYS, n)).collect();
    rows.sort();
    rows
}

/// Appends the updates of one time.
fn append(index: &mut Index, batcher: &mut <Index as Pipeline>::Batcher, time: u64) {
    let mut updates = vec![((time % KEYS, time), time, 1)];
    updates.extend(time.checked_sub(LIVE).map(|old| ((old % KEYS, old), time, -1)));
    batcher.push(&mut updates);
    index.insert(batcher.seal::<<Index as Pipeline>::Builder>(Antichain::from_elem(time + 1)));
}

fn snapshot(index: &Index, upper: u64) -> Shared {
    Snapshot::through(index, Antichain::from_elem(upper).borrow()).expect("each time is a cut")
}

/// Reads a snapshot at all its times, from both ends.
fn check(snapshot: &Shared) {
    let (since, upper) = (snapshot.since()[0], snapshot.upper()[0]);
    assert!(snapshot.view().as_of(&upper).is_err());
    for time in since..upper {
        let now = snapshot.view().as_of(&time).unwrap();
        let expected = rows_at(time);
        assert!(
            now.rows().map(|(key, val, diff)| (*key, *val, diff)).eq(expected.iter().map(|r| (r.0, r.1, 1)))
        );
        assert!(now.rows().rev().map(|(key, val, _)| (*key, *val)).eq(expected.iter().rev().copied()));
        assert!(now.get(&(time % KEYS)).any(|(val, _)| *val == time));
    }
}

#[test]
fn many_threads_read_while_one_writes_and_compacts() {
    std::thread::scope(|scope| {
        let readers: Vec<mpsc::Sender<Shared>> = (0..READERS)
            .map(|reader| {
                let (sender, receiver) = mpsc::channel::<Shared>();
                scope.spawn(move || {
                    // Each holds on to some snapshots for a while, and reads them again.
                    let mut held: Vec<Shared> = Vec::new();
                    for snapshot in receiver {
                        check(&snapshot);
                        held.push(snapshot);
                        if held.len() > reader {
                            held.drain(..).for_each(|snapshot| check(&snapshot));
                        }
                    }
                });
                sender
            })
            .collect();
        let (mut index, mut batcher) = (Index::new(), <Index as Pipeline>::Batcher::new());
        index.set_exert_logic(Arc::new(|_| Some(20)));
        for time in 0..TIMES {
            append(&mut index, &mut batcher, time);
            let since = Antichain::from_elem(time.saturating_sub(5));
            index.set_logical_compaction(since.borrow());
            index.set_physical_compaction(since.borrow());
            let _ = index.exert();
            if time % 5 == 0 {
                let snapshot = snapshot(&index, time + 1);
                readers.iter().for_each(|reader| reader.send(snapshot.clone()).expect("readers wait"));
            }
        }
    });
}

#[test]
fn a_snapshot_keeps_the_batches_that_it_holds_and_no_others() {
    let (mut index, mut batcher) = (Index::new(), <Index as Pipeline>::Batcher::new());
    let mut kept = None;
    let mut weak = Vec::new();
    for time in 0..TIMES {
        append(&mut index, &mut batcher, time);
        let frontier = Antichain::from_elem(time);
        index.set_logical_compaction(frontier.borrow());
        index.set_physical_compaction(frontier.borrow());
        let now = snapshot(&index, time + 1);
        weak.push(now.batches().iter().map(|b| b.storage.as_ref().map(Arc::downgrade)).collect::<Vec<_>>());
        if time == TIMES / 2 {
            kept = Some(now);
        }
    }
    let alive = |at: u64| weak[at as usize].iter().flatten().filter(|batch| batch.strong_count() > 0).count();
    let kept = kept.expect("one was kept");
    assert_eq!(alive(TIMES / 2), kept.batches().len());
    // Those of other times that neither the snapshot nor the trace holds are gone.
    let held: usize = (0..TIMES).map(|time| (alive(time) > 0) as usize).sum();
    assert!(held < TIMES as usize / 2, "batches of {held} times are alive");
    check(&kept);
    drop((kept, index));
    assert_eq!((0..TIMES).map(alive).sum::<usize>(), 0);
}

/// Snapshots of `Arc` traces, and what is read of them, can be sent and shared.
#[test]
fn snapshots_of_shared_traces_are_send_and_sync() {
    fn is_shared<S: TraceReader>()
    where
        Snapshot<S::Batch>: Send + Sync,
    {
    }
    is_shared::<Index>();
    is_shared::<OrdKeySpine<String, u64, i64, ArcShare>>();
    is_shared::<PreferredSpine<str, [u8], u64, i64, ArcShare>>();
    #[cfg(feature = "columnation")]
    is_shared::<arrangement::ColValSpine<String, String, u64, i64, ArcShare>>();
    #[cfg(feature = "flatcontainer")]
    is_shared::<
        arrangement::FlatValSpine<String, String, u64, i64, Vec<((String, String), u64, i64)>, ArcShare>,
    >();

    let (mut index, mut batcher) = (Index::new(), <Index as Pipeline>::Batcher::new());
    append(&mut index, &mut batcher, 0);
    let snapshot = snapshot(&index, 1);
    let mut rows = snapshot.view().as_of(&0).unwrap().rows();
    std::thread::scope(|scope| {
        // Half read here, half there.
        let there = scope.spawn(move || rows.next_back().map(|(key, val, diff)| (*key, *val, diff)));
        assert_eq!(there.join().expect("the thread reads"), Some((0, 0, 1)));
    });
}
