//! Random calls on the handle, over every alias, compared with a naive model after each.

use crate::common::domain::{Data, Diffs, Own, Times};
use arrangement::trace::{PartialOrder, Present, Product, Storage};
use arrangement::{
    Antichain, ArcShare, Arrangement, ArrangementContents, ArrangementSnapshot, IntoOwned, OrdKeySpine,
    OrdValSpine, PipelineFor, PreferredSpine, Progress, RcShare, ReadError, Share,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// A call. Keys, vals, times and frontiers are places in small domains.
#[derive(Clone, Debug)]
enum Call {
    Update((u8, u8, u8, i8)),
    Extend(Vec<(u8, u8, u8, i8)>),
    Advance(u8),
    Compact(u8),
    Exert,
    Snapshot,
}

fn calls() -> impl Strategy<Value = Vec<Call>> {
    let update = || (0..4u8, 0..4u8, 0..12u8, -2..3i8);
    let call = prop_oneof![
        6 => update().prop_map(Call::Update),
        3 => prop::collection::vec(update(), 0..8).prop_map(Call::Extend),
        4 => (0..10u8).prop_map(Call::Advance),
        2 => (0..8u8).prop_map(Call::Compact),
        2 => Just(Call::Exert),
        1 => Just(Call::Snapshot),
    ];
    prop::collection::vec(call, 0..40)
}

/// Runs a check on random calls.
fn check(run: impl Fn(&[Call])) {
    let config = ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() };
    let result = proptest::test_runner::TestRunner::new(config).run(&calls(), |calls| {
        run(&calls);
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

type Rows<K, V, T, R> = Vec<((K, V), T, R)>;

/// The sums of what is at or before a time, zeros left out.
fn at<K: Data, V: Data, T: Times, R: Diffs>(rows: &Rows<K, V, T, R>, time: &T) -> BTreeMap<(K, V), R> {
    let mut sums: BTreeMap<(K, V), R> = BTreeMap::new();
    for (data, at, diff) in rows {
        if at.less_equal(time) {
            match sums.get_mut(data) {
                Some(sum) => sum.plus_equals(diff),
                None => drop(sums.insert(data.clone(), diff.clone())),
            }
        }
    }
    sums.retain(|_, diff| !diff.is_zero());
    sums
}

/// Reads a snapshot as of every time, and compares; a time that can't be read is an error that says which side it is on.
fn check_reads<S, P, K, V, T, R>(snapshot: &ArrangementSnapshot<S, P>, rows: &Rows<K, V, T, R>, times: &[T])
where
    S: PipelineFor<K, V, T, R>,
    P: Share,
    K: Data,
    V: Data,
    T: Times,
    R: Diffs,
{
    let (since, upper) = (snapshot.since(), snapshot.upper());
    for time in times {
        match snapshot.view().as_of(time) {
            Ok(contents) => {
                let own = |(key, val, sum)| {
                    let key = <S::Storage as Storage>::Key::into_owned(key);
                    ((key, <S::Storage as Storage>::Val::into_owned(val)), sum)
                };
                let read: Vec<((K, V), R)> = contents.rows().map(own).collect();
                assert_eq!(read, at(rows, time).into_iter().collect::<Vec<_>>(), "at {time:?}");
                assert!(since.less_equal(time) && !upper.less_equal(time));
            }
            Err(ReadError::Compacted { .. }) => assert!(!since.less_equal(time)),
            Err(ReadError::NotYet { .. }) => assert!(since.less_equal(time) && upper.less_equal(time)),
            Err(error) => panic!("{error}"),
        }
    }
}

fn run<S, P, K, V, T, R>(calls: &[Call])
where
    S: PipelineFor<K, V, T, R>,
    P: Share,
    K: Data,
    V: Data,
    T: Times,
    R: Diffs,
{
    let row = |&(key, val, time, diff): &(u8, u8, u8, i8)| {
        ((K::pick(key), V::pick(val)), T::at(0, time), R::pick(diff))
    };
    let times: Vec<T> = (0..12).map(|n| T::at(0, n)).collect();
    // Small chunks and steps, so that few updates make many of them.
    let mut index = Arrangement::<S, P>::builder().chunk_rows(3).exert_logic(|_| Some(2)).build();
    let mut rows: Rows<K, V, T, R> = Vec::new();
    let mut sealed = Antichain::from_elem(T::minimum());
    let mut since = sealed.clone();
    let mut snapshots = Vec::new();
    for call in calls {
        match call {
            Call::Update(update) => {
                let ((key, val), time, diff) = row(update);
                let result = index.update(key.clone(), val.clone(), time.clone(), diff.clone());
                if sealed.less_equal(&time) {
                    result.expect("the time is not sealed");
                    rows.push(((key, val), time, diff));
                } else {
                    let late = result.expect_err("the time is sealed");
                    assert_eq!((late.time(), late.frontier()), (&time, &sealed));
                }
            }
            Call::Extend(updates) => {
                let new: Rows<K, V, T, R> = updates.iter().map(row).collect();
                let late = new.iter().find(|row| !sealed.less_equal(&row.1));
                let result = index.extend(new.iter().cloned());
                assert_eq!(result.err().map(|error| error.time().clone()), late.map(|row| row.1.clone()));
                if late.is_none() {
                    rows.extend(new);
                }
            }
            Call::Advance(step) => {
                let frontier = T::frontier(*step);
                let forward = PartialOrder::less_equal(&sealed, &frontier);
                assert_eq!(index.advance_to(&frontier).is_ok(), forward);
                if forward {
                    sealed = frontier;
                }
            }
            Call::Compact(step) => {
                let frontier = T::frontier(*step);
                let forward = PartialOrder::less_equal(&since, &frontier);
                assert_eq!(index.compact_to(&frontier).is_ok(), forward);
                if forward {
                    since = frontier;
                }
            }
            Call::Exert => {
                let _: Progress = index.exert();
            }
            Call::Snapshot => snapshots.push((index.snapshot(), rows.clone())),
        }
        assert_eq!((index.sealed(), &index.since()), (&sealed, &since));
        let snapshot = index.snapshot();
        assert_eq!((snapshot.since(), snapshot.upper()), (&since, &sealed));
        check_reads::<S, P, _, _, _, _>(&snapshot, &rows, &times);
        for time in &times {
            // The handle reads as its snapshots do.
            let keys = |contents: ArrangementContents<'_, S, P>| contents.keys().count();
            assert_eq!(index.as_of(time).map(keys), snapshot.view().as_of(time).map(keys));
        }
        let sizes = index.sizes();
        assert_eq!(index.report().sizes(), sizes.batches + sizes.merging);
    }
    // What was taken earlier is as it was, whatever was merged since.
    for (snapshot, rows) in &snapshots {
        check_reads::<S, P, _, _, _, _>(snapshot, rows, &times);
    }
}

macro_rules! model {
    ($($name:ident: $spine:ty, $share:ty;)*) => {
        $(#[test]
        fn $name() {
            check(run::<$spine, $share, _, _, _, _>);
        })*
    };
}

model! {
    ord: OrdValSpine<u64, u64, u64, i64>, ArcShare;
    ord_partial: OrdValSpine<String, Own, Product<u64, u32>, isize>, ArcShare;
    ord_within_a_thread: OrdValSpine<Own, Vec<u8>, (u64, u64), (i64, i32)>, RcShare;
    ord_nothing: OrdValSpine<(), (), (), Present>, ArcShare;
    ord_keys: OrdKeySpine<String, u64, i64>, ArcShare;
    preferred: PreferredSpine<str, [u8], u64, i64>, ArcShare;
    preferred_partial: PreferredSpine<[u8], str, Product<u64, u32>, i64>, ArcShare;
}

#[cfg(feature = "columnation")]
mod columnation {
    use super::*;
    use arrangement::{ColKeySpine, ColValSpine};

    model! {
        col: ColValSpine<String, Vec<u8>, u64, i64>, ArcShare;
        col_keys: ColKeySpine<(u64, String), Product<u64, u32>, i32>, ArcShare;
    }
}

#[cfg(feature = "flatcontainer")]
mod flatcontainer {
    use super::*;
    use arrangement::{FlatKeySpine, FlatValSpine};

    model! {
        flat: FlatValSpine<String, Option<String>, u64, i64>, ArcShare;
        flat_keys: FlatKeySpine<Vec<String>, Product<u64, u32>, i64>, ArcShare;
    }
}
