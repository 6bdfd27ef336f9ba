//! Arranging by every alias: what goes downstream, and what the trace holds, read while the dataflow runs.

use crate::support::{Data, Row, Time, Update, at, collection, execute, rows};
use arrangement::container::{BatchContainer, BuilderInput, Columns};
use arrangement::dataflow::{Arrange, ArrangeWith, Arranged, hash_key};
use arrangement::trace::Product;
use arrangement::{
    Antichain, ArcShare, BatchReader, ColKeySpine, ColValSpine, Cursor, FlatKeySpine, FlatValSpine,
    IntoOwned, OrdKeySpine, OrdValSpine, Pipeline, PreferredSpine, TraceReader,
};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::rc::Rc;
use timely::container::{Accountable, DrainContainer, PushInto, SizableContainer};
use timely::dataflow::channels::pact;
use timely::dataflow::operators::vec::Map;
use timely::dataflow::operators::{Enter, Inspect, Probe};
use timely::dataflow::{InputHandle, ProbeHandle, Stream};

type Nested = Product<u64, u64>;

/// What was read: of the trace as of a round, or, with no round, downstream.
type Read<K, V, T> = (Option<u64>, Update<K, V, T>);

/// Arranges rows on so many workers, reading the traces after each round and compacting them up to two rounds back.
fn read<S, C, K, V, T>(
    workers: usize,
    rows: &[Row],
    arrange: impl for<'s> Fn(Stream<'s, T, Vec<Row>>) -> Arranged<'s, S::Batch> + Send + Sync + 'static,
) -> Vec<Read<K, V, T>>
where
    S: Pipeline<Time = T, Input = C>,
    S::Batch: BatchReader<Key: IntoOwned<Owned = K>, Val: IntoOwned<Owned = V>, Diff = i64>,
    K: Data,
    V: Data,
    T: Time,
{
    let rows = rows.to_vec();
    execute(workers, move |worker| {
        let mut input = InputHandle::<u64, _>::new();
        let probe = ProbeHandle::new();
        let made = Rc::new(RefCell::new(Vec::new()));
        let out = Rc::clone(&made);
        let mut trace = worker.dataflow(|scope| {
            let stream = input.to_stream(scope);
            scope.scoped("Inner", |inner| {
                let arranged = arrange(stream.enter(inner));
                let trace = arranged.trace.clone();
                arranged
                    .as_stream()
                    .inspect(move |update| out.borrow_mut().push((None, update.clone())))
                    .probe_with(&probe);
                trace
            })
        });
        for round in 0..8 {
            let mine = rows.iter().enumerate().filter(|(index, _)| index % worker.peers() == worker.index());
            mine.filter(|(_, row)| row.sent == round).for_each(|(_, row)| input.send(*row));
            input.advance_to(round + 1);
            let end = T::of(round + 1, 0);
            while probe.less_than(&end) || !trace.is_complete_before(&end) {
                worker.step();
            }
            assert_eq!(trace.upper(), Antichain::from_elem(end));
            let (mut cursor, batches) = trace.cursor();
            let updates = cursor.to_updates(&batches);
            made.borrow_mut().extend(updates.into_iter().map(|update| (Some(round), update)));
            let since = Antichain::from_elem(T::of(round.saturating_sub(2), 0));
            trace.set_logical_compaction(since.borrow());
            trace.set_physical_compaction(since.borrow());
        }
        drop(input);
        while worker.has_dataflows() {
            worker.step();
        }
        made.take()
    })
}

fn compare<K: Data, V: Data, T: Time>(rows: &[Row], made: Vec<Read<K, V, T>>, what: &dyn Debug) {
    let of = |round: Option<u64>| -> Vec<Update<K, V, T>> {
        made.iter().filter(|read| read.0 == round).map(|read| read.1.clone()).collect()
    };
    let right_and_left = |time: &T| -> BTreeMap<(K, V), i64> {
        let all: Vec<Row> = rows.iter().map(|row| Row { right: false, ..*row }).collect();
        collection(&all, false, time)
    };
    for time in T::all(8) {
        assert_eq!(at(&of(None), &time), right_and_left(&time), "{what:?}: downstream at {time:?}");
    }
    for round in 0..8 {
        let read = of(Some(round));
        for time in
            T::all(round + 1).into_iter().filter(|time| T::of(round.saturating_sub(3), 0).less_equal(time))
        {
            assert_eq!(at(&read, &time), right_and_left(&time), "{what:?}: as of {round}, at {time:?}");
        }
    }
}

/// Checks one alias, with updates in vectors.
fn alias<S, K, V, T>()
where
    S: Pipeline<Time = T, Input = Vec<Update<K, V, T>>, Batcher: 'static, Builder: 'static>,
    S::Batch: BatchReader<Key: IntoOwned<Owned = K>, Val: IntoOwned<Owned = V>, Diff = i64>,
    K: Data,
    V: Data,
    T: Time,
{
    for (workers, seed) in [(1, 20), (2, 21), (3, 22)] {
        let rows = rows(seed, 8, 12);
        let made = read::<S, _, K, V, T>(workers, &rows, |rows| rows.map(|row| row.update()).arrange::<S>());
        compare(&rows, made, &std::any::type_name::<S>());
    }
}

#[test]
fn vectors() {
    alias::<OrdValSpine<u64, String, u64, i64>, _, _, _>();
    alias::<OrdValSpine<String, u64, Nested, i64>, _, _, _>();
    alias::<OrdValSpine<u64, u64, Nested, i64, ArcShare>, _, _, _>();
    alias::<OrdKeySpine<u64, u64, i64>, _, _, _>();
    alias::<OrdKeySpine<String, Nested, i64>, _, _, _>();
}

#[test]
fn preferred() {
    alias::<PreferredSpine<str, str, u64, i64>, String, String, _>();
    alias::<PreferredSpine<str, u64, Nested, i64, ArcShare>, String, u64, _>();
}

#[test]
fn columnation() {
    alias::<ColValSpine<String, u64, u64, i64>, _, _, _>();
    alias::<ColValSpine<u64, String, Nested, i64>, _, _, _>();
    alias::<ColKeySpine<String, u64, i64>, _, _, _>();
    alias::<ColKeySpine<String, Nested, i64>, _, _, _>();
}

#[test]
fn flatcontainer() {
    alias::<FlatValSpine<String, u64, u64, i64>, _, _, _>();
    alias::<FlatValSpine<u64, String, Nested, i64>, _, _, _>();
    alias::<FlatKeySpine<String, u64, i64>, _, _, _>();
    alias::<FlatKeySpine<String, Nested, i64>, _, _, _>();
}

/// A container of a user's own.
#[derive(Clone, Default)]
struct Own(Vec<Update<String, u64, u64>>);

impl Accountable for Own {
    fn record_count(&self) -> i64 {
        self.0.len() as i64
    }
}
impl SizableContainer for Own {
    fn at_capacity(&self) -> bool {
        self.0.len() >= 3
    }
    fn ensure_capacity(&mut self, _: &mut Option<Self>) {}
}
impl PushInto<Row> for Own {
    fn push_into(&mut self, row: Row) {
        self.0.push(row.update());
    }
}
impl DrainContainer for Own {
    type Item<'a> = Update<String, u64, u64>;
    type DrainIter<'a> = std::vec::Drain<'a, Update<String, u64, u64>>;
    fn drain(&mut self) -> Self::DrainIter<'_> {
        self.0.drain(..)
    }
}
impl<KC, VC> BuilderInput<KC, VC, u64, i64> for Own
where
    KC: BatchContainer + PushInto<String>,
    VC: BatchContainer + PushInto<u64>,
{
    fn updates_len(&self) -> usize {
        self.0.len()
    }
    fn drain_into(
        &mut self,
        columns: &mut Columns<KC, VC, u64, i64>,
        room: usize,
        full: &mut dyn FnMut(&mut Columns<KC, VC, u64, i64>),
    ) {
        BuilderInput::<KC, VC, u64, i64>::drain_into(&mut self.0, columns, room, full);
    }
}

#[test]
fn any_container() {
    use timely::container::CapacityContainerBuilder;
    use timely::dataflow::operators::generic::Operator;

    type Spine = FlatValSpine<String, u64, u64, i64, Own>;
    let rows = rows(23, 8, 12);
    let made = read::<Spine, Own, String, u64, u64>(1, &rows, |rows| {
        rows.unary::<CapacityContainerBuilder<Own>, _, _, _>(pact::Pipeline, "ToOwn", |_, _| {
            |input, output| {
                input.for_each(|capability, rows| output.session(&capability).give_iterator(rows.drain(..)));
            }
        })
        .arrange_with::<Spine, _>(pact::Pipeline, "Own")
    });
    compare(&rows, made, &"own container");
}

/// The hash is written down: processes of different builds must agree, and joins with exchanges of one's own.
#[test]
fn the_hash_is_the_same_for_owned_and_borrowed_keys() {
    assert_eq!(hash_key("apple"), hash_key(&"apple".to_string()));
    assert_eq!(hash_key(&[1u8, 2][..]), hash_key(&vec![1u8, 2]));
    let spread: std::collections::BTreeSet<u64> = (0..64u64).map(|key| hash_key(&key) % 4).collect();
    assert_eq!(spread.len(), 4);
}
