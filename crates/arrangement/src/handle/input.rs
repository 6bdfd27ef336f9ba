//! Putting updates in, in everyday forms.

use super::{Arrangement, HANDED_OVER, IntoItem, LateUpdate};
use crate::Pipeline;
use arrangement_container::PushInto;
use arrangement_trace::{Antichain, Batcher, Share, Timestamp};

impl<S, P> Arrangement<S, P>
where
    S: Pipeline<Input: PushInto<((S::Key, S::Val), S::Time, S::Diff)>>,
    P: Share,
{
    /// Changes the multiplicity of `(key, val)` by `diff` at a time. It can be read once the time is sealed.
    ///
    /// A key or val may be given by reference where it is a `String` or a `Vec`: see [`IntoItem`].
    ///
    /// # Errors
    /// If everything at this time is sealed: the error names the time and the frontier, and nothing is changed.
    pub fn update(
        &mut self,
        key: impl IntoItem<S::Key>,
        val: impl IntoItem<S::Val>,
        time: S::Time,
        diff: S::Diff,
    ) -> Result<(), LateUpdate<S::Time>> {
        self.check(&time)?;
        self.stage(((key.into_item(), val.into_item()), time, diff));
        Ok(())
    }

    /// Adds `(key, val)` once at a time: an [`update`](Arrangement::update) by 1.
    ///
    /// # Errors
    /// As [`update`](Arrangement::update).
    pub fn insert(
        &mut self,
        key: impl IntoItem<S::Key>,
        val: impl IntoItem<S::Val>,
        time: S::Time,
    ) -> Result<(), LateUpdate<S::Time>>
    where
        S::Diff: From<i8>,
    {
        self.update(key, val, time, S::Diff::from(1))
    }

    /// Takes `(key, val)` away once at a time: an [`update`](Arrangement::update) by -1. Whether it was there is not
    /// looked at.
    ///
    /// # Errors
    /// As [`update`](Arrangement::update).
    pub fn remove(
        &mut self,
        key: impl IntoItem<S::Key>,
        val: impl IntoItem<S::Val>,
        time: S::Time,
    ) -> Result<(), LateUpdate<S::Time>>
    where
        S::Diff: From<i8>,
    {
        self.update(key, val, time, S::Diff::from(-1))
    }

    /// Takes many updates: all or, if one of them comes too late, none. Once something is sealed, they are all held at once
    /// to find that out.
    ///
    /// # Errors
    /// As [`update`](Arrangement::update), for the first update that comes too late.
    pub fn extend(
        &mut self,
        updates: impl IntoIterator<Item = ((S::Key, S::Val), S::Time, S::Diff)>,
    ) -> Result<(), LateUpdate<S::Time>> {
        // While nothing is sealed, no update can be late.
        if self.sealed == Antichain::from_elem(S::Time::minimum()) {
            updates.into_iter().for_each(|update| self.stage(update));
            return Ok(());
        }
        let mut all = S::Input::default();
        for update in updates {
            self.check(&update.1)?;
            all.push_into(update);
        }
        self.batcher.push(&mut all);
        Ok(())
    }

    fn stage(&mut self, update: ((S::Key, S::Val), S::Time, S::Diff)) {
        self.staged.push_into(update);
        self.staged_len += 1;
        if self.staged_len == HANDED_OVER {
            self.hand_over();
        }
    }
}

/// Keys alone: for the `Key` aliases, whose vals are `()`.
///
/// ```
/// use arrangement::{Arrangement, OrdKeySpine};
///
/// let mut members = Arrangement::<OrdKeySpine<String, u64, i64>>::new();
/// members.insert_key("ann", 0)?;
/// members.insert_key("bob", 0)?;
/// members.remove_key("bob", 1)?;
/// members.advance_to(2)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl<S, P> Arrangement<S, P>
where
    S: Pipeline<Val = (), Input: PushInto<((S::Key, ()), S::Time, S::Diff)>>,
    P: Share,
{
    /// Changes the multiplicity of a key by `diff` at a time: [`update`](Arrangement::update) without a val.
    ///
    /// # Errors
    /// As [`update`](Arrangement::update).
    pub fn update_key(
        &mut self,
        key: impl IntoItem<S::Key>,
        time: S::Time,
        diff: S::Diff,
    ) -> Result<(), LateUpdate<S::Time>> {
        self.update(key, (), time, diff)
    }

    /// Adds a key once at a time.
    ///
    /// # Errors
    /// As [`update`](Arrangement::update).
    pub fn insert_key(&mut self, key: impl IntoItem<S::Key>, time: S::Time) -> Result<(), LateUpdate<S::Time>>
    where
        S::Diff: From<i8>,
    {
        self.insert(key, (), time)
    }

    /// Takes a key away once at a time.
    ///
    /// # Errors
    /// As [`update`](Arrangement::update).
    pub fn remove_key(&mut self, key: impl IntoItem<S::Key>, time: S::Time) -> Result<(), LateUpdate<S::Time>>
    where
        S::Diff: From<i8>,
    {
        self.remove(key, (), time)
    }
}
