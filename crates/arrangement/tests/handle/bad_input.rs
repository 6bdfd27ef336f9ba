//! Each case of bad input that reaches the handle: a typed error that names both sides, and nothing changed.
//!
//! What the handle never passes on is tested beneath it: batches that do not meet by the regressions R57, cuts of a spine by
//! L5 and R55, chunks out of order by L10; files with malformed lines by the tests of the program.

use arrangement::{Antichain, Arrangement, Cursor, OrdKeySpine, OrdValSpine, PreferredSpine, ReadError};

type Numbers = OrdValSpine<u64, u64, u64, i64>;

/// All that can be seen of an arrangement.
fn all(index: &Arrangement<Numbers>) -> (String, Vec<((u64, u64), u64, i64)>) {
    let snapshot = index.snapshot();
    (index.to_string(), snapshot.cursor().to_updates(snapshot.batches()))
}

/// An arrangement in which 5 is sealed, 3 compacted, and something is not sealed.
fn index() -> Arrangement<Numbers> {
    let mut index = Arrangement::new();
    index.extend([((1, 10), 0, 1), ((1, 10), 2, -1), ((2, 20), 4, 1), ((3, 30), 9, 1)]).unwrap();
    index.advance_to(5).unwrap();
    index.compact_to(3).unwrap();
    index
}

#[test]
fn an_update_before_the_sealed_frontier_names_time_and_frontier() {
    let mut index = index();
    let before = all(&index);
    let late = index.update(1, 10, 4, 1).unwrap_err();
    assert_eq!(late.to_string(), "an update at 4 comes too late: everything before {5} is sealed");
    assert_eq!((late.time(), late.frontier()), (&4, &Antichain::from_elem(5)));
    assert_eq!(index.insert(1, 10, 0).unwrap_err().time(), &0);
    assert_eq!(index.remove(1, 10, 4).unwrap_err().time(), &4);
    assert_eq!(all(&index), before);
    // Of many updates none is taken if one is late, wherever it stands.
    for late in 0..3 {
        let updates = (0..3).map(|place| ((8, place), if place == late { 1 } else { 6 }, 1));
        assert_eq!(index.extend(updates).unwrap_err().time(), &1);
    }
    assert_eq!(all(&index), before);
    index.insert(1, 10, 5).unwrap();
    // At the end of time nothing is early enough.
    index.advance_to(Antichain::new()).unwrap();
    let late = index.insert(1, 10, u64::MAX).unwrap_err();
    assert!(late.to_string().ends_with("everything before {} is sealed"), "{late}");
    assert_eq!(all(&index).1, [((1, 10), 5, 1), ((2, 20), 4, 1), ((3, 30), 9, 1)]);
}

#[test]
fn sealing_and_compacting_do_not_go_back() {
    let mut index = index();
    let before = all(&index);
    let error = index.advance_to(4).unwrap_err();
    assert_eq!(error.to_string(), "can't seal up to {4}: everything before {5} is sealed");
    let error = index.compact_to(2).unwrap_err();
    assert_eq!(error.to_string(), "the logical compaction frontier can't go back from {3} to {2}");
    // The same again is no step back.
    index.advance_to(5).unwrap();
    index.compact_to(3).unwrap();
    assert_eq!(all(&index), before);
}

#[test]
fn reads_at_times_that_can_not_be_read_name_time_and_frontier() {
    let index = index();
    let error = |time| index.as_of(&time).unwrap_err();
    assert_eq!(error(5), ReadError::NotYet { time: 5, upper: Antichain::from_elem(5) });
    assert_eq!(error(2), ReadError::Compacted { time: 2, since: Antichain::from_elem(3) });
    assert_eq!(error(7).to_string(), "can't read as of 7 yet: only times before the frontier {5} are sealed");
    assert_eq!(error(0).to_string(), "can't read as of 0: times were compacted up to the frontier {3}");
    let error = index.view().difference(&4, &3).unwrap_err();
    assert_eq!(error.to_string(), "can't read from 4 to 3: the first time is not before the second");
    assert!(index.view().changes(&2, &4).is_err() && index.view().changes(&3, &5).is_err());
    assert!(index.as_of(&4).is_ok() && index.view().difference(&3, &4).is_ok());
    // Of nothing, nothing can be read either, and it says the same.
    let empty = Arrangement::<Numbers>::new();
    assert_eq!(empty.as_of(&0).unwrap_err(), ReadError::NotYet { time: 0, upper: Antichain::from_elem(0) });
}

#[test]
fn an_arrangement_that_nobody_reads_says_so() {
    let mut index = index();
    index.compact_to(Antichain::new()).unwrap();
    let snapshot = index.snapshot();
    assert_eq!((snapshot.since(), snapshot.batches().len()), (&Antichain::new(), 0));
    let error = index.as_of(&4).unwrap_err();
    assert_eq!(error.to_string(), "can't read as of 4: times were compacted up to the frontier {}");
    assert_eq!(index.sizes().batches.updates.records, 0);
    // It goes on taking and sealing updates, and keeps none.
    index.insert(1, 10, 6).unwrap();
    index.advance_to(20).unwrap();
    assert_eq!(index.sizes().total().records, 0);
    assert!(index.compact_to(30).is_err());
}

#[test]
#[should_panic(expected = "a chunk must have room for a row")]
fn chunks_without_rows_are_refused() {
    let _ = Arrangement::<Numbers>::builder().chunk_rows(0).build();
}

/// Types without size, keys of megabytes, and the greatest time.
#[test]
fn extremes_work() {
    let mut units = Arrangement::<OrdKeySpine<(), (), i64>>::new();
    units.extend((0..100).map(|_| (((), ()), (), 1))).unwrap();
    units.advance_to(Antichain::new()).unwrap();
    assert_eq!(units.sizes().batches.updates.records, 1);

    let long = "x".repeat(3 << 20);
    macro_rules! check_long {
        ($spine:ty) => {
            let mut index = Arrangement::<$spine>::new();
            index.insert(&*long, &*long, u64::MAX).unwrap();
            index.insert(&long[1..], "", 0).unwrap();
            index.advance_to(Antichain::new()).unwrap();
            let snapshot = index.snapshot();
            let updates = snapshot.cursor().to_updates(snapshot.batches());
            let lens: Vec<usize> = updates.iter().map(|row| row.0.0.len()).collect();
            assert_eq!((lens, updates[1].1), (vec![long.len() - 1, long.len()], u64::MAX));
        };
    }
    check_long!(OrdValSpine<String, String, u64, i64>);
    check_long!(PreferredSpine<str, str, u64, i64>);
}
