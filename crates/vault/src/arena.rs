//! The arena: locked memory for long-lived secrets, in slots of 64 bytes between guard pages.
//!
//! `memfd_secret` where the kernel has it (other processes, root included, cannot read it), else locked memory that
//! is left out of core files and wiped in forked children (`reference/vault.md` section 3).

#![allow(unsafe_code)]

use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mlock, mmap, mmap_anonymous, munmap};
use std::ffi::c_void;
use std::io;
use std::os::fd::{FromRawFd, OwnedFd};
use std::ptr::{NonNull, null_mut};
use std::sync::{Arc, Mutex, PoisonError};
use strongroom_vault_protocol::MemoryKind;
use zeroize::Zeroize;

/// The longest secret a slot holds.
pub(crate) const SLOT_BYTES: usize = 64;

/// No locked memory was to be had, or none is left.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ArenaError {
    #[error("locked memory is refused (raise the limit of locked memory, RLIMIT_MEMLOCK): {0}")]
    Refused(#[from] io::Error),
    #[error("the arena is full")]
    Full,
    #[error("a secret is longer than a slot")]
    TooLong,
}

/// Locked memory cut into slots.
pub(crate) struct Arena {
    mapping: NonNull<c_void>,
    mapping_bytes: usize,
    slots: NonNull<u8>,
    kind: MemoryKind,
    free: Mutex<Vec<usize>>,
}

// SAFETY: the memory is reached through slots only; a slot's bytes are written before it is shared and after its
// last owner is gone.
unsafe impl Send for Arena {}
// SAFETY: as above; the free list has a lock.
unsafe impl Sync for Arena {}

impl Arena {
    /// Maps room for at least so many slots.
    pub(crate) fn new(slots: usize) -> Result<Arc<Self>, ArenaError> {
        let page = rustix::param::page_size();
        let bytes = (slots * SLOT_BYTES).next_multiple_of(page);
        let mapping_bytes = bytes + 2 * page;
        // SAFETY: a fresh mapping at an address of the kernel's choice; without rights it is the two guards.
        let mapping =
            unsafe { mmap_anonymous(null_mut(), mapping_bytes, ProtFlags::empty(), MapFlags::PRIVATE) }
                .map_err(io::Error::from)?;
        // SAFETY: one page into a mapping of at least three.
        let inner = unsafe { mapping.byte_add(page) };
        let kind = match map_secret(inner, bytes).or_else(|_| map_locked(inner, bytes)) {
            Ok(kind) => kind,
            Err(error) => {
                // SAFETY: the mapping is ours and nothing refers to it.
                let _ = unsafe { munmap(mapping, mapping_bytes) };
                return Err(error.into());
            }
        };
        let (Some(mapping), Some(slots)) = (NonNull::new(mapping), NonNull::new(inner.cast())) else {
            return Err(ArenaError::Full);
        };
        let free = Mutex::new((0..bytes / SLOT_BYTES).rev().collect());
        Ok(Arc::new(Self { mapping, mapping_bytes, slots, kind, free }))
    }

    /// Where the secrets lie.
    pub(crate) fn kind(&self) -> MemoryKind {
        self.kind
    }

    /// How many slots hold a secret.
    #[cfg(test)]
    pub(crate) fn in_use(&self) -> usize {
        let slots = (self.mapping_bytes - 2 * rustix::param::page_size()) / SLOT_BYTES;
        slots - self.free.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Copies a secret of at most [`SLOT_BYTES`] bytes in.
    pub(crate) fn store(self: &Arc<Self>, secret: &[u8]) -> Result<Slot, ArenaError> {
        let mut slot = self.blank(secret.len())?;
        slot.expose_to_write().copy_from_slice(secret);
        Ok(slot)
    }

    /// A slot of so many zeroes, at most [`SLOT_BYTES`]: for a secret that is made where it stays.
    pub(crate) fn blank(self: &Arc<Self>, length: usize) -> Result<Slot, ArenaError> {
        if length > SLOT_BYTES {
            return Err(ArenaError::TooLong);
        }
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let index = free.pop().ok_or(ArenaError::Full)?;
        drop(free);
        Ok(Slot { arena: self.clone(), index, length })
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours and no slot is left: each holds the arena.
        let _ = unsafe { munmap(self.mapping.as_ptr(), self.mapping_bytes) };
    }
}

/// Maps `memfd_secret` memory over the range; it stays out of forked children.
fn map_secret(at: *mut c_void, bytes: usize) -> io::Result<MemoryKind> {
    // SAFETY: the call takes flags only.
    let number = unsafe { libc::syscall(libc::SYS_memfd_secret, libc::O_CLOEXEC) };
    if number < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: a fresh descriptor that nobody else owns.
    let file = unsafe { OwnedFd::from_raw_fd(number as i32) };
    rustix::fs::ftruncate(&file, bytes as u64)?;
    let rights = ProtFlags::READ | ProtFlags::WRITE;
    // SAFETY: the range lies inside a mapping of ours that nothing refers to yet.
    unsafe {
        mmap(at, bytes, rights, MapFlags::SHARED | MapFlags::FIXED, &file, 0)?;
        madvise(at, bytes, Advice::LinuxDontFork)?;
    }
    Ok(MemoryKind::MemfdSecret)
}

/// Maps ordinary memory over the range and locks it.
fn map_locked(at: *mut c_void, bytes: usize) -> io::Result<MemoryKind> {
    let rights = ProtFlags::READ | ProtFlags::WRITE;
    // SAFETY: the range lies inside a mapping of ours that nothing refers to yet.
    unsafe {
        mmap_anonymous(at, bytes, rights, MapFlags::PRIVATE | MapFlags::FIXED)?;
        mlock(at, bytes)?;
        madvise(at, bytes, Advice::LinuxDontDump)?;
        madvise(at, bytes, Advice::LinuxWipeOnFork)?;
    }
    Ok(MemoryKind::Locked)
}

/// A secret in the arena: zeroed and given back on drop, not printable, not clonable.
pub(crate) struct Slot {
    arena: Arc<Arena>,
    index: usize,
    length: usize,
}

impl Slot {
    fn start(&self) -> NonNull<u8> {
        // SAFETY: indexes come from the free list, which holds those of the mapping only.
        unsafe { self.arena.slots.add(self.index * SLOT_BYTES) }
    }

    /// The secret.
    pub(crate) fn expose(&self) -> &[u8] {
        // SAFETY: a slot is `SLOT_BYTES` bytes of mapped memory, no fewer than `length`, and ours alone; who writes them
        // borrows the slot mutably.
        unsafe { std::slice::from_raw_parts(self.start().as_ptr(), self.length) }
    }

    /// The secret's bytes, for whoever makes it; once it is shared nobody can.
    pub(crate) fn expose_to_write(&mut self) -> &mut [u8] {
        // SAFETY: as above, and the borrow keeps readers out.
        unsafe { std::slice::from_raw_parts_mut(self.start().as_ptr(), self.length) }
    }

    /// The secret, if it is a key of 32 bytes.
    pub(crate) fn key(&self) -> Option<&[u8; 32]> {
        self.expose().try_into().ok()
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        // SAFETY: the slot has no other owner, and no reader outlives it.
        unsafe { std::slice::from_raw_parts_mut(self.start().as_ptr(), SLOT_BYTES) }.zeroize();
        self.arena.free.lock().unwrap_or_else(PoisonError::into_inner).push(self.index);
    }
}

#[cfg(test)]
#[path = "arena_tests.rs"]
mod tests;
