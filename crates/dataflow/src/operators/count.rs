//! Counting by key.

use super::changes::{Comparison, changes};
use super::{Task, unary};
use crate::arranged::Arranged;
use arrangement_trace::{Abelian, Batch, BatchReader, Cursor, IntoOwned, Lattice, Progress, Semigroup};
use std::marker::PhantomData;
use timely::dataflow::Stream;

/// What [`Arranged::count`] makes of a batch: `((key, count), time, diff)`.
type Counted<B, R2> =
    ((<<B as BatchReader>::Key as IntoOwned>::Owned, <B as BatchReader>::Diff), <B as BatchReader>::Time, R2);

impl<'scope, B> Arranged<'scope, B>
where
    B: Batch<Time: Lattice, Diff: Semigroup + Ord>,
{
    /// The sum of the differences of each key, over all its vals: updates `((key, sum), time, diff)`. A key whose sum is
    /// zero has none.
    ///
    /// `R2` is the type of the differences that come out. Each change of a key costs a look at all that is left of its
    /// history, its vals included.
    ///
    /// ```
    /// use arrangement::dataflow::Arrange;
    /// use arrangement::OrdKeySpine;
    /// use timely::dataflow::operators::{Inspect, ToStream};
    ///
    /// timely::example(|scope| {
    ///     let words = ["a", "b", "a"].map(|word| ((word.to_string(), ()), 0u64, 1i64));
    ///     words
    ///         .to_stream(scope)
    ///         .arrange::<OrdKeySpine<String, u64, i64>>()
    ///         .count::<i64>()
    ///         .inspect(|((word, count), _, _)| println!("{word}: {count}"));
    /// });
    /// ```
    ///
    /// # Panics
    /// If the logical compaction frontier of the arrangement's handle is empty.
    pub fn count<R2>(self) -> Stream<'scope, B::Time, Vec<Counted<B, R2>>>
    where
        R2: Abelian + From<i8> + 'static,
    {
        unary(self, "Count", |fresh, history, since| {
            Count(Comparison::new(fresh, history, since), PhantomData)
        })
    }
}

/// Counts the keys of some batches. Can stop at any val of a key.
struct Count<B: BatchReader, R2>(Comparison<B>, PhantomData<R2>);

impl<B, R2> Task for Count<B, R2>
where
    B: Batch<Time: Lattice, Diff: Semigroup + Ord>,
    R2: Abelian + From<i8> + 'static,
{
    type Item = Counted<B, R2>;

    fn work(&mut self, fuel: &mut usize, mut give: impl FnMut(Self::Item)) -> Progress {
        while let Some(has_history) = self.0.seek() {
            let Comparison { fresh, history, since, now, before, .. } = &mut self.0;
            let key = fresh.cursor.key(&fresh.batches);
            while fresh.cursor.val_valid(&fresh.batches) {
                now.read(&mut fresh.cursor, &fresh.batches, since.borrow(), fuel);
                fresh.cursor.step_val(&fresh.batches);
                if *fuel == 0 {
                    return Progress::Working;
                }
            }
            while has_history && history.cursor.val_valid(&history.batches) {
                before.read(&mut history.cursor, &history.batches, since.borrow(), fuel);
                history.cursor.step_val(&history.batches);
                if *fuel == 0 {
                    return Progress::Working;
                }
            }
            let sum = |sum: &B::Diff| Some(sum.clone());
            changes(&mut before.times, &mut now.times, sum, |sum, time, diff| {
                give(((B::Key::into_owned(key), sum), time, diff));
                *fuel = fuel.saturating_sub(1);
            });
            self.0.step();
        }
        Progress::Done
    }
}
