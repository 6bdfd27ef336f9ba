//! Storages and batches as memory images, by the frames of [`arrangement_container::abomonation`], whose page says what
//! is checked, what is not, and which types of items can be written at all.
//!
//! [`encode`] and [`decode`] take an [`OrdStorage`], with or without vals, whose columns are vectors or slices;
//! [`encode_batch`] and [`decode_batch`] a batch, with the three frontiers of its description.
//!
//! ```
//! use arrangement_batch::abomonation::{Aligned, decode_batch, encode_batch};
//! use arrangement_batch::{OrdValBatch, OrdValBuilder};
//! use arrangement_container::Vector;
//! use arrangement_trace::{Antichain, BatchReader, Builder, Description, RcBuilder};
//!
//! type L = Vector<((String, u64), u64, i64)>;
//! let mut builder = RcBuilder::<OrdValBuilder<L, Vec<_>>>::new();
//! builder.push(&mut vec![(("a".to_string(), 1), 0, 1), (("b".to_string(), 7), 0, 1)]);
//! let batch: OrdValBatch<L> =
//!     builder.done(Description::new(Antichain::from_elem(0), Antichain::from_elem(1)));
//!
//! let mut bytes = Vec::new();
//! encode_batch(&batch, &mut bytes);
//! let bytes = Aligned::copy_of(&bytes);
//! // SAFETY: the bytes were encoded just now.
//! let (back, _rest) = unsafe { decode_batch::<OrdValBatch<L>>(&bytes) }?;
//! assert_eq!((back.len(), back.description()), (2, batch.description()));
//! # Ok::<(), arrangement_batch::abomonation::DecodeError>(())
//! ```
//!
//! [`OrdStorage`] and, around a batch, [`Whole`] also implement the trait `Abomonation`, by a frame. What abomonation's
//! own `decode` so makes is leaked, as it hands out references that are never dropped.

#![allow(unsafe_code)]

use crate::ord::OrdStorage;
use crate::vals::{NoVals, ValLevel, Vals};
use ::abomonation::Abomonation;
use arrangement_container::abomonation::{
    Encode, EncodeLevel, Entomb, Reader, Shape, Writer, check_offsets, entomb, exhume, extent,
};
use arrangement_container::{BatchContainer, Layout};
use arrangement_trace::{Antichain, Description, PartialOrder, Share, SharedBatch, Storage};
use std::io;

#[doc(no_inline)]
pub use arrangement_container::abomonation::{Aligned, DecodeError, decode, encode};

/// Appends the encoding of a batch to a buffer: a frame of its description and storage.
pub fn encode_batch<S, P>(batch: &SharedBatch<S, P>, bytes: &mut Vec<u8>)
where
    S: Storage<Time: Entomb> + Encode,
    P: Share,
{
    encode(&Whole(batch.clone()), bytes);
}

/// Decodes the batch with which the bytes begin, and returns what is behind it.
///
/// # Errors
/// As [`decode`].
///
/// # Safety
/// As [`decode`].
pub unsafe fn decode_batch<B>(bytes: &[u8]) -> Result<(B, &[u8]), DecodeError>
where
    Whole<B>: Encode,
{
    // SAFETY: as the caller promises.
    unsafe { decode::<Whole<B>>(bytes) }.map(|(Whole(batch), rest)| (batch, rest))
}

/// A batch, as it can be encoded: traits of one crate can be implemented for types of another only around them.
#[derive(Clone, Debug)]
pub struct Whole<B>(pub B);

impl<C: BatchContainer + Encode> Encode for Vals<C> {
    fn describe(shape: &mut Shape) {
        shape.part("Vals");
        C::describe(shape);
    }
    fn write(&self, out: &mut Writer<'_>) {
        self.offsets.write(out);
        self.vals.write(out);
    }
    unsafe fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        // SAFETY: as the caller promises.
        let (offsets, vals) = unsafe { (Encode::read(input)?, C::read(input)?) };
        check_offsets(&offsets, vals.len(), true)?;
        Ok(Vals { offsets, vals })
    }
}

impl<C: BatchContainer + Encode> EncodeLevel for Vals<C> {
    fn rows(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }
}

impl Encode for NoVals {
    fn describe(shape: &mut Shape) {
        shape.part("NoVals");
    }
    fn write(&self, out: &mut Writer<'_>) {
        out.numbers([self.vals.len(), self.closed]);
    }
    unsafe fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let [vals, closed] = input.numbers()?;
        match vals == closed {
            true => Ok(NoVals { vals: vec![(); vals], closed }),
            false => Err(DecodeError::malformed("a key is not closed")),
        }
    }
}

impl EncodeLevel for NoVals {
    fn rows(&self) -> usize {
        self.closed
    }
}

impl<L, V> Encode for OrdStorage<L, V>
where
    L: Layout<Key: Encode, Updates: EncodeLevel>,
    V: ValLevel<L::Val> + EncodeLevel,
{
    fn describe(shape: &mut Shape) {
        shape.part("OrdStorage");
        L::Key::describe(shape);
        V::describe(shape);
        L::Updates::describe(shape);
    }
    fn write(&self, out: &mut Writer<'_>) {
        self.keys.write(out);
        self.vals.write(out);
        self.updates.write(out);
    }
    unsafe fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        // SAFETY: as the caller promises.
        let (keys, vals) = unsafe { (L::Key::read(input)?, V::read(input)?) };
        // SAFETY: as the caller promises.
        let updates = unsafe { <L::Updates as Encode>::read(input)? };
        let mut storage = Self::of(keys, vals, updates);
        if storage.vals.rows() != storage.keys_len() {
            return Err(DecodeError::malformed("the vals are of other keys"));
        }
        if storage.updates.rows() != storage.vals_len() {
            return Err(DecodeError::malformed("the updates are of other vals"));
        }
        storage.make_index();
        Ok(storage)
    }
}

impl<S, P> Encode for Whole<SharedBatch<S, P>>
where
    S: Storage<Time: Entomb> + Encode,
    P: Share,
{
    fn describe(shape: &mut Shape) {
        shape.part("SharedBatch");
        shape.item::<S::Time>();
        S::describe(shape);
    }

    fn write(&self, out: &mut Writer<'_>) {
        let bounds = &self.0.description;
        for frontier in [bounds.lower(), bounds.upper(), bounds.since()] {
            out.column(frontier.elements());
        }
        out.numbers([self.0.storage.is_some() as usize]);
        if let Some(storage) = self.0.storage() {
            storage.write(out);
        }
    }

    unsafe fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        // SAFETY: as the caller promises.
        let mut frontier = || unsafe { read_frontier::<S::Time>(input) };
        let (lower, upper, since) = (frontier()?, frontier()?, frontier()?);
        let storage = match input.numbers()? {
            [0] => None,
            // SAFETY: as the caller promises.
            [1] => Some(unsafe { S::read(input) }?),
            _ => return Err(DecodeError::malformed("a batch has one storage or none")),
        };
        if storage.as_ref().is_some_and(|storage| storage.updates_len() == 0) {
            return Err(DecodeError::malformed("a batch without updates has a storage"));
        }
        Ok(Whole(SharedBatch::new(Description::with_since(lower, upper, since), storage)))
    }
}

/// Reads a frontier: times none of which is beyond another.
///
/// # Safety
/// As [`decode`].
unsafe fn read_frontier<T: Entomb + PartialOrder>(
    input: &mut Reader<'_>,
) -> Result<Antichain<T>, DecodeError> {
    // SAFETY: as the caller promises.
    let times = unsafe { input.column::<T>() }?;
    let count = times.len();
    let frontier = Antichain::from_iter(times);
    match frontier.len() == count {
        true => Ok(frontier),
        false => Err(DecodeError::malformed("the times of a frontier are beyond each other")),
    }
}

macro_rules! by_frame {
    ([$($generics:tt)*] $type:ty) => {
        impl<$($generics)*> Abomonation for $type
        where
            $type: Encode,
        {
            unsafe fn entomb<W: io::Write>(&self, write: &mut W) -> io::Result<()> {
                entomb(self, write)
            }
            unsafe fn exhume<'b>(&mut self, bytes: &'b mut [u8]) -> Option<&'b mut [u8]> {
                // SAFETY: as the caller promises.
                unsafe { exhume(self, bytes) }
            }
            fn extent(&self) -> usize {
                extent(self)
            }
        }
    };
}
by_frame!([L: Layout, V] OrdStorage<L, V>);
by_frame!([B] Whole<B>);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{OrdKeyBatch, OrdKeyBuilder, OrdValBatch, OrdValBuilder};
    use arrangement_container::layout::{Key, Val};
    use arrangement_container::{InputFor, Preferred, Vector};
    use arrangement_trace::{
        ArcShare, Batch, BatchReader, Cursor, IntoOwned, Merger, Progress, RcShare, StorageBuilder, Timestamp,
    };
    use std::fmt::Debug;

    type Rows<L> = Vec<((Key<L>, Val<L>), <L as Layout>::Time, <L as Layout>::Diff)>;

    fn encoded<S: Storage<Time: Entomb> + Encode, P: Share>(batch: &SharedBatch<S, P>) -> Aligned {
        let mut bytes = Vec::new();
        encode_batch(batch, &mut bytes);
        Aligned::copy_of(&bytes)
    }

    fn decoded<B>(bytes: &[u8]) -> Result<B, DecodeError>
    where
        Whole<B>: Encode,
    {
        // SAFETY: what passes the checks of the header was encoded by these tests, in this program.
        let (batch, rest) = unsafe { decode_batch(bytes) }?;
        assert!(rest.is_empty());
        Ok(batch)
    }

    /// Bounds with three different frontiers.
    fn bounds<T: Timestamp>(times: [T; 3]) -> Description<T> {
        let [lower, upper, since] = times.map(Antichain::from_elem);
        Description::with_since(lower, upper, since)
    }

    fn vals<L: Layout>(bounds: Description<L::Time>, mut rows: Rows<L>) -> OrdValBatch<L>
    where
        Rows<L>: InputFor<L>,
    {
        let mut builder = <OrdValBuilder<L, Rows<L>> as StorageBuilder>::with_capacity(0, 0, 0);
        builder.push(&mut rows);
        SharedBatch::new(bounds, builder.done())
    }

    fn keys<L: Layout<Val = Vec<()>>>(bounds: Description<L::Time>, mut rows: Rows<L>) -> OrdKeyBatch<L>
    where
        Rows<L>: InputFor<L>,
    {
        let mut builder = <OrdKeyBuilder<L, Rows<L>> as StorageBuilder>::with_capacity(0, 0, 0);
        builder.push(&mut rows);
        SharedBatch::new(bounds, builder.done())
    }

    /// What a cursor reads, as text, and the bounds.
    fn contents<B: BatchReader<Diff: Debug>>(batch: &B) -> (Vec<String>, Description<B::Time>)
    where
        <B::Key as IntoOwned>::Owned: Debug,
        <B::Val as IntoOwned>::Owned: Debug,
    {
        let mut rows = Vec::new();
        let mut cursor = batch.cursor();
        while cursor.key_valid(batch) {
            while cursor.val_valid(batch) {
                let key = B::Key::into_owned(cursor.key(batch));
                let val = B::Val::into_owned(cursor.val(batch));
                cursor.map_times(batch, |time, diff| rows.push(format!("{key:?} {val:?} {time:?} {diff:?}")));
                cursor.step_val(batch);
            }
            cursor.step_key(batch);
        }
        (rows, batch.description().clone())
    }

    fn round_trip<S, P>(batch: &SharedBatch<S, P>) -> SharedBatch<S, P>
    where
        S: Storage<Time: Entomb, Diff: Debug> + Encode,
        P: Share,
        <S::Key as IntoOwned>::Owned: Debug,
        <S::Val as IntoOwned>::Owned: Debug,
    {
        let back: SharedBatch<S, P> = decoded(&encoded(batch)).unwrap();
        assert_eq!(contents(&back), contents(batch));
        assert_eq!(back.len(), batch.len());
        assert_eq!(back.storage.is_some(), batch.storage.is_some());
        back
    }

    fn merged<B: Batch>(older: &B, newer: &B, since: &Antichain<B::Time>) -> B {
        let mut merger = older.begin_merge(newer, since.borrow());
        while merger.work(older, newer, &mut 100) == Progress::Working {}
        merger.done()
    }

    /// Batches of one pair, of a few and of many distinct ones come back, and merge as the originals do.
    fn check<S>(batches: impl Fn(Description<u64>, usize, u64) -> SharedBatch<S>)
    where
        S: Storage<Time = u64, Diff: Debug> + Encode,
        <S::Key as IntoOwned>::Owned: Debug,
        <S::Val as IntoOwned>::Owned: Debug,
    {
        for (count, times) in [(0, 1), (1, 1), (300, 1), (300, 7), (3000, 3000)] {
            let older = batches(bounds([0, 5000, 0]), count, times);
            let newer = batches(bounds([5000, 9000, 0]), 100, 3);
            let since = Antichain::from_elem(2);
            let expected = merged(&older, &newer, &since);
            let result = merged(&round_trip(&older), &round_trip(&newer), &since);
            assert_eq!(contents(&result), contents(&expected));
            round_trip(&result);
        }
    }

    /// Rows in order, in which each third key has two vals, and each fifth pair two times.
    fn rows<K: Ord, V: Ord>(
        count: usize,
        times: u64,
        key: impl Fn(usize) -> K,
        val: impl Fn(usize) -> V,
    ) -> Vec<((K, V), u64, i64)> {
        let mut rows = Vec::new();
        for at in 0..count {
            for which in 0..1 + (at % 3 == 0) as usize {
                for time in 0..1 + (times > 1 && at % 5 == 0) as u64 {
                    rows.push(((key(at), val(which)), at as u64 % times + time, 1));
                }
            }
        }
        rows.sort();
        rows.dedup_by(|a, b| a.0 == b.0 && a.1 == b.1);
        rows
    }

    /// The first of them is empty.
    fn word(at: usize) -> String {
        if at == 0 { String::new() } else { "é".repeat(at % 4) + &at.to_string() }
    }

    #[test]
    fn batches_of_every_kind_are_read_back() {
        check(|bounds, n, t| {
            vals::<Vector<((u64, u64), u64, i64)>>(bounds, rows(n, t, |x| x as u64, |x| x as u64))
        });
        check(|bounds, n, t| {
            vals::<Vector<((String, u64), u64, i64)>>(bounds, rows(n, t, word, |x| x as u64))
        });
        check(|bounds, n, t| {
            vals::<Vector<((u32, u64), u64, i64)>>(bounds, rows(n, t, |x| x as u32, |x| x as u64))
        });
        check(|bounds, n, t| vals::<Vector<((String, String), u64, i64)>>(bounds, rows(n, t, word, word)));
        check(|bounds, n, t| vals::<Vector<((String, ()), u64, i64)>>(bounds, rows(n, t, word, |_| ())));
        check(|bounds, n, t| keys::<Vector<((String, ()), u64, i64)>>(bounds, rows(n, t, word, |_| ())));
        check(|bounds, n, t| keys::<Vector<(((), ()), u64, i64)>>(bounds, rows(n.min(1), t, |_| (), |_| ())));
        check(|bounds, n, t| keys::<Preferred<str, (), u64, i64>>(bounds, rows(n, t, word, |_| ())));
        check(|bounds, n, t| {
            vals::<Preferred<str, [u8], u64, i64>>(bounds, rows(n, t, word, |x| word(x).into_bytes()))
        });
        check(|bounds, n, t| {
            vals::<Preferred<[u64], [String], u64, i64>>(
                bounds,
                rows(n, t, |x| vec![x as u64; x % 3], |x| vec![word(x); x]),
            )
        });
    }

    #[test]
    fn bounds_of_pairs_and_of_no_times_are_read_back() {
        type L = Vector<((u64, ()), (u64, u64), i64)>;
        let [lower, since] = [(0, 0), (0, 3)].map(Antichain::from_elem);
        let bounds = Description::with_since(lower, Antichain::new(), since);
        let batch = keys::<L>(bounds.clone(), vec![((1, ()), (0, 3), 1), ((1, ()), (2, 2), -1)]);
        round_trip(&batch);
        round_trip(&keys::<L>(bounds, vec![]));
    }

    #[test]
    fn storages_and_shared_batches_are_read_back() {
        type L = Preferred<str, u64, u64, i64>;
        let batch =
            vals::<L>(bounds([0, 1, 0]), vec![(("".to_string(), 7), 0, 1), (("a".to_string(), 7), 0, 1)]);
        let mut bytes = Vec::new();
        encode(batch.storage().unwrap(), &mut bytes);
        let bytes = Aligned::copy_of(&bytes);
        // SAFETY: the bytes were encoded just now.
        let (storage, _) = unsafe { decode(&bytes) }.unwrap();
        let shared = OrdValBatch::<L, ArcShare>::new(batch.description().clone(), Some(storage));
        assert_eq!(contents(&round_trip(&shared)), contents(&batch));
        // How a batch is shared is no part of its layout.
        assert_eq!(
            contents(&decoded::<OrdValBatch<L, RcShare>>(&encoded(&shared)).unwrap()),
            contents(&batch)
        );
    }

    /// R32: cut off anywhere, with any bit changed, or misaligned, bytes are refused.
    #[test]
    fn r32_truncated_altered_and_misaligned_bytes_are_refused() {
        type L = Preferred<str, u64, u64, i64>;
        let batch =
            vals::<L>(bounds([0, 1, 0]), vec![(("".to_string(), 7), 0, 1), (("a".to_string(), 7), 0, 1)]);
        let bytes = encoded(&batch);
        for len in 0..bytes.len() {
            assert!(decoded::<OrdValBatch<L>>(&bytes[..len]).is_err(), "cut to {len}");
        }
        for bit in 0..bytes.len() * 8 {
            let mut altered = bytes.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            assert!(decoded::<OrdValBatch<L>>(&altered).is_err(), "bit {bit}");
        }
        for shift in 1..16 {
            let shifted = Aligned::copy_of(&[&vec![0; shift], &*bytes].concat());
            assert!(decoded::<OrdValBatch<L>>(&shifted[shift..]).unwrap_err().is_misaligned());
        }
        type Other = Preferred<str, i64, u64, i64>;
        let error = decoded::<OrdValBatch<Other>>(&bytes).unwrap_err().to_string();
        assert_eq!(error, "the fingerprint does not match: the bytes are of another layout");
        assert!(decoded::<OrdKeyBatch<Preferred<str, (), u64, i64>>>(&bytes).is_err());
    }

    /// A storage and a batch of the same description whose parts are of others.
    #[test]
    fn levels_of_different_lengths_are_refused() {
        type L = Vector<((u64, u64), u64, i64)>;
        let batch = |count| vals::<L>(bounds([0, 1, 0]), rows(count, 1, |x| x as u64, |x| x as u64));
        let [small, large] = [10, 20].map(|count| match batch(count).storage {
            Some(storage) => std::rc::Rc::into_inner(storage).expect("nobody shares it"),
            None => unreachable!("there are rows"),
        });
        let (a, b) = (small, large);
        let mixed = [
            OrdStorage::<L, Vals<Vec<u64>>>::of(b.keys.clone(), a.vals, a.updates.clone()),
            OrdStorage::of(b.keys, b.vals, a.updates),
        ];
        for storage in mixed {
            let batch = OrdValBatch::<L>::new(bounds([0, 1, 0]), Some(storage));
            let error = decoded::<OrdValBatch<L>>(&encoded(&batch)).unwrap_err().to_string();
            assert!(error.starts_with("the columns don't fit together: the "), "{error}");
        }
        let empty = OrdValBatch::<L>::new(bounds([0, 1, 0]), Some(OrdStorage::default()));
        assert!(decoded::<OrdValBatch<L>>(&encoded(&empty)).is_err());
    }

    /// P11: a frame within what abomonation writes is copied out, wherever it stands.
    #[test]
    fn batches_within_other_types_are_copied_out_aligned() {
        type L = Vector<((String, u64), u64, i64)>;
        let batch = vals::<L>(bounds([0, 9, 0]), rows(20, 3, word, |x| x as u64));
        let mut bytes = Vec::new();
        // SAFETY: the prefix and the frame are initialised throughout; no image of a batch itself is written.
        unsafe {
            "odd".to_string().entomb(&mut bytes).unwrap();
            Whole(batch.clone()).entomb(&mut bytes).unwrap();
        }
        assert_eq!(bytes.len(), 3 + Whole(batch.clone()).extent());
        let mut back = Whole(OrdValBatch::<L>::empty(bounds([0, 1, 0])));
        // SAFETY: the bytes are those of a batch, and the target owns no storage yet.
        let rest = unsafe { back.exhume(&mut bytes[3..]) }.expect("the frame is whole");
        assert!(rest.is_empty());
        assert_eq!(contents(&back.0), contents(&batch));
        bytes[100] ^= 1;
        // SAFETY: the bytes are refused.
        assert!(unsafe { back.exhume(&mut bytes[3..]) }.is_none());
    }
}
