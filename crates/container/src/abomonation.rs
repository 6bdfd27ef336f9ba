//! Columns as the memory images that the crate `abomonation` makes, in frames that are checked before they are read.
//!
//! Decoding by abomonation takes bytes for what they were: it can't tell a foreign pointer from its own, it writes no
//! padding, so that integers behind a string are read where they may not stand, and it writes the padding *in* items,
//! which nobody may look at. This module keeps to what is sound of it:
//!
//! * [`encode`] takes items whose type is known to be sound so: it is [`Entomb`], with an [`Image`] that is checked when
//!   the program is compiled. Items `(u32, u64)`, which have padding, or `Vec<String>`, where the words of one would
//!   follow the bytes of another, do not compile. As key and val rather than a pair, and as a
//!   [`SliceContainer<[String]>`](SliceContainer) rather than a vector of vectors, they do.
//! * Each column begins at a multiple of 16 bytes, in a frame with a header that is checked first.
//! * [`decode`] copies the items out of the image: what it returns owns its memory and borrows nothing.
//!
//! ```text
//! 0      8        12        16           24      32
//! magic  version  checksum  fingerprint  length  count, length  images, what they own, padding  count, ..
//!                                                '---------------- one column ----------------'
//! ```
//!
//! The checks find damage, truncation, foreign files and other layouts. They can't find what someone forged with a
//! right checksum, which is why [`decode`] is unsafe. An image holds the addresses that its strings and vectors had,
//! and is read only by a program of the same compiler and target: it serves to hand batches on or to keep them for
//! the same program, not to archive them.
//!
//! ```
//! use arrangement_container::abomonation::{Aligned, decode, encode};
//!
//! let column: Vec<String> = ["bash", "dash"].map(String::from).to_vec();
//! let mut bytes = Vec::new();
//! encode(&column, &mut bytes);
//! let mut bytes = Aligned::copy_of(&bytes);
//! // SAFETY: the bytes were encoded just now.
//! let (back, rest) = unsafe { decode::<Vec<String>>(&bytes) }?;
//! assert_eq!(back, column);
//! assert!(rest.is_empty());
//!
//! bytes[40] ^= 1;
//! // SAFETY: the bytes fail a check.
//! let error = unsafe { decode::<Vec<String>>(&bytes) }.unwrap_err();
//! assert_eq!(error.to_string(), "the checksum does not match: the bytes are damaged");
//! # Ok::<(), arrangement_container::abomonation::DecodeError>(())
//! ```
//!
//! # The trait `Abomonation`
//! [`OffsetList`], [`SliceContainer`] and [`Updates`] implement it by hand, for use within types of one's own, each by
//! a frame that is copied out wherever it stands: deriving it would read offsets misaligned. As abomonation hands out
//! references that are never dropped, **what it so decodes is leaked**. Its own `encode` moreover reads the padding of the
//! outermost type, which is why it is unsafe. Prefer [`encode`] and [`decode`].

#![allow(unsafe_code)]

use crate::codes::{Codes, MOST_PAIRS};
use crate::offsets::{Offset, OffsetList};
use crate::slice::{SliceContainer, Unsized};
use crate::updates::Updates;
use ::abomonation::Abomonation;
use std::any::{TypeId, type_name};
use std::fmt::{self, Debug};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::ops::{Deref, DerefMut};
use std::slice::{from_raw_parts, from_raw_parts_mut};

/// Frames, columns and images begin at multiples of so many bytes.
pub const BLOCK: usize = 16;
const MAGIC: &[u8; 8] = b"arrabom\n";
const VERSION: u32 = 1;
const HEADER: usize = 2 * BLOCK;

/// What is known of a type's memory image: see [`Entomb`].
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Whether no byte of it is padding.
    solid: bool,
    /// The widest alignment of what is written behind it; 0 if nothing is.
    wide: usize,
    /// A power of two that divides the length of each piece written behind it.
    unit: usize,
}

impl Image {
    /// A type without padding that owns nothing beyond itself.
    pub const PLAIN: Image = Image { solid: true, wide: 0, unit: BLOCK };

    /// A type without padding that owns a sequence of items of another.
    pub const fn owning<T: Entomb>() -> Image {
        let wide = if align_of::<T>() > T::IMAGE.wide { align_of::<T>() } else { T::IMAGE.wide };
        let unit = if divisor::<T>() < T::IMAGE.unit { divisor::<T>() } else { T::IMAGE.unit };
        Image { solid: T::IMAGE.solid, wide, unit }
    }

    /// One type after another, as fields of a third.
    #[must_use]
    pub const fn and(self, next: Image) -> Image {
        let wide = if self.wide > next.wide { self.wide } else { next.wide };
        let unit = if self.unit < next.unit { self.unit } else { next.unit };
        Image { solid: self.solid && next.solid, wide, unit }
    }

    /// The same, unless the fields are shorter than the type, which so has padding.
    #[must_use]
    pub const fn of_fields(self, fields: usize, whole: usize) -> Image {
        Image { solid: self.solid && fields == whole, ..self }
    }

    /// Whether a column of such items can be written and read back without undefined behaviour.
    const fn is_sound<T: Entomb>() -> bool {
        let Image { solid, wide, unit } = T::IMAGE;
        let aligned = wide == 0 || (wide <= unit && wide <= divisor::<T>());
        solid && aligned && align_of::<T>() <= BLOCK
    }

    const fn owns_nothing(self) -> bool {
        self.wide == 0
    }
}

/// The largest power of two, up to a block, that divides the size of a type.
const fn divisor<T>() -> usize {
    match size_of::<T>() {
        0 => BLOCK,
        size if 1 << size.trailing_zeros() < BLOCK => 1 << size.trailing_zeros(),
        _ => BLOCK,
    }
}

/// A type of items that can be written as memory images.
///
/// It is implemented for integers, `bool`, `char`, `()`, `String`, vectors, arrays and tuples of such types. A type of
/// your own that is [`Abomonation`] can be made one, if it has no padding:
///
/// ```
/// use arrangement_container::abomonation::{Entomb, Image};
///
/// #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
/// struct Place { x: u32, y: u32 }
///
/// impl abomonation::Abomonation for Place {}
/// // SAFETY: two `u32` leave no gap and own nothing.
/// unsafe impl Entomb for Place {
///     const IMAGE: Image = Image::PLAIN.of_fields(8, size_of::<Place>());
/// }
/// ```
///
/// # Safety
/// The type has no interior mutability, no references, and no padding where [`IMAGE`](Entomb::IMAGE) does not say
/// so. Its `Abomonation` writes behind an item exactly the pieces that `IMAGE` describes, initialised throughout, and
/// restores from them, without reading beyond, an item equal to the one written.
pub unsafe trait Entomb: Abomonation + Clone + 'static {
    /// What is known of the memory image.
    const IMAGE: Image;

    /// Whether a restored item is what its type requires, as far as that can still be asked: that strings are UTF-8.
    fn is_valid(&self) -> bool {
        true
    }
}

macro_rules! plain {
    ($($t:ty),*) => {
        // SAFETY: primitive types have no padding and own nothing.
        $(unsafe impl Entomb for $t {
            const IMAGE: Image = Image::PLAIN;
        })*
    };
}
plain!(u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, bool, char, ());

// SAFETY: a string is three words, and its bytes are written behind it.
unsafe impl Entomb for String {
    const IMAGE: Image = Image::owning::<u8>();

    fn is_valid(&self) -> bool {
        std::str::from_utf8(self.as_bytes()).is_ok()
    }
}

// SAFETY: a vector is three words; its items are written behind it, then what they own.
unsafe impl<T: Entomb> Entomb for Vec<T> {
    const IMAGE: Image = Image::owning::<T>();

    fn is_valid(&self) -> bool {
        self.iter().all(T::is_valid)
    }
}

// SAFETY: the items of an array have no gaps between them; what they own is written in turn.
unsafe impl<T: Entomb, const N: usize> Entomb for [T; N]
where
    [T; N]: Abomonation,
{
    const IMAGE: Image = T::IMAGE;

    fn is_valid(&self) -> bool {
        self.iter().all(T::is_valid)
    }
}

macro_rules! tuple {
    ($($name:ident)*) => {
        // SAFETY: a tuple whose fields add up to its size has no padding; what they own is written in turn.
        unsafe impl<$($name: Entomb),*> Entomb for ($($name,)*) {
            const IMAGE: Image =
                Image::PLAIN$(.and($name::IMAGE))*.of_fields(0 $(+ size_of::<$name>())*, size_of::<Self>());

            #[allow(non_snake_case, reason = "fields are named as their types")]
            fn is_valid(&self) -> bool {
                let ($($name,)*) = self;
                $($name.is_valid())&&*
            }
        }
    };
}
tuple!(A);
tuple!(A B);
tuple!(A B C);
tuple!(A B C D);
tuple!(A B C D E);
tuple!(A B C D E F);

/// What can be encoded: columns, and what is made of them.
pub trait Encode: Sized {
    /// Names the types that the encoding depends on.
    fn describe(shape: &mut Shape);

    /// Writes all columns.
    fn write(&self, out: &mut Writer<'_>);

    /// Reads the columns in the order in which they were written, and checks how they fit together.
    ///
    /// # Errors
    /// If they don't.
    ///
    /// # Safety
    /// As [`decode`].
    unsafe fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError>;
}

/// A level that serves the items of the level above: updates serve vals, vals serve keys.
pub trait EncodeLevel: Encode {
    /// The number of items served.
    fn rows(&self) -> usize;
}

/// Appends the encoding of columns to a buffer: a frame, whose length is a multiple of [`BLOCK`].
///
/// A level of vals or updates must be complete, as it is in every batch; otherwise it will not be read back.
pub fn encode<S: Encode>(columns: &S, bytes: &mut Vec<u8>) {
    let start = bytes.len();
    bytes.resize(start + HEADER, 0);
    columns.write(&mut Writer { start, bytes });
    let frame = &mut bytes[start..];
    let length = (frame.len() - HEADER) as u64;
    frame[..8].copy_from_slice(MAGIC);
    frame[8..12].copy_from_slice(&VERSION.to_le_bytes());
    frame[16..24].copy_from_slice(&Shape::of::<S>().to_le_bytes());
    frame[24..32].copy_from_slice(&length.to_le_bytes());
    let checksum = checksum(frame);
    frame[12..16].copy_from_slice(&checksum.to_le_bytes());
}

/// Decodes the frame with which the bytes begin, and returns what is behind it.
///
/// The bytes must begin at a multiple of [`BLOCK`]: see [`Aligned`]. They are left as they are.
///
/// # Errors
/// If the bytes are too few or misaligned, if magic, version, fingerprint or checksum are not the ones expected, or
/// if what was read does not fit together: lengths, offsets that don't ascend, codes beyond their dictionary, strings
/// that are not UTF-8.
///
/// # Safety
/// Bytes that pass the checks of the header must come from [`encode`], called for the type `S` in a program of the same
/// compiler, target and versions of the types involved, with no change since. Bytes that fail them, whatever their
/// origin, are refused without being interpreted.
pub unsafe fn decode<S: Encode>(bytes: &[u8]) -> Result<(S, &[u8]), DecodeError> {
    let (frame, rest) = frame(bytes)?;
    if !frame.as_ptr().addr().is_multiple_of(BLOCK) {
        return Err(DecodeError { kind: Kind::Misaligned });
    }
    if u64_at(frame, 16) != Shape::of::<S>() {
        return Err(DecodeError { kind: Kind::Fingerprint });
    }
    if u32_at(frame, 12) != checksum(frame) {
        return Err(DecodeError { kind: Kind::Checksum });
    }
    let mut reader = Reader { rest: &frame[HEADER..] };
    // SAFETY: the caller vouches for frames that pass the checks above.
    let columns = unsafe { S::read(&mut reader) }?;
    match reader.rest {
        [] => Ok((columns, rest)),
        _ => Err(DecodeError::malformed("bytes are left behind the last column")),
    }
}

/// The frame with which bytes begin, by magic, version and length, and what is behind it.
fn frame(bytes: &[u8]) -> Result<(&[u8], &[u8]), DecodeError> {
    let short = |need: u64| DecodeError { kind: Kind::Short { have: bytes.len(), need } };
    if bytes.len() < HEADER {
        return Err(short(HEADER as u64));
    }
    if bytes[..8] != *MAGIC {
        return Err(DecodeError { kind: Kind::Magic });
    }
    if u32_at(bytes, 8) != VERSION {
        return Err(DecodeError { kind: Kind::Version(u32_at(bytes, 8)) });
    }
    let need = u64_at(bytes, 24).saturating_add(HEADER as u64);
    let need_here = usize::try_from(need).map_err(|_| short(need))?;
    bytes.split_at_checked(need_here).ok_or_else(|| short(need))
}

/// The checksum of a frame, but for the place where it stands.
fn checksum(frame: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&frame[..12]);
    hasher.update(&frame[16..]);
    hasher.finalize()
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("the slice has four bytes"))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("the slice has eight bytes"))
}

/// The fingerprint of a layout in the making.
#[derive(Debug)]
pub struct Shape {
    hasher: DefaultHasher,
}

impl Shape {
    fn of<S: Encode>() -> u64 {
        let mut shape = Shape { hasher: DefaultHasher::new() };
        shape.part(if cfg!(target_endian = "big") { "big" } else { "little" });
        S::describe(&mut shape);
        shape.hasher.finish()
    }

    /// Adds the name of a part.
    pub fn part(&mut self, name: &str) {
        name.hash(&mut self.hasher);
    }

    /// Adds a type of items. Its identity changes with the compiler, by which images may change.
    pub fn item<T: Entomb>(&mut self) {
        let type_of = (type_name::<T>(), TypeId::of::<T>());
        (type_of, size_of::<T>(), align_of::<T>(), align_of::<usize>()).hash(&mut self.hasher);
    }
}

/// Where columns are written.
#[derive(Debug)]
pub struct Writer<'a> {
    start: usize,
    bytes: &'a mut Vec<u8>,
}

impl Writer<'_> {
    /// Writes a column. It does not compile for items whose [`Image`] is not sound.
    pub fn column<T: Entomb>(&mut self, items: &[T]) {
        const {
            assert!(
                Image::is_sound::<T>(),
                "items of this type have padding, or own wide data behind narrow: abomonation can't encode them"
            );
        }
        let head = self.bytes.len();
        self.bytes.extend_from_slice(&(items.len() as u64).to_le_bytes());
        self.bytes.extend_from_slice(&[0; 8]);
        // SAFETY: the bytes of the slice are all initialised, since its items have no padding, as checked above.
        let images = unsafe { from_raw_parts(items.as_ptr().cast::<u8>(), size_of_val(items)) };
        self.bytes.extend_from_slice(images);
        if !T::IMAGE.owns_nothing() {
            for item in items {
                // SAFETY: what the method writes is initialised, as the implementor of `Entomb` promises.
                unsafe { item.entomb(self.bytes) }.expect("a vector takes all that is written to it");
            }
        }
        let length = self.bytes.len() - head - BLOCK;
        self.bytes[head + 8..head + BLOCK].copy_from_slice(&(length as u64).to_le_bytes());
        let end = self.start + (self.bytes.len() - self.start).next_multiple_of(BLOCK);
        self.bytes.resize(end, 0);
    }

    /// Writes single numbers.
    pub fn numbers<const N: usize>(&mut self, numbers: [usize; N]) {
        self.column(&numbers.map(|number| number as u64));
    }
}

/// Where columns are read from.
#[derive(Debug)]
pub struct Reader<'a> {
    /// The columns left. Each begins at a multiple of [`BLOCK`], in memory too.
    rest: &'a [u8],
}

impl Reader<'_> {
    /// Reads a column.
    ///
    /// # Errors
    /// If its length does not fit the bytes, or an item is not valid.
    ///
    /// # Safety
    /// As [`decode`]: a column that the bytes hold at this place must be one of `T`.
    pub unsafe fn column<T: Entomb>(&mut self) -> Result<Vec<T>, DecodeError> {
        const {
            assert!(Image::is_sound::<T>(), "items of this type can't be encoded");
        }
        let short = || DecodeError::malformed("a column is cut off");
        let (head, rest) = self.rest.split_at_checked(BLOCK).ok_or_else(short)?;
        let count = usize::try_from(u64_at(head, 0)).map_err(|_| short())?;
        let length = usize::try_from(u64_at(head, 8)).map_err(|_| short())?;
        let padded = length.checked_next_multiple_of(BLOCK).ok_or_else(short)?;
        let (body, rest) = rest.split_at_checked(padded).ok_or_else(short)?;
        let size = count.checked_mul(size_of::<T>()).filter(|size| *size <= length).ok_or_else(short)?;
        let items = if T::IMAGE.owns_nothing() {
            if size != length {
                return Err(DecodeError::malformed("a column has bytes behind its items"));
            }
            // `body` begins at a multiple of `BLOCK`, beyond which no `T` is aligned, and has `size` bytes.
            // SAFETY: it is aligned and long enough, and its bytes are images of `T` as the caller promises.
            unsafe { from_raw_parts(body.as_ptr().cast::<T>(), count) }.to_vec()
        } else {
            // Pointers are set in a copy, whose items are cloned and never dropped.
            let mut scratch = Aligned::copy_of(&body[..length]);
            let (images, mut pieces) = scratch.split_at_mut(size);
            // `scratch` is aligned to `BLOCK` too.
            // SAFETY: as above; the pointers in the images lead nowhere yet and are not followed before they are set.
            let items = unsafe { from_raw_parts_mut(images.as_mut_ptr().cast::<T>(), count) };
            for item in &mut *items {
                // Each piece stands where its type is aligned: what is before it is a multiple of that, by `Image::is_sound`.
                // SAFETY: the pieces are the ones that `entomb` wrote, in its order, each aligned.
                pieces = unsafe { item.exhume(pieces) }.ok_or_else(short)?;
            }
            if !pieces.is_empty() {
                return Err(DecodeError::malformed("a column has bytes behind its items"));
            }
            if !items.iter().all(T::is_valid) {
                return Err(DecodeError::malformed("a string is not UTF-8"));
            }
            items.to_vec()
        };
        self.rest = rest;
        Ok(items)
    }

    /// Reads single numbers.
    ///
    /// # Errors
    /// If there is no such column, or a number is too large for this target.
    pub fn numbers<const N: usize>(&mut self) -> Result<[usize; N], DecodeError> {
        // SAFETY: all bytes are images of `u64`, whatever was written.
        let numbers = unsafe { self.column::<u64>() }?;
        let numbers: Vec<usize> = numbers.into_iter().filter_map(|x| usize::try_from(x).ok()).collect();
        numbers.try_into().map_err(|_| DecodeError::malformed("a number is missing or too large"))
    }
}

/// Bytes that begin at a multiple of [`BLOCK`].
#[derive(Clone, Default)]
pub struct Aligned {
    blocks: Vec<Block>,
    len: usize,
}

#[derive(Copy, Clone)]
#[repr(C, align(16))]
struct Block([u8; BLOCK]);

impl Aligned {
    /// A copy of bytes.
    pub fn copy_of(bytes: &[u8]) -> Self {
        let block = |part: &[u8]| {
            let mut block = Block([0; BLOCK]);
            block.0[..part.len()].copy_from_slice(part);
            block
        };
        Aligned { blocks: bytes.chunks(BLOCK).map(block).collect(), len: bytes.len() }
    }
}

impl Debug for Aligned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Aligned({} bytes)", self.len)
    }
}

impl Deref for Aligned {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        // SAFETY: a block is its bytes, and there are blocks for `len` of them.
        unsafe { from_raw_parts(self.blocks.as_ptr().cast(), self.len) }
    }
}

impl DerefMut for Aligned {
    fn deref_mut(&mut self) -> &mut [u8] {
        // SAFETY: as above; any bytes are a block.
        unsafe { from_raw_parts_mut(self.blocks.as_mut_ptr().cast(), self.len) }
    }
}

/// Why bytes were not decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Short { have: usize, need: u64 },
    Misaligned,
    Magic,
    Version(u32),
    Fingerprint,
    Checksum,
    Malformed(&'static str),
}

impl DecodeError {
    /// What was read does not fit together.
    pub fn malformed(what: &'static str) -> Self {
        DecodeError { kind: Kind::Malformed(what) }
    }

    /// Whether the bytes may be right, but begin at an address that is not a multiple of [`BLOCK`].
    pub fn is_misaligned(&self) -> bool {
        self.kind == Kind::Misaligned
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Short { have, need } => write!(f, "the bytes are cut off: {have} of {need} are there"),
            Kind::Misaligned => {
                write!(f, "the bytes are misaligned: they must begin at a multiple of {BLOCK}")
            }
            Kind::Magic => write!(f, "the magic number does not match: the bytes are no encoded columns"),
            Kind::Version(version) => write!(f, "the format's version is {version}, not {VERSION}"),
            Kind::Fingerprint => write!(f, "the fingerprint does not match: the bytes are of another layout"),
            Kind::Checksum => write!(f, "the checksum does not match: the bytes are damaged"),
            Kind::Malformed(what) => write!(f, "the columns don't fit together: {what}"),
        }
    }
}

impl std::error::Error for DecodeError {}

/// Writes a frame for abomonation's `entomb`.
///
/// # Errors
/// Those of the writer.
pub fn entomb<S: Encode, W: io::Write>(columns: &S, write: &mut W) -> io::Result<()> {
    let mut bytes = Vec::new();
    encode(columns, &mut bytes);
    write.write_all(&bytes)
}

/// Reads a frame, wherever it stands, for abomonation's `exhume`; `None` if it is refused. The target is overwritten,
/// not dropped.
///
/// # Safety
/// As [`decode`].
pub unsafe fn exhume<'b, S: Encode>(target: &mut S, bytes: &'b mut [u8]) -> Option<&'b mut [u8]> {
    let length = frame(bytes).ok()?.0.len();
    let (frame, rest) = bytes.split_at_mut(length);
    let aligned = Aligned::copy_of(frame);
    // SAFETY: as the caller promises.
    let (columns, _) = unsafe { decode(&aligned) }.ok()?;
    // SAFETY: a reference can be written to. What stood there is an image, which owns nothing.
    unsafe { std::ptr::write(target, columns) };
    Some(rest)
}

/// The number of bytes of a frame, for abomonation's `extent`. Costs as much as [`encode`].
pub fn extent<S: Encode>(columns: &S) -> usize {
    let mut bytes = Vec::new();
    encode(columns, &mut bytes);
    bytes.len()
}

macro_rules! by_frame {
    ($([$($generics:tt)*] $type:ty;)*) => {
        $(impl<$($generics)*> Abomonation for $type {
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
    [S: Offset + Entomb] OffsetList<S>;
    [] SliceContainer<str>;
    [T: Entomb + Ord + Debug] SliceContainer<[T]>;
    [T: Entomb + Ord, R: Entomb + Ord, A] Updates<T, R, A>;
}

impl<T: Entomb> Encode for Vec<T> {
    fn describe(shape: &mut Shape) {
        shape.part("Vec");
        shape.item::<T>();
    }
    fn write(&self, out: &mut Writer<'_>) {
        out.column(self);
    }
    unsafe fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        // SAFETY: as the caller promises.
        unsafe { input.column() }
    }
}

impl<S: Offset + Entomb> Encode for OffsetList<S> {
    fn describe(shape: &mut Shape) {
        shape.part("OffsetList");
        shape.item::<S>();
    }
    fn write(&self, out: &mut Writer<'_>) {
        out.numbers([self.stride, self.count, self.repeats]);
        out.column(&self.narrow);
        out.column(&self.wide);
    }
    unsafe fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let [stride, count, repeats] = input.numbers()?;
        // SAFETY: as the caller promises.
        let (narrow, wide) = unsafe { (input.column::<S>()?, input.column::<u64>()?) };
        let total = [repeats, narrow.len(), wide.len()].iter().try_fold(count, |sum, &x| sum.checked_add(x));
        let fits = total.is_some()
            && stride.checked_mul(count).is_some()
            && (count > 1 || stride == 0)
            && (count > 0 || repeats == 0)
            && wide.iter().all(|&offset| usize::try_from(offset).is_ok());
        match fits {
            true => Ok(OffsetList { stride, count, repeats, narrow, wide, expected: 0 }),
            false => Err(DecodeError::malformed("an offset is too large")),
        }
    }
}

/// Checks that offsets lead from `0` to `end` without descending, and, where they bound the items of a level that has
/// none without any, that they always ascend.
///
/// # Errors
/// If they don't.
pub fn check_offsets(offsets: &OffsetList, end: usize, strictly: bool) -> Result<(), DecodeError> {
    let OffsetList { stride, count, repeats, .. } = *offsets;
    let regular = !strictly || (repeats == 0 && (count < 2 || stride > 0));
    // A regular beginning ascends by what it is; from its last entry on all are looked at.
    let tail: Vec<usize> = (count.saturating_sub(1)..offsets.len())
        .skip(if count > 0 { repeats } else { 0 })
        .map(|index| offsets.index(index))
        .collect();
    let ascend = tail.is_sorted_by(|a, b| if strictly { a < b } else { a <= b });
    let bounded = !offsets.is_empty() && offsets.index(0) == 0 && offsets.last() == Some(end);
    match regular && ascend && bounded {
        true => Ok(()),
        false => Err(DecodeError::malformed("offsets don't ascend to the end of their column")),
    }
}

impl Encode for SliceContainer<str> {
    fn describe(shape: &mut Shape) {
        shape.part("SliceContainer<str>");
        OffsetList::<u32>::describe(shape);
    }
    fn write(&self, out: &mut Writer<'_>) {
        self.bounds.write(out);
        out.column(self.contents.as_bytes());
    }
    unsafe fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        // SAFETY: as the caller promises.
        let (bounds, bytes) = unsafe { (OffsetList::read(input)?, input.column::<u8>()?) };
        let utf8 = |_| DecodeError::malformed("a string is not UTF-8");
        let contents = String::from_utf8(bytes).map_err(utf8)?;
        check_offsets(&bounds, contents.len(), false)?;
        if !contents.is_ascii() && !bounds.iter().all(|bound| contents.is_char_boundary(bound)) {
            return Err(DecodeError::malformed("a string ends within a character"));
        }
        Ok(SliceContainer { bounds, contents })
    }
}

impl<T: Entomb + Ord + Debug> Encode for SliceContainer<[T]>
where
    [T]: Unsized<Buffer = Vec<T>>,
{
    fn describe(shape: &mut Shape) {
        shape.part("SliceContainer");
        shape.item::<T>();
        OffsetList::<u32>::describe(shape);
    }
    fn write(&self, out: &mut Writer<'_>) {
        self.bounds.write(out);
        out.column(&self.contents);
    }
    unsafe fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        // SAFETY: as the caller promises.
        let (bounds, contents) = unsafe { (OffsetList::read(input)?, input.column::<T>()?) };
        check_offsets(&bounds, contents.len(), false)?;
        Ok(SliceContainer { bounds, contents })
    }
}

impl<T: Entomb + Ord, R: Entomb + Ord, A> Encode for Updates<T, R, A> {
    fn describe(shape: &mut Shape) {
        shape.part("Updates by region");
        shape.item::<T>();
        shape.item::<R>();
        OffsetList::<u32>::describe(shape);
    }

    fn write(&self, out: &mut Writer<'_>) {
        // Times and differences have a column each, as pairs of them may have padding.
        let (times, diffs): (Vec<T>, Vec<R>) = self.dictionary.pairs.iter().cloned().unzip();
        out.numbers([self.codes.ones, self.len]);
        self.offsets.write(out);
        out.column(&times);
        out.column(&diffs);
        out.column(&self.codes.narrow);
        out.column(&self.codes.wide);
        out.column(&self.codes.times);
        out.column(&self.codes.diffs);
    }

    unsafe fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let [ones, len] = input.numbers()?;
        // SAFETY: as the caller promises.
        let offsets = unsafe { OffsetList::read(input)? };
        // SAFETY: as the caller promises.
        let (dictionary_times, dictionary_diffs) = unsafe { (input.column::<T>()?, input.column::<R>()?) };
        // SAFETY: any bytes are images of integers.
        let (narrow, wide) = unsafe { (input.column::<u8>()?, input.column::<u16>()?) };
        // SAFETY: as the caller promises.
        let (times, diffs) = unsafe { (input.column::<T>()?, input.column::<R>()?) };
        check_offsets(&offsets, len, true)?;
        let pairs = dictionary_times.len();
        let fits = pairs == dictionary_diffs.len()
            && pairs <= MOST_PAIRS
            && (ones == 0 || pairs > 0)
            && narrow.iter().all(|&code| (code as usize) < pairs)
            && wide.iter().all(|&code| (code as usize) < pairs)
            && times.len() == diffs.len()
            && ones.checked_add(narrow.len() + wide.len() + times.len()) == Some(len);
        if !fits {
            return Err(DecodeError::malformed("codes don't fit their dictionary"));
        }
        let pairs: Vec<(T, R)> = dictionary_times.into_iter().zip(dictionary_diffs).collect();
        let mut sorted: Vec<u16> = (0..pairs.len() as u16).collect();
        sorted.sort_by(|&a, &b| pairs[a as usize].cmp(&pairs[b as usize]));
        if !sorted.is_sorted_by(|&a, &b| pairs[a as usize] < pairs[b as usize]) {
            return Err(DecodeError::malformed("a dictionary has a pair twice"));
        }
        let mut updates = Updates::default();
        if !times.is_empty() {
            updates.least = None;
        }
        (updates.offsets, updates.len) = (offsets, len);
        (updates.dictionary.pairs, updates.dictionary.sorted) = (pairs, sorted);
        updates.codes = Codes { ones, narrow, wide, times, diffs };
        updates.count_units();
        Ok(updates)
    }
}

impl<T: Entomb + Ord, R: Entomb + Ord, A> EncodeLevel for Updates<T, R, A> {
    fn rows(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BatchContainer, UpdateLevel};
    use arrangement_trace::{Antichain, Native};
    use std::marker::PhantomData;

    type Level = Updates<u64, i64, Native>;

    fn encoded<S: Encode>(columns: &S) -> Aligned {
        let mut bytes = Vec::new();
        encode(columns, &mut bytes);
        assert_eq!(bytes.len(), extent(columns));
        Aligned::copy_of(&bytes)
    }

    fn decoded<S: Encode>(bytes: &[u8]) -> Result<S, DecodeError> {
        // SAFETY: what passes the checks of the header was encoded by these tests, in this program.
        let (columns, rest) = unsafe { decode(bytes) }?;
        assert!(rest.is_empty());
        Ok(columns)
    }

    fn round_trip<S: Encode>(columns: &S) -> S {
        decoded(&encoded(columns)).unwrap()
    }

    fn level(lists: &[Vec<(u64, i64)>]) -> Level {
        let mut level = Level::default();
        for list in lists {
            level.push_list(&mut list.clone());
        }
        level
    }

    fn lists(level: &Level) -> Vec<Vec<(u64, i64)>> {
        let list = |val| {
            let mut list = Vec::new();
            level.for_each(level.bounds(val), |t, d| list.push((*t, *d)));
            list
        };
        (0..level.rows()).map(list).collect()
    }

    #[test]
    fn vectors_are_read_back() {
        fn check<T: Entomb + Debug + PartialEq>(items: Vec<T>) {
            assert_eq!(round_trip(&items), items);
            assert_eq!(round_trip(&items[..0].to_vec()), []);
        }
        let strings = ["", "a", "déjà", "", "a long one, longer than one block"].map(String::from);
        check((0..100u64).collect());
        check(vec![(1u64, -1i64), (2, 3)]);
        check(vec![1u128, u128::MAX]);
        check(vec![('a', true, false, 3u16)]);
        check(vec![(); 1000]);
        check(strings.to_vec());
        check(strings.iter().map(|x| (x.clone(), 7u64)).collect());
        check(strings.iter().map(|x| (x.clone(), x.clone())).collect());
        check(vec![vec![1u64, 2], vec![], vec![3]]);
        check(vec![[vec![1u8], vec![2, 3]]]);
        check(vec![vec![(vec![1u64], "x".len() as u64)]]);
    }

    /// What abomonation would read misaligned, or has padding, is told when compiled.
    #[test]
    fn images_that_are_not_sound_are_known() {
        assert!(Image::is_sound::<(String, u64)>());
        assert!(Image::is_sound::<(Vec<u64>, Vec<i64>)>());
        assert!(!Image::is_sound::<(u32, u64)>());
        assert!(!Image::is_sound::<Vec<(u8, u16)>>());
        assert!(!Image::is_sound::<(String, Vec<u64>)>());
        assert!(!Image::is_sound::<Vec<String>>());
        assert!(!Image::is_sound::<Vec<(Vec<u64>, String)>>());
        assert!(!Image::is_sound::<Vec<Vec<u128>>>());
        assert!(!Image::is_sound::<(Vec<u32>, Vec<u64>)>());
    }

    #[test]
    fn offsets_of_every_kind_are_read_back() {
        let max = u32::MAX as usize;
        for offsets in [
            vec![],
            vec![0],
            vec![0, 0, 0],
            vec![0, 3, 6, 9, 9, 9, 12],
            vec![5, 0],
            vec![0, 1, max, max + 1, 3],
        ] {
            let mut list = OffsetList::<u32>::new();
            offsets.iter().for_each(|&offset| list.push(offset));
            let back = round_trip(&list);
            assert_eq!(back, list);
            assert_eq!(back.iter().collect::<Vec<_>>(), offsets);
        }
    }

    #[test]
    fn slices_are_read_back() {
        let words = ["", "a", "bc", "", "déjà", "xyz", ""];
        for upto in 0..words.len() {
            let mut strings = SliceContainer::<str>::default();
            let mut bytes = SliceContainer::<[u8]>::default();
            let mut owning = SliceContainer::<[(String, u64)]>::default();
            for word in &words[..upto] {
                strings.push(word);
                bytes.push(word.as_bytes());
                owning.push(&vec![(word.to_string(), 1); word.len()]);
            }
            let (strings, bytes, owning) = (round_trip(&strings), round_trip(&bytes), round_trip(&owning));
            for (index, word) in words[..upto].iter().enumerate() {
                assert_eq!(strings.index(index), *word);
                assert_eq!(bytes.index(index), word.as_bytes());
                assert_eq!(owning.index(index), vec![(word.to_string(), 1); word.len()]);
            }
            assert_eq!((strings.len(), bytes.len(), owning.len()), (upto, upto, upto));
        }
    }

    #[test]
    fn updates_of_every_form_are_read_back_and_go_on() {
        let many = |vals: u64, times: u64| -> Vec<_> {
            (0..vals).map(|v| vec![(v % times, 1), (times + 1, v as i64 % 2 + 1)]).collect()
        };
        // The number of updates in each region: ones, narrow, wide, without codes.
        let cases = [
            (vec![], [0; 4]),
            (vec![vec![(0, 1)]; 1000], [1000, 0, 0, 0]),
            (many(20, 3), [0, 40, 0, 0]),
            (many(20_000, 300), [0, 0, 40_000, 0]),
            (many(2_000, 2_000), [0, 0, 0, 4_000]),
            (many(20_000, 5_000), [0, 0, 8_188, 31_812]),
            (vec![vec![(0, 1)]; 5_000].into_iter().chain(many(20, 3)).collect(), [5_001, 39, 0, 0]),
        ];
        for (all, regions) in cases {
            let mut level = level(&all);
            level.finish_merge(Level::begin_merge(None, None, Antichain::from_elem(0).borrow()).1);
            let mut back = round_trip(&level);
            let Codes { ones, narrow, wide, times, .. } = &back.codes;
            assert_eq!([*ones, narrow.len(), wide.len(), times.len()], regions);
            assert_eq!(lists(&back), all);
            for level in [&mut level, &mut back] {
                level.push_list(&mut vec![(0, 1), (u64::MAX, 7)]);
            }
            assert_eq!(lists(&back), lists(&level));
            assert_eq!(round_trip(&back).len(), level.len());
        }
    }

    /// R32: cut off anywhere, or with any bit changed, bytes are refused.
    #[test]
    fn r32_truncated_and_altered_bytes_are_refused() {
        let strings = ["", "ab", "déjà"].map(String::from).to_vec();
        let bytes = encoded(&strings);
        for len in 0..bytes.len() {
            assert!(decoded::<Vec<String>>(&bytes[..len]).is_err(), "cut to {len}");
        }
        for bit in 0..bytes.len() * 8 {
            let mut altered = bytes.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            assert!(decoded::<Vec<String>>(&altered).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn each_check_of_the_header_says_what_failed() {
        let bytes = encoded(&vec![1u64]);
        let error = |change: &dyn Fn(&mut Aligned)| {
            let mut bytes = bytes.clone();
            change(&mut bytes);
            decoded::<Vec<u64>>(&bytes).unwrap_err().to_string()
        };
        assert_eq!(error(&|x| x.len = 40), "the bytes are cut off: 40 of 64 are there");
        assert_eq!(error(&|x| x[0] = 0), "the magic number does not match: the bytes are no encoded columns");
        assert_eq!(error(&|x| x[8] = 9), "the format's version is 9, not 1");
        assert_eq!(error(&|x| x[63] = 9), "the checksum does not match: the bytes are damaged");
        let layout = "the fingerprint does not match: the bytes are of another layout";
        assert_eq!(decoded::<Vec<i64>>(&bytes).unwrap_err().to_string(), layout);

        let shifted = [&[0; 8], &*bytes].concat();
        let shifted = Aligned::copy_of(&shifted);
        let error = decoded::<Vec<u64>>(&shifted[8..]).unwrap_err();
        assert!(error.is_misaligned());
        assert_eq!(error.to_string(), "the bytes are misaligned: they must begin at a multiple of 16");
    }

    /// A frame of a right header and checksum whose columns are others.
    struct Forged<S, F>(F, PhantomData<S>);

    impl<S: Encode, F: Fn(&mut Writer<'_>)> Encode for Forged<S, F> {
        fn describe(shape: &mut Shape) {
            S::describe(shape);
        }
        fn write(&self, out: &mut Writer<'_>) {
            (self.0)(out);
        }
        unsafe fn read(_: &mut Reader<'_>) -> Result<Self, DecodeError> {
            unreachable!("a forgery is read as what it pretends to be")
        }
    }

    fn refused<S: Encode>(write: impl Fn(&mut Writer<'_>)) -> String {
        let bytes = encoded(&Forged::<S, _>(write, PhantomData));
        decoded::<S>(&bytes).err().expect("the columns don't fit together").to_string()
    }

    fn offsets(offsets: &[usize]) -> OffsetList {
        let mut list = OffsetList::new();
        offsets.iter().for_each(|&offset| list.push(offset));
        list
    }

    /// All columns here are of integers, of which any bytes are images: no forgery is read as what it is not.
    #[test]
    fn columns_that_do_not_fit_together_are_refused() {
        for (bounds, contents) in [
            (vec![], "abc"),
            (vec![0, 1], "abc"),
            (vec![0, 4], "abc"),
            (vec![1, 3], "abc"),
            (vec![0, 2, 1, 3], "abc"),
            (vec![0, 0, 5, 3], "abc"),
            (vec![0, 1, 2], "é"),
        ] {
            refused::<SliceContainer<str>>(|out| {
                offsets(&bounds).write(out);
                out.column(contents.as_bytes());
            });
        }
        let text = refused::<SliceContainer<str>>(|out| {
            offsets(&[0, 1]).write(out);
            out.column(&[0xffu8]);
        });
        assert_eq!(text, "the columns don't fit together: a string is not UTF-8");
        for numbers in [[3, usize::MAX, 0], [1, usize::MAX, 1], [0, 0, 1], [1, 1, 0]] {
            refused::<OffsetList>(|out| {
                out.numbers(numbers);
                out.column::<u32>(&[]);
                out.column::<u64>(&[]);
            });
        }
        refused::<Vec<u64>>(|_| {});
        refused::<Vec<u64>>(|out| out.column(&[1u8]));
        refused::<Vec<u64>>(|out| {
            out.column(&[1u64]);
            out.column(&[1u64]);
        });

        let update =
            |ones, len, bounds: &[usize], pairs: &[u64], bytes: &[u8], words: &[u16], plain: &[u64]| {
                refused::<Level>(|out| {
                    out.numbers([ones, len]);
                    offsets(bounds).write(out);
                    out.column(pairs);
                    out.column(&pairs.iter().map(|&x| x as i64).collect::<Vec<_>>());
                    out.column(bytes);
                    out.column(words);
                    out.column(plain);
                    out.column(&plain.iter().map(|&x| x as i64).collect::<Vec<_>>());
                })
            };
        update(2, 2, &[0, 1, 2], &[], &[], &[], &[]);
        update(2, 2, &[0, 1], &[1], &[], &[], &[]);
        update(2, 2, &[0, 0, 2], &[1], &[], &[], &[]);
        update(0, 2, &[0, 1, 2], &[1, 2], &[0, 2], &[], &[]);
        update(0, 2, &[0, 1, 2], &[1, 2], &[0], &[], &[]);
        update(0, 2, &[0, 1, 2], &[1, 2], &[], &[0, 2], &[]);
        update(0, 2, &[0, 1, 2], &[], &[], &[], &[1]);
        update(usize::MAX, 0, &[0], &[1], &[0], &[], &[]);
        let text = update(0, 2, &[0, 1, 2], &[1, 1], &[0, 1], &[], &[]);
        assert_eq!(text, "the columns don't fit together: a dictionary has a pair twice");
    }

    /// P11: columns decoded by abomonation itself stand behind bytes of any length.
    #[test]
    fn columns_within_other_types_are_copied_out_aligned() {
        for prefix in ["", "a", "abcdefg"] {
            let own = (prefix.to_string(), offsets(&[0, 1, 5, 9]));
            let mut bytes = Vec::new();
            // SAFETY: a tuple of words has no padding.
            unsafe { ::abomonation::encode(&own, &mut bytes) }.unwrap();
            assert_eq!(bytes.len(), ::abomonation::measure(&own));
            let mut bytes = Aligned::copy_of(&bytes);
            // SAFETY: the bytes were encoded just now, and are aligned.
            let back = unsafe { ::abomonation::decode::<(String, OffsetList)>(&mut bytes) };
            let (back, rest) = back.expect("it is whole");
            assert_eq!(*back, own);
            assert!(rest.is_empty());
            // SAFETY: the offsets own their memory, and what refers to them is not used again. Taken back, they do not leak.
            drop(unsafe { std::ptr::read(&back.1) });
            let len = bytes.len();
            // SAFETY: as above; what is cut off is refused.
            let cut = unsafe { ::abomonation::decode::<(String, OffsetList)>(&mut bytes[..len - 1]) };
            assert!(cut.is_none());
        }
    }

    #[test]
    fn frames_follow_each_other() {
        let mut bytes = Vec::new();
        encode(&vec![1u8, 2, 3], &mut bytes);
        encode(&vec!["x".to_string()], &mut bytes);
        let bytes = Aligned::copy_of(&bytes);
        // SAFETY: the bytes were encoded just now.
        let (numbers, rest) = unsafe { decode::<Vec<u8>>(&bytes) }.unwrap();
        assert_eq!(numbers, [1, 2, 3]);
        assert_eq!(decoded::<Vec<String>>(rest).unwrap(), ["x"]);
    }
}
