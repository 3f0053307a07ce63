//! The handle table: where the watchdogs are, and the only unsafe code of the engine
//! besides the calls of [callbacks](super::callback).
//!
//! A slot is two records, so that feeds of two watchdogs never meet on a cache line and
//! a watchdog still takes 120 bytes: a *front* of one line, with all that a feed and a
//! look of the monitor touch, and a *back*. Slots come in chunks, which are never given
//! back: any number can be looked up at any time, from a signal handler too.
//!
//! Concurrency. Handle and feed word are atomics that everybody may read, and a feed
//! writes the word: see [`fed`](super::fed). All else in a slot, and the change of a
//! handle, belongs to whoever has the `&mut Slots`, of which there is one a table, behind
//! the engine's lock.

#![allow(unsafe_code)]

use super::callback::Place;
pub use super::fed::restart;
use super::fed::Fed;
use super::name::Name;
use super::Handle;
use crate::core::handle::{self, MAX_SLOTS};
use crate::core::lists::{Link, Links, NONE};
use crate::core::ticks::Stamp;
use crate::core::time::{Time, Times};
use crate::core::watch::Watch;
use crate::error::Error;
use crate::platform::{self, ThreadId};
use std::cell::UnsafeCell;
use std::mem::{self, MaybeUninit};
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

/// Slots in a chunk.
const CHUNK: u32 = 1 << CHUNK_BITS;
const CHUNK_BITS: u32 = 10;
const CHUNKS: usize = (MAX_SLOTS / CHUNK) as usize;

/// No thread.
pub const NO_THREAD: ThreadId = 0;

#[repr(C, align(64))]
struct Front {
    fed: Fed,
    watch: UnsafeCell<MaybeUninit<Watch>>,
}

/// What the lock's holder keeps of a watchdog besides its [`Watch`].
#[derive(Debug)]
pub struct Record {
    /// What to call at expiry.
    pub callback: Place,
    /// Its name.
    pub name: Option<Name>,
    /// Its place in the order of deadlines or in the queue; free: the next free slot.
    pub link: Link,
    /// The thread that runs the callback now, or [`NO_THREAD`].
    pub runner: ThreadId,
    /// Which of all runs is, or was, its latest.
    pub run: u32,
    /// How often monitoring was ended.
    pub stops: u32,
    /// The fork that this record knows of: see [`super::process`].
    pub epoch: u16,
    /// See [`Flags`].
    pub flags: Flags,
}

/// Yes or no, about a watchdog.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags(u8);

impl Flags {
    /// Background monitoring is on.
    pub const MONITORED: Flags = Flags(1);
    /// An exit of the process does not wait for it.
    pub const DAEMON: Flags = Flags(2);
    /// The run in progress is of the callback in the record; else the callback was
    /// replaced meanwhile and the run has to destroy what it ran.
    pub const LENT: Flags = Flags(4);
    /// Freed from inside its callback: the slot is released when the run ends.
    pub const DOOMED: Flags = Flags(8);

    /// It has a last resort.
    pub const RESORT: Flags = Flags(16);

    /// Whether a flag is set.
    pub fn has(self, flag: Flags) -> bool {
        self.0 & flag.0 != 0
    }

    /// Sets a flag or clears it.
    pub fn set(&mut self, flag: Flags, on: bool) {
        self.0 = if on { self.0 | flag.0 } else { self.0 & !flag.0 };
    }
}

/// A slot with a watchdog in it, to the lock's holder.
pub struct Slot<'a> {
    /// The feed word.
    pub word: &'a AtomicU64,
    /// The rules' own memory.
    pub watch: &'a mut Watch,
    /// The rest.
    pub record: &'a mut Record,
}

/// Only ever made of zeroes.
struct Chunk {
    fronts: [Front; CHUNK as usize],
    backs: [UnsafeCell<MaybeUninit<Record>>; CHUNK as usize],
}

impl Chunk {
    #[inline]
    fn front(&self, place: u32) -> &Front {
        &self.fronts[(place % CHUNK) as usize]
    }

    fn back(&self, index: u32) -> &UnsafeCell<MaybeUninit<Record>> {
        &self.backs[(index % CHUNK) as usize]
    }
}

/// Where the front of a slot is, which is what its handles say: processors fetch lines in
/// pairs, so the slots of a chunk take every second one first.
fn place_of(index: u32) -> u32 {
    let within = index % CHUNK;
    index - within + (within << 1 | within >> (CHUNK_BITS - 1)) % CHUNK
}

/// The slot whose front is there.
fn index_of(place: u32) -> u32 {
    let within = place % CHUNK;
    place - within + (within >> 1 | within << (CHUNK_BITS - 1)) % CHUNK
}

/// All slots. One table serves one process; tests make their own.
pub struct Table {
    chunks: [AtomicPtr<Chunk>; CHUNKS],
    /// When the monitor will look, for whoever asks without the lock: as the time before
    /// [`Time::NEVER`], so that all of a new table is zero and takes no room in the file.
    planned: AtomicU64,
}

// SAFETY: what is not atomic in a chunk is reached through `Slots` only, of which there
// is one a table; its `&mut` methods are the exclusive access that the cells need.
unsafe impl Sync for Table {}

impl Table {
    /// No slots yet.
    pub const fn new() -> Table {
        #[allow(clippy::declare_interior_mutable_const)]
        const NULL: AtomicPtr<Chunk> = AtomicPtr::new(ptr::null_mut());
        Table { chunks: [NULL; CHUNKS], planned: AtomicU64::new(0) }
    }

    #[inline]
    fn chunk(&self, index: u32) -> Option<&Chunk> {
        let chunk = self.chunks[(index / CHUNK) as usize].load(Ordering::Acquire);
        // SAFETY: a chunk that is published is initialised (all zero is valid for its
        // atomics, and its cells may be uninitialised) and never given back.
        unsafe { chunk.as_ref() }
    }

    #[inline]
    fn front(&self, handle: Handle) -> Option<&Front> {
        let place = handle::index(handle)?;
        Some(self.chunk(place)?.front(place))
    }

    /// Whether the handle is a live one's that needs no feed at `stamp`: another was a moment
    /// ago.
    #[inline]
    pub fn is_fresh(&self, handle: Handle, stamp: Stamp) -> bool {
        self.front(handle).map_or(false, |front| front.fed.is_fresh(handle, stamp))
    }

    /// Feeds a watchdog, right after a stamp of this count was taken; false when the handle is
    /// not a live one's. Lock-free, without system calls, and async-signal-safe.
    pub fn feed(&self, handle: Handle, count: u64) -> bool {
        match self.front(handle) {
            Some(front) => front.fed.feed(handle, count),
            None => false,
        }
    }

    /// When the monitor will look.
    pub fn planned(&self) -> Time {
        Time(Time::NEVER.0 - self.planned.load(Ordering::Relaxed))
    }

    /// The time of the last feed; None when the handle is not a live one's.
    pub fn last_feed(&self, handle: Handle) -> Option<Time> {
        self.front(handle)?.fed.last_feed(handle)
    }
}

/// The table of a process stays; the simulation makes thousands.
#[cfg(test)]
impl Drop for Table {
    fn drop(&mut self) {
        for chunk in &mut self.chunks {
            drop(NonNull::new(*chunk.get_mut()).map(FreshChunk));
        }
    }
}

/// Memory for a chunk, made outside the lock.
#[derive(Debug)]
pub struct FreshChunk(NonNull<Chunk>);

// SAFETY: it owns its memory.
unsafe impl Send for FreshChunk {}

impl FreshChunk {
    /// Asks for the memory, which stays the system's until it is used.
    pub fn allocate() -> Result<FreshChunk, Error> {
        let memory = platform::map(mem::size_of::<Chunk>()).cast();
        NonNull::new(memory).map(FreshChunk).ok_or(Error::NoMemory("a watchdog"))
    }

    fn into_chunk(self) -> *mut Chunk {
        let chunk = self.0.as_ptr();
        mem::forget(self);
        chunk
    }
}

impl Drop for FreshChunk {
    fn drop(&mut self) {
        // SAFETY: mapped with this size and not given away.
        unsafe { platform::unmap(self.0.as_ptr().cast(), mem::size_of::<Chunk>()) }
    }
}

/// Why no slot was claimed.
#[derive(Debug, PartialEq, Eq)]
pub enum NoSlot {
    /// A chunk must be added first.
    NeedsChunk,
    /// All are in use.
    Full,
}

/// The lock holder's side of a table.
pub struct Slots {
    table: &'static Table,
    /// Slots that were ever claimed.
    used: u32,
    /// The first of the free ones among them.
    free: u32,
}

impl Slots {
    /// # Safety
    /// There is no other for this table.
    pub const unsafe fn new(table: &'static Table) -> Slots {
        Slots { table, used: 0, free: NONE }
    }

    /// Publishes when the monitor will look.
    pub fn publish_plan(&mut self, at: Time) {
        self.table.planned.store(Time::NEVER.since(at), Ordering::Relaxed);
    }

    /// Adds a chunk, or gives it back if there still are slots.
    pub fn add(&mut self, chunk: FreshChunk) -> Option<FreshChunk> {
        if self.free != NONE || self.used == MAX_SLOTS || self.table.chunk(self.used).is_some() {
            return Some(chunk);
        }
        self.table.chunks[(self.used / CHUNK) as usize].store(chunk.into_chunk(), Ordering::Release);
        None
    }

    /// Puts a watchdog, fed at `now`, into a free slot.
    pub fn claim(&mut self, times: Times, epoch: u16, now: Time) -> Result<Handle, NoSlot> {
        let (index, handle) = self.free_slot()?;
        let chunk = self.table.chunk(index).expect("the chunk of a free slot is there");
        let (front, back) = (chunk.front(place_of(index)), chunk.back(index));
        let record = Record {
            callback: Place::EMPTY,
            name: None,
            link: Link::FREE,
            runner: NO_THREAD,
            run: 0,
            stops: 0,
            epoch,
            flags: Flags::default(),
        };
        // SAFETY: a free slot has no watchdog, and `&mut self` is the only way to it; what
        // was there is plain data or was taken out by `release`.
        unsafe {
            (*front.watch.get()).write(Watch::new(times));
            (*back.get()).write(record);
        }
        front.fed.begin(handle, now);
        Ok(handle)
    }

    fn free_slot(&mut self) -> Result<(u32, Handle), NoSlot> {
        let index = self.free;
        if index != NONE {
            self.free = self.get(index).record.link.next_free();
            return Ok((index, self.front(index).fed.prepared()));
        }
        let index = self.used;
        if index == MAX_SLOTS {
            return Err(NoSlot::Full);
        }
        if self.table.chunk(index).is_none() {
            return Err(NoSlot::NeedsChunk);
        }
        self.used += 1;
        Ok((index, handle::first(place_of(index))))
    }

    /// The slot of a live watchdog.
    #[inline]
    pub fn live(&self, handle: Handle) -> Option<u32> {
        let index = index_of(handle::index(handle)?);
        if index < self.used && self.front(index).fed.handle.load(Ordering::Relaxed) == handle {
            Some(index)
        } else {
            None
        }
    }

    /// The handle of the watchdog in a slot, if there is a live one.
    pub fn handle(&self, index: u32) -> Option<Handle> {
        Some(self.front(index).fed.handle.load(Ordering::Relaxed)).filter(|handle| handle & 1 == 1)
    }

    /// The slots that were ever claimed are those below this.
    pub fn used(&self) -> u32 {
        self.used
    }

    /// Makes the handle an invalid one, at once and for ever.
    pub fn withdraw(&mut self, index: u32) {
        self.front(index).fed.withdraw();
    }

    /// Frees the slot of a watchdog whose handle was withdrawn and from which all that
    /// must be dropped was taken.
    pub fn release(&mut self, index: u32) {
        let can_be_used_again = self.front(index).fed.prepare();
        let free = self.free;
        let record = self.get(index).record;
        debug_assert!(record.callback.get().is_none() && record.name.is_none());
        if can_be_used_again {
            record.link = Link::free_before(free);
            self.free = index;
        }
    }

    fn front(&self, index: u32) -> &'static Front {
        self.table.chunk(index).expect("its chunk is there").front(place_of(index))
    }

    /// What is in a slot that was claimed.
    #[inline]
    pub fn get(&mut self, index: u32) -> Slot<'_> {
        assert!(index < self.used);
        let chunk = self.table.chunk(index).expect("the chunk of a claimed slot is there");
        let (front, back) = (chunk.front(place_of(index)), chunk.back(index));
        // SAFETY: `claim` has initialised what is below `used`, and it stays so. This is
        // the table's only `Slots`, and the result borrows it mutably.
        let (watch, record) =
            unsafe { ((*front.watch.get()).assume_init_mut(), (*back.get()).assume_init_mut()) };
        Slot { word: &front.fed.word, watch, record }
    }
}

impl Links for Slots {
    #[inline]
    fn link(&mut self, index: u32) -> &mut Link {
        &mut self.get(index).record.link
    }
}
