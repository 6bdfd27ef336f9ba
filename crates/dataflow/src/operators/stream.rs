//! Reading an arrangement back as a stream of updates.

use super::{FUEL, Fresh, Part, Task, Tasks};
use crate::arranged::Arranged;
use arrangement_trace::{Batch, BatchReader, Cursor, IntoOwned, Progress};
use timely::dataflow::Stream;
use timely::dataflow::channels::pact::Pipeline;
use timely::dataflow::operators::generic::Operator;

/// The updates of a batch, with other differences: `((key, val), time, diff)`.
pub(super) type Updates<B, R> = (
    (<<B as BatchReader>::Key as IntoOwned>::Owned, <<B as BatchReader>::Val as IntoOwned>::Owned),
    <B as BatchReader>::Time,
    R,
);

impl<'scope, B: Batch> Arranged<'scope, B> {
    /// The updates as a stream: `((key, val), time, diff)`.
    ///
    /// They come batch by batch, ordered within each, also those of a trace that was imported.
    ///
    /// ```
    /// use arrangement::dataflow::Arrange;
    /// use arrangement::OrdValSpine;
    /// use timely::dataflow::operators::{Inspect, ToStream};
    ///
    /// timely::example(|scope| {
    ///     [((1u64, 10u64), 0u64, 1i64), ((1, 10), 0, 1)]
    ///         .to_stream(scope)
    ///         .arrange::<OrdValSpine<u64, u64, u64, i64>>()
    ///         .as_stream()
    ///         .inspect(|update| assert_eq!(*update, ((1, 10), 0, 2)));
    /// });
    /// ```
    pub fn as_stream(self) -> Stream<'scope, B::Time, Vec<Updates<B, B::Diff>>> {
        self.flat_map(|key, val| Some((B::Key::into_owned(key), B::Val::into_owned(val))))
    }

    /// A stream of what `logic` makes of each key and val: `(data, time, diff)`.
    ///
    /// Reads keys and vals where they are; none is copied that `logic` does not copy.
    pub fn flat_map<L, I>(self, logic: L) -> Stream<'scope, B::Time, Vec<(I::Item, B::Time, B::Diff)>>
    where
        L: FnMut(<B::Key as IntoOwned>::ReadItem<'_>, <B::Val as IntoOwned>::ReadItem<'_>) -> I
            + Clone
            + 'static,
        I: IntoIterator<Item: Clone + 'static>,
    {
        let scope = self.stream.scope();
        self.stream.unary(Pipeline, "FlatMap", move |_capability, info| {
            let activator = scope.activator_for(info.address);
            let mut tasks = Tasks::new();
            move |input, output| {
                if let Some(fresh) = Fresh::receive(input) {
                    let task = FlatMap { part: Part::new(fresh.batches), logic: logic.clone() };
                    tasks.0.push_back((task, fresh.capabilities));
                }
                tasks.work(&mut FUEL.clone(), output);
                if !tasks.is_empty() {
                    activator.activate();
                }
            }
        })
    }
}

/// Reads some batches. Can stop at any val of a key.
struct FlatMap<B: BatchReader, L> {
    part: Part<B>,
    logic: L,
}

impl<B, L, I> Task for FlatMap<B, L>
where
    B: Batch,
    L: FnMut(<B::Key as IntoOwned>::ReadItem<'_>, <B::Val as IntoOwned>::ReadItem<'_>) -> I,
    I: IntoIterator<Item: Clone + 'static>,
{
    type Item = (I::Item, B::Time, B::Diff);

    fn work(&mut self, fuel: &mut usize, mut give: impl FnMut(Self::Item)) -> Progress {
        let FlatMap { part: Part { cursor, batches }, logic } = self;
        while let Some(key) = cursor.get_key(batches) {
            while let Some(val) = cursor.get_val(batches) {
                if *fuel == 0 {
                    return Progress::Working;
                }
                for data in logic(B::Key::reborrow(key), B::Val::reborrow(val)) {
                    cursor.map_times(batches, |time, diff| {
                        give((data.clone(), time.clone(), diff.clone()));
                        *fuel = fuel.saturating_sub(1);
                    });
                }
                cursor.step_val(batches);
                *fuel = fuel.saturating_sub(1);
            }
            cursor.step_key(batches);
        }
        Progress::Done
    }
}
