//! Each operator against naive recomputation, at every time.

use crate::support::{Data, Row, Time, Update, at, check, collection, execute, side};
use arrangement::dataflow::{Arrange, FUEL};
use arrangement::trace::{Lattice, Product};
use arrangement::{OrdKeySpine, OrdValSpine, PreferredSpine};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use timely::dataflow::operators::{Inspect, Probe};
use timely::dataflow::{InputHandle, ProbeHandle};

type Nested = Product<u64, u64>;
type Val<K, V, T> = OrdValSpine<K, V, T, i64>;
type Key<K, T> = OrdKeySpine<K, T, i64>;

fn sum<D: Ord>(all: impl IntoIterator<Item = (D, i64)>) -> BTreeMap<D, i64> {
    let mut sums = BTreeMap::new();
    for (data, diff) in all {
        *sums.entry(data).or_insert(0) += diff;
    }
    sums.retain(|_, sum| *sum != 0);
    sums
}

fn counted<K: Data, V: Data, T: Time>(rows: &[Row], time: &T) -> BTreeMap<(K, i64), i64> {
    let all = collection::<K, V, T>(rows, false, time);
    sum(all.into_iter().map(|((key, _), count)| (key, count))).into_iter().map(|both| (both, 1)).collect()
}

fn distinct<K: Data, V: Data, T: Time>(rows: &[Row], right: bool, time: &T) -> BTreeMap<(K, V), i64> {
    let all = collection::<K, V, T>(rows, right, time);
    all.into_iter().filter(|(_, count)| *count > 0).map(|(data, _)| (data, 1)).collect()
}

#[test]
fn count() {
    fn of<K: Data, T: Time>() {
        check(|_, rows| side::<Val<K, u64, T>, _, _, _>(&rows, false).count::<i64>(), counted::<K, u64, T>);
    }
    of::<u64, u64>();
    of::<String, u64>();
    of::<u64, Nested>();
    of::<String, Nested>();
}

#[test]
fn distinct_of_every_key_and_val() {
    fn of<K: Data, T: Time>() {
        check(
            |_, rows| side::<Val<K, u64, T>, _, _, _>(&rows, false).distinct::<i64>(),
            |rows, time| distinct::<K, u64, T>(rows, false, time),
        );
    }
    of::<u64, u64>();
    of::<String, u64>();
    of::<u64, Nested>();
    of::<String, Nested>();
}

#[test]
fn distinct_keys() {
    fn of<T: Time>() {
        check(
            |_, rows| side::<Key<String, T>, _, _, _>(&rows, false).distinct::<i64>(),
            |rows, time| distinct::<String, (), T>(rows, false, time),
        );
    }
    of::<u64>();
    of::<Nested>();
}

#[test]
fn join() {
    fn of<K: Data, V: Data, W: Data, T: Time>() {
        check(
            |_, rows| {
                let left = side::<Val<K, V, T>, _, _, _>(&rows, false);
                left.join(side::<Val<K, W, T>, _, _, _>(&rows, true))
            },
            |rows, time| {
                let (left, right) =
                    (collection::<K, V, T>(rows, false, time), collection::<K, W, T>(rows, true, time));
                sum(left.iter().flat_map(|((key, val), diff)| {
                    let same = right.iter().filter(move |((other, _), _)| other == key);
                    same.map(move |((_, other), times)| {
                        ((key.clone(), (val.clone(), other.clone())), diff * times)
                    })
                }))
            },
        );
    }
    of::<u64, u64, String, u64>();
    of::<String, String, u64, u64>();
    of::<u64, u64, u64, Nested>();
    of::<String, u64, String, Nested>();
}

/// An arrangement joined with itself: both inputs bring the same batches.
#[test]
fn join_with_itself() {
    fn of<T: Time>() {
        check(
            |_, rows| {
                let all = side::<Val<u64, u64, T>, _, _, _>(&rows, false);
                all.clone().join(all)
            },
            |rows, time| {
                let all = collection::<u64, u64, T>(rows, false, time);
                sum(all.iter().flat_map(|((key, val), diff)| {
                    let same = all.iter().filter(move |((other, _), _)| other == key);
                    same.map(move |((_, other), times)| ((*key, (*val, *other)), diff * times))
                }))
            },
        );
    }
    of::<u64>();
    of::<Nested>();
}

/// Layouts of other kinds, read as they read.
#[test]
fn join_of_strings_end_to_end() {
    type Strings = PreferredSpine<str, str, u64, i64>;
    check(
        |_, rows| {
            let left = side::<Strings, String, String, u64>(&rows, false);
            let right = side::<Strings, String, String, u64>(&rows, true);
            left.join_core(right, |key, val, other| Some(format!("{key}/{val}/{other}")))
        },
        |rows, time| {
            let left = collection::<String, String, u64>(rows, false, time);
            let right = collection::<String, String, u64>(rows, true, time);
            sum(left.iter().flat_map(|((key, val), diff)| {
                let same = right.iter().filter(move |((other, _), _)| other == key);
                same.map(move |((_, other), times)| (format!("{key}/{val}/{other}"), diff * times))
            }))
        },
    );
}

#[test]
fn semijoin_and_antijoin() {
    fn keys<K: Data, T: Time>(rows: &[Row], time: &T) -> BTreeMap<K, i64> {
        distinct::<K, (), T>(rows, true, time).into_keys().map(|(key, ())| (key, 1)).collect()
    }
    fn of<K: Data, T: Time>() {
        check(
            |_, rows| {
                let left = side::<Val<K, u64, T>, _, _, _>(&rows, false);
                let keys = side::<Key<K, T>, _, _, _>(&rows, true).distinct::<i64>();
                left.semijoin(keys.arrange::<Key<K, T>>())
            },
            |rows, time| {
                let keys = keys::<K, T>(rows, time);
                let mut left = collection::<K, u64, T>(rows, false, time);
                left.retain(|(key, _), _| keys.contains_key(key));
                left
            },
        );
        check(
            |_, rows| {
                let left = side::<Val<K, u64, T>, _, _, _>(&rows, false);
                let keys = side::<Key<K, T>, _, _, _>(&rows, true).distinct::<i64>();
                left.antijoin(keys.arrange::<Key<K, T>>())
            },
            |rows, time| {
                let keys = keys::<K, T>(rows, time);
                let mut left = collection::<K, u64, T>(rows, false, time);
                left.retain(|(key, _), _| !keys.contains_key(key));
                left
            },
        );
    }
    of::<u64, u64>();
    of::<String, u64>();
    of::<u64, Nested>();
}

#[test]
fn flat_map_may_drop_and_repeat() {
    check(
        |_, rows| {
            side::<Val<u64, u64, Nested>, _, _, _>(&rows, false)
                .flat_map(|key, val| (0..*val / 1000).map(move |n| (key + n, val + n)).collect::<Vec<_>>())
        },
        |rows, time| {
            let all = collection::<u64, u64, Nested>(rows, false, time);
            sum(all
                .into_iter()
                .flat_map(|((key, val), diff)| (0..val / 1000).map(move |n| ((key + n, val + n), diff))))
        },
    );
}

/// Runs a dataflow of two inputs, all at once, and gives the number of updates that each schedule of the operator made.
fn made_by_schedule(left: u64, right: u64) -> Vec<usize> {
    execute(1, move |worker| {
        let (mut lefts, mut rights) = (InputHandle::new(), InputHandle::new());
        let probe = ProbeHandle::new();
        let made = Rc::new(RefCell::new(0));
        let count = Rc::clone(&made);
        worker.dataflow::<u64, _, _>(|scope| {
            let left = lefts.to_stream(scope).arrange::<Val<u64, u64, u64>>();
            let right = rights.to_stream(scope).arrange::<Val<u64, u64, u64>>();
            left.join(right).inspect(move |_| *count.borrow_mut() += 1).probe_with(&probe);
        });
        (0..left).for_each(|val| lefts.send(((7, val), 0, 1)));
        (0..right).for_each(|val| rights.send(((7, val), 0, 1)));
        lefts.close();
        rights.close();
        let (mut each, mut last) = (Vec::new(), 0);
        while !probe.done() {
            worker.step();
            let now = *made.borrow();
            each.push(now - last);
            last = now;
        }
        assert_eq!(last as u64, left * right);
        each
    })
}

/// A skewed key is not made in one go: the worker gets its turn, and what is made is taken up, again and again.
#[test]
fn a_join_yields_within_a_key() {
    let each = made_by_schedule(1000, 1000);
    let most = *each.iter().max().unwrap();
    assert!(most <= FUEL + 1000, "{most} at once");
    assert!(each.iter().filter(|made| **made > 0).count() >= 1_000_000 / (FUEL + 1000));
}

/// A pair of vals with long histories, too.
#[test]
fn a_join_yields_within_a_pair_of_vals() {
    let each = execute(1, |worker| {
        let (mut lefts, mut rights) = (InputHandle::new(), InputHandle::new());
        let probe = ProbeHandle::new();
        let made = Rc::new(RefCell::new(0));
        let count = Rc::clone(&made);
        worker.dataflow::<u64, _, _>(|scope| {
            let left = lefts.to_stream(scope).arrange::<Val<u64, u64, u64>>();
            let right = rights.to_stream(scope).arrange::<Val<u64, u64, u64>>();
            left.join(right).inspect(move |_| *count.borrow_mut() += 1).probe_with(&probe);
        });
        for time in 0..600 {
            lefts.send(((7, 1), time, 1));
            rights.send(((7, 2), time, 1));
        }
        lefts.close();
        rights.close();
        let (mut each, mut last) = (Vec::new(), 0);
        while !probe.done() {
            worker.step();
            let now = *made.borrow();
            each.push(now - last);
            last = now;
        }
        assert_eq!(last, 600 * 600);
        each
    });
    assert!(*each.iter().max().unwrap() <= FUEL + 600);
}

/// Counts of a key with many vals, of many updates to read back, and of all of an arrangement yield as well.
#[test]
fn other_operators_yield() {
    let counts = execute(1, |worker| {
        let mut input = InputHandle::new();
        let probe = ProbeHandle::new();
        let made = Rc::new(RefCell::new([0; 2]));
        let (streamed, distinct) = (Rc::clone(&made), Rc::clone(&made));
        worker.dataflow::<u64, _, _>(|scope| {
            let all = input.to_stream(scope).arrange::<Val<u64, u64, u64>>();
            all.clone().as_stream().inspect(move |_| streamed.borrow_mut()[0] += 1).probe_with(&probe);
            all.clone().distinct::<i64>().inspect(move |_| distinct.borrow_mut()[1] += 1).probe_with(&probe);
            all.count::<i64>().inspect(|update| assert_eq!(update.0, (7, 200_000))).probe_with(&probe);
        });
        (0..200_000).for_each(|val| input.send(((7, val), 0, 1)));
        input.close();
        let (mut each, mut last) = (Vec::new(), [0; 2]);
        while !probe.done() {
            worker.step();
            let now = *made.borrow();
            each.push(now[0] - last[0]);
            each.push(now[1] - last[1]);
            last = now;
        }
        assert_eq!(last, [200_000; 2]);
        each
    });
    assert!(*counts.iter().max().unwrap() <= FUEL + 1);
}

/// The model itself is what it should be.
#[test]
fn the_model_adds_up() {
    let updates: Vec<Update<u64, u64, u64>> = vec![((1, 1), 0, 1), ((1, 1), 2, -1), ((2, 1), 1, 3)];
    assert_eq!(at(&updates, &1), BTreeMap::from([((1, 1), 1), ((2, 1), 3)]));
    assert_eq!(at(&updates, &2), BTreeMap::from([((2, 1), 3)]));
    assert_eq!(Nested::new(1, 2).join(&Nested::new(2, 1)), Nested::new(2, 2));
}
