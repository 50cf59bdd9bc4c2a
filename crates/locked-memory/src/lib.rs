//! Short secrets in memory that is not swapped: data keys of the envelope tool, PINs of tokens. On Linux they are not in
//! core files and not in forked children either; elsewhere they are only locked.
//!
//! Pages are mapped, locked and cut into slots of 64 bytes; a slot is wiped when its secret is dropped, and used again.
//! What is longer has a page of its own. Pages are never given back. Where no memory can be locked (the limit is reached)
//! a secret lies on the heap and is wiped all the same: an envelope tool that refuses to open a file for that would help
//! nobody. The vault has an arena of its own, which does refuse.

#[cfg(not(unix))]
compile_error!("seal and open are built for Linux, macOS and FreeBSD; this system has not their calls");

use std::fmt;
use std::ops::Deref;
use std::sync::{Mutex, PoisonError};
use zeroize::{Zeroize as _, Zeroizing};

/// The longest secret that shares its page with others, in bytes. One that is longer than a page is not locked.
pub const SLOT_BYTES: usize = 64;

type Slot = &'static mut [u8; SLOT_BYTES];

type Page = &'static mut [u8];

/// Slots that hold nothing.
static FREE: Mutex<Vec<Slot>> = Mutex::new(Vec::new());

/// Whole pages that hold nothing.
static FREE_PAGES: Mutex<Vec<Page>> = Mutex::new(Vec::new());

/// A secret. Wiped when it is dropped, never printed.
pub struct LockedBytes {
    place: Place,
    bytes: usize,
}

enum Place {
    Locked(Slot),
    LockedPage(Page),
    Heap(Zeroizing<Vec<u8>>),
    /// While it is dropped.
    Gone,
}

impl Place {
    /// The place of so many bytes, all of them zero.
    fn of(bytes: usize) -> Self {
        let locked = if bytes <= SLOT_BYTES {
            free_slot().map(Self::Locked)
        } else if bytes <= rustix::param::page_size() {
            free_page().map(Self::LockedPage)
        } else {
            None
        };
        locked.unwrap_or_else(|| Self::Heap(Zeroizing::new(vec![0; bytes])))
    }
}

impl LockedBytes {
    /// A copy of a secret; the caller's own is the caller's to wipe.
    pub fn copy_of(secret: &[u8]) -> Self {
        Self::filled(secret.len(), |room| {
            room.copy_from_slice(secret);
            Some(())
        })
        .unwrap_or_else(|| Self { place: Place::Gone, bytes: 0 })
    }

    /// A secret of `bytes` bytes that `fill` writes in its place; `None` if it says so.
    pub fn filled(bytes: usize, fill: impl FnOnce(&mut [u8]) -> Option<()>) -> Option<Self> {
        let mut secret = Self { place: Place::of(bytes), bytes };
        fill(secret.room())?;
        Some(secret)
    }

    /// Whether it lies in locked memory.
    pub fn is_locked(&self) -> bool {
        matches!(self.place, Place::Locked(_) | Place::LockedPage(_))
    }

    fn room(&mut self) -> &mut [u8] {
        match &mut self.place {
            Place::Locked(slot) => slot.get_mut(..self.bytes).unwrap_or_default(),
            Place::LockedPage(page) => page.get_mut(..self.bytes).unwrap_or_default(),
            Place::Heap(bytes) => bytes,
            Place::Gone => &mut [],
        }
    }
}

impl Deref for LockedBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.place {
            Place::Locked(slot) => slot.get(..self.bytes).unwrap_or_default(),
            Place::LockedPage(page) => page.get(..self.bytes).unwrap_or_default(),
            Place::Heap(bytes) => bytes,
            Place::Gone => &[],
        }
    }
}

impl fmt::Debug for LockedBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LockedBytes(redacted)")
    }
}

impl Drop for LockedBytes {
    fn drop(&mut self) {
        match std::mem::replace(&mut self.place, Place::Gone) {
            Place::Locked(slot) => {
                slot.zeroize();
                FREE.lock().unwrap_or_else(PoisonError::into_inner).push(slot);
            }
            Place::LockedPage(page) => {
                page.zeroize();
                FREE_PAGES.lock().unwrap_or_else(PoisonError::into_inner).push(page);
            }
            Place::Heap(_) | Place::Gone => {}
        }
    }
}

fn free_slot() -> Option<Slot> {
    let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
    if free.is_empty() {
        let page = locked_page()?;
        free.extend(page.chunks_exact_mut(SLOT_BYTES).filter_map(|slot| slot.try_into().ok()));
    }
    free.pop()
}

fn free_page() -> Option<Page> {
    let free = FREE_PAGES.lock().unwrap_or_else(PoisonError::into_inner).pop();
    free.or_else(locked_page)
}

/// A page of zeros that is locked; `None` where there is none to be had.
fn locked_page() -> Option<Page> {
    #[cfg(target_os = "linux")]
    use rustix::mm::{Advice, madvise};
    use rustix::mm::{MapFlags, ProtFlags, mlock, mmap_anonymous, munmap};
    let bytes = rustix::param::page_size();
    let rights = ProtFlags::READ | ProtFlags::WRITE;
    #[allow(unsafe_code)]
    // SAFETY: the mapping is fresh, at an address of the kernel's choice, readable and writable for `bytes` zero bytes,
    // and nothing else refers to it. The calls on it change how the kernel keeps it, not what it holds. It is unmapped
    // only before anybody has seen it, so the slice made of it may live for ever.
    unsafe {
        let at = mmap_anonymous(std::ptr::null_mut(), bytes, rights, MapFlags::PRIVATE).ok()?;
        let kept = mlock(at, bytes);
        #[cfg(target_os = "linux")]
        let kept = kept
            .and_then(|()| madvise(at, bytes, Advice::LinuxDontDump))
            .and_then(|()| madvise(at, bytes, Advice::LinuxWipeOnFork));
        if kept.is_err() {
            let _ = munmap(at, bytes);
            return None;
        }
        Some(std::slice::from_raw_parts_mut(at.cast(), bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::MutexGuard;

    /// One test at a time: they look into each other's free slots.
    fn alone() -> MutexGuard<'static, ()> {
        static ALONE: Mutex<()> = Mutex::new(());
        ALONE.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[test]
    fn secrets_are_what_was_put_in_and_slots_are_wiped_and_used_again() {
        let _alone = alone();
        let one = LockedBytes::copy_of(&[7; 32]);
        assert_eq!(*one, [7; 32]);
        let at = one.as_ptr();
        drop(one);
        let free = FREE.lock().unwrap();
        let slot = free.iter().find(|slot| slot.as_ptr() == at);
        assert!(slot.is_some_and(|slot| **slot == [0; SLOT_BYTES]));
    }

    #[test]
    fn many_at_once_and_long_ones_are_kept_apart() {
        let _alone = alone();
        let secrets: Vec<_> = (0..200u8).map(|i| LockedBytes::copy_of(&[i; 64])).collect();
        assert!(secrets.iter().zip(0..).all(|(secret, i)| **secret == [i; 64]));
        let long = LockedBytes::copy_of(&[9; 65]);
        let longer = LockedBytes::copy_of(&[8; 65]);
        assert!(*long == [9; 65] && *longer == [8; 65] && long.is_locked() && longer.is_locked());
        let too_long = vec![7; rustix::param::page_size() + 1];
        let secret = LockedBytes::copy_of(&too_long);
        assert_eq!((*secret == too_long[..], secret.is_locked()), (true, false));
    }

    #[test]
    fn page_of_a_long_secret_is_wiped_and_used_again() {
        let _alone = alone();
        let long = LockedBytes::copy_of(&[7; 200]);
        let at = long.as_ptr();
        drop(long);
        let wiped = |page: &Page| page.as_ptr() == at && page.iter().all(|byte| *byte == 0);
        assert!(FREE_PAGES.lock().unwrap().iter().any(wiped));
        let again = LockedBytes::copy_of(&[6; 65]);
        assert!(again.as_ptr() == at && *again == [6; 65]);
    }

    #[test]
    fn nothing_is_left_of_a_secret_that_could_not_be_made() {
        let _alone = alone();
        assert!(
            LockedBytes::filled(32, |room| {
                room.fill(1);
                None
            })
            .is_none()
        );
        assert_eq!(LockedBytes::filled(32, |_| Some(())).unwrap()[..], [0; 32]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_kernel_says_that_the_page_is_locked() {
        let _alone = alone();
        let secret = LockedBytes::copy_of(&[1; 32]);
        let address = secret.as_ptr() as usize;
        let maps = std::fs::read_to_string("/proc/self/smaps").unwrap();
        let (mut ours, mut flags) = (false, None);
        for line in maps.lines() {
            let range = line.split(' ').next().and_then(|range| range.split_once('-'));
            let hex = |text| usize::from_str_radix(text, 16).ok();
            if let Some((from, to)) = range.and_then(|(from, to)| Some((hex(from)?, hex(to)?))) {
                ours = (from..to).contains(&address);
            }
            if ours && line.starts_with("VmFlags:") {
                flags = Some(line.to_owned());
            }
        }
        let flags = flags.unwrap();
        assert!(secret.is_locked(), "the limit of locked memory is too low for this test");
        for flag in [" lo", " dd", " wf"] {
            assert!(flags.contains(flag), "{flag} in {flags}");
        }
    }
}
