//! The heap: an allocator that counts, and a way to keep it warm.
//!
//! Counters are loaded and stored without a locked instruction, which keeps the cost near a nanosecond a call. They
//! are exact as long as one thread allocates, and one does.
#![allow(
    unsafe_code,
    reason = "an allocator is unsafe to implement, and so is telling glibc how to run its own"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
static TAKEN: AtomicUsize = AtomicUsize::new(0);
static WARM: AtomicBool = AtomicBool::new(false);

/// The system's allocator, with counters of the bytes asked of it.
#[derive(Debug)]
pub struct Counting;

#[inline(always)]
fn grow(bytes: usize) {
    let live = LIVE.load(Relaxed).wrapping_add(bytes);
    LIVE.store(live, Relaxed);
    if live > PEAK.load(Relaxed) {
        PEAK.store(live, Relaxed);
    }
    TAKEN.store(TAKEN.load(Relaxed).wrapping_add(bytes), Relaxed);
}

#[inline(always)]
fn shrink(bytes: usize) {
    LIVE.store(LIVE.load(Relaxed).wrapping_sub(bytes), Relaxed);
}

// SAFETY: each call is forwarded unchanged to the system's allocator; only counters are touched besides.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        // SAFETY: the caller keeps to the contract of this very method.
        unsafe { System.alloc(layout) }
    }
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        // SAFETY: as in `alloc`.
        unsafe { System.alloc_zeroed(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        shrink(layout.size());
        // SAFETY: as in `alloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        match size.checked_sub(layout.size()) {
            Some(more) => grow(more),
            None => shrink(layout.size() - size),
        }
        // SAFETY: as in `alloc`.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// The bytes held now.
pub fn live() -> usize {
    LIVE.load(Relaxed)
}

/// Forgets the peak so far, and returns the bytes held now.
pub fn reset_peak() -> usize {
    PEAK.store(live(), Relaxed);
    live()
}

/// The most bytes held at once since [`reset_peak`].
pub fn peak() -> usize {
    PEAK.load(Relaxed)
}

/// All bytes ever asked for; what was given back is not taken off.
pub fn taken() -> usize {
    TAKEN.load(Relaxed)
}

/// Has the allocator do now what it put off when memory was freed.
///
/// glibc joins small freed blocks, and sorts freed ones by size, only when a later request calls for it: who comes
/// after a side that freed a million strings would pay for that. Each request for a large block does some of it. Without
/// [`keep_warm`] such a request would map memory, and nothing is done.
pub fn settle() {
    if !WARM.load(Relaxed) {
        return;
    }
    for _ in 0..256 {
        drop(std::hint::black_box(Vec::<u8>::with_capacity(1 << 20)));
    }
}

/// Tells the allocator to keep what is freed to it, and touches `bytes` of memory so that it has them to begin with.
///
/// A process that has run for long mostly reuses memory it has touched before, whereas by default large vectors are
/// mapped anew each time and faulted in page by page, which can cost more than what is measured. Zero bytes leave
/// the allocator as it is, and so does any other than that of glibc.
pub fn keep_warm(bytes: usize) {
    if bytes == 0 {
        return;
    }
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: these parameters change policy only: map nothing, never trim, grow by 64 MiB at a time.
    unsafe {
        libc::mallopt(libc::M_MMAP_MAX, 0);
        libc::mallopt(libc::M_TRIM_THRESHOLD, -1);
        libc::mallopt(libc::M_TOP_PAD, 64 << 20);
    }
    WARM.store(true, Relaxed);
    std::hint::black_box(vec![1u8; bytes]);
}
