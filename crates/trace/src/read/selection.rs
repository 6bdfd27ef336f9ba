//! Which updates of a key and val are read, and what they come to.

use crate::{Algebra, Cursor, Native, PartialOrder, Timestamp};
use std::fmt;
use std::marker::PhantomData;

/// Which updates of a `(key, val)` pair count, and what they come to.
///
/// [`Summed`] and [`Timed`] are the two that [`View`](crate::View) gives. One of your own may fold updates into anything.
pub trait Selection<T, R>: Clone {
    /// What the updates come to.
    type Item;

    /// What the updates at the cursor come to, `None` if that is nothing. Does not move the cursor, and visits each update
    /// of the pair, in however many batches they are.
    ///
    /// ```
    /// # use arrangement::{Antichain, BatchReader, Batcher, Cursor, OrdValSpine, Pipeline};
    /// use arrangement::trace::{Selection, Summed};
    ///
    /// # type Index = OrdValSpine<u64, u64, u64, i64>;
    /// # let mut batcher = <Index as Pipeline>::Batcher::new();
    /// # batcher.push(&mut vec![((1, 10), 0, 1), ((1, 10), 1, 4)]);
    /// # let batch = batcher.seal::<<Index as Pipeline>::Builder>(Antichain::from_elem(2));
    /// let mut cursor = batch.cursor();
    /// cursor.seek_key(&batch, &1);
    /// // The weight of key 1 and its first val as of time 1.
    /// assert_eq!(<Summed<u64>>::as_of(1).weigh(&mut cursor, &batch), Some(5));
    /// ```
    fn weigh<C: Cursor<Time = T, Diff = R>>(
        &self,
        cursor: &mut C,
        storage: &C::Storage,
    ) -> Option<Self::Item>;
}

/// The sum of the differences, as the algebra `A` adds them, of all updates up to a time, or of those between two times.
///
/// What sums to zero is nothing.
pub struct Summed<T, A = Native> {
    span: Span<T>,
    _algebra: PhantomData<fn() -> A>,
}

/// Each time with its difference, in order of `Ord` on times, of all updates, or of those between two times. What one time
/// sums to by the algebra `A` is one entry, and what sums to zero none.
pub struct Timed<T, A = Native> {
    span: Option<Span<T>>,
    _algebra: PhantomData<fn() -> A>,
}

/// The times less than or equal to `to` that are not less than or equal to `from`.
#[derive(Clone, Debug)]
struct Span<T> {
    from: Option<T>,
    to: T,
}

impl<T: PartialOrder> Span<T> {
    #[inline]
    fn contains(&self, time: &T) -> bool {
        time.less_equal(&self.to) && !self.from.as_ref().is_some_and(|from| time.less_equal(from))
    }
}

impl<T, A> Summed<T, A> {
    /// Of updates up to a time.
    pub fn as_of(time: T) -> Self {
        Summed { span: Span { from: None, to: time }, _algebra: PhantomData }
    }

    /// Of updates up to a time that are not already up to another.
    pub fn between(from: T, to: T) -> Self {
        Summed { span: Span { from: Some(from), to }, _algebra: PhantomData }
    }

    /// Adds a difference to a sum, if its time counts.
    #[inline]
    pub(super) fn add<R: Clone>(&self, sum: &mut Option<R>, time: &T, diff: &R)
    where
        T: Timestamp,
        A: Algebra<T, R>,
    {
        if self.span.contains(time) {
            match sum {
                Some(sum) => A::plus_equals(sum, diff),
                None => *sum = Some(diff.clone()),
            }
        }
    }
}

impl<T, A> Timed<T, A> {
    /// Of all updates.
    pub fn all() -> Self {
        Timed { span: None, _algebra: PhantomData }
    }

    /// Of updates up to a time that are not already up to another.
    pub fn between(from: T, to: T) -> Self {
        Timed { span: Some(Span { from: Some(from), to }), _algebra: PhantomData }
    }
}

impl<T: Clone, A> Clone for Summed<T, A> {
    fn clone(&self) -> Self {
        Summed { span: self.span.clone(), _algebra: PhantomData }
    }
}

impl<T: Clone, A> Clone for Timed<T, A> {
    fn clone(&self) -> Self {
        Timed { span: self.span.clone(), _algebra: PhantomData }
    }
}

impl<T: fmt::Debug, A> fmt::Debug for Summed<T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Summed").field(&self.span).finish()
    }
}

impl<T: fmt::Debug, A> fmt::Debug for Timed<T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Timed").field(&self.span).finish()
    }
}

impl<T: Timestamp, R: Clone, A: Algebra<T, R>> Selection<T, R> for Summed<T, A> {
    type Item = R;

    fn weigh<C: Cursor<Time = T, Diff = R>>(&self, cursor: &mut C, storage: &C::Storage) -> Option<R> {
        let mut sum = None;
        cursor.map_times(storage, |time, diff| self.add(&mut sum, time, diff));
        sum.filter(|sum| !A::is_zero(sum))
    }
}

impl<T: Timestamp, R: Clone, A: Algebra<T, R>> Selection<T, R> for Timed<T, A> {
    type Item = Vec<(T, R)>;

    fn weigh<C: Cursor<Time = T, Diff = R>>(
        &self,
        cursor: &mut C,
        storage: &C::Storage,
    ) -> Option<Vec<(T, R)>> {
        let mut updates: Vec<(T, R)> = Vec::new();
        cursor.map_times(storage, |time, diff| {
            if self.span.as_ref().is_none_or(|span| span.contains(time)) {
                updates.push((time.clone(), diff.clone()));
            }
        });
        updates.sort_by(|a, b| a.0.cmp(&b.0));
        updates.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                A::plus_equals(&mut kept.1, &next.1);
            }
            same
        });
        updates.retain(|(_, diff)| !A::is_zero(diff));
        (!updates.is_empty()).then_some(updates)
    }
}
