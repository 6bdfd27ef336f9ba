//! Each key and val once.

use super::changes::{Comparison, changes};
use super::stream::Updates;
use super::{Task, unary};
use crate::arranged::Arranged;
use arrangement_trace::{Abelian, Batch, BatchReader, Cursor, IntoOwned, Lattice, Monoid, Progress};
use std::marker::PhantomData;
use timely::dataflow::Stream;

impl<'scope, B> Arranged<'scope, B>
where
    B: Batch<Time: Lattice, Diff: Monoid + Ord>,
{
    /// Each key and val whose differences sum to more than zero, once: updates `((key, val), time, diff)`.
    ///
    /// `R2` is the type of the differences that come out.
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
    ///         .distinct::<i64>()
    ///         .inspect(|((word, ()), _, diff)| assert!((word == "a" || word == "b") && *diff == 1));
    /// });
    /// ```
    ///
    /// # Panics
    /// If the logical compaction frontier of the arrangement's handle is empty.
    pub fn distinct<R2>(self) -> Stream<'scope, B::Time, Vec<Updates<B, R2>>>
    where
        R2: Abelian + From<i8> + 'static,
    {
        unary(self, "Distinct", |fresh, history, since| {
            Distinct(Comparison::new(fresh, history, since), PhantomData)
        })
    }
}

/// Finds what of some batches is there. Can stop at any val of a key.
struct Distinct<B: BatchReader, R2>(Comparison<B>, PhantomData<R2>);

impl<B, R2> Task for Distinct<B, R2>
where
    B: Batch<Time: Lattice, Diff: Monoid + Ord>,
    R2: Abelian + From<i8> + 'static,
{
    type Item = Updates<B, R2>;

    fn work(&mut self, fuel: &mut usize, mut give: impl FnMut(Self::Item)) -> Progress {
        while let Some(has_history) = self.0.seek() {
            let Comparison { fresh, history, since, now, before, .. } = &mut self.0;
            let key = fresh.cursor.key(&fresh.batches);
            while let Some(val) = fresh.cursor.get_val(&fresh.batches) {
                if *fuel == 0 {
                    return Progress::Working;
                }
                now.read(&mut fresh.cursor, &fresh.batches, since.borrow(), fuel);
                if has_history {
                    history.cursor.seek_val(&history.batches, B::Val::reborrow(val));
                    let here = history.cursor.get_val(&history.batches);
                    if here.is_some_and(|here| B::Val::reborrow(here) == B::Val::reborrow(val)) {
                        before.read(&mut history.cursor, &history.batches, since.borrow(), fuel);
                    }
                }
                let present = |sum: &B::Diff| (*sum > B::Diff::zero()).then_some(());
                changes(&mut before.times, &mut now.times, present, |(), time, diff| {
                    give(((B::Key::into_owned(key), B::Val::into_owned(val)), time, diff));
                    *fuel = fuel.saturating_sub(1);
                });
                now.clear();
                before.clear();
                fresh.cursor.step_val(&fresh.batches);
            }
            self.0.step();
        }
        Progress::Done
    }
}
