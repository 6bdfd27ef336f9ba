//! Matching two arrangements by key.

use super::stream::Updates;
use super::{FUEL, Fresh, Part, Received, Task, Tasks, Times};
use crate::arranged::Arranged;
use arrangement_trace::{
    Abelian, Antichain, Batch, BatchReader, Cursor, IntoOwned, Lattice, Multiply, Progress, Semigroup,
    Timestamp, consolidate_slice,
};
use std::cell::RefCell;
use std::cmp::Ordering;
use std::rc::Rc;
use timely::dataflow::Stream;
use timely::dataflow::channels::pact::Pipeline;
use timely::dataflow::operators::generic::Operator;
use timely::dataflow::operators::{Concat, vec::Map};

type KeyRef<'a, B> = <<B as BatchReader>::Key as IntoOwned>::ReadItem<'a>;
type ValRef<'a, B> = <<B as BatchReader>::Val as IntoOwned>::ReadItem<'a>;
type Key<B> = <<B as BatchReader>::Key as IntoOwned>::Owned;
type Val<B> = <<B as BatchReader>::Val as IntoOwned>::Owned;
type Product<A, B> = <<A as BatchReader>::Diff as Multiply<<B as BatchReader>::Diff>>::Output;

impl<'scope, B> Arranged<'scope, B>
where
    B: Batch<Time: Lattice, Diff: Semigroup>,
{
    /// Each pair of vals that have the same key: updates `((key, (val, other val)), time, diff)`.
    ///
    /// As [`join_core`](Arranged::join_core).
    ///
    /// ```
    /// use arrangement::dataflow::Arrange;
    /// use arrangement::OrdValSpine;
    /// use timely::dataflow::operators::{Inspect, ToStream};
    ///
    /// type Index = OrdValSpine<u64, String, u64, i64>;
    ///
    /// timely::example(|scope| {
    ///     let names = [((1, "apple".to_string()), 0, 1)].to_stream(scope).arrange::<Index>();
    ///     let tastes = [((1, "sweet".to_string()), 0, 1)].to_stream(scope).arrange::<Index>();
    ///     names.join(tastes).inspect(|((_, (name, taste)), _, _)| println!("{name}: {taste}"));
    /// });
    /// ```
    pub fn join<C>(
        self,
        other: Arranged<'scope, C>,
    ) -> Stream<'scope, B::Time, Vec<((Key<B>, (Val<B>, Val<C>)), B::Time, Product<B, C>)>>
    where
        C: Batch<Key = B::Key, Time = B::Time, Diff: Semigroup>,
        B::Diff: Multiply<C::Diff, Output: 'static>,
    {
        self.join_core(other, |key, val, other| {
            Some((B::Key::into_owned(key), (B::Val::into_owned(val), C::Val::into_owned(other))))
        })
    }

    /// What `logic` makes of each pair of vals that have the same key: updates `(data, time, diff)`, whose times are the
    /// joins and whose differences the products of those of the two.
    ///
    /// Reads keys and vals where they are. Both sides must have been exchanged by the same hash, and store keys in the
    /// same way. Works with [fuel](crate::FUEL): a pair of keys with many vals is not made at once.
    ///
    /// # Panics
    /// If the logical compaction frontier of either arrangement's handle is empty.
    pub fn join_core<C, L, I>(
        self,
        other: Arranged<'scope, C>,
        logic: L,
    ) -> Stream<'scope, B::Time, Vec<(I::Item, B::Time, Product<B, C>)>>
    where
        C: Batch<Key = B::Key, Time = B::Time, Diff: Semigroup>,
        B::Diff: Multiply<C::Diff, Output: 'static>,
        L: FnMut(KeyRef<'_, B>, ValRef<'_, B>, ValRef<'_, C>) -> I + 'static,
        I: IntoIterator<Item: Clone + 'static>,
    {
        let (mut left, mut right) = (Received::new(&self.trace), Received::new(&other.trace));
        let scope = self.stream.scope();
        // Both kinds of tasks use it.
        let logic = Rc::new(RefCell::new(logic));
        self.stream.binary_frontier(other.stream, Pipeline, Pipeline, "Join", move |_capability, info| {
            let activator = scope.activator_for(info.address);
            let (mut of_left, mut of_right) = (Tasks::new(), Tasks::new());
            move |(left_input, left_frontier), (right_input, right_frontier), output| {
                // What is fresh on one side meets what was received on the other: each two batches meet once.
                if let Some(fresh) = Fresh::receive(left_input) {
                    left.extend(&fresh);
                    let lower = fresh.lower();
                    let logic = Rc::clone(&logic);
                    let make = move |key: KeyRef<'_, B>, val: ValRef<'_, B>, other: ValRef<'_, C>| {
                        (logic.borrow_mut())(key, val, other)
                    };
                    let multiply = |diff: &B::Diff, other: &C::Diff| diff.clone().multiply(other);
                    let task = Join::new(Part::new(fresh.batches), right.part(), lower, make, multiply);
                    of_left.0.push_back((task, fresh.capabilities));
                }
                if let Some(fresh) = Fresh::receive(right_input) {
                    right.extend(&fresh);
                    let lower = fresh.lower();
                    let logic = Rc::clone(&logic);
                    let make = move |key: KeyRef<'_, B>, other: ValRef<'_, C>, val: ValRef<'_, B>| {
                        (logic.borrow_mut())(key, val, other)
                    };
                    let multiply = |other: &C::Diff, diff: &B::Diff| diff.clone().multiply(other);
                    let task = Join::new(Part::new(fresh.batches), left.part(), lower, make, multiply);
                    of_right.0.push_back((task, fresh.capabilities));
                }
                left.compact(right_frontier.frontier());
                right.compact(left_frontier.frontier());
                let mut fuel = FUEL / 2;
                of_left.work(&mut fuel, output);
                fuel += FUEL / 2;
                of_right.work(&mut fuel, output);
                if !(of_left.is_empty() && of_right.is_empty()) {
                    activator.activate();
                }
            }
        })
    }

    /// The keys and vals whose key is among those of `keys`, their differences multiplied by those of the keys: updates
    /// `((key, val), time, diff)`.
    ///
    /// `keys` is an arrangement without vals, such as one of [`distinct`](Arranged::distinct) keys.
    ///
    /// # Panics
    /// As [`join_core`](Arranged::join_core).
    pub fn semijoin<C>(
        self,
        keys: Arranged<'scope, C>,
    ) -> Stream<'scope, B::Time, Vec<Updates<B, Product<B, C>>>>
    where
        C: Batch<Key = B::Key, Time = B::Time, Diff: Semigroup>,
        C::Val: IntoOwned<Owned = ()>,
        B::Diff: Multiply<C::Diff, Output: 'static>,
    {
        self.join_core(keys, |key, val, _| Some((B::Key::into_owned(key), B::Val::into_owned(val))))
    }

    /// The keys and vals whose key is not among those of `keys`, each of which must be there once: updates
    /// `((key, val), time, diff)`.
    ///
    /// These are all updates, and those of the [`semijoin`](Arranged::semijoin) taken back.
    ///
    /// # Panics
    /// As [`join_core`](Arranged::join_core).
    pub fn antijoin<C>(self, keys: Arranged<'scope, C>) -> Stream<'scope, B::Time, Vec<Updates<B, B::Diff>>>
    where
        C: Batch<Key = B::Key, Time = B::Time, Diff: Semigroup>,
        C::Val: IntoOwned<Owned = ()>,
        B::Diff: Multiply<C::Diff, Output = B::Diff> + Abelian,
    {
        let all = self.clone().as_stream();
        let matched = self.semijoin(keys).map(|(data, time, mut diff)| {
            diff.negate();
            (data, time, diff)
        });
        all.concat(matched)
    }
}

/// Matches what is fresh on one side with what was there on the other. Can stop at any time of a pair of vals.
struct Join<A: BatchReader, B: BatchReader, D, L, M> {
    fresh: Part<A>,
    other: Part<B>,
    /// A frontier at or beyond which all that is fresh is, so that the other's times need be told apart only there.
    since: Antichain<A::Time>,
    logic: L,
    multiply: M,
    /// The times of each of the other side's vals that have been read, for the current key, and where those of each end.
    times: Vec<(A::Time, B::Diff)>,
    ends: Vec<usize>,
    /// Whether all of them have been read.
    loaded: bool,
    /// The times of the current fresh val, none if they have not been read.
    now: Times<A::Time, A::Diff>,
    /// The other side's current val, by its number.
    val: usize,
    /// What is made of the current pair of vals, if that is known, and how many of the fresh times it was sent for.
    made: Option<(Vec<D>, usize)>,
}

impl<A, B, D, L, M, I, R> Join<A, B, D, L, M>
where
    A: Batch<Time: Lattice, Diff: Semigroup>,
    B: Batch<Key = A::Key, Time = A::Time, Diff: Semigroup>,
    L: FnMut(KeyRef<'_, A>, ValRef<'_, A>, ValRef<'_, B>) -> I,
    I: IntoIterator<Item = D>,
    M: Fn(&A::Diff, &B::Diff) -> R,
    D: Clone,
{
    fn new(fresh: Part<A>, other: Part<B>, since: Antichain<A::Time>, logic: L, multiply: M) -> Self {
        Join {
            fresh,
            other,
            since,
            logic,
            multiply,
            times: Vec::new(),
            ends: Vec::new(),
            loaded: false,
            now: Times::new(),
            val: 0,
            made: None,
        }
    }

    /// Reads the times of the other side's vals of the current key.
    fn load(&mut self, fuel: &mut usize) -> Progress {
        let Part { cursor, batches } = &mut self.other;
        while !self.loaded {
            if *fuel == 0 {
                return Progress::Working;
            }
            let start = self.times.len();
            cursor.map_times(batches, |time, diff| {
                let mut time = time.clone();
                time.advance_by(self.since.borrow());
                self.times.push((time, diff.clone()));
                *fuel = fuel.saturating_sub(1);
            });
            let kept = consolidate_slice(&mut self.times[start..]);
            self.times.truncate(start + kept);
            self.ends.push(self.times.len());
            cursor.step_val(batches);
            self.loaded = !cursor.val_valid(batches);
        }
        Progress::Done
    }

    /// Matches the vals of the current key, which both sides have.
    fn pairs(&mut self, fuel: &mut usize, give: &mut impl FnMut((D, A::Time, R))) -> Progress {
        if !self.loaded {
            if self.load(fuel) == Progress::Working {
                return Progress::Working;
            }
            self.other.cursor.rewind_vals(&self.other.batches);
        }
        let Join { fresh, other, logic, multiply, times, ends, now, val, made, .. } = self;
        let since = Antichain::from_elem(A::Time::minimum());
        while fresh.cursor.val_valid(&fresh.batches) {
            if now.times.is_empty() {
                now.read(&mut fresh.cursor, &fresh.batches, since.borrow(), fuel);
            }
            while *val < ends.len() {
                if *fuel == 0 {
                    return Progress::Working;
                }
                *fuel -= 1;
                let start = val.checked_sub(1).map_or(0, |before| ends[before]);
                let (key, of_fresh) = (fresh.cursor.key(&fresh.batches), fresh.cursor.val(&fresh.batches));
                let of_other = other.cursor.val(&other.batches);
                let (data, sent) =
                    made.get_or_insert_with(|| (logic(key, of_fresh, of_other).into_iter().collect(), 0));
                for (time, diff) in &now.times[*sent..] {
                    if *fuel == 0 {
                        return Progress::Working;
                    }
                    *sent += 1;
                    for (other_time, other_diff) in &times[start..ends[*val]] {
                        let time = time.join(other_time);
                        for data in &*data {
                            give((data.clone(), time.clone(), multiply(diff, other_diff)));
                            *fuel = fuel.saturating_sub(1);
                        }
                    }
                }
                *made = None;
                *val += 1;
                other.cursor.step_val(&other.batches);
            }
            *val = 0;
            other.cursor.rewind_vals(&other.batches);
            now.clear();
            fresh.cursor.step_val(&fresh.batches);
        }
        times.clear();
        ends.clear();
        self.loaded = false;
        Progress::Done
    }
}

impl<A, B, D, L, M, I, R> Task for Join<A, B, D, L, M>
where
    A: Batch<Time: Lattice, Diff: Semigroup>,
    B: Batch<Key = A::Key, Time = A::Time, Diff: Semigroup>,
    L: FnMut(KeyRef<'_, A>, ValRef<'_, A>, ValRef<'_, B>) -> I,
    I: IntoIterator<Item = D>,
    M: Fn(&A::Diff, &B::Diff) -> R,
    D: Clone + 'static,
    R: 'static,
{
    type Item = (D, A::Time, R);

    fn work(&mut self, fuel: &mut usize, mut give: impl FnMut(Self::Item)) -> Progress {
        while *fuel > 0 {
            let Join { fresh, other, .. } = &mut *self;
            let (Some(key), Some(other_key)) =
                (fresh.cursor.get_key(&fresh.batches), other.cursor.get_key(&other.batches))
            else {
                return Progress::Done;
            };
            let (key, other_key) = (A::Key::reborrow(key), A::Key::reborrow(other_key));
            match key.cmp(&other_key) {
                Ordering::Less => fresh.cursor.seek_key(&fresh.batches, other_key),
                Ordering::Greater => other.cursor.seek_key(&other.batches, key),
                Ordering::Equal => {
                    if self.pairs(fuel, &mut give) == Progress::Working {
                        return Progress::Working;
                    }
                    self.fresh.cursor.step_key(&self.fresh.batches);
                    self.other.cursor.step_key(&self.other.batches);
                }
            }
            *fuel = fuel.saturating_sub(1);
        }
        Progress::Working
    }
}
