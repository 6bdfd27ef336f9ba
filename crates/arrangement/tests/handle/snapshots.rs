//! Snapshots: read by other threads while the writer goes on, and what they keep in memory.

use allocation_counter::measure;
use arrangement::{Arrangement, ArrangementBatch, OrdValSpine, PreferredSpine, Progress, Snapshot};
use std::sync::mpsc;
use std::thread;

type Words = PreferredSpine<str, u64, u64, i64>;
type Numbers = OrdValSpine<u64, u64, u64, i64>;

/// All that other threads may be given.
fn shared<T: Send + Sync>() {}

#[test]
fn handles_and_snapshots_can_be_shared_and_sent() {
    shared::<Arrangement<Words>>();
    shared::<Arrangement<Numbers>>();
    shared::<Snapshot<ArrangementBatch<Words>>>();
    #[cfg(feature = "columnation")]
    shared::<Arrangement<arrangement::ColValSpine<String, String, u64, i64>>>();
    #[cfg(feature = "flatcontainer")]
    shared::<Arrangement<arrangement::FlatValSpine<String, String, u64, i64>>>();
}

/// Each time one key moves on from val to val, so that every collection has as many rows, all with the same val.
#[test]
fn many_threads_read_what_was_sealed_while_the_writer_goes_on() {
    const KEYS: u64 = 40;
    const TIMES: u64 = 120;
    const READERS: usize = 6;
    let mut index = Arrangement::<Words>::builder().chunk_rows(64).build();
    let (senders, readers): (Vec<_>, Vec<_>) = (0..READERS)
        .map(|_| {
            let (sender, receiver) = mpsc::channel::<(u64, Snapshot<ArrangementBatch<Words>>)>();
            let reader = thread::spawn(move || {
                let mut kept = Vec::new();
                let mut read = 0;
                for (sealed, snapshot) in receiver {
                    kept.push((sealed, snapshot));
                    // An old one, a recent one: all hold what they held.
                    for index in [kept.len() / 2, kept.len() - 1] {
                        let (sealed, snapshot) = &kept[index];
                        let then = snapshot.view().as_of(&(sealed - 1)).unwrap();
                        let rows = then.rows().map(|(key, val, count)| (key.to_owned(), *val, count));
                        assert!(rows.eq((0..KEYS).map(|key| (format!("key {key:02}"), sealed - 1, 1))));
                        read += 1;
                    }
                    if kept.len() > 10 {
                        kept.remove(0);
                    }
                }
                read
            });
            (sender, reader)
        })
        .unzip();
    for time in 0..TIMES {
        for key in (0..KEYS).map(|key| format!("key {key:02}")) {
            if time > 0 {
                index.remove(&*key, time - 1, time).unwrap();
            }
            index.insert(&*key, time, time).unwrap();
        }
        index.advance_to(time + 1).unwrap();
        index.compact_to(time).unwrap();
        let snapshot = index.snapshot();
        senders[time as usize % READERS].send((time + 1, snapshot)).unwrap();
        let _: Progress = index.exert();
    }
    drop(senders);
    let read: u64 = readers.into_iter().map(|reader| reader.join().unwrap()).sum();
    assert_eq!(read, 2 * TIMES);
}

fn exert_all<S: arrangement::Pipeline>(index: &mut Arrangement<S>) {
    while index.exert() == Progress::Working {}
}

/// A snapshot keeps its own batches in memory and no others, until its last clone is dropped.
#[test]
fn memory_comes_back_when_the_last_snapshot_is_dropped() {
    const LEN: u64 = 20_000;
    const BYTES: i64 = LEN as i64 * 16;
    let fill = |index: &mut Arrangement<Numbers>, time: u64, diff: i64| {
        index.extend((0..LEN).map(|key| ((key, key * 7), time, diff))).unwrap();
        index.advance_to(time + 1).unwrap();
    };
    let mut index = Arrangement::<Numbers>::new();
    let held = |measured: allocation_counter::AllocationInfo| measured.bytes_current;

    let first = held(measure(|| fill(&mut index, 0, 1)));
    assert!((BYTES / 2..4 * BYTES).contains(&first), "{first} bytes");
    let snapshot = index.snapshot();
    let other = snapshot.clone();

    // All is taken away, compacted and merged. The snapshot's batch is still there, and the writer's is not.
    let mut index = Some(index);
    let emptied = measure(|| {
        let index = index.as_mut().unwrap();
        fill(index, 1, -1);
        index.compact_to(2).unwrap();
        exert_all(index);
        assert_eq!(index.sizes().total().records, 0, "{index}");
    });
    assert!(emptied.bytes_current < BYTES / 8, "{emptied:?}");
    assert_eq!(snapshot.batches().iter().map(arrangement::BatchReader::len).sum::<usize>(), LEN as usize);

    assert!(held(measure(|| drop(snapshot))) > -BYTES / 8, "a clone keeps the batches");
    assert!(held(measure(|| drop(other))) < -BYTES / 2, "the last snapshot gives them back");
    // Nor does reading keep them: the handle lets go of what its own reads used.
    let mut index = index.unwrap();
    fill(&mut index, 2, 1);
    assert_eq!(index.as_of(&2).unwrap().keys().count(), LEN as usize);
    let emptied = measure(|| {
        fill(&mut index, 3, -1);
        index.compact_to(4).unwrap();
        assert_eq!(index.view().history().keys().count(), LEN as usize);
        exert_all(&mut index);
    });
    assert!(emptied.bytes_current < -BYTES / 2, "{emptied:?}");
    let dropped = held(measure(|| drop(index)));
    assert!((-(4 << 20)..=0).contains(&dropped), "{dropped}");
}

/// Only an arrangement that keeps bounds can be cut in the past, and it lets go of that with `compact_to`.
#[test]
fn cuts_in_the_past_are_kept_where_that_was_chosen() {
    let mut merging = Arrangement::<Numbers>::new();
    let mut keeping = Arrangement::<Numbers>::builder().keep_bounds().build();
    for index in [&mut merging, &mut keeping] {
        for time in 0..20 {
            index.insert(time, time, time).unwrap();
            index.advance_to(time + 1).unwrap();
        }
    }
    let error = merging.snapshot_through(7).unwrap_err().to_string();
    assert_eq!(error, "can't cut at {7}: the physical compaction frontier is {20}");
    assert_eq!(keeping.report().levels.len(), 20);
    let past = keeping.snapshot_through(7).unwrap();
    assert_eq!(past.batches().iter().map(arrangement::BatchReader::len).sum::<usize>(), 7);
    assert_eq!(past.upper(), &arrangement::Antichain::from_elem(7));
    // Nothing can be cut that is not sealed yet.
    let all = keeping.snapshot_through(50).unwrap();
    assert_eq!(all.upper(), keeping.sealed());
    assert!(all.view().as_of(&20).is_err() && all.view().as_of(&19).is_ok());
    keeping.compact_to(15).unwrap();
    let error = keeping.snapshot_through(7).unwrap_err().to_string();
    assert_eq!(error, "can't cut at {7}: the physical compaction frontier is {15}");
    exert_all(&mut keeping);
    let levels = keeping.report().levels.len();
    assert!(levels < 10, "{keeping}");
    keeping.snapshot_through(17).unwrap();
}
