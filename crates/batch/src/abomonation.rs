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
use arrangement_container::{BatchContainer, Layout, UpdateLevel};
use arrangement_trace::{Antichain, Description, PartialOrder, Share, SharedBatch, Storage};
use std::fmt;
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
        let (keys, vals, updates) = unsafe { (L::Key::read(input)?, V::read(input)?, L::Updates::read(input)?) };
        let storage = OrdStorage { keys, vals, updates };
        if storage.vals.rows() != storage.keys_len() {
            return Err(DecodeError::malformed("the vals are of other keys"));
        }
        if storage.updates.rows() != storage.vals_len() {
            return Err(DecodeError::malformed("the updates are of other vals"));
        }
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
        let Description { .. } = &self.0.description;
        for frontier in [
            self.0.description.lower(),
            self.0.description.upper(),
            self.0.description.since(),
        ] {
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
    ($([$($generics:ident),*] $type:ty;)*) => {
        $(impl<$($generics),*> Abomonation for $type
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
        })*
    };
}
by_frame! {
    [B] Whole<B>;
}

impl<L: Layout, V> Abomonation for OrdStorage<L, V>
where
    OrdStorage<L, V>: Encode,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{OrdKeyBatch, OrdKeyBuilder, OrdValBatch, OrdValBuilder};
    use arrangement_container::{BuilderInput, Chunk, InputFor, Preferred, Vector};
    use arrangement_trace::{
        ArcShare, Batch, BatchReader, Builder, Cursor, IntoOwned, Merger, Progress, RcBuilder, RcShare,
    };

    fn description(lower: u64, upper: u64) -> Description<u64> {
        Description::new(Antichain::from_elem(lower), Antichain::from_elem(upper))
    }

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
}
